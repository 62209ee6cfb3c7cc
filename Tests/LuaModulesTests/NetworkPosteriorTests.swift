import Testing

/// Ensembles, dropout, SWAG, SGLD, IVON and Laplace's approximation, from Lua.
@Suite struct NetworkPosteriorTests {
    /// A small network, a volume and its labels, and a function that does a step of training.
    private static let start = """
        torch.manual_seed(3) local net = nn.UNet{channels = {1, 2, 2, 2, 2}, dropout = 0.2} \
        local x, y = torch.randn(1, 1, 8, 8, 8), torch.zeros(1, 8, 8, 8) y[{1, {1, 4}}]:fill_(1) \
        local function loss() return nn.functional.cross_entropy(net(x), y) end \
        local function weights() return torch.cat({net.init_conv.weight:flatten(), net.out.weight:flatten()}, 1) end 
        """

    @Test(arguments: [
        // Cyclical SGLD, as the help tells.
        Transcript(
            start + "local o, cycles = optim.SGLD(net, 512, {lr = 1e-2, weight_decay = 1e-3}), optim.CyclicalCosine(3) "
                + "local ensemble = bayes.Ensemble() for step = 1, 9 do o:zero_grad() loss():backward() o:step(cycles(step)) "
                + "if cycles:ends_cycle(step) then ensemble:collect(net) end end local kept = weights():clone() "
                + "local p = bayes.predict(ensemble, x) return #ensemble .. ' ' .. tostring(ensemble) .. ' ' "
                + ".. tostring(p.std:max():item() > 0) .. ' ' .. tostring(torch.equal(weights(), kept))",
            "3 Ensemble(3 members) true true"),
        Transcript(
            start + "local p = bayes.predict(bayes.MCDropout(net), x, {samples = 3, window = {8, 8, 4}}) "
                + "local q = bayes.predict(bayes.MCDropout(net), x) "
                + "return tostring(p.mutual_information:max():item() > 0) .. ' ' .. q.std:max():item() .. ' ' "
                + ".. tostring(net:layer('up3.conv_1.conv.3').training)",
            "true 0.0 true"),
        Transcript(
            start + "local o = optim.SGD(net, {lr = 0.1}) local swag = bayes.SWAG(net, {rank = 3}) "
                + "for _ = 1, 4 do o:zero_grad() loss():backward() o:step() swag:collect() end "
                + "local again = bayes.SWAG(net, {rank = 3}) again:load_state_dict(swag:state_dict()) "
                + "local function predict(s, t) return bayes.predict(s, x, {samples = 4, temperature = t, "
                + "generator = torch.Generator(1)}) end local p = predict(swag) "
                + "return swag.collected .. ' ' .. tostring(torch.equal(p.probability, predict(again).probability)) .. ' ' "
                + ".. tostring(predict(swag, 9).std:mean():item() > p.std:mean():item()) .. ' ' .. tostring(swag)",
            "4 true true SWAG(UNet(short, channels = {1, 2, 2, 2, 2}, classes = 2, dropout = 0.2))"),
        Transcript(
            start + "local laplace = bayes.LastLayerLaplace(net, {x, x}) local path = os.tmpname() laplace:save(path) "
                + "local again = bayes.load_posterior(path) os.remove(path) "
                + "return tostring(again.prior_precision == laplace.prior_precision) .. ' ' "
                + ".. tostring(torch.equal(again:covariance(), laplace:covariance())) .. ' ' "
                + ".. bayes.predict(again, x, {samples = 2}).entropy:size(2)",
            "true true 1"),
        Transcript(
            start + "local o = optim.IVON(net, 512, {lr = 0.1, hess_init = 0.5}) "
                + "for _ = 1, 3 do o:sample() o:zero_grad() loss():backward() o:step() end "
                + "local posterior, kept = bayes.IVONPosterior(net, o), weights():clone() "
                + "local p = bayes.predict(posterior, x, {samples = 2}) "
                + "return tostring(p.std:max():item() > 0) .. ' ' .. tostring(torch.equal(weights(), kept)) .. ' ' "
                + ".. tostring(o):match('^[%w]+')",
            "true true IVON"),
        // A class of the script in a posterior's file.
        Transcript(
            "local Net = nn.class('Net') function Net:init() self.out = nn.Conv3d(1, 2, 1) end "
                + "function Net:forward(x) return self.out(x) end local x, path = torch.ones(1, 1, 2, 2, 2), os.tmpname() "
                + "local ensemble = bayes.Ensemble{Net(), Net()} ensemble:save(path) local again = bayes.load_posterior(path) "
                + "os.remove(path) return torch.equal(bayes.predict(ensemble, x).std, bayes.predict(again, x).std)",
            "true"),
        Transcript(
            "local function end_of(kind) torch.manual_seed(5) local net = nn.Conv3d(1, 2, 1) local o = optim[kind](net, 10) "
                + "for _ = 1, 3 do if kind == 'IVON' then o:sample() end net(torch.ones(1, 1, 2, 2, 2)):sum():backward() "
                + "o:step() end return net.weight:clone() end "
                + "return tostring(torch.equal(end_of('SGLD'), end_of('SGLD'))) .. ' ' "
                + ".. tostring(torch.equal(end_of('IVON'), end_of('IVON')))",
            "true true"),
    ])
    func behaves(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript(
            "bayes.predict(7, torch.ones(1, 1, 2, 2, 2))",
            "test:1: bad argument #1 'network' to 'predict' (Layer or NetworkPosterior expected, got number)"),
        Transcript(
            "bayes.predict(bayes.Ensemble(nn.Conv3d(1, 2, 1)), torch.ones(1, 1, 2, 2, 2), {temperature = 2})",
            "test:1: bad option 'temperature' to 'predict' (it says nothing without the option 'samples')"),
        Transcript(
            "bayes.predict(bayes.Ensemble(), torch.ones(1, 1, 2, 2, 2))",
            "test:1: Ensemble: members is 0 (expected 1 or more: call collect(network))"),
        Transcript(
            "optim.SGD(nn.Linear(2, 3)):sample()",
            "test:1: calling 'sample' on bad self (IVON expected, got SGD)"),
        Transcript(
            "optim.IVON(nn.Linear(2, 3), 10):step()",
            "test:1: IVON: step is called without sample() before (expected sample(), backward() and step() in turn)"),
        Transcript(
            "local net = nn.Linear(2, 3) local o = optim.IVON(net, 10) o:sample() return bayes.IVONPosterior(net, o)",
            "test:1: IVONPosterior: optimizer is between sample() and step() (expected one after step())"),
        Transcript(
            "bayes.IVONPosterior(nn.Linear(2, 3), optim.IVON(nn.Linear(2, 3), 10))",
            "test:1: IVONPosterior: optimizer is of 'weight', another parameter (expected one that trains parameters of the "
                + "network)"),
        Transcript(
            "local net = nn.Linear(2, 3) return bayes.IVONPosterior(net, optim.SGD(net))",
            "test:1: bad argument #2 'optimizer' to 'IVONPosterior' (IVON expected, got Optimizer)"),
        Transcript(
            "bayes.SWAG(nn.Conv3d(1, 2, 1), {rank = 1})",
            "test:1: bad option 'rank' to 'SWAG' (2 or more expected, got 1)"),
        Transcript(
            "optim.SGLD(nn.Linear(2, 3), 0)",
            "test:1: bad argument #2 'examples' to 'SGLD' (1 or more expected, got 0)"),
        Transcript(
            "local path = os.tmpname() nn.Conv3d(1, 2, 1):save(path) "
                + "local _, message = pcall(function() bayes.load_posterior(path) end) os.remove(path) "
                + "return (message:gsub(path, 'FILE', 1))",
            "test:1: FILE: holds the kind 'network' (expected 'posterior'; nn.load (of Bayesian ones bayes.load) reads it)"
        ),
    ])
    func namesWhatIsWrong(_ transcript: Transcript) throws { try transcript.check() }
}
