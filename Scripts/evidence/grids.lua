-- The grids of the evidence: which sources a target is learnt after, from near to far, and how.
--
-- A grid is a table with `title`; `preset`, the preset of the study that it begins with; `values`, what all its studies
-- have in common; and `steps`, a list of {name, what, values}: the shift in one or two words, in a sentence, and as
-- values of the study's configuration.

local guess = require "intake.guess"
local lists = require "study.lists"

local grids = {}

-- Every method has as many candidates of its values, which the same rule chooses among. Plain networks may stop early,
-- which is their way of not learning few volumes by heart, as the prior is that of the others: counted in passes, as the
-- choice is made at n = 5, where 40 are 200 steps, and serves for n = 20, too, where they are all 800.
local plain = {lr = {3e-3, 1e-2}, epochs = {40, 160}}
local bayesian = {lr = {3e-3, 5e-3}, beta = {0.1, 1}}
local of_source = {beta = {0.1, 1}, source_covariance = {1, 10}}
local tuning = {
    RI = plain, PR = plain, PRf = plain, PR_L2SP = {epochs = {40, 160}, l2_sp = {1e-3, 1e-2}},
    DWP = bayesian, normal = bayesian, full_covariance = bayesian, GaussianMixture = bayesian, RealNVP = bayesian,
    source_posterior = of_source, source_low_rank = of_source,
}

-- The methods of the primary question take part in all splits, the others in the first ones: the two differences that
-- decide need narrower intervals than the picture around them. Voxels are large and the network narrow, so that every
-- method can learn for long enough; it took hours of two cores all the same. Splits and priors are those of the README.
local common = {
    methods = {"DWP", "RI", "PR"}, splits = 5, sizes = {5, 10, 20},
    ablations = {"PRf", "PR_L2SP", "source_posterior", "source_low_rank", "normal", "full_covariance", "RI_ensemble"},
    priors = {"GaussianMixture"}, ablation_sizes = {5, 10, 20}, ablation_splits = 2,
    tuning = tuning, tuning_budget = 4, channels = {1, 16, 16, 16, 32}, spacing = 6, test = 25,
    steps = 800, lr = 3e-3, deviation = 0.03, share = 64,
    source_networks = 3, source_steps = 600, prior_steps = 1200, prior_hidden = 16, prior_judges = 5,
    samples = 5, members = 5, shown = 1,
}

local function smoke()
    return {
        title = "phantoms", preset = "smoke",
        values = lists.merged(common, {sizes = {2, 3}, splits = 3, ablation_sizes = {2, 3}, ablation_splits = 2,
            tuning_budget = 1, members = 2, spacing = false, channels = {1, 4, 8, 8, 8}, test = 4,
            ablations = {"PRf", "PR_L2SP", "source_low_rank", "normal", "RI_ensemble"}, priors = {"RealNVP"},
            steps = 20, source_networks = 2, source_steps = 30, prior_steps = 60, prior_hidden = 8, shown = 0,
            tuning = lists.merged(tuning, {RI = {lr = {3e-3}}, PR = {lr = {3e-3}}, PRf = {lr = {3e-3}},
                PR_L2SP = {l2_sp = {1e-2}}})}),
        steps = {
            {"none", "source phantoms as they are", {}},
            {"thick", "slices of 12 mm", {shift = {thickness = 12}}},
            {"inverted", "slices of 12 mm, with dark and bright exchanged",
                {shift = {thickness = 12, inversion = true}}},
        },
    }
end

local function simulated(data)
    return {
        title = "simulated tumours on T2 after simulated MS on FLAIR", preset = "desk",
        values = lists.merged(common, {source = data .. "/MS", target = data .. "/BRATS18", splits = 8, priors = {},
            steps = 400}),
        steps = {
            {"none", "the source as it is: the target's anatomies and voxels, another contrast", {}},
            {"contrast", "slices of 6 mm and another order of tissues, lesions faint",
                {shift = {thickness = 6, curve = {0, 0.9, 0.2, 1}, lesion = 0.3}}},
            {"MS-thick", "another set: slices of 6 mm, other anatomies and scanner, lesions faint",
                {source = data .. "/MS-thick"}},
        },
    }
end

local function tumours(data)
    local real = data .. "/real"
    local function files(set, name) return {source = real .. "/" .. set, source_image = name .. ".nii.gz"} end
    return {
        title = "real gliomas on FLAIR", preset = "desk",
        values = lists.merged(common, {target = real .. "/LGG", target_image = "{id}_flair.nii.gz",
            target_mask = "{id}_mask.nii.gz"}),
        steps = {
            {"MS real", "real MS on FLAIR, 8 scans of 6 patients",
                lists.merged(files("MS", "{id}_flair"), {source_mask = "{id}_mask.nii.gz"})},
            {"MS-thick", "simulated MS on slices of 6 mm, lesions faint", {source = data .. "/MS-thick"}},
            {"HIPPOCAMPUS", "real hippocampi on T1, another organ",
                lists.merged(files("HIPPOCAMPUS", "{id}_image"),
                    {source_mask = "{id}_mask.nii.gz", source_spacing = 1})},
        },
    }
end

-- The deep weight prior with one thing changed at a time, and what it is compared with.
local variants = {
    narrow = {"DWP", {deviation = 0.01}}, wide = {"DWP", {deviation = 0.1}},
    cold = {"DWP", {beta = 0.01}}, hot = {"DWP", {beta = 10}},
    outer_groups = {"DWP", {prior_groups = {1, 2, 6, 7}}}, inner_groups = {"DWP", {prior_groups = {3, 4, 5}}},
    from_bank = {"DWP", {start = "bank"}}, from_prior = {"DWP", {start = "prior"}},
    codes_10 = {"DWP", {codes = 10}}, large_share = {"DWP", {share = 512}}, encoder_fixed = {"DWP", {encoder = "fixed"}},
}
-- How soon each has learnt what it learns: networks that were trained for fewer steps.
for _, method in ipairs{"DWP", "RI", "PR"} do
    for _, steps in ipairs{50, 100, 200, 400} do
        variants[("%s_%d"):format(method, steps)] = {method, {steps = steps, epochs = false}}
    end
