-- The report of a study: one HTML page with its tables and figures.

local configuration = require "study.configuration"
local failures = require "study.failures"
local Figures = require "study.figures"
local lists = require "study.lists"
local measures = require "study.measures"
local Methods = require "study.methods"
local Priors = require "study.priors"
local Scoring = require "study.scoring"
local Tables = require "study.tables"
local Trials = require "study.trials"

local page = {}

--- Adds the table of a measure.
local function add_table(out, tables, measure, reference)
    local rows, compared = {}, tables:compare(measure)
    for i, row in ipairs(compared) do
        local cells = {row.n, row.method, row.mean, row.sd, "", "", "", "", "", row.pairs}
        if row.gain then
            cells[5] = row.reference
            cells[6], cells[7] = Tables.gain(measure, row)
            cells[8] = ("%.4f"):format(row.corrected)
            cells[9] = ("%d/%d/%d"):format(row.wins, row.losses, row.ties)
        end
        if row.left_out > 0 then cells[10] = ("%d, %d left out"):format(row.pairs, row.left_out) end
        rows[i] = cells
    end
    local of_reference = reference .. "'s mean"
    out:table({"n", "method", "mean", "sd", of_reference, "gain", "95% interval", "p (Holm)", "won/lost/tied",
        "N"}, rows,
        {caption = tables:about(Tables.caption(measure, compared)), best = {mean = measures.best(measure)},
            best_within = "n",
            align = {"right", "left", "right", "right", "right", "right", "right", "right", "right", "right"},
            decimals = {mean = measure.decimals, sd = measure.decimals, [of_reference] = measure.decimals}})
end

--- Adds what was found, in sentences.
local function add_findings(out, tables)
    out:heading("Findings"):text(table.concat(tables:findings(), "\n\n"))
end

--- Adds the tables of the measures, with figures of those that are drawn or without of the others.
local function add_scores(out, figures, tables, config, drawn)
    for _, measure in ipairs(tables.measures) do
        if (measure.drawn or false) == drawn then
            if drawn then
                figures:add(out, measure.name, Figures.against_n(tables:compare(measure), measure, measure.title),
                    tables:about(("%s on unseen volumes; bars: sd of the means of the splits."):format(measure.title)))
            end
            add_table(out, tables, measure, config.reference)
        end
    end
end

