-- Steps 2 and 3: the kernel bank with its diagnosis, and the priors of the seven groups of layers.

local source = require "study.source"

local priors = {}

local function bank_path(lab) return lab.path .. "/bank.safetensors" end

--- The bank of all source networks, which knows each kernel's run.
function priors.bank(lab)
    lab.bank = lab.bank or bayes.load_bank(bank_path(lab))
    return lab.bank
end

local function bank_of_runs(lab, first, last)
    local runs = {}
    for run = first, last do runs[#runs + 1] = run end
    return priors.bank(lab):select{runs = runs}
end

-- Snapshots of one run resemble each other: only the kernels of another run are fit to judge a prior by.

--- The bank that priors learn from: of all source networks but the last, where there are several.
local function training_bank(lab) return bank_of_runs(lab, 1, math.max(1, lab.config.source_networks - 1)) end

--- The kernels that a group's priors learn from, each divided by its layer's scale.
function priors.kernels(lab, group) return training_bank(lab):standardized(lab.groups[group]) end

--- The kernels of the source network that no prior saw, each divided by its layer's scale.
function priors.held_out(lab, group)
    return bank_of_runs(lab, lab.config.source_networks, lab.config.source_networks):standardized(lab.groups[group])
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

local function new_vae(config, least_variance)
    return bayes.KernelVAE({3, 3, 3}, {hidden_channels = config.prior_hidden, min_variance = least_variance})
end

--- The mean squared error of kernels that went through the autoencoder by the means of both sides.
local function reconstruction_error(vae, kernels)
    return torch.no_grad(function()
        local decoded = vae:decode(vae:encode(kernels), nil)
        local difference = decoded:reshape(-1) - kernels:reshape(-1)
        return (difference * difference):mean():item()
    end)
end

--- The kernels that a group's autoencoder is trained on, and those that choose the epoch: others of the same networks,
--- as all snapshots of a kernel stay together.
local function training_kernels(lab, group)
    local bank, layers = training_bank(lab), lab.groups[group]
    local trained, choosing = bank:split(lab.config.prior_held_out)
    return trained:standardized(layers, {scales = bank}), choosing:standardized(layers, {scales = bank})
end

local function train_vae(job, lab, group)
    local config, held_out = lab.config, priors.held_out(lab, group)
    local kernels, choosing = training_kernels(lab, group)
    local epochs = math.max(1, config.prior_steps * 128 // kernels:size(1))
    local vae, bounds, held_out_bounds = new_vae(config), {}, {}
    local run = vae:training(kernels, {epochs = epochs, lr = config.prior_lr, validation = choosing,
        patience = config.prior_patience, min_variance = config.prior_min_variance})
    local keep = {training = run, bounds = bounds, held_out_bounds = held_out_bounds}
    for epoch, bar in job:steps(epochs, keep, {every = config.checkpoint_seconds}) do
        if run.is_finished then break end
        bounds[epoch], held_out_bounds[epoch] = run:epoch()
        bar:set{elbo = bounds[epoch]}
    end
    local label = "group " .. group
    local best = run:finish{label = label}
    local elbo = vae:elbo(held_out, {samples = config.prior_judges})
    local normals = bayes.IndependentNormals(kernels):log_prob(held_out):mean():item()
    local worse = {}
    if elbo < normals then
        worse[1] = ("%.2f nats a kernel on the network that it did not see, against %.2f"):format(elbo, normals)
    end
    if best.held_out_elbo < best.independent then
        worse[#worse + 1] = ("%.2f nats a kernel on other kernels of the networks that it saw, against %.2f"):format(
            best.held_out_elbo, best.independent)
    elseif #worse > 0 then
        -- In the other case `finish` has said so.
        io.stderr:write(("warning: %s: the bound is below that of independent normals: %s\n"):format(label, worse[1]))
    end
    local warning
    if #worse > 0 then
        warning = ("%s: the autoencoder is worth less than independent normals that learnt from the same %d kernels: %s")
            :format(label, kernels:size(1), table.concat(worse, "; "))
    end
    return {weights = vae:state_dict(), min_variance = vae.min_variance, bounds = bounds,
        held_out_bounds = held_out_bounds, epoch = best.epoch, kernels = kernels:size(1), elbo = elbo,
        normals = normals, warning = warning, error = reconstruction_error(vae, held_out)}
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
    local result = lab.plan:result("prior/" .. group)
    local vae = new_vae(lab.config, result.min_variance)
    vae:load_state_dict(result.weights)
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
