-- Folders of a study.

local files = {}

--- Makes a folder, and those that it is in.
function files.make_folder(path)
    local quoted = "'" .. path:gsub("'", "'\\''") .. "'"
    if not os.execute("mkdir -p -- " .. quoted) then error(("the folder '%s' cannot be made"):format(path), 0) end
end

return files
