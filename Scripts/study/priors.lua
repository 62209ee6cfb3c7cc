-- Steps 2 and 3: the kernel bank with its diagnosis, and the priors of the seven groups of layers.

local autoencoder = require "study.autoencoder"
local command = require "study.command"
local lists = require "study.lists"
local own_priors = require "study.own_priors"
local Source = require "study.source"

local Priors = {}
Priors.__index = Priors

--- What each prior is. To add one, add an entry: its method, its values of the configuration and, where it is trained,
--- its jobs, tables and figures follow from it.
---
--- `name`: what methods call the prior.
--- `what`: ends the sentence "Variational inference as with DWP, with ...". The prior is then a method of its name,
--- which is tuned as DWP, and one of the ablations; without `what`, lines of `Methods.list` name it.
--- `start`: what that method starts from, as `Methods.list` has it.
--- `settings`: its values of the configuration, as configuration.lua declares them.
--- `make`: gives the prior of a group from the kernels of the bank that priors learn from, each divided by its layer's
--- scale, the values of the configuration, what `load` of `trained` gave, and {source, layers, scales}: the source
--- networks, the layers of the group, and the bank by whose scales its kernels are divided.
--- `of_weights`: whether, by the values of the configuration, it is a prior of the weights themselves; otherwise it is
--- one of kernels divided by their layer's scale.
--- `trained`: what there is of a prior that is trained before: `settings`, again of the configuration; `title` and
--- `plural`, as reports call it; `job`, what the names of its jobs begin with; `steps`, the value of the configuration
--- by which their time is estimated; `figures`, the names of its figures; `train` and `load`, as in autoencoder.lua.
Priors.list = {
    {
        name = "vae",
        settings = {
            {"encoder", "trainable|fixed", "trainable", "whether the priors' encoders go on learning"},
            {"share", "count", 512, "kernels of a group that stand for all in a step"},
            {"codes", "count", 1, "codes z of a kernel in the bound (K)", {1, 1000}},
        },
        make = function(_, settings, vae)
            -- Fitted to the prior's own draws: one of the bank's kernels gives the gradient two to five times the noise.
            local draws = vae:sample(3000, {generator = torch.Generator(1)})
            return bayes.VAEPrior(vae, {encoder = settings.encoder, share = settings.share, samples = settings.codes,
                control = bayes.FullCovariance(draws)})
        end,
        trained = {
            settings = {
                {"prior_steps", "count", 2400, "training steps of a group's autoencoder", {1, 1e8}},
                {"prior_lr", "positive", 5e-4, "Adam's rate of the autoencoders", {1e-12, 1000}},
                {"prior_hidden", "count", 32, "hidden channels of the autoencoders", {1, 4096}},
                {"prior_held_out", "share", 0.1,
                    "share of a layer's kernels, with all snapshots of each, that choose the epoch"},
                {"prior_patience", "whole", 200,
                    "epochs after the best one at which an autoencoder's training ends; 0: never"},
                {"prior_min_variance", "size", 0.05,
                    "least variance of the autoencoders' decoders, of the kernels' variance; 0: none", {0, 1}},
                {"prior_judges", "count", 20, "codes a kernel where a bound is measured", {1, 10000}},
            },
            title = "VAE", plural = "autoencoders", job = "prior", steps = "prior_steps",
            figures = {kernels = "kernels", elbo = "elbo"},
            train = autoencoder.train, load = autoencoder.load,
        },
    },
    {
        name = "normal", what = "the prior N(0, sigma): independent weights, one sigma for each layer.",
        settings = {
            {"normal_std", "positive?", false, "sigma of the prior N(0, sigma); false: each layer's, from the bank",
                {1e-06, 1000}},
        },
        make = function(_, settings) return bayes.NormalPrior({3, 3, 3}, {std = settings.normal_std or 1}) end,
        of_weights = function(settings) return settings.normal_std end,
    },
    {
        name = "log_uniform", what = "the log-uniform prior, which favours no size of weights.",
        make = function() return bayes.LogUniform{3, 3, 3} end,
    },
    {
        name = "full_covariance",
        what = "a Gaussian of full covariance over the source's kernels as the prior, for each group of layers.",
        make = function(kernels) return bayes.FullCovariance(kernels) end,
    },
    {
        name = "source_posterior", start = "source",
        what = "the first source network's weights, and how far its snapshots lie apart, as the prior of each weight; "
            .. "it starts there, too.",
        settings = {
            {"source_form", "isotropic|diagonal|low_rank", "isotropic", "what the source posterior's covariance is like"},
            {"source_sigma", "positive?", false,
                "its sigma where that is isotropic, in units of a layer's scale; false: as far as snapshots lie apart",
                {1e-06, 1000}},
            {"source_covariance", "positive", 1, "what its covariance is multiplied by", {1e-06, 1e+06}},
        },
        make = function(_, settings, _, group)
            return prior.SourcePosterior(group.source:adapted_states(1), group.layers, {form = settings.source_form,
                sigma = settings.source_sigma or nil, scale = settings.source_covariance, scales = group.scales})
        end,
    },
}

