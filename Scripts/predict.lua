-- Segments scans with networks that train.lua, dwp.lua or study.lua left: writes masks, probabilities and uncertainties in the scans'
-- own space, their volumes as CSV, and a page.
--
--   lunette Scripts/predict.lua runs/dwp-1/dwp.safetensors SCAN.nii.gz
--   lunette Scripts/predict.lua NET.safetensors t1=A_t1.nii.gz t2=A_t2.nii.gz        a subject of several sequences
--   lunette Scripts/predict.lua NET.safetensors FOLDER --flips                       all subjects of a folder
--   lunette Scripts/predict.lua NET.safetensors FOLDER --with NET2.safetensors       an ensemble
--
-- A subject with a mask is judged as well: masks are read by the network's recipe, so by its names and labels, and one
-- that cannot be read is named. A scan that cannot be used is named, and the rest goes on.
--
-- predictions.csv has a row a case: the volume in ml of each class or region; the uncertainty, the largest mean entropy
-- of a patch, in nats; of several networks or draws the disagreement, the part of it in which they differ; Dice and
-- lesion F1 where there is a mask; notes; and the error of a case that could not be used.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local cases = require "intake.cases"
local command = require "study.command"
local Ensemble = require "intake.ensemble"
local folder = require "intake.folder"
local outcome = require "intake.outcome"
local output = require "intake.output"
local pages = require "intake.pages"

local parser = argparse("predict.lua", "Segments scans: writes mask, probability and uncertainty in their own space.")
parser:argument("model", "a network saved by train.lua, dwp.lua or study.lua")
parser:argument("scans", "files, SEQUENCE=FILE of one subject, or a folder"):args("+")
parser:option("--with", "another network of an ensemble"):count("*"):default({})
parser:option("--output", "folder of what is written"):default("predictions")
folder.options(parser)
command.integer(parser, "--samples", "draws of the weights of a network with a posterior [16]", nil, 1, 10000)
command.integer(parser, "--seed", "seed of the draws", "1", 0)
parser:flag("--flips", "predicts all eight mirrorings as well, and takes the mean")
command.integer(parser, "--window", "side of the windows that volumes are taken in [128 for more than 4 million voxels]",
    nil, 8, 1024)
command.number(parser, "--overlap", "share of a window that the next one covers, too", "0.5", 0, 0.9)
command.number(parser, "--threshold", "of regions: the probability that a voxel must be above [0.5]", nil, 0, 1)
parser:option("--min-volume", "components below so many mm3 are removed: a number, or NAME=NUMBER with commas; 'choose' "
    .. "tries some on the subjects with masks and writes the best into the model's file")
command.integer(parser, "--shown", "cases that the page shows in a viewer, of up to 1.5 MB each", "12", 0, 1000)
parser:flag("--fill-holes", "fills holes in the masks")
local options = parser:parse(command.arguments(arg))
options.all_parts = true

command.run(function()
    torch.manual_seed(options.seed)
    local ensemble = Ensemble.load({options.model, table.unpack(options["with"])}, options)
    if options.samples and not ensemble.draws then
        error("--samples: no network has a posterior to draw weights from", 0)
    end
    if options.threshold and not ensemble.recipe.regions then
        error("--threshold: the network tells classes apart, of which the likeliest is taken; it is for regions", 0)
    end
    options.samples, options.threshold = options.samples or 16, options.threshold or 0.5
    local run = outcome.new(ensemble, options)
    local list = cases.list(options.scans, ensemble.recipe, options)
    run:require_masks(list)
    study.make_folder(options.output)
    output.reserve(options.output, list)
    for case in progress(list, "predicting") do run:add(case) end
    print(run:text())
    print(run:save() .. " has all volumes, and " .. pages.save(run, table.concat(options.scans, ", ")) .. " the pictures")
    if #run.failed > 0 and #run.rows == 0 then os.exit(1) end
end)
