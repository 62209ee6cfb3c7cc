-- Files and folders of a study.

local files = {}

--- Writes a text file, whole or not at all.
function files.write(path, text)
    local temporary = path .. ".part"
    local file = assert(io.open(temporary, "w"))
    assert(file:write(text))
    assert(file:close())
    assert(os.rename(temporary, path))
end

--- Makes a folder, and those that it is in.
function files.make_folder(path)
    local quoted = "'" .. path:gsub("'", "'\\''") .. "'"
    if not os.execute("mkdir -p " .. quoted) then error(("the folder '%s' cannot be made"):format(path), 0) end
end

return files
