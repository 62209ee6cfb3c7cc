-- The pictures of the report: a test volume with the truth, what each method made of it, and where it was unsure.

local files = require "study.files"
local scoring = require "study.scoring"
local trials = require "study.trials"

local panels = {}

--- Up to `count` slices over the depths at which a mask has voxels, from 1, and the place of the one with most.
local function slices(mask, count)
    local data, first, last, most, largest = mask.data, nil, nil, nil, 0
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

--- Writes a figure to the study's folder `figures`, as SVG and as PNG, and gives it.
function panels.keep(lab, name, figure)
    local folder = lab.path .. "/figures"
    files.make_folder(folder)
    figure:save(("%s/%s.svg"):format(folder, name))
    return figure:save(("%s/%s.png"):format(folder, name))
end

--- Adds a slider for a subject at n: the methods' masks, and the uncertainty of the reference or else of the first.
local function add_subject(lab, out, subject, n)
    local maps, columns = {}, {}
    local function add(method, kind, column)
        local path = scoring.map_path(lab, trials.name(n, 1, method), subject.id, kind)
        maps[#maps + 1], columns[#columns + 1] = volumes.read(path), column
    end
    local unsure = lab.config.methods[1]
    for _, method in ipairs(lab.config.methods) do
        add(method, "mask", method)
        if method == lab.config.reference then unsure = method end
    end
    add(unsure, "uncertainty", {title = ("uncertainty (%s)"):format(unsure), kind = "heat"})
    local scan, mask = subject:load()
    local chosen, start = slices(mask, 9)
    local figures, labels = {}, {}
    for i, slice in ipairs(chosen) do
        figures[i] = plot.slices({{scan = scan, truth = mask, maps = maps, slice = slice}},
            {columns = columns, panel = 110})
        labels[i] = ("slice %d of %d"):format(slice, scan.shape[1])
    end
    panels.keep(lab, ("slices-%s-n%02d"):format(subject.id, n), figures[start])
    out:slider(figures, {labels = labels, start = start, caption = ("%s, n = %d, first split"):format(subject.id, n)})
end

--- Adds the panels of the subjects that are shown, at the smallest and the largest n.
function panels.add(lab, out)
    local config = lab.config
    if config.shown == 0 or #config.methods == 0 then return end
    out:heading("Predictions")
    local smallest, largest = math.min(table.unpack(config.sizes)), math.max(table.unpack(config.sizes))
    for i = 1, math.min(config.shown, config.test) do
        local subject = lab.data.splits[1].tests[i]
        add_subject(lab, out, subject, smallest)
        if largest > smallest then add_subject(lab, out, subject, largest) end
    end
end

return panels
