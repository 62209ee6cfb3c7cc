-- Step 4: the methods that are compared, and how each is trained.

local lists = require "study.lists"
local Priors = require "study.priors"
local Source = require "study.source"
local training = require "study.training"

local Methods = {}
Methods.__index = Methods

--- What each method is. To add one, add a line. Those that differ from DWP by the prior alone follow from
--- priors.lua.
---
--- `what`: the method in a sentence, as reports tell it.
--- `prior`: the weights have a Gaussian posterior with this prior, of those in priors.lua; without it they are numbers.
--- `start`: "pretrained" (the network of the baselines), "source" (the first source network), or "bank" for numbers;
--- otherwise a posterior starts as the configuration says.
--- `trains`: the parts of the network that are trained, all by default.
--- `tuned_as`: the method whose choice of values is taken over.
Methods.list = {
    DWP = {prior = "vae", what = "The deep weight prior: variational inference of a Gaussian for each weight, whose "
        .. "prior for 3x3x3 kernels is an autoencoder over the kernels of source networks, one for each group of "
        .. "layers."},
    RI = {what = "Random initialisation: a plain network, trained on the target alone."},
    PR = {start = "pretrained", what = "Fine-tuning: a plain network that starts from the source network, all of it "
        .. "trained on the target."},
    PRf = {start = "pretrained", trains = {"init_conv", "down1", "down2", "up3", "out"},
        what = "Fine-tuning of the ends: as PR, but only the first and the last blocks are trained."},
    DWP_PR = {prior = "vae", start = "pretrained", tuned_as = "DWP", what = "The deep weight prior as in DWP, with "
        .. "means that start at the source network's weights."},
    bank_start = {start = "bank", tuned_as = "RI", what = "No prior: a plain network whose kernels start as kernels "
        .. "drawn from the source networks."},
}

--- Adds the method of a prior, {name, what, start}.
function Methods.add(prior)
    if Methods.list[prior.name] then error(("there is a method '%s' already"):format(prior.name), 0) end
    Methods.list[prior.name] = {prior = prior.name, start = prior.start, tuned_as = "DWP",
        what = "Variational inference as with DWP, with " .. prior.what}
end

for _, prior in ipairs(Priors.methods) do Methods.add(prior) end

--- The methods of `names` in words, a line each.
function Methods.text(names)
    local lines = {}
    for i, name in ipairs(names) do lines[i] = ("%s: %s"):format(name, Methods.named(name).what) end
    return table.concat(lines, "\n")
end

--- The method of a name; an error with all names where there is none.
function Methods.named(name)
    return Methods.list[name] or error(("unknown method '%s'; the methods are %s"):format(name,
        lists.words(lists.keys(Methods.list))), 0)
end

--- How much longer a step of a method takes than one of a plain network, about; for the estimate of time alone.
function Methods.cost(name) return Methods.named(name).prior and 3 or 1 end

--- The methods, trained on subjects of `data` with what `source` and `priors` learnt.
function Methods.new(config, data, source, priors)
    return setmetatable({config = config, data = data, source = source, priors = priors}, Methods)
end

--- What the means and variances of a method's posterior are at first, as `bayes.start_posterior` takes it.
local function posterior_start(self, method, settings, set)
    local start = {share = settings.deviation or nil}
    if not start.share then start.log_variance = settings.log_variance end
    if method.start == "pretrained" then
        start.from = self.source:pretrained()
    elseif method.start == "source" then
        start.from = self.source:last(1)
    elseif settings.start == "prior" then
        start.prior = set
    elseif settings.start == "bank" then
        start.bank = self.priors:bank()
    elseif settings.start == "normal" then
        start.mean_std = settings.start_std
    end
    return start
end

--- A Bayesian network for the target, its posterior as the configuration says.
local function bayesian(self)
    local config = self.config
    local options = Source.shape(config, self.data.target_recipe)
    options.posterior, options.rank = config.posterior, config.posterior == "low_rank" and config.rank or nil
    return bayes.UNet(options)
end

--- The network of a method before it is trained, and its priors if it has any.
local function begin(self, method, settings)
    if method.prior then
        local network, set = bayesian(self), self.priors:set(method.prior, settings)
        bayes.start_posterior(network, posterior_start(self, method, settings, set))
        return network, set
    end
    local recipe = self.data.target_recipe
    local network = method.start == "pretrained" and self.source:pretrained() or Source.network(self.config, recipe)
    if method.start == "bank" then
        local start = bayes.UNet(Source.shape(self.config, recipe))
        bayes.start_posterior(start, {bank = self.priors:bank()})
        network:load_state_dict(start:state_dict(), {strict = false})
    end
    if method.trains then network:freeze(nil, {except = method.trains}) end
    return network
end

--- Trains a method on subjects, prepared by a recipe, as the loop of `job`; `tuned` has the values chosen for it, in
--- place of the configuration's. Gives the network and its record.
function Methods:train(job, name, subjects, recipe, tuned)
    local method, values = Methods.named(name), {}
    for value, setting in pairs(self.config) do values[value] = setting end
    for value, setting in pairs(tuned) do values[value] = setting end
    local examples = self.data:examples(subjects, recipe)
    local network, set = begin(self, method, values)
    local groups, encoders = training.parameter_groups(network, set, values)
    local settings = {steps = values.steps, optimizer = optim.Adam(groups), regions = recipe.regions,
        keep = {encoders = encoders}, schedule = training.schedule(values, values.steps, #examples)}
    if set then
        bayes.set_mode(network, "train")
        settings.objective = bayes.Objective(set, {volumes = #examples, beta = values.beta, warm_up = values.warm_up,
            voxels = values.ce_reduction == "mean" and training.mean_voxels(examples) or 1})
    end
    return network, training.run(job, network, examples, values, settings)
end

--- The network of a method with the weights of a job's result.
function Methods:network(name, weights)
    local network = Methods.named(name).prior and bayesian(self) or nn.UNet(Source.shape(self.config,
        self.data.target_recipe))
    network:load_state_dict(weights)
    return network
end

return Methods
