-- The evidence: when does a prior over kernels help? The study at several steps of a shift between source and target,
-- with every rival on equal terms.
--
--   lunette Scripts/evidence.lua                                        all of it in minutes, on phantoms
--   lunette Scripts/evidence.lua --grid simulated --data ../shared/data         simulated volumes
--   lunette Scripts/evidence.lua --grid tumours --data ../shared/data           real gliomas
--   lunette Scripts/evidence.lua --grid FILE.lua --target FOLDER                steps and a target of one's own
--
-- Every step is a study in a folder of its own, with its report, and all have the same splits of the target. As a
-- study it goes on where it was stopped, and any number of processes with `--worker` work on it together; `--only STEP`
-- does one step alone, and `--splits N` adds splits to those that are done.
--
-- What is compared, by which test and with which correction is fixed in evidence/gains.lua.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"
local configuration = require "study.configuration"
local gains = require "evidence.gains"
local grids = require "evidence.grids"
local lists = require "study.lists"
local page = require "evidence.page"
local run = require "study.run"
local slurm = require "study.slurm"

local parser = argparse("evidence.lua", "Compares priors with their rivals at several steps of a shift.")
parser:option("--grid", "smoke, simulated, tumours, ablation, fine, or a Lua file that returns a grid"):default("smoke")
parser:option("--data", "folder of the sets of a grid: MS, MS-thick, BRATS18 and real")
parser:option("--target", "folder of other target volumes than the grid's; its layout is found out")
parser:option("--output", "folder of the studies [runs/evidence-GRID]")
parser:option("--only", "a step to do; the answer is drawn when all are done"):count("*"):default({})
parser:option("--set", "another value of all studies, NAME=VALUE"):count("*"):default({})
command.integer(parser, "--splits", "paired random splits, instead of the grid's", nil, 1)
command.integer(parser, "--threads", "threads to use", nil, 1, 1024)
slurm.add_options(parser)
local options = parser:parse(arg)

command.run(function()
    if options.threads then torch.set_num_threads(options.threads) end

    local grid = grids.open(options.grid, options.data)
    for _, only in ipairs(options.only) do grids.check(grid, only) end
    local given, configs = lists.joined(options.set), {}
    if options.splits then given[#given + 1] = "splits=" .. options.splits end
    local function make(step, values)
        return configuration.make(grid.preset, values, grids.values(grid, step), "grid " .. grid.name)
    end
    local values = lists.joined(grids.target(options.target, make(grid.steps[1], given)), given)
    for i, step in ipairs(grid.steps) do configs[i] = make(step, values) end

    local path = options.output or ("runs/evidence-" .. grid.name)
    run.add_methods(configs[1])
    gains.check(configs[1])

    local folders, chosen = {}, {}
    for i, step in ipairs(grid.steps) do
        if #options.only == 0 or lists.contains(options.only, step.name) then chosen[#chosen + 1] = i end
        folders[i] = path .. "/" .. step.name
    end
    if slurm.act(options, path, folders, arg) then return end

    local parts = {}
    --- The study of the step at position `i`, with further arguments of `run.study`.
    local function study_of(i, ...)
        print(("\n%s: %s"):format(grid.steps[i].name, grid.steps[i].what))
        return run.study(gains.of_step(configs[i], i), folders[i], ...)
    end
    --- Works on all studies together with other processes, on whichever there is something to do.
    local function work(pause)
        local own, still = 0, {}
        for _, i in ipairs(chosen) do
            local done, signal, left = study_of(i, options.tries, true)
            if signal then slurm.leave(signal) end
            own = own + done
            if left > 0 then still[#still + 1] = i end
        end
        chosen = still
        if #chosen == 0 then return end
        if own == 0 then command.pause(pause) end
        return work(own == 0 and math.min(2 * pause, 60) or 1)
    end
    if options.worker then
        work(1)
    else
        for _, i in ipairs(chosen) do parts[i] = study_of(i) end
    end
    if #options.only > 0 or options.worker then
        print("the steps that were asked for are done; without --only and --worker the answer is drawn")
    else
        print("\n" .. page.write(path, gains.new(grid, parts)))
        print("evidence.html, evidence.txt, three CSV files and a report for each step are in " .. path)
    end
end)
