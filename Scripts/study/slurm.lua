-- Studies that many processes work on: the options of workers, and on a cluster of Slurm's the scripts of its jobs, and
-- what a worker does when it is told to leave.

local command = require "study.command"
local lists = require "study.lists"
local records = require "study.records"

-- Files of priors lose it.
local exit = os.exit

local slurm = {}

-- Seconds before the end of its time at which a worker is told to begin again.
local notice = 120

--- A text as a word of the shell.
local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- What a command prints; an error where it fails.
local function output_of(line)
    local pipe = assert(io.popen(line))
    local text = pipe:read("a")
    if not pipe:close() then error(("'%s' failed"):format(line), 0) end
    return (text:gsub("%s+$", ""))
end

--- Adds the options of the command line to a parser of argparse.
function slurm.add_options(parser)
    parser:flag("--worker", "work together with other such processes, without a report")
    command.integer(parser, "--tries", "how often workers try a job that fails", "3", 1)
    parser:flag("--status", "tell how far it is, by its folder, and end")
    parser:flag("--slurm", "write Slurm's scripts for workers and a report to OUTPUT/slurm, and end")
    parser:flag("--submit", "with --slurm: submit them")
    parser:flag("--cancel", "cancel what was submitted, and end")
    command.integer(parser, "--workers", "with --slurm: how many workers [10]", nil, 1)
    command.integer(parser, "--throttle", "with --slurm: how many of them at a time at most; 0: all [0]", nil, 0)
    parser:option("--time", "with --slurm: the time limit of a worker, as sbatch takes it; none: the partition's "
        .. "[one and a half times what is left to do, by what jobs took in OUTPUT]")
    parser:option("--memory", "with --slurm: a worker's memory, as sbatch's --mem takes it; none: the partition's "
        .. "[one and a quarter of the most that one took in OUTPUT, 1 GB at least]")
    parser:option("--partition", "with --slurm: the partition [the cluster's]")
    parser:option("--account", "with --slurm: the account [the user's]")
end

--- The time limit in minutes and the memory in MB of a worker, by what was measured in the `folders` of studies; nil
--- where nothing was.
local function measured(options, folders)
    local seconds, memory = 0, 0
    for _, folder in ipairs(folders) do
        local times = records.times(folder)
        memory = math.max(memory, times.memory)
        local left = records.unfinished(records.jobs(folder), records.finished(folder))
        seconds = seconds + (records.remaining(left, times) or 0)
    end
    if memory == 0 then return end
    return math.ceil((1.5 * seconds / options.workers + 5 * notice) / 60), math.max(1000, math.ceil(1.25 * memory))
end

--- The options with a limit of time and memory where there is one; says where it is from.
local function with_limits(options, folders)
    local time, memory = measured(options, folders)
    print(time and ("measured in the folder: %d minutes and %d MB a worker do; --time and --memory say otherwise"):format(
        time, memory) or "nothing was measured yet in the folder: without --time and --memory the partition's limits hold")
    local function limit(given, found)
        if given == "none" then return end
        return given or found
    end
    return lists.merged(options, {time = limit(options.time, time) or false,
        memory = limit(options.memory, memory and memory .. "M") or false})
end

