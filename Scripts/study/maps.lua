-- The maps of a prediction as NIfTI files, in the scan's own space: the mask with the labels of the data set's files,
-- the probability of each class or region, the uncertainty, and how much of it is disagreement.

local maps = {}

--- The path of a map: `stem` is what the paths of a prediction begin with, `kind` is "mask", "probability",
--- "uncertainty" or "disagreement".
function maps.path(stem, kind) return ("%s_%s.nii.gz"):format(stem, kind) end

--- What the map of the probability of class or region `i` of `count` is called.
local function probability(names, i, count)
    return count == 1 and "probability" or "probability_" .. names[i]:gsub("%W", "_")
end

--- The paths of all maps that a prediction by a recipe may have.
function maps.paths(stem, recipe)
    local paths = {maps.path(stem, "mask"), maps.path(stem, "uncertainty"), maps.path(stem, "disagreement")}
    for i in ipairs(recipe.names) do
        paths[#paths + 1] = maps.path(stem, probability(recipe.names, i, #recipe.names))
    end
    return paths
end

--- Writes maps, and gives their paths: `found` has the `recipe`, the `classes`, `probabilities` and `entropy`, and may
--- have the `disagreement`, all volumes in the scan's own space. Each is written by `write`, `volumes.write` by default.
function maps.write(stem, found, write)
    write = write or volumes.write
    local paths = {maps.path(stem, "mask")}
    local function add(kind, volume)
        paths[#paths + 1] = maps.path(stem, kind)
        write(paths[#paths], volume)
    end
    local mask = found.recipe:labels(found.classes)
    local largest = mask.data:max():item()
    write(paths[1], mask, {dtype = largest > 32767 and "float32" or largest > 255 and "int16" or "uint8"})
    for i, volume in ipairs(found.probabilities) do
        add(probability(found.recipe.names, i, #found.probabilities), volume)
    end
    add("uncertainty", found.entropy)
    if found.disagreement then add("disagreement", found.disagreement) end
    return paths
end

return maps
