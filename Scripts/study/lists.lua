-- Functions of lists that several scripts use.

local lists = {}

--- The mean of numbers.
function lists.mean(values)
    local sum = 0
    for _, value in ipairs(values) do sum = sum + value end
    return sum / #values
end

--- The standard deviation of a sample; not a number for fewer than two values.
function lists.deviation(values)
    if #values < 2 then return 0 / 0 end
    local center, sum = lists.mean(values), 0
    for _, value in ipairs(values) do sum = sum + (value - center) ^ 2 end
    return math.sqrt(sum / (#values - 1))
end

--- The keys of tables, sorted, each once.
function lists.keys(...)
    local keys, seen = {}, {}
    for _, keyed in ipairs{...} do
        for key in pairs(keyed) do
            if not seen[key] then keys[#keys + 1], seen[key] = key, true end
        end
    end
    table.sort(keys)
    return keys
end

--- The entries of several tables in one; of a key that several have, the last one's.
function lists.merged(...)
    local result = {}
    for _, entries in ipairs{...} do
        for key, value in pairs(entries) do result[key] = value end
    end
    return result
end

--- The elements of several lists in one, in order.
function lists.joined(...)
    local result = {}
    for _, list in ipairs{...} do table.move(list, 1, #list, #result + 1, result) end
    return result
end

--- The different elements of a list, in the order in which they first occur.
function lists.unique(list)
    local result, seen = {}, {}
    for _, element in ipairs(list) do
        if not seen[element] then result[#result + 1], seen[element] = element, true end
    end
    return result
end

--- Whether a list has an element.
function lists.contains(list, element)
    for _, other in ipairs(list) do
        if other == element then return true end
    end
    return false
end

--- The elements at `positions`, a tensor of whole numbers.
local function at(list, positions)
    local result = {}
    for i, position in ipairs(positions:totable()) do result[i] = list[math.tointeger(position)] end
    return result
end

--- The elements of a list in an order that `seed` decides.
function lists.shuffled(list, seed)
    return at(list, torch.randperm(#list, {generator = torch.Generator(seed)}))
end

--- A bootstrap resample: as many elements as a list has, drawn with replacement by the session's generator (Efron
--- 1979).
function lists.resampled(list) return at(list, torch.randint(1, #list, {#list})) end

--- Elements as words: "a", "a and b", "a, b and c".
function lists.words(list)
    local last = #list
    if last < 2 then return tostring(list[1]) end
    return table.concat(list, ", ", 1, last - 1) .. " and " .. list[last]
end

return lists
