import Foundation
import LuaBridge
import Testing

/// Priors that scripts write: what they may be, what is made of them, and how each mistake is told.
@Suite struct PriorTests {
    /// A Laplace distribution with a scale, as `name`.
    private static let laplace =
        "local laplace = {name = 'laplace', log_scale = torch.zeros(1, {requires_grad = true})} "
        + "function laplace:log_prob(w) return (-w:abs() / self.log_scale:exp() - self.log_scale "
        + "- math.log(2)):flatten(2):sum(2) end "
    /// A small Bayesian network and its loss; `objective(p)` is the objective with the prior p.
    private static let network =
        "local net = nn.Sequential(bayes.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2)) bayes.set_mode(net, 'train') "
        + "local function objective(p) local priors = bayes.PriorSet{{name = 'group1', layers = {'0'}, prior = p}} "
        + "local loss = nn.functional.cross_entropy(net(torch.ones(4, 1, 4, 4)), torch.tensor{0, 1, 0, 1}) "
        + "local total, bounds = bayes.Objective(priors, {volumes = 4})(loss, net, 1) total:backward() "
        + "return bounds.group1 end "

    @Test(arguments: [
        // A table, with parameters found among its fields, fitted to where the mean size of weights is the scale.
        Transcript(
            laplace + "torch.manual_seed(1) local k = torch.randn(2000, 3, 3) prior.fit(laplace, k, {epochs = 20}) "
                + "return math.abs(laplace.log_scale:exp():item() / k:abs():mean():item() - 1) < 0.02", "true"),
        Transcript(
            laplace + "return tostring(prior.of(laplace)) .. ' ' .. #prior.of(laplace):parameters()",
            "Prior 'laplace'  [1 numbers, 1 trained] 1"),
        // Gradients reach the posterior and the prior's own parameters.
        Transcript(
            laplace + network
                + "local bound = objective(laplace) return bound > 0 and laplace.log_scale.grad:abs():item() > 0 "
                + "and net[1].weight.grad:abs():sum():item() > 0", "true"),
        // log_prob as a plain function; its estimate with many draws comes near the closed form.
        Transcript(
            "torch.manual_seed(1) local p = prior.of({log_prob = function(w) return (w ^ 2 / -2 - math.log(2 * math.pi) / 2)"
                + ":flatten(2):sum(2) end}, {samples = 2000}) local m, v = torch.randn(3, 2, 2), torch.randn(3, 2, 2) "
                + "return math.abs(p:bound(m, v):item() / bayes.NormalPrior({2, 2}):bound(m, v):item() - 1) < 0.02",
            "true"),
        // A cross entropy of its own is taken instead.
        Transcript(
            "local p = prior.of{log_prob = function() end, cross_entropy = function(m, v) return m:sum() + v:sum() end} "
                + "local x = torch.ones(2, 2) return p:bound(x, x * 0):item() - (4 - 2 * math.log(2 * math.pi * math.exp(1)))"
                + " < 1e-5", "true"),
        // Draws follow from the generator that is given, and leave the session's alone.
        Transcript(
            "local p = prior.of{log_prob = function(w) return w:flatten(2):sum(2) end, "
                + "sample = function(n) return torch.randn(n, 3, 3) end} local before = torch.get_rng_state() "
                + "local a = p:sample(4, {generator = torch.Generator(7)}) "
                + "return torch.equal(a, torch.randn(4, 3, 3, {generator = torch.Generator(7)})) "
                + "and before.counter == torch.get_rng_state().counter", "true"),
        // Where a script says how to fit, that is done.
        Transcript(
            "local p = {log_prob = function(w) return w:flatten(2):sum(2) end} "
                + "function p:fit(kernels) self.seen = kernels:size(1) return 'done' end "
                + "return prior.fit(p, torch.ones(7, 2)) .. ' ' .. p.seen", "done 7"),
        // It starts a posterior, and is the control of an autoencoder's prior.
        Transcript(
            network + "local p = {log_prob = function(w) return w:flatten(2):square():sum(2):neg() end, "
                + "sample = function(n) return torch.full({n, 3, 3}, 0.25) end} bayes.start_posterior(net, "
                + "{prior = bayes.PriorSet{{name = 'a', layers = {'0'}, prior = p}}}) return net[1].weight:sum():item()",
            "4.5"),
        Transcript(
            laplace + "local p = bayes.VAEPrior(bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2}), {share = 2, "
                + "control = laplace}) local w = torch.randn(5, 3, 3, 3) return p:bound(w, w):numel()", "1"),
    ])
    func works(_ transcript: Transcript) throws { try transcript.check() }

