-- The report of a study: one HTML page with its tables and figures.

local configuration = require "study.configuration"
local panels = require "study.panels"
local priors = require "study.priors"
local scoring = require "study.scoring"
local tables = require "study.tables"
local trials = require "study.trials"

local page = {}

local titles = {dice = "Dice (DSC)", iou = "IoU", hd95 = "HD95 in mm", surface_dice = "surface Dice",
    sensitivity = "sensitivity", precision = "precision", ece = "calibration error (ECE)"}

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
        table.insert(one.errors, row.sd)
    end
    return plot.curves(series, {title = titles[measure], x = "volumes to learn from", y = titles[measure]})
end

--- Adds the table of a measure.
local function add_table(lab, out, measure)
    local rows = {}
    for i, row in ipairs(tables.compare(lab, measure)) do
        local interval = row.gain and ("%+.4f to %+.4f"):format(row.low, row.high) or ""
        rows[i] = {row.n, row.method, row.mean, row.sd, row.gain or "", interval, row.p or "", row.wins or ""}
    end
    local best = (measure == "hd95" or measure == "ece") and "min" or "max"
    out:table({"n", "method", "mean", "sd", "gain of " .. lab.config.reference, "95% interval", "p", "wins"}, rows,
        {caption = titles[measure], best = {mean = best}, best_within = "n"})
end

local function add_scores(lab, out)
    out:heading("Scores"):text(tables.explanation(lab.config) .. "\n\n" .. volumes.empty_mask_rule)
    for _, measure in ipairs{"dice", "iou"} do
        add(lab, out, measure, against_n(lab, measure),
            ("%s on unseen volumes; bars: sd over %d splits"):format(titles[measure], lab.config.splits))
        add_table(lab, out, measure)
    end
end

local function add_other_measures(lab, out)
    out:heading("Other measures")
    for _, measure in ipairs(scoring.measures) do
        if measure ~= "dice" and measure ~= "iou" then add_table(lab, out, measure) end
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
    local rows = {}
    for i, row in ipairs(tables.groups(lab)) do
        rows[i] = {row.group, row.count, row.kurtosis, row.independent, row.full_covariance, row.elbo, row.error,
            row.verdict}
    end
    out:table({"group", "kernels", "kurtosis", "independent normals", "full covariance", "VAE", "reconstruction error",
        "verdict"},
        rows, {caption = "Log densities in nats a kernel, of Gaussians with each source network held out in turn, of "
            .. "the autoencoders on the last one, which they did not see; their mean squared error there. Kernels are "
            .. "divided by their layer's RMS. The kurtosis of uniform numbers is 1.8, of normal ones 3. "
            .. bayes.verdict_rule})
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
        bounds[group] = {name = "group " .. group, y = lab.plan:result("prior/" .. group).bounds}
    end
    add(lab, out, "kernels", plot.kernels(groups),
        "Kernels of source networks, and kernels drawn from the autoencoders")
    add(lab, out, "elbo", plot.curves(bounds, {x = "epoch", y = "nats a kernel"}),
        "ELBO while the autoencoders were trained")
end

local function add_tuning(lab, out)
    local rows = {}
    for i, entry in ipairs(trials.tuning(lab)) do
        rows[i] = {entry.method, entry.name, entry.dice, entry.chosen and "chosen" or ""}
    end
    if #rows == 0 then return end
    out:heading("Tuning")
    out:table({"method", "values", "Dice", ""}, rows,
        {caption = "Mean Dice on validation volumes, none of which is in a split"})
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
        {subtitle = ("%d source and %d target networks, seed %d"):format(lab.config.source_networks + 1,
            #trials.all(lab.config), lab.config.seed)})
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
