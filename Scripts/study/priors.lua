-- Steps 2 and 3: the kernel bank with its diagnosis, and the priors of the seven groups of layers.

local source = require "study.source"

local priors = {}

local function bank_path(lab) return lab.path .. "/bank.safetensors" end

--- The bank of all source networks, which knows each kernel's run.
function priors.bank(lab)
    lab.bank = lab.bank or bayes.load_bank(bank_path(lab))
    return lab.bank
end

--- The kernels of a group from source networks `first` to `last`, each divided by its layer's scale.
local function kernels_of_runs(lab, group, first, last)
    local runs = {}
    for run = first, last do runs[#runs + 1] = run end
    return priors.bank(lab):select{runs = runs}:standardized(lab.groups[group])
end

-- Snapshots of one run resemble each other: only the kernels of another run are fit to judge a prior by.

--- The kernels that a group's priors learn from: of all source networks but the last, where there are several.
function priors.kernels(lab, group)
    return kernels_of_runs(lab, group, 1, math.max(1, lab.config.source_networks - 1))
end

--- The kernels of the source network that no prior saw.
function priors.held_out(lab, group)
    return kernels_of_runs(lab, group, lab.config.source_networks, lab.config.source_networks)
end

local function make_bank(lab)
    local layers = {}
    for _, group in ipairs(lab.groups) do table.move(group, 1, #group, #layers + 1, layers) end
    local bank = bayes.KernelBank(source.snapshots(lab), layers)
    bank:save(bank_path(lab))
    lab.bank = nil
    local diagnosis = {}
    for group, paths in ipairs(lab.groups) do diagnosis[group] = priors.bank(lab):diagnose(paths) end
    return {kernels = #bank, dropped = bank.dropped, diagnosis = diagnosis}
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
    lab.plan:add{name = "bank", kind = "bank", cost = lab.config.source_networks,
        run = function() return make_bank(lab) end}
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

-- The prior of a group's kernels, by the name that methods give it.
local kinds = {}

function kinds.vae(lab, group, settings)
    return bayes.VAEPrior(priors.vae(lab, group), {encoder = settings.encoder, share = settings.share,
        samples = settings.codes, control = bayes.FullCovariance(priors.kernels(lab, group))})
end

function kinds.normal(_, _, settings) return bayes.NormalPrior({3, 3, 3}, {std = settings.normal_std or 1}) end

function kinds.log_uniform() return bayes.LogUniform{3, 3, 3} end

function kinds.full_covariance(lab, group) return bayes.FullCovariance(priors.kernels(lab, group)) end

--- The priors of a network by group, of a kind above; kernels are divided by the scale that their layer has in the
--- bank.
function priors.set(lab, kind, settings)
    local scales = priors.bank(lab)
    -- A sigma that is given is that of the weights themselves.
    if kind == "normal" and settings.normal_std then scales = nil end
    local groups = {}
    for group, layers in ipairs(lab.groups) do
        local prior = kinds[kind](lab, group, settings)
        groups[group] = {name = "group " .. group, layers = layers, prior = prior, bank = scales}
    end
    return bayes.PriorSet(groups)
end

return priors
