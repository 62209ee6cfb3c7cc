-- The folder that predict.lua writes to: nothing is written over in it but what the program wrote, as it wrote it.

local maps = require "study.maps"
local plain = require("intake.folder").plain

local output = {}
output.__index = output

-- The file that names the cases whose maps were written to the folder, each with its first scan, and each file that was
-- written with its checksum; a later line counts.
local list_name = "cases.txt"
local header = "# The cases and files of predict.lua, with checksums; a file that is otherwise now is not written over."

--- Whether there is anything at `path`.
function output.exists(path) return study.path_kind(path) ~= nil end

--- A name as a field of a line: without tabs and ends of lines.
local function field(name)
    return (name:gsub("[%c%%]", function(letter) return ("%%%02x"):format(letter:byte()) end))
end

local function refuse(path, reason)
    error(("--output: %s %s; choose another folder by --output, or remove it"):format(path, reason), 0)
end

--- Throws where the file `name` of the folder is there and is not as this program wrote it, or would not lie below the
--- folder.
local function require_own(self, name)
    local parent = self.folder
    for part in name:gmatch("([^/]+)/") do
        parent = parent .. "/" .. part
        local kind = study.path_kind(parent)
        if kind and kind ~= "folder" then
            refuse(parent, kind == "link" and "is a link, which is not followed" or "is no folder")
        end
    end
    local path = self.folder .. "/" .. name
    local kind, known = study.path_kind(path), self.files[field(name)]
    if kind == nil then return end
    if kind == "link" then refuse(path, "is a link, which is not written through") end
    if kind ~= "file" then refuse(path, "is there already, and is no file") end
    if not known then refuse(path, "is there already, and not by this program") end
    if study.checksum(path) ~= known then refuse(path, "was changed since this program wrote it") end
end

--- Reads the list of the folder: the former cases with their scans; fills the checksums in.
local function read_list(self)
    local path, known = self.folder .. "/" .. list_name, {}
    local kind = study.path_kind(path)
    if kind == nil then return known end
    if kind ~= "file" then refuse(path, kind == "link" and "is a link, which is not followed" or "is no file") end
    local file <close> = io.open(path, "rb") or error(("--output: %s cannot be read"):format(path), 0)
    if file:read("l") ~= header then refuse(path, "is there already, and is no list of this program") end
    for line in file:lines() do
        local what, name, rest = line:match("^(%a+)\t([^\t]*)\t([^\t]*)$")
        if what == "case" then known[name] = rest elseif what == "file" then self.files[name] = rest end
    end
    return known
end

--- The case among `cases` of whose maps a file of this name is one; nil where there is none.
local function owner(name, cases, recipe)
    for _, case in ipairs(cases) do
        for _, path in ipairs(maps.paths(case.id, recipe)) do
            if path == name then return case.id end
        end
    end
end

--- Makes sure that the maps of `cases` by a recipe can be written to `folder`, which is there, and notes that they are:
--- throws where something else lies in their places, or where a case reads one of them. Gives what writes them.
function output.reserve(folder, cases, recipe)
    local self = setmetatable({folder = plain(folder), files = {}}, output)
    local known, ids = read_list(self), {}
    for _, case in ipairs(cases) do
        local first
        for _, path in ipairs(case.paths) do first = first or path and field(plain(path)) end
        local id = field(case.id)
        local former = known[id] or ""
        if former ~= "" and first and former ~= first then
            error(("--output: %s holds '%s' of another file, %s; choose another folder"):format(folder, case.id, former), 0)
        end
        ids[id] = first or former
        for _, path in ipairs(case.paths) do
            local parent, name = plain(path or ""):match("^(.-)/?([^/]*)$")
            local reading = (parent == "" and "." or parent) == self.folder and owner(name, cases, recipe)
            if reading then
                error(("--output: %s is to be read, and a map of '%s' would be written over it; choose another folder")
                    :format(path, reading), 0)
            end
        end
    end
    for _, case in ipairs(cases) do
        for _, name in ipairs(maps.paths(case.id, recipe)) do require_own(self, name) end
    end
    for _, name in ipairs{"predictions.csv", "predictions.html"} do require_own(self, name) end
    local earlier, lines = 0, {}
    for id, path in pairs(known) do
        earlier = earlier + (ids[id] and 0 or 1)
        ids[id] = ids[id] or path
    end
    if earlier > 0 then
        print(("predictions.csv and predictions.html of %s are written anew: of other cases, %d, the maps stay"):format(
            folder, earlier))
    end
    for id, path in pairs(ids) do lines[#lines + 1] = ("case\t%s\t%s"):format(id, path) end
    for name, sum in pairs(self.files) do lines[#lines + 1] = ("file\t%s\t%s"):format(name, sum) end
    table.sort(lines)
    study.write_text(self.folder .. "/" .. list_name, header .. "\n" .. table.concat(lines, "\n") .. "\n")
    return self
end

--- Writes the file `name` by `write`, which is given its path, and keeps its checksum; throws where another lies there.
function output:write(name, write)
    local path = self.folder .. "/" .. name
    require_own(self, name)
    write(path)
    self.files[field(name)] = study.checksum(path)
    study.add_line(self.folder .. "/" .. list_name, ("file\t%s\t%s"):format(field(name), self.files[field(name)]))
    return path
end

return output
