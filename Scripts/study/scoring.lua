-- Predictions, and how good they are.

local command = require "study.command"
local maps = require "study.maps"
local Methods = require "study.methods"

local Scoring = {}
Scoring.__index = Scoring

--- Adds the bins of a volume to sums over volumes.
function Scoring.add_bins(sums, bins)
    for i, bin in ipairs(bins) do
        local sum = sums[i] or {lower = bin.lower, upper = bin.upper, count = 0, confidence = 0, frequency = 0}
        sum.count = sum.count + bin.count
        sum.confidence = sum.confidence + bin.count * (bin.confidence or 0)
        sum.frequency = sum.frequency + bin.count * (bin.frequency or 0)
        sums[i] = sum
    end
end

--- The bins of sums: the mean confidence and the frequency of those with voxels.
function Scoring.bins(sums)
    local bins = {}
    for i, sum in ipairs(sums) do
        bins[i] = {lower = sum.lower, upper = sum.upper, count = sum.count}
        if sum.count > 0 then
            bins[i].confidence, bins[i].frequency = sum.confidence / sum.count, sum.frequency / sum.count
        end
    end
    return bins
end

--- The scoring of what `methods` trained, on subjects of `data`; maps of predictions are written to `folder`.
function Scoring.new(config, data, methods, folder)
    return setmetatable({config = config, data = data, methods = methods, folder = folder .. "/predictions"}, Scoring)
end

--- What a method's network says of a sample: where weights have a posterior, by its draws or its means.
local function predict(self, name, network, sample)
    local config = self.config
    local draws = Methods.named(name).prior and config.prediction == "draws"
    return bayes.predict(network, sample.image,
        {samples = draws and config.samples or nil, window = config.patch or nil,
            overlap = config.patch and config.overlap or nil})
end

--- The measures of a method's network on a subject by the names in measures.lua: of masks in the subject's own space,
--- and of the calibration on the network's grid. After them the calibration's bins, the prediction, and its sample.
function Scoring:score(name, network, subject)
    local read = self.data:read(subject)
    local prediction = predict(self, name, network, read.sample)
    local foreground = prediction.probability[{1, 2}]
    local row = volumes.scores(read.sample:restore(foreground), read.mask, {tolerance = self.config.tolerance})
    local calibration = volumes.calibration(foreground, read.sample.label, {bins = self.config.bins})
    row.ece, row.subject = calibration.ece, read.id
    return row, calibration.bins, prediction, read.sample
end

--- What the paths of a prediction's maps begin with, as `maps.path` takes it.
function Scoring:stem(trial, id) return ("%s/%s/%s"):format(self.folder, trial, id) end

--- Scores a method with trained weights on the test subjects of a split as the loop of `job`; `trial` is such as
--- "n05/split1/DWP".
function Scoring:run(job, trial, name, split, weights)
    local config, network = self.config, self.methods:network(name, weights)
    local tests, rows, sums = self.data.splits[split].tests, {}, {}
    for i in job:steps(#tests, {rows = rows, sums = sums}, {every = config.checkpoint_seconds}) do
        local row, bins, prediction, sample = self:score(name, network, tests[i])
        rows[i] = row
        Scoring.add_bins(sums, bins)
        if config.save_predictions == "all" or split == 1 and i <= config.shown then
            command.make_folder(("%s/%s"):format(self.folder, trial))
            maps.write(self:stem(trial, tests[i].id), sample, prediction)
        end
    end
    return {rows = rows, bins = Scoring.bins(sums)}
end

return Scoring
