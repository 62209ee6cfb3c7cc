-- Step 1: source networks on bootstrap resamples with a cyclical learning rate, and the network of the baselines.

local Data = require "study.data"
local training = require "study.training"

local source = {}

--- The options of a U-Net by the configuration.
function source.shape(config) return {variant = config.network, channels = config.channels or nil} end

--- A plain U-Net, its first 3x3x3 weights multiplied by `scale`.
function source.network(config, scale)
    local shape = source.shape(config)
    shape.initial_scale = scale
    return nn.UNet(shape)
end

--- As many subjects as there are, drawn with replacement (Efron 1979).
local function resample(subjects)
    local result = {}
    for i, place in ipairs(torch.randint(1, #subjects, {#subjects}):totable()) do
        result[i] = subjects[math.tointeger(place)]
    end
    return result
end

local function train(job, lab, network, subjects, schedule, snapshots, at_step)
    local settings = {steps = lab.config.source_steps, schedule = schedule, at_step = at_step,
        optimizer = optim.Adam(network, {lr = lab.config.source_lr}), keep = {snapshots = snapshots}}
    return training.run(job, network, lab.data:examples(subjects), setmetatable(settings, {__index = lab.config}))
end

--- Adds the jobs of this step: `source/1`, `source/2`, ... with their snapshots, and `source/pretrained`.
function source.plan(lab)
    local config, ids = lab.config, Data.ids(lab.data.source)
    for run = 1, config.source_networks do
        lab.plan:add{name = "source/" .. run, kind = "source", cost = config.source_steps, inputs = {subjects = ids},
            run = function(job)
                local subjects = resample(lab.data.source)
                local network, snapshots = source.network(config, config.source_scale), {}
                local schedule = optim.CyclicalCosine(math.max(1, config.source_steps // config.snapshots))
                local record = train(job, lab, network, subjects, schedule, snapshots, function(step)
                    if schedule:ends_cycle(step) then
                        snapshots[#snapshots + 1] = training.copy(network:state_dict())
                    end
                end)
                return {losses = record.losses, snapshots = snapshots, subjects = Data.ids(subjects)}
            end}
    end
    -- What the baselines fine-tune has seen all source volumes: better for them than a resample.
    lab.plan:add{name = "source/pretrained", kind = "source", cost = config.source_steps, inputs = {subjects = ids},
        run = function(job)
            local network = source.network(config, config.pretrained_scale)
            local record = train(job, lab, network, lab.data.source, optim.CosineDecay(config.source_steps))
            return {losses = record.losses, weights = network:state_dict()}
        end}
end

--- The network that the baselines start from, as the source left it.
function source.pretrained(lab)
    local network = source.network(lab.config, 1)
    network:load_state_dict(lab.plan:result("source/pretrained").weights)
    return network
end

--- The networks of all snapshots: a list for each source network.
function source.snapshots(lab)
    local runs = {}
    for run = 1, lab.config.source_networks do
        runs[run] = {}
        for snapshot, weights in ipairs(lab.plan:result("source/" .. run).snapshots) do
            runs[run][snapshot] = source.network(lab.config, 1)
            runs[run][snapshot]:load_state_dict(weights)
        end
    end
    return runs
end

return source
