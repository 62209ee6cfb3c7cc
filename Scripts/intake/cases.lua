-- What predict.lua is to segment: a list of {id, paths, has_mask, load}, where `paths` are the files that it reads,
-- and `load` gives the scans and the mask, if there is one.

local folder = require "intake.folder"
local guess = require "intake.guess"

local cases = {}

--- Whether a path is a folder.
local function is_folder(path)
    local handle = io.open(path .. "/.")
    if handle then handle:close() end
    return handle ~= nil
end

--- A case of files: `paths` in the order of the recipe's sequences, false for one that is missing.
local function of_files(id, paths, resample)
    return {id = id, paths = paths, load = function()
        local scans, first = {}, nil
        for i, path in ipairs(paths) do
            scans[i] = path and volumes.read(path)
            if scans[i] and first and resample then scans[i] = scans[i]:resample_like(first) end
            first = first or scans[i]
        end
        return scans
    end}
end

--- The name of a file without folders and ending.
local function name_of(path)
    local name = path:match("([^/]*)$")
    return guess.parts(name) or name
end

--- A case of a subject of a data set; `order` has the place of each of the recipe's sequences among the subject's, by
--- default the same, and nil for one that is not there.
function cases.of_subject(subject, order, count)
    local paths, scan_paths = {}, subject.image_paths
    for k = 1, count or #scan_paths do paths[k] = scan_paths[order and order[k] or not order and k] or false end
    paths[#paths + 1] = subject.label_path
    return {id = subject.id, paths = paths, has_mask = subject.label_path ~= nil, load = function()
        local scans, mask = subject:load()
        if type(scans) ~= "table" then scans = {scans} end
        if not order then return scans, mask end
        local ordered = {}
        for k = 1, count do ordered[k] = order[k] and scans[order[k]] or false end
        return ordered, mask
    end}
end

--- The subjects of a data set, their scans in the order of the recipe's sequences.
local function of_folder(path, recipe, options)
    local wanted = recipe.sequences
    if not (options.layout or options.image) and #wanted == 1 then
        -- All volumes of a folder that is no data set.
        local files = volumes.find(path)
        if not guess.layout(path, files) then
            local list = {}
            for _, file in ipairs(files) do
                local is_volume = file.kind ~= "json" and file.kind ~= "dicom"
                if is_volume and guess.is_mask(file.path) then
                    print(("left out: %s/%s: a mask, by its name"):format(path, file.path))
                elseif is_volume then
                    list[#list + 1] = of_files(name_of(file.path), {path .. "/" .. file.path})
                end
            end
            return list
        end
    end
    local data = folder.open(path, options, "optional", #wanted > 1 and table.concat(wanted, ",") or nil)
    local order, place = {}, {}
    for i, name in ipairs(data.sequences) do place[name] = i end
    for i, name in ipairs(wanted) do
        order[i] = place[name] or (#wanted == 1 and #data.sequences == 1 and 1) or nil
        if not order[i] and not options.zeros then
            error(("%s: no sequence '%s' among %s; --zeros goes without"):format(path, name,
                table.concat(data.sequences, ", ")), 0)
        end
    end
    local list = {}
    for _, bad in ipairs(data.rejected) do
        list[#list + 1] = {id = bad.id, paths = {}, load = function() error(bad.error, 0) end}
    end
    for i = 1, #data do list[#list + 1] = cases.of_subject(data[i], order, #wanted) end
    table.sort(list, function(a, b) return a.id < b.id end)
    return list
end

--- Gives cases that have the name of another a number: two of one name would be written to the same files.
function cases.distinguish(list)
    local seen = {}
    for _, case in ipairs(list) do
        local id, count = case.id, 1
        while seen[case.id] do
            count = count + 1
            case.id = ("%s-%d"):format(id, count)
        end
        seen[case.id] = true
    end
end

--- The cases that the arguments of the command line mean.
function cases.list(arguments, recipe, options)
    local named, list = {}, {}
    for _, argument in ipairs(arguments) do
        local name, path = argument:match("^(%w+)=(.+)$")
        if name then
            if named[name] then error(("%s= is there twice"):format(name), 0) end
            named[name] = path
        elseif is_folder(argument) then
            local found = of_folder(argument, recipe, options)
            if #found == 0 then error(("%s: there is no scan in it"):format(argument), 0) end
            for _, case in ipairs(found) do list[#list + 1] = case end
        else
            if #recipe.sequences ~= 1 then
                error(("the model takes %d sequences: SEQUENCE=FILE expected for each of %s, got '%s'"):format(
                    #recipe.sequences, table.concat(recipe.sequences, ", "), argument), 0)
            end
            list[#list + 1] = of_files(name_of(argument), {argument})
        end
    end
    if next(named) then
        local paths, first = {}, nil
        for i, name in ipairs(recipe.sequences) do
            paths[i] = named[name] or false
            if not paths[i] and not options.zeros then
                error(("no file of '%s': %s expected; --zeros goes without"):format(name,
                    table.concat(recipe.sequences, ", ")), 0)
            end
            first, named[name] = first or paths[i] or nil, nil
        end
        local unknown = next(named)
        if unknown then
            error(("there is no sequence '%s': the model takes %s"):format(unknown,
                table.concat(recipe.sequences, ", ")), 0)
        end
        list[#list + 1] = of_files(name_of(first), paths, options.resample)
    end
    cases.distinguish(list)
    return list
end

return cases
