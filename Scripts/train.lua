-- Trains a network on a folder of scans and masks, and judges it on subjects held out.
--
--   lunette Scripts/train.lua FOLDER                                   a U-Net from random weights
--   lunette Scripts/train.lua FOLDER --from NET.safetensors            from a network of other sequences or classes, too
--   lunette Scripts/train.lua FOLDER --priors runs/dwp-1/priors.safetensors    by variational inference with these priors
--
-- The network is in the output folder with its recipe, for Scripts/predict.lua, and subjects.csv there says what each
-- subject was used for. The same command goes on where one was stopped. `--help` lists the options.
--
-- Whole volumes at the scans' own resolution take hours on a few cores: --spacing 2 --patch 64 is a start of minutes, and
-- the progress says how long the rest takes.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local cases = require "intake.cases"
local command = require "study.command"
local configuration = require "study.configuration"
local csv = require "study.csv"
local Data = require "study.data"
local Ensemble = require "intake.ensemble"
local folder = require "intake.folder"
local lists = require "study.lists"
local labels = require "intake.labels"
local outcome = require "intake.outcome"
local output = require "intake.output"
local pages = require "intake.pages"
local patients = require "intake.patients"
local Source = require "study.source"
local training = require "study.training"

local parser = argparse("train.lua", "Trains a network on a folder of scans and masks.")
parser:argument("folder", "the folder")
folder.options(parser)
parser:option("--output", "folder of the results [runs/train]"):default("runs/train")
parser:option("--spacing", "size of the voxels in mm, or three with commas (depth, height, width), 'median' of the volumes, or "
    .. "'scan'; large ones are quick"):default("median")
parser:option("--network", "size of the U-Net"):choices{"short", "full"}:default("short")
command.integer(parser, "--steps", "training steps", "1000", 1)
command.number(parser, "--lr", "Adam's rate", "1e-3", 1e-12, 1e3)
command.integer(parser, "--patch", "side of the patches to train on; whole volumes where it is left out", nil, 8, 1024)
parser:option("--from", "a network to start from; sequences, classes and regions are matched by name")
parser:option("--priors", "priors of kernels, as dwp.lua leaves them: the weights then have a posterior")
command.number(parser, "--validation", "share of the subjects held out [0.2]", nil, 0, 0.99)
parser:option("--hold-out", "names of the subjects held out instead, with commas; a name stands for all that begin with "
    .. "it before a sign, as P14 for P14_T1 and P14_T2")
parser:option("--patient", "which subjects are scans of one patient, and are held out together: a pattern of their names "
    .. "such as '{patient}_T*'; sessions of BIDS are")
command.integer(parser, "--shown", "held-out subjects that the page shows in a viewer", "12", 0, 1000)
parser:option("--set", "another value of study/configuration.lua, NAME=VALUE, such as augment_rotate=15"):count("*")
    :default({})
command.integer(parser, "--seed", "seed of everything random", "1", 0)
command.integer(parser, "--threads", "threads to use", nil, 1, 1024)
local options = parser:parse(command.arguments(arg))
if options.from and options.priors then parser:error("either --from or --priors") end
if options.validation and options.hold_out then parser:error("either --validation or --hold-out") end
for _, assignment in ipairs(options.set) do
    for _, name in ipairs{"steps", "lr", "seed", "network", "patch"} do
        if assignment:match("^%s*" .. name .. "%s*=") then parser:error(("--set %s: say --%s"):format(name, name)) end
    end
end

