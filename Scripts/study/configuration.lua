-- The values of a study: what there is with its default, the presets, and how a run changes them.

local argparse = require "argparse"
local command = require "study.command"
local consistency = require "study.consistency"
local kinds = require "study.kinds"
local lists = require "study.lists"
local measures = require "study.measures"
local presets = require "study.presets"
local Priors = require "study.priors"

local configuration = {}

-- The values that priors.lua declares, and the methods named after its priors.
local prior_settings, training_settings, prior_methods = {}, {}, {}
for _, prior in ipairs(Priors.list) do
    prior_settings = lists.joined(prior_settings, prior.settings or {})
    training_settings = lists.joined(training_settings, prior.trained and prior.trained.settings or {})
end
for i, prior in ipairs(Priors.methods) do prior_methods[i] = prior.name end

-- How a method is trained on the target: what its candidates and variants may change.
local of_methods = lists.joined({
    {"steps", "count", 600, "training steps of a method on the target", {1, 1e8}},
    {"epochs", "count?", false, "passes through the volumes at most, so that few of them take fewer steps; false: no limit",
        {1, 1e+06}},
    {"lr", "positive", 1e-3, "Adam's rate of weights and means", {1e-12, 1000}},
    {"log_variance_lr", "positive", 1e-2, "Adam's rate of log-variances", {1e-12, 1000}},
    {"encoder_lr", "positive", 5e-4, "Adam's rate of the priors' encoders", {1e-12, 1000}},
    {"schedule", "cosine|halving", "cosine", "how rates fall"},
    {"halving_epochs", "count", 50, "passes through the volumes after which 'halving' halves the rates"},
    {"ce_weight", "size", 1, "what the cross entropy is multiplied by in the loss"},
    {"dice_weight", "size", 1, "what the Dice loss is multiplied by in the loss"},
    {"ce_reduction", "mean|sum", "mean", "whether the cross entropy is a mean over voxels or a sum"},
    {"beta", "size", 1, "weight of the bound on the divergence from the prior"},
    {"warm_up", "whole", 0, "steps over which beta grows from 0", {0, 1e8}},
    {"start", "uniform|normal|prior|bank", "uniform", "what a posterior's means are drawn from at first"},
    {"start_std", "positive", 0.02, "standard deviation of the means of the start 'normal'", {1e-06, 1000}},
    {"deviation", "positive?", 0.1,
        "first deviation of a weight as a share of its layer's RMS; false: by `log_variance`", {1e-06, 1000}},
    {"log_variance", "number", -10, "first log-variance of a weight where `deviation` is false", {-60, 20}},
    {"posterior", "mean_field|full_covariance|low_rank|radial", "mean_field", "the family of the weights' posterior"},
    {"rank", "count", 2, "number of factors of the posterior 'low_rank'", {1, 64}},
    {"l2_sp", "size", 0.01, "what the pull of PR_L2SP is multiplied by"},
}, prior_settings, {
    {"prior_groups", "counts?", false,
        "groups of layers whose kernels have the method's prior, the others N(0, sigma); false: all of them", {1, 7}},
    {"augment_flip", "flags", {true, true, true}, "which of depth, height and width may be reversed"},
    {"augment_rotate", "size", 0, "largest angle in degrees", {0, 180}},
    {"augment_scale", "size", 0, "largest relative change of size", {0, 9}},
    {"augment_elastic", "size", 0, "standard deviation of a smooth displacement in mm", {0, 1000}},
    {"augment_gain", "size", 0, "intensities are multiplied by 1 - gain ... 1 + gain", {0, 0.99}},
    {"augment_offset", "size", 0, "-offset ... offset is added to intensities"},
    {"augment_gamma", "size", 0, "the exponent of intensities is 1 / (1 + gamma) ... 1 + gamma", {0, 9}},
    {"augment_noise", "size", 0, "largest standard deviation of noise"},
    {"augment_dropout", "size", 0, "probability with which each of several sequences is left out", {0, 0.99}},
    {"augment_probability", "size", 1, "probability of each change but the flips", {0, 1}},
})

