-- %% [markdown]
-- # When does a prior over kernels help? Reading an experiment
-- You have seen the deep weight prior at work on [phantoms](knowledge-transfer-in-mri.lua). This notebook is about the
-- question that comes next: does it *help* on scans of patients? The experiment took hours, so its scores are kept beside
-- this file, and the notebook opens in seconds. What you learn here is how to read such an experiment: what an average
-- hides, how sure one may be, and how to ask why.
--
-- You should know what a mean, a standard deviation and a p value are. Three quarters of an hour, and no computing.
--
--     lunette notebook run Notebooks/when-does-a-prior-help.lua

-- %% tags=["parameters"]
-- The experiment that is read.
name = "tumours"

-- %% [markdown]
-- ## The experiment
-- The **target** is glioma, a tumour of the brain, on FLAIR scans of 65 patients, of whom 5, 10 or 20 are learnt from. The
-- **source** is something else, nearer or further:
--
-- - `MS real`: multiple sclerosis on FLAIR scans, the same kind of scan;
-- - `MS-thick`: made-up scans of MS in slices of 6 mm, in which lesions are faint;
-- - `HIPPOCAMPUS`: another organ on another kind of scan, T1.
--
-- A **split** is a random choice of the volumes to learn from, and of 25 others to test by. All methods have the same
-- splits. Each is one number per test volume, its Dice score, and `tumours.csv` has them all, a row for each network (or ensemble).

-- %%
local here = (arg and arg[0] or ""):match("^(.*)/") or "."

