-- The kinds that values of a study's configuration are of.

local function whole(least) return function(value) return math.type(value) == "integer" and value >= least end end
local function list_of(holds, length)
    return function(value)
        if type(value) ~= "table" or #value < 1 or (length and #value ~= length) then return false end
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
        return type(entry) == "table" and #entry == 2 and text(entry[1]) and or_list(whole(0))(entry[2])
    end)(value)
end

--- What a value of each kind is: in words, and as a test.
return {
    flag = {"true or false", function(value) return type(value) == "boolean" end},
    count = {"a whole number of 1 or more", whole(1)},
    whole = {"a whole number of 0 or more", whole(0)},
    number = {"a number", number},
    size = {"a number of 0 or more", function(value) return number(value) and value >= 0 end},
    share = {"a number above 0 and below 1", function(value) return number(value) and value > 0 and value < 1 end},
    positive = {"a number above 0", positive},
    ["positive?"] = {"a number above 0, or false", or_false(positive)},
    text = {"a text", text},
    ["text?"] = {"a text, or false", or_false(text)},
    texts = {"a text or a list of texts", or_list(text)},
    ["texts?"] = {"a text, a list of texts, or false", or_false(or_list(text))},
    names = {"a list of texts", function(value)
        return type(value) == "table" and (#value == 0 or list_of(text)(value))
    end},
    counts = {"a list of whole numbers of 1 or more", list_of(whole(1))},
    ["count?"] = {"a whole number of 1 or more, or false", or_false(whole(1))},
    ["counts?"] = {"a list of whole numbers of 1 or more, or false", or_false(list_of(whole(1)))},
    ["labels?"] = {"a list of whole numbers, or false", or_false(list_of(whole(0)))},
    ["structures?"] = {"'layout', a list such as {{'core', {1, 4}}, {'oedema', 2}}, or false", function(value)
        return value == "layout" or value == false or structures(value)
    end},
    ["spacing?"] = {"'median', a number of mm above 0, three of them, or false", function(value)
        return value == "median" or value == false or or_list(positive, 3)(value)
    end},
    ["patch?"] = {"three whole numbers of 1 or more, or false", or_false(list_of(whole(1), 3))},
    shape = {"three whole numbers of 1 or more", list_of(whole(1), 3)},
    flags = {"three of true and false", list_of(function(value) return type(value) == "boolean" end, 3)},
    grids = {"a table of methods, each a table of values with lists of candidates", function(value)
        return table_of(table_of(list_of(function(candidate) return type(candidate) ~= "table" end)))(value)
    end},
    variants = {"a table of methods, each as in {'DWP', {beta = 0.1}}", function(value)
        return table_of(function(variant)
            return type(variant) == "table" and #variant == 2 and text(variant[1]) and table_of()(variant[2])
        end)(value)
    end},
    ["options?"] = {"a table of options by name, or false", or_false(table_of())},
}