-- Every value: name, kind (of kinds.lua, or the choices between "|"), default, what it is, and the least and the most
-- that each number of it may be, where that is not the kind's.
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
    {"shift", "options?", false,
        "how the source's scans are changed as they are read, by options of volumes.shift such as {thickness = 6}"},
    {"target", "text?", false, "folder of the target volumes; false: phantoms that the study writes itself"},
    {"target_layout", "text", "brats", "how that folder is laid out"},
    {"target_image", "texts?", false, "pattern of a scan's path in it, or of several; false: by `target_layout`"},
    {"target_mask", "text?", false, "pattern of its mask's path"},
    {"target_sequences", "texts?", false, "which scans are read, or what those of `target_image` are called"},
    {"modality", "texts", "t2", "which scan, or scans, of BRATS, as of any layout that has several"},
    {"foreground", "labels?", false, "labels of the target that are segmented; false: all positive ones", {0, 2 ^ 24}},
    {"classes", "structures?", false, "classes of the target instead, {name, labels}; 'layout': those that it names"},
    {"regions", "structures?", false, "regions of the target instead, which may hold one another, as BRATS judges by"},
    {"missing", "reject|zeros", "reject",
        "what becomes of a subject without one of several sequences: left out, or the sequence is 0"},
    {"resample", "flag", false, "whether a mask or sequence on another grid is resampled instead of refused"},
    {"resolution", "positive", 1, "factor of the volumes' resolution, where `spacing` is false", {1 / 64, 64}},
    {"spacing", "spacing?", false, "size of the voxels in mm; 'median': of the volumes to learn from", {0.001, 1000}},
    {"source_spacing", "spacing?", false, "the same of the source, where that differs", {0.001, 1000}},
    {"orientation", "text?", "RAS", "where the axes of scans are brought to point; false: they stay"},
    {"on_bad_subject", "skip|stop", "skip", "whether the study goes on without subjects that cannot be used"},
    {"on_nonfinite", "stop|restore", "stop",
        "whether a training whose loss is not finite is an error, or goes on, at half the rates, from its last good state"},
    {"phantom_size", "shape", {40, 48, 40}, "voxels of a phantom", {8, 1024}},
    {"phantom_sources", "count", 10, "source phantoms", {1, 10000}},
    {"phantom_targets", "count", 40, "target phantoms", {1, 10000}},

    {"sizes", "counts", {5, 10, 20}, "numbers of target volumes to learn from (n)"},
    {"splits", "count", 5, "paired random splits: every method sees the same volumes", {1, 10000}},
    {"test", "count", 20, "unseen volumes of a split"},
    {"methods", "names", {"DWP", "RI", "PR", "PRf"}, "methods at every n"},
    {"ablations", "names", lists.joined(prior_methods, {"bank_start", "DWP_PR"}), "methods at `ablation_sizes`"},
    {"priors", "names", {},
        "priors of one's own, methods at `ablation_sizes`: Lua files that give one, or names of the module prior"},
    {"variants", "variants", {}, "methods that are another one with values of its own, at `ablation_sizes`, as in "
        .. "{DWP_cold = {'DWP', {beta = 0.1}}}"},
    {"ablation_sizes", "counts", {5}, "the n of the ablations"},
    {"ablation_splits", "count?", false, "the first splits, in which the ablations take part; false: in all"},
    {"reference", "text", "DWP", "the method that the others are compared with"},

    {"tuning", "grids", {
        RI = {lr = {3e-4, 1e-3, 3e-3}}, PR = {lr = {3e-4, 1e-3, 3e-3}}, PRf = {lr = {3e-4, 1e-3, 3e-3}},
        DWP = {deviation = {0.03, 0.1, 0.2}},
    }, "values to choose from on validation volumes, by method; a method may be tuned as another (methods.lua)"},
    {"tuning_budget", "count?", false,
        "combinations of a method's values that are tried at most, drawn at random where there are more; false: all"},
    {"tuning_measure", table.concat(measures.names(measures.list), "|"), "dice", 
        "the measure that the choice is made by; of several classes or regions, its mean"},
    {"tuning_train", "count", 5, "volumes to learn from while values are chosen, set apart from the splits"},
    {"validation", "count", 10, "volumes that the choice is made on, set apart from the splits"},

    {"network", "short|full", "short", "size of the U-Net"},
    {"channels", "channels?", false,
        "channels of its input, which are always as many as sequences, and of four levels; false: as published",
        {1, 4096}},
    {"patch", "patch?", false, "voxels of a patch to train on and of a window to predict in; false: whole volumes",
        {1, 1024}},
    {"patch_foreground", "size", 1 / 3, "share of the patches around a voxel of the target", {0, 1}},
    {"overlap", "size", 0.5, "share of a window that the next one covers, too", {0, 0.9}},
    {"batch", "count", 1, "volumes or patches a step", {1, 1024}},

    {"source_networks", "count", 3, "source networks, each on a bootstrap resample", {1, 1000}},
    {"source_steps", "count", 960, "training steps of a source network", {1, 1e8}},
    {"snapshots", "count", 3, "snapshots of a source network, one a cycle of the learning rate", {1, 1000}},
    {"source_lr", "positive", 1e-3, "Adam's rate at a cycle's begin", {1e-12, 1000}},
    {"source_scale", "positive", 0.1, "what the first 3x3x3 weights of source networks are multiplied by",
        {1e-06, 1000}},
    {"pretrained_scale", "positive", 1, "the same of the network that PR and PRf start from", {1e-06, 1000}},
    {"permute_kernels", "flag", false,
        "whether priors learn from kernels whose weights are shuffled: what is left is their size, not their structure"},
}, training_settings, of_methods, {
    {"prediction", "draws|mean", "draws", "whether posteriors predict by draws of the weights or by their means"},
    {"samples", "count", 8, "draws of the weights for a prediction", {1, 10000}},
    {"members", "count", 5, "networks of an ensemble", {1, 1000}},
    {"flips", "flag", false, "whether a prediction is the mean over all mirrored copies of a volume"},
    {"tolerance", "positive", 2, "mm that surface Dice accepts", {1e-06, 10000}},
    {"lesions", "flag", false, "whether masks are also judged lesion by lesion, by the rule of BRATS 2023"},
    {"bins", "count", 15, "bins of the reliability curve", {1, 10000}},
    {"shown", "whole", 2, "test volumes of the first split whose predictions are shown in the report"},
    {"save_predictions", "shown|all", "shown", "whose masks, probabilities and uncertainties are saved as NIfTI"},

    {"seed", "whole", 1, "seed of everything random", {0, 2 ^ 53}},
    {"checkpoint_seconds", "size", 30, "seconds between checkpoints"},
})

