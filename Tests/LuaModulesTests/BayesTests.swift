import Testing

/// Banks, priors, posteriors and predictions, from Lua.
@Suite struct BayesTests {
    @Test(arguments: [
        Transcript(
            "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}} bayes.set_mode(net, \"mean\") local x = torch.randn(1, 1, 8, 8, 8) return tostring(torch.equal(net(x), net(x)))",
            "true"),
        Transcript(
            "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}} bayes.start_posterior(net, {log_variance = -2}) bayes.set_mode(net, \"train\") local x = torch.randn(1, 1, 8, 8, 8) return tostring(torch.equal(net(x), net(x)))",
            "false"),
        Transcript(
            "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}} bayes.start_posterior(net, {log_variance = -2}) bayes.set_mode(net, \"sample\") local x = torch.randn(1, 1, 8, 8, 8) return tostring(torch.equal(net(x), net(x)))",
            "true"),
        Transcript(
            "bayes.NormalPrior({3, 3, 3})",
            "Normal(3x3x3)  [54 numbers]"),
        Transcript(
            "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}, norm = 'batch', activation = 'silu'} "
                + "bayes.predict(net, torch.randn(2, 1, 8, 8, 8), {samples = 2}) local norm = net:layer('up1.conv_1.conv.0') "
                + "return norm.num_batches_tracked:item() .. ' ' .. tostring(norm.training)",
            "0.0 true"),
        Transcript(
            "bayes.PriorSet{{name = \"all\", layers = {\"init_conv\"}, prior = bayes.NormalPrior({3, 3, 3})}}",
            "PriorSet(1 groups)\n  all: Normal(3x3x3)  [54 numbers], 1 layers"),
        Transcript(
            "local net = nn.Sequential(bayes.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2)) bayes.set_mode(net, 'train') "
                + "local priors = bayes.PriorSet{{name = 'a', layers = {'0'}, prior = bayes.NormalPrior{3, 3}}} "
                + "local loss = nn.functional.cross_entropy(net(torch.ones(4, 1, 4, 4)), torch.tensor{0, 1, 0, 1}) "
                + "bayes.Objective(priors, {volumes = 4})(loss, net, 1):backward() "
                + "local moved = {} for _, p in ipairs(net:named_parameters()) do "
                + "if p[2].grad:abs():max():item() > 0 then moved[#moved + 1] = p[1] end end "
                + "return table.concat(moved, ' ') .. ' ' .. tostring(net[1]):match('^[^%s]+')",
            "0.weight 0.log_variance 0.bias 2.weight 2.bias BayesianConv2d(1,"),
        Transcript(
            "bayes.Conv2d(1, 2, 3, {posterior = 'low_rank', rank = 3})",
            "BayesianConv2d(1, 2, kernel_size = 3, posterior = low_rank, rank = 3)  [weight 2x1x3x3, log_variance 2x1x3x3, "
                + "factors 2x1x9x3, bias 2, 92 parameters]"),
        Transcript(
            "local result = {} for _, name in ipairs{'full_covariance', 'low_rank', 'radial'} do "
                + "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}, posterior = name} bayes.set_mode(net, 'train') "
                + "local priors = bayes.PriorSet{{name = 'a', layers = {'init_conv'}, prior = bayes.NormalPrior{3, 3, 3}}} "
                + "local objective, x = bayes.Objective(priors, {volumes = 1, partial = true}), torch.ones(1, 1, 8, 8, 8) "
                + "objective(net(x):mean(), net, 1):backward() "
                + "local path = os.tmpname() net:save(path) local loaded = bayes.load(path) os.remove(path) "
                + "for _, p in ipairs(net:named_parameters()) do assert(p[2].grad, p[1]) "
                + "assert(torch.equal(p[2], loaded:state_dict()[p[1]]), p[1]) end "
                + "result[#result + 1] = bayes.predict(loaded, x, {samples = 2}).std:max():item() > 0 and name end "
                + "return table.concat(result, ' ')",
            "full_covariance low_rank radial"),
        Transcript(
            "local net = nn.Sequential(bayes.Conv3d(1, 2, 3)) local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2}) "
                + "local priors = bayes.PriorSet{{name = 'a', layers = {'0'}, prior = bayes.VAEPrior(vae)}} "
                + "bayes.use_latent_posterior(net, priors) bayes.set_mode(net, 'train') "
                + "bayes.Objective(priors, {volumes = 1})(net(torch.ones(1, 1, 4, 4, 4)):mean(), net, 1):backward() "
                + "assert(net[1].code_mean.grad and net[1].code_log_variance.grad) return net[1]",
            "BayesianConv3d(1, 2, kernel_size = 3, posterior = latent)  [code_mean 2x6, code_log_variance 2x6, bias 2, "
                + "26 parameters]"),
        Transcript("bayes.LogUniform({3, 3})", "LogUniform(3x3)"),
        Transcript(
            "(tostring(bayes.VAEPrior(bayes.KernelVAE({7, 7}, {hidden_channels = 2}))):gsub('%[.*', ''))",
            "VAEPrior(7x7)  "),
        Transcript(
            "local vae = bayes.KernelVAE({7, 7}, {hidden_channels = 2}) local lines = {} "
                + "for line in tostring(bayes.VAEPrior(vae)):gmatch('[^\\n]+') do lines[#lines + 1] = line end "
                + "local tree = tostring(vae) return select(2, tree:gsub('\\n', '')) + 2 == #lines and "
                + "lines[1]:match('%d+ numbers, %d+ trained') ~= nil and lines[2]:match('^  KernelVAE')",
            "  KernelVAE"),
        Transcript(
            "bayes.Objective(bayes.PriorSet{{name = 'all', layers = {'0'}, prior = bayes.LogUniform{3, 3}}}, "
                + "{volumes = 5, voxels = 100, beta = 0.5})",
            "Objective(volumes = 5, voxels = 100, beta = 0.5, warm_up = 0)"),
        Transcript(
            "local function net() return nn.Sequential(nn.Conv3d(2, 3, 3)) end "
                + "local b = bayes.KernelBank({{net(), net()}, {net()}}, {'0'}) local path = os.tmpname() b:save(path) "
                + "b = bayes.load_bank(path) return ('%d %d %d %d %d'):format(#b, #b.runs, #b:select{runs = {1}}, "
                + "b:origins('0').run[18], b.dropped)",
            "18 2 12 2 0"),
        Transcript(
            "local k = torch.randn(200, 3, 3, 3) + torch.randn(200, 1, 1, 1) "
                + "local d = bayes.bank_of_kernels{conv = k}:diagnose() "
                + "return d.verdict .. ' ' .. tostring(d.agreement) .. ' ' .. #d.neighbor_correlation .. ' ' "
                + ".. d.summary:match('^%a+: gain')",
            "structure nil 3 structure: gain"),
        Transcript(
            "local plain = nn.UNet{channels = {1, 2, 2, 2, 2}} local layers = {} "
                + "for _, group in ipairs(plain.kernel_layers) do table.move(group, 1, #group, #layers + 1, layers) end "
                + "local bank, x = bayes.KernelBank({plain}, layers), torch.randn(1, 1, 8, 8, 8) "
                + "local kernels = bank:standardized(layers) local result = {} "
                + "for _, prior in ipairs{bayes.NormalPrior({3, 3, 3}), bayes.IndependentNormals(kernels), "
                + "bayes.LogUniform({3, 3, 3}), bayes.FullCovariance(kernels, {shrinkage = 0.1})} do "
                + "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}} bayes.start_posterior(net, {bank = bank}) "
                + "bayes.set_mode(net, 'train') local objective = bayes.Objective(bayes.PriorSet{{name = 'all', "
                + "layers = layers, prior = prior, bank = bank}}, {volumes = 5, voxels = 512}) "
                + "local total = objective(net(x):mean(), net, 1) total:backward() "
                + "result[#result + 1] = tostring(net.init_conv.weight.grad:abs():sum():item() > 0) end "
                + "return table.concat(result, ' ')",
            "true true true true"),
        Transcript(
            "local k = torch.randn(60, 2, 2) local function fit(seed) torch.manual_seed(seed) "
                + "local prior = prior.GaussianMixture(k, {components = {2, 3}, starts = 2, held_out = 0.2}) "
                + "return prior:log_prob(k):sum():item() end "
                + "return tostring(fit(1) == fit(1)) .. ' ' .. tostring(fit(1) == fit(2))",
            "true false"),
        Transcript(
            "local k = torch.randn(60, 2, 2) local a, b = prior.Horseshoe(k), prior.LedoitWolf(k) "
                + "local average = prior.MixtureAverage({a, b}, {weights = {1, 3}}) "
                + "local expected = torch.log(0.25 * torch.exp(a:log_prob(k)) + 0.75 * torch.exp(b:log_prob(k))) "
                + "return tostring((average:log_prob(k) - expected):abs():max():item() < 1e-4) .. ' ' .. tostring(average)",
            "true MixtureAverage(2x2)  [21 numbers]"),
        Transcript(
            "local vae = bayes.VAEPrior(bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2})) "
                + "local ok, e = pcall(prior.MixtureAverage, {vae}) return e",
            "bad argument #1 'priors' to 'MixtureAverage' (priors with a density expected, got VAEPrior(3x3x3))"),
        Transcript(
            "local ok, e = pcall(prior.GaussianMixture, torch.randn(5, 2), {components = 6}) return e",
            "mixture: components is 6 (expected from 1 to the number of kernels, 5)"),
        Transcript(
            "local w = torch.zeros(2, 3, 3) return tostring(bayes.NormalPrior({3, 3}):bound(w, w):item())",
            "0.0"),
        Transcript(
            "local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2}) local ok, e = pcall(vae.train, vae, torch.randn(9, 3, 3, 3), {epochs = 2, on_epoch = function() error(\"stop here\", 0) end}) return e",
            "stop here"),
    ])
    func behaves(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript(
            "bayes.Conv3d(1, 2, 3, {posterior = 'latent'})",
            "test:1: BayesianConv3d: posterior is 'latent' (expected another family: bayes.use_latent_posterior(network, "
                + "priors) sets this one, as it needs an autoencoder)"),
        Transcript(
            "bayes.UNet{posterior = 'radial', rank = 2}",
            "test:1: BayesianConv3d: rank is 2 (expected none with posterior = 'radial': it belongs to 'low_rank')"),
        Transcript(
            "bayes.UNet{posterior = 'low_rank', rank = 28}",
            "test:1: BayesianConv3d: rank is 28 (expected from 1 to the number of a kernel's weights, 27)"),
        Transcript(
            "bayes.UNet{posterior = 'normal'}",
            "test:1: bad option 'posterior' to 'UNet' ('mean_field', 'full_covariance', 'low_rank', 'radial' or 'latent' "
                + "expected, got 'normal')"),
        Transcript(
            "bayes.use_latent_posterior(nn.Sequential(bayes.Conv3d(1, 2, 3)), "
                + "bayes.PriorSet{{name = 'a', layers = {'0'}, prior = bayes.NormalPrior{3, 3, 3}}})",
            "test:1: use_latent_posterior: prior of 'a' is Normal (expected a VAEPrior: its decoder makes kernels of codes)"
        ),
        Transcript(
            "bayes.KernelVAE({4, 4})",
            "test:1: kernel_vae: kernel_shape is 4x4 (expected 3x3x3, 5x5, 7x7)"),
        Transcript(
            "bayes.KernelVAE({3,3,3}):encode(torch.ones(2, 5))",
            "test:1: KernelEncoder(3x3x3, latent_size = 6, hidden_channels = 32): input has shape 2x5 (expected n x 3x3x3)"
        ),
        Transcript(
            "bayes.VAEPrior(bayes.KernelVAE{3,3,3}, {encoder = \"free\"})",
            "test:1: bad option 'encoder' to 'VAEPrior' ('trainable', 'fixed' or 'collapsed' expected, got 'free')"),
        Transcript(
            "bayes.VAEPrior(bayes.KernelVAE{3,3,3}, {encoder = \"collapsed\"})",
            "test:1: bad option 'kernels' to 'VAEPrior' (tensor expected for the encoder 'collapsed', got nil)"),
        Transcript(
            "bayes.set_mode(nn.Linear(2,3), \"x\")",
            "test:1: bad argument #2 'mode' to 'set_mode' ('train', 'mean' or 'sample' expected, got 'x')"),
        Transcript(
            "bayes.predict(nn.Linear(2,3), torch.ones(1,2), {samples = 0})",
            "test:1: bad option 'samples' to 'predict' (1 or more expected, got 0)"),
        Transcript(
            "bayes.Objective(bayes.PriorSet{{name = 'all', layers = {'0'}, prior = bayes.LogUniform{3, 3}}}, "
                + "{volumes = 0})",
            "test:1: bad option 'volumes' to 'Objective' (1 or more expected, got 0)"),
        Transcript(
            "bayes.Objective(bayes.PriorSet{{name = 'all', layers = {'0'}, prior = bayes.LogUniform{3, 3}}})",
            "test:1: bad option 'volumes' to 'Objective' (integer expected, got nil)"),
        Transcript(
            "bayes.PriorSet{{name = \"a\", layers = {\"init_conv\"}}}",
            "test:1: bad argument #1 'groups' to 'PriorSet' (Prior expected, got nil in field 'prior' at index 1)"),
        Transcript(
            "bayes.PriorSet{{name = 'a', layers = {'0'}, prior = bayes.NormalPrior{3, 3}, banks = 1}}",
            "test:1: bad argument #1 'groups' to 'PriorSet' (unknown field 'banks', did you mean 'bank'? at index 1)"),
        Transcript(
            "bayes.NormalPrior({3,3,3}, {std = -1})",
            "test:1: bad option 'std' to 'NormalPrior' (above 0 and at most 1000000 expected, got -1)"),
        Transcript(
            "bayes.bank_of_kernels{conv = torch.ones(30, 3, 3)}:diagnose()",
            "test:1: diagnose: kernels is the same in one of their weights (expected weights that vary in every run)"),
        Transcript(
            "bayes.KernelBank({}, {'0'})",
            "test:1: kernel_bank: networks is empty (expected at least one)"),
        Transcript(
            "bayes.KernelBank(7, {'0'})",
            "test:1: bad argument #1 'networks' to 'KernelBank' (list of modules, or of lists of modules expected, got number)"
        ),
        Transcript(
            "bayes.bank_of_kernels{conv = torch.ones(30, 3, 3)}:select{runs = {2}}",
            "test:1: select: runs is 2 (expected runs of the bank: 1)"),
        Transcript(
            "local path = os.tmpname() local file = io.open(path, 'w') file:write(('x'):rep(40)) file:close() "
                + "local _, message = pcall(function() bayes.load_bank(path) end) os.remove(path) "
                + "return (message:gsub(path, 'FILE', 1))",
            "test:1: FILE: not a valid safetensors file: its header claims 8680820740569200760 bytes, and 32 follow"),
        Transcript(
            "bayes.KernelVAE{3,3,3}:train(torch.ones(1,3,3,3), {epochs=0})",
            "test:1: bad option 'epochs' to 'train' (1 or more expected, got 0)"),
    ])
    func namesWhatIsWrong(_ transcript: Transcript) throws { try transcript.check() }
}
