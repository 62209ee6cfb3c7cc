import Testing

/// What cannot be meant is an error, in training, inference and preparation.
@Suite struct SilentInferenceTests {
    private static let net = "local net = nn.Sequential(bayes.Conv3d(1, 2, 3), bayes.Conv3d(2, 2, 3)) "
    private static let priors =
        "local priors = bayes.PriorSet{{name = 'all', layers = {'0', '1'}, prior = bayes.NormalPrior{3, 3, 3}}} "
        + "local objective = bayes.Objective(priors, {volumes = 1}) "
    private static let step = "return objective(net(torch.ones(1, 1, 6, 6, 6)):mean(), net, 1):item()"

    @Test(arguments: [
        Transcript(
            "\(net)\(priors)\(step)",
            "test:1: objective: loss is independent of the variances of '0' and 1 more (expected the loss of this network "
                + "in the mode 'train': bayes.set_mode(network, 'train') before it is computed)"),
        Transcript(
            "\(net)\(priors)bayes.set_mode(net, 'sample') \(step)",
            "test:1: objective: loss is independent of the variances of '0' and 1 more (expected the loss of this network "
                + "in the mode 'train': bayes.set_mode(network, 'train') before it is computed)"),
        Transcript(
            "\(net)\(priors)local loss = net(torch.ones(1, 1, 6, 6, 6)):mean() bayes.set_mode(net, 'train') "
                + "return pcall(objective, loss, net, 1)", "false"),
        Transcript(
            "\(net)\(priors)bayes.set_mode(net, 'train') local loss = net(torch.ones(1, 1, 6, 6, 6)):mean() "
                + "bayes.set_mode(net, 'mean') return pcall(objective, loss, net, 1)", "true"),
        // What needs no gradient is counted only, and variances that are not trained need no loss.
        Transcript("\(net)\(priors)return pcall(objective, torch.tensor(0), net, 1)", "true"),
        Transcript(
            "\(net)\(priors)net[1].log_variance:requires_grad_(false) net[2].log_variance:requires_grad_(false) "
                + "return pcall(objective, net(torch.ones(1, 1, 6, 6, 6)):mean(), net, 1)", "true"),
        Transcript(
            "\(net)\(priors.replacing("{3, 3, 3}", with: "{3, 3}"))bayes.set_mode(net, 'train') \(step)",
            "test:1: prior_group: kernels of layer '0' has shape 3x3x3 (expected 3x3, of which the prior is) in group 'all'"
        ),
        Transcript(
            "bayes.PriorSet{}",
            "test:1: prior_set: groups is empty (expected at least one group: without a prior nothing holds the posterior)"
        ),
        Transcript(
            "bayes.PriorSet{{name = 'a', layers = {}, prior = bayes.NormalPrior{3, 3}}}",
            "test:1: bad argument #1 'groups' to 'PriorSet' (prior_group: layers of 'a' is empty (expected the path of at "
                + "least one layer) at index 1)"),
        Transcript(
            "bayes.set_mode(nn.Conv3d(1, 2, 3), 'train')",
            "test:1: set_mode: network is Conv3d(1, 2, kernel_size = 3) (expected a network with Bayesian convolutions, as "
                + "of bayes.UNet: a plain one has no posterior)"),
        Transcript("bayes.set_mode(nn.Conv3d(1, 2, 3), 'mean')", plain("set_mode")),
        Transcript("bayes.set_mode(nn.Conv3d(1, 2, 3), 'sample')", plain("set_mode")),
        Transcript("bayes.start_posterior(nn.Conv3d(1, 2, 3))", plain("start_posterior")),
        Transcript("bayes.predict(nn.Conv3d(1, 2, 3), torch.ones(1, 1, 4, 4, 4), {samples = 3})", plain("predict")),
        Transcript("bayes.predict(nn.Conv3d(1, 2, 3), torch.ones(1, 1, 4, 4, 4)).std:max():item()", "0.0"),
        Transcript(
            "bayes.predict(nn.Conv3d(1, 1, 3), torch.ones(1, 1, 4, 4, 4))",
            "test:1: predict: the network's result has shape 1x1x2x2x2 (expected N x classes x ..., with at least 2 "
                + "classes; of a single output, regions = {{1}})"),
        Transcript(
            "\(net)bayes.start_posterior(net, {log_variance = 0/0})",
            "test:1: bad option 'log_variance' to 'start_posterior' (a finite number expected, got nan)"),
        Transcript(
            "\(net)bayes.start_posterior(net, {log_variance = 1e5})",
            "test:1: bad option 'log_variance' to 'start_posterior' (from -80 to 80 expected, got 100000)"),
        Transcript(
            "\(net)bayes.start_posterior(net, {mean_std = -0.1})",
            "test:1: bad option 'mean_std' to 'start_posterior' (above 0 and at most 1000000 expected, got "
                + "-0.1)"),
        Transcript(
            "\(net)bayes.start_posterior(net, {share = 0.1, log_variance = -5})",
            "test:1: bad option 'share' to 'start_posterior' (it contradicts the option 'log_variance': only one of the two "
                + "can be given)"),
        Transcript(
            "\(net)bayes.start_posterior(net, {mean_std = 0.1, from = net})",
            "test:1: bad option 'mean_std' to 'start_posterior' (it contradicts the option 'from': only one of the two can "
                + "be given)"),
        Transcript(
            "bayes.predict(nn.Conv3d(1, 2, 3), torch.ones(1, 1, 4, 4, 4), {overlap = 0.2})",
            "test:1: bad option 'overlap' to 'predict' (it says nothing without the option 'window')"),
        Transcript(
            "bayes.predict(nn.Conv3d(1, 2, 3), torch.full({1, 1, 4, 4, 4}, 0/0))",
            "test:1: predict: volume is NaN or infinite in 64 of 64 elements (expected finite numbers)"),
        Transcript("optim.SGD({})", "test:1: SGD: params is empty (expected at least one parameter)"),
        Transcript("optim.Adam(nn.ReLU())", "test:1: Adam: params is empty (expected at least one parameter)"),
        Transcript(
            "optim.Adam{{params = nn.ReLU()}, {params = {}}}",
            "test:1: Adam: params is empty (expected at least one parameter)"),
        Transcript(
            "optim.Adam{{params = nn.Linear(2, 3), lr = 1e300}}", "test:1: Adam: lr is 1e+300 (expected 0 or more)"),
        Transcript(
            "nn.SegmentationLoss{ce_weight = 0, dice_weight = 0}",
            "test:1: segmentation_loss: ce_weight, dice_weight is 0, 0 (expected one of them above 0: the loss would always "
                + "be 0)"),
        Transcript(
            "nn.SegmentationLoss{dice_weight = 0/0}",
            "test:1: bad option 'dice_weight' to 'SegmentationLoss' (a finite number expected, got nan)"),
        Transcript(
            "nn.Linear(2, 3):freeze({})",
            "test:1: bad argument #1 'paths' to 'freeze' (a list of paths expected, or the option except)"),
        Transcript(
            "nn.Linear(2, 3):load_state_dict({a = torch.ones(2)}, {strict = false})",
            "test:1: load_state_dict: state is without any parameter of the network (expected parameters such as weight)"
        ),
        Transcript(
            "nn.Softmax(0)", "test:1: Softmax: dim is 0 (expected 1 or more, or -1 or less)"),
        Transcript(
            "bayes.bank_of_kernels{}", "test:1: kernel_bank: layers is empty (expected the kernels of a layer)"),
        Transcript(
            "bayes.bank_of_kernels{a = torch.full({3, 3, 3}, 0/0)}",
            "test:1: kernel_bank: a is NaN or infinite in 27 of 27 elements (expected finite numbers)"),
        Transcript(
            "bayes.IndependentNormals(torch.full({9, 3, 3}, 0/0))",
            "test:1: normal: bank is NaN or infinite in 81 of 81 elements (expected finite numbers)"),
        Transcript(
            "bayes.FullCovariance(torch.full({9, 3, 3}, 0/0))",
            "test:1: full_covariance: bank is NaN or infinite in 81 of 81 elements (expected finite numbers)"),
        Transcript(
            "nn.ConvTranspose3d(1, 1, 2, {stride = 2, output_padding = 2})",
            "test:1: ConvTranspose3d: output_padding is 2 (expected less than the stride, 2)"),
    ])
    func inferenceRefuses(_ line: Transcript) throws { try line.check() }

