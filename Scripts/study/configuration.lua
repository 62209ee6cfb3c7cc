-- The values of a study: what there is with its default, the presets, and how a run changes them.

local argparse = require "argparse"
local lists = require "study.lists"
local measures = require "study.measures"
local presets = require "study.presets"
local Priors = require "study.priors"

local configuration = {}

local function whole(least) return function(value) return math.type(value) == "integer" and value >= least end end
local function list_of(holds, length)
    return function(value)
        if type(value) ~= "table" or #value < 1 or (length and #value ~= length) then return false end
        for _, element in ipairs(value) do
            if not holds(element) then return false end
        end
        return true
    end
end
local function text(value) return type(value) == "string" end
local function number(value) return math.type(value) ~= nil and value == value end
local function positive(value) return number(value) and value > 0 end
local function or_false(holds) return function(value) return value == false or holds(value) end end
local function or_list(holds, length)
    local list = list_of(holds, length)
    return function(value) return holds(value) or list(value) end
end

--- Whether a value lists classes or regions: each a name, and a label or several.
local function structures(value)
    return list_of(function(entry)
        return type(entry) == "table" and #entry == 2 and text(entry[1]) and or_list(whole(0))(entry[2])
    end)(value)
end

-- What a value of each kind is: in words, and as a test.
local kinds = {
    flag = {"true or false", function(value) return type(value) == "boolean" end},
    count = {"a whole number of 1 or more", whole(1)},
    whole = {"a whole number of 0 or more", whole(0)},
    number = {"a number", number},
    size = {"a number of 0 or more", function(value) return number(value) and value >= 0 end},
    share = {"a number above 0 and below 1", function(value) return number(value) and value > 0 and value < 1 end},
    positive = {"a number above 0", positive},
    ["positive?"] = {"a number above 0, or false", or_false(positive)},
    text = {"a text", text},
    ["text?"] = {"a text, or false", or_false(text)},
    texts = {"a text or a list of texts", or_list(text)},
    ["texts?"] = {"a text, a list of texts, or false", or_false(or_list(text))},
    names = {"a list of texts", function(value)
        return type(value) == "table" and (#value == 0 or list_of(text)(value))
    end},
    counts = {"a list of whole numbers of 1 or more", list_of(whole(1))},
    ["counts?"] = {"a list of whole numbers of 1 or more, or false", or_false(list_of(whole(1)))},
    ["labels?"] = {"a list of whole numbers, or false", or_false(list_of(whole(0)))},
    ["structures?"] = {"'layout', a list such as {{'core', {1, 4}}, {'oedema', 2}}, or false", function(value)
        return value == "layout" or value == false or structures(value)
    end},
    ["spacing?"] = {"'median', a number of mm above 0, three of them, or false", function(value)
        return value == "median" or value == false or or_list(positive, 3)(value)
    end},
    ["patch?"] = {"three whole numbers of 1 or more, or false", or_false(list_of(whole(1), 3))},
    shape = {"three whole numbers of 1 or more", list_of(whole(1), 3)},
    flags = {"three of true and false", list_of(function(value) return type(value) == "boolean" end, 3)},
    grids = {"a table of methods, each a table of values with lists of numbers", function(value)
        if type(value) ~= "table" then return false end
        for method, grid in pairs(value) do
            if not text(method) or type(grid) ~= "table" then return false end
            for name, candidates in pairs(grid) do
                if not text(name) or not list_of(number)(candidates) then return false end
            end
        end
        return true
    end},
}

-- The values that priors.lua declares, and the methods named after its priors.
local prior_settings, training_settings, prior_methods = {}, {}, {}
for _, prior in ipairs(Priors.list) do
    prior_settings = lists.joined(prior_settings, prior.settings or {})
    training_settings = lists.joined(training_settings, prior.trained and prior.trained.settings or {})
end
for i, prior in ipairs(Priors.methods) do prior_methods[i] = prior.name end

-- Every value: name, kind (a kind above, or the choices between "|"), default, and what it is.
local declared = lists.joined({
    {"source", "text?", false, "folder of the source volumes; false: phantoms that the study writes itself"},
    {"source_layout", "text", "ms", "how that folder is laid out: a layout of volumes.dataset"},
    {"source_image", "texts?", false,
        "pattern of a scan's path in it, {id} for the subject, or of several scans; false: by `source_layout`"},
    {"source_mask", "text?", false, "pattern of its mask's path"},
    {"source_sequences", "texts?", false,
        "which scans are read, or what those of `source_image` are called; false: `modality`"},
    {"source_classes", "structures?", false, "classes that its masks tell apart; false: one of all positive labels"},
    {"source_regions", "structures?", false, "regions instead, which may hold one another"},
    {"target", "text?", false, "folder of the target volumes; false: phantoms that the study writes itself"},
    {"target_layout", "text", "brats", "how that folder is laid out"},
    {"target_image", "texts?", false, "pattern of a scan's path in it, or of several; false: by `target_layout`"},
    {"target_mask", "text?", false, "pattern of its mask's path"},
    {"target_sequences", "texts?", false, "which scans are read, or what those of `target_image` are called"},
    {"modality", "texts", "t2", "which scan, or scans, of BRATS, as of any layout that has several"},
    {"foreground", "labels?", false, "labels of the target that are segmented; false: all positive ones"},
    {"classes", "structures?", false, "classes of the target instead, {name, labels}; 'layout': those that it names"},
    {"regions", "structures?", false, "regions of the target instead, which may hold one another, as BRATS judges by"},
    {"missing", "reject|zeros", "reject",
        "what becomes of a subject without one of several sequences: left out, or the sequence is 0"},
    {"resample", "flag", false, "whether a mask or sequence on another grid is resampled instead of refused"},
    {"resolution", "positive", 1, "factor of the volumes' resolution, where `spacing` is false"},
    {"spacing", "spacing?", false, "size of the voxels in mm; 'median': of the volumes to learn from"},
    {"orientation", "text?", "RAS", "where the axes of scans are brought to point; false: they stay"},
    {"on_bad_subject", "skip|stop", "skip", "whether the study goes on without subjects that cannot be used"},
    {"phantom_size", "shape", {40, 48, 40}, "voxels of a phantom"},
    {"phantom_sources", "count", 10, "source phantoms"},
    {"phantom_targets", "count", 40, "target phantoms"},

    {"sizes", "counts", {5, 10, 20}, "numbers of target volumes to learn from (n)"},
    {"splits", "count", 5, "paired random splits: every method sees the same volumes"},
    {"test", "count", 20, "unseen volumes of a split"},
    {"methods", "names", {"DWP", "RI", "PR", "PRf"}, "methods at every n"},
    {"ablations", "names", lists.joined(prior_methods, {"bank_start", "DWP_PR"}), "methods at `ablation_sizes`"},
    {"priors", "names", {},
        "priors of one's own, methods at `ablation_sizes`: Lua files that give one, or names of the module prior"},
    {"ablation_sizes", "counts", {5}, "the n of the ablations"},
    {"reference", "text", "DWP", "the method that the others are compared with"},

    {"tuning", "grids", {
        RI = {lr = {3e-4, 1e-3, 3e-3}}, PR = {lr = {3e-4, 1e-3, 3e-3}}, PRf = {lr = {3e-4, 1e-3, 3e-3}},
        DWP = {deviation = {0.03, 0.1, 0.2}},
    }, "values to choose from on validation volumes, by method; a method may be tuned as another (methods.lua)"},
    {"tuning_measure", table.concat(measures.names(measures.list), "|"), "dice", 
        "the measure that the choice is made by; of several classes or regions, its mean"},
    {"tuning_train", "count", 5, "volumes to learn from while values are chosen, set apart from the splits"},
    {"validation", "count", 10, "volumes that the choice is made on, set apart from the splits"},

    {"network", "short|full", "short", "size of the U-Net"},
    {"channels", "counts?", false,
        "channels of its input, which are always as many as sequences, and of four levels; false: as published"},
    {"patch", "patch?", false, "voxels of a patch to train on and of a window to predict in; false: whole volumes"},
    {"patch_foreground", "size", 1 / 3, "share of the patches around a voxel of the target"},
    {"overlap", "size", 0.5, "share of a window that the next one covers, too"},
    {"batch", "count", 1, "volumes or patches a step"},

    {"source_networks", "count", 3, "source networks, each on a bootstrap resample"},
    {"source_steps", "count", 960, "training steps of a source network"},
    {"snapshots", "count", 3, "snapshots of a source network, one a cycle of the learning rate"},
    {"source_lr", "positive", 1e-3, "Adam's rate at a cycle's begin"},
    {"source_scale", "positive", 0.1, "what the first 3x3x3 weights of source networks are multiplied by"},
    {"pretrained_scale", "positive", 1, "the same of the network that PR and PRf start from"},
}, training_settings, {
    {"steps", "count", 600, "training steps of a method on the target"},
    {"lr", "positive", 1e-3, "Adam's rate of weights and means"},
    {"log_variance_lr", "positive", 1e-2, "Adam's rate of log-variances"},
    {"encoder_lr", "positive", 5e-4, "Adam's rate of the priors' encoders"},
    {"schedule", "cosine|halving", "cosine", "how rates fall"},
    {"halving_epochs", "count", 50, "passes through the volumes after which 'halving' halves the rates"},
    {"ce_weight", "size", 1, "what the cross entropy is multiplied by in the loss"},
    {"dice_weight", "size", 1, "what the Dice loss is multiplied by in the loss"},
    {"ce_reduction", "mean|sum", "mean", "whether the cross entropy is a mean over voxels or a sum"},
    {"beta", "size", 1, "weight of the bound on the divergence from the prior"},
    {"warm_up", "whole", 0, "steps over which beta grows from 0"},
    {"start", "uniform|normal|prior|bank", "uniform", "what a posterior's means are drawn from at first"},
    {"start_std", "positive", 0.02, "standard deviation of the means of the start 'normal'"},
    {"deviation", "positive?", 0.1,
        "first deviation of a weight as a share of its layer's RMS; false: by `log_variance`"},
    {"log_variance", "number", -10, "first log-variance of a weight where `deviation` is false"},
    {"posterior", "mean_field|full_covariance|low_rank|radial", "mean_field", "the family of the weights' posterior"},
    {"rank", "count", 2, "number of factors of the posterior 'low_rank'"},
}, prior_settings, {
    {"augment_flip", "flags", {true, true, true}, "which of depth, height and width may be reversed"},
    {"augment_rotate", "size", 0, "largest angle in degrees"},
    {"augment_scale", "size", 0, "largest relative change of size"},
    {"augment_elastic", "size", 0, "standard deviation of a smooth displacement in mm"},
    {"augment_gain", "size", 0, "intensities are multiplied by 1 - gain ... 1 + gain"},
    {"augment_offset", "size", 0, "-offset ... offset is added to intensities"},
    {"augment_gamma", "size", 0, "the exponent of intensities is 1 / (1 + gamma) ... 1 + gamma"},
    {"augment_noise", "size", 0, "largest standard deviation of noise"},
    {"augment_dropout", "size", 0, "probability with which each of several sequences is left out"},
    {"augment_probability", "size", 1, "probability of each change but the flips"},

    {"prediction", "draws|mean", "draws", "whether posteriors predict by draws of the weights or by their means"},
    {"samples", "count", 8, "draws of the weights for a prediction"},
    {"flips", "flag", false, "whether a prediction is the mean over all mirrored copies of a volume"},
    {"tolerance", "positive", 2, "mm that surface Dice accepts"},
    {"lesions", "flag", false, "whether masks are also judged lesion by lesion, by the rule of BRATS 2023"},
    {"bins", "count", 15, "bins of the reliability curve"},
    {"shown", "whole", 2, "test volumes of the first split whose predictions are shown in the report"},
    {"save_predictions", "shown|all", "shown", "whose masks, probabilities and uncertainties are saved as NIfTI"},

    {"seed", "whole", 1, "seed of everything random"},
    {"checkpoint_seconds", "size", 30, "seconds between checkpoints"},
})

local by_name = {}
for _, entry in ipairs(declared) do by_name[entry[1]] = {kind = entry[2], default = entry[3]} end

--- Ends the run with an error for an unknown name, with argparse's hint at names of which one letter differs.
local function refuse(origin, name)
    local parser = argparse():add_help(false)
    for _, entry in ipairs(declared) do parser:option("--" .. entry[1]) end
    local _, message = parser:pparse{"--" .. tostring(name)}
    local hint = tostring(message):match("Did you mean.*") or "study/configuration.lua declares all values"
    error(("%s: unknown value '%s'; %s"):format(origin, name, hint:gsub("^D", "d"):gsub("%-%-", "")), 0)
end

--- A value as Lua text.
local function literal(value)
    if type(value) == "string" then return ("%q"):format(value) end
    if type(value) ~= "table" then return tostring(value) end
    local parts, names = {}, {}
    for i, element in ipairs(value) do parts[i] = literal(element) end
    for name in pairs(value) do
        if type(name) == "string" then names[#names + 1] = name end
    end
    table.sort(names)
    for _, name in ipairs(names) do parts[#parts + 1] = ("%s = %s"):format(name, literal(value[name])) end
    return "{" .. table.concat(parts, ", ") .. "}"
end

local function set(values, name, value, origin)
    local entry = by_name[name]
    if not entry then refuse(origin, name) end
    local expected, holds = table.unpack(kinds[entry.kind] or {})
    if not holds then
        expected = "one of " .. entry.kind:gsub("|", ", ")
        holds = function(choice)
            return text(choice) and ("|" .. entry.kind .. "|"):find("|" .. choice .. "|", 1, true)
        end
    end
    if not holds(value) then
        error(("%s: %s expected for '%s', got %s"):format(origin, expected, name, literal(value)), 0)
    end
    -- A number counts the same whether it was written with a point or not.
    if math.type(entry.default) == "float" and math.type(value) == "integer" then value = value + 0.0 end
    values[name] = value
end

--- The values of a preset, changed by a file (a path or nil), and by `assignments`, a list of "name=value".
function configuration.make(preset, file, assignments)
    local values = {}
    for _, entry in ipairs(declared) do values[entry[1]] = entry[3] end
    for name, value in pairs(presets[preset]) do set(values, name, value, "preset " .. preset) end
    if file then
        local chunk, message = loadfile(file, "t")
        if not chunk then error("--config: " .. message, 0) end
        local changes = chunk()
        if type(changes) ~= "table" then error(("--config: '%s' returns no table"):format(file), 0) end
        for name, value in pairs(changes) do set(values, name, value, file) end
    end
    for _, assignment in ipairs(assignments) do
        local name, written = assignment:match("^([%w_]+)=(.*)$")
        if not name then error(("--set: name=value expected, got '%s'"):format(assignment), 0) end
        -- What Lua cannot evaluate, such as the path a/b, is a text.
        local chunk = load("return " .. written, "=" .. name, "t", {})
        local evaluated, value = pcall(chunk or error)
        if not evaluated or value == nil then value = written end
        set(values, name, value, "--set")
    end
    if measures.named(values.tuning_measure).of_lesions and not values.lesions then
        error(("tuning_measure: '%s' needs lesions=true"):format(values.tuning_measure), 0)
    end
    return values
end

--- The values as a Lua file that `--config` reads, with what each is.
function configuration.text(values)
    local lines = {"return {"}
    for _, entry in ipairs(declared) do
        lines[#lines + 1] = ("    %s = %s,  -- %s"):format(entry[1], literal(values[entry[1]]), entry[4])
    end
    lines[#lines + 1] = "}\n"
    return table.concat(lines, "\n")
end

--- Whether a value of this name is there.
function configuration.has(name) return by_name[name] ~= nil end

return configuration
