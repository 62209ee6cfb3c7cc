-- What is wrong in the values of a study though each is of its kind: numbers that cannot work, what is there twice, and
-- values that others make idle.

local command = require "study.command"
local lists = require "study.lists"
local measures = require "study.measures"

local consistency = {}

--- The first number in a value, or in tables within it, that is not within `range`, {least, most}; nil where all are.
function consistency.outside(value, range)
    if math.type(value) then return not (value >= range[1] and value <= range[2]) and value or nil end
    for _, element in ipairs(type(value) == "table" and value or {}) do
        local found = consistency.outside(element, range)
        if found then return found end
    end
end

--- The first element that a list has twice; nil where there is none.
function consistency.repeated(list)
    local seen = {}
    for _, element in ipairs(list) do
        if seen[element] then return element end
        seen[element] = true
    end
end

--- Throws where what describes a folder of volumes is given and there is no folder, or only half of it is.
local function check_folder(values, which)
    for _, part in ipairs{"_image", "_mask"} do
        local name, other = which .. part, which .. (part == "_image" and "_mask" or "_image")
        local given = values[name]
        if given then
            local text = type(given) == "table" and table.concat(given, ", ") or given
            if not values[which] then
                error(("%s: '%s' needs the folder that it lies in, %s=FOLDER"):format(name, text, which), 0)
            end
            if not values[other] then error(("%s: '%s' needs %s, too"):format(name, text, other), 0) end
        end
    end
    local known, layout = {}, values[which .. "_layout"]
    for i, entry in ipairs(volumes.layouts()) do known[i] = entry.name end
    if not lists.contains(known, layout) then
        error(("%s_layout: one of %s expected, got '%s'"):format(which, lists.words(known), layout), 0)
    end
    if values[which .. "_classes"] and values[which .. "_regions"] then
        error(("either %s_classes or %s_regions"):format(which, which), 0)
    end
end

--- Throws where values that are each of their kind cannot be meant together.
function consistency.check(values)
    if #values.methods + #values.ablations + #values.priors == 0 and not next(values.variants) then
        error("methods: a method expected, got none", 0)
    end
    if measures.named(values.tuning_measure).of_lesions and not values.lesions then
        error(("tuning_measure: '%s' needs lesions=true"):format(values.tuning_measure), 0)
    end
    for method, grid in pairs(values.tuning) do
        for name, candidates in pairs(grid) do
            local names = {}
            -- Jobs are called so.
            for i, value in ipairs(candidates) do names[i] = type(value) == "number" and ("%g"):format(value) or value end
            local twice = consistency.repeated(names)
            if twice ~= nil then
                error(("tuning of %s: each once expected in '%s', got %s twice"):format(method, name, twice), 0)
            end
        end
    end
    check_folder(values, "source")
    check_folder(values, "target")
    if values.classes and values.regions then error("either classes or regions", 0) end
    local axes = values.orientation and values.orientation:gsub("[LR]", "1"):gsub("[AP]", "2"):gsub("[IS]", "3")
    if axes and not (#axes == 3 and axes:find("1") and axes:find("2") and axes:find("3")) then
        error(("orientation: three letters such as 'RAS' expected, got '%s'"):format(values.orientation), 0)
    end
    if values.snapshots > values.source_steps then
        error(("snapshots: at most source_steps, %d, expected, got %d"):format(values.source_steps, values.snapshots), 0)
    end
    if values.ce_weight + values.dice_weight == 0 then
        error("ce_weight: a number above 0 expected where dice_weight is 0, got 0", 0)
    end
    if values.shift then
        local scan, mask = volumes.phantom{size = {48, 48, 48}}
        local fits, message = command.try(volumes.shift, scan, mask, values.shift)
        if not fits then
            message = message:gsub("\nstack traceback.*", "")
            error("shift: " .. message:gsub("^bad option '(.-)' to 'shift' %((.*)%)$", "%1: %2"), 0)
        end
    end
end

return consistency