    private static func plain(_ operation: String) -> String {
        "test:1: \(operation): network is Conv3d(1, 2, kernel_size = 3) (expected a network with Bayesian convolutions, as "
            + "of bayes.UNet: a plain one has no posterior)"
    }

    @Test(arguments: [
        Transcript(
            "volumes.dataset('.', {layout = 'ms', foreground = {}})",
            "test:1: bad option 'foreground' to 'dataset' (at least one number expected, got an empty list)"),
        Transcript(
            "volumes.dataset('.', {layout = 'ms', labels = {}})",
            "test:1: bad option 'labels' to 'dataset' (at least one number expected, got an empty list)"),
        Transcript(
            "volumes.prepare(volumes.volume(torch.zeros(8, 8, 8)))",
            "test:1: 'image' is 0.0 in every voxel: expected a scan whose voxels differ: there is nothing to see in it"),
        Transcript(
            "volumes.prepare(volumes.volume(torch.full({8, 8, 8}, 7)), nil, {crop = false})",
            "test:1: 'image' is 7.0 in every voxel: expected a scan whose voxels differ: there is nothing to see in it"),
        Transcript(
            "local x = torch.zeros(8, 8, 8) x[4]:fill_(3) return volumes.prepare(volumes.volume(x))",
            "test:1: 'image' is 3.0 in all of the brain, 0.0 around it: expected a scan whose brain has more than one"),
        Transcript(
            "volumes.dice(torch.full({2, 2, 2}, 0/0), torch.ones(2, 2, 2))",
            "test:1: 'prediction' is NaN in 8 voxels: expected numbers"),
        Transcript(
            "volumes.PatchSampler({{image = torch.ones(1, 4, 4, 4), label = torch.ones(4, 4, 4)}}, {foreground = 1})",
            "test:1: bad option 'foreground' to 'PatchSampler' (it says nothing without the option 'size')"),
        Transcript(
            "volumes.prepare(volumes.volume(torch.rand(8, 8, 8)), nil, {crop = false, margin = 2})",
            "test:1: 'margin' is 2: expected 0 without a crop"),
        Transcript(
            "local scan = volumes.phantom{size = {12, 12, 12}, spacing = {2, 1, 1}} "
                + "return volumes.prepare(scan, volumes.volume(torch.ones(12, 12, 12)))",
            "test:1: 'label' is elsewhere in the world: voxels of 1 x 1 x 1 mm, not 2 x 1 x 1; up to "),
        Transcript(
            "volumes.prepare(volumes.volume(torch.rand(8, 8, 8)), volumes.volume(torch.ones(8, 8, 7)))",
            "test:1: 'label' is of shape 8x8x7: expected 8x8x8, as the scan"),
        Transcript(
            "volumes.dice(volumes.volume(torch.ones(2, 2, 2)), volumes.volume(torch.ones(2, 2, 2), {spacing = {3, 1, 1}}))",
            "test:1: 'prediction' is elsewhere in the world: voxels of 1 x 1 x 1 mm, not 3 x 1 x 1; up to 2 mm apart: "
                + "expected the grid of the truth, as after volumes.volume(data, {like = ...})"),
        Transcript(
            "volumes.scores(volumes.volume(torch.ones(2, 2, 2)), volumes.volume(torch.ones(2, 2, 2), {spacing = {3, 1, 1}}))",
            "test:1: 'prediction' is elsewhere in the world: voxels of 1 x 1 x 1 mm, not 3 x 1 x 1; up to 2 mm apart: "
                + "expected the grid of the truth, as after volumes.volume(data, {like = ...})"),
        Transcript(
            "local folder = os.tmpname() .. '-ms' "
                + "local d = volumes.write_phantoms(folder, {layout = 'ms', count = 2, size = {8, 8, 8}}) "
                + "os.execute('rm -r ' .. folder) return d:split{train = 0, test = 0}",
            "test:1: 'train, test' is 0, 0: expected at least one subject"),
    ])
    func preparationRefuses(_ line: Transcript) throws {
        let result = try Transcript.run(line.code)
        #expect(result.hasPrefix(line.expected), "\(result)")
    }

    /// Every class but the background counts: a class that is taken for another is a loss.
    @Test(arguments: [
        (4, 2, 3), (4, 3, 2), (4, 1, 2), (3, 2, 1), (3, 1, 2), (3, 0, 2), (4, 3, 3),
    ])
    func diceLossSeesAllClasses(classes: Int, truth: Int, prediction: Int) throws {
        let code = """
            local scores = torch.zeros(1, \(classes), 4, 4, 4) scores[{1, \(prediction + 1)}]:fill_(50)
            return nn.functional.dice_loss(scores, torch.full({1, 4, 4, 4}, \(truth))):item()
            """
        let loss = try #require(Double(try Transcript.run(code)))
        let wrong = Set([truth, prediction]).subtracting(truth == prediction ? [truth, 0] : [0]).count
        #expect(abs(loss - Double(wrong) / Double(classes - 1)) < 1e-3)
    }
}
