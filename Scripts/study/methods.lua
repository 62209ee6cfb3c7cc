-- Step 4: the methods that are compared, and how each is trained.

local configuration = require "study.configuration"
local priors = require "study.priors"
local source = require "study.source"
local training = require "study.training"

local methods = {}

--- What each method is. To add one, add a line.
---
--- `what`: the method in a sentence, as reports tell it.
--- `prior`: the weights have a Gaussian posterior with this prior, of those in priors.lua; without it they are numbers.
--- `start`: "pretrained" (the source network), or "bank" for numbers; otherwise a posterior starts as the configuration
--- says.
--- `trains`: the parts of the network that are trained, all by default.
--- `tuned_as`: the method whose choice of values is taken over.
methods.list = {
    DWP = {prior = "vae", what = "The deep weight prior: variational inference of a Gaussian for each weight, whose "
        .. "prior for 3x3x3 kernels is an autoencoder over the kernels of source networks, one for each group of "
        .. "layers."},
    RI = {what = "Random initialisation: a plain network, trained on the target alone."},
    PR = {start = "pretrained", what = "Fine-tuning: a plain network that starts from the source network, all of it "
        .. "trained on the target."},
    PRf = {start = "pretrained", trains = {"init_conv", "down1", "down2", "up3", "out"},
        what = "Fine-tuning of the ends: as PR, but only the first and the last blocks are trained."},
    normal = {prior = "normal", tuned_as = "DWP", what = "Variational inference as with DWP, with the prior N(0, "
        .. "sigma): independent weights, one sigma for each layer."},
    log_uniform = {prior = "log_uniform", tuned_as = "DWP", what = "Variational inference as with DWP, with the "
        .. "log-uniform prior, which favours no size of weights."},
    full_covariance = {prior = "full_covariance", tuned_as = "DWP", what = "Variational inference as with DWP, with a "
        .. "Gaussian of full covariance over the source's kernels as the prior, for each group of layers."},
    DWP_PR = {prior = "vae", start = "pretrained", tuned_as = "DWP", what = "The deep weight prior as in DWP, with "
        .. "means that start at the source network's weights."},
    bank_start = {start = "bank", tuned_as = "RI", what = "No prior: a plain network whose kernels start as kernels "
        .. "drawn from the source networks."},
}

--- The methods of `names` in words, a line each.
function methods.text(names)
    local lines = {}
    for i, name in ipairs(names) do lines[i] = ("%s: %s"):format(name, methods.named(name).what) end
    return table.concat(lines, "\n")
end

--- The method of a name; an error that names the nearest where there is none.
function methods.named(name)
    local names = {}
    for other in pairs(methods.list) do names[#names + 1] = other end
    table.sort(names)
    return methods.list[name] or configuration.refuse("method", name, names)
end

--- What the means and variances of a method's posterior are at first, as `bayes.start_posterior` takes it.
local function posterior_start(lab, method, settings, set)
    local start = {share = settings.deviation or nil}
    if not start.share then start.log_variance = settings.log_variance end
    if method.start == "pretrained" then
        start.from = source.pretrained(lab)
    elseif settings.start == "prior" then
        start.prior = set
    elseif settings.start == "bank" then
        start.bank = priors.bank(lab)
    elseif settings.start == "normal" then
        start.mean_std = settings.start_std
    end
    return start
end

--- The network of a method before it is trained, and its priors if it has any.
local function begin(lab, method, settings)
    if method.prior then
        local network, set = bayes.UNet(source.shape(lab.config)), priors.set(lab, method.prior, settings)
        bayes.start_posterior(network, posterior_start(lab, method, settings, set))
        return network, set
    end
    local network = method.start == "pretrained" and source.pretrained(lab) or source.network(lab.config, 1)
    if method.start == "bank" then
        local start = bayes.UNet(source.shape(lab.config))
        bayes.start_posterior(start, {bank = priors.bank(lab)})
        network:load_state_dict(start:state_dict(), {strict = false})
    end
    if method.trains then network:freeze(nil, {except = method.trains}) end
    return network
end

--- The parameters in groups with their rates: means and plain weights, log-variances, and the priors' encoders.
local function parameter_groups(network, set, settings)
    local weights, log_variances = {}, {}
    for _, parameter in ipairs(network:named_parameters()) do
        local kind = parameter[1]:match("log_variance$") and log_variances or weights
        kind[#kind + 1] = parameter[2]
    end
    local groups = {{params = weights, lr = settings.lr}}
    if #log_variances > 0 then groups[2] = {params = log_variances, lr = settings.log_variance_lr} end
    local encoders = set and set:parameters() or {}
    if #encoders > 0 then groups[#groups + 1] = {params = encoders, lr = settings.encoder_lr} end
    return groups, encoders
end

--- Voxels of a volume, on average.
local function mean_voxels(examples)
    local voxels = 0
    for _, example in ipairs(examples) do voxels = voxels + example.image:numel() end
    return voxels // #examples
end

--- Trains a method on subjects as the loop of `job`; `tuned` has the values chosen for it. Gives the network and its
--- record.
function methods.train(job, lab, name, subjects, tuned)
    local method = methods.named(name)
    local settings = setmetatable({}, {__index = function(_, value)
        if tuned[value] ~= nil then return tuned[value] end
        return lab.config[value]
    end})
    local examples = lab.data:examples(subjects)
    local network, set = begin(lab, method, settings)
    local groups, encoders = parameter_groups(network, set, settings)
    settings.optimizer, settings.keep = optim.Adam(groups), {encoders = encoders}
    settings.schedule = training.schedule(settings, settings.steps, #examples)
    if set then
        bayes.set_mode(network, "train")
        settings.objective = bayes.Objective(set, {volumes = #examples,
            beta = settings.beta, warm_up = settings.warm_up,
            voxels = settings.ce_reduction == "mean" and mean_voxels(examples) or 1})
    end
    return network, training.run(job, network, examples, settings)
end

--- The network of a method with the weights of a job's result.
function methods.network(lab, name, weights)
    local make = methods.named(name).prior and bayes.UNet or nn.UNet
    local network = make(source.shape(lab.config))
    network:load_state_dict(weights)
    return network
end

--- How much longer a step of a method takes than one of a plain network, about; for the estimate of time alone.
function methods.cost(name) return methods.named(name).prior and 3 or 1 end

return methods
