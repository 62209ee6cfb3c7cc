import Testing

/// Which way a prior is fitted to kernels, and which priors cannot be.
@Suite struct PriorFitTests {
    private static let kernels =
        "torch.manual_seed(3) local a, b = torch.randn(200, 2, 2), torch.randn(90, 2, 2) * 2 + torch.randn(90, 1, 1) "
        + "local function same(p, q) return torch.equal(p:log_prob(b), q:log_prob(b)) end "

    /// A prior of the zoo is fitted again by the function that made it, with the settings that it was made with.
    @Test(arguments: [
        Transcript(
            kernels + "local p = prior.FullCovariance(a, {shrinkage = 0.5}) local q = prior.FullCovariance(b, "
                + "{shrinkage = 0.5}) return same(p:fit(b), q) and same(prior.fit(p, b), q) and same(p:fit(a):fit(b), q) "
                + "and not same(p, q)", "true"),
        Transcript(
            kernels + "local function g() return {generator = torch.Generator(7), components = 2} end "
                + "local p = prior.GaussianMixture(a, g()) return same(p:fit(b, {generator = torch.Generator(7)}), "
                + "prior.GaussianMixture(b, g()))", "true"),
        Transcript(
            kernels + "local function make(k) return prior.MixtureAverage({prior.FullCovariance(k), "
                + "prior.LedoitWolf(k)}, {weights = {1, 3}}) end return same(make(a):fit(b), make(b))", "true"),
        // As given, it is not fitted in a comparison.
        Transcript(
            kernels + "local p = prior.FullCovariance(a) "
                + "return tostring(prior.compare(b, {p = p}).rows[1].fit_seconds)", "nil"),
    ])
    func remakesThoseOfTheZoo(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript(
            kernels + "return prior.Normal({2, 2}):fit(b)",
            "test:1: calling 'fit' on bad self (a prior that was fitted to kernels by a function of `prior`, or one's "
                + "own, expected, got Normal(2x2))"),
        Transcript(
            kernels + "return prior.fit(prior.LogUniform{2, 2}, b)",
            "test:1: bad argument #1 'prior' to 'fit' (a prior that was fitted to kernels by a function of `prior`, or "
                + "one's own, expected, got LogUniform(2x2))"),
        // A file keeps what was fitted, and not how.
        Transcript(
            kernels + "local path = os.tmpname() bayes.PriorSet{{name = 'g', layers = {'0'}, "
                + "prior = prior.FullCovariance(a)}}:save(path) return bayes.load_priors(path):prior('g'):fit(b)",
            "test:1: calling 'fit' on bad self (a prior that was fitted to kernels by a function of `prior`, or one's "
                + "own, expected, got FullCovarianceGaussian(2x2))"),
        Transcript(
            "prior.of(prior.Normal{2, 2})",
            "test:1: bad argument #1 'prior' to 'of' (a table, module or distribution expected, got a Prior: it is one "
                + "already)"),
    ])
    func refuses(_ transcript: Transcript) throws { try transcript.check() }

    /// A file is data of others: its functions compute, and do nothing else.
    @Test(arguments: [
        "os.time()", "io.write('')", "load('return 1')()", "#require('os').tmpname()", "#debug.traceback()",
    ])
    func functionsOfFilesOnlyCompute(_ use: String) throws {
        let code =
            "local path = os.tmpname() bayes.PriorSet{{name = 'g', layers = {'0'}, prior = {log_prob = function(w) "
            + "local x = \(use) return w:flatten(2):sum(2) end}}}:save(path) "
            + "local loads, message = pcall(bayes.load_priors, path) os.remove(path) "
            + "return tostring(loads) .. tostring(tostring(message):find('which functions of files cannot', 1, true) ~= nil)"
        #expect(try Transcript.run(code) == "falsetrue")
    }
}
