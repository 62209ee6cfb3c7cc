import TestSupport
import Testing

/// What may be meant but is likely wrong is said on the standard error, once for its cause.
@Suite struct WarningTests {
    private static let net = "local net = nn.Sequential(bayes.Conv3d(1, 2, 3), bayes.Conv3d(2, 2, 3)) "
    private static let loop =
        "for step = 1, 3 do optimizer:zero_grad() net(torch.ones(1, 1, 6, 6, 6)):mean():backward() optimizer:step() end"

    @Test(arguments: [
        (
            "\(net)local optimizer = optim.Adam(net) \(loop)",
            "warning: Adam: 2 of 6 parameters have no gradient and stay as they are, such as '0.log_variance'; "
                + "bayes.set_mode(network, 'train') before the loss lets it reach the variances\n"
        ),
        ("\(net)bayes.set_mode(net, 'train') local optimizer = optim.Adam(net) \(loop)", ""),
        (
            "local o = optim.SGD(nn.Linear(2, 3)) for step = 1, 3 do o:step() end",
            "warning: SGD: no parameter has a gradient, so step() changes nothing; backward() comes first\n"
        ),
        (
            "for i = 1, 2 do optim.SGD({torch.ones(2)}) end",
            "warning: SGD: no parameter requires a gradient, so nothing is trained; are all of them frozen?\n"
        ),
        (
            "\(net)local objective = bayes.Objective(bayes.PriorSet{{name = 'a', layers = {'0'}, "
                + "prior = bayes.NormalPrior{3, 3, 3}}}, {volumes = 1}) bayes.set_mode(net, 'train') "
                + "for step = 1, 3 do objective(net(torch.ones(1, 1, 6, 6, 6)):mean(), net, step) end",
            "warning: Objective: 1 of 2 Bayesian layers have no prior, so nothing holds their posterior: 1 "
                + "(partial = true where that is meant)\n"
        ),
        (
            "\(net)local objective = bayes.Objective(bayes.PriorSet{{name = 'a', layers = {'0'}, "
                + "prior = bayes.NormalPrior{3, 3, 3}}}, {volumes = 1, partial = true}) bayes.set_mode(net, 'train') "
                + "objective(net(torch.ones(1, 1, 6, 6, 6)):mean(), net, 1)", ""
        ),
        (
            "for i = 1, 2 do volumes.PatchSampler({{image = torch.ones(1, 4, 4, 4), label = torch.zeros(4, 4, 4)}}, "
                + "{size = {2, 2, 2}}) end",
            "warning: PatchSampler: no example has a foreground voxel, so all patches lie at random places\n"
        ),
        (
            "local s = optim.CosineDecay(3) for step = 1, 6 do s(step) end",
            "warning: CosineDecay(3): a step behind its end has the rate 0, so nothing is trained there\n"
        ),
        ("local s = optim.LinearDecay(3, {final = 0.1}) for step = 1, 6 do s(step) end", ""),
        (
            "local a = nn.Linear(2, 3) a:load_state_dict{weight = torch.full({3, 2}, 0/0), bias = torch.ones(3)}",
            "warning: load_state_dict: 'weight' holds NaN or infinity; did its training diverge?\n"
        ),
    ])
    func isSaidOnce(code: String, warning: String) throws {
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["-e", code])
        #expect(outcome == .init(code: 0, output: "", errors: warning))
    }

    /// An autoencoder that hardly trained is worth less than independent normals of few kernels with a narrow spread;
    /// `train` and `finish` tell so, with the label.
    @Test(arguments: [
        "local r = vae:train(kernels, {epochs = 1, label = 'group 3'})",
        "local t = vae:training(kernels, {epochs = 1}) t:epoch() local r = t:finish{label = 'group 3'}",
    ])
    func worseThanIndependentNormalsIsSaid(training: String) throws {
        let outcome = try CommandProcess.run(
            CommandProcess.lunette,
            [
                "-e",
                "local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2}) local kernels = torch.randn(128, 3, 3, 3) * 0.1 "
                    + "\(training) print(r.held_out_elbo < r.independent)",
            ])
        #expect(outcome.output == "true\n")
        let warnings = outcome.errors.split(separator: "\n")
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("warning: group 3: the bound on kernels held out, ") == true)
    }
}
