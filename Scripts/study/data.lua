-- The subjects of a study: which there are, what each is used for, and how networks take them.

local command = require "study.command"
local lists = require "study.lists"
local Plan = require "study.plan"

local Data = {}
Data.__index = Data

--- Whether a label has no voxel of any class or region.
function Data.is_empty(label) return label:max():item() <= 0 end

--- Says which of `count` volumes to learn from have a mask without a voxel, where any do.
function Data.tell_empty(ids, count)
    if #ids == 0 then return end
    print(("of %d volumes to learn from, %d %s a mask without any voxel: %s"):format(count, #ids,
        #ids == 1 and "has" or "have", table.concat(ids, ", ")))
end

-- Phantoms of the source resemble the MS set, those of the target BRATS: in their layouts as in what they show.
local phantom_layouts = {source = "ms", target = "brats"}

--- A value that may be a list, as one.
local function listed(value) return type(value) == "table" and value or {value} end

--- The data set of the source or the target, as `which` says.
---
--- `folder` is its folder, and `options` are those of `volumes.dataset`. Without a folder it is of phantoms:
--- `phantoms` has the `count`, `size` and `seed` that they are written by, the `parent` of their folder and, where they
--- are to be written once, a function `once` of a name and the function that writes them and gives their names. Subjects that cannot be used
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
            volumes.write_phantoms(folder, {layout = layout, count = phantoms.count, size = phantoms.size,
                seed = phantoms.seed, modalities = options.modality and listed(options.modality)})
            local files = {}
            for i, file in ipairs(volumes.find(folder)) do files[i] = file.path end
            return files
        end
        if phantoms.once then
            for _, file in ipairs(phantoms.once("phantoms/" .. layout, write) or {}) do
                command.await(folder .. "/" .. file, write)
            end
        else
            write()
        end
    end
    local opened, dataset = pcall(volumes.dataset, folder, options)
    if not opened then
        -- The options are the user's, not this script's.
        error((tostring(dataset):gsub("^.-bad option '(.-)' to 'dataset' %((.*)%)$", which .. ": %1: %2")), 0)
    end
    dataset:check()
    for _, bad in ipairs(dataset.rejected) do
        local message = ("%s subject %s cannot be used: %s"):format(which, bad.id, bad.error)
        if stops then error(message, 0) end
        print("left out: " .. message)
    end
    return dataset
end

--- What `volumes.dataset` is given for the source or the target.
local function dataset_options(which, config)
    local function value(name) return config[which .. name] or nil end
    local options = {resample = config.resample, missing = config.missing}
    if value "_image" then
        options.image, options.mask, options.sequences = value "_image", value "_mask", value "_sequences"
    else
        options.layout, options.modality = value "_layout", value "_sequences" or config.modality
    end
    if which == "source" then
        options.shift = config.shift or nil
        options.classes, options.regions = value "_classes", value "_regions"
    else
        options.foreground, options.classes, options.regions = config.foreground or nil, config.classes or nil,
            config.regions or nil
    end
    return options
end

--- The checksum of each file of subjects, by its path below their folder.
local function checksums(which, folder, subjects)
    local found = {}
    for subject in progress(subjects, which .. " files") do
        local paths = {subject.label_path}
        for _, path in pairs(subject.image_paths) do paths[#paths + 1] = path or nil end
        for _, path in pairs(paths) do
            local name = path:sub(1, #folder) == folder and path:sub(#folder + 1):gsub("^/+", "") or path
            -- A scan may be a folder of slices.
            local is_file, sum = command.try(study.checksum, path, {quick = true})
            found[name] = is_file and sum or false
        end
    end
    return found
end

--- Throws where files of subjects are not as they were when the study began: old scores would be compared with new ones
--- of other volumes.
local function require_same(which, folder, subjects, runs)
    local now = checksums(which, folder, subjects)
    local before, changed = Plan.now(runs, "files/" .. which, nil, function() return now end), {}
    for _, name in ipairs(lists.keys(before, now)) do
        local is_known, is_there = before[name] ~= nil, now[name] ~= nil
        if before[name] ~= now[name] then
            changed[#changed + 1] = name .. (not is_there and " is gone" or is_known and " has changed" or " is new")
        end
    end
    if #changed == 0 then return end
    error(("%s: %s: the files are not those that the study began with: %s%s; bring them back, or take another folder by "
        .. "--output"):format(which, folder, table.concat(changed, ", ", 1, math.min(8, #changed)),
        #changed > 8 and (" and %d more"):format(#changed - 8) or ""), 0)
end

--- The subjects of the source or the target by the configuration, and what was rejected.
local function open(which, config, runs)
    local phantoms = {count = config[("phantom_%ss"):format(which)], size = config.phantom_size, seed = config.seed,
        parent = runs.path, once = function(name, write) return Plan.now(runs, name, nil, write) end}
    local dataset = Data.dataset(which, config[which], dataset_options(which, config), phantoms,
        config.on_bad_subject == "stop")
    local subjects = {}
    for i = 1, #dataset do subjects[i] = dataset[i] end
    local folder = config[which] or ("%s/phantoms-%s"):format(runs.path, phantom_layouts[which])
    require_same(which, folder, subjects, runs)
    return subjects, dataset.rejected
end

--- The recipe of subjects to learn from; in a study they are looked at once.
local function recipe_of(name, subjects, spacing, config, runs)
    local text = Plan.now(runs, "recipes/" .. name, {subjects = Data.ids(subjects)}, function()
        return volumes.Recipe(subjects, {spacing = spacing or nil, orientation = config.orientation,
            scale = not spacing and config.resolution or nil}):text()
    end)
    return volumes.recipe(text)
end

--- `count` elements of a list from position `first` on.
local function part(list, first, count) return table.move(list, first, first + count - 1, 1, {}) end

--- Opens source and target, and says which subjects are for what.
---
--- The result has the lists `source` and `rejected`, `tuning` = {train, validation, recipe}, and `splits`, each {tests,
--- pool, recipe}: the first n of a pool are what is learnt from. No subject of `tuning` is in a split, so that nothing
--- is chosen on volumes that it is judged by. A recipe is of what is learnt from alone: `source_recipe` of all of the
--- source, that of a split of its pool. `target_recipe` is the first split's, which has the sequences, classes and
--- regions of all.
function Data.open(config, runs)
    local self = setmetatable({prepared = {}, splits = {}, rejected = {}, told = {}}, Data)
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
    local spacing = config.spacing
    self.source_recipe = recipe_of("source", self.source, config.source_spacing or spacing, config, runs)
    if apart > 0 then self.tuning.recipe = recipe_of("tuning", self.tuning.train, spacing, config, runs) end
    for i, split in ipairs(self.splits) do split.recipe = recipe_of("split" .. i, split.pool, spacing, config, runs) end
    self.target_recipe = self.splits[1].recipe
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

local function read(subject, recipe)
    local scans, mask = subject:load()
    return {id = subject.id, scans = scans, mask = mask, sample = recipe:prepare(scans, mask)}
end

-- Voxels of masks that are kept at most: with their scans, a few hundred megabytes.
local most_kept = 40000000

--- Reads a subject to be predicted: its scans, its mask of class numbers, and the sample that networks take, prepared by
--- a recipe. Those of the last recipe are kept while they are not too large, as every method predicts the same ones.
function Data:read(subject, recipe)
    if recipe ~= self.kept_recipe then self.kept, self.kept_voxels, self.kept_recipe = {}, 0, recipe end
    local found = self.kept[subject.image_path]
    if not found then
        found = read(subject, recipe)
        local voxels = found.mask.data:numel() * #recipe.sequences
        if self.kept_voxels + voxels <= most_kept then
            self.kept[subject.image_path], self.kept_voxels = found, self.kept_voxels + voxels
        end
    end
    return found
end

--- The training examples of subjects, prepared by a recipe. Those of the last call are kept, as methods are trained on
--- the same ones in turn.
function Data:examples(subjects, recipe)
    if recipe ~= self.recipe then self.prepared = {} end
    local examples, prepared, empty = {}, {}, {}
    for i, subject in ipairs(subjects) do
        local path = subject.image_path
        if not (prepared[path] or self.prepared[path]) then
            local sample = read(subject, recipe).sample
            self.prepared[path] = {image = sample.image, label = sample.label, spacing = sample.spacing}
        end
        prepared[path] = prepared[path] or self.prepared[path]
        examples[i] = prepared[path]
        if not self.told[subject.id] and Data.is_empty(examples[i].label) then
            empty[#empty + 1], self.told[subject.id] = subject.id, true
        end
    end
    Data.tell_empty(empty, #subjects)
    self.prepared, self.recipe = prepared, recipe
    return examples
end

return Data
