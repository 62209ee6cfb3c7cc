-- The least volumes in mm3 of components in a mask: one for each class or region, in the order of a recipe.

local least = {}

-- The sizes of which `least.choose` takes one for each class or region.
local sizes = {0, 10, 30, 100, 300, 1000, 3000}

--- The volumes that a text means, a number or NAME=NUMBER with commas: 0 for those that it does not name.
function least.read(text, recipe)
    local whole, by_name, values, fits = tonumber(text), {}, {}, true
    for part in text:gmatch("[^,]+") do
        local name, value = part:match("^%s*([^=]+)=([%d.]+)%s*$")
        if name and tonumber(value) then by_name[name] = tonumber(value) else fits = fits and whole end
    end
    if not fits or next(by_name) == nil and not whole or whole and not (whole >= 0 and whole < math.huge) then
        error(("--min-volume: a number of mm3, or NAME=NUMBER with commas, expected, got '%s'"):format(text), 0)
    end
    for i, name in ipairs(recipe.names) do
        values[i] = whole or by_name[name] or 0
        by_name[name] = nil
    end
    local unknown = next(by_name)
    if unknown then
        error(("--min-volume: there is no '%s' among %s"):format(unknown, table.concat(recipe.names, ", ")), 0)
    end
    return values
end

--- The text that `least.read` reads.
function least.text(values, recipe)
    local parts = {}
    for i, name in ipairs(recipe.names) do parts[i] = ("%s=%g"):format(name, values[i]) end
    return table.concat(parts, ",")
end

--- The volumes by class number; of nested regions, a class has that of the last one that it is in.
function least.by_class(values, recipe)
    local volumes_of = {}
    for i, structure in ipairs(recipe.structures) do
        for _, number in ipairs(structure[2]) do volumes_of[number] = values[i] end
    end
    return volumes_of
end

--- The volumes for which `score` is largest, tried for one class or region after the other, the least of equally good
--- ones; and what it is.
function least.choose(recipe, score)
    local best = least.read("0", recipe)
    local reached = score(best)
    for i in ipairs(best) do
        for _, size in ipairs(sizes) do
            local tried = {table.unpack(best)}
            tried[i] = size
            local value = score(tried)
            if value > reached + 1e-6 then best, reached = tried, value end
        end
    end
    return best, reached
end

return least
