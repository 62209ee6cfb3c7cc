-- The subjects of a study: which there are, what each is used for, and how networks take them.

local lists = require "study.lists"

local Data = {}
Data.__index = Data

-- Phantoms of the source resemble the MS set, those of the target BRATS: in their layouts as in what they show.
local phantom_layouts = {source = "ms", target = "brats"}

--- The data set of the source or the target, as `which` says.
---
--- `folder` is its folder, and `options` are those of `volumes.dataset`. Without a folder it is of phantoms:
--- `phantoms` has the `count`, `size` and `seed` that they are written by, the `parent` of their folder and, where they
--- are to be written once, a function `once` of a name and the function that writes them. Subjects that cannot be used
--- are named and left out; where `stops` is true the first of them ends the run.
function Data.dataset(which, folder, options, phantoms, stops)
    if not folder then
        local layout = phantom_layouts[which]
        if (options.layout or layout) ~= layout then
            error(("%s_layout: '%s' needs a folder of volumes; phantoms of the %s have the layout '%s'"):format(which,
                options.layout, which, layout), 0)
        end
        folder = ("%s/phantoms-%s"):format(phantoms.parent, layout)
        local function write()
            volumes.write_phantoms(folder,
                {layout = layout, count = phantoms.count, size = phantoms.size, seed = phantoms.seed})
        end
        if phantoms.once then phantoms.once("phantoms/" .. layout, write) else write() end
    end
    local dataset = volumes.dataset(folder, options):check()
    for _, bad in ipairs(dataset.rejected) do
        local message = ("%s subject %s cannot be used: %s"):format(which, bad.id, bad.error)
        if stops then error(message, 0) end
        print("left out: " .. message)
    end
    return dataset
end

--- The subjects of the source or the target by the configuration, and what was rejected.
local function open(which, config, runs)
    local image = config[which .. "_image"]
    local options = image and {image = image, mask = config[which .. "_mask"] or nil}
        or {layout = config[which .. "_layout"], modality = config.modality}
    if which == "target" then options.foreground = config.foreground or nil end
    local phantoms = {count = config[("phantom_%ss"):format(which)], size = config.phantom_size, seed = config.seed,
        parent = runs.path, once = function(name, write) runs:job(name, write) end}
    local dataset = Data.dataset(which, config[which], options, phantoms, config.on_bad_subject == "stop")
    local subjects = {}
    for i = 1, #dataset do subjects[i] = dataset[i] end
    return subjects, dataset.rejected
end

--- `count` elements of a list from position `first` on.
local function part(list, first, count) return table.move(list, first, first + count - 1, 1, {}) end

--- Opens source and target, and says which subjects are for what.
---
--- The result has the lists `source` and `rejected`, `tuning` = {train, validation}, and `splits`, each {tests, pool}:
--- the first n of a pool are what is learnt from. No subject of `tuning` is in a split, so that nothing is chosen on
--- volumes that it is judged by.
function Data.open(config, runs)
    local self = setmetatable({resolution = config.resolution, prepared = {}, splits = {}, rejected = {}}, Data)
    local targets
    self.source, self.rejected.source = open("source", config, runs)
    targets, self.rejected.target = open("target", config, runs)
    local largest = math.max(table.unpack(config.sizes))
    local apart = next(config.tuning) and config.tuning_train + config.validation or 0
    if #self.source == 0 then error("source: at least one volume expected, got none", 0) end
    if #targets < largest + config.test + apart then
        error(("target: %d volumes expected (largest of sizes %d, test %d, tuning_train and validation %d), "
            .. "got %d"):format(largest + config.test + apart, largest, config.test, apart, #targets), 0)
    end
    targets = lists.shuffled(targets, config.seed)
    self.tuning = {train = part(targets, 1, apart > 0 and config.tuning_train or 0),
        validation = part(targets, config.tuning_train + 1, apart > 0 and config.validation or 0)}
    local others = part(targets, apart + 1, #targets - apart)
    for split = 1, config.splits do
        local order = lists.shuffled(others, config.seed + split)
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
        sample = volumes.prepare(scan, mask, {scale = self.resolution})}
end

--- The training examples of subjects. Those of the last call are kept, as methods are trained on the same ones in turn.
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
