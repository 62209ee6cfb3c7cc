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
local output = require "intake.output"
local Source = require "study.source"
local training = require "study.training"

local parser = argparse("train.lua", "Trains a network on a folder of scans and masks.")
parser:argument("folder", "the folder")
folder.options(parser)
parser:option("--output", "folder of the results [runs/train]"):default("runs/train")
parser:option("--spacing", "size of the voxels in mm, 'median' of the volumes, or 'scan'"):default("median")
parser:option("--network", "size of the U-Net"):choices{"short", "full"}:default("short")
command.integer(parser, "--steps", "training steps", "1000", 1)
command.number(parser, "--lr", "Adam's rate", "1e-3", 1e-12, 1e3)
command.integer(parser, "--patch", "side of the patches to train on; whole volumes where it is left out", nil, 8, 1024)
parser:option("--from", "a network to start from; sequences, classes and regions are matched by name")
parser:option("--priors", "priors of kernels, as dwp.lua leaves them: the weights then have a posterior")
command.number(parser, "--validation", "share of the subjects held out [0.2]", nil, 0, 0.99)
parser:option("--hold-out", "names of the subjects held out instead, with commas: all scans of a patient together")
parser:option("--set", "another value of study/configuration.lua, NAME=VALUE, such as augment_rotate=15"):count("*")
    :default({})
command.integer(parser, "--seed", "seed of everything random", "1", 0)
command.integer(parser, "--threads", "threads to use", nil, 1, 1024)
local options = parser:parse(arg)
if options.from and options.priors then parser:error("either --from or --priors") end
if options.validation and options.hold_out then parser:error("either --validation or --hold-out") end
for _, assignment in ipairs(options.set) do
    for _, name in ipairs{"steps", "lr", "seed", "network", "patch"} do
        if assignment:match("^%s*" .. name .. "%s*=") then parser:error(("--set %s: say --%s"):format(name, name)) end
    end
end

command.run(function()
    local values = {("steps=%d"):format(options.steps), ("lr=%g"):format(options.lr), ("seed=%d"):format(options.seed),
        ("network=%q"):format(options.network)}
    if options.patch then
        values[#values + 1] = ("patch={%d, %d, %d}"):format(options.patch, options.patch, options.patch)
    end
    local config = configuration.make("desk", lists.joined(values, options.set))
    if options.threads then torch.set_num_threads(options.threads) end
    torch.manual_seed(options.seed)
    local spacing = tonumber(options.spacing) or (options.spacing == "median" and "median" or nil)
    local is_size = math.type(spacing) and spacing >= 0.001 and spacing <= 1000
    if not is_size and spacing ~= "median" and options.spacing ~= "scan" then
        error(("--spacing: a number of mm from 0.001 to 1000, 'median' or 'scan' expected, got '%s'"):format(
            options.spacing), 0)
    end

    -------------------------------------------------------------------------------------------------------- data

    local data, how = folder.open(options.folder, options)
    print("layout: " .. how)
    folder.print_strays(options.folder, data)
    local subjects = folder.usable(data)
    local order, names = subjects, {}
    if options.hold_out then
        for name in options.hold_out:gmatch("[^,]+") do names[name] = true end
        if next(names) == nil then error("--hold-out: names of subjects expected, with commas, got ''", 0) end
        for name in pairs(names) do
            if not lists.contains(Data.ids(subjects), name) then
                error(("--hold-out: there is no subject '%s'"):format(name), 0)
            end
        end
    elseif #subjects > 0 then
        order = lists.shuffled(subjects, options.seed)
        local count = math.min(math.ceil(#order * (options.validation or 0.2)), #order - 1)
        for i = 1, count do names[order[i].id] = true end
    end
    -- All subjects of a name are held out together: they may be the same patient.
    local learnt, held = {}, {}
    for _, subject in ipairs(order) do table.insert(names[subject.id] and held or learnt, subject) end
    if #learnt == 0 then error("no subject to learn from", 0) end
    print(("%d subjects to learn from, %d held out"):format(#learnt, #held))

    local recipe = volumes.Recipe(learnt, {spacing = spacing})
    print(tostring(recipe))

    --------------------------------------------------------------------------------------------------- the network

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

    local held_cases = {}
    for i, subject in ipairs(held) do held_cases[i] = cases.of_subject(subject) end
    cases.distinguish(held_cases)
    local path = options.output .. "/network.safetensors"
    for _, name in ipairs{"network.safetensors", "configuration.lua"} do
        if output.exists(options.output .. "/" .. name) and not output.exists(options.output .. "/run") then
            error(("--output: %s/%s is there already, and of no run of train.lua; choose another folder"):format(
                options.output, name), 0)
        end
    end
    local settings = {samples = config.samples, threshold = 0.5, overlap = config.overlap, output = options.output
        .. "/held-out", window = options.patch}
    command.make_folder(settings.output)
    output.reserve(settings.output, held_cases)
    local runs = study.open(options.output .. "/run", {config = config, seed = config.seed})
    local result = runs:job("training", {subjects = Data.ids(learnt), recipe = recipe:text()}, function(job)
        local examples = {}
        for subject in progress(learnt, "reading") do
            local fits, sample = command.try(function() return recipe:prepare(subject:load()) end)
            if not fits then error(("%s: %s"):format(subject.id, folder.of_file(sample, subject.image_paths)), 0) end
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

    ------------------------------------------------------------------------------------------ the subjects held out

    local judged = outcome.new(Ensemble.load({path}, settings), settings)
    for case in progress(held_cases, "judging") do judged:add(case) end
    if #held > 0 then
        print("\n" .. judged:means())
        judged:save()
        judged:save_page(plot.curves({loss = result.losses}, {x = "step", y = "loss",
            smooth = math.max(1, config.steps // 40)}))
        print(settings.output .. " has their masks, scores and a page")
    end
    print(("\nnow: lunette %s/predict.lua %s SCANS"):format(here, path))
end)
