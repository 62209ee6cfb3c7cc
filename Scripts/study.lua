-- The study: do deep weight priors segment better than other ways to learn from few volumes?
--
--   lunette Scripts/study.lua --preset smoke                               all of it in a minute, on phantoms
--   lunette Scripts/study.lua --preset desk --source MS --target BRATS18   at most 100 minutes on 2 cores
--
-- It can be stopped at any moment, even by kill -9: the same command goes on from the last checkpoints, to the same
-- bits.
-- `--help` lists the options, and study/configuration.lua every value that `--config` and `--set` change.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local configuration = require "study.configuration"
local Data = require "study.data"
local Plan = require "study.plan"
local methods = require "study.methods"
local origin = require "study.origin"
local page = require "study.page"
local priors = require "study.priors"
local source = require "study.source"
local tables = require "study.tables"
local trials = require "study.trials"

local parser = argparse("study.lua", "Compares ways to learn a segmentation from few volumes, with statistics.")
parser:option("--preset", "the values to begin with"):choices{"smoke", "desk", "night", "paper"}:default("smoke")
parser:option("--config", "a Lua file that returns a table of other values")
parser:option("--set", "another value, NAME=VALUE"):count("*"):default({})
parser:option("--source", "folder of source volumes; phantoms where it is left out")
parser:option("--target", "folder of target volumes; phantoms where it is left out")
parser:option("--output", "folder of the study [runs/study-PRESET]")
parser:option("--threads", "threads to use"):convert(function(text) return math.tointeger(tonumber(text)) end)
local options = parser:parse(arg)

if options.source then table.insert(options.set, "source=" .. options.source) end
if options.target then table.insert(options.set, "target=" .. options.target) end
local config = configuration.make(options.preset, options.config, options.set)
for _, name in ipairs(trials.methods(config)) do methods.named(name) end
methods.named(config.reference)
if options.threads then torch.set_num_threads(options.threads) end

local path = options.output or ("runs/study-" .. options.preset)
local runs = study.open(path, {config = config, seed = config.seed})
local values = configuration.text(config)
print(values)
study.write_text(path .. "/configuration.lua", values)

-- What all parts of the study share.
local start = progress.clock()
local lab = {config = config, path = path, origin = origin.open(path), plan = Plan.new(runs),
    data = Data.open(config, runs), groups = source.network(config, 1).kernel_layers}
source.plan(lab)
priors.plan(lab)
trials.plan(lab)
local jobs = lab.plan:run()

local summary = tables.summary(lab)
print("\n" .. summary)
study.write_text(path .. "/results.csv", tables.results(lab))
study.write_text(path .. "/comparisons.csv", tables.comparisons(lab))
study.write_text(path .. "/summary.txt", summary)
page.write(lab, path .. "/report.html")
origin.add_run(path, progress.clock() - start, jobs)
print("results.csv, comparisons.csv, summary.txt, report.html, predictions and networks are in " .. path)
