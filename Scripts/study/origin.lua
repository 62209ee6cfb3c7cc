-- When and where a study was begun, as its folder keeps it: the report of a study that was stopped and gone on with is
-- then the same to the bit as that of one that was not. What differs from run to run, such as its duration, is in
-- runs.txt.

local command = require "study.command"

local origin = {}

--- What the file holds; nil where there is none yet.
local function read(path)
    local text = command.text(path)
    if not text then return nil end
    local chunk, message = load(text, "@" .. path, "t", {})
    if not chunk then error(message, 0) end
    return chunk()
end

--- The machine and the program, in a line.
local function machine()
    local here = study.environment()
    return ("Lunette %s on %s, %d cores, %s"):format(here.version, here.processor, here.cores, here.vectors)
end

--- What is known of the study's begin: `date` (UTC), and `machines`, where it was worked on, in their order. A study
--- that goes on elsewhere adds to them.
function origin.open(folder)
    local path, here = folder .. "/origin.lua", machine()
    local found = read(path) or {date = os.date("!%Y-%m-%d"), machines = {}}
    for _, known in ipairs(found.machines) do
        if known == here then return found end
    end
    table.insert(found.machines, here)
    local lines = {}
    for i, known in ipairs(found.machines) do lines[i] = ("%q"):format(known) end
    study.write_text(path, ("return {date = %q, machines = {%s}}\n"):format(found.date, table.concat(lines, ", ")))
    return found
end

--- Adds a line to runs.txt: when a run ended, how long it took, and how many jobs it did.
function origin.add_run(folder, seconds, jobs)
    study.add_line(folder .. "/runs.txt", ("%s: %.0f s, %d jobs, %d threads, %s"):format(os.date("!%Y-%m-%d %H:%M:%S UTC"),
        seconds, jobs, torch.get_num_threads(), machine()))
end

return origin
