-- Trains a network on a folder of scans and masks, and judges it on subjects held out.
--
--   lunette Scripts/train.lua FOLDER                                   a U-Net from random weights
--   lunette Scripts/train.lua FOLDER --from NET.safetensors            from a network of other sequences or classes, too
--   lunette Scripts/train.lua FOLDER --priors runs/dwp-1/priors.safetensors    by variational inference with these priors
--
-- The network is in the output folder with its recipe, for Scripts/predict.lua. The same command goes on where one was
-- stopped. `--help` lists the options.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local cases = require "intake.cases"
local command = require "study.command"
local configuration = require "study.configuration"
local Data = require "study.data"
local Ensemble = require "intake.ensemble"
local folder = require "intake.folder"
local lists = require "study.lists"
local outcome = require "intake.outcome"
local Source = require "study.source"
local training = require "study.training"

local parser = argparse("train.lua", "Trains a network on a folder of scans and masks.")
parser:argument("folder", "the folder")
folder.options(parser)
parser:option("--output", "folder of the results [runs/train]"):default("runs/train")
parser:option("--spacing", "size of the voxels in mm, 'median' of the volumes, or 'scan'"):default("median")
parser:option("--network", "size of the U-Net"):choices{"short", "full"}:default("short")
command.integer(parser, "--steps", "training steps", "1000")
command.number(parser, "--lr", "Adam's rate", "1e-3")
command.integer(parser, "--patch", "side of the patches to train on; whole volumes where it is left out")
parser:option("--from", "a network to start from; sequences, classes and regions are matched by name")
parser:option("--priors", "priors of kernels, as dwp.lua leaves them: the weights then have a posterior")
command.number(parser, "--validation", "share of the subjects held out", "0.2")
parser:option("--hold-out", "names of the subjects held out instead, with commas: all scans of a patient together")
parser:option("--set", "another value of study/configuration.lua, NAME=VALUE, such as augment_rotate=15"):count("*")
    :default({})
command.integer(parser, "--seed", "seed of everything random", "1")
command.integer(parser, "--threads", "threads to use")
local options = parser:parse(arg)
if options.from and options.priors then parser:error("either --from or --priors") end

local values = {("steps=%d"):format(options.steps), ("lr=%g"):format(options.lr), ("seed=%d"):format(options.seed),
    ("network=%q"):format(options.network)}
if options.patch then values[#values + 1] = ("patch={%d, %d, %d}"):format(options.patch, options.patch, options.patch) end
local config = configuration.make("desk", nil, lists.joined(values, options.set))
if options.threads then torch.set_num_threads(options.threads) end
torch.manual_seed(options.seed)

------------------------------------------------------------------------------------------------------------ data

local found, how = folder.open(options.folder, options)
print("layout: " .. how)
local data = found:check()
for _, bad in ipairs(data.rejected) do print(("left out: %s: %s"):format(bad.id, bad.error)) end
local subjects = {}
for i = 1, #data do subjects[i] = data[i] end
local learnt, held = {}, {}
if options.hold_out then
    local names = {}
    for name in options.hold_out:gmatch("[^,]+") do names[name] = true end
    for _, subject in ipairs(subjects) do
        table.insert(names[subject.id] and held or learnt, subject)
        names[subject.id] = nil
    end
    if next(names) then error(("--hold-out: there is no subject '%s'"):format(next(names)), 0) end
else
    local order = lists.shuffled(subjects, options.seed)
    local count = math.min(math.ceil(#order * options.validation), #order - 1)
    held, learnt = table.move(order, 1, count, 1, {}), table.move(order, count + 1, #order, 1, {})
end
if #learnt == 0 then error("no subject to learn from", 0) end
print(("%d subjects to learn from, %d held out"):format(#learnt, #held))

local spacing = tonumber(options.spacing) or (options.spacing == "median" and "median" or nil)
if not spacing and options.spacing ~= "scan" then
    error(("--spacing: a number of mm, 'median' or 'scan' expected, got '%s'"):format(options.spacing), 0)
end
local recipe = volumes.Recipe(learnt, {spacing = spacing})
print(tostring(recipe))

------------------------------------------------------------------------------------------------------- the network

--- The network to begin with, its priors if it has any, and what its posterior adds to the loss.
local function begin()
    local shape = Source.shape(config, recipe)
    if options.from then
        local network, notes = bayes.load(options.from), nn.notes(options.from)
        if not notes.recipe then error(("--from: %s has no recipe"):format(options.from), 0) end
        local former = volumes.recipe(notes.recipe)
        local changes = Source.changes(former, recipe)
        return changes and nn.adapt(network, changes) or network
    end
    if options.priors then
        local network, priors = bayes.UNet(shape), bayes.load_priors(options.priors)
        bayes.start_posterior(network, {share = config.deviation})
        bayes.set_mode(network, "train")
        return network, priors
    end
    return nn.UNet(shape)
end

local path = options.output .. "/network.safetensors"
command.make_folder(options.output)
local runs = study.open(options.output .. "/run", {config = config, seed = config.seed})
local result = runs:job("training", {subjects = Data.ids(learnt), recipe = recipe:text()}, function(job)
    local examples = {}
    for subject in progress(learnt, "reading") do
        local scans, mask = subject:load()
        local sample = recipe:prepare(scans, mask)
        examples[#examples + 1] = {image = sample.image, label = sample.label, spacing = sample.spacing}
    end
    local network, priors = begin()
    local groups, encoders = training.parameter_groups(network, priors, config)
    local settings = {steps = config.steps, optimizer = optim.Adam(groups), keep = {encoders = encoders},
        schedule = optim.CosineDecay(config.steps), regions = recipe.regions}
    if priors then
        settings.objective = bayes.Objective(priors,
            {volumes = #examples, voxels = training.mean_voxels(examples), beta = config.beta})
    end
    local record = training.run(job, network, examples, config, settings)
    network:save(path, {notes = {recipe = recipe:text()}})
    return {losses = record.losses}
end)
study.write_text(options.output .. "/configuration.lua", configuration.text(config))

---------------------------------------------------------------------------------------------- the subjects held out

local settings = {samples = config.samples, threshold = 0.5, overlap = config.overlap, output = options.output
    .. "/held-out", window = options.patch}
command.make_folder(settings.output)
local judged = outcome.new(Ensemble.load({path}, settings), settings)
for subject in progress(held, "judging") do judged:add(cases.of_subject(subject)) end
if #held > 0 then
    print("\n" .. judged:means())
    judged:save()
    judged:save_page(plot.curves({loss = result.losses}, {x = "step", y = "loss",
        smooth = math.max(1, config.steps // 40)}))
    print(settings.output .. " has their masks, scores and a page")
end
print(("\nnow: lunette %s/predict.lua %s SCANS"):format(here, path))
