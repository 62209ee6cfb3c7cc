-- Failure detection: whether a network is unsure of the cases that it segments badly.

local lists = require "study.lists"
local Trials = require "study.trials"

local failures = {}

--- How the numbers are to be read.
failures.explanation = "The risk of a case is 1 - Dice, its uncertainty that of volumes.case_uncertainty: the largest "
    .. "mean entropy of a cube of 10 voxels a side. AURC is the mean risk of the cases that are kept, over all shares "
    .. "of cases kept, the most uncertain ones left out first: below the mean risk where uncertainty finds failures. "
    .. "E-AURC is its excess over the best order. All are means over splits, sd that of the splits' AURC."

--- What the uncertainties of a trial's cases are worth: what `stats.risk_coverage` gives.
local function coverage(trials, trial)
    local risks, uncertainties = {}, {}
    for i, row in ipairs(trials:rows(trial, trials.structures[1])) do
        risks[i], uncertainties[i] = 1 - row.dice, row.uncertainty
    end
    return stats.risk_coverage(risks, uncertainties)
end

--- The means over splits of what `coverage` gave for each.
local function summary(n, method, splits)
    local areas, excess, row = {}, {}, {n = n, method = method, curve = {}}
    for i, split in ipairs(splits) do
        areas[i], excess[i] = split.aurc, split.eaurc
        for k, point in ipairs(split.curve) do
            local mean = row.curve[k] or {coverage = point.coverage, risk = 0}
            row.curve[k], mean.risk = mean, mean.risk + point.risk / #splits
        end
    end
    row.aurc, row.eaurc, row.sd = lists.mean(areas), lists.mean(excess), lists.deviation(areas)
    -- With all cases kept, the risk is their mean.
    row.risk = row.curve[#row.curve].risk
    return row
end

--- What uncertainties are worth by n and then by method: a list of {n, method, risk, aurc, eaurc, sd, curve}, means
--- over splits but for `sd`, which is that of the splits' AURC; `curve` is a list of {coverage, risk}.
function failures.rows(config, trials)
    local rows = {}
    for _, n in ipairs(config.sizes) do
        for _, method in ipairs(Trials.methods(config)) do
            local splits = {}
            for _, trial in ipairs(trials.list) do
                if trial.n == n and trial.method == method then splits[#splits + 1] = coverage(trials, trial) end
            end
            if #splits > 0 then rows[#rows + 1] = summary(n, method, splits) end
        end
    end
    return rows
end

--- The rows as text.
function failures.text(rows)
    local lines = {"Failure detection",
        ("  n  %-16s  %9s  %9s  %9s  %9s"):format("method", "mean risk", "AURC", "sd", "E-AURC")}
    for _, row in ipairs(rows) do
        lines[#lines + 1] = ("%3d  %-16s  %9.4f  %9.4f  %9s  %9.4f"):format(row.n, row.method, row.risk, row.aurc,
            row.sd == row.sd and ("%.4f"):format(row.sd) or "–", row.eaurc)
    end
    lines[#lines + 1] = failures.explanation
    return table.concat(lines, "\n")
end

return failures