--- The lines of sbatch for a script: `name` is the job's, `log` where its output goes.
local function header(options, name, log)
    local lines = {"#!/bin/sh", "#SBATCH --job-name=" .. name, "#SBATCH --chdir=" .. output_of("pwd"),
        "#SBATCH --output=" .. log, "#SBATCH --open-mode=append", "#SBATCH --requeue",
        "#SBATCH --cpus-per-task=" .. (options.threads or 1)}
    for _, pair in ipairs{{"time", options.time}, {"mem", options.memory}, {"partition", options.partition},
        {"account", options.account}} do
        if pair[2] then lines[#lines + 1] = ("#SBATCH --%s=%s"):format(pair[1], pair[2]) end
    end
    return lines
end

--- Writes the scripts to the folder `slurm` in that of the studies: `run` is the command line of a worker but for what
--- is added here. Gives the paths of both.
local function write(options, path, run)
    local folder = path .. "/slurm"
    local workers = header(options, "lunette", folder .. "/worker-%A-%a.log")
    workers[#workers + 1] = ("#SBATCH --array=1-%d%s"):format(options.workers,
        options.throttle > 0 and "%" .. options.throttle or "")
    -- The script is replaced by the program, which is so told itself.
    workers[#workers + 1] = "#SBATCH --signal=B:USR1@" .. notice
    workers[#workers + 1] = "exec " .. run .. " --worker"
    local report = header(options, "lunette-report", folder .. "/report-%A.log")
    -- What workers that were killed have left over is done first.
    report[#report + 1] = run .. " --worker && exec " .. run
    local paths = {folder .. "/workers.sh", folder .. "/report.sh"}
    study.write_text(paths[1], table.concat(workers, "\n") .. "\n")
    study.write_text(paths[2], table.concat(report, "\n") .. "\n")
    return paths
end

local function jobs_file(path) return path .. "/slurm/jobs.txt" end

--- Submits the scripts, the report after the workers; gives a sentence. The numbers of the jobs are kept for `cancel`.
local function submit(path, paths)
    local workers = output_of("sbatch --parsable " .. quoted(paths[1])):match("^%d+")
    local report = output_of(("sbatch --parsable --dependency=afterany:%s %s"):format(workers, quoted(paths[2]))):match("^%d+")
    study.write_text(jobs_file(path), workers .. " " .. report .. "\n")
    return ("submitted: job %s, and job %s for the report; --status tells how far they are"):format(workers, report)
end

--- Cancels the jobs that were submitted last; gives a sentence.
local function cancel(path)
    local text = command.text(jobs_file(path))
    if not text then error(("--cancel: nothing was submitted for '%s'"):format(path), 0) end
    local numbers = text:match("[%d ]+")
    output_of("scancel " .. numbers)
    return "cancelled: jobs " .. numbers .. "; what they kept is there, and goes on when it is submitted again"
end

--- Ends a worker that a signal has told to leave; one whose time is over is queued again.
function slurm.leave(signal)
    print(("stopped by SIG%s; what was done is kept, and others go on"):format(signal))
    local job = os.getenv("SLURM_JOB_ID")
    if signal == "USR1" and job then os.execute("scontrol requeue " .. quoted(job)) end
    exit(75, true)
end

--- The command line of this run without the options of Slurm.
local function command_line(arguments)
    local own = {["--slurm"] = 0, ["--submit"] = 0, ["--workers"] = 1, ["--throttle"] = 1, ["--time"] = 1, ["--memory"] = 1,
        ["--partition"] = 1, ["--account"] = 1, ["--worker"] = 0}
    local words, skip = {quoted(output_of("command -v " .. quoted(arguments[-1]))), quoted(arguments[0])}, 0
    for _, argument in ipairs(arguments) do
        local name, value = argument:match("^(%-%-[%a-]+)(=?)")
        if skip > 0 then
            skip = skip - 1
        elseif own[name] then
            skip = value == "=" and 0 or own[name]
        else
            words[#words + 1] = quoted(argument)
        end
    end
    return table.concat(words, " ")
end

--- Does what the options ask for beside work: tells of studies, or hands them to Slurm; false where they ask for none of
--- that. `path` is the folder that Slurm's scripts are written to, `folders` those of the studies, and `arguments` the
--- command line.
function slurm.act(options, path, folders, arguments)
    if options.status then
        for _, folder in ipairs(folders) do print(records.status(folder)) end
    elseif options.cancel then
        print(cancel(path))
    elseif options.slurm then
        options = lists.merged(options, {workers = options.workers or 10, throttle = options.throttle or 0})
        local paths = write(with_limits(options, folders), path, command_line(arguments))
        print("written: " .. lists.words(paths))
        print(options.submit and submit(path, paths) or "sbatch takes them; --submit does so")
    else
        for _, name in ipairs{"submit", "workers", "throttle", "time", "memory", "partition", "account"} do
            if options[name] then error(("--%s: goes with --slurm, which is not given"):format(name), 0) end
        end
        return false
    end
    return true
end

return slurm
