-- The answer: its sentences, figures and tables, as text, CSV and one page.

local comparison = require "study.comparison"
local csv = require "study.csv"
local Figures = require "study.figures"
local gains = require "evidence.gains"
local lists = require "study.lists"
local measures = require "study.measures"
local Methods = require "study.methods"
local Trials = require "study.trials"

local page = {}

-- The methods of the poster's figure.
local poster = {"DWP", "RI", "PR", "PRf"}

--- The names of a grid's steps.
local function step_names(evidence)
    local names = {}
    for i, step in ipairs(evidence.grid.steps) do names[i] = step.name end
    return names
end

--- Rows of a question in words, as in "DWP over RI at MS (n = 5 and 10) and MS-thick (n = 5)".
local function listed(rows)
    local by_pair, pairs_in_order = {}, {}
    for _, row in ipairs(rows) do
        local pair = ("%s over %s"):format(row.method, row.over)
        if not by_pair[pair] then by_pair[pair], pairs_in_order[#pairs_in_order + 1] = {sizes = {}, steps = {}}, pair end
        local one = by_pair[pair]
        if not one.sizes[row.step] then
            one.sizes[row.step] = {}
            table.insert(one.steps, row.step)
        end
        table.insert(one.sizes[row.step], row.n)
    end
    for i, pair in ipairs(pairs_in_order) do
        local one, places = by_pair[pair], {}
        for k, step in ipairs(one.steps) do places[k] = ("%s (n = %s)"):format(step, lists.words(one.sizes[step])) end
        pairs_in_order[i] = ("%s at %s"):format(pair, lists.words(places))
    end
    return table.concat(pairs_in_order, "; ")
end

--- What the rows of a question say, in sentences.
local function sentences(rows)
    local better, worse, open, widest = {}, {}, 0, 0
    for _, row in ipairs(rows) do
        widest = math.max(widest, (row.high - row.low) / 2)
        if row.corrected >= comparison.level then
            open = open + 1
        else
            table.insert(row.gain > 0 and better or worse, row)
        end
    end
    local parts = {}
    if #better > 0 then parts[#parts + 1] = ("Better: %s."):format(listed(better)) end
    if #worse > 0 then parts[#parts + 1] = ("Worse: %s."):format(listed(worse)) end
    if open > 0 then parts[#parts + 1] = ("In %d of %d comparisons no difference was established."):format(open, #rows) end
    parts[#parts + 1] = ("The widest interval is +- %.3f."):format(widest)
    return table.concat(parts, " ")
end

--- The gains over a rival along the steps, a figure for one n: a curve for each method.
local function gain_figure(evidence, rows, rival, n)
    local series, by_method, places = {}, {}, {}
    for i, name in ipairs(step_names(evidence)) do places[name] = i end
    for _, row in ipairs(rows) do
        if row.over == rival and row.n == n then
            local one = by_method[row.method] or {name = row.method, x = {}, y = {}, errors = {}}
            if not by_method[row.method] then series[#series + 1], by_method[row.method] = one, one end
            table.insert(one.x, places[row.step])
            table.insert(one.y, row.gain)
            table.insert(one.errors, (row.high - row.low) / 2)
        end
    end
    return plot.curves(series, {title = ("%s: gain over %s"):format(
        n == gains.all and "mean over all n" or ("n = " .. n), rival), x = "shift of the source",
        x_names = step_names(evidence), y = "gain in Dice", y_limits = {-1, 1}, size = {860, 360}})
end

--- Adds the table of a question.
local function add_gains(out, caption, rows)
    local cells = {}
    for i, row in ipairs(rows) do
        cells[i] = {row.step, row.n, row.method, row.over, row.mean, ("%+.3f"):format(row.gain),
            ("%+.3f to %+.3f"):format(row.low, row.high), ("%.4f"):format(row.p), ("%.4f"):format(row.corrected)}
    end
    out:table({"shift", "n", "method", "over", "Dice", "gain", "95% interval", "p", "p (Holm)"}, cells,
        {caption = caption, decimals = {Dice = 4},
            align = {"left", "right", "left", "left", "right", "right", "right", "right", "right"}})
end

-- The measures that densities are held against.
local judged = {gains.measures[1], gains.measures[3], gains.measures[4]}

--- The priors' densities with what each measure came to, for densities.csv: a row a step, n and prior.
local function density_rows(evidence)
    local rows, by_place = {}, {}
    for _, measure in ipairs(judged) do
        for _, n in ipairs(evidence.config.sizes) do
            for _, row in ipairs(evidence:densities(measure, n)) do
                local key = ("%s\n%d\n%s"):format(row.step, n, row.method)
                if not by_place[key] then
                    by_place[key] = row
                    rows[#rows + 1] = row
                end
                by_place[key][measure.name] = row.mean
            end
        end
    end
    return rows
end

--- Adds the measures against the priors' densities, a figure for each n.
local function add_densities(out, figures, evidence)
    out:heading("Does a better density segment better?")
    local found, correlations = density_rows(evidence), {}
    for _, measure in ipairs(judged) do
        for _, n in ipairs(evidence.config.sizes) do
            local series, by_step = {}, {}
            for _, row in ipairs(found) do
                if row.n == n then
                    local one = by_step[row.step] or {name = row.step, x = {}, y = {}}
                    if not by_step[row.step] then series[#series + 1], by_step[row.step] = one, one end
                    table.insert(one.x, row.log_prob)
                    table.insert(one.y, row[measure.name])
                end
            end
            if #series > 0 then
                figures:add(out, ("density-%s-n%02d"):format(measure.name, n), plot.scatter(series,
                    {title = ("n = %d"):format(n), x = "nats a held-out kernel", y = measures.label(measure)}),
                    ("%s on unseen volumes against the density that a prior gives to kernels of a source network that "
                        .. "it has not seen; a point is a prior at a shift."):format(measure.title))
            end
        end
        for _, row in ipairs(evidence:agreement(measure)) do
            correlations[#correlations + 1] = {row.step, row.n, row.measure, row.priors, row.correlation}
        end
    end
    out:table({"shift", "n", "measure", "priors", "rank correlation"}, correlations,
        {decimals = {["rank correlation"] = 2}, caption = "Spearman's rank correlation of density and measure over the "
            .. "priors of a shift: 1 where a better density is always better, -1 where it is always worse."})
    local rows = {}
    for i, row in ipairs(found) do
        rows[i] = {row.step, row.n, row.method, row.log_prob, row.is_bound and "bound" or "exact"}
        for _, measure in ipairs(judged) do table.insert(rows[i], row[measure.name]) end
    end
    local names, decimals = {"shift", "n", "method", "nats a kernel", "density"}, {["nats a kernel"] = 2}
    for _, measure in ipairs(judged) do
        table.insert(names, measure.short)
        decimals[measure.short] = measure.decimals
    end
    out:table(names, rows, {decimals = decimals})
end

--- Adds the poster's figure: Dice and IoU against n.
local function add_poster(out, figures, evidence)
    out:heading("Dice and IoU against the number of volumes")
    for i, step in ipairs(evidence.grid.steps) do
        for _, measure in ipairs{gains.measures[1], gains.measures[2]} do
            local rows = {}
            for _, row in ipairs(evidence:means(i, measure)) do
                if lists.contains(poster, row.method) then rows[#rows + 1] = row end
            end
            figures:add(out, ("%s-%s"):format(measure.name, step.name:gsub("%W", "_")),
                Figures.against_n(rows, measure, step.name),
                ("%s: %s on unseen volumes; bars: sd of the means of the splits."):format(step.name, measure.title))
        end
    end
end

--- Adds the means of all measures, and the values that were chosen.
local function add_means(out, evidence)
    out:heading("All means")
    local columns, decimals = {"shift", "n", "method"}, {}
    for k, measure in ipairs(gains.measures) do
        columns[3 + k], decimals[measure.short] = measure.short, measure.decimals
    end
    local rows = {}
    for i, step in ipairs(evidence.grid.steps) do
        local first = #rows
        for k, measure in ipairs(gains.measures) do
            for place, row in ipairs(evidence:means(i, measure)) do
                rows[first + place] = rows[first + place] or {step.name, row.n, row.method}
                rows[first + place][3 + k] = row.mean
            end
        end
    end
    out:table(columns, rows, {decimals = decimals,
        caption = ("Over the %d splits that all methods take part in."):format(evidence:common_splits())})
    local chosen = {}
    for i, step in ipairs(evidence.grid.steps) do
        for _, entry in ipairs(evidence.parts[i].trials:tuning()) do
            if entry.chosen then chosen[#chosen + 1] = {step.name, entry.method, entry.name, entry.score} end
        end
    end
    local measure = Trials.tuning_measure(evidence.config)
    out:table({"shift", "method", "chosen", measure.title}, chosen, {decimals = {[measure.title] = measure.decimals},
        caption = "Values chosen on validation volumes, among as many candidates for every method."})
end

--- The sentences of the answer: a list of texts.
local function findings(evidence, first, second)
    return {
        ("Is %s better than %s? %s"):format(gains.primary, lists.words(gains.rivals), sentences(first)),
        ("Is any other method? %s"):format(sentences(second)),
    }
end

local function how(evidence)
    local config, steps, common = evidence.config, {}, evidence:common_splits()
    for i, step in ipairs(evidence.grid.steps) do steps[i] = ("%s: %s."):format(step.name, step.what) end
    return ("%s\n\n%d paired splits with %d test volumes each%s; n = %s. A gain is a mean over pairs of a split and a "
        .. "volume; its interval and p are those of a model with effects of splits and of volumes, both drawn at "
        .. "random; p is corrected by Holm for all comparisons of its question. Every method has as many candidates of "
        .. "its values, chosen by %s on validation volumes."):format(table.concat(steps, "\n\n"), config.splits,
        config.test, common < config.splits and (", %s in all of them and the other methods in the first %d"):format(
            lists.words(config.methods), common) or "", lists.words(config.sizes), Trials.tuning_measure(config).title)
end

--- The gains of both questions, for evidence.csv.
local function gain_rows(first, second)
    local rows = {}
    for place, question in ipairs{first, second} do
        for _, row in ipairs(question) do
            rows[#rows + 1] = lists.merged(row, {question = place == 1 and "primary" or "secondary"})
        end
    end
    return rows
end

--- The scores that all gains are made of, for dice.csv: a row a method in a split, a column a test volume.
local function scores(evidence, measure)
    local names, columns, rows = {"step", "n", "split", "method"}, {}, {}
    for i, step in ipairs(evidence.grid.steps) do
        for _, trial in ipairs(evidence.trials[i]) do
            local row = {step = step.name, n = trial.n, split = trial.split, method = trial.method}
            for _, found in ipairs(trial.rows) do
                row[found.subject] = ("%.4f"):format(found[measure.name])
                columns[found.subject] = true
            end
            rows[#rows + 1] = row
        end
    end
    return lists.joined(names, lists.keys(columns)), rows
end

--- Writes evidence.csv, dice.csv, densities.csv, evidence.txt and evidence.html to a folder, and figures to its folder
--- `figures`; gives the text.
function page.write(folder, evidence)
    local grid, config = evidence.grid, evidence.config
    local first, second = evidence:first(), evidence:second()
    local found, figures = findings(evidence, first, second), Figures.new(folder .. "/figures")
    local out = report.page("When does a prior over kernels help?", {subtitle = grid.title})
    out:heading("Findings"):text(table.concat(found, "\n\n"))
    out:heading("How"):text(how(evidence) .. "\n\n" .. Methods.text(evidence.methods))
    out:heading("Gains along the shift")
    for _, rival in ipairs(gains.rivals) do
        for _, n in ipairs(evidence.sizes) do
            figures:add(out, ("gain-%s-n%s"):format(rival, n),
                gain_figure(evidence, lists.joined(first, second), rival, n),
                ("Above 0 a method is better than %s; bars: 95%% intervals, not corrected."):format(rival))
        end
    end
    add_gains(out, "The primary question", first)
    add_gains(out, "The secondary question", second)
    add_densities(out, figures, evidence)
    add_poster(out, figures, evidence)
    add_means(out, evidence)
    out:heading("The studies")
    for _, step in ipairs(grid.steps) do out:text(("[%s](%s/report.html)"):format(step.name, step.name:gsub(" ", "%%20"))) end
    out:save(folder .. "/evidence.html")
    local text = table.concat(found, "\n\n") .. "\n\n" .. how(evidence) .. "\n"
    study.write_text(folder .. "/evidence.csv", csv.table({"question", "step", "n", "method", "over", "mean", "gain",
        "low", "high", "p", "corrected", "comparisons"}, gain_rows(first, second)))
    study.write_text(folder .. "/densities.csv", csv.table({"step", "n", "method", "log_prob", "is_bound", "dice", "nll",
        "ece"}, density_rows(evidence)))
    study.write_text(folder .. "/dice.csv", csv.table(scores(evidence, gains.measures[1])))
    study.write_text(folder .. "/evidence.txt", text)
    return text
end

return page
