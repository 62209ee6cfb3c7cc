-- How a network is trained: what source networks and all methods have in common.

local LastGood = require "study.last_good"
local lists = require "study.lists"

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

--- The schedule of the configuration for a training of `steps` steps on `count` volumes.
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

--- The parameters of a network, and of the encoders of `prior`, a set of priors or nil, in groups for an optimiser;
--- then those of the encoders alone.
---
--- `rates` has `lr` of weights and means, `log_variance_lr` of log-variances, and `encoder_lr` of the encoders.
function training.parameter_groups(network, prior, rates)
    local weights, log_variances = {}, {}
    for _, parameter in ipairs(network:named_parameters()) do
        local kind = parameter[1]:match("log_variance$") and log_variances or weights
        kind[#kind + 1] = parameter[2]
    end
    local groups = {{params = weights, lr = rates.lr}}
    if #log_variances > 0 then groups[2] = {params = log_variances, lr = rates.log_variance_lr} end
    local encoders = prior and prior:parameters() or {}
    if #encoders > 0 then groups[#groups + 1] = {params = encoders, lr = rates.encoder_lr} end
    return groups, encoders
end

--- Voxels of an example, on average; sequences do not count.
function training.mean_voxels(examples)
    local voxels = 0
    for _, example in ipairs(examples) do voxels = voxels + example.label:numel() end
    return voxels // #examples
end

--- An empty record of a training: the losses, and by group the bounds on the divergence from the prior in nats, a list
--- of a number a step each; and the steps whose loss was not finite, after which it went on from a state before them.
function training.record() return {losses = {}, bounds = {}, restored = {}} end

--- What becomes of a training whose loss at `step` is `total`, which is not finite: it goes back to the last good state
--- and says so, or ends with an error.
local function recover(record, last_good, step, total)
    local found = ("step %d: the loss is %s"):format(step, total)
    local back = last_good and last_good.state.step
    if not last_good or not last_good:restore(step) then
        error(("%s%s; --check-numerics before the script tells where it comes from%s"):format(found,
            not last_good and "" or back and " again, after the training went back to good states at lower rates"
                or ", and no state before it is good",
            last_good and "" or ", and on_nonfinite=restore goes on from the last good state"), 0)
    end
    record.restored[#record.restored + 1] = step
    io.stderr:write(("%s; goes on from the state of step %d, at %g of the rates\n"):format(found, back, last_good:rate()))
end

--- Trains `network` and adds to `record`. The last arguments are what a `for` takes and gives each step with its bar,
--- such as `job:steps(...)` or `progress(n)`.
---
--- `settings` has `batch`, which gives the image and label of a step, `loss`, `optimizer` and `schedule`. Three are
--- optional: `objective` adds to the loss, `at_step` is called after each step, and `last_good` is what a training goes
--- back to where its loss is not finite, which is an error otherwise.
function training.loop(network, record, settings, ...)
    local last_good = settings.last_good
    for step, bar in ... do
        local image, label = settings.batch(step)
        local value = settings.loss(network(image), label)
        local total, bounds = value, {}
        if settings.objective then total, bounds = settings.objective(value, network, step) end
        if math.abs(total:item()) < math.huge then
            if last_good and last_good:is_due(step) then last_good:keep(step) end
            settings.optimizer:zero_grad()
            total:backward()
            settings.optimizer:step(settings.schedule(step) * (last_good and last_good:rate() or 1))
        else
            recover(record, last_good, step, total:item())
        end
        record.losses[step] = value:item()
        for group, bound in pairs(bounds) do
            record.bounds[group] = record.bounds[group] or {}
            record.bounds[group][step] = bound
        end
        if settings.at_step then settings.at_step(step) end
        bar:set{loss = record.losses[step]}
    end
end

--- Trains `network` on examples as the loop of `job`, by the values of `config`, and gives the record.
---
--- `settings` is as in `training.loop`, but for `batch` and `loss`, with `steps`, the `regions` that the network's
--- outputs stand for (nil: classes), and `keep`: what else changes and so belongs into checkpoints.
function training.run(job, network, examples, config, settings)
    local record = training.record()
    local keep = {network = network, optimizer = settings.optimizer, record = record}
    for name, object in pairs(settings.keep or {}) do keep[name] = object end
    if config.on_nonfinite == "restore" then
        settings.last_good = LastGood.new(lists.merged({network = network, optimizer = settings.optimizer}, settings.keep))
        keep.last_good = settings.last_good.state
    end
    settings.batch = batches(config, examples, job.seed)
    settings.loss = nn.SegmentationLoss{ce_weight = config.ce_weight, dice_weight = config.dice_weight,
        reduction = config.ce_reduction, regions = settings.regions}
    training.loop(network, record, settings, job:steps(settings.steps, keep, {every = config.checkpoint_seconds}))
    return record
end

return training
