-- The maps of a prediction as NIfTI files, in the scan's own space: the mask, the probability and the uncertainty.

local maps = {}

--- The path of a map: `stem` is what the paths of a prediction begin with, `kind` is "mask", "probability" or
--- "uncertainty".
function maps.path(stem, kind) return ("%s_%s.nii.gz"):format(stem, kind) end

--- Writes the maps of what `bayes.predict` gave for a sample of `volumes.prepare`, and gives their paths.
function maps.write(stem, sample, prediction)
    local probability = sample:restore(prediction.probability[{1, 2}])
    local paths = {maps.path(stem, "mask"), maps.path(stem, "probability"), maps.path(stem, "uncertainty")}
    volumes.write(paths[1], probability:mask(0.5), {dtype = "uint8"})
    volumes.write(paths[2], probability)
    volumes.write(paths[3], sample:restore(prediction.entropy[{1, 1}]))
    return paths
end

return maps
