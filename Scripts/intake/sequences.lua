-- The names of sequences: which a file's name says, and which of a folder's a network takes.

local sequences = {}

-- How kinds of scans are called in names of files, and what each is.
local kinds = {t1 = "t1", t1w = "t1", t1n = "t1", mprage = "t1", t1ce = "t1ce", t1c = "t1ce", t1gd = "t1ce",
    t1post = "t1ce", t2 = "t2", t2w = "t2", t2f = "flair", flair = "flair", pd = "pd", pdw = "pd", dwi = "dwi",
    adc = "adc", swi = "swi", dir = "dir", t2star = "t2star"}

--- The kind of scan that a name means, such as "flair" for "T2F"; nil where it means none that is known.
function sequences.kind(name) return kinds[name:lower()] end

--- The words of a path pattern, in lower case, without {id} and the ending.
local function words_of(pattern)
    local stem, list = pattern:gsub("{id}", " "):gsub("%.nii%.gz$", ""):gsub("%.[%w*]+$", ""), {}
    for word in stem:gmatch("%w+") do list[#list + 1] = word:lower() end
    return list
end

--- The names of the sequences at path patterns: the kind of scan that each has among its words; otherwise the words
--- that not all of them have; "image" or "image1", "image2", ... where these do not tell them apart.
function sequences.of_patterns(patterns)
    local counts, words, names, seen = {}, {}, {}, {}
    for i, pattern in ipairs(patterns) do
        words[i] = words_of(pattern)
        local own = {}
        for _, word in ipairs(words[i]) do own[word] = true end
        for word in pairs(own) do counts[word] = (counts[word] or 0) + 1 end
    end
    local are_apart = true
    for i in ipairs(patterns) do
        local known, others = {}, {}
        for _, word in ipairs(words[i]) do
            if #patterns == 1 or counts[word] < #patterns then
                others[#others + 1] = word
                if kinds[word] then known[#known + 1] = word end
            end
        end
        local name = #known == 1 and known[1] or #patterns > 1 and table.concat(others, "_") or "image"
        are_apart = are_apart and name ~= "" and not seen[name]
        names[i], seen[name] = name, true
    end
    if not are_apart then
        for i in ipairs(patterns) do names[i] = "image" .. i end
    end
    return names
end

--- Whether two names mean the same sequence.
local function are_same(one, other)
    return one:lower() == other:lower() or kinds[one:lower()] ~= nil and sequences.kind(one) == sequences.kind(other)
end

--- The place of each sequence that a network takes among those of a folder, by name; nil for one that is not there. A
--- single one stands for another unless both are kinds of scans that are known and differ, or the user `chose` it.
function sequences.places(wanted, there, chose)
    local places = {}
    for i, name in ipairs(wanted) do
        for k, other in ipairs(there) do
            if not places[i] and are_same(name, other) then places[i] = k end
        end
    end
    if #wanted == 1 and #there == 1 and not places[1] then
        local differ = sequences.kind(wanted[1]) and sequences.kind(there[1])
        if chose or not differ then places[1] = 1 end
    end
    return places
end

return sequences
