-- What the study says of random scores, for every measure that is declared. The script's arguments are the folder of
-- the study's script and a seed; it returns the number of comparisons that were looked at.

local folder, seed = ...
package.path = folder .. "/?.lua;" .. package.path
local comparison = require "study.comparison"
local measures = require "study.measures"
local tables = require "study.tables"
local trials = require "study.trials"

local generator = torch.Generator(seed)
local function draw() return torch.rand(1, {generator = generator}):item() end
local function whole(least, most) return math.min(most, least + math.floor(draw() * (most - least + 1))) end

--- A score between the measure's limits, coarse so that some are equal; now and then none.
local function score(measure, gap)
    if draw() < gap then return ({0 / 0, math.huge, -math.huge, nil})[whole(1, 4)] end
    local low, high = measure.limits[1], math.min(measure.limits[2], measure.limits[1] + 100)
    return low + (high - low) * whole(0, 40) / 40
end

--- Trials of several methods at several n on the same volumes, some of which are in several splits.
local function random_trials(measure, sizes, methods, gap)
    local list, volumes = {}, whole(1, 14)
    for split = 1, whole(1, 3) do
        local subjects = {}
        for volume = 1, volumes do
            if draw() < 0.7 then subjects[#subjects + 1] = "volume " .. volume end
        end
        for _, n in ipairs(sizes) do
            for _, method in ipairs(methods) do
                local rows = {}
                for i, subject in ipairs(subjects) do
                    rows[i] = {subject = subject, [measure.name] = score(measure, gap)}
                end
                list[#list + 1] = {n = n, split = split, method = method, rows = rows}
            end
        end
    end
    return list
end

--- The score of a method for a volume in a split; nil where there is none that counts.
local function found(measure, list, n, method, split, subject)
    for _, trial in ipairs(list) do
        if trial.n == n and trial.method == method and trial.split == split then
            for _, row in ipairs(trial.rows) do
                local value = row[measure.name]
                local counts = value and value == value and math.abs(value) ~= math.huge
                if row.subject == subject and counts then return value end
            end
        end
    end
end

--- The two means by their definition: over the pairs of a volume and a split where both are defined.
local function means(measure, list, row, reference)
    local sums, count, left_out = {0, 0}, 0, 0
    for volume = 1, 14 do
        for split = 1, 3 do
            local subject = "volume " .. volume
            local a = found(measure, list, row.n, row.method, split, subject)
            local b = found(measure, list, row.n, reference, split, subject)
            if a and b then sums[1], sums[2], count = sums[1] + a, sums[2] + b, count + 1 end
            for _, trial in ipairs(list) do
                if trial.n == row.n and trial.method == row.method and trial.split == split and not (a and b) then
                    for _, one in ipairs(trial.rows) do left_out = left_out + (one.subject == subject and 1 or 0) end
                end
            end
        end
    end
    return sums[1] / count, sums[2] / count, count, left_out
end

local function close(a, b) return math.abs(a - b) <= 1e-9 * math.max(1, math.abs(a)) end

--- Looks at the rows of one table; returns the number of comparisons.
local function check(measure, list, settings, rows)
    local p, tested = {}, {}
    for _, row in ipairs(rows) do
        local own, others, count, left_out = means(measure, list, row, settings.reference)
        assert(row.pairs == count and row.left_out == left_out, "pairs")
        assert(count == 0 or close(row.mean, own), "mean")
        if row.gain then
            p[#p + 1], tested[#tested + 1] = row.p, row
            assert(close(row.reference, others), "mean of the reference")
            -- The direction, read off the declaration's word.
            local is_better = row.reference > row.mean
            if measure.better == "smaller" then is_better = row.reference < row.mean end
            assert((row.gain > 0) == is_better and math.abs(row.gain) == math.abs(row.reference - row.mean), "gain")
            assert(row.wins + row.losses + row.ties == row.pairs, "wins")
            assert(row.low <= row.high, "interval")
            assert((row.losses > 0 or row.gain >= 0) and (row.wins > 0 or row.gain <= 0), "signs")
            local shown = {measures.text(measure, row.reference), measures.text(measure, row.mean),
                measures.text(measure, measures.shown_gain(measure, row.reference, row.mean), true)}
            local sign = measure.better == "larger" and 1 or -1
            local difference = sign * (tonumber(shown[1]) - tonumber(shown[2]))
            assert(close(tonumber(shown[3]), difference), table.concat(shown, " "))
        else
            assert(row.method == settings.reference or row.pairs == 0, "no gain")
        end
    end
    local corrected = stats.holm(p)
    for i, row in ipairs(tested) do
        assert(row.corrected == corrected[i] and row.corrected >= row.p and row.comparisons == #p, "Holm")
        for _, other in ipairs(tested) do assert(row.p > other.p or row.corrected <= other.corrected, "order") end
    end
    return #tested
end

--- What changes places with the reference has the opposite gain, and its wins are losses.
local function check_exchange(measure, list, settings, rows)
    for _, row in ipairs(rows) do
        if row.gain then
            local exchanged = comparison.rows(measure, list, {reference = row.method, sizes = {row.n},
                methods = {settings.reference}})[1]
            assert(exchanged.gain == -row.gain and exchanged.p == row.p and exchanged.ties == row.ties, "exchanged")
            assert(exchanged.wins == row.losses and exchanged.losses == row.wins, "exchanged wins")
            assert(exchanged.mean == row.reference and exchanged.reference == row.mean, "exchanged means")
            assert(exchanged.left_out == row.left_out and exchanged.pairs == row.pairs, "exchanged pairs")
        end
    end
end

--- The sentences name a method as better or worse only where it is.
local function check_finding(measure, rows, reference)
    local text = comparison.finding(measure, rows, reference)
    assert(text:find(measure.title .. ": ", 1, true) == 1)
    local better, worse = text:match("is better than ([^.]*)%.") or "", text:match("is worse than ([^.]*)%.") or ""
    for _, row in ipairs(rows) do
        if row.corrected and row.corrected < comparison.level then
            assert((row.gain > 0 and better or worse):find(row.method, 1, true), text)
        end
    end
    local caption = tables.caption(measure, rows)
    assert(caption:find(measure.better .. " is better", 1, true), caption)
end

--- The best of candidates is one that none is better than.
local function check_choice(measure)
    local scores = {}
    for i = 1, whole(1, 6) do scores[i] = score(measure, 0.2) or 0 / 0 end
    local chosen = scores[trials.best(measure, scores)]
    for _, other in ipairs(scores) do
        if other == other and math.abs(other) ~= math.huge then
            assert(measure.better == "larger" and chosen >= other or measure.better == "smaller" and chosen <= other)
            assert(other >= measure.limits[1] and other <= measure.limits[2])
        end
    end
    assert(measures.best(measure) == (measure.better == "larger" and "max" or "min"))
end

local looked_at = 0
for _, measure in ipairs(measures.list) do
    for round = 1, 6 do
        local sizes, methods = ({{5}, {5, 10}, {2, 3, 20}})[whole(1, 3)], {}
        for i = 1, whole(2, 4) do methods[i] = "method " .. i end
        local list = random_trials(measure, sizes, methods, round % 2 == 0 and 0 or 0.15)
        local settings = {reference = methods[whole(1, #methods)], methods = methods, sizes = sizes}
        local rows = comparison.rows(measure, list, settings)
        looked_at = looked_at + check(measure, list, settings, rows)
        if round <= 2 then check_exchange(measure, list, settings, rows) end
        check_finding(measure, rows, settings.reference)
        check_choice(measure)
    end
    -- One method far better than the other, on enough volumes: found so, in the measure's direction.
    local list = {}
    for place, method in ipairs{"good", "bad"} do
        local rows = {}
        for i = 1, 12 do
            local best = (measure.better == "larger") == (method == "good")
            rows[i] = {subject = "volume " .. i, [measure.name] = (best and 0.9 or 0.1) + i / 1000}
        end
        list[place] = {n = 5, split = 1, method = method, rows = rows}
    end
    for _, reference in ipairs{"good", "bad"} do
        local rows = comparison.rows(measure, list, {reference = reference, methods = {"good", "bad"}, sizes = {5}})
        local text = comparison.finding(measure, rows, reference)
        local word, other = table.unpack(reference == "good" and {"better", "bad"} or {"worse", "good"})
        assert(text == ("%s: %s is %s than %s at n = 5."):format(measure.title, reference, word, other), text)
    end
end

-- What was told of HD95 as a gain of 14.98, and two wins of two.
local list = {}
for split = 1, 2 do
    list[#list + 1] = {n = 5, split = split, method = "DWP", rows = {{subject = "a" .. split, hd95 = 24 + split / 10}}}
    list[#list + 1] = {n = 5, split = split, method = "RI", rows = {{subject = "a" .. split, hd95 = 14.6}}}
end
local row = comparison.rows(measures.named("hd95"), list,
    {reference = "DWP", methods = {"DWP", "RI"}, sizes = {5}})[2]
assert(close(row.gain, -9.55) and row.wins == 0 and row.losses == 2 and row.high < 0)

-- Every measure is one that scores have.
local names = {ece = true, nll = true}
local ones = torch.ones(2, 2, 2)
for name in pairs(volumes.region_scores(ones, ones, {lesions = true})[1]) do names[name] = true end
for _, measure in ipairs(measures.list) do assert(names[measure.name], measure.name) end

return looked_at
