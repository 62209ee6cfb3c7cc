-- A study on a cluster of Slurm's: the scripts of its jobs, and what a worker does when it is told to leave.

local command = require "study.command"
local records = require "study.records"

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
    parser:flag("--slurm", "write Slurm's scripts for workers and a report to OUTPUT/slurm, and end")
    parser:flag("--submit", "with --slurm: submit them")
    parser:flag("--cancel", "cancel what was submitted, and end")
    command.integer(parser, "--workers", "with --slurm: how many workers", "10", 1)
    command.integer(parser, "--throttle", "with --slurm: how many of them at a time at most; 0: all", "0", 0)
    parser:option("--time", "with --slurm: the time limit of a worker, as sbatch takes it [the partition's]")
    parser:option("--memory", "with --slurm: a worker's memory, as sbatch's --mem takes it [the partition's]")
    parser:option("--partition", "with --slurm: the partition [the cluster's]")
    parser:option("--account", "with --slurm: the account [the user's]")
end

--- The lines of sbatch for a script: `name` is the job's, `log` where its output goes.
local function header(options, name, log)
    local lines = {"#!/bin/sh", "#SBATCH --job-name=" .. name, "#SBATCH --chdir=" .. output_of("pwd"), "#SBATCH --output=" .. log, "#SBATCH --open-mode=append",
        "#SBATCH --requeue", "#SBATCH --cpus-per-task=" .. (options.threads or 1)}
    for _, pair in ipairs{{"time", options.time}, {"mem", options.memory}, {"partition", options.partition},
        {"account", options.account}} do
        if pair[2] then lines[#lines + 1] = ("#SBATCH --%s=%s"):format(pair[1], pair[2]) end
    end
    return lines
end

--- Writes the scripts to the folder `slurm` of a study: `run` is the command line of a worker but for what is added here.
--- Gives the paths of both.
function slurm.write(options, path, run)
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
function slurm.submit(path, paths)
    local workers = output_of("sbatch --parsable " .. quoted(paths[1])):match("^%d+")
    local report = output_of(("sbatch --parsable --dependency=afterany:%s %s"):format(workers, quoted(paths[2]))):match("^%d+")
    study.write_text(jobs_file(path), workers .. " " .. report .. "\n")
    return ("submitted: job %s, and job %s for the report; --status tells how far they are"):format(workers, report)
end

--- Cancels the jobs that were submitted last; gives a sentence.
function slurm.cancel(path)
    local file = io.open(jobs_file(path))
    if not file then error(("--cancel: nothing was submitted for '%s'"):format(path), 0) end
    local numbers = file:read("a"):match("[%d ]+")
    file:close()
    output_of("scancel " .. numbers)
    return "cancelled: jobs " .. numbers .. "; what they kept is there, and goes on when it is submitted again"
end

--- Ends a worker that a signal has told to leave; one whose time is over is queued again.
function slurm.leave(signal)
    print(("stopped by SIG%s; what was done is kept, and others go on"):format(signal))
    local job = os.getenv("SLURM_JOB_ID")
    if signal == "USR1" and job then os.execute("scontrol requeue " .. quoted(job)) end
    os.exit(75, true)
end

--- The command line of this run without the options of Slurm.
function slurm.command_line(arguments)
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

return slurm
