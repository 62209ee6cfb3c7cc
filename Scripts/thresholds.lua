-- What the work of the method takes and no machine changes: instructions of the kernels, as callgrind counts them, and
-- the largest memory. bench.lua saves such figures, and compares them with those saved.

local thresholds = {}

--- How much more than saved is allowed: counts repeat exactly; memory depends a little on the order of the threads.
local allowed = {instructions = 1.05, GB = 1.1}

local function lines_of(path)
    local lines = {}
    for line in io.lines(path) do table.insert(lines, line) end
    return lines
end

--- The rows of the program KernelBenchmarks with their instructions, counted on one thread.
function thresholds.kernels(program)
    local folder = os.tmpname()
    os.remove(folder)
    -- A part of the count ends where one of two functions begins: every second part is a row.
    local function at(name) return ("--dump-before='$s16KernelBenchmarks%d%s*'"):format(#name, name) end
    local command = ("mkdir '%s' && SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind -q %s %s"):format(
        folder, at "run", at "end")
    local ran = os.execute(("%s --callgrind-out-file='%s/part' '%s' >'%s/names'"):format(
        command, folder, program, folder))
    local rows = {}
    for index, name in ipairs(ran and lines_of(folder .. "/names") or {}) do
        local part = ("%s/part.%d"):format(folder, 2 * index)
        for _, line in ipairs(lines_of(part)) do
            local count = line:match("^totals: (%d+)")
            if count then table.insert(rows, {name = name, unit = "instructions", value = tonumber(count)}) end
        end
    end
    os.execute(("rm -rf '%s'"):format(folder))
    if #rows == 0 then error("callgrind counted nothing of " .. program, 0) end
    return rows
end

--- Writes rows {name, unit, value} to a file.
function thresholds.save(path, rows)
    local file = assert(io.open(path, "w"))
    file:write("row,unit,value\n")
    for _, row in ipairs(rows) do file:write(('"%s",%s,%.10g\n'):format(row.name, row.unit, row.value)) end
    assert(file:close())
end

--- Prints each row beside the saved one, and tells whether none has grown by more than is allowed.
function thresholds.compare(path, rows)
    local saved, names, failures = {}, {}, {}
    for _, line in ipairs(lines_of(path)) do
        local name, value = line:match('^"(.*)",%a+,([%d.]+)$')
        if name then
            saved[name] = tonumber(value)
            table.insert(names, name)
        end
    end
    local function fail(name, reason) table.insert(failures, ("%s: %s"):format(name, reason)) end
    local form = "%-56s %14s %14s %8s"
    print(form:format("", "saved", "now", "ratio"))
    for _, row in ipairs(rows) do
        local function text(value)
            return value and (row.unit == "GB" and ("%.3f GB"):format(value) or ("%d"):format(value)) or ""
        end
        local old = saved[row.name]
        local ratio = old and row.value / old
        print(form:format(row.name, text(old), text(row.value), ratio and ("%.3f"):format(ratio) or ""))
        if not old then
            fail(row.name, "not in the file")
        elseif ratio > allowed[row.unit] then
            fail(row.name, ("%.3f times the saved %s, and %.2f are allowed"):format(ratio, row.unit, allowed[row.unit]))
        end
        saved[row.name] = nil
    end
    for _, name in ipairs(names) do
        if saved[name] then fail(name, "in the file only") end
    end
    if #failures == 0 then return true end
    print(("\n%s\nIf that is intended, or the compiler is another: Scripts/bench --save %s"):format(
        table.concat(failures, "\n"), path))
    return false
end

return thresholds
