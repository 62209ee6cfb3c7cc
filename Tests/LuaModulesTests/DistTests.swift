import Testing

/// Distributions and bijectors, from Lua.
@Suite struct DistTests {
    @Test(arguments: [
        Transcript("dist.Normal(torch.zeros(3, 3), 1)", "Normal(loc: 3x3, scale: scalar)"),
        Transcript(
            "dist.Independent(dist.Normal(torch.zeros(3, 3), 1), 2)",
            "Independent(Normal(loc: 3x3, scale: scalar), 2)"),
        Transcript("dist.Affine(1, {1, 2})", "Affine(loc: scalar, scale: 2)"),
        Transcript(
            "dist.Compose{dist.Exp(), dist.Affine(1, 2)}.inv",
            "Inverse(Compose(Exp(), Affine(loc: scalar, scale: scalar)))"),
        Transcript("dist.Coupling(2, nn.Linear(2, 4)).event_dim", "1"),
        Transcript(
            "dist.Mixture({0.25, 0.75}, {dist.Normal(0, 1), dist.Laplace(0, 1)})",
            "Mixture(Categorical(probs: 2), [Normal(loc: scalar, scale: scalar), Laplace(loc: scalar, scale: scalar)])"),
        Transcript(
            "local d = dist.Independent(dist.Normal(torch.zeros(4, 2, 3), 1), 2) "
                + "return table.concat(d.batch_shape, 'x') .. ' ' .. table.concat(d.event_shape, 'x')", "4 2x3"),
        Transcript("dist.Bernoulli(0.5).has_rsample", "false"),
        Transcript("table.concat(dist.Normal(torch.zeros(3), 1):sample(2, 4).shape, 'x')", "2x4x3"),
        Transcript("table.concat(dist.Normal(torch.zeros(3), 1):sample({2, 4}).shape, 'x')", "2x4x3"),
        Transcript("table.concat(dist.Normal(torch.zeros(3), 1):sample().shape, 'x')", "3"),
        Transcript(
            "local d = dist.Normal({0, 1}, 2) local g = torch.Generator "
                + "return torch.equal(d:sample(3, {generator = g(1)}), d:sample(3, {generator = g(1)}))", "true"),
        Transcript(
            "local loc = torch.tensor(1, {requires_grad = true}) local d = dist.Normal(loc, 2) "
                + "d:log_prob(3):backward() return loc.grad:item() .. ' ' .. #d:parameters()", "0.5 1"),
        Transcript(
            "local loc = torch.tensor(1, {requires_grad = true}) "
                + "dist.Laplace(loc, 2):sample(10):sum():backward() return loc.grad:item()", "10.0"),
        Transcript(
            "select(2, dist.kl(dist.Normal(0, 1), dist.Laplace(0, 1), {samples = 100}))", "Monte Carlo"),
        Transcript(
            "local net = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 2)) "
                + "local flow = dist.Transformed(dist.Normal(torch.zeros(2), 1), {dist.Coupling(1, net), "
                + "dist.Permutation{2, 1}}) local loss = -flow:log_prob(torch.randn(20, 2)):mean() loss:backward() "
                + "return #flow:parameters() .. ' ' .. tostring(net[1].weight.grad:abs():sum():item() > 0)", "4 true"),
    ])
    func behaves(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript("dist.Normal(0, {1, -1})", "test:1: Normal: scale[2] is -1 (expected above 0)"),
        Transcript("dist.Normal(0, {{1, 2}, {0, 1}})", "test:1: Normal: scale[{2, 1}] is 0 (expected above 0)"),
        Transcript(
            "dist.Normal(0)",
            "test:1: bad argument #2 'scale' to 'Normal' (Tensor, number or list of numbers expected, got no value)"),
        Transcript("dist.Categorical{0.5, 0.25}", "test:1: Categorical: the sum of probs is 0.75 (expected 1)"),
        Transcript(
            "dist.Categorical({1}, {logits = {0}})",
            "test:1: bad argument #1 'probs' to 'Categorical' (probabilities expected, or the option logits, and not both)"
        ),
        Transcript(
            "dist.Normal(torch.zeros(3), 1):log_prob(torch.zeros(2))",
            "test:1: log_prob: value has shape 2 (expected one that broadcasts with 3)"),
        Transcript("dist.Normal(0, 1):icdf(2)", "test:1: icdf: q is 2 (expected from 0 to 1)"),
        Transcript(
            "dist.Normal(0, 1):sample(-1)",
            "test:1: bad argument #1 'size' to 'sample' (0 or more expected, got -1)"),
        Transcript(
            "dist.Categorical{0.5, 0.5}:mean()",
            "test:1: mean: self is Categorical (expected a distribution whose mean is known in closed form)"),
        Transcript(
            "dist.Mixture(dist.Normal(0, 1), {dist.Normal(0, 1)})",
            "test:1: bad argument #1 'weights' to 'Mixture' (a Categorical expected, got Normal(loc: scalar, scale: scalar))"
        ),
        Transcript(
            "dist.kl(dist.Normal(0, 1), dist.Independent(dist.Normal(torch.zeros(2), 1)))",
            "test:1: kl: event of q has shape 2 (expected scalar, as that of p)"),
        Transcript(
            "dist.Coupling(1, function(x) error('stop here', 0) end):forward({1, 2})", "stop here"),
        Transcript(
            "dist.Coupling(1, nn.Linear(1, 3)):forward({1, 2})",
            "test:1: Coupling: result of the network has shape 3 (expected 2, for its input of 1)"),
        Transcript(
            "dist.MultivariateNormal(torch.zeros(2), {{1, 2}, {2, 1}})",
            "test:1: linalg.cholesky: the matrix is not positive definite (expected positive leading minors, and that "
                + "of order 2 is not) in covariance_matrix of MultivariateNormal"),
        Transcript(
            "dist.MultivariateNormal(torch.zeros(2), {{1, 0.5}, {0.25, 1}})",
            "test:1: MultivariateNormal: covariance_matrix[{1, 2}] is 0.5 (expected a symmetric matrix, whose other half "
                + "differs by 0.25)"),
        Transcript(
            "dist.MultivariateNormal(torch.zeros(2), nil, {scale_tril = {{1, 1}, {0, 1}}})",
            "test:1: MultivariateNormal: scale_tril[{1, 2}] is 1 (expected 0 above the diagonal)"),
        Transcript(
            "dist.MultivariateNormal(torch.zeros(2))",
            "test:1: bad argument #2 'covariance_matrix' to 'MultivariateNormal' (a covariance expected, or one of the "
                + "options precision_matrix and scale_tril)"),
        Transcript("dist.Affine(1, 0)", "test:1: Affine: scale is 0 (expected a number other than 0)"),
    ])
    func namesWhatIsWrong(_ transcript: Transcript) throws { try transcript.check() }
}
