-- Whether the reference is better than the other methods: means, gains, intervals and tests, all of the same pairs.

local lists = require "study.lists"
local measures = require "study.measures"

local comparison = {}

--- The probability, over all comparisons of a measure together, of calling any difference established that is none.
comparison.level = 0.05

--- The scores of trials by n, method, test volume and split; `trials` is a list of {n, split, method, rows}, where each
--- of the rows has the field `subject` and the measure's.
local function arranged(measure, trials)
    local scores = {}
    for _, trial in ipairs(trials) do
        local of_n = scores[trial.n] or {}
        local of_method = of_n[trial.method] or {}
        scores[trial.n], of_n[trial.method] = of_n, of_method
        for _, row in ipairs(trial.rows) do
            local of_subject = of_method[row.subject] or {}
            of_method[row.subject], of_subject[trial.split] = of_subject, row[measure.name] or false
        end
    end
    return scores
end

--- The pairs (volume, split) for which a method and its partner are both defined: the values `a` and `b`, and of each the
--- `subjects` and `splits`; the means of `a` in the splits, `split_means`; and how many of the pairs were left out.
local function paired(scores, partner)
    local found, by_split = {a = {}, b = {}, subjects = {}, splits = {}, split_means = {}, left_out = 0}, {}
    for _, subject in ipairs(lists.keys(scores, partner)) do
        local own, others = scores[subject] or {}, partner[subject] or {}
        for _, split in ipairs(lists.keys(own, others)) do
            if measures.is_defined(own[split]) and measures.is_defined(others[split]) then
                local next = #found.a + 1
                found.a[next], found.b[next] = own[split], others[split]
                found.subjects[next], found.splits[next] = subject, split
                by_split[split] = by_split[split] or {}
                table.insert(by_split[split], own[split])
            else
                found.left_out = found.left_out + 1
            end
        end
    end
    for i, split in ipairs(lists.keys(by_split)) do found.split_means[i] = lists.mean(by_split[split]) end
    return found
end

--- Adds to a row what the reference gains over it, `pairs.b` being the reference's.
local function add_gain(row, measure, pairs)
    row.reference = lists.mean(pairs.b)
    row.gain = measures.gain(measure, row.reference, row.mean)
    row.wins, row.losses, row.ties = 0, 0, 0
    local gains = {}
    for i, value in ipairs(pairs.a) do
        gains[i] = measures.gain(measure, pairs.b[i], value)
        local outcome = gains[i] > 0 and "wins" or gains[i] < 0 and "losses" or "ties"
        row[outcome] = row[outcome] + 1
    end
    if #gains < 2 then
        -- One pair tells nothing of how far others would be from it.
        row.low, row.high, row.p = -math.huge, math.huge, 1
        return
    end
    local effects = stats.crossed_effects(gains, pairs.splits, pairs.subjects)
    row.low, row.high, row.p = effects.low, effects.high, effects.p
end

--- Adds the p values corrected for the number of comparisons.
local function correct(rows)
    local tested, p = {}, {}
    for _, row in ipairs(rows) do
        if row.p then
            tested[#tested + 1], p[#p + 1] = row, row.p
        end
    end
    for i, corrected in ipairs(stats.holm(p)) do
        tested[i].corrected, tested[i].comparisons = corrected, #p
    end
end

--- What a measure came to, and what the reference gains: a list of rows by n and then by method.
---
--- `trials` is a list of {n, split, method, rows}; `settings` has `reference`, `methods` and `sizes` in the order of
--- the rows. A row has `n`, `method`, and
--- - `mean` over the `pairs` of a split and a test volume, that is their number; `sd` of the splits' means; `left_out`,
---   how many scores are not defined, and so in none of these;
--- - beside the reference, over the same pairs, of which none counts that is not defined on either side: `reference`,
---   its mean; `gain`, how much better that is; `low` and `high`, its 95% interval; `p`, two-sided; both of the model
---   of `stats.crossed_effects`, as splits and volumes are samples; `wins`, `losses` and `ties`, the pairs for which
---   the reference was better, worse and equal; and `corrected`, Holm's p for all `comparisons` of the measure.
---   Without pairs there are none.
function comparison.rows(measure, trials, settings)
    local scores, rows = arranged(measure, trials), {}
    for _, n in ipairs(settings.sizes) do
        local of_n = scores[n] or {}
        local reference = of_n[settings.reference]
        for _, method in ipairs(settings.methods) do
            if of_n[method] then
                local partner = reference or of_n[method]
                local pairs = paired(of_n[method], partner)
                local row = {n = n, method = method, mean = lists.mean(pairs.a), sd = lists.deviation(pairs.split_means),
                    pairs = #pairs.a, left_out = pairs.left_out}
                if partner ~= of_n[method] and #pairs.a > 0 then add_gain(row, measure, pairs) end
                rows[#rows + 1] = row
            end
        end
    end
    correct(rows)
    return rows
end

--- Methods with the n of each, as in "RI at n = 5 and 10; PR at n = 5"; nil where there are none.
local function listed(rows)
    local sizes, by_sizes, methods, texts, parts = {}, {}, {}, {}, {}
    for i, row in ipairs(rows) do
        methods[i] = row.method
        sizes[row.method] = sizes[row.method] or {}
        table.insert(sizes[row.method], row.n)
    end
    -- Methods with the same n are named together.
    for i, method in ipairs(lists.unique(methods)) do
        texts[i] = lists.words(sizes[method])
        by_sizes[texts[i]] = by_sizes[texts[i]] or {}
        table.insert(by_sizes[texts[i]], method)
    end
    for i, text in ipairs(lists.unique(texts)) do
        parts[i] = ("%s at n = %s"):format(lists.words(by_sizes[text]), text)
    end
    return #parts > 0 and table.concat(parts, "; ") or nil
end

--- What the rows of a measure say, in sentences: which methods the reference is better and worse than after the
--- correction, and where no difference was established.
function comparison.finding(measure, rows, reference)
    local better, worse, open = {}, {}, {}
    for _, row in ipairs(rows) do
        if row.corrected then
            local list = row.corrected >= comparison.level and open or row.gain > 0 and better or worse
            list[#list + 1] = row
        end
    end
    if #better + #worse + #open == 0 then return ("%s: nothing was compared."):format(measure.title) end
    local parts = {}
    if #better > 0 then parts[#parts + 1] = ("%s is better than %s."):format(reference, listed(better)) end
    if #worse > 0 then parts[#parts + 1] = ("%s is worse than %s."):format(reference, listed(worse)) end
    if #open > 0 then
        parts[#parts + 1] = ("No difference was established between %s and %s."):format(reference, listed(open))
    end
    return ("%s: %s"):format(measure.title, table.concat(parts, " "))
end

return comparison
