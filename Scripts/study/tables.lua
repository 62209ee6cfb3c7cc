-- The numbers of a study: every score, and what they say of the methods.

local scoring = require "study.scoring"
local trials = require "study.trials"

local tables = {}

--- Writes a text file, whole or not at all.
function tables.write(path, text)
    local temporary = path .. ".part"
    local file = assert(io.open(temporary, "w"))
    assert(file:write(text))
    assert(file:close())
    assert(os.rename(temporary, path))
end

--- The rows of results.csv: one a method, n, split and test volume.
function tables.results(lab)
    local lines = {"n,split,method,subject," .. table.concat(scoring.measures, ",")}
    for _, trial in ipairs(trials.all(lab.config)) do
        for _, row in ipairs(lab.plan:result(trial.name .. "/scores").rows) do
            local cells = {trial.n, trial.split, trial.method, row.subject}
            for i, measure in ipairs(scoring.measures) do cells[4 + i] = ("%.6f"):format(row[measure]) end
            lines[#lines + 1] = table.concat(cells, ",")
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

local function mean(values)
    local sum = 0
    for _, value in ipairs(values) do sum = sum + value end
    return sum / #values
end

--- The standard deviation of a sample; 0 of a single value.
local function deviation(values)
    if #values < 2 then return 0 end
    local center, sum = mean(values), 0
    for _, value in ipairs(values) do sum = sum + (value - center) ^ 2 end
    return math.sqrt(sum / (#values - 1))
end

--- By method and n, what `measure` came to: a table of entries[method][n] = {mean, sd, splits, subjects}.
---
--- `splits` are the means of the splits, of which `mean` and `sd` are. `subjects` has for each test volume its mean
--- over the splits in which it was tested: volumes are what can be taken for independent, a volume's splits are not.
local function gather(lab, measure)
    local entries = {}
    for _, trial in ipairs(trials.all(lab.config)) do
        entries[trial.method] = entries[trial.method] or {}
        local entry = entries[trial.method][trial.n] or {splits = {}, by_subject = {}}
        entries[trial.method][trial.n] = entry
        local values = {}
        for i, row in ipairs(lab.plan:result(trial.name .. "/scores").rows) do
            values[i] = row[measure]
            local of_subject = entry.by_subject[row.subject] or {}
            of_subject[#of_subject + 1], entry.by_subject[row.subject] = row[measure], of_subject
        end
        entry.splits[trial.split] = mean(values)
    end
    for _, sizes in pairs(entries) do
        for _, entry in pairs(sizes) do
            local names = {}
            for name in pairs(entry.by_subject) do names[#names + 1] = name end
            table.sort(names)
            entry.subjects = {}
            for i, name in ipairs(names) do entry.subjects[i] = mean(entry.by_subject[name]) end
            entry.mean, entry.sd = mean(entry.splits), deviation(entry.splits)
        end
    end
    return entries
end

--- What a measure came to, compared with the reference: a list, by n and then by method, of {n, method, mean, sd}, and
--- for methods beside the reference `gain`, `low`, `high` (reference - method, with its 95% interval), `p`, and in how
--- many of the splits the reference was better, `wins`.
function tables.compare(lab, measure)
    local config, entries, list = lab.config, gather(lab, measure), {}
    for _, n in ipairs(config.sizes) do
        for _, method in ipairs(trials.methods(config)) do
            local entry = entries[method][n]
            local reference = (entries[config.reference] or {})[n]
            if entry then
                local row = {n = n, method = method, mean = entry.mean, sd = entry.sd}
                list[#list + 1] = row
                if reference and method ~= config.reference then
                    local interval = stats.bootstrap(reference.subjects, entry.subjects,
                        {generator = torch.Generator(config.seed)})
                    row.gain, row.low, row.high = interval.mean, interval.low, interval.high
                    row.p = stats.wilcoxon(reference.subjects, entry.subjects).p
                    row.wins = 0
                    for split, value in ipairs(entry.splits) do
                        if reference.splits[split] > value then row.wins = row.wins + 1 end
                    end
                end
            end
        end
    end
    return list
end

--- How the comparisons are to be read.
function tables.explanation(config)
    return ("Mean and sd are over the means of %d splits. The gain is %s - method over test volumes, each the mean of "
        .. "the splits that it was tested in, with its 95%% paired bootstrap interval (10000 resamples); p is of "
        .. "Wilcoxon's signed-rank test over the same pairs; wins counts splits where %s was better. Masks are compared "
        .. "in the subject's own space, calibration (ECE) on the network's grid."):format(
        config.splits, config.reference, config.reference)
end

local function comparison_lines(lab, measure)
    local lines = {measure, "  n  method            mean      sd   gain of " .. lab.config.reference
        .. "  95% interval          p  wins"}
    for _, row in ipairs(tables.compare(lab, measure)) do
        local line = ("%3d  %-16s %.4f  %.4f"):format(row.n, row.method, row.mean, row.sd)
        if row.gain then
            line = line .. ("   %+.4f      %+.4f to %+.4f  %.4f  %d/%d"):format(
                row.gain, row.low, row.high, row.p, row.wins, lab.config.splits)
        end
        lines[#lines + 1] = line
    end
    return lines
end

--- The bank's diagnosis and the autoencoders, by group: a list of {group, count, kurtosis, independent,
--- full_covariance, elbo, error, verdict, summary}.
function tables.groups(lab)
    local list = {}
    for group, row in ipairs(lab.plan:result("bank").diagnosis) do
        local vae = lab.plan:result("prior/" .. group)
        list[group] = {group = group, count = row.count, kurtosis = row.kurtosis, independent = row.independent,
            full_covariance = row.full_covariance, elbo = vae.elbo, error = vae.error, verdict = row.verdict,
            summary = row.summary}
    end
    return list
end

local function group_lines(lab)
    local lines = {"Kernel bank and autoencoders (nats a kernel: of Gaussians with each source network held out in "
        .. "turn, of the\nautoencoders on the last one, which they did not see; error: mean square)",
        "group  kernels  kurtosis  independent  full cov.      VAE  error"}
    for _, row in ipairs(tables.groups(lab)) do
        lines[#lines + 1] = ("%5d  %7d  %8.2f  %11.2f  %9.2f  %7.2f  %.3f"):format(row.group, row.count, row.kurtosis,
            row.independent, row.full_covariance, row.elbo, row.error)
    end
    for _, row in ipairs(tables.groups(lab)) do lines[#lines + 1] = ("group %d: %s"):format(row.group, row.summary) end
    lines[#lines + 1] = bayes.verdict_rule
    return lines
end

local function tuning_lines(lab)
    local lines = {"Chosen on validation volumes (mean Dice)"}
    for _, entry in ipairs(trials.tuning(lab)) do
        lines[#lines + 1] = ("%-16s %-24s %.4f%s"):format(entry.method, entry.name, entry.dice,
            entry.chosen and "  chosen" or "")
    end
    return lines
end

--- All tables as text.
function tables.summary(lab)
    local parts = {}
    for _, which in ipairs{"source", "target"} do
        for _, bad in ipairs(lab.data.rejected[which]) do
            parts[#parts + 1] = ("left out of the %s: %s: %s"):format(which, bad.id, bad.error)
        end
    end
    parts[#parts + 1] = table.concat(group_lines(lab), "\n")
    parts[#parts + 1] = table.concat(tuning_lines(lab), "\n")
    for _, measure in ipairs(scoring.measures) do
        parts[#parts + 1] = table.concat(comparison_lines(lab, measure), "\n")
    end
    parts[#parts + 1] = tables.explanation(lab.config)
    parts[#parts + 1] = volumes.empty_mask_rule
    return table.concat(parts, "\n\n") .. "\n"
end

return tables