local by_name, is_of_method = {}, {}
for _, entry in ipairs(declared) do by_name[entry[1]] = {kind = entry[2], default = entry[3], range = entry[5]} end
for _, entry in ipairs(of_methods) do is_of_method[entry[1]] = true end

-- What may change while a study goes on, as no result depends on it but those that are still to come: how many splits
-- there are, and which methods.
local growing = {"splits", "methods", "ablations", "ablation_sizes", "ablation_splits", "priors", "variants",
    "reference", "tuning"}

--- The values that a study is refused without.
function configuration.fixed(values)
    local fixed = lists.merged(values)
    for _, name in ipairs(growing) do fixed[name] = nil end
    return fixed
end

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

--- A value as it counts: an error where it is none of this name, which `origin` is to blame for.
local function checked(name, value, origin)
    local entry = by_name[name]
    if not entry then refuse(origin, name) end
    local kind = kinds[entry.kind] or {}
    local expected, holds, range = kind[1], kind[2], entry.range or kind[3]
    if not holds then
        expected = "one of " .. entry.kind:gsub("|", ", ")
        holds = function(choice)
            return type(choice) == "string" and ("|" .. entry.kind .. "|"):find("|" .. choice .. "|", 1, true)
        end
    end
    if not holds(value) then
        error(("%s: %s expected for '%s', got %s"):format(origin, expected, name, literal(value)), 0)
    end
    local outside = range and consistency.outside(value, range)
    if outside then
        error(("%s: numbers from %g to %g expected for '%s', got %s"):format(origin, range[1], range[2], name,
            literal(outside)), 0)
    end
    local twice = kind.once and type(value) == "table" and consistency.repeated(value)
    if twice then error(("%s: each once expected in '%s', got %s twice"):format(origin, name, literal(twice)), 0) end
    -- A number counts the same whether it was written with a point or not.
    if math.type(entry.default) == "float" and math.type(value) == "integer" then value = value + 0.0 end
    return value
end

--- The same of a value that a method may have of its own.
local function checked_of_method(name, value, origin)
    value = checked(name, value, origin)
    if not is_of_method[name] then
        error(("%s: '%s' is a value of the whole study (expected one of %s)"):format(origin, name,
            lists.words(lists.keys(is_of_method))), 0)
    end
    return value
end

local function set(values, name, value, origin) values[name] = checked(name, value, origin) end

-- Names have no values in what is assigned: {DWP} without quotes is no empty list.
local no_names = setmetatable({}, {__index = function(_, name) error(name) end})

--- Checks what depends on several values, or on values inside of others.
local function check(values)
    for method, grid in pairs(values.tuning) do
        for name, candidates in pairs(grid) do
            for i, value in ipairs(candidates) do
                candidates[i] = checked_of_method(name, value, "tuning of " .. method)
            end
        end
    end
    for variant, parts in pairs(values.variants) do
        for name, value in pairs(parts[2]) do parts[2][name] = checked_of_method(name, value, "variant " .. variant) end
    end
    consistency.check(values)
end

--- The values that a Lua file returns.
function configuration.read(path)
    local text = command.text(path) or error(("--config: the file '%s' cannot be read"):format(path), 0)
    local chunk, message = load(text, "@" .. path, "t")
    if not chunk then error("--config: " .. message, 0) end
    local changes = chunk()
    if type(changes) ~= "table" then error(("--config: '%s' returns no table"):format(path), 0) end
    return changes
end

--- The values of a preset, changed by the table `changes`, if there is one, which `origin` is to blame for, and by
--- `assignments`, a list of "name=value".
function configuration.make(preset, assignments, changes, origin)
    local values = {}
    for _, entry in ipairs(declared) do values[entry[1]] = entry[3] end
    for name, value in pairs(presets[preset]) do set(values, name, value, "preset " .. preset) end
    for name, value in pairs(changes or {}) do set(values, name, value, origin) end
    for _, assignment in ipairs(assignments) do
        local name, written = assignment:match("^([%w_]+)=(.*)$")
        if not name then error(("--set: name=value expected, got '%s'"):format(assignment), 0) end
        -- What Lua cannot evaluate, such as the path a/b, is a text.
        local chunk = load("return " .. written, "=" .. name, "t", no_names)
        local evaluated, value = pcall(chunk or error)
        if not evaluated or value == nil then value = written end
        set(values, name, value, "--set")
    end
    check(values)
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

return configuration
