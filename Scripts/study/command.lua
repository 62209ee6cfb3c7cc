-- What every script does with its options and folders.

local command = {}

--- A function that adds an option for a number to a parser of argparse; `expected` is what an error says of it.
local function numeric(expected, convert)
    return function(parser, name, help, default)
        return parser:option(name, help, default):convert(function(text)
            local value = convert(text)
            if value == nil then return nil, ("option '%s': %s expected, got '%s'"):format(name, expected, text) end
            return value
        end)
    end
end

--- Adds an option for a whole number; `default` is a text, as on the command line.
command.integer = numeric("a whole number", math.tointeger)

--- Adds an option for a number.
command.number = numeric("a number", tonumber)

--- Makes a folder, and the folders above it where they are missing.
function command.make_folder(path)
    local quoted = "'" .. path:gsub("'", "'\\''") .. "'"
    if not os.execute("mkdir -p -- " .. quoted) then error(("the folder '%s' cannot be made"):format(path), 0) end
end

return command
