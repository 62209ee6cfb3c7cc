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
--- `pulled`: whether the loss pulls the weights to where they start (L2-SP).
--- `values`: values of the configuration that are the method's own.
--- `members_of`: an ensemble of networks of that method, a plain one, each from another start.
--- `tuned_as`: the method whose choice of values is taken over, where the method has no candidates of its own.
Methods.list = {
    DWP = {prior = "vae", what = "The deep weight prior: variational inference of a Gaussian for each weight, whose "
        .. "prior for 3x3x3 kernels is an autoencoder over the kernels of source networks, one for each group of "
        .. "layers."},
    RI = {what = "Random initialisation: a plain network, trained on the target alone."},
    PR = {start = "pretrained", what = "Fine-tuning: a plain network that starts from the source network, all of it "
        .. "trained on the target."},
    PRf = {start = "pretrained", trains = {"init_conv", "down1", "down2", "up3", "out"},
        what = "Fine-tuning of the ends: as PR, but only the first and the last blocks are trained."},
    PR_L2SP = {start = "pretrained", pulled = true, tuned_as = "PR", what = "Fine-tuning with a pull: as PR, but half "
        .. "the squared distance from the source network's weights, times `l2_sp`, is added to the loss (L2-SP; Li, "
        .. "Grandvalet and Davoine, ICML 2018)."},
    RI_ensemble = {members_of = "RI", tuned_as = "RI", what = "A deep ensemble: several networks as RI, whose "
        .. "predictions are averaged (Lakshminarayanan et al., 2017)."},
    source_low_rank = {prior = "source_posterior", start = "source", tuned_as = "DWP",
        values = {source_form = "low_rank"}, what = "Variational inference as with source_posterior, whose covariance is "
            .. "half of low rank (SWAG; Maddox et al., 2019)."},
    DWP_PR = {prior = "vae", start = "pretrained", tuned_as = "DWP", what = "The deep weight prior as in DWP, with "
        .. "means that start at the source network's weights."},
    bank_start = {start = "bank", tuned_as = "RI", what = "No prior: a plain network whose kernels start as kernels "
        .. "drawn from the source networks."},
}

local function add(name, method)
    if Methods.list[name] then error(("there is a method '%s' already"):format(name), 0) end
    Methods.list[name] = method
end

--- Adds the method of a prior, {name, what, start}.
function Methods.add(prior)
    add(prior.name, {prior = prior.name, start = prior.start, tuned_as = "DWP",
        what = "Variational inference as with DWP, with " .. prior.what})
end

for _, prior in ipairs(Priors.methods) do Methods.add(prior) end

--- Adds the variants of a configuration, by name: each a method of another name with values of its own, as in {"DWP",
--- {beta = 0.1}}.
function Methods.add_variants(variants)
    for _, name in ipairs(lists.keys(variants)) do
        local base, values = table.unpack(variants[name])
        local method, texts = lists.merged(Methods.named(base)), {}
        for i, value in ipairs(lists.keys(values)) do texts[i] = ("%s = %s"):format(value, values[value]) end
        method.values, method.tuned_as = lists.merged(method.values or {}, values), method.tuned_as or base
        method.what = ("%s, with %s."):format(base, lists.words(texts))
        add(name, method)
    end
end

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

--- Whether what a method learns depends on the source.
function Methods.needs_source(name)
    local method = Methods.named(name)
    return method.start ~= nil or method.prior ~= nil
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

--- The values that a method is trained by: the configuration's, in their place those of `tuned`, and before both its own.
local function values_of(self, method, tuned) return lists.merged(self.config, tuned, method.values or {}) end

--- A Bayesian network for the target, its posterior as the values say.
local function bayesian(self, values)
    local options = Source.shape(values, self.data.target_recipe)
    options.posterior, options.rank = values.posterior, values.posterior == "low_rank" and values.rank or nil
    return bayes.UNet(options)
end

--- The network of a method before it is trained, and its priors if it has any.
local function begin(self, method, values)
    if method.prior then
        local network, set = bayesian(self, values), self.priors:set(method.prior, values)
        bayes.start_posterior(network, posterior_start(self, method, values, set))
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

--- An objective that pulls weights to where they are now: `strength` / 2 times the squared distance is added to the loss.
local function pull(network, strength)
    local parameters, starts = {}, {}
    for i, parameter in ipairs(network:parameters()) do
        parameters[i], starts[i] = parameter, parameter:detach():clone()
    end
    return function(loss)
        local distance = 0
        for i, parameter in ipairs(parameters) do distance = distance + (parameter - starts[i]):square():sum() end
        return loss + distance * (strength / 2), {}
    end
end

--- Trains a method on subjects, prepared by a recipe, as the loop of `job`; `tuned` has the values chosen for it. Gives
--- the network and its record.
function Methods:train(job, name, subjects, recipe, tuned)
    local method = Methods.named(name)
    local values = values_of(self, method, tuned)
    local examples = self.data:examples(subjects, recipe)
    local network, set = begin(self, method, values)
    local groups, encoders = training.parameter_groups(network, set, values)
    local steps = values.epochs and math.min(values.steps, math.max(1, values.epochs * #examples // values.batch))
        or values.steps
    local settings = {steps = steps, optimizer = optim.Adam(groups), regions = recipe.regions,
        keep = {encoders = encoders}, schedule = training.schedule(values, steps, #examples)}
    if set then
        bayes.set_mode(network, "train")
        settings.objective = bayes.Objective(set, {volumes = #examples, beta = values.beta, warm_up = values.warm_up,
            voxels = values.ce_reduction == "mean" and training.mean_voxels(examples) or 1})
    elseif method.pulled then
        settings.objective = pull(network, values.l2_sp)
    end
    return network, training.run(job, network, examples, values, settings)
end

--- The network of a method with the weights of a job's result; of an ensemble, with the weights of each member.
function Methods:network(name, weights)
    local method = Methods.named(name)
    if method.members_of then
        local members = {}
        for i, one in ipairs(weights) do members[i] = self:network(method.members_of, one) end
        return bayes.Ensemble(members)
    end
    local network = method.prior and bayesian(self, values_of(self, method, {}))
        or nn.UNet(Source.shape(self.config, self.data.target_recipe))
    network:load_state_dict(weights)
    return network
end

return Methods
