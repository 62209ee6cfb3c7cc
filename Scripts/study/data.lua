-- The subjects of a study: which there are, what each is used for, and how networks take them.

local Data = {}
Data.__index = Data

--- The subjects of the source or the target; without a folder, those of phantoms that are written to the study first.
local function open(which, layout, count, config, runs)
    local path = config[which]
    if not path then
        path = ("%s/phantoms-%s"):format(runs.path, layout)
        runs:job("phantoms/" .. layout, function()
            volumes.write_phantoms(path,
                {layout = layout, count = count, size = config.phantom_size, seed = config.seed})
        end)
    end
    local settings = {layout = layout, modality = config.modality}
    if config[which .. "_image"] then
        settings = {image = config[which .. "_image"], mask = config[which .. "_mask"] or nil}
    end
    if which == "target" then settings.foreground = config.foreground or nil end
    local dataset = volumes.dataset(path, settings):check()
    for _, bad in ipairs(dataset.rejected) do
        local message = ("%s subject %s cannot be used: %s"):format(which, bad.id, bad.error)
        if config.on_bad_subject == "stop" then error(message, 0) end
        print("left out: " .. message)
    end
    local subjects = {}
    for i = 1, #dataset do subjects[i] = dataset[i] end
    return subjects, dataset.rejected
end

local function permuted(list, seed)
    local result = {}
    for i, place in ipairs(torch.randperm(#list, {generator = torch.Generator(seed)}):totable()) do
        result[i] = list[math.tointeger(place)]
    end
    return result
end

--- Takes `count` elements from place `first` on.
local function part(list, first, count) return table.move(list, first, first + count - 1, 1, {}) end

--- Opens source and target, and says which subjects are for what.
---
--- The result has the lists `source` and `rejected`, `tuning` = {train, validation}, and `splits`, each {tests, pool}:
--- the first n of a pool are what is learnt from. No subject of `tuning` is in a split, so that nothing is chosen on
--- volumes that it is judged by.
function Data.open(config, runs)
    local self = setmetatable({config = config, prepared = {}, splits = {}, rejected = {}}, Data)
    local targets, rejected
    self.source, self.rejected.source = open("source", "ms", config.phantom_sources, config, runs)
    targets, self.rejected.target = open("target", "brats", config.phantom_targets, config, runs)
    local largest = math.max(table.unpack(config.sizes))
    local apart = next(config.tuning) and config.tuning_train + config.validation or 0
    if #self.source == 0 then error("source: at least one volume expected, got none", 0) end
    if #targets < largest + config.test + apart then
        error(("target: %d volumes expected (largest of sizes %d, test %d, tuning_train and validation %d), "
            .. "got %d"):format(largest + config.test + apart, largest, config.test, apart, #targets), 0)
    end
    targets = permuted(targets, config.seed)
    self.tuning = {train = part(targets, 1, apart > 0 and config.tuning_train or 0),
        validation = part(targets, config.tuning_train + 1, apart > 0 and config.validation or 0)}
    local others = part(targets, apart + 1, #targets - apart)
    for split = 1, config.splits do
        local order = permuted(others, config.seed + split)
        self.splits[split] = {tests = part(order, 1, config.test), pool = part(order, config.test + 1, largest)}
    end
    return self
end

--- The subjects that a method learns from in a split: the same for every method, those of a smaller n among a larger.
function Data:training(n, split) return part(self.splits[split].pool, 1, n) end

--- The names of subjects, as jobs keep them beside their results.
function Data.ids(subjects)
    local ids = {}
    for i, subject in ipairs(subjects) do ids[i] = subject.id end
    return ids
end

--- Reads a subject: its scan, its mask, and the sample that networks take, cropped to the brain, z-scored, resampled.
function Data:read(subject)
    local scan, mask = subject:load()
    return {id = subject.id, scan = scan, mask = mask,
        sample = volumes.prepare(scan, mask, {scale = self.config.resolution})}
end

--- The training examples of subjects; those of the last call are still at hand.
function Data:examples(subjects)
    local examples, prepared = {}, {}
    for i, subject in ipairs(subjects) do
        local path = subject.image_path
        if not (prepared[path] or self.prepared[path]) then
            local sample = self:read(subject).sample
            self.prepared[path] = {image = sample.image, label = sample.label, spacing = sample.spacing}
        end
        prepared[path] = prepared[path] or self.prepared[path]
        examples[i] = prepared[path]
    end
    self.prepared = prepared
    return examples
end

return Data
