-- Segments a volume with a network that dwp.lua left: writes the mask, the probability and the uncertainty in the
-- volume's own space.
--
--   lunette Scripts/predict.lua runs/dwp-1/dwp.safetensors VOLUME.nii.gz

local argparse = require "argparse"
local parser = argparse("predict.lua", "Segments a volume: writes mask, probability and uncertainty in its own space.")
parser:argument("model", "a network saved by dwp.lua")
parser:argument("volume", "a NIfTI file")
parser:option("--output", "beginning of the names written [VOLUME without its ending]")
parser:option("--samples", "draws of the weights"):convert(function(text) return math.tointeger(tonumber(text)) end)
    :default("16")
parser:option("--seed", "seed of the draws"):convert(function(text) return math.tointeger(tonumber(text)) end)
    :default("1")
local options = parser:parse(arg)

torch.manual_seed(options.seed)
local network, notes = bayes.load(options.model), nn.notes(options.model)
local scan = volumes.read(options.volume)
local sample = volumes.prepare(scan, nil, {scale = tonumber(notes.resolution or "1")})
-- A plain network has no posterior to draw from.
local samples = #network.bayesian_layers > 0 and options.samples or nil
local prediction = bayes.predict(network, sample.image, {samples = samples})

local probability = sample:restore(prediction.probability[{1, 2}])
local name = options.output or options.volume:gsub("%.nii%.gz$", ""):gsub("%.nii$", ""):gsub("%.hdr$", "")
local function write(kind, volume, settings)
    local path = ("%s_%s.nii.gz"):format(name, kind)
    volumes.write(path, volume, settings)
    print(path)
end
write("mask", volumes.volume(probability.data:gt(0.5), {like = scan}), {dtype = "uint8"})
write("probability", probability)
write("uncertainty", sample:restore(prediction.entropy[{1, 1}]))
