-- Step 1: source networks on bootstrap resamples with a cyclical learning rate, and the network of the baselines.

local Data = require "study.data"
local lists = require "study.lists"
local training = require "study.training"

local Source = {}
Source.__index = Source

-- The channels of the input and of the four levels as published, which nn.UNet has by default.
local published = {short = {1, 16, 32, 32, 64}, full = {1, 16, 32, 64, 128}}

--- The options of a U-Net by the configuration, for the sequences of a recipe and its classes or regions.
function Source.shape(config, recipe)
    local channels = {table.unpack(config.channels or published[config.network])}
    channels[1] = #recipe.sequences
    return {variant = config.network, channels = channels, classes = recipe.outputs}
end

--- A plain U-Net, its first 3x3x3 weights multiplied by `scale`, 1 by default.
function Source.network(config, recipe, scale)
    local shape = Source.shape(config, recipe)
    shape.initial_scale = scale or 1
    return nn.UNet(shape)
end

local function train(job, self, network, subjects, schedule, snapshots, at_step)
    local config, recipe = self.config, self.data.source_recipe
    return training.run(job, network, self.data:examples(subjects, recipe), config,
        {steps = config.source_steps, schedule = schedule, at_step = at_step, keep = {snapshots = snapshots},
            optimizer = optim.Adam(network, {lr = config.source_lr}), regions = recipe.regions})
end

local function train_source(job, self)
    local config, subjects = self.config, lists.resampled(self.data.source)
    local network, snapshots = Source.network(config, self.data.source_recipe, config.source_scale), {}
    local schedule = optim.CyclicalCosine(math.max(1, config.source_steps // config.snapshots))
    local record = train(job, self, network, subjects, schedule, snapshots, function(step)
        if schedule:ends_cycle(step) then snapshots[#snapshots + 1] = training.copy(network:state_dict()) end
    end)
    return {losses = record.losses, snapshots = snapshots, subjects = Data.ids(subjects)}
end

--- What the baselines fine-tune has seen all source volumes: better for them than a resample.
local function train_pretrained(job, self)
    local config = self.config
    local network = Source.network(config, self.data.source_recipe, config.pretrained_scale)
    local record = train(job, self, network, self.data.source, optim.CosineDecay(config.source_steps))
    return {losses = record.losses, weights = network:state_dict()}
end

--- What a source network is changed by for the target, as `nn.adapt` takes it: where that has other sequences, or other
--- classes or regions, the kernels of those of the same names are kept and the others are new. Nil where all stays: a
--- single sequence stands for another, and so does a single class.
function Source.changes(source, target)
    local function change(from, to, are_alike)
        if are_alike or table.concat(from, "\n") == table.concat(to, "\n") then return nil end
        return {from = from, to = to}
    end
    local function names(recipe) return lists.joined(recipe.regions and {} or {"background"}, recipe.names) end
    local function is_single(recipe) return not recipe.regions and #recipe.names == 1 end
    local options = {
        channels = change(source.sequences, target.sequences, #source.sequences == 1 and #target.sequences == 1),
        classes = change(names(source), names(target), is_single(source) and is_single(target)),
    }
    -- A region's one output tells what the softmax told by the difference of two.
    if options.classes and target.regions and not source.regions then options.background = "background" end
    return next(options) and options or nil
end

--- The source networks on the volumes `data.source`. Adds their jobs to `plan`: `source/1`, `source/2`, ... with their
--- snapshots, and `source/pretrained`.
function Source.new(config, data, plan)
    local self = setmetatable({config = config, data = data, plan = plan,
        adaptation = Source.changes(data.source_recipe, data.target_recipe)}, Source)
    local function add(name, train_one)
        plan:add{name = "source/" .. name, kind = "source", cost = config.source_steps,
            inputs = {subjects = Data.ids(data.source)}, run = function(job) return train_one(job, self) end}
    end
    for run = 1, config.source_networks do add(run, train_source) end
    add("pretrained", train_pretrained)
    plan:barrier()
    return self
end

--- The network of some weights.
local function network_of(self, weights)
    local network = Source.network(self.config, self.data.source_recipe)
    network:load_state_dict(weights)
    return network
end

--- A source network for the target.
local function adapted(self, network) return self.adaptation and nn.adapt(network, self.adaptation) or network end

--- The weights of the snapshots of a source network, the last one trained longest.
function Source:states(run) return self.plan:result("source/" .. run).snapshots end

--- The same of networks for the target.
function Source:adapted_states(run)
    local states = self:states(run)
    for i, weights in ipairs(self.adaptation and states or {}) do
        states[i] = adapted(self, network_of(self, weights)):state_dict()
    end
    return states
end

--- A source network as its last snapshot is, for the target.
function Source:last(run)
    local states = self:states(run)
    return adapted(self, network_of(self, states[#states]))
end

--- A network with the weights that the baselines start from, for the target.
function Source:pretrained() return adapted(self, network_of(self, self.plan:result("source/pretrained").weights)) end

--- The networks of all snapshots: a list for each source network.
function Source:snapshots()
    local runs = {}
    for run = 1, self.config.source_networks do
        runs[run] = {}
        for snapshot, weights in ipairs(self:states(run)) do runs[run][snapshot] = network_of(self, weights) end
    end
    return runs
end

--- The losses of the trainings: a list of {name, y} with a number a step.
function Source:losses()
    local curves = {}
    for run = 1, self.config.source_networks do
        curves[run] = {name = "network " .. run, y = self.plan:result("source/" .. run).losses}
    end
    curves[#curves + 1] = {name = "pretrained", y = self.plan:result("source/pretrained").losses}
    return curves
end

return Source
