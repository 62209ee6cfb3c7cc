-- Segments a volume with a network that dwp.lua left: writes the mask, the probability and the uncertainty in the
-- volume's own space.
--
--   lunette Scripts/predict.lua runs/dwp-1/dwp.safetensors VOLUME.nii.gz

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"
local maps = require "study.maps"

local parser = argparse("predict.lua", "Segments a volume: writes mask, probability and uncertainty in its own space.")
parser:argument("model", "a network saved by dwp.lua")
parser:argument("volume", "a NIfTI file")
parser:option("--output", "beginning of the names written [VOLUME without its ending]")
command.integer(parser, "--samples", "draws of the weights", "16")
command.integer(parser, "--seed", "seed of the draws", "1")
local options = parser:parse(arg)

torch.manual_seed(options.seed)
local network, notes = bayes.load(options.model), nn.notes(options.model)
local scan = volumes.read(options.volume)
local sample = volumes.prepare(scan, nil, {scale = tonumber(notes.resolution or "1")})
-- A plain network has no posterior to draw from.
local samples = #network.bayesian_layers > 0 and options.samples or nil
local prediction = bayes.predict(network, sample.image, {samples = samples})

local name = options.output or options.volume:gsub("%.nii%.gz$", ""):gsub("%.nii$", ""):gsub("%.hdr$", "")
for _, path in ipairs(maps.write(name, sample, prediction)) do print(path) end
