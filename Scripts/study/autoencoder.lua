-- The trained prior of the method: an autoencoder over the kernels of a group of layers.

local autoencoder = {}

local function new(config, least_variance)
    return bayes.KernelVAE({3, 3, 3}, {hidden_channels = config.prior_hidden, min_variance = least_variance})
end

--- The epochs in which an autoencoder sees `count` kernels in `steps` batches of 128.
function autoencoder.epochs(steps, count) return math.max(1, steps * 128 // count) end

--- The mean squared error of kernels that went through the autoencoder by the means of both sides.
local function reconstruction_error(vae, kernels)
    return torch.no_grad(function()
        local decoded = vae:decode(vae:encode(kernels), nil)
        local difference = decoded:reshape(-1) - kernels:reshape(-1)
        return (difference * difference):mean():item()
    end)
end

--- Says where an autoencoder is worth less than independent normals that learnt from the same `count` kernels; nil
--- where it is not. `elbo` and `normals` are of the network that neither saw, `best` is what the training ended with.
local function warning(label, count, elbo, normals, best)
    local worse = {}
    if elbo < normals then
        worse[1] = ("%.2f nats a kernel on the network that it did not see, against %.2f"):format(elbo, normals)
    end
    if best.held_out_elbo < best.independent then
        worse[#worse + 1] = ("%.2f nats a kernel on other kernels of the networks that it saw, against %.2f"):format(
            best.held_out_elbo, best.independent)
    elseif #worse > 0 then
        -- In the other case the end of the training has said so.
        io.stderr:write(("warning: %s: the bound is below that of independent normals: %s\n"):format(label, worse[1]))
    end
    if #worse == 0 then return nil end
    return ("%s: the autoencoder is worth less than independent normals that learnt from the same %d kernels: %s")
        :format(label, count, table.concat(worse, "; "))
end

--- Trains the autoencoder of a group as the loop of `job`; `kernels` are as `Priors:kernels` gives them.
function autoencoder.train(job, config, kernels, label)
    local count = kernels.learnt:size(1)
    local epochs = autoencoder.epochs(config.prior_steps, count)
    local vae, bounds, held_out_bounds = new(config), {}, {}
    local run = vae:training(kernels.learnt, {epochs = epochs, lr = config.prior_lr, validation = kernels.choosing,
        patience = config.prior_patience, min_variance = config.prior_min_variance})
    local keep = {training = run, bounds = bounds, held_out_bounds = held_out_bounds}
    for epoch, bar in job:steps(epochs, keep, {every = config.checkpoint_seconds}) do
        if run.is_finished then break end
        bounds[epoch], held_out_bounds[epoch] = run:epoch()
        bar:set{elbo = bounds[epoch]}
    end
    local best = run:finish{label = label}
    local elbo = vae:elbo(kernels.held_out, {samples = config.prior_judges})
    local normals = bayes.IndependentNormals(kernels.learnt):log_prob(kernels.held_out):mean():item()
    return {weights = vae:state_dict(), min_variance = vae.min_variance, bounds = bounds,
        held_out_bounds = held_out_bounds, epoch = best.epoch, kernels = count, elbo = elbo, normals = normals,
        warning = warning(label, count, elbo, normals, best), error = reconstruction_error(vae, kernels.held_out)}
end

--- The autoencoder of the result of a training.
function autoencoder.load(config, result)
    local vae = new(config, result.min_variance)
    vae:load_state_dict(result.weights)
    return vae
end

return autoencoder
