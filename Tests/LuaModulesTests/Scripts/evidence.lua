-- The evidence at its smallest: two steps of a shift, with more splits when it goes on. The script's arguments are the
-- folder of the scripts and the folder of the studies; it returns evidence.csv.

local scripts, folder = ...
local grid = folder .. "-grid.lua"
study.write_text(grid, [[
    return {
        title = "small", preset = "smoke",
        values = {
            phantom_sources = 2, phantom_targets = 6, phantom_size = {16, 16, 16}, sizes = {1, 2}, splits = 1, test = 2,
            tuning_train = 1, validation = 1, tuning_budget = 1, methods = {"DWP", "RI", "PR", "PR_L2SP", "RI_ensemble"},
            tuning = {DWP = {beta = {0.1, 1}}, RI = {lr = {1e-3, 3e-3}}, PR = {lr = {1e-3}}}, ablations = {"normal"},
            ablation_sizes = {1, 2}, variants = {cold = {"DWP", {beta = 0.01, prior_groups = {1, 7}}}},
            channels = {1, 4, 4, 4, 4}, source_steps = 4, snapshots = 2, prior_steps = 4, prior_hidden = 2,
            prior_judges = 1, steps = 2, samples = 2, members = 2,
        },
        steps = {
            {"none", "as it is", {}},
            {"turned", "dark and bright exchanged, structure shuffled",
                {shift = {inversion = true, thickness = 12}, permute_kernels = true}},
        },
    }
]])

local function run(...)
    -- Each run is one of its own, which knows of no methods that others have made.
    for name in pairs(package.loaded) do
        if name:find("^study%.") or name:find("^evidence%.") then package.loaded[name] = nil end
    end
    arg = {[0] = scripts .. "/evidence.lua", "--grid", grid, "--output", folder, ...}
    return dofile(arg[0])
end
local function read(name)
    local file <close> = assert(io.open(folder .. "/" .. name))
    return file:read("a")
end
--- The CSV file as a table of rows by their names.
local function rows(text)
    local list, names = {}, nil
    for line in text:gmatch("[^\n]+") do
        local row, i = {}, 0
        for cell in line:gmatch("[^,]+") do
            i = i + 1
            row[names and names[i] or i] = cell
        end
        if names then list[#list + 1] = row else names = row end
    end
    return list
end
--- The results of a study by n, split, method and subject.
local function scores(step)
    local found = {}
    for _, row in ipairs(rows(read(step .. "/results.csv"))) do
        found[table.concat({row.n, row.split, row.method, row.subject}, " ")] = row.dice .. row.nll
    end
    return found
end

print = function() end
run("--only", "turned")
assert(not io.open(folder .. "/evidence.csv") and not io.open(folder .. "/none/results.csv"))
run()
local before = scores "none"
-- Random initialisation does not depend on the source, so that one step has it for all.
for name in pairs(scores "turned") do assert(not name:find(" RI", 1, true), name) end
run("--splits", "2")
local after, more = scores "none", 0
for name, score in pairs(before) do assert(after[name] == score, name) end
for name in pairs(after) do more = more + (before[name] and 0 or 1) end
assert(more == 2 * 2 * 7, more)

-- Every method over RI and over PR, but these over themselves, for n = 1, 2 and both; the primary question is corrected
-- by itself.
local gained = {}
local text = read "evidence.csv"
local count = {primary = 0, secondary = 0}
for _, row in ipairs(rows(text)) do
    count[row.question] = count[row.question] + 1
    assert((row.method == "DWP") == (row.question == "primary") and tonumber(row.low) <= tonumber(row.high))
    assert(tonumber(row.comparisons) == (row.question == "primary" and 12 or 54), row.comparisons)
    local place = table.concat({row.step, row.method, row.over}, " ")
    local one = gained[place] or {}
    gained[place], one[row.n] = one, tonumber(row.gain)
end
assert(count.primary == 12 and count.secondary == 54, count.secondary)
-- What a method gains on average is the mean of its gains, as all are of the same pairs.
for place, one in pairs(gained) do assert(math.abs(one.all - (one["1"] + one["2"]) / 2) < 1e-6, place) end
for _, expected in ipairs{"Findings", "Gains along the shift", "Does a better density", "turned"} do
    assert(read "evidence.html":find(expected, 1, true), expected)
end
return text
