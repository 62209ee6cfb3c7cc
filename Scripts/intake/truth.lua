-- The data set of a folder whose masks are read as a network's recipe says: by its names and labels, not by position.

local command = require "study.command"
local folder = require "intake.folder"

local truth = {}

--- In which of `targets` each label is, as a text: equal for two lists whose class numbers mean the same.
local function signature(targets)
    local members, labels, seen, parts = {}, {}, {}, {}
    for i, target in ipairs(targets) do
        for _, label in ipairs(target[2]) do
            if not members[label] then labels[#labels + 1] = label end
            members[label] = (members[label] or "") .. i .. " "
        end
    end
    table.sort(labels)
    for _, label in ipairs(labels) do
        if not seen[members[label]] then parts[#parts + 1], seen[members[label]] = members[label], true end
    end
    return table.concat(parts, ",")
end

--- The targets of the option --classes or --regions in the order of the recipe, matched by name; throws where names
--- are not those of the network.
local function reordered(targets, recipe, option)
    local labels, result = {}, {}
    for _, target in ipairs(targets or {}) do labels[target[1]] = target[2] end
    for i, name in ipairs(recipe.names) do
        if not labels[name] then
            error(("--%s: the network tells apart %s, and there is no '%s'"):format(option,
                table.concat(recipe.names, ", "), name), 0)
        end
        result[i] = {name, labels[name]}
    end
    if #targets > #recipe.names then
        error(("--%s: names other than those of the network, %s"):format(option, table.concat(recipe.names, ", ")), 0)
    end
    if recipe.regions and signature(result) ~= signature(recipe.targets) then
        error(("--%s: regions that hold one another as those of the network expected"):format(option), 0)
    end
    return result
end

--- "core = 1+4, oedema = 2".
local function text_of(targets)
    local parts = {}
    for i, target in ipairs(targets) do parts[i] = ("%s = %s"):format(target[1], table.concat(target[2], "+")) end
    return table.concat(parts, ", ")
end

--- The data set of the folder `path`, and why its masks are not read where they cannot be; says how they are. `wanted`
--- is as in folder.open.
function truth.open(path, recipe, options, wanted)
    local own = setmetatable({}, {__index = options})
    local option, other = "classes", "regions"
    if recipe.regions then option, other = other, option end
    if options[other] then
        error(("--%s: the network tells %s apart: %s"):format(other, option, table.concat(recipe.names, ", ")), 0)
    end
    own[option] = recipe.targets
    if options[option] then
        own[option] = reordered(folder.open(path, options, "optional", wanted).targets, recipe, option)
    end
    local fits, data, _, layout = command.try(folder.open, path, own, "optional", wanted)
    if fits then
        local has_mask = false
        for i = 1, #data do has_mask = has_mask or data[i].label_path ~= nil end
        if own[option] and has_mask then print("masks are read as " .. text_of(own[option])) end
        return data, nil, layout
    end
    -- Labels that the layout does not know, for example: scans can be segmented all the same.
    local why = data
    own[option] = false
    data, _, layout = folder.open(path, own, "optional", wanted)
    print("masks are not scored: " .. why)
    return data, why, layout
end

return truth