--- The size of voxels that a text means: three numbers of mm, "median", or nil for that of each scan.
local function spacing_of(text)
    if text == "median" then return text end
    if text == "scan" then return nil end
    local sizes, fits = {}, true
    for part in (text .. ","):gmatch("([^,]*),") do
        local size = tonumber(part)
        fits = fits and size ~= nil and size >= 0.001 and size <= 1000
        sizes[#sizes + 1] = size
    end
    if not fits or #sizes ~= 1 and #sizes ~= 3 then
        error(("--spacing: one or three numbers of mm from 0.001 to 1000, 'median' or 'scan' expected, got '%s'"):format(
            text), 0)
    end
    return #sizes == 3 and sizes or sizes[1]
end

--- What the network to start from keeps, in words: sequences, and classes or regions.
local function kept(former, recipe, changes)
    local function part(what, change, from, to)
        if table.concat(from, "\n") == table.concat(to, "\n") then
            return ("%s %s kept"):format(what, table.concat(to, ", "))
        elseif not change then
            return ("%s %s stand%s for %s"):format(what, table.concat(from, ", "), #from == 1 and "s" or "",
                table.concat(to, ", "))
        end
        local same, new = {}, {}
        for _, name in ipairs(to) do table.insert(lists.contains(from, name) and same or new, name) end
        return ("of %s %s, %s kept, %s new"):format(what, table.concat(from, ", "),
            #same > 0 and table.concat(same, ", ") or "none", #new > 0 and table.concat(new, ", ") or "none")
    end
    return part("sequences", changes and changes.channels, former.sequences, recipe.sequences) .. "; "
        .. part(recipe.regions and "regions" or "classes", changes and changes.classes, former.names, recipe.names)
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
    local spacing = spacing_of(options.spacing)

    -------------------------------------------------------------------------------------------------------- data

    local path_of_data = folder.plain(options.folder)
    local data, how, layout = folder.open(path_of_data, options)
    print("layout: " .. how)
    folder.print_strays(path_of_data, data)
    local subjects, masks = folder.usable(data)
    for _, note in ipairs(labels.notes(masks, data.targets)) do print(note) end
    local patient_of = patients.of(subjects, options.patient, layout)
    local order, held_out = subjects, nil
    if options.hold_out then
        held_out = patients.named(options.hold_out, subjects, patient_of)
    elseif #subjects > 0 then
        held_out = patients.drawn(options.validation or 0.2, subjects, patient_of, options.seed)
        order = lists.shuffled(subjects, options.seed)
    end
    local learnt, held, uses = {}, {}, {"subject,patient,use"}
    for _, subject in ipairs(order) do
        local is_held = held_out[subject.id]
        table.insert(is_held and held or learnt, subject)
        uses[#uses + 1] = ("%s,%s,%s"):format(csv.cell(subject.id), csv.cell(patient_of[subject.id]),
            is_held and "held out" or "learnt from")
    end
    if #learnt == 0 then error("no subject to learn from", 0) end
    print(("%s to learn from, %d held out"):format(folder.count(#learnt, "subject"), #held))

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
            print(("from %s: %s"):format(options.from, kept(former, recipe, changes)))
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
        .. "/held-out", window = options.patch, shown = options.shown}
    study.make_folder(settings.output)
    output.reserve(settings.output, held_cases)
    local is_open, runs = command.try(study.open, options.output .. "/run", {config = config, seed = config.seed})
    if not is_open then
        local other = runs:match("with other values: (.*) %(take")
        error(other and ("--output: %s holds another run, of other values: %s; choose another folder"):format(
            options.output, other) or runs, 0)
    end
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
    study.write_text(options.output .. "/configuration.lua", ("-- train.lua %s\n\n%s"):format(
        table.concat(arg, " "):gsub("%c", " "), configuration.text(config)))
    study.write_text(options.output .. "/subjects.csv", table.concat(uses, "\n") .. "\n")

    ------------------------------------------------------------------------------------------ the subjects held out

    if #held > 0 then
        local judged = outcome.new(Ensemble.load({path}, settings), settings)
        for case in progress(held_cases, "judging") do judged:add(case) end
        print("\n" .. judged:means())
        judged:save()
        pages.save(judged, "held out of " .. path_of_data, plot.curves({loss = result.losses}, {x = "step", y = "loss",
            smooth = math.max(1, config.steps // 40)}))
        print(settings.output .. " has their masks, scores and a page")
    end
    print(("\nnow: lunette %s/predict.lua %s SCANS"):format(here, path))
end)
