-- The bench of priors: which of them expects kernels that it has not seen?
--
--   lunette Scripts/priors.lua --train train.npy --test test.npy          kernels of two files, n x kernel
--   lunette Scripts/priors.lua --bank runs/study-desk/bank.safetensors    a study's bank, by groups of layers; its last
--                                                                         source network is held out
--
-- `--prior FILE.lua` adds a prior of one's own, which the file returns. No prior sees the kernels that it is judged on,
-- and whatever is chosen, such as a number of components, is chosen on a part of those that it is fitted to.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"
local own_priors = require "study.own_priors"

local parser = argparse("priors.lua", "Compares the priors of the zoo on kernels that they have not seen.")
parser:option("--train", "the kernels to fit to, .npy or .npz")
parser:option("--test", "the kernels to judge by")
parser:option("--bank", "instead: a bank, as a study keeps it")
parser:option("--prior", "a prior of one's own, FILE.lua, or a name of the module prior"):count("*"):default({})
parser:option("--output", "folder of the pages"):default("runs/priors")
parser:option("--variant", "the U-Net of the bank"):choices{"short", "full"}:default("short")
command.integer(parser, "--passes", "kernels that an autoencoder goes through in its training, repeated ones counted",
    "1000000")
command.integer(parser, "--most", "kernels to fit to, and to judge by, at most; drawn from all", "20000")
command.integer(parser, "--seed", "seed of everything random", "1")
local options = parser:parse(arg)
if not options.bank == not (options.train and options.test) then
    parser:error("either --bank, or --train and --test")
end
torch.manual_seed(options.seed)

--- An average of mixtures of t distributions, each of many starts: the best of the zoo on 7x7 kernels, by choices made
--- on a fifth of the kernels of a training set.
local function averaged(kernels)
    local members = {}
    for _, components in ipairs{4, 12, 16, 20, 24} do
        if components * 20 <= kernels:size(1) or components == 4 then
            members[#members + 1] = prior.StudentMixture(kernels,
                {components = components, members = 12, degrees_of_freedom = 15, ridge = 5e-4})
        end
    end
    -- The smallest stands in where there are few kernels.
    if #members > 1 then table.remove(members, 1) end
    return prior.MixtureAverage(members)
end

--- An autoencoder of the published architecture, trained by the importance-weighted bound of 10 codes. The epoch is
--- chosen on kernels held out, so that the decoder needs no least variance against memory.
--- `pseudo_inputs` of the kernels are the first ones of a VampPrior.
local function autoencoder(kernels, pseudo_inputs)
    local size = {}
    for dim = 2, kernels:dim() do size[dim - 1] = kernels:size(dim) end
    local first
    if pseudo_inputs then
        local chosen = torch.randperm(kernels:size(1))[{{1, math.min(pseudo_inputs, kernels:size(1))}}]
        first = kernels:index_select(1, chosen)
    end
    local vae = bayes.KernelVAE(size, {pseudo_inputs = first})
    vae:train(kernels, {epochs = math.max(10, math.min(600, options.passes // kernels:size(1))), patience = 100,
        batch_size = 64, lr = 3e-3, samples = 10, min_variance = 1e-3, label = first and "VampPrior" or "VAE"})
    return bayes.VAEPrior(vae, {encoder = "fixed"})
end

local function with(make, settings) return function(kernels) return make(kernels, settings) end end

--- The priors that are compared, by name: functions that fit them.
local zoo = {
    ["independent normals"] = prior.IndependentNormals, ["full covariance"] = prior.FullCovariance,
    ["Ledoit-Wolf"] = prior.LedoitWolf, ["factor analysis"] = with(prior.FactorAnalysis, {rank = {2, 4, 8, 16}}),
    ["multivariate t"] = prior.MultivariateT, ["scale mixture"] = prior.ScaleMixture,
    ["kernel density"] = prior.KernelDensity, RealNVP = prior.RealNVP, VAE = autoencoder,
    VampPrior = with(autoencoder, 50),
    ["12 Gaussians"] = with(prior.GaussianMixture, {components = 12}),
    ["Gaussians, chosen"] = with(prior.GaussianMixture, {components = {1, 2, 4, 8, 12, 16}}),
    ["t mixtures, averaged"] = averaged,
}
for _, own in ipairs(own_priors.entries(options.prior)) do zoo[own.name] = own.value end

--- Kernels without dimensions of size 1, such as the channel of published ones.
local function read(path)
    local kernels = torch.load(path)
    local size = {}
    for dim = 1, kernels:dim() do
        if dim == 1 or kernels:size(dim) > 1 then size[#size + 1] = kernels:size(dim) end
    end
    return kernels:reshape(table.unpack(size))
end

--- As many of some kernels as are wanted at most.
local function drawn(kernels, which)
    local count = kernels:size(1)
    if count <= options.most then return kernels end
    print(("%s: %d of %d kernels, drawn at random"):format(which, options.most, count))
    return kernels:index_select(1, torch.randperm(count)[{{1, options.most}}])
end

local function compare(title, name, training, test)
    training, test = drawn(training, title .. ", to fit to"), drawn(test, title .. ", to judge by")
    local found = prior.compare(training, zoo, {test = test})
    print(("\n%s\n%s"):format(title, tostring(found)))
    found:save(("%s/%s.html"):format(options.output, name), {title = title})
end

study.make_folder(options.output)
if options.bank then
    local bank = bayes.load_bank(options.bank)
    local last = bank.runs[#bank.runs]
    local first = {}
    for i, run in ipairs(bank.runs) do first[i] = run ~= last and run or nil end
    if #first == 0 then error("the bank is of one source network: none can be held out", 0) end
    local learnt, held_out = bank:select{runs = first}, bank:select{runs = {last}}
    for group, layers in ipairs(nn.UNet{variant = options.variant}.kernel_layers) do
        compare("Group " .. group, "group-" .. group, learnt:standardized(layers, {scales = bank}),
            held_out:standardized(layers, {scales = bank}))
    end
else
    compare("Priors of kernels", "priors", read(options.train), read(options.test))
end
print("the pages are in " .. options.output)
