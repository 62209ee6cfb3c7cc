-- The figures of the report, and its pictures of predictions: a test volume with the truth, what each method made of
-- it, and where it was unsure.

local maps = require "study.maps"
local measures = require "study.measures"
local structures = require "study.structures"
local Trials = require "study.trials"

local Figures = {}
Figures.__index = Figures

--- Up to `count` slices over the depths at which a mask has voxels, from 1, and the position of the one with most.
local function slices(mask, count)
    local data, first, last, most, largest = mask:mask().data, nil, nil, nil, 0
    for depth = 1, data:size(1) do
        local voxels = data[depth]:sum():item()
        if voxels > 0 then first, last = first or depth, depth end
        if voxels > largest then most, largest = depth, voxels end
    end
    if not first then return {data:size(1) // 2 + 1}, 1 end
    local list, start = {}, 1
    local step = math.max(1, (last - first) // count + 1)
    -- Counted from the slice with most, so that it is among them.
    for depth = most - (most - first) // step * step, last, step do
        list[#list + 1] = depth
        if depth == most then start = #list end
    end
    return list, start
end

--- What a measure came to against n, by the rows of `comparison.rows`, with the sd over splits as error bars.
function Figures.against_n(rows, measure, title)
    local series, by_method = {}, {}
    for _, row in ipairs(rows) do
        local one = by_method[row.method]
        if not one then
            one = {name = row.method, x = {}, y = {}, errors = {}}
            series[#series + 1], by_method[row.method] = one, one
        end
        table.insert(one.x, row.n)
        table.insert(one.y, row.mean)
        table.insert(one.errors, measures.is_defined(row.sd) and row.sd or 0)
    end
    return plot.curves(series, {title = title, x = "volumes to learn from", y = measures.label(measure),
        y_limits = measure.limits, size = {600, 340}})
end

--- Figures that are also kept as files in `folder`, which is made.
function Figures.new(folder)
    study.make_folder(folder)
    return setmetatable({folder = folder}, Figures)
end

--- Writes a figure as SVG and as PNG, and gives it.
local function keep(self, name, figure)
    figure:save(("%s/%s.svg"):format(self.folder, name))
    return figure:save(("%s/%s.png"):format(self.folder, name))
end

--- Adds a figure with its caption to the page `out`, and keeps it as files of that name.
function Figures:add(out, name, figure, caption) out:figure(keep(self, name, figure), {caption = caption}) end

--- The first sequence of a subject that is there, and a word on which it is where there are several.
local function first_scan(scans, names)
    if type(scans) ~= "table" then return scans, "" end
    for i, scan in ipairs(scans) do
        if scan then return scan, "; the scan is " .. names[i] end
    end
end

--- Adds a slider for a subject at n, a row for each class or region of `recipe`: the methods' masks, and the
--- uncertainty of the reference or else of the first.
local function add_subject(self, out, config, subject, n, scoring, recipe)
    local shown, columns = {}, {}
    local function read(method, kind)
        return volumes.read(maps.path(scoring:stem(Trials.name(n, 1, method), subject.id), kind)).data
    end
    local unsure = config.methods[1]
    for i, method in ipairs(config.methods) do
        shown[i], columns[i] = read(method, "mask"), method
        if method == config.reference then unsure = method end
    end
    local uncertainty = read(unsure, "uncertainty")
    columns[#columns + 1] = {title = ("uncertainty (%s)"):format(unsure), kind = "heat"}
    local scans, mask = subject:load()
    local scan, note = first_scan(scans, recipe.sequences)
    local truth, rows = mask.data, {}
    for i, structure in ipairs(recipe.structures) do
        local found = {}
        for k, map in ipairs(shown) do found[k] = structures.labelled(recipe, map, structure) end
        found[#found + 1] = uncertainty
        rows[i] = {title = #recipe.structures > 1 and structure[1] or nil, scan = scan,
            truth = structures.members(truth, structure[2]), maps = found}
    end
    local chosen, start = slices(mask, 9)
    local figures, labels = {}, {}
    for i, slice in ipairs(chosen) do
        for _, row in ipairs(rows) do row.slice = slice end
        figures[i] = plot.slices(rows, {columns = columns, panel = 110})
        labels[i] = ("slice %d of %d"):format(slice, scan.shape[1])
    end
    keep(self, ("slices-%s-n%02d"):format(subject.id, n), figures[start])
    out:slider(figures, {labels = labels, start = start,
        caption = ("%s, n = %d, first split%s"):format(subject.id, n, note)})
end

--- Adds the predictions for those tests of `split`, the first one, that are shown, at the smallest and the largest n;
--- `scoring` wrote their maps.
function Figures:add_predictions(out, config, split, scoring)
    if config.shown == 0 or #config.methods == 0 then return end
    out:heading("Predictions")
    local smallest, largest = math.min(table.unpack(config.sizes)), math.max(table.unpack(config.sizes))
    for i = 1, math.min(config.shown, config.test) do
        local subject = split.tests[i]
        add_subject(self, out, config, subject, smallest, scoring, split.recipe)
        if largest > smallest then add_subject(self, out, config, subject, largest, scoring, split.recipe) end
    end
end

return Figures
