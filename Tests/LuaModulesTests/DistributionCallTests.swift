import LuaBridge
import LuaModules
import Testing

/// Distributions and bijectors in the table of a script's prior come back from its file.
@Suite struct DistributionCallTests {
    /// An example, and the functions of `dist` that it calls.
    struct Example: Sendable, CustomTestStringConvertible {
        let code: String

        init(_ code: String) { self.code = code }

        /// What a bijector of vectors of 4 makes of normal numbers.
        static func mapped(_ bijector: String) -> Example {
            Example("dist.Transformed(dist.Normal(torch.randn(4), 1), \(bijector))")
        }

        var testDescription: String { code }
    }

    private static let numbers = [
        Example("dist.Normal(torch.randn(2), torch.rand(2) + 1)"), Example("dist.Laplace(torch.randn(2), 2)"),
        Example("dist.Cauchy(1, torch.rand(3) + 1)"), Example("dist.StudentT({3, 4}, 1, 2)"),
        Example("dist.Uniform(0, {1, 2})"), Example("dist.HalfNormal(2)"), Example("dist.HalfCauchy(2)"),
        Example("dist.LogNormal(0.5, 2)"), Example("dist.Exponential({1, 3})"), Example("dist.Gamma(2, 3)"),
        Example("dist.InverseGamma(2, 3)"), Example("dist.Beta(2, 3)"), Example("dist.Bernoulli{0.3, 0.6}"),
        Example("dist.Bernoulli(nil, {logits = {0.3, 0.6}})"), Example("dist.Categorical{0.2, 0.8}"),
        Example("dist.Categorical(nil, {logits = {0.2, 0.7}})"),
    ]

    private static let vectors = [
        Example("dist.MultivariateNormal(torch.randn(2), {{2, 0.5}, {0.5, 1}})"),
        Example("dist.MultivariateNormal(torch.randn(2), nil, {precision_matrix = {{2, 0.5}, {0.5, 1}}})"),
        Example("dist.MultivariateNormal(torch.randn(2), nil, {scale_tril = {{2, 0}, {0.5, 1}}})"),
        Example("dist.LowRankMultivariateNormal(torch.randn(3), torch.randn(3, 1), {1, 2, 3})"),
        Example("dist.MultivariateStudentT(3, torch.randn(2), {{2, 0}, {0.5, 1}})"), Example("dist.Dirichlet{1, 2, 3}"),
        Example("dist.Independent(dist.Normal(torch.randn(4, 3), 1), 2)"),
        Example("dist.Mixture({0.3, 0.7}, dist.Normal({-1, 1}, {0.5, 1}))"),
        Example("dist.Mixture(dist.Categorical{0.3, 0.7}, {dist.Normal(0, 1), dist.Laplace(1, 2)})"),
        Example("dist.Mixture({1}, {dist.Transformed(dist.Normal(0, 1), dist.Exp())})"),
    ]

    private static let bijectors = [
        Example.mapped("{dist.Exp(), dist.Softplus(), dist.Affine(torch.randn(4), 2)}"),
        Example.mapped("dist.Compose{dist.Permutation{2, 1, 4, 3}, dist.Sigmoid()}"), Example.mapped("dist.Tanh()"),
        Example.mapped("dist.Spline(torch.randn(8), torch.randn(8), torch.randn(7), {bound = 4})"),
        Example.mapped("dist.Coupling(2, nn.Linear(2, 4), {limit = 1})"),
        Example.mapped("dist.Coupling(2, function(x) return torch.cat({x, x * 0.1}, -1) end)"),
        Example.mapped("dist.SplineCoupling(2, nn.Linear(2, 22), {bins = 4, bound = 5})"),
        Example.mapped("dist.Affine(1, 2).inv"),
    ]

    static let examples = numbers + vectors + bijectors

    /// Saves the prior p of group g and loads it as q.
    private static let savedAndLoaded =
        "local path = os.tmpname() bayes.PriorSet{{name = 'g', layers = {'0'}, prior = p}}:save(path) "
        + "local q = bayes.load_priors(path):prior('g') os.remove(path) "

    /// The densities of draws are the same to the bit.
    @Test(arguments: examples) func comesBack(_ example: Example) throws {
        let result = try Transcript.run(
            "torch.manual_seed(2) local p = {d = \(example.code)} p.x = p.d:sample(3):detach() p.text = tostring(p.d) "
                + "function p:log_prob(w) assert(self.text == tostring(self.d)) "
                + "return w:flatten(2):sum(2) * 0 + self.d:log_prob(self.x):sum() end " + Self.savedAndLoaded
                + "local w = torch.ones(2, 3) return torch.equal(prior.of(p):log_prob(w), q:log_prob(w)) "
                + "and #q:parameters() == #prior.of(p):parameters()")
        #expect(result == "true")
    }

    @Test func thereIsAnExampleOfEach() {
        let makers = LuaModule.dist.functions.filter { ["distribution", "bijector"].contains($0.returns) }
        for maker in makers {
            #expect(Self.examples.contains { $0.code.contains("dist.\(maker.name)") }, "\(maker.name)")
        }
        #expect(makers.count > 25)
    }

    @Test(arguments: [
        // What a distribution and the table share, they share again; it is trained once.
        Transcript(
            "local s = torch.ones(1, {requires_grad = true}) local net = nn.Linear(2, 4) "
                + "local p = {s = s, d = dist.Laplace(0, s), net = net, f = dist.Coupling(2, net)} "
                + "function p:log_prob(w) return self.d:log_prob(w):flatten(2):sum(2) end " + savedAndLoaded
                + "return #prior.of(p):parameters() .. #q:parameters()", "33"),
        // A distribution is a prior itself.
        Transcript(
            "local p = dist.Independent(dist.Laplace(torch.zeros(2, 2), 3), 2) " + savedAndLoaded
                + "local w = torch.randn(5, 2, 2) return torch.equal(p:log_prob(w), q:log_prob(w))", "true"),
        Transcript(
            "local s = torch.ones(1, {requires_grad = true}) local p = {d = dist.Laplace(0, s:exp()), log_prob = print} "
                + savedAndLoaded,
            "test:1: prior cannot be saved: prior.d.scale was computed from other tensors, which a file does not know: "
                + "make the distribution in log_prob, where it is computed anew"),
    ])
    func keepsWhatIsShared(_ transcript: Transcript) throws { try transcript.check() }
}
