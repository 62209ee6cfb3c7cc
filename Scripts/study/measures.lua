-- What a study measures. All that depends on a measure is declared here, once: its name, unit, which way is better, its
-- decimals and the ends of its axis. To add one, add a line; its value is a field of the rows of
-- `volumes.region_scores`, or else one that `structures.scores` adds.

local measures = {}

--- Every measure, in the order of the tables.
---
--- `short`: what a narrow column is called.
--- `better`: "larger" or "smaller" values; nothing else decides what is a gain, a win, or the best of a column.
--- `drawn`: whether the report has a figure of it.
--- `limits`: what values lie between, and so the numbers that an axis does not leave.
--- `of_lesions`: whether it is taken lesion by lesion, and so only where the configuration says `lesions`.
measures.list = {
    {name = "dice", title = "Dice (DSC)", short = "Dice", unit = "", better = "larger", decimals = 4, limits = {0, 1},
        drawn = true},
    {name = "iou", title = "IoU", short = "IoU", unit = "", better = "larger", decimals = 4, limits = {0, 1},
        drawn = true},
    {name = "hd95", title = "HD95", short = "HD95", unit = "mm", better = "smaller", decimals = 2,
        limits = {0, math.huge}},
    {name = "surface_dice", title = "Surface Dice", short = "surface", unit = "", better = "larger", decimals = 4,
        limits = {0, 1}},
    {name = "sensitivity", title = "Sensitivity", short = "sens.", unit = "", better = "larger", decimals = 4,
        limits = {0, 1}},
    {name = "precision", title = "Precision", short = "prec.", unit = "", better = "larger", decimals = 4,
        limits = {0, 1}},
    {name = "ece", title = "Calibration error (ECE)", short = "ECE", unit = "", better = "smaller", decimals = 4,
        limits = {0, 1}},
    {name = "nll", title = "Negative log-likelihood", short = "NLL", unit = "nats a voxel", better = "smaller",
        decimals = 4, limits = {0, math.huge}},
    {name = "volume_error", title = "Volume error", short = "volume", unit = "ml", better = "smaller", decimals = 2,
        limits = {0, math.huge}},
    {name = "lesion_f1", title = "Lesion F1", short = "L F1", unit = "", better = "larger", decimals = 4,
        limits = {0, 1}, of_lesions = true},
    {name = "lesion_dice", title = "Lesion-wise Dice", short = "L Dice", unit = "", better = "larger", decimals = 4,
        limits = {0, 1}, of_lesions = true},
    {name = "lesion_hd95", title = "Lesion-wise HD95", short = "L HD95", unit = "mm", better = "smaller",
        decimals = 2, limits = {0, math.huge}, of_lesions = true},
}

local by_name = {}
for _, measure in ipairs(measures.list) do
    assert(measure.better == "larger" or measure.better == "smaller", measure.name)
    by_name[measure.name] = measure
end

--- The names, in order.
function measures.names(list)
    local names = {}
    for i, measure in ipairs(list) do names[i] = measure.name end
    return names
end

--- The measures that a study of these values takes, in order.
function measures.of(config)
    local taken = {}
    for _, measure in ipairs(measures.list) do
        if config.lesions or not measure.of_lesions then taken[#taken + 1] = measure end
    end
    return taken
end

--- The measure of a name.
function measures.named(name) return by_name[name] or error(("there is no measure '%s'"):format(name), 2) end

--- By how much the value `a` is better than `b`: below 0 where it is worse.
function measures.gain(measure, a, b)
    if measure.better == "larger" then return a - b end
    return b - a
end

--- Whether the value `a` is better than `b`.
function measures.is_better(measure, a, b) return measures.gain(measure, a, b) > 0 end

--- What tables mark as the best of a column of this measure: "max" or "min".
function measures.best(measure) return measure.better == "larger" and "max" or "min" end

--- Whether a score can be counted: not one of a volume for which the measure is not defined.
function measures.is_defined(value)
    return math.type(value) ~= nil and value == value and math.abs(value) < math.huge
end

--- The measure's title with its unit, as in "HD95 (mm)".
function measures.label(measure)
    return measure.unit == "" and measure.title or ("%s (%s)"):format(measure.title, measure.unit)
end

--- A value with the measure's decimals, a dash where it is not defined; `signed` with a + above 0.
function measures.text(measure, value, signed)
    if not measures.is_defined(value) then return "–" end
    return (signed and "%%+.%df" or "%%.%df"):format(measure.decimals):format(value)
end

--- A gain as it is shown: the difference of the two means as they are shown, so that who subtracts them finds it.
function measures.shown_gain(measure, a, b)
    local shown_a, shown_b = tonumber(measures.text(measure, a)), tonumber(measures.text(measure, b))
    if not (shown_a and shown_b) then return nil end
    -- No negative zero, which would be shown with its sign.
    return measures.gain(measure, shown_a, shown_b) + 0.0
end

return measures
