-- What is scored: the classes or regions of a recipe, each by itself, and of several of them the mean.

local measures = require "study.measures"

local structures = {}

--- What the mean over several classes or regions is called in tables.
structures.mean = "mean"

--- The names of what is scored, the one that decides first: the only class, or the mean and then each.
function structures.names(recipe)
    local names = {table.unpack(recipe.names)}
    if #names == 1 then return names end
    for _, name in ipairs(names) do
        if name == structures.mean then
            error(("classes, regions: another name than '%s' expected, which is that of their mean"):format(name), 0)
        end
    end
    return {structures.mean, table.unpack(names)}
end

--- The voxels of a map whose number is among `numbers`: 1 there, 0 elsewhere.
function structures.members(map, numbers)
    local sum
    for _, number in ipairs(numbers) do
        local found = map:eq(number)
        sum = sum and sum + found or found
    end
    return sum
end

--- The voxels of a map with the labels of files, as masks are saved, that are of a structure of `recipe`.
function structures.labelled(recipe, map, structure)
    local labels, all = {}, recipe:labels(volumes.volume(torch.arange(0, recipe.classes):reshape(1, 1, -1))).data
    for i, number in ipairs(structure[2]) do labels[i] = all[{1, 1, number + 1}]:item() end
    return structures.members(map, labels)
end

-- A probability of 0 for what is there would outweigh all other voxels together.
local least_probability = 1e-6

--- The mean of -log p over voxels, p the probability of what each is.
local function log_loss(probability, members)
    local right = members * probability + (1 - members) * (1 - probability)
    return -right:clamp(least_probability, 1):log():mean():item()
end

--- The scores of a prediction for each class or region of `recipe`: rows of `volumes.region_scores`, of masks in the
--- subject's own space, with the size of the error in volume, and on the network's grid `ece`, the calibration error,
--- and `nll`, the mean negative log-likelihood of the voxels. After them the bins of the calibrations, a list for each.
---
--- `read` is what `Data:read` gave, `classes` the predicted class numbers, `probability` the network's; `config` has
--- `tolerance`, `lesions` and `bins`.
function structures.scores(recipe, read, classes, probability, config)
    local rows = volumes.region_scores(classes, read.mask,
        {regions = recipe.structures, tolerance = config.tolerance, lesions = config.lesions})
    local bins, first = {}, recipe.regions and 0 or 1
    for i, structure in ipairs(recipe.structures) do
        local of_one, members = probability[{1, first + i}], structures.members(read.sample.label, structure[2])
        local calibration = volumes.calibration(of_one, members, {bins = config.bins})
        rows[i].ece, bins[i] = calibration.ece, calibration.bins
        rows[i].nll = log_loss(of_one, members)
        rows[i].volume_error = math.abs(rows[i].volume_error)
    end
    return rows, bins
end

--- The scores of one structure, or of the mean, out of the rows of all. A mean of scores of which one is not defined is
--- not defined either: without the bad ones it would look better.
function structures.row(rows, name)
    if name ~= structures.mean then
        for _, row in ipairs(rows) do
            if row.name == name then return row end
        end
    end
    local mean = {name = name}
    for _, measure in ipairs(measures.list) do
        if rows[1][measure.name] then
            local sum = 0
            for _, row in ipairs(rows) do sum = sum + row[measure.name] end
            mean[measure.name] = sum / #rows
        end
    end
    return mean
end

return structures
