-- What predict.lua is to segment: a list of {id, paths, has_mask, load}, where `paths` are the files that it reads,
-- and `load` gives the scans, the mask, if there is one, and why it is not scored, if so.

local command = require "study.command"
local folder = require "intake.folder"
local guess = require "intake.guess"
local sequences = require "intake.sequences"
local truth = require "intake.truth"

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

--- The folder of a file, without those above it; nil where the path has none.
local function parent_of(path) return path:match("([^/]+)/[^/]*$") end

--- The name of a file without folders and ending; that of its folder where the file is named as a kind of scan only.
local function name_of(path)
    local name = path:match("([^/]*)$")
    local stem = guess.parts(name) or name
    return sequences.kind(stem) and parent_of(path) or stem
end

--- The name of a subject of several files: what their names begin with, up to a sign, or that of their folder.
local function common_name(paths)
    local common, count = nil, 0
    for _, path in pairs(paths) do
        if path then
            local stem = guess.parts(path:match("([^/]*)$")) or path:match("([^/]*)$")
            local length, last = 0, math.min(#(common or stem), #stem)
            while length < last and (common or stem):byte(length + 1) == stem:byte(length + 1) do length = length + 1 end
            common, count = stem:sub(1, length), count + 1
        end
    end
    local _, first = next(paths)
    for _, path in pairs(paths) do first = first or path end
    if count == 1 then return name_of(first) end
    -- The last part belongs to the names of the sequences: "a_t" of a_t1 and a_t2.
    local name = common:match("^(.*%w)[_%-. ]") or ""
    return name ~= "" and name or parent_of(first) or "subject"
end

--- A case of a subject of a data set; `order` has the place of each of the recipe's sequences among the subject's, by
--- default the same, and nil for one that is not there. A mask that cannot be read, or `unread`, which says why none
--- is, leaves a case that is not scored.
function cases.of_subject(subject, order, count, unread)
    local paths, scan_paths = {}, subject.image_paths
    for k = 1, count or #scan_paths do paths[k] = scan_paths[order and order[k] or not order and k] or false end
    paths[#paths + 1] = subject.label_path
    return {id = subject.id, paths = paths, has_mask = subject.label_path ~= nil and not unread, load = function()
        local fits, scans, mask = command.try(subject.load, subject)
        local why = unread or subject.label_error
        if not fits then scans, mask, why = subject:scans(), nil, scans end
        if type(scans) ~= "table" then scans = {scans} end
        if why then mask, why = nil, folder.advised(why) end
        if not order then return scans, mask, why end
        local ordered = {}
        for k = 1, count do ordered[k] = order[k] and scans[order[k]] or false end
        return ordered, mask, why
    end}
end

--- The subjects of a data set, their scans in the order of the recipe's sequences.
local function of_folder(path, recipe, options)
    local wanted = recipe.sequences
    if not (options.layout or options.image) and #wanted == 1 then
        -- All volumes of a folder that is no data set.
        local files = volumes.find(path)
        if not guess.layout(path, files, "optional") then
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
    local asked = (#wanted > 1 or sequences.kind(wanted[1])) and table.concat(wanted, ",") or nil
    local data, unread = truth.open(path, recipe, options, asked)
    folder.print_strays(path, data)
    local order = sequences.places(wanted, data.sequences, options.modality or options.sequences)
    for i, name in ipairs(wanted) do
        if not order[i] and not (options.zeros and next(order)) then
            error(("%s: the network takes %s, and the folder has %s: there is no '%s'; name the folder's by --modality, or "
                .. "by --image and --sequences, or go without by --zeros where others are there"):format(path,
                table.concat(wanted, ", "), table.concat(data.sequences, ", "), name), 0)
        end
    end
    local list = {}
    for _, bad in ipairs(data.rejected) do
        list[#list + 1] = {id = bad.id, paths = {}, load = function() error(folder.advised(bad.error), 0) end}
    end
    for i = 1, #data do list[#list + 1] = cases.of_subject(data[i], order, #wanted, unread) end
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
            local found = of_folder(folder.plain(argument), recipe, options)
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
        local paths = {}
        for i, name in ipairs(recipe.sequences) do
            paths[i] = named[name] or false
            if not paths[i] and not options.zeros then
                error(("no file of '%s': %s expected; --zeros goes without"):format(name,
                    table.concat(recipe.sequences, ", ")), 0)
            end
            named[name] = nil
        end
        local unknown = next(named)
        if unknown then
            error(("there is no sequence '%s': the model takes %s"):format(unknown,
                table.concat(recipe.sequences, ", ")), 0)
        end
        list[#list + 1] = of_files(common_name(paths), paths, options.resample)
    end
    cases.distinguish(list)
    return list
end

return cases