--- Adds a table of means for each of several classes or regions.
local function add_parts(out, tables)
    local parts, notes = tables:parts(), {}
    if #parts == 0 then return end
    for _, measure in ipairs(tables.measures) do
        if measure.unit ~= "" then notes[#notes + 1] = ("%s in %s"):format(measure.short, measure.unit) end
    end
    local note = lists.words(notes) .. (tables.config.lesions and "; L is lesion by lesion" or "")
    out:heading("Each of " .. lists.words(parts))
    for _, structure in ipairs(parts) do
        local rows, columns, best, decimals, align = {}, {"n", "method"}, {}, {}, {"right", "left"}
        for i, measure in ipairs(tables.measures) do
            local title = measure.short
            columns[2 + i], align[2 + i] = title, "right"
            best[title], decimals[title] = measures.best(measure), measure.decimals - 1
        end
        for i, row in ipairs(tables:overview(structure)) do
            rows[i] = {row.n, row.method}
            for k, measure in ipairs(tables.measures) do rows[i][2 + k] = row.means[measure.name] end
        end
        out:table(columns, rows, {best = best, best_within = "n", align = align, decimals = decimals,
            caption = ("%s: means over unseen volumes; %s."):format(structure, note)})
    end
end

--- Adds what uncertainties are worth for finding cases that failed.
local function add_failures(out, figures, config, trials)
    out:heading("Failure detection"):text(failures.explanation)
    local rows, cells = failures.rows(config, trials), {}
    for i, row in ipairs(rows) do cells[i] = {row.n, row.method, row.risk, row.aurc, row.sd, row.eaurc} end
    for _, n in ipairs(config.sizes) do
        local series = {}
        for _, row in ipairs(rows) do
            if row.n == n then
                local one = {name = row.method, x = {}, y = {}}
                for k, point in ipairs(row.curve) do one.x[k], one.y[k] = point.coverage, point.risk end
                series[#series + 1] = one
            end
        end
        figures:add(out, ("failures-n%02d"):format(n), plot.curves(series, {title = "n = " .. n,
            x = "share of cases kept", y = "mean risk of those kept"}),
            "Mean risk (1 - Dice) of the cases kept when the most uncertain ones are left out; mean over splits.")
    end
    out:table({"n", "method", "mean risk", "AURC", "sd", "E-AURC"}, cells, {best = {AURC = "min", ["E-AURC"] = "min"},
        best_within = "n", decimals = {["mean risk"] = 4, AURC = 4, sd = 4, ["E-AURC"] = 4},
        caption = "Smaller is better."})
end

local function add_reliability(out, figures, trials, sizes)
    out:heading("Calibration")
    for _, n in ipairs(sizes) do
        local series, sums = {}, {}
        for _, trial in ipairs(trials.list) do
            if trial.n == n then
                if not sums[trial.method] then
                    sums[trial.method] = {}
                    series[#series + 1] = trial.method
                end
                Scoring.add_bins(sums[trial.method], trials:scores(trial).bins)
            end
        end
        for i, method in ipairs(series) do series[i] = {name = method, bins = Scoring.bins(sums[method])} end
        figures:add(out, ("reliability-n%02d"):format(n), plot.reliability(series, {title = "n = " .. n}),
            "How often voxels were of a class or region, against the probability given to them; all splits.")
    end
end

--- Adds the trainings that were `restored`, and the losses, and the bounds on the divergence from the prior in nats, of
--- those in the first split.
local function add_training(out, figures, config, source, trials, restored)
    out:heading("Training")
    for _, line in ipairs(restored) do out:text(line) end
    local smooth = math.max(1, config.steps // 40)
    figures:add(out, "loss-source", plot.curves(source:losses(), {x = "step", y = "loss", smooth = smooth}),
        "Loss of the source networks")
    for _, n in ipairs(config.sizes) do
        local losses, bounds = {}, {}
        for _, trial in ipairs(trials.list) do
            if trial.split == 1 and trial.n == n and not Methods.named(trial.method).members_of then
                local record = trials:training(trial)
                losses[#losses + 1] = {name = trial.method, y = record.losses}
                local total = {}
                for _, values in pairs(record.bounds) do
                    for step, value in ipairs(values) do total[step] = (total[step] or 0) + value end
                end
                if #total > 0 then bounds[#bounds + 1] = {name = trial.method, y = total} end
            end
        end
        figures:add(out, ("loss-n%02d"):format(n), plot.curves(losses, {x = "step", y = "loss", smooth = smooth}),
            ("Data term on the target, n = %d, first split"):format(n))
        if #bounds > 0 then
            figures:add(out, ("divergence-n%02d"):format(n), plot.curves(bounds, {x = "step", y = "nats"}),
                ("Bound on the divergence from the prior, n = %d, first split"):format(n))
        end
    end
end

--- Adds the table of a trained prior by group, beside the bank's diagnosis.
local function add_prior_table(out, tables, prior)
    local rows, warnings = {}, {}
    for i, row in ipairs(tables:groups(prior)) do
        rows[i] = {row.group, row.count, row.kurtosis, row.independent, row.full_covariance, row.elbo, row.normals,
            row.error, row.verdict, row.warning and "worse than normals" or ""}
        if row.warning then warnings[#warnings + 1] = "Warning: " .. row.warning .. "." end
    end
    out:table({"group", "kernels", "kurtosis", "independent normals", "full covariance", prior.trained.title, "normals",
        "reconstruction error", "verdict", ""},
        rows, {caption = ("Log densities in nats a kernel: of Gaussians (independent normals, full covariance) with "
            .. "each source network held out in turn; of the PLURAL, and of independent normals that learnt from "
            .. "the same kernels ('normals'), on the last one, which they did not see; the PLURAL' mean squared "
            .. "error there. Kernels are divided by their layer's RMS. The kurtosis of uniform numbers is 1.8, of "
            .. "normal ones 3. "):gsub("PLURAL", prior.trained.plural) .. bayes.verdict_rule})
    if #warnings > 0 then out:text(table.concat(warnings, "\n\n")) end
end

--- Adds what a trained prior learnt: kernels drawn from it, and how its training went.
local function add_prior_figures(out, figures, priors, prior, seed)
    local groups, bounds = {}, {}
    for group in ipairs(priors.groups) do
        local generator, kernels = torch.Generator(seed), priors:held_out(group)
        local order = torch.randperm(kernels:size(1), {generator = generator})
        local count = math.min(8, kernels:size(1))
        groups[#groups + 1] = {title = "group " .. group .. ": source networks",
            kernels = kernels:index_select(1, order)[{{1, count}}]}
        groups[#groups + 1] = {title = "drawn from the prior",
            kernels = priors:load(prior, group):sample(count, {generator = generator})}
        bounds[group] = {name = "group " .. group, y = priors:result(prior, group).held_out_bounds}
    end
    local plural = prior.trained.plural
    figures:add(out, prior.trained.figures.kernels, plot.kernels(groups),
        ("Kernels of source networks, and kernels drawn from the %s"):format(plural))
    figures:add(out, prior.trained.figures.elbo, plot.curves(bounds, {x = "epoch", y = "nats a kernel"}),
        ("ELBO of kernels held out from training, which chose the epoch, while the %s were trained"):format(plural))
end

--- Adds what the user's own priors are worth, by group, and kernels drawn from them.
local function add_own_priors(out, figures, tables, priors, seed)
    local rows = {}
    for i, row in ipairs(tables:own_priors()) do
        rows[i] = {row.name, row.group, row.kernels, row.log_prob, row.bound and "bound" or "exact", row.training,
            row.normals, row.full_covariance}
    end
    if #rows == 0 then return end
    out:table({"prior", "group", "kernels", "held out", "density", "training", "normals", "full covariance"}, rows,
        {caption = "Log densities of one's own priors in nats a kernel: on kernels of the source network that they did "
            .. "not see, and on those that they were fitted to; 'normals' and 'full covariance' are Gaussians fitted "
            .. "to the same kernels."})
    for _, own in ipairs(Priors.own) do
        local groups = {}
        for group in ipairs(priors.groups) do
            local fitted = priors:own_prior(own, group)
            if fitted.can_sample then
                groups[#groups + 1] = {title = "group " .. group,
                    kernels = fitted:sample(8, {generator = torch.Generator(seed)})}
            end
        end
        if #groups > 0 then
            figures:add(out, "kernels-" .. own.name, plot.kernels(groups),
                ("Kernels drawn from the prior %s"):format(own.name))
        end
    end
end

local function add_tuning(out, config, trials)
    local measure, rows = Trials.tuning_measure(config), {}
    for i, entry in ipairs(trials:tuning()) do
        local left_out = entry.left_out > 0 and (" (%d volumes left out)"):format(entry.left_out) or ""
        rows[i] = {entry.method, entry.name, entry.score, (entry.chosen and "chosen" or "") .. left_out}
    end
    if #rows == 0 then return end
    out:heading("Tuning")
    out:table({"method", "values", measure.title, ""}, rows, {decimals = {[measure.title] = measure.decimals},
        best = {[measure.title] = measures.best(measure)}, best_within = "method",
        caption = ("Mean over validation volumes, none of which is in a split; %s is better."):format(measure.better)})
end

local function add_subjects_left_out(out, tables)
    local rows = tables:subjects_left_out()
    if #rows == 0 then return end
    out:heading("Subjects left out")
    out:table({"of", "subject", "why"}, rows)
end

--- Writes the report to `folder`/report.html, and its figures to `folder`/figures; `parts` has the finished parts of
--- the study: `config`, `origin`, `data`, `source`, `priors`, `trials`, `scoring` and `tables`.
function page.write(folder, parts)
    local config, trials, tables = parts.config, parts.trials, parts.tables
    local figures = Figures.new(folder .. "/figures")
    local out = report.page("Deep weight priors: the study",
        {subtitle = ("%d source and %d target networks, seed %d. Begun on %s with %s"):format(
            config.source_networks + 1, #trials.list, config.seed, parts.origin.date,
            table.concat(parts.origin.machines, "; gone on with "))})
    add_findings(out, tables)
    out:heading("Methods"):text(Methods.text(Trials.methods(config)))
    out:heading("Scores"):text(tables:explanation() .. "\n\n" .. volumes.empty_mask_rule)
    add_scores(out, figures, tables, config, true)
    add_parts(out, tables)
    figures:add_predictions(out, config, parts.data.splits[1], parts.scoring)
    add_reliability(out, figures, trials, config.sizes)
    add_failures(out, figures, config, trials)
    out:heading("Other measures")
    add_scores(out, figures, tables, config, false)
    add_tuning(out, config, trials)
    out:heading("Kernels and priors")
    for _, prior in ipairs(Priors.trained) do
        add_prior_table(out, tables, prior)
        add_prior_figures(out, figures, parts.priors, prior, config.seed)
    end
    add_own_priors(out, figures, tables, parts.priors, config.seed)
    add_training(out, figures, config, parts.source, trials, tables:restored())
    add_subjects_left_out(out, tables)
    out:heading("Configuration")
    out:code(configuration.text(config), {caption = "As --config reads it"})
    out:save(folder .. "/report.html")
end

return page
