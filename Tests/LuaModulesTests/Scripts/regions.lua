-- The study of several sequences and regions at its smallest: four methods, a subject without one of its sequences,
-- lesions, mirrored copies. The script's arguments are the folder of the study's script, the folder of the study, and
-- the number of threads; it returns results.csv.

local scripts, folder, threads = ...
local target = folder .. "-target"
volumes.write_phantoms(target, {layout = "brats", count = 4, size = {16, 16, 16}, seed = 3, modalities = {"flair", "t1"}})
assert(os.remove(target .. "/HGG/Brats18_P002_1/Brats18_P002_1_t1.nii.gz"))

arg = {[0] = scripts .. "/study.lua", "--preset", "smoke", "--target", target, "--output", folder, "--threads",
    tostring(threads)}
for name, value in pairs{
    modality = '{"flair", "t1"}', regions = "layout", missing = "zeros", lesions = "true", flips = "true",
    augment_dropout = "0.3", spacing = "median", phantom_sources = "2", phantom_size = "{16, 16, 16}",
    sizes = "{2}", ablation_sizes = "{2}", splits = "1", test = "2", tuning = "{}",
    methods = '{"DWP", "RI", "PR"}', ablations = '{"source_posterior"}', channels = "{1, 4, 4, 4, 4}",
    source_steps = "4", snapshots = "2", prior_steps = "4", prior_hidden = "2", prior_judges = "1", steps = "2",
    samples = "2",
} do
    arg[#arg + 1] = "--set"
    arg[#arg + 1] = name .. "=" .. value
end
print = function() end
local before = torch.get_num_threads()
dofile(arg[0])
torch.set_num_threads(before)

local function read(name)
    local file <close> = assert(io.open(folder .. "/" .. name))
    return file:read("a")
end

local page, summary = read "report.html", read "summary.txt"
for _, text in ipairs{"Dice (DSC) of WT", "Failure detection", "Lesion-wise HD95"} do
    assert(page:find(text, 1, true), text)
    assert(text == "Failure detection" or summary:find(text, 1, true), text)
end
local recipe = volumes.recipe(nn.notes(folder .. "/networks/n02/split1/PR.safetensors").recipe)
assert(table.concat(recipe.sequences, " ") == "flair t1" and table.concat(recipe.names, " ") == "WT TC ET")
-- The mean is that of the three, in every column that is defined.
local rows, columns = {}, nil
for line in read "results.csv":gmatch("[^\n]+") do
    local cells = {}
    for cell in line:gmatch("[^,]+") do cells[#cells + 1] = cell end
    if columns then
        local row = {}
        for i, name in ipairs(columns) do row[name] = cells[i] end
        local key = table.concat({row.n, row.split, row.method, row.subject}, " ")
        rows[key] = rows[key] or {}
        rows[key][row.structure] = row
    else
        columns = cells
    end
end
local compared = 0
for _, found in pairs(rows) do
    for _, name in ipairs(columns) do
        local mean = tonumber(found.mean[name])
        if mean and mean == mean and math.abs(mean) < math.huge then
            local sum = 0
            for _, structure in ipairs(recipe.names) do sum = sum + tonumber(found[structure][name]) end
            assert(math.abs(sum / 3 - mean) < 2e-6, name)
            compared = compared + 1
        end
    end
end
assert(compared > 4 * 2 * 6, compared)
return read "results.csv"
