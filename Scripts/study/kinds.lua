-- The kinds that values of a study's configuration are of.

local function whole(least) return function(value) return math.type(value) == "integer" and value >= least end end
--- Whether a value is a table of elements at 1, 2, ... alone: what has a name in it would be passed over.
local function is_list(value)
    if type(value) ~= "table" then return false end
    local count = 0
    for _ in pairs(value) do count = count + 1 end
    return count == #value
end
local function list_of(holds, length)
    return function(value)
        if not is_list(value) or #value < 1 or (length and #value ~= length) then return false end
        for _, element in ipairs(value) do
            if not holds(element) then return false end
        end
        return true
    end
end
local function text(value) return type(value) == "string" end
--- Whether a value is a table of names, of what `holds` is true for where it is given.
local function table_of(holds)
    return function(value)
        if type(value) ~= "table" then return false end
        for name, element in pairs(value) do
            if not text(name) or holds and not holds(element) then return false end
        end
        return true
    end
end
local function number(value) return math.type(value) ~= nil and value == value end
local function positive(value) return number(value) and value > 0 end
local function or_false(holds) return function(value) return value == false or holds(value) end end
local function or_list(holds, length)
    local list = list_of(holds, length)
    return function(value) return holds(value) or list(value) end
end

--- Whether a value lists classes or regions: each a name, and a label or several.
local function structures(value)
    return list_of(function(entry)
        return is_list(entry) and #entry == 2 and text(entry[1]) and or_list(whole(0))(entry[2])
    end)(value)
end

-- What numbers are bounded by where a value's declaration does not say it.
local counted, bounded, signed = {1, 1e6}, {0, 1e6}, {-1e6, 1e6}
local above, labels = {1e-12, 1e6}, {0, 2 ^ 24}

--- What a value of each kind is: in words, and as a test; then, of those that hold numbers, the least and the most that
--- each of these may be; and `once` where a list holds nothing twice.
return {
    flag = {"true or false", function(value) return type(value) == "boolean" end},
    count = {"a whole number of 1 or more", whole(1), counted},
    whole = {"a whole number of 0 or more", whole(0), bounded},
    number = {"a number", number, signed},
    size = {"a number of 0 or more", function(value) return number(value) and value >= 0 end, bounded},
    share = {"a number above 0 and below 1", function(value) return number(value) and value > 0 and value < 1 end, {1e-6, 1 - 1e-6}},
    positive = {"a number above 0", positive, above},
    ["positive?"] = {"a number above 0, or false", or_false(positive), above},
    text = {"a text", text},
    ["text?"] = {"a text, or false", or_false(text)},
    texts = {"a text or a list of texts", or_list(text), once = true},
    ["texts?"] = {"a text, a list of texts, or false", or_false(or_list(text)), once = true},
    names = {"a list of texts", function(value)
        return type(value) == "table" and (next(value) == nil or list_of(text)(value))
    end, once = true},
    counts = {"a list of whole numbers of 1 or more", list_of(whole(1)), counted, once = true},
    ["channels?"] = {"five whole numbers of 1 or more, or false", or_false(list_of(whole(1), 5)), counted},
    ["count?"] = {"a whole number of 1 or more, or false", or_false(whole(1)), counted},
    ["counts?"] = {"a list of whole numbers of 1 or more, or false", or_false(list_of(whole(1))), counted, once = true},
    ["labels?"] = {"a list of whole numbers, or false", or_false(list_of(whole(0))), labels, once = true},
    ["structures?"] = {"'layout', a list such as {{'core', {1, 4}}, {'oedema', 2}}, or false", function(value)
        return value == "layout" or value == false or structures(value)
    end, labels},
    ["spacing?"] = {"'median', a number of mm above 0, three of them, or false", function(value)
        return value == "median" or value == false or or_list(positive, 3)(value)
    end, above},
    ["patch?"] = {"three whole numbers of 1 or more, or false", or_false(list_of(whole(1), 3)), counted},
    shape = {"three whole numbers of 1 or more", list_of(whole(1), 3), counted},
    flags = {"three of true and false", list_of(function(value) return type(value) == "boolean" end, 3)},
    grids = {"a table of methods, each a table of values with lists of candidates", function(value)
        return table_of(table_of(list_of(function(candidate) return type(candidate) ~= "table" end)))(value)
    end},
    variants = {"a table of methods, each as in {'DWP', {beta = 0.1}}", function(value)
        return table_of(function(variant)
            return is_list(variant) and #variant == 2 and text(variant[1]) and table_of()(variant[2])
        end)(value)
    end},
    ["options?"] = {"a table of options by name, or false", or_false(table_of())},
}
