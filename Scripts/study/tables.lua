-- The numbers of a study: every score, and what they say of the methods.

local comparison = require "study.comparison"
local failures = require "study.failures"
local lists = require "study.lists"
local measures = require "study.measures"
local Methods = require "study.methods"
local Priors = require "study.priors"
local Trials = require "study.trials"

local Tables = {}
Tables.__index = Tables

--- The tables of the finished `trials` and `priors`, and of the subjects of `data` that were left out.
function Tables.new(config, data, priors, trials)
    return setmetatable({config = config, rejected = data.rejected, priors = priors, trials = trials, compared = {},
        measures = measures.of(config), structures = trials.structures}, Tables)
end

--- What a measure came to for a class or region, by default for what decides, compared with the reference: the rows of
--- `comparison.rows`, which are kept.
function Tables:compare(measure, structure)
    local config, trials = self.config, {}
    structure = structure or self.structures[1]
    self.compared[structure] = self.compared[structure] or {}
    local compared = self.compared[structure]
    if not compared[measure.name] then
        for i, trial in ipairs(self.trials.list) do
            trials[i] = {n = trial.n, split = trial.split, method = trial.method,
                rows = self.trials:rows(trial, structure)}
        end
        compared[measure.name] = comparison.rows(measure, trials, {reference = config.reference,
            methods = Trials.methods(config), sizes = config.sizes})
    end
    return compared[measure.name]
end

--- The means of all measures for a class or region: a list of {n, method, means}, `means` by the measure's name.
function Tables:overview(structure)
    local rows = {}
    for _, measure in ipairs(self.measures) do
        for i, row in ipairs(self:compare(measure, structure)) do
            rows[i] = rows[i] or {n = row.n, method = row.method, means = {}}
            rows[i].means[measure.name] = row.mean
        end
    end
    return rows
end

--- The classes or regions of which there are several, beside their mean; none where there is one.
function Tables:parts() return {table.unpack(self.structures, 2)} end

--- How the comparisons are to be read.
function Tables:explanation()
    local reference, splits, parts = self.config.reference, self.config.splits, self:parts()
    local of_parts = #parts == 0 and "" or (" A volume's score is here the mean over %s, and is not defined where one "
        .. "of them is not; comparisons.csv has the comparisons for each of them, corrected by themselves."):format(
        lists.words(parts))
    return (("REF is compared with every other method at each n, on the same test volumes, learning from the same "
        .. "training volumes. A mean is over N pairs of a split, of %d, and a test volume; sd is that of the splits' "
        .. "means. The gain of REF is the difference of the two means beside it, as they are shown, and above 0 where "
        .. "REF is better, whichever way a measure goes. Its 95%% interval and p (two-sided) are those of a model with "
        .. "random effects of splits and of volumes, so that they hold for other splits and volumes like these (with "
        .. "one split: for this one); the pairs for which REF was better (won), worse (lost) and equal (tied) are "
        .. "counted. The p shown is corrected by Holm's method for all comparisons of a measure, those of all n and "
        .. "methods: below %g a difference counts as established. A score that is not defined for a method is left "
        .. "out for its partner, too, and the table tells how many there were. Masks are compared in the subject's own "
        .. "space, volumes (ml) without the sign of their difference, calibration (ECE) and likelihood (NLL) on the "
        .. "network's grid."):format(splits, comparison.level):gsub("REF", (reference:gsub("%%", "%%%%")))) .. of_parts
end

--- A measure's title, with the class or region that it is of where one is given.
local function title(measure, structure)
    return structure and ("%s of %s"):format(measure.title, structure) or measure.title
end

--- What the comparisons of a measure say of a class or region, by default of what decides, in sentences.
function Tables:finding(measure, structure)
    return comparison.finding(setmetatable({title = title(measure, structure)}, {__index = measure}),
        self:compare(measure, structure), self.config.reference)
end

