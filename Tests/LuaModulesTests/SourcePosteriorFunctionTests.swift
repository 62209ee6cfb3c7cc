import Testing

/// `prior.SourcePosterior`: what it is made of, and where it can be used.
@Suite struct SourcePosteriorFunctionTests {
    /// Three snapshots of one run, their state dictionaries, and a bank of all their kernels.
    private static let source =
        "torch.manual_seed(4) local function net() return nn.Sequential(nn.Conv2d(1, 3, 2), nn.Conv2d(3, 2, 2)) end "
        + "local nets, states, layers = {net(), net(), net()}, {}, {'0', '1'} "
        + "for i, n in ipairs(nets) do states[i] = n:state_dict() end "
        + "local bank = bayes.KernelBank(nets, layers, {threshold = 0}) local w = torch.randn(9, 2, 2) "
        + "local function bound(p) return p:bound(w, w * 0 - 3):item() end "
    /// A Bayesian network of the same sizes, and its set of a prior p.
    private static let target =
        "local target = nn.Sequential(bayes.Conv2d(1, 3, 2), bayes.Conv2d(3, 2, 2)) "
        + "local function set(p, b) return bayes.PriorSet{{name = 'g', layers = layers, prior = p, bank = b}} end "

    @Test(arguments: [
        Transcript(
            source + "local o = {form = 'diagonal'} local a = bound(prior.SourcePosterior(nets, layers, o)) "
                + "return a == bound(prior.SourcePosterior(states, layers, o)) and "
                + "a == bound(prior.SourcePosterior(bank, layers, o))", "true"),
        Transcript(
            source + "local o = {sigma = 0.5} return bound(prior.SourcePosterior(nets[2], layers, o)) == "
                + "bound(prior.SourcePosterior(states[2], layers, o))", "true"),
        // An isotropic one is the independent normal prior around the weights.
        Transcript(
            source + "local w0 = torch.cat({nets[1][1].weight:reshape(3, 2, 2), nets[1][2].weight:reshape(6, 2, 2)}, "
                + "1) local expected = prior.Normal({2, 2}, {std = 0.5}):bound(w - w0:detach(), w * 0 - 3):item() "
                + "return math.abs(bound(prior.SourcePosterior(nets[1], layers, {sigma = 0.5})) - expected) < 1e-3",
            "true"),
        Transcript(
            source + "local low = prior.SourcePosterior(nets, layers, {form = 'low_rank', rank = 2, scale = 4, "
                + "min_variance = 0.1}) return tostring(low) .. low:sample(9):size(1)",
            "SourcePosterior(2x2)  [144 numbers]9"),
        // Weights divided by their scales have the bound of the weights themselves, if sigma is meant so, too.
        Transcript(
            source + target + "bayes.set_mode(target, 'train') local loss = target(torch.ones(1, 1, 4, 4)):sum() "
                + "local p = set(prior.SourcePosterior(nets, layers, {form = 'diagonal'})) "
                + "local q = set(prior.SourcePosterior(nets, layers, {form = 'diagonal', scales = bank, "
                + "min_variance = 1e-6}), bank) local _, a = bayes.Objective(p, {volumes = 1})(loss, target, 1) "
                + "local total, b = bayes.Objective(q, {volumes = 1})(loss, target, 1) total:backward() "
                + "return a.g > 0 and b.g > 0 and target[2].log_variance.grad:abs():sum():item() > 0", "true"),
        Transcript(
            source + target + "bayes.start_posterior(target, {prior = set(prior.SourcePosterior(nets[1], layers, "
                + "{sigma = 1e-4}))}) return (target[2].weight - nets[1][2].weight):abs():max():item() < 1e-3", "true"),
        Transcript(
            source + target + "local path, p = os.tmpname(), prior.SourcePosterior(nets, layers, {form = 'low_rank'}) "
                + "set(p):save(path) return bound(bayes.load_priors(path):prior('g')) == bound(p)", "true"),
    ])
    func works(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript(
            source + "prior.SourcePosterior(nets, layers, {form = 'diagonal', sigma = 1})",
            "test:1: bad option 'sigma' to 'SourcePosterior' (nil expected for the form 'diagonal': it is of 'isotropic')"
        ),
        Transcript(
            source + "prior.SourcePosterior(nets, layers, {rank = 3})",
            "test:1: bad option 'rank' to 'SourcePosterior' (nil expected for the form 'isotropic': it is of 'low_rank')"
        ),
        Transcript(
            source + "prior.SourcePosterior(nets, layers, {min_variance = 0.5})",
            "test:1: bad option 'min_variance' to 'SourcePosterior' (nil expected for the form 'isotropic': it is of 'diagonal' and 'low_rank')"
        ),
        Transcript(
            source + "prior.SourcePosterior(nets, {'2'}, {sigma = 1})",
            "test:1: source_posterior: layers is '2' (expected a layer with convolution kernels in each network)"),
        Transcript(
            source + "prior.SourcePosterior({}, layers, {sigma = 1})",
            "test:1: source_posterior: source is empty (expected one network or more)"),
        Transcript(
            source + "prior.SourcePosterior(7, layers, {sigma = 1})",
            "test:1: bad argument #1 'source' to 'SourcePosterior' (module, bank, or list of modules or of state_dict "
                + "expected, got number)"),
        Transcript(
            source + target + "set(prior.SourcePosterior(nets[1], {'1', '0'}, {sigma = 1}))",
            "test:1: bad argument #1 'groups' to 'PriorSet' (prior_group: layers of 'g' is 0, 1 (expected those of its "
                + "source posterior, in their order: 1, 0) at index 1)"),
        // It has no density of a kernel: it is not compared, averaged, or asked for one.
        Transcript(
            source + "prior.compare(w, {source = prior.SourcePosterior(nets[1], layers, {sigma = 1})})",
            "test:1: compare: prior is SourcePosterior (expected a prior with a density, or a bound, of a kernel wherever it "
                + "stands) in prior 'source'"),
        Transcript(
            source + "prior.MixtureAverage{prior.SourcePosterior(nets[1], layers, {sigma = 1})}",
            "test:1: bad argument #1 'priors' to 'MixtureAverage' (priors with a density expected, got "
                + "SourcePosterior(2x2))"),
        Transcript(
            source + "prior.SourcePosterior(nets[1], layers, {sigma = 1}):log_prob(w)",
            "test:1: calling 'log_prob' on bad self (a prior with a density expected, got SourcePosterior(2x2))"),
    ])
    func refuses(_ transcript: Transcript) throws { try transcript.check() }
}