end

--- What the deep weight prior's gain hangs on, at one step of the tumours.
local function ablation(data)
    local grid = tumours(data)
    local thick = grid.steps[2]
    grid.title = "what the deep weight prior's gain hangs on: " .. grid.title
    grid.values = lists.merged(grid.values, {ablations = {"DWP_PR"}, priors = {}, sizes = {5}, splits = 12,
        ablation_splits = 3, ablation_sizes = {5}, variants = variants})
    grid.steps = {thick, {"permuted", "the same with a bank whose kernels are shuffled: size without structure",
        lists.merged(thick[3], {permute_kernels = true, ablations = {}, variants = {}})}}
    return grid
end

--- The conditions under which a first trial found the prior ahead: fine voxels, few steps, nothing tuned; and what becomes
--- of it with four times the steps at a rate that was tuned.
local function fine(data)
    local grid, long = tumours(data), {steps = 1600, lr = 3e-3}
    grid.title = "fine voxels, few steps, nothing tuned: " .. grid.title
    grid.values = lists.merged(grid.values, {ablations = {}, priors = {}, sizes = {5}, splits = 3, ablation_splits = false,
        ablation_sizes = {5}, tuning = {}, tuning_budget = false, spacing = 2.5, steps = 400, lr = 1e-3, deviation = 0.1,
        share = 256, source_networks = 2, source_steps = 400,
        variants = {RI_long = {"RI", long}, PR_long = {"PR", long}, DWP_long = {"DWP", long}}})
    grid.steps = {grid.steps[2]}
    return grid
end

local own = {smoke = smoke, simulated = simulated, tumours = tumours, ablation = ablation, fine = fine}

--- A grid by its name, with the sets in the folder `data`, or of a file.
function grids.open(name, data)
    local grid
    if name:find("%.lua$") then
        local chunk, message = loadfile(name, "t")
        if not chunk then error("--grid: " .. message, 0) end
        grid = chunk(data)
        if type(grid) ~= "table" or type(grid.steps) ~= "table" or #grid.steps == 0 then
            error(("--grid: '%s' returns no table with steps"):format(name), 0)
        end
        grid.name = name:match("([^/]*)%.lua$")
    else
        local make = own[name] or error(("--grid: a Lua file or one of %s expected, got '%s'"):format(
            lists.words(lists.keys(own)), name), 0)
        if name ~= "smoke" and not data then
            error(("--data: the grid '%s' needs the folder of its sets"):format(name), 0)
        end
        grid = make(data)
        grid.name = name
    end
    grid.title, grid.preset, grid.values = grid.title or grid.name, grid.preset or "desk", grid.values or common
    for i, step in ipairs(grid.steps) do
        grid.steps[i] = {name = step[1], what = step[2], values = step[3]}
        if not tostring(step[1]):find("^%w[%w _-]*$") then
            error(("--grid: letters, digits, spaces, _ and - expected as the name of a step, got '%s'"):format(step[1]), 0)
        end
    end
    return grid
end

--- An error where no step of a grid has this name.
function grids.check(grid, name)
    local known = {}
    for i, step in ipairs(grid.steps) do
        if step.name == name then return end
        known[i] = step.name
    end
    error(("--only: one of %s expected, got '%s'"):format(lists.words(known), name), 0)
end

--- The values of the study of a step.
function grids.values(grid, step) return lists.merged(grid.values, step.values) end

-- Volumes that are tested by in a split at least, before a number of volumes to learn from is left out.
local least_tests = 8

--- The sizes and the number of test volumes of the grid's `values` for a target of `count` volumes, as assignments: a
--- small set has fewer of both, which is said.
local function fitted(values, count)
    local apart, sizes = values.tuning_train + values.validation, lists.joined(values.sizes)
    table.sort(sizes)
    while #sizes > 1 and count - apart - sizes[#sizes] < least_tests do table.remove(sizes) end
    local test = math.min(values.test, count - apart - sizes[#sizes])
    if test < 1 or test == values.test and #sizes == #values.sizes then return {} end
    print(("%d target volumes, of which %d are apart to choose values by: in a split up to %d are learnt from, not %d, and "
        .. "%d tested by, not %d"):format(count, apart, sizes[#sizes], math.max(table.unpack(values.sizes)), test,
        values.test))
    return {("sizes={%s}"):format(table.concat(sizes, ",")), ("test=%d"):format(test)}
end

--- What is assigned for another target: its folder, how that is laid out, and which of the grid's `values` fit it.
function grids.target(folder, values)
    if not folder then return {} end
    local found = guess.layout(folder, volumes.find(folder))
    if not found then error(("--target: no data set was recognised in '%s'"):format(folder), 0) end
    local assigned, options = {("target=%q"):format(folder)}, {layout = found.layout}
    if found.layout then
        assigned[2], assigned[3] = ("target_layout=%q"):format(found.layout), "target_image=false"
    else
        options = {image = found.image[1], mask = found.mask}
        assigned[2], assigned[3] = ("target_image=%q"):format(options.image), ("target_mask=%q"):format(options.mask)
    end
    return lists.joined(assigned, fitted(values, #volumes.dataset(folder, options):check()))
end

return grids
