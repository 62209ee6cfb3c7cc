-- What every script does with its options, its folders and its errors.

local command = {}

--- A function that adds an option for a number to a parser of argparse; `expected` is what an error says of it. `least`
--- and `most`, which may be left out, are the range that the number must lie in.
local function numeric(expected, convert)
    return function(parser, name, help, default, least, most)
        local range = most and (" from %g to %g"):format(least, most) or least and (" of %g or more"):format(least)
        return parser:option(name, help, default):convert(function(text)
            local value = convert(text)
            if value == nil or not (value >= (least or value) and value <= (most or value)) then
                return nil, ("option '%s': %s%s expected, got '%s'"):format(name, expected, range or "", text)
            end
            return value
        end)
    end
end

--- Adds an option for a whole number; `default` is a text, as on the command line.
command.integer = numeric("a whole number", math.tointeger)

--- Adds an option for a number.
command.number = numeric("a number", tonumber)

--- The arguments of a script with those that begin as a number joined to the option before them: "--lr -1" is
--- "--lr=-1" and no option of its own.
function command.arguments(list)
    local joined = {[0] = list[0]}
    for _, argument in ipairs(list) do
        local last = joined[#joined]
        if argument:match("^%-[%d.]") and last and last:match("^%-%-[%w%-]+$") then
            joined[#joined] = last .. "=" .. argument
        else
            joined[#joined + 1] = argument
        end
    end
    return joined
end

-- Seconds after which a file that another machine has made must be seen here.
local longest_wait = 120
-- The same of one that can be made again.
local longest_wait_before_making = 10

--- The most memory that this process ever had, in bytes; 0 where the system does not tell.
function command.peak_memory()
    local file <close> = io.open("/proc/self/status")
    local kilobytes = file and file:read("a"):match("VmHWM:%s+(%d+)")
    return 1024 * (tonumber(kilobytes) or 0)
end

--- Waits for some seconds, for other processes.
function command.pause(seconds) os.execute(("sleep %.2f"):format(seconds)) end

--- Throws where `path` leads to what is no plain file: to open a pipe would wait for another program.
function command.require_plain(path)
    if study.path_kind(path) and study.path_kind(path) ~= "file" then study.checksum(path) end
end

--- The text of a plain file; nil where there is none that can be read.
function command.text(path)
    command.require_plain(path)
    local file <close> = io.open(path, "rb")
    return file and file:read("a")
end

--- Waits until a file is there that a finished job has left: network file systems may show it late. Where it stays away
--- it is made again by `make`, or else it is an error.
function command.await(path, make)
    local start, longest = progress.clock(), make and longest_wait_before_making or longest_wait
    local has_told = false
    while not study.path_kind(path) do
        if progress.clock() - start > longest then
            if not make then error(("%s: a finished job wrote it, and it is gone"):format(path), 0) end
            print(("%s is gone: it is made again"):format(path))
            make()
            return print(("%s is made again"):format(path))
        end
        if not has_told then
            print(("%s is not there, though its job is finished: waiting for it, at most %d s"):format(path, longest))
            has_told = true
        end
        command.pause(0.5)
    end
    command.require_plain(path)
end

--- What an error says to the user, as a handler of xpcall: one line without a position where a script or a function of
--- the program refused what it was given; a mistake of the script itself keeps its traceback.
local function told(message)
    local text = tostring(message)
    -- Lua itself raises an error in the function that made the mistake, all others come from functions of C and Swift.
    local is_mistake = debug.getinfo(2, "S").what ~= "C"
    for _, words in ipairs{"bad argument #?", "bad option '", "has no member '", "attempt to "} do
        is_mistake = is_mistake or text:find(words) ~= nil
    end
    if is_mistake then return debug.traceback(text, 2) end
    -- A position that follows other words is that of a file of the user's.
    return (text:gsub("^[^\n:]-%.lua:%d+: ", "", 1))
end

--- Calls a function as pcall does, with an error's text for the user.
function command.try(body, ...) return xpcall(body, told, ...) end

--- Runs the main part of a script: what is wrong with what the user gave ends it with one line on the standard error
--- and exit code 1.
function command.run(main)
    local fits, message = command.try(main)
    -- An error that is a table with a text speaks for itself: it is shown without a traceback.
    if not fits then error(setmetatable({}, {__tostring = function() return message end})) end
end

return command
