-- The study: do deep weight priors segment better than other ways to learn from few volumes?
--
--   lunette Scripts/study.lua --preset smoke                               all of it in a minute, on phantoms
--   lunette Scripts/study.lua --preset desk --source MS --target BRATS18   at most 100 minutes on 2 cores
--   lunette Scripts/study.lua --set 'modality={"t1", "t1ce", "t2", "flair"}' --set regions=layout   several at once
--
-- It can be stopped at any moment, even by kill -9: the same command goes on from the last checkpoints, to the same
-- bits.
-- `--worker` makes it one of any number of processes that work on a study, on one machine or on all that see its folder;
-- without it the report is drawn when they are done. `--slurm --submit` gives them to a cluster.
-- `--help` lists the options, and study/configuration.lua every value that `--config` and `--set` change.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"
local configuration = require "study.configuration"
local run = require "study.run"
local slurm = require "study.slurm"

local parser = argparse("study.lua", "Compares ways to learn a segmentation from few volumes, with statistics.")
parser:option("--preset", "the values to begin with"):choices{"smoke", "desk", "night", "paper"}:default("smoke")
parser:option("--config", "a Lua file that returns a table of other values")
parser:option("--set", "another value, NAME=VALUE"):count("*"):default({})
parser:option("--prior", "a prior of one's own as a method: FILE.lua that gives one, or a name of the module prior")
    :count("*"):default({})
parser:option("--source", "folder of source volumes; phantoms where it is left out")
parser:option("--target", "folder of target volumes; phantoms where it is left out")
parser:option("--output", "folder of the study [runs/study-PRESET]")
parser:option("--forecast", "tell how long it would take 1 to 1,000 workers, by what jobs of their kinds took in the folder "
    .. "of another study, and end")
command.integer(parser, "--threads", "threads to use", nil, 1, 1024)
slurm.add_options(parser)
local options = parser:parse(arg)

command.run(function()
    if options.source then table.insert(options.set, ("source=%q"):format(options.source)) end
    if options.target then table.insert(options.set, ("target=%q"):format(options.target)) end
    if #options.prior > 0 then
        local quoted = {}
        for i, text in ipairs(options.prior) do quoted[i] = ("%q"):format(text) end
        table.insert(options.set, ("priors={%s}"):format(table.concat(quoted, ", ")))
    end
    local config = configuration.make(options.preset, options.set,
        options.config and configuration.read(options.config), options.config)
    run.add_methods(config)
    if options.threads then torch.set_num_threads(options.threads) end

    local path = options.output or ("runs/study-" .. options.preset)
    if slurm.act(options, path, {path}, arg) then return end
    if options.forecast then return print(run.forecast(config, path, options.forecast)) end
    print(configuration.text(config))
    if options.worker then
        local _, signal = run.study(config, path, options.tries)
        if signal then slurm.leave(signal) end
        print("all jobs are done; without --worker the report is drawn")
        return
    end
    print("\n" .. run.study(config, path).summary)
    print("results.csv, comparisons.csv, summary.txt, report.html, predictions and networks are in " .. path)
end)
