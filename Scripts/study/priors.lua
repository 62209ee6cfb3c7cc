-- Steps 2 and 3: the kernel bank with its diagnosis, and the priors of the seven groups of layers.

local source = require "study.source"

local priors = {}

local function bank_path(lab, part) return ("%s/bank%s.safetensors"):format(lab.path, part) end

--- A bank of the study: "" is that of all source networks; "-training" lacks the last one, which "-held-out" is of.
local function bank(lab, part)
    lab.banks = lab.banks or {}
    lab.banks[part] = lab.banks[part] or bayes.load_bank(bank_path(lab, part))
    return lab.banks[part]
end

--- The kernels that a group's priors learn from, each divided by its layer's scale.
function priors.kernels(lab, group) return bank(lab, "-training"):standardized(lab.groups[group]) end

--- The kernels of the source network that no prior saw.
function priors.held_out(lab, group) return bank(lab, "-held-out"):standardized(lab.groups[group]) end

local function make_banks(lab)
    local layers = {}
    for _, group in ipairs(lab.groups) do table.move(group, 1, #group, #layers + 1, layers) end
    local runs = lab.config.source_networks
    -- Snapshots of one run resemble each other: only the kernels of another run are fit to judge a prior by.
    local parts = {[""] = {1, runs}, ["-training"] = {1, math.max(1, runs - 1)}, ["-held-out"] = {runs, runs}}
    for part, range in pairs(parts) do
        bayes.KernelBank(source.snapshots(lab, range[1], range[2]), layers):save(bank_path(lab, part))
    end
    lab.banks = nil
    local diagnosis = {}
    for group in ipairs(lab.groups) do
        local kernels = priors.kernels(lab, group)
        diagnosis[group] = bayes.structure(kernels, priors.held_out(lab, group))
        diagnosis[group].count = kernels:size(1)
    end
    return {kernels = #bank(lab, ""), diagnosis = diagnosis}
end

local function new_vae(config) return bayes.KernelVAE({3, 3, 3}, {hidden_channels = config.prior_hidden}) end

--- The mean squared error of kernels that went through the autoencoder by the means of both sides.
local function reconstruction_error(vae, kernels)
    return torch.no_grad(function()
        local decoded = vae:decode(vae:encode(kernels), nil)
        local difference = decoded:reshape(-1) - kernels:reshape(-1)
        return (difference * difference):mean():item()
    end)
end

local function train_vae(job, lab, group)
    local config, kernels, held_out = lab.config, priors.kernels(lab, group), priors.held_out(lab, group)
    local epochs = math.max(1, config.prior_steps * 128 // kernels:size(1))
    local vae, bounds = new_vae(config), {}
    local run = vae:training(kernels, {epochs = epochs, lr = config.prior_lr})
    for epoch, bar in job:steps(epochs, {training = run, bounds = bounds}, {every = config.checkpoint_seconds}) do
        bounds[epoch] = run:epoch()
        bar:set{elbo = bounds[epoch]}
    end
    local best = run:finish()
    return {weights = vae:state_dict(), bounds = bounds, epoch = best.epoch,
        elbo = vae:elbo(held_out, {samples = config.prior_judges}), error = reconstruction_error(vae, held_out)}
end

--- Adds the jobs `bank` and `prior/1` ... `prior/7`.
function priors.plan(lab)
    lab.plan:add{name = "bank", kind = "bank", cost = lab.config.source_networks, run = function() return make_banks(lab) end}
    for group in ipairs(lab.groups) do
        lab.plan:add{name = "prior/" .. group, kind = "prior", cost = lab.config.prior_steps,
            run = function(job) return train_vae(job, lab, group) end}
    end
end

--- The autoencoder of a group.
function priors.vae(lab, group)
    local vae = new_vae(lab.config)
    vae:load_state_dict(lab.plan:result("prior/" .. group).weights)
    return vae
end

--- The bank of all source networks.
function priors.bank(lab) return bank(lab, "") end

-- The prior of a group's kernels, by the name that methods give it.
local kinds = {}

function kinds.vae(lab, group, settings)
    return bayes.VAEPrior(priors.vae(lab, group), {encoder = settings.encoder, share = settings.share,
        samples = settings.codes, control = bayes.FullCovariance(priors.kernels(lab, group))})
end

function kinds.normal(_, _, settings) return bayes.NormalPrior({3, 3, 3}, {std = settings.normal_std or 1}) end

function kinds.log_uniform() return bayes.LogUniform{3, 3, 3} end

function kinds.full_covariance(lab, group) return bayes.FullCovariance(priors.kernels(lab, group)) end

--- The priors of a network by group, of a kind above; kernels are divided by the scale that their layer has in the bank.
function priors.set(lab, kind, settings)
    local scales = priors.bank(lab)
    -- A sigma that is given is that of the weights themselves.
    if kind == "normal" and settings.normal_std then scales = nil end
    local groups = {}
    for group, layers in ipairs(lab.groups) do
        groups[group] = {name = "group " .. group, layers = layers, prior = kinds[kind](lab, group, settings), bank = scales}
    end
    return bayes.PriorSet(groups)
end

return priors
