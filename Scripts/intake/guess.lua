-- How the data set of a folder is laid out, by the names of its files.

local lists = require "study.lists"
local sequences = require "intake.sequences"

local guess = {}

-- What names of masks hold, as a part of its own.
local is_mask_word = {}
for _, word in ipairs{"mask", "masks", "msk", "msks", "maske", "masken", "seg", "segs", "aseg", "segmentation", "segmentations", "label",
    "labels", "labelstr", "lesion", "lesions", "gt", "truth", "groundtruth", "roi", "manual"} do is_mask_word[word] = true end

-- The endings of volumes, longest first.
local endings = {".nii.gz", ".hdr.gz", ".nii", ".hdr", ".nrrd", ".nhdr", ".mgz", ".mgh"}

--- A name without the ending of a volume, and that ending; nil where it has none.
function guess.parts(name)
    for _, ending in ipairs(endings) do
        if name:sub(-#ending):lower() == ending then return name:sub(1, -#ending - 1), name:sub(-#ending) end
    end
end

--- Whether a file is a mask, by a word of its name or of that of a folder; words are letters and digits, of which the
--- last are not looked at, as in mask2.
function guess.is_mask(path)
    for word in path:gmatch("%w+") do
        if is_mask_word[word:lower():gsub("%d+$", "")] then return true end
    end
    return false
end

--- Adds `path` to the patterns that it may be an instance of: {id} for the name of a subject, `any` for the ending
--- where paths have several.
local function generalise(path, patterns, any)
    local function add(pattern, id)
        if id == "" or id:find("[{}]") then return end
        local entry = patterns[pattern] or {pattern = pattern, ids = {}, paths = {}, count = 0}
        if not entry.ids[id] then entry.ids[id], entry.count = true, entry.count + 1 end
        table.insert(entry.paths, path)
        patterns[pattern] = entry
    end
    local parent, name = path:match("^(.*/)([^/]*)$")
    parent, name = parent or "", name or path
    local stem, ending = guess.parts(name)
    if not stem then return end
    ending = any or ending
    -- The last folder is the subject, and may be part of the file's name as well.
    local above, folder = parent:match("^(.-)([^/]+)/$")
    if folder then
        local plain = folder:gsub("%W", "%%%0")
        add(above .. "{id}/" .. stem:gsub("%f[%w]" .. plain .. "%f[%W]", "{id}") .. ending, folder)
    end
    -- The name is the subject, or begins with it.
    add(parent .. "{id}" .. ending, stem)
    for place in stem:gmatch("()[_%-. ]") do
        add(parent .. "{id}" .. stem:sub(place) .. ending, stem:sub(1, place - 1))
    end
end

--- The patterns that files may be instances of, those of most subjects first.
local function patterns_of(paths)
    local patterns, list, seen = {}, {}, {}
    for _, path in ipairs(paths) do
        local _, ending = guess.parts(path)
        if ending then seen[ending] = true end
    end
    local any = #lists.keys(seen) > 1 and ".*" or nil
    for _, path in ipairs(paths) do generalise(path, patterns, any) end
    for _, entry in pairs(patterns) do list[#list + 1] = entry end
    table.sort(list, function(a, b)
        if a.count ~= b.count then return a.count > b.count end
        return a.pattern < b.pattern
    end)
    return list
end

--- The patterns of sequences that go with those of masks: each has files of its own, mostly of the same subjects.
local function images_of(mask, candidates)
    local images, taken = {}, {}
    for _, image in ipairs(candidates) do
        local shared, alien, own = 0, 0, 0
        for id in pairs(image.ids) do
            if mask.ids[id] then shared = shared + 1 else alien = alien + 1 end
        end
        for _, path in ipairs(image.paths) do own = own + (taken[path] and 0 or 1) end
        if own > 0 and shared >= mask.count / 2 and alien <= shared / 2 then
            images[#images + 1] = image.pattern
            for _, path in ipairs(image.paths) do taken[path] = true end
        end
    end
    table.sort(images)
    return images
end

--- The paths that are masks by their names, and the others.
function guess.masks(paths)
    local masks, others = {}, {}
    for _, path in ipairs(paths) do table.insert(guess.is_mask(path) and masks or others, path) end
    return masks, others
end

--- The paths that a list of files speaks for: {images, mask, others, count}, `count` subjects, `others` the patterns of
--- other masks of the same scans; nil where nothing fits. `paths` are below the folder.
function guess.pairs(paths)
    local masks, others = guess.masks(paths)
    local candidates, best = patterns_of(others), nil
    for _, mask in ipairs(patterns_of(masks)) do
        local images = images_of(mask, candidates)
        local text = table.concat(images, ",")
        if #images > 0 and (not best or mask.count > best.count) then
            best = {images = images, mask = mask.pattern, count = mask.count, others = {}, paths = mask.paths}
        elseif best and #images > 0 and text == table.concat(best.images, ",") and mask.count > best.count / 2 then
            -- Other files, not the same ones by another pattern.
            if not lists.contains(best.paths, mask.paths[1]) then table.insert(best.others, mask.pattern) end
        end
    end
    return best
end

--- The same of scans without masks: {images, count}. Several sequences are those of files of the same subjects that end
--- in a kind of scan, or in a number as in nnU-Net; otherwise each file is a subject.
function guess.scans(paths)
    local groups, best = {}, nil
    for _, entry in ipairs(patterns_of(paths)) do
        local word = entry.pattern:match("(%w+)%.[%w.*]+$") or ""
        local is_kind = (sequences.kind(word) or word:match("^%d%d%d%d$")) and entry.count == #entry.paths
        local key = is_kind and table.concat(lists.keys(entry.ids), "\n") or entry.pattern
        local group = groups[key] or {images = {}, count = entry.count, files = 0, is_kind = is_kind}
        table.insert(group.images, entry.pattern)
        group.files, groups[key] = group.files + #entry.paths, group
        local is_better = not best or group.is_kind and (not best.is_kind or group.count > best.count)
        if group.files == #paths and (group.is_kind or group.count == #paths) and is_better then best = group end
    end
    if best then table.sort(best.images) end
    return best
end

-- How BRATS names kinds of scans, before 2023 and since.
local brats_kinds = {"t1", "t1ce", "t2", "flair", "t1n", "t1c", "t2w", "t2f"}

--- The kinds of scans that most subjects of a folder of BRATS have, as `modality` takes them; nil where the names of
--- folders are not those of BRATS.
local function kinds_of(paths)
    local counts, most, kinds = {}, 0, {}
    for _, path in ipairs(paths) do
        local kind = path:match("[_%-](%w+)%.nii")
        if kind and (path:match("^[HL]GG/") or path:lower():match("^brats")) then
            counts[kind] = (counts[kind] or 0) + 1
        end
    end
    for _, kind in ipairs(brats_kinds) do most = math.max(most, counts[kind] or 0) end
    for _, kind in ipairs(brats_kinds) do
        if most > 0 and counts[kind] == most then kinds[#kinds + 1] = kind end
    end
    return #kinds > 0 and table.concat(kinds, ",") or nil
end

--- Why no data set was recognised among `paths`, in words.
local function reason(paths)
    local masks, others = guess.masks(paths)
    if #paths == 0 then return "there is no volume in it" end
    if #masks == 0 then
        return ("none of its %d volumes is a mask by its name, such as mask, seg, label or lesion"):format(#paths)
    end
    if #others == 0 then return ("all of its %d volumes are masks by their names"):format(#paths) end
    return ("its %d scans and %d masks do not go together by their names"):format(#others, #masks)
end

--- The name of the layout that a folder has, and the options that `volumes.dataset` needs for it, and the number of its
--- subjects; nil and why where none fits. `files` is what `volumes.find` lists, `masks` says whether they are needed.
function guess.layout(folder, files, masks)
    local paths, seen = {}, {}
    for _, file in ipairs(files) do
        if file.kind == "json" then
            if file.path == "dataset.json" then seen.index = true end
        elseif file.kind ~= "dicom" then
            paths[#paths + 1] = file.path
            if file.path:match("^sub%-[^/]+/") then seen.bids = true end
        end
    end
    local candidates = {}
    if seen.index then candidates = {"nnunet", "decathlon"} end
    if seen.bids then candidates[#candidates + 1] = "bids" end
    candidates[#candidates + 1] = "brats"
    candidates[#candidates + 1] = "ms"
    local known = {}
    for _, layout in ipairs(volumes.layouts()) do known[layout.name] = true end
    local function try(options)
        local fits, data = pcall(volumes.dataset, folder,
            {layout = options.layout, modality = options.modality, masks = "optional"})
        return fits and #data, tostring(data)
    end
    local index_error
    for _, layout in ipairs(candidates) do
        local options = {layout = layout}
        local count, why
        if known[layout] then count, why = try(options) end
        -- A folder of BRATS without T2 is one of BRATS still.
        if not count and layout == "brats" then
            options.modality = kinds_of(paths)
            count = options.modality and try(options)
        end
        if count then return options, count end
        if layout == "nnunet" then index_error = why end
    end
    if index_error then print("dataset.json is not used: " .. index_error) end
    local found = guess.pairs(paths)
    if not found and masks == "optional" and #guess.masks(paths) == 0 then found = guess.scans(paths) end
    if not found then return nil, reason(paths) end
    return {image = found.images, mask = found.mask, others = found.others,
        sequences = sequences.of_patterns(found.images)}, found.count
end

--- The options as they are written on the command line of check.lua and predict.lua.
function guess.text(options)
    if options.layout then
        return "--layout " .. options.layout .. (options.modality and " --modality " .. options.modality or "")
    end
    local images = ("--image '%s'"):format(table.concat(options.image, ","))
    return images .. (options.mask and (" --mask '%s'"):format(options.mask) or "")
end

return guess