    /// One error for each mistake, with the prior, the group, the kernel and the value.
    @Test(arguments: [
        (
            "log_prob = function(w) return w:flatten(2):sum(2) * 0 / 0 end",
            "log_prob of kernel 1 of 2 is nan (expected a finite number for every kernel) in group 'group1'"
        ),
        (
            "log_prob = function(w) return torch.where(torch.tensor{1, 0}, w:flatten(2):sum(2), -1 / 0) end",
            "log_prob of kernel 2 of 2 is -inf (expected a finite number for every kernel: a prior of kernels has all of "
                + "them in its support) in group 'group1'"
        ),
        (
            "log_prob = function(w) return w:abs() end",
            "log_prob has shape 2x3x3 (expected 2, one number for each kernel: sum over a kernel's weights) in group 'group1'"
        ),
        (
            "log_prob = function(w) return w:sum() end",
            "log_prob has shape scalar (expected 2, one number for each kernel: sum over a kernel's weights) in group 'group1'"
        ),
        (
            "log_prob = function(w) return 7 end",
            "log_prob is the number 7 (expected a tensor of 2 numbers, one for each kernel) in group 'group1'"
        ),
        (
            "log_prob = function(w) end",
            "log_prob is nothing (expected a tensor of 2 numbers, one for each kernel) in group 'group1'"
        ),
        (
            "log_prob = function(w) return w:detach():flatten(2):sum(2) end",
            "log_prob does not depend on its kernels (expected a result that is computed from them by tensor "
                + "operations, so that gradients can flow) in group 'group1'"
        ),
        (
            "log_prob = function(w) return (w * 0):abs():sqrt():flatten(2):sum(2) end",
            "the gradient of log_prob at kernel 1 of 2 is nan (expected finite numbers) in group 'group1'"
        ),
        (
            "log_prob = function(w) return w.flat.sum end",
            "test:1: Tensor has no member 'flat' in prior 'mine' in group 'group1'"
        ),
        (
            "log_prob = function(w) return w end, cross_entropy = function(m, v) return m end",
            "cross_entropy has shape 2x3x3 (expected one number) in group 'group1'"
        ),
        (
            "log_prob = function(w) return w end, kernel_size = {5, 5}",
            "kernels has shape 2x3x3 (expected n x 5x5) in group 'group1'"
        ),
    ])
    func namesWhatIsWrong(_ fields: String, _ expected: String) throws {
        let code = Self.network + "return objective{name = 'mine', \(fields)}"
        let message = try Transcript.run(code)
        #expect(
            message.hasPrefix("test:1: ") && message.contains("'mine'") && message.hasSuffix(expected), "\(message)")
    }

    @Test(arguments: [
        Transcript(
            "prior.of({name = 's', log_prob = function(w) return w:flatten(2):sum(2) / 0 end, "
                + "sample = function(n) return torch.ones(n, 3) end}):sample(2)",
            "test:1: prior 's' (test:1): log_prob of its own sample 1 of 2 is inf (expected samples within the support)"
        ),
        Transcript(
            "prior.of({log_prob = function(w) end, sample = function(n) return torch.ones(3) end}):sample(2)",
            "test:1: prior (test:1): sample(2) has shape 3 (expected 2)"),
        Transcript(
            "prior.of({name = 's', log_prob = function(w) end}):sample(2)",
            "test:1: prior 's': sample is missing (expected a function of n that draws n kernels)"),
        Transcript(
            "prior.of{logprob = 1}",
            "test:1: bad argument #1 'prior' to 'of' (Prior expected, got a table without log_prob: is 'logprob' meant to "
                + "be it?)"),
        Transcript(
            "prior.of{name = 's', log_prob = 'hello'}",
            "test:1: bad argument #1 'prior' to 'of' (Prior expected, got a table 's' whose log_prob is a string, not a "
                + "function)"),
        Transcript(
            "prior.of{name = 's', kernel_size = '3x3x3', log_prob = print}",
            "test:1: prior 's': kernel_size: list of numbers above 0 expected, got string"),
        Transcript(
            "prior.of(dist.Normal(0, 1))",
            "test:1: prior: a distribution of kernels expected, got Normal(loc: scalar, scale: scalar), whose draws are "
                + "numbers: dist.Independent(d, n) joins those of n dimensions"),
        // A fit that fits nothing, a graph that is spent, and errors without a text name the prior.
        Transcript(
            "prior.fit({name = 's', a = nn.Parameter(torch.ones(1)), log_prob = function(w) return w:flatten(2):sum(2) end}, "
                + "torch.ones(3, 2))",
            "test:1: fit: log_prob does not depend on any of the parameters 'a' (expected a density that is computed from "
                + "them by tensor operations) in prior 's'"),
        Transcript(
            "local a = nn.Parameter(torch.ones(1)) prior.fit({name = 's', a = a, b = a:exp(), log_prob = function(w) return "
                + "w:flatten(2):sum(2) * a end, parameters = function() return {a * 2} end}, torch.ones(3, 2))",
            "test:1: Adam: parameter 1 is the result of an operation (expected a leaf, which no operation made) in prior 's'"
        ),
        Transcript(
            "prior.of({name = 's', log_prob = function(w) error() end}):log_prob(torch.ones(2, 3))",
            "test:1: prior 's': its function raised an error without a message"),
        Transcript(
            "bayes.PriorSet{{name = 'a', layers = {'0'}, prior = prior.FullCovariance}}",
            "test:1: bad argument #1 'groups' to 'PriorSet' (Prior expected, got function: prior.fitted(f, kernels) calls "
                + "one that fits a prior in field 'prior' at index 1)"),
        // What a function is given is not its own.
        Transcript(
            "prior.of({name = 's', log_prob = function(w) w:mul_(0) return w:flatten(2):sum(2) end})"
                + ":log_prob(torch.ones(2, 3))",
            "test:1: prior 's' (test:1): the argument of log_prob is changed in place (expected a function that leaves its "
                + "kernels as they are; w:clone() may be changed)"),
        Transcript(
            "prior.fit({log_prob = print, fit = function() end}, torch.ones(3, 2), {epochs = 3})",
            "test:1: bad option 'epochs' to 'fit' (nil expected for a prior with a fit of its own: Adam is not used)"),
        Transcript(
            "prior.compare(torch.ones(9, 3), {log_prob = print, scale = 2})",
            "test:1: bad argument #2 'priors' to 'compare' (a table of priors by name expected, as {mine = prior}, got a "
                + "prior itself)"),
        Transcript(
            "prior.compare(torch.ones(9, 3, 3, 3), {v = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2})})",
            "test:1: 'v': a prior, or a function that gives one from kernels, expected, Prior expected, got KernelVAE: "
                + "prior.VAEPrior(vae) makes one of it"),
        Transcript(
            "prior.compare(torch.randn(9, 3, 3), {s = {log_prob = function(w) return w:flatten(2):sum(2) end, "
                + "sample = function(n) return torch.ones(n, 9) end}})",
            "test:1: prior 's': sample(256) has shape 256x9 (expected 256x3x3)"),
        Transcript(
            "prior.compare(torch.randn(9, 3, 3), {s = function(k) return k.none end})",
            "test:1: Tensor has no member 'none' in prior 's'"),
        Transcript(
            laplace + network + "laplace.log_scale = torch.full({1}, 0/0, {requires_grad = true}) "
                + "bayes.PriorSet{{name = 'a', layers = {'0'}, prior = laplace}}:save(os.tmpname())",
            "test:1: save: a.log_scale is NaN or infinite in 1 of 1 elements (expected finite numbers)"),
        Transcript(
            "bayes.PriorSet{{name = 'a', layers = {'0'}, prior = {}}}",
            "test:1: bad argument #1 'groups' to 'PriorSet' (Prior expected, got a table without log_prob in field 'prior' "
                + "at index 1)"),
        Transcript(
            "prior.fit({log_prob = function(w) return w:flatten(2):sum(2) end}, torch.ones(3, 2))",
            "test:1: fit: parameters is empty (expected tensors with requires_grad among the fields of the prior, or a "
                + "function fit(kernels) of its own)"),
        Transcript(
            "prior.fit({log_prob = print, parameters = 7}, torch.ones(3, 2))",
            "test:1: parameters of a prior: list of tensors, or a function of one, expected, got the number 7"),
    ])
    func refuses(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        // The best comes first; functions are called with the training kernels, one's own prior is fitted to them.
        Transcript(
            laplace + "torch.manual_seed(1) local k = torch.randn(600, 3, 3) + 2 * torch.randn(600, 1, 3) "
                + "local found = prior.compare(k, {laplace = laplace, full = prior.FullCovariance, "
                + "wide = prior.Normal({3, 3}, {std = 50})}, {held_out = 0.25}) local names, rows = {}, found.rows "
                + "for i, row in ipairs(rows) do names[i] = row.name end "
                + "return table.concat(names, ' ') .. ' ' .. #found .. ' ' .. tostring(rows[1].fit_seconds ~= nil) .. ' ' "
                + ".. tostring(rows[3].fit_seconds) .. ' ' .. tostring(rows[2].nearest_training) .. ' ' .. "
                + "tostring(rows[1].held_out > rows[1].permuted + 3) .. ' ' "
                + ".. tostring(math.abs(rows[2].held_out - rows[2].permuted) < 1e-4)",
            "full laplace wide 3 true nil nil true true"),
        // What a comparison says of a Gaussian is what its log_prob says.
        Transcript(
            "local k = torch.randn(50, 3, 3) local test = torch.randn(20, 3, 3) "
                + "local full = prior.FullCovariance(k) local row = prior.compare(k, {full = full}, {test = test}).rows[1] "
                + "local p = full:log_prob(test) return math.abs(row.held_out - p:mean():item()) < 1e-4 and "
                + "math.abs(row.standard_error - p:std():item() / 20 ^ 0.5) < 1e-4", "true"),
        // An autoencoder's density is a bound, and says with how many codes.
        Transcript(
            "local k = torch.randn(20, 3, 3, 3) local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2}) "
                + "return prior.compare(k, {vae = bayes.VAEPrior(vae)}, {samples = 7}).rows[1].samples", "7"),
        // Of a bank of two runs, the second is held out.
        Transcript(
            "local function net() return nn.Sequential(nn.Conv3d(2, 9, 3)) end local bank = bayes.KernelBank({{net()}, "
                + "{net(), net()}}, {'0'}) local text = tostring(prior.compare(bank, {n = prior.IndependentNormals})) "
                + "return text:match('on %d+ kernels'), text:match('%d+ were')", "on 36 kernels"),
        Transcript(
            "local table, rows = prior.compare(torch.randn(20, 2, 2), {n = prior.IndependentNormals}):table() "
                + "return #table .. ' ' .. #rows[1]", "14 14"),
        // One that fails is left out, and told.
        Transcript(
            "local found = prior.compare(torch.randn(20, 2, 2), {n = prior.IndependentNormals, bad = {log_prob = "
                + "function(w) return w:flatten(2):sum(2) / 0 end}}) return #found .. ' ' .. found.failed.bad .. ' ' .. "
                + "tostring(tostring(found):find(\"'bad' is left out: prior 'bad'\", 1, true) ~= nil)",
            "1 prior 'bad' (test:1): log_prob of kernel 1 of 4 is inf (expected a finite number for every kernel) true"),
        // A fit that fails leaves what was best.
        Transcript(
            laplace + "local k = torch.randn(200, 3, 3) prior.fit(laplace, k, {epochs = 5}) "
                + "local before = laplace.log_scale:item() local ok = pcall(prior.fit, laplace, k, {lr = 1e30}) "
                + "return tostring(ok) .. ' ' .. tostring(laplace.log_scale:item() == before)", "false true"),
        // Kernels of the caller are not written to.
        Transcript(
            "local k = torch.ones(20, 2, 2) pcall(prior.compare, k, {bad = {log_prob = function(w) w:zero_() "
                + "return w:flatten(2):sum(2) end}}) return k:sum():item()", "80.0"),
    ])
    func compares(_ transcript: Transcript) throws { try transcript.check() }

    /// A prior of a script comes back from a file: its functions, what they use, its tensors and its modules.
    @Test(arguments: [
        laplace + "local p = laplace",
        "local scale = torch.tensor(1.5) local log = math.log local function helper(x) return x * scale + log(2) end "
            + "local p = {log_prob = function(w) return helper(w:flatten(2):sum(2)) end}",
        "factor = 3 local p = {} function p:log_prob(w) local function inner(x) return x * factor end "
            + "return inner(w:flatten(2):sum(2)) end",
        "local p = {net = nn.Linear(4, 1), list = {1, 2.5, 'x', {deep = true}}} function p:log_prob(w) "
            + "return self.net(w:flatten(2)):flatten(1) + self.list[2] end p.itself = p",
        "local F = nn.class('Flow') function F:init(n) self.a = nn.Parameter(torch.ones(n)) end "
            + "function F:log_prob(w) return (w:flatten(2) * self.a):sum(2) end local p = F(4)",
        "local p = {} for i = 1, 2 do p['f' .. i] = function(w) return w * i end end "
            + "p.f2 = nil function p:log_prob(w) return self.f1(w):flatten(2):sum(2) end",
    ])
    func comesBackFromFiles(_ made: String) throws {
        let code =
            made + " local w, path = torch.randn(3, 2, 2), os.tmpname() local function set(p) "
            + "return bayes.PriorSet{{name = 'g', layers = {'0'}, prior = p}} end set(p):save(path) "
            + "local q = bayes.load_priors(path):prior('g') "
            + "local a, b = prior.of(p):log_prob(w), q:log_prob(w) set(q):save(path .. '2') "
            + "local r = bayes.load_priors(path .. '2'):prior('g') os.remove(path) os.remove(path .. '2') "
            + "return tostring(torch.equal(a, b) and torch.equal(a, r:log_prob(w))) "
            + ".. tostring(#q:parameters() == #prior.of(p):parameters())"
        #expect(try Transcript.run(code) == "truetrue")
    }

    @Test(arguments: [
        Transcript(
            "bayes.PriorSet{{name = 'g', layers = {'0'}, prior = {log_prob = function(w) return w end, "
                + "source = torch.Generator(1)}}}:save(os.tmpname())",
            "test:1: prior cannot be saved: prior.source is a Generator, which files do not keep"),
        Transcript(
            "bayes.PriorSet{{name = 'g', layers = {'0'}, prior = {name = 'p', log_prob = function(w) return w end, "
                + "[true] = 1}}}:save(os.tmpname())",
            "test:1: prior 'p' cannot be saved: prior has keys that are neither texts nor whole numbers"),
        Transcript(
            "local a = 1 local function f(w) return w * a end local b do local a = 2 b = function(w) return w * a end end "
                + "bayes.PriorSet{{name = 'g', layers = {'0'}, prior = {log_prob = f, other = b}}}:save(os.tmpname())",
            "test:1: prior cannot be saved: prior.log_prob uses a variable 'a' that is another one in another function"),
    ])
    func refusesToSave(_ transcript: Transcript) throws { try transcript.check() }
}
