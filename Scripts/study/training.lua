-- How a network is trained: what source networks and all methods have in common.

local training = {}

--- What augments an example, by the values `augment_...` of the configuration.
local function augmentation(config, spacing)
    local options = {spacing = spacing}
    for name, value in pairs(config) do
        local option = name:match("^augment_(.*)")
        if option then options[option] = value end
    end
    return options
end

--- A function that gives the image and label of each step, which depend on `seed` and the step alone.
local function batches(config, examples, seed)
    local draw = volumes.PatchSampler(examples,
        {size = config.patch or nil, foreground = config.patch and config.patch_foreground or nil, seed = seed})
    local options = augmentation(config, examples[1].spacing)
    return function(step)
        local images, labels = {}, {}
        for i = 1, config.batch do
            images[i], labels[i] = draw((step - 1) * config.batch + i)
            images[i], labels[i] = volumes.augment(images[i], labels[i], options)
        end
        if config.batch == 1 then return images[1], labels[1] end
        return torch.cat(images), torch.cat(labels)
    end
end

--- The schedule of the configuration for a training on `volumes` volumes.
function training.schedule(config, steps, count)
    if config.schedule == "halving" then return optim.StepDecay(config.halving_epochs * count) end
    return optim.CosineDecay(steps)
end

--- Tensors as copies, which training does not change.
function training.copy(tensors)
    local copies = {}
    for name, tensor in pairs(tensors) do copies[name] = tensor:detach():clone() end
    return copies
end

--- Trains `network` on examples as the loop of `job`.
---
--- `settings` has the values of the configuration, `steps`, `optimizer` and `schedule`; `objective` is added to the
--- loss where it is there, `keep` holds what else changes, and `at_step` is called after each step. The result has the
--- losses, and by group the bounds on the divergence from the prior in nats, a list of a number a step each.
function training.run(job, network, examples, settings)
    local loss = nn.SegmentationLoss{ce_weight = settings.ce_weight, dice_weight = settings.dice_weight,
        reduction = settings.ce_reduction}
    local batch = batches(settings, examples, job.seed)
    local optimizer, record = settings.optimizer, {losses = {}, bounds = {}}
    local keep = {network = network, optimizer = optimizer, record = record}
    for name, object in pairs(settings.keep or {}) do keep[name] = object end
    for step, bar in job:steps(settings.steps, keep, {every = settings.checkpoint_seconds}) do
        local image, label = batch(step)
        local value = loss(network(image), label)
        local total, bounds = value, {}
        if settings.objective then total, bounds = settings.objective(value, network, step) end
        optimizer:zero_grad()
        total:backward()
        optimizer:step(settings.schedule(step))
        record.losses[step] = value:item()
        for group, bound in pairs(bounds) do
            record.bounds[group] = record.bounds[group] or {}
            record.bounds[group][step] = bound
        end
        if settings.at_step then settings.at_step(step) end
        bar:set{loss = record.losses[step]}
    end
    return record
end

return training
