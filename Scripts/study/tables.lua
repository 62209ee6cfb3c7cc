-- The numbers of a study: every score, and what they say of the methods.

local comparison = require "study.comparison"
local measures = require "study.measures"
local methods = require "study.methods"
local trials = require "study.trials"

local tables = {}

--- The rows of results.csv: one a method, n, split and test volume.
function tables.results(lab)
    local lines = {"n,split,method,subject," .. table.concat(measures.names(), ",")}
    for _, trial in ipairs(trials.all(lab.config)) do
        for _, row in ipairs(lab.plan:result(trial.name .. "/scores").rows) do
            local cells = {trial.n, trial.split, trial.method, row.subject}
            for i, measure in ipairs(measures.list) do cells[4 + i] = ("%.6f"):format(row[measure.name]) end
            lines[#lines + 1] = table.concat(cells, ",")
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

--- What a measure came to, compared with the reference: the rows of `comparison.rows`, when all trials are done.
function tables.compare(lab, measure)
    local config, list = lab.config, {}
    lab.compared = lab.compared or {}
    if lab.compared[measure.name] then return lab.compared[measure.name] end
    for i, trial in ipairs(trials.all(config)) do
        list[i] = {n = trial.n, split = trial.split, method = trial.method,
            rows = lab.plan:result(trial.name .. "/scores").rows}
    end
    lab.compared[measure.name] = comparison.rows(measure, list, {reference = config.reference,
        methods = trials.methods(config), sizes = config.sizes, seed = config.seed})
    return lab.compared[measure.name]
end

--- The rows of comparisons.csv: the comparisons of all measures, not rounded.
function tables.comparisons(lab)
    local names = {"n", "method", "mean", "sd", "reference", "gain", "low", "high", "p", "corrected", "comparisons",
        "wins", "losses", "ties", "pairs", "left_out"}
    local lines = {"measure,better," .. table.concat(names, ",")}
    for _, measure in ipairs(measures.list) do
        for _, row in ipairs(tables.compare(lab, measure)) do
            local cells = {measure.name, measure.better}
            for i, name in ipairs(names) do
                local value = row[name]
                cells[2 + i] = math.type(value) == "float" and ("%.17g"):format(value) or tostring(value or "")
            end
            lines[#lines + 1] = table.concat(cells, ",")
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

--- How the comparisons are to be read.
function tables.explanation(config)
    local reference = config.reference
    return (("REF is compared with every other method at each n, on the same test volumes, learning from the same "
        .. "training volumes. A volume's score is the mean over those of the %d splits that it was tested in. A mean "
        .. "is over the volumes, each counted once; sd is that of the splits' means. The gain of REF is the difference "
        .. "of the two means beside it, as they are shown, and above 0 where REF is better, whichever way a measure "
        .. "goes. Its 95%% interval (paired bootstrap over volumes, 10000 resamples), p (Wilcoxon's signed-rank test, "
        .. "two-sided) and the numbers of volumes for which REF was better (won), worse (lost) and equal (tied) are of "
        .. "the same scores of the same volumes. The p shown is corrected by Holm's method for all comparisons of a "
        .. "measure, those of all n and methods: below %g a difference counts as established. A score that is not "
        .. "defined for a method is left out for its partner, too, and the table tells how many there were. Masks are "
        .. "compared in the subject's own space, calibration (ECE) on the network's "
        .. "grid."):format(config.splits, comparison.level):gsub("REF", (reference:gsub("%%", "%%%%"))))
end

--- What the comparisons of a measure say, in sentences.
function tables.finding(lab, measure)
    return comparison.finding(measure, tables.compare(lab, measure), lab.config.reference)
end

--- What stands under the table of a measure.
function tables.caption(measure, rows)
    local left_out, comparisons = 0, 0
    for _, row in ipairs(rows) do
        left_out = left_out + row.left_out
        comparisons = row.comparisons or comparisons
    end
    local parts = {("%s, %s is better."):format(measures.label(measure), measure.better)}
    if comparisons > 0 then
        parts[2] = ("p is corrected for %d comparisons (Holm)."):format(comparisons)
    end
    if left_out > 0 then
        parts[#parts + 1] = ("%d scores are left out: the measure is not defined for them or for their partners.")
            :format(left_out)
    end
    return table.concat(parts, " ")
end

local function comparison_lines(lab, measure)
    local reference, rows = lab.config.reference, tables.compare(lab, measure)
    local lines = {tables.caption(measure, rows),
        ("  n  %-16s  %9s  %9s  %9s  %9s  %20s  %8s  %-17s  %s"):format("method", "mean", "sd", reference, "gain",
            "95% interval", "p (Holm)", "won/lost/tied", "volumes")}
    for _, row in ipairs(rows) do
        local function text(value, signed) return measures.text(measure, value, signed) end
        local line = ("%3d  %-16s  %9s  %9s"):format(row.n, row.method, text(row.mean), text(row.sd))
        if row.gain then
            line = line .. ("  %9s  %9s  %20s  %8.4f  %-17s"):format(text(row.reference),
                text(measures.shown_gain(measure, row.reference, row.mean), true),
                text(row.low, true) .. " to " .. text(row.high, true), row.corrected,
                ("%d/%d/%d"):format(row.wins, row.losses, row.ties))
        else
            line = line .. (" "):rep(75)
        end
        line = line .. ("  %7d"):format(row.pairs)
        if row.left_out > 0 then line = line .. (", %d left out"):format(row.left_out) end
        lines[#lines + 1] = line
    end
    lines[#lines + 1] = tables.finding(lab, measure)
    return lines
end

--- The bank's diagnosis and the autoencoders, by group: a list of {group, count, kurtosis, independent,
--- full_covariance, elbo, normals, error, verdict, summary, warning}: `elbo` and `normals` are of the autoencoder and
--- of independent normals that learnt from the same kernels, on the same held-out ones; `warning` is there where the
--- autoencoder is worth less.
function tables.groups(lab)
    local list = {}
    for group, row in ipairs(lab.plan:result("bank").diagnosis) do
        local vae = lab.plan:result("prior/" .. group)
        list[group] = {group = group, count = row.count, kurtosis = row.kurtosis, independent = row.independent,
            full_covariance = row.full_covariance, elbo = vae.elbo, normals = vae.normals, error = vae.error,
            verdict = row.verdict, summary = row.summary, warning = vae.warning}
    end
    return list
end

local function group_lines(lab)
    local lines = {"Kernel bank and autoencoders (nats a kernel: of Gaussians with each source network held out in "
        .. "turn; of the\nautoencoders, and of independent normals that learnt from the same kernels, on the last one, "
        .. "which they did\nnot see; error: mean square)",
        "group  kernels  kurtosis  independent  full cov.      VAE  normals  error"}
    for _, row in ipairs(tables.groups(lab)) do
        lines[#lines + 1] = ("%5d  %7d  %8.2f  %11.2f  %9.2f  %7.2f  %7.2f  %.3f"):format(row.group, row.count,
            row.kurtosis, row.independent, row.full_covariance, row.elbo, row.normals, row.error)
    end
    for _, row in ipairs(tables.groups(lab)) do lines[#lines + 1] = ("group %d: %s"):format(row.group, row.summary) end
    for _, row in ipairs(tables.groups(lab)) do
        if row.warning then lines[#lines + 1] = "warning: " .. row.warning end
    end
    lines[#lines + 1] = bayes.verdict_rule
    return lines
end

local function tuning_lines(lab)
    local measure = trials.tuning_measure(lab.config)
    local lines = {("Chosen on validation volumes (mean of the measure '%s', %s is better)"):format(measure.name,
        measure.better)}
    for _, entry in ipairs(trials.tuning(lab)) do
        local score = measures.text(measure, entry.score)
        lines[#lines + 1] = ("%-16s %-24s %9s%s%s"):format(entry.method, entry.name, score,
            entry.chosen and "  chosen" or "", entry.left_out > 0 and ("  (%d volumes left out)"):format(entry.left_out) or "")
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
    parts[#parts + 1] = "Methods\n" .. methods.text(trials.methods(lab.config))
    for _, measure in ipairs(measures.list) do
        parts[#parts + 1] = table.concat(comparison_lines(lab, measure), "\n")
    end
    parts[#parts + 1] = tables.explanation(lab.config)
    parts[#parts + 1] = volumes.empty_mask_rule
    return table.concat(parts, "\n\n") .. "\n"
end

return tables
