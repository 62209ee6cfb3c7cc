-- Predictions, and how good they are.

local maps = require "study.maps"
local Methods = require "study.methods"
local structures = require "study.structures"

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
local function predict(self, name, network, sample, recipe)
    local config = self.config
    local draws = Methods.named(name).prior and config.prediction == "draws"
    return bayes.predict(network, sample.image,
        {samples = draws and config.samples or nil, regions = recipe.regions, flips = config.flips,
            window = config.patch or nil, overlap = config.patch and config.overlap or nil})
end

--- How good a method's network is on a subject that `recipe` prepares: a table with the `subject`, the `scores` of each
--- class or region, as `structures.scores` gives them, and the `uncertainty` of the case (`volumes.case_uncertainty` of
--- the entropy). After it the calibration's bins for each, and the maps as `maps.write` takes them.
function Scoring:score(name, network, subject, recipe)
    local read = self.data:read(subject, recipe)
    local prediction = predict(self, name, network, read.sample, recipe)
    local found = recipe:segment(read.sample, prediction.probability)
    local entropy = prediction.entropy[{1, 1}]
    local scores, bins = structures.scores(recipe, read, found.classes, prediction.probability, self.config)
    return {subject = read.id, scores = scores, uncertainty = volumes.case_uncertainty(entropy)}, bins,
        {recipe = recipe, classes = found.classes, probabilities = found.probabilities,
            entropy = read.sample:restore(entropy)}
end

--- What the paths of a prediction's maps begin with, as `maps.path` takes it.
function Scoring:stem(trial, id) return ("%s/%s/%s"):format(self.folder, trial, id) end

--- Scores a method with trained weights on the test subjects of a split as the loop of `job`; `trial` is such as
--- "n05/split1/DWP". Gives the `rows` by subject, and the `bins` of all subjects, classes and regions together.
function Scoring:run(job, trial, name, split, weights)
    local config, network, part = self.config, self.methods:network(name, weights), self.data.splits[split]
    local tests, rows, sums, files = part.tests, {}, {}, {}
    for i in job:steps(#tests, {rows = rows, sums = sums, files = files}, {every = config.checkpoint_seconds}) do
        local row, bins, found = self:score(name, network, tests[i], part.recipe)
        rows[i] = row
        for _, of_one in ipairs(bins) do Scoring.add_bins(sums, of_one) end
        if config.save_predictions == "all" or split == 1 and i <= config.shown then
            study.make_folder(("%s/%s"):format(self.folder, trial))
            for _, path in ipairs(maps.write(self:stem(trial, tests[i].id), found)) do
                files[path:sub(#self.folder - #"predictions" + 1)] = study.checksum(path)
            end
        end
    end
    return {files = files, rows = rows, bins = Scoring.bins(sums)}
end

return Scoring