--- What was found of all measures, and of Dice for each of several classes or regions: a list of texts. Measures of
--- which the same is to be said are named together.
function Tables:findings()
    local titles, bodies = {}, {}
    local function add(measure, structure)
        local name = title(measure, structure)
        local body = self:finding(measure, structure):sub(#name + 1)
        if not titles[body] then titles[body], bodies[#bodies + 1] = {}, body end
        table.insert(titles[body], name)
    end
    for _, measure in ipairs(self.measures) do add(measure) end
    for _, structure in ipairs(self:parts()) do add(measures.named("dice"), structure) end
    local lines = {}
    for i, body in ipairs(bodies) do lines[i] = lists.words(titles[body]) .. body end
    if #self:parts() > 0 then
        table.insert(lines, 1, ("Where none is named, scores are means over %s."):format(lists.words(self:parts())))
    end
    return lines
end

--- A caption, with what it is the mean over where there are several classes or regions.
function Tables:about(caption)
    local parts = self:parts()
    return #parts == 0 and caption or ("%s Means over %s."):format(caption, lists.words(parts))
end

--- What stands under the table of a measure.
function Tables.caption(measure, rows)
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

--- What the reference gains over the method of a row, and the interval of that, as texts.
function Tables.gain(measure, row)
    local function text(value) return measures.text(measure, value, true) end
    return text(measures.shown_gain(measure, row.reference, row.mean)), text(row.low) .. " to " .. text(row.high)
end

local function comparison_lines(self, measure)
    local reference, rows = self.config.reference, self:compare(measure)
    local lines = {Tables.caption(measure, rows),
        ("  n  %-16s  %9s  %9s  %9s  %9s  %20s  %8s  %-17s  %s"):format("method", "mean", "sd", reference, "gain",
            "95% interval", "p (Holm)", "won/lost/tied", "N")}
    for _, row in ipairs(rows) do
        local function text(value) return measures.text(measure, value) end
        local line = ("%3d  %-16s  %9s  %9s"):format(row.n, row.method, text(row.mean), text(row.sd))
        if row.gain then
            local gain, interval = Tables.gain(measure, row)
            line = line .. ("  %9s  %9s  %20s  %8.4f  %-17s"):format(text(row.reference), gain, interval, row.corrected,
                ("%d/%d/%d"):format(row.wins, row.losses, row.ties))
        else
            line = line .. (" "):rep(75)
        end
        line = line .. ("  %7d"):format(row.pairs)
        if row.left_out > 0 then line = line .. (", %d left out"):format(row.left_out) end
        lines[#lines + 1] = line
    end
    lines[#lines + 1] = self:finding(measure)
    return lines
end

local function overview_lines(self, structure)
    local lines, header = {structure .. ": means of all measures"}, ("  n  %-16s"):format("method")
    for _, measure in ipairs(self.measures) do header = header .. ("  %12s"):format(measure.name) end
    lines[2] = header
    for _, row in ipairs(self:overview(structure)) do
        local line = ("%3d  %-16s"):format(row.n, row.method)
        for _, measure in ipairs(self.measures) do
            line = line .. ("  %12s"):format(measures.text(measure, row.means[measure.name]))
        end
        lines[#lines + 1] = line
    end
    lines[#lines + 1] = self:finding(measures.named("dice"), structure)
    return lines
end

--- The bank's diagnosis and a trained prior, by group: a list of {group, count, kurtosis, independent,
--- full_covariance, elbo, normals, error, verdict, summary, warning}: `elbo` and `normals` are of the prior and of
--- independent normals that learnt from the same kernels, on the same held-out ones; `warning` is there where the prior
--- is worth less.
function Tables:groups(prior)
    local list = {}
    for group, row in ipairs(self.priors:diagnosis()) do
        local trained = self.priors:result(prior, group)
        list[group] = {group = group, count = row.count, kurtosis = row.kurtosis, independent = row.independent,
            full_covariance = row.full_covariance, elbo = trained.elbo, normals = trained.normals,
            error = trained.error, verdict = row.verdict, summary = row.summary, warning = trained.warning}
    end
    return list
end

local function group_lines(self, prior)
    local lines = {("Kernel bank and %s (nats a kernel: of Gaussians with each source network held out in "
        .. "turn; of the\n%s, and of independent normals that learnt from the same kernels, on the last one, "
        .. "which they did\nnot see; error: mean square)"):format(prior.trained.plural, prior.trained.plural),
        ("group  kernels  kurtosis  independent  full cov.  %7s  normals  error"):format(prior.trained.title)}
    local rows = self:groups(prior)
    for _, row in ipairs(rows) do
        lines[#lines + 1] = ("%5d  %7d  %8.2f  %11.2f  %9.2f  %7.2f  %7.2f  %.3f"):format(row.group, row.count,
            row.kurtosis, row.independent, row.full_covariance, row.elbo, row.normals, row.error)
    end
    for _, row in ipairs(rows) do lines[#lines + 1] = ("group %d: %s"):format(row.group, row.summary) end
    for _, row in ipairs(rows) do
        if row.warning then lines[#lines + 1] = "warning: " .. row.warning end
    end
    lines[#lines + 1] = bayes.verdict_rule
    return lines
end

--- What the user's own priors are worth, by prior and group: a list of {name, group, kernels, log_prob, bound, training,
--- normals, full_covariance}, densities in nats a kernel, all but `training` on kernels of the last source network.
function Tables:own_priors()
    local list = {}
    for _, own in ipairs(Priors.own) do
        for group in ipairs(self.priors.groups) do
            local row = self.priors.plan:result(Priors.own_job(own, group))
            row.name, row.group = own.name, group
            list[#list + 1] = row
        end
    end
    return list
end

local function own_lines(self)
    local lines = {"Priors of one's own (nats a kernel, on the source network that none of them saw)",
        ("%-16s group  kernels  held out  training  normals  full cov."):format("prior")}
    for _, row in ipairs(self:own_priors()) do
        lines[#lines + 1] = ("%-16s %5d  %7d  %8.2f  %8.2f  %7.2f  %9.2f%s"):format(row.name, row.group, row.kernels,
            row.log_prob, row.training, row.normals, row.full_covariance, row.bound and "  (a bound)" or "")
    end
    return lines
end

local function tuning_lines(self)
    local measure = Trials.tuning_measure(self.config)
    local lines = {("Chosen on validation volumes (mean of the measure '%s', %s is better)"):format(measure.name,
        measure.better)}
    for _, entry in ipairs(self.trials:tuning()) do
        lines[#lines + 1] = ("%-16s %-24s %9s%s%s"):format(entry.method, entry.name,
            measures.text(measure, entry.score), entry.chosen and "  chosen" or "",
            entry.left_out > 0 and ("  (%d volumes left out)"):format(entry.left_out) or "")
    end
    return lines
end

--- The subjects that could not be used: a list of {"source" or "target", name, error}.
function Tables:subjects_left_out()
    local rows = {}
    for _, which in ipairs{"source", "target"} do
        for _, bad in ipairs(self.rejected[which]) do rows[#rows + 1] = {which, bad.id, bad.error} end
    end
    return rows
end

--- The trainings that went back to a good state, as `on_nonfinite` allows: a list of sentences.
function Tables:restored()
    local lines = {}
    for _, trial in ipairs(self.config.on_nonfinite == "restore" and self.trials.list or {}) do
        local steps = not Methods.named(trial.method).members_of and self.trials:training(trial).restored or {}
        if #steps > 0 then
            lines[#lines + 1] = ("%s: the loss was not finite at step %s; the training went on from a state before it"):format(
                trial.name, lists.words(steps))
        end
    end
    return lines
end

--- All tables as text.
function Tables:summary()
    local parts = {}
    for i, row in ipairs(self:subjects_left_out()) do
        parts[i] = ("left out of the %s: %s: %s"):format(table.unpack(row))
    end
    for _, line in ipairs(self:restored()) do parts[#parts + 1] = line end
    for _, prior in ipairs(Priors.trained) do parts[#parts + 1] = table.concat(group_lines(self, prior), "\n") end
    if #Priors.own > 0 then parts[#parts + 1] = table.concat(own_lines(self), "\n") end
    parts[#parts + 1] = table.concat(tuning_lines(self), "\n")
    parts[#parts + 1] = "Methods\n" .. Methods.text(Trials.methods(self.config))
    for _, measure in ipairs(self.measures) do
        parts[#parts + 1] = table.concat(comparison_lines(self, measure), "\n")
    end
    for _, structure in ipairs(self:parts()) do
        parts[#parts + 1] = table.concat(overview_lines(self, structure), "\n")
    end
    parts[#parts + 1] = failures.text(failures.rows(self.config, self.trials))
    parts[#parts + 1] = self:explanation()
    parts[#parts + 1] = volumes.empty_mask_rule
    return table.concat(parts, "\n\n") .. "\n"
end

return Tables
