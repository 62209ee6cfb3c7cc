-- The folder that predict.lua writes to: nothing of others is written over in it.

local plain = require("intake.folder").plain

local output = {}

-- The file that names the cases whose maps were written to the folder, each with its first file: these may be written
-- again.
local list_name = "cases.txt"

--- The text of a file; nil where there is none.
local function text_of(path)
    local file = io.open(path)
    local text = file and file:read("a")
    if file then file:close() end
    return text
end

--- Whether there is a file or folder at `path`.
function output.exists(path)
    local file = io.open(path)
    if file then file:close() end
    return file ~= nil
end

--- The case among `ids` of whose maps a file of this name is one; nil where there is none.
local function owner(name, ids)
    for _, kind in ipairs{"_mask", "_probability", "_uncertainty", "_disagreement"} do
        local first = name:find(kind, 1, true)
        while first do
            local id = name:sub(1, first - 1)
            if ids[id] and name:match("%.nii%.gz$") then return id end
            first = name:find(kind, first + 1, true)
        end
    end
end

--- Makes sure that the maps of `cases` can be written to `folder`, which is there, and notes that they are: throws
--- where a file of theirs is there that this program did not write, or one that a case reads.
function output.reserve(folder, cases)
    local ids, known, names = {}, {}, {}
    for _, case in ipairs(cases) do ids[case.id] = true end
    local listed = text_of(folder .. "/" .. list_name)
    for line in (listed or ""):gmatch("[^\n]+") do known[line:match("^[^\t]*")] = line:match("\t(.*)$") or "" end
    local first = {}
    for _, case in ipairs(cases) do
        for _, path in ipairs(case.paths) do first[case.id] = first[case.id] or path and plain(path) end
        local former = known[case.id] or ""
        if former ~= "" and first[case.id] and former ~= first[case.id] then
            error(("--output: %s holds '%s' of another file, %s; choose another folder"):format(folder, case.id, former), 0)
        end
    end
    for _, case in ipairs(cases) do
        for _, path in ipairs(case.paths) do
            local parent, name = plain(path or ""):match("^(.-)/?([^/]*)$")
            if (parent == "" and "." or parent) == plain(folder) and owner(name, ids) then
                error(("--output: %s is to be read, and a map of '%s' would be written over it; choose another folder")
                    :format(path, owner(name, ids)), 0)
            end
        end
    end
    for _, file in ipairs(volumes.find(folder)) do
        local id = owner(file.path, ids)
        if id and not known[id] then
            error(("--output: %s/%s is there already, and not by this program; choose another folder"):format(folder,
                file.path), 0)
        end
    end
    for _, name in ipairs{"predictions.csv", "predictions.html"} do
        if not listed and output.exists(folder .. "/" .. name) then
            error(("--output: %s/%s is there already, and not by this program; choose another folder"):format(folder,
                name), 0)
        end
    end
    local earlier = 0
    for id in pairs(known) do earlier = earlier + (ids[id] and 0 or 1) end
    if earlier > 0 then
        print(("predictions.csv and predictions.html of %s are written anew: of other cases, %d, the maps stay"):format(
            folder, earlier))
    end
    for id in pairs(ids) do known[id] = first[id] or known[id] or "" end
    for id, path in pairs(known) do names[#names + 1] = id .. "\t" .. path end
    table.sort(names)
    study.write_text(folder .. "/" .. list_name, table.concat(names, "\n") .. "\n")
end

return output
