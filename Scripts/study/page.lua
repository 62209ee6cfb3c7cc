-- The report of a study: one HTML page with its tables and figures.

local configuration = require "study.configuration"
local measures = require "study.measures"
local methods = require "study.methods"
local panels = require "study.panels"
local priors = require "study.priors"
local scoring = require "study.scoring"
local tables = require "study.tables"
local trials = require "study.trials"

local page = {}

--- Adds a figure with its caption, and keeps it as files of that name.
local function add(lab, out, name, figure, caption) out:figure(panels.keep(lab, name, figure), {caption = caption}) end

--- What a measure came to against n, with the sd over splits as error bars.
local function against_n(lab, measure)
    local series, places = {}, {}
    for _, row in ipairs(tables.compare(lab, measure)) do
        if not places[row.method] then
            series[#series + 1] = {name = row.method, x = {}, y = {}, errors = {}}
            places[row.method] = series[#series]
        end
        local one = places[row.method]
        table.insert(one.x, row.n)
        table.insert(one.y, row.mean)
        table.insert(one.errors, measures.is_defined(row.sd) and row.sd or 0)
    end
    return plot.curves(series, {title = measure.title, x = "volumes to learn from", y = measures.label(measure),
        y_limits = measure.limits, size = {600, 340}})
end

--- Adds the table of a measure.
local function add_table(lab, out, measure)
    local rows, compared = {}, tables.compare(lab, measure)
    for i, row in ipairs(compared) do
        local cells = {row.n, row.method, row.mean, row.sd, "", "", "", "", "", row.pairs}
        if row.gain then
            cells[5] = row.reference
            cells[6] = measures.text(measure, measures.shown_gain(measure, row.reference, row.mean), true)
            cells[7] = measures.text(measure, row.low, true) .. " to " .. measures.text(measure, row.high, true)
            cells[8] = ("%.4f"):format(row.corrected)
            cells[9] = ("%d / %d / %d"):format(row.wins, row.losses, row.ties)
        end
        if row.left_out > 0 then cells[10] = ("%d, %d scores left out"):format(row.pairs, row.left_out) end
        rows[i] = cells
    end
    local reference = lab.config.reference .. "'s mean"
    out:table({"n", "method", "mean", "sd", reference, "gain", "95% interval", "p (Holm)", "won / lost / tied",
        "volumes"}, rows,
        {caption = tables.caption(measure, compared), best = {mean = measures.best(measure)}, best_within = "n",
            align = {"right", "left", "right", "right", "right", "right", "right", "right", "right", "right"},
            decimals = {mean = measure.decimals, sd = measure.decimals, [reference] = measure.decimals}})
end

--- Adds what was found, in sentences.
local function add_findings(lab, out)
    out:heading("Findings")
    local lines = {}
    for i, measure in ipairs(measures.list) do lines[i] = tables.finding(lab, measure) end
    out:text(table.concat(lines, "\n\n"))
end

local function add_scores(lab, out)
    out:heading("Scores"):text(tables.explanation(lab.config) .. "\n\n" .. volumes.empty_mask_rule)
    for _, measure in ipairs(measures.list) do
        if measure.drawn then
            add(lab, out, measure.name, against_n(lab, measure),
                ("%s on unseen volumes; bars: sd of the means of %d splits"):format(measure.title, lab.config.splits))
            add_table(lab, out, measure)
        end
    end
end

local function add_other_measures(lab, out)
    out:heading("Other measures")
    for _, measure in ipairs(measures.list) do
        if not measure.drawn then add_table(lab, out, measure) end
    end
end

local function add_reliability(lab, out)
    out:heading("Calibration")
    for _, n in ipairs(lab.config.sizes) do
        local series, sums = {}, {}
        for _, trial in ipairs(trials.all(lab.config)) do
            if trial.n == n then
                if not sums[trial.method] then
                    sums[trial.method] = {}
                    series[#series + 1] = trial.method
                end
                scoring.add_bins(sums[trial.method], lab.plan:result(trial.name .. "/scores").bins)
            end
        end
        for i, method in ipairs(series) do series[i] = {name = method, bins = scoring.bins(sums[method])} end
        add(lab, out, ("reliability-n%02d"):format(n), plot.reliability(series, {title = "n = " .. n}),
            "How often voxels were of the target, against the probability given to them; all splits.")
    end
end

--- The losses, and the bounds on the divergence from the prior in nats, of the trainings in the first split.
local function add_training(lab, out)
    out:heading("Training")
    local sources = {}
    for run = 1, lab.config.source_networks do
        sources[run] = {name = "network " .. run, y = lab.plan:result("source/" .. run).losses}
    end
    sources[#sources + 1] = {name = "pretrained", y = lab.plan:result("source/pretrained").losses}
    local smooth = math.max(1, lab.config.steps // 40)
    add(lab, out, "loss-source", plot.curves(sources, {x = "step", y = "loss", smooth = smooth}),
        "Loss of the source networks")
    for _, n in ipairs(lab.config.sizes) do
        local losses, bounds = {}, {}
        for _, trial in ipairs(trials.all(lab.config)) do
            if trial.split == 1 and trial.n == n then
                local record = lab.plan:result(trial.name .. "/training")
                losses[#losses + 1] = {name = trial.method, y = record.losses}
                local total = {}
                for _, values in pairs(record.bounds) do
                    for step, value in ipairs(values) do total[step] = (total[step] or 0) + value end
                end
                if #total > 0 then bounds[#bounds + 1] = {name = trial.method, y = total} end
            end
        end
        add(lab, out, ("loss-n%02d"):format(n), plot.curves(losses, {x = "step", y = "loss", smooth = smooth}),
            ("Data term on the target, n = %d, first split"):format(n))
        if #bounds > 0 then
            add(lab, out, ("divergence-n%02d"):format(n), plot.curves(bounds, {x = "step", y = "nats"}),
                ("Bound on the divergence from the prior, n = %d, first split"):format(n))
        end
    end
end

local function add_priors(lab, out)
    out:heading("Kernels and priors")
    local rows, warnings = {}, {}
    for i, row in ipairs(tables.groups(lab)) do
        rows[i] = {row.group, row.count, row.kurtosis, row.independent, row.full_covariance, row.elbo, row.normals,
            row.error, row.verdict, row.warning and "worse than normals" or ""}
        if row.warning then warnings[#warnings + 1] = "Warning: " .. row.warning .. "." end
    end
    out:table({"group", "kernels", "kurtosis", "independent normals", "full covariance", "VAE", "normals",
        "reconstruction error", "verdict", ""},
        rows, {caption = "Log densities in nats a kernel: of Gaussians (independent normals, full covariance) with "
            .. "each source network held out in turn; of the autoencoders, and of independent normals that learnt from "
            .. "the same kernels ('normals'), on the last one, which they did not see; the autoencoders' mean squared "
            .. "error there. Kernels are divided by their layer's RMS. The kurtosis of uniform numbers is 1.8, of "
            .. "normal ones 3. "
            .. bayes.verdict_rule})
    if #warnings > 0 then out:text(table.concat(warnings, "\n\n")) end
    local groups, bounds = {}, {}
    for group in ipairs(lab.groups) do
        local generator = torch.Generator(lab.config.seed)
        local kernels = priors.held_out(lab, group)
        local order = torch.randperm(kernels:size(1), {generator = generator})
        local count = math.min(8, kernels:size(1))
        groups[#groups + 1] = {title = "group " .. group .. ": source networks",
            kernels = kernels:index_select(1, order)[{{1, count}}]}
        groups[#groups + 1] = {title = "drawn from the prior",
            kernels = priors.vae(lab, group):sample(count, {generator = generator})}
        bounds[group] = {name = "group " .. group, y = lab.plan:result("prior/" .. group).held_out_bounds}
    end
    add(lab, out, "kernels", plot.kernels(groups),
        "Kernels of source networks, and kernels drawn from the autoencoders")
    add(lab, out, "elbo", plot.curves(bounds, {x = "epoch", y = "nats a kernel"}),
        "ELBO of kernels held out from training, which chose the epoch, while the autoencoders were trained")
end

local function add_tuning(lab, out)
    local measure, rows = trials.tuning_measure(lab.config), {}
    for i, entry in ipairs(trials.tuning(lab)) do
        local left_out = entry.left_out > 0 and (" (%d volumes left out)"):format(entry.left_out) or ""
        rows[i] = {entry.method, entry.name, entry.score, (entry.chosen and "chosen" or "") .. left_out}
    end
    if #rows == 0 then return end
    out:heading("Tuning")
    out:table({"method", "values", measure.title, ""}, rows, {decimals = {[measure.title] = measure.decimals},
        best = {[measure.title] = measures.best(measure)}, best_within = "method",
        caption = ("Mean over validation volumes, none of which is in a split; %s is better."):format(measure.better)})
end

local function add_subjects_left_out(lab, out)
    local rows = {}
    for _, which in ipairs{"source", "target"} do
        for _, bad in ipairs(lab.data.rejected[which]) do rows[#rows + 1] = {which, bad.id, bad.error} end
    end
    if #rows == 0 then return end
    out:heading("Subjects left out")
    out:table({"of", "subject", "why"}, rows)
end

--- Writes the report to `path`.
function page.write(lab, path)
    local out = report.page("Deep weight priors: the study",
        {subtitle = ("%d source and %d target networks, seed %d. Begun on %s with %s"):format(
            lab.config.source_networks + 1, #trials.all(lab.config), lab.config.seed, lab.origin.date,
            table.concat(lab.origin.machines, "; gone on with "))})
    add_findings(lab, out)
    out:heading("Methods"):text(methods.text(trials.methods(lab.config)))
    add_scores(lab, out)
    panels.add(lab, out)
    add_reliability(lab, out)
    add_other_measures(lab, out)
    add_tuning(lab, out)
    add_priors(lab, out)
    add_training(lab, out)
    add_subjects_left_out(lab, out)
    out:heading("Configuration")
    out:code(configuration.text(lab.config), {caption = "As --config reads it"})
    out:save(path)
end

return page