--- A CSV file: a list of rows by the names of the columns, and those names.
function read_table(file)
    local rows, names = {}, nil
    for line in io.lines(("%s/evidence/%s.csv"):format(here, file)) do
        local row, i = {}, 0
        for cell in (line .. ","):gmatch("([^,]*),") do
            i = i + 1
            if not names then row[i] = cell elseif cell ~= "" then row[names[i]] = tonumber(cell) or cell end
        end
        if names then rows[#rows + 1] = row else names = row end
    end
    return rows, names
end
rows, columns = read_table(name)

--- The different values of a column, in order.
function different(rows, column)
    local found, seen = {}, {}
    for _, row in ipairs(rows) do
        if not seen[row[column]] then
            found[#found + 1], seen[row[column]] = row[column], true
        end
    end
    return found
end
sources, sizes, methods = different(rows, "step"), different(rows, "n"), different(rows, "method")
volumes_tested = table.move(columns, 5, #columns, 1, {})
print(#rows .. " trained networks, tested by " .. #volumes_tested .. " volumes, each by those of its split")
print("sources: " .. table.concat(sources, ", "))
print("methods: " .. table.concat(methods, ", "))

-- %% [markdown]
-- ## One split deceives
-- `gains` gives what one method gains over another, a number for each pair of a split and a test volume. As both have
-- learnt from the same volumes and are tested by the same ones, what is easy or hard for all drops out of the difference.
--
-- **What do you expect?** The figure shows the mean gain of DWP over random initialisation (RI) in each split, for n = 5.
-- If you had done one split only, and published it: what would have been your finding?

-- %%
--- What `method` gains over `rival` in Dice: lists of the gains, and of their splits and volumes.
function gains(rows, source, n, method, rival)
    local partners, found = {}, {values = {}, splits = {}, volumes = {}}
    for _, row in ipairs(rows) do
        if row.step == source and row.n == n and row.method == rival then partners[row.split] = row end
    end
    for _, row in ipairs(rows) do
        local partner = row.step == source and row.n == n and row.method == method and partners[row.split]
        for _, volume in ipairs(partner and volumes_tested or {}) do
            if row[volume] and partner[volume] then
                table.insert(found.values, row[volume] - partner[volume])
                table.insert(found.splits, row.split)
                table.insert(found.volumes, volume)
            end
        end
    end
    return found
end

--- The mean gain of each split.
function by_split(found)
    local sums, counts, means = {}, {}, {}
    for i, split in ipairs(found.splits) do
        sums[split], counts[split] = (sums[split] or 0) + found.values[i], (counts[split] or 0) + 1
    end
    for split in ipairs(sums) do means[split] = sums[split] / counts[split] end
    return means
end

few = sizes[1]
curves = {}
for i, source in ipairs(sources) do
    local means, places = by_split(gains(rows, source, few, "DWP", "RI")), {}
    for split in ipairs(means) do places[split] = split end
    curves[i] = {name = source, x = places, y = means}
end
plot.curves(curves, {title = ("Gain of DWP over RI, n = %d"):format(few), x = "split", y = "gain in Dice", size = {620, 320}})

-- %% [markdown]
-- ## How sure may one be?
-- The mean of all gains is a better number than that of one split. How far may it be off? Three intervals of 95%:
--
-- - **naive**: as if all pairs of a split and a volume were independent samples;
-- - **by splits**: of the splits' means alone;
-- - **crossed**: of a model in which splits *and* volumes are samples. A split that happened to be lucky is so for all its
--   volumes; a volume that suits DWP does so in all splits. `stats.crossed_effects` estimates how much of the variance is
--   due to each.
--
-- **What do you expect?** Which of the three is the widest? Which would you like best, if you wanted to publish?

-- %%
function naive(values)
    local t = torch.tensor(values)
    local mean, width = t:mean():item(), 1.96 * t:std():item() / math.sqrt(#values)
    return mean, mean - width, mean + width
end
print(("%-12s %-10s %7s   %s"):format("source", "interval", "gain", "from ... to"))
for _, source in ipairs(sources) do
    local found = gains(rows, source, few, "DWP", "RI")
    local crossed = stats.crossed_effects(found.values, found.splits, found.volumes)
    local means = by_split(found)
    local t = stats.crossed_effects(means, torch.ones(#means):totable(), torch.arange(#means):totable())
    local function line(kind, mean, low, high)
        print(("%-12s %-10s %+.3f   %+.3f ... %+.3f"):format(source, kind, mean, low, high))
    end
    line("naive", naive(found.values))
    line("by splits", t.mean, t.low, t.high)
    line("crossed", crossed.mean, crossed.low, crossed.high)
end

-- %% [markdown]
-- ## The answer, and to which question
-- The gain of DWP over RI, which knows nothing of the source, and over PR, *fine-tuning*: start from the network that was
-- trained on the source, and go on. Bars are crossed intervals.
--
-- **What do you expect?** Fine-tuning knows where each kernel belongs, DWP only what kernels look like. Where should DWP
-- gain most: with few volumes or with many, and from the nearest source or from the furthest?

-- %%
function effects(source, n, method, rival)
    local found = gains(rows, source, n, method, rival)
    return stats.crossed_effects(found.values, found.splits, found.volumes)
end

function gain_curves(rival)
    local series = {}
    for i, source in ipairs(sources) do
        series[i] = {name = source, x = {}, y = {}, errors = {}}
        for k, n in ipairs(sizes) do
            local e = effects(source, n, "DWP", rival)
            series[i].x[k], series[i].y[k], series[i].errors[k] = n, e.mean, (e.high - e.low) / 2
        end
    end
    return plot.curves(series, {title = "Gain of DWP over " .. rival, x = "volumes to learn from (n)", y = "gain in Dice",
        size = {620, 340}})
end
gain_curves("RI")

-- %%
gain_curves("PR")

-- %% [markdown]
-- ## Many questions at once
-- With 0.05 as the limit, one comparison in twenty is "significant" where nothing differs. Holm's method makes the limit
-- stricter: the smallest of $m$ p values is multiplied by $m$, the next one by $m - 1$, and so on. Which comparisons are made
-- has to be fixed *before* the scores are seen: here, those of DWP with RI and with PR, for every source and n.

-- %%
local family, p = {}, {}
for _, source in ipairs(sources) do
    for _, n in ipairs(sizes) do
        for _, rival in ipairs{"RI", "PR"} do
            local e = effects(source, n, "DWP", rival)
            family[#family + 1] = {source = source, n = n, rival = rival, effects = e}
            p[#p + 1] = e.p
        end
    end
end
local corrected, before, after = stats.holm(p), 0, 0
print(("%-12s %3s  %-5s %6s   %-18s %8s %9s"):format("source", "n", "over", "gain", "95% interval", "p", "p (Holm)"))
for i, row in ipairs(family) do
    local e = row.effects
    before, after = before + (p[i] < 0.05 and 1 or 0), after + (corrected[i] < 0.05 and 1 or 0)
    print(("%-12s %3d  %-5s %+.3f   %+.3f to %+.3f   %8.4f  %8.4f"):format(row.source, row.n, row.rival, e.mean, e.low,
        e.high, p[i], corrected[i]))
end
print(("below 0.05: %d of %d before the correction, %d after it"):format(before, #p, after))

-- %% [markdown]
-- ## Averaged over n, and all rivals
-- What is common to all three n is known better than for each: `mean_gains` averages the scores of a volume over n before
-- they are compared. DWP and fine-tuning are not the only ways to use a source, and the other priors and rivals had the
-- same splits, but only the first two of the five:
--
-- - `PRf` fine-tunes the ends of the network alone, `PR_L2SP` is pulled back to where it began;
-- - `source_posterior` and `source_low_rank` are priors *centred on the source's weights*, not on what kernels look like;
-- - `normal`, `full_covariance` and `GaussianMixture` are simpler priors over kernels than the autoencoder;
-- - `RI_ensemble` averages five networks that know nothing of the source.
--
-- **What do you expect?** How narrow is the interval for DWP now? And what do two splits tell instead of five?

-- %%
--- As `gains`, of scores that are means over all n.
function mean_gains(source, method, rival)
    local sums = {}
    for _, n in ipairs(sizes) do
        local found = gains(rows, source, n, method, rival)
        for i, value in ipairs(found.values) do
            local key = found.splits[i] .. " " .. found.volumes[i]
            local sum = sums[key] or {total = 0, count = 0, split = found.splits[i], volume = found.volumes[i]}
            sum.total, sum.count, sums[key] = sum.total + value, sum.count + 1, sum
        end
    end
    local result, keys = {values = {}, splits = {}, volumes = {}}, {}
    for key in pairs(sums) do keys[#keys + 1] = key end
    table.sort(keys)
    for _, key in ipairs(keys) do
        if sums[key].count == #sizes then
            table.insert(result.values, sums[key].total / #sizes)
            table.insert(result.splits, sums[key].split)
            table.insert(result.volumes, sums[key].volume)
        end
    end
    return result
end

print(("gain over RI, mean over all n, and half of its interval\n%-18s%s"):format("method",
    (" %-22s"):rep(#sources):format(table.unpack(sources))))
for _, method in ipairs(methods) do
    if method ~= "RI" then
        local line = ("%-18s"):format(method)
        for _, source in ipairs(sources) do
            local found = mean_gains(source, method, "RI")
            local e = stats.crossed_effects(found.values, found.splits, found.volumes)
            line = line .. (" %+.3f +- %.3f       "):format(e.mean, (e.high - e.low) / 2)
        end
        print(line)
    end
end

-- %% [markdown]
-- An interval of two splits is wide whatever was found: one difference between two numbers says next to nothing of how much
-- such numbers differ. So the others are *not* shown to be as good as RI; nothing was found out about them but that no
-- large gain jumps to the eye.
--
-- ## Does a better density segment better?
-- A prior is a density over kernels, and `densities.csv` has how many nats each gives to kernels that it has not seen, beside
-- the mean Dice of the networks that had it as their prior.
--
-- **What do you expect?** Each point below is a prior after a source and at an n. If a better density made a better
-- segmentation, how would they lie?

-- %%
local densities = read_table("densities")
local series, centred = {}, {x = {}, y = {}}
for i, source in ipairs(sources) do
    series[i] = {name = source, x = {}, y = {}}
    for _, n in ipairs(sizes) do
        local group = {}
        for _, row in ipairs(densities) do
            if row.step == source and row.n == n then group[#group + 1] = row end
        end
        local x, y = 0, 0
        for _, row in ipairs(group) do x, y = x + row.log_prob / #group, y + row.dice / #group end
        for _, row in ipairs(group) do
            table.insert(series[i].x, row.log_prob - x)
            table.insert(series[i].y, row.dice - y)
            table.insert(centred.x, row.log_prob - x)
            table.insert(centred.y, row.dice - y)
        end
    end
end
local x, y = torch.tensor(centred.x), torch.tensor(centred.y)
print(("correlation over %d priors: %.2f"):format(#centred.x, ((x * y):sum() / (x:square():sum() * y:square():sum()):sqrt()):item()))
plot.scatter(series, {title = "Each against the mean of its source and n", x = "nats a held-out kernel, more or less",
    y = "Dice, more or less", size = {620, 360}})

-- %% [markdown]
-- The densities differ by ten nats, a factor of 20,000 in each kernel's probability, and the scores by a few hundredths, in no
-- order: the best density, the Gaussian of full covariance, is on the right, and more often below the line of 0 than above it.
-- With two splits a point's height is mostly chance, so a weak relation may hide in it; a strong one cannot.

-- %% [markdown]
-- **Exercise 1.** Is fine-tuning better than random initialisation here? For which source would you have said so without
-- looking?

-- %% tags=["solution"]
for _, source in ipairs(sources) do
    for _, n in ipairs(sizes) do
        local e = effects(source, n, "PR", "RI")
        print(("PR over RI, %-12s n = %2d: %+.3f (%+.3f to %+.3f)"):format(source, n, e.mean, e.low, e.high))
    end
end

-- %% [markdown]
-- **Exercise 2.** How many splits would make the interval of a gain as narrow as $\pm 0.015$? Intervals shrink about as
-- $1 / \sqrt{S}$ with the number of splits $S$, at best: what varies between the test patients stays.

-- %% tags=["solution"]
for _, source in ipairs(sources) do
    for _, n in ipairs{sizes[1], sizes[#sizes]} do
        local e = effects(source, n, "DWP", "RI")
        local half = (e.high - e.low) / 2
        print(("%-12s n = %2d: +- %.3f with %d splits, so about %d"):format(source, n, half, e.splits,
            math.ceil(e.splits * (half / 0.015) ^ 2)))
    end
end

-- %% [markdown]
-- ## Where something carries over
-- Is it the experiment that cannot show a gain? `simulated.csv` has the same one on simulated tumours, in eight splits, with
-- three other sources: `none` is simulated MS with the *same anatomies and voxels* as the target, `contrast` the same in slices
-- of 6 mm with another order of tissues, `MS-thick` another set altogether.
--
-- **What do you expect?** Which of the three could help fine-tuning (PR), and would DWP have its share of that?

-- %%
rows, columns = read_table("simulated")
volumes_tested = table.move(columns, 5, #columns, 1, {})
print(("%-10s %-11s %6s   %-16s   %5s"):format("source", "", "gain", "95% interval", "p"))
for _, source in ipairs(different(rows, "step")) do
    for _, pair in ipairs{{"DWP", "RI"}, {"PR", "RI"}, {"DWP", "PR"}} do
        local found = mean_gains(source, pair[1], pair[2])
        local e = stats.crossed_effects(found.values, found.splits, found.volumes)
        print(("%-10s %s over %s  %+.3f   %+.3f to %+.3f   %.3f"):format(source, pair[1], pair[2], e.mean, e.low, e.high,
            e.p))
    end
end

-- %% [markdown]
-- Fine-tuning gains most from `none`, where the weights are in the right places already; DWP, which is told what kernels look
-- like and not where they belong, gains nothing there, and is behind fine-tuning. The intervals are as narrow as on real
-- tumours, so the experiment can see a gain of 0.03, if barely: 0.042 is one p of nine, and would not survive Holm's method.

-- %% [markdown]
-- ## What this shows, and what not
-- In none of the 18 comparisons was a difference established, and fine-tuning is no better than random initialisation either
-- (exercise 1): here *nothing* that was carried over from the source helped, so a prior over kernels had nothing to add. For
-- n = 20 the intervals are narrow enough to rule a gain of 0.05 out; for n = 5 they are not, but from the nearest source.
-- Averaged over n, a gain of DWP over RI of more than 0.015 is ruled out for all three.
--
-- **How easily one finds something.** When this experiment was run first, the networks without a prior were allowed to stop
-- after 200 of 800 steps, and with 5 volumes, where that was chosen, they did well by it. The same 200 steps were then used
-- for 20 volumes, which is far too short: DWP was ahead of RI by 0.12 Dice at n = 20, in three splits, for all three sources.
-- Counted in passes through the volumes instead, so that 20 volumes get 800 steps, the gain was gone: it is what you see
-- above. A rival that is tuned a little worse is the easiest way to a result.
--
-- What you have *not* seen:
-- - voxels of 6 mm, a narrow network and 800 steps are not a clinic's setting: with finer voxels, the source may matter;
-- - one target, one choice of values for each method, five splits of 65 patients;
-- - Dice only: whether a posterior knows better where it is wrong is another question.
