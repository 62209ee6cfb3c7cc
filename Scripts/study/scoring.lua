-- Predictions, and how good they are.

local files = require "study.files"
local methods = require "study.methods"

local scoring = {}

--- What a method's network says of a subject: where weights have a posterior, by its draws or its means.
function scoring.predict(lab, name, network, sample)
    local config = lab.config
    local draws = methods.named(name).prior and config.prediction == "draws"
    return bayes.predict(network, sample.image,
        {samples = draws and config.samples or nil, window = config.patch or nil,
            overlap = config.patch and config.overlap or nil})
end

--- The measures of a prediction, by the names in measures.lua: of masks in the subject's own space, and of the
--- calibration on the network's grid.
function scoring.row(lab, subject, prediction)
    local probability = subject.sample:restore(prediction.probability[{1, 2}])
    local row = volumes.scores(probability, subject.mask, {tolerance = lab.config.tolerance})
    local calibration = volumes.calibration(prediction.probability[{1, 2}], subject.sample.label,
        {bins = lab.config.bins})
    row.ece, row.subject = calibration.ece, subject.id
    return row, calibration.bins, probability
end

--- Adds the bins of a volume to sums over volumes.
function scoring.add_bins(sums, bins)
    for i, bin in ipairs(bins) do
        local sum = sums[i] or {lower = bin.lower, upper = bin.upper, count = 0, confidence = 0, frequency = 0}
        sum.count = sum.count + bin.count
        sum.confidence = sum.confidence + bin.count * (bin.confidence or 0)
        sum.frequency = sum.frequency + bin.count * (bin.frequency or 0)
        sums[i] = sum
    end
end

--- The bins of sums: the mean confidence and the frequency of those with voxels.
function scoring.bins(sums)
    local bins = {}
    for i, sum in ipairs(sums) do
        bins[i] = {lower = sum.lower, upper = sum.upper, count = sum.count}
        if sum.count > 0 then
            bins[i].confidence, bins[i].frequency = sum.confidence / sum.count, sum.frequency / sum.count
        end
    end
    return bins
end

--- The path of a prediction's map: `kind` is "mask", "probability" or "uncertainty".
function scoring.map_path(lab, trial, id, kind)
    return ("%s/predictions/%s/%s_%s.nii.gz"):format(lab.path, trial, id, kind)
end

--- Writes the maps of a prediction, in the subject's own space.
local function save(lab, trial, subject, prediction, probability)
    files.make_folder(("%s/predictions/%s"):format(lab.path, trial))
    local function path(kind) return scoring.map_path(lab, trial, subject.id, kind) end
    volumes.write(path("mask"), probability:mask(0.5), {dtype = "uint8"})
    volumes.write(path("probability"), probability)
    volumes.write(path("uncertainty"), subject.sample:restore(prediction.entropy[{1, 1}]))
end

--- Scores a trained method on the test subjects of a split as the loop of `job`; `trial` is such as "n05/split1/DWP".
function scoring.run(job, lab, trial, name, split)
    local network = methods.network(lab, name, lab.plan:result(trial .. "/training").weights)
    local tests, rows, sums = lab.data.splits[split].tests, {}, {}
    for i in job:steps(#tests, {rows = rows, sums = sums}, {every = lab.config.checkpoint_seconds}) do
        local subject = lab.data:read(tests[i])
        local prediction = scoring.predict(lab, name, network, subject.sample)
        local row, bins, probability = scoring.row(lab, subject, prediction)
        rows[i] = row
        scoring.add_bins(sums, bins)
        if lab.config.save_predictions == "all" or split == 1 and i <= lab.config.shown then
            save(lab, trial, subject, prediction, probability)
        end
    end
    return {rows = rows, bins = scoring.bins(sums)}
end

return scoring