--- The priors of the user's own, in order; see own_priors.lua.
Priors.own = {}

--- The priors that are trained, in order.
Priors.trained = {}
--- The priors that are methods of their name, in order.
Priors.methods = {}
local by_name = {}
for _, prior in ipairs(Priors.list) do
    by_name[prior.name] = prior
    if prior.trained then table.insert(Priors.trained, prior) end
    if prior.what then table.insert(Priors.methods, prior) end
end

--- Takes up priors of the user's own, by the names of files or of priors of the zoo; gives their entries.
function Priors.add(texts)
    Priors.own = own_priors.entries(texts)
    for _, own in ipairs(Priors.own) do
        if by_name[own.name] then error(("prior: the study has a prior '%s' already"):format(own.name), 0) end
    end
    return Priors.own
end

--- The entry of one's own prior of a name; nil where there is none.
local function own_named(name)
    for _, own in ipairs(Priors.own) do
        if own.name == name then return own end
    end
end

--- The kernels of a bank that are of the source networks `first` to `last`.
function Priors.of_runs(bank, first, last)
    local runs = {}
    for run = first, last do runs[#runs + 1] = run end
    return bank:select{runs = runs}
end

--- The bank that priors learn from, of all source networks but the last where there are several, and the bank of the
--- last: snapshots of one run resemble each other, so that only kernels of another run are fit to judge a prior by.
function Priors.parts(bank, count)
    return Priors.of_runs(bank, 1, math.max(1, count - 1)), Priors.of_runs(bank, count, count)
end

--- Kernels as priors learn from them: as they are, or the weights of each in an order of its own, so that their sizes
--- stay and their structure is gone.
local function learnt(self, kernels)
    if not self.config.permute_kernels then return kernels end
    local count = kernels:size(1)
    local weights = kernels:reshape(count, -1)
    local order = torch.rand(count, weights:size(2), {generator = torch.Generator(self.config.seed)}):argsort(2)
    return weights:gather(2, order):reshape(table.unpack(kernels:size()))
end

--- Makes the bank from the source networks, and keeps it in its file.
local function save_bank(self)
    local bank = bayes.KernelBank(self.source:snapshots(), lists.joined(table.unpack(self.groups)))
    bank:save(self.path)
    self.loaded = nil
    return bank
end

local function make_bank(self)
    local bank = save_bank(self)
    local diagnosis = {}
    for group, layers in ipairs(self.groups) do diagnosis[group] = self:bank():diagnose(layers) end
    return {kernels = #bank, dropped = bank.dropped, diagnosis = diagnosis}
end

local function job_name(prior, group) return ("%s/%d"):format(prior.trained.job, group) end

--- The priors over kernels of the source networks; the bank is kept in `folder`. Adds to `plan` the job `bank`, and one
--- for each group of layers and each prior that is trained, such as `prior/1` ... `prior/7`.
function Priors.new(config, source, plan, folder)
    local self = setmetatable({config = config, source = source, plan = plan, folder = folder,
        path = folder .. "/bank.safetensors",
        groups = Source.network(config, source.data.source_recipe).kernel_layers}, Priors)
    plan:add{name = "bank", kind = "bank", cost = config.source_networks, run = function() return make_bank(self) end}
    plan:barrier()
    for _, prior in ipairs(Priors.trained) do
        for group in ipairs(self.groups) do
            plan:add{name = job_name(prior, group), kind = prior.trained.job, cost = config[prior.trained.steps],
                run = function(job)
                    return prior.trained.train(job, config, self:kernels(group), "group " .. group)
                end}
        end
    end
    for _, own in ipairs(Priors.own) do
        for group, layers in ipairs(self.groups) do
            plan:add{name = Priors.own_job(own, group), kind = "prior " .. own.name, cost = 1, inputs = {text = own.text},
                run = function()
                    local bank, last = Priors.parts(self:bank(), config.source_networks)
                    return own_priors.fit(folder, own, group,
                        learnt(self, bank:standardized(layers, {scales = self:bank()})),
                        last:standardized(layers, {scales = self:bank()}))
                end}
        end
    end
    return self
end

--- The name of the job that fits one's own prior to a group.
function Priors.own_job(own, group) return ("priors/%s/%d"):format(own.name, group) end

--- The bank of all source networks, which knows each kernel's run.
function Priors:bank()
    if not self.loaded then
        command.await(self.path, function() save_bank(self) end)
        self.loaded = bayes.load_bank(self.path)
    end
    return self.loaded
end

--- The bank's diagnosis, a table for each group.
function Priors:diagnosis() return self.plan:result("bank").diagnosis end

--- The kernels of a group for the training of a prior, each divided by its layer's scale.
---
--- `learnt` is what it learns from, and `choosing` other kernels of the same networks, which choose the epoch: all
--- snapshots of a kernel stay together. `held_out` is of the source network that no prior sees.
function Priors:kernels(group)
    local layers, bank, last = self.groups[group], Priors.parts(self:bank(), self.config.source_networks)
    local seen, choosing = bank:split(self.config.prior_held_out)
    return {learnt = learnt(self, seen:standardized(layers, {scales = bank})), held_out = last:standardized(layers),
        choosing = learnt(self, choosing:standardized(layers, {scales = bank}))}
end

--- The kernels of the source network that no prior sees, each divided by its layer's scale.
function Priors:held_out(group)
    local _, last = Priors.parts(self:bank(), self.config.source_networks)
    return last:standardized(self.groups[group])
end

--- What the training of a prior left for a group.
function Priors:result(prior, group) return self.plan:result(job_name(prior, group)) end

--- The trained object of a group, such as its autoencoder; nil for a prior that is not trained.
function Priors:load(prior, group)
    return prior.trained and prior.trained.load(self.config, self:result(prior, group))
end

--- The fitted prior of the user's own for a group.
function Priors:own_prior(own, group) return own_priors.load(self.folder, own, group) end

--- The priors of a network by group, of an entry's name in the list.
function Priors:set(name, settings)
    local prior, own, bank = by_name[name], own_named(name), Priors.parts(self:bank(), self.config.source_networks)
    local scales = self:bank()
    if prior and prior.of_weights and prior.of_weights(settings) then scales = nil end
    local groups, chosen = {}, settings.prior_groups
    for group, layers in ipairs(self.groups) do
        local entry = {name = "group " .. group, layers = layers, bank = scales}
        if chosen and not lists.contains(chosen, group) then
            entry.prior, entry.bank = bayes.NormalPrior{3, 3, 3}, self:bank()
        elseif own then
            entry.prior = self:own_prior(own, group)
        else
            entry.prior = prior.make(learnt(self, bank:standardized(layers)), settings, self:load(prior, group),
                {source = self.source, layers = layers, scales = scales})
        end
        groups[group] = entry
    end
    return bayes.PriorSet(groups)
end

return Priors
