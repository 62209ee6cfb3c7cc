-- Which subjects are scans of one patient, and which subjects are held out.

local lists = require "study.lists"

local patients = {}

-- Words that end the names of several scans of one patient, before or without a number.
local visit_words = {}
for _, word in ipairs{"t", "tp", "time", "timepoint", "ses", "session", "scan", "visit", "v", "baseline", "followup", "fu",
    "m", "month", "y", "year", "week", "w", "day", "d"} do visit_words[word] = true end

--- The Lua pattern of a text such as "{patient}_T*", in which * is any text.
local function pattern_of(text)
    local before, after = text:match("^(.-){patient}(.*)$")
    if not before or after:find("{patient}", 1, true) then
        error(("--patient: a pattern of names with {patient} once, and * for any text, expected, as in '{patient}_T*', "
            .. "got '%s'"):format(text), 0)
    end
    local function plain(part) return (part:gsub("[^%w*]", "%%%0"):gsub("%*", ".*")) end
    return "^" .. plain(before) .. "(.-)" .. plain(after) .. "$"
end

--- Says which subjects look like several scans of one patient, by their names.
local function print_hint(subjects)
    local counts, example = {}, nil
    for _, subject in ipairs(subjects) do
        local stem, word = subject.id:match("^(.+)[_%-](%a+)[%-]?%w*$")
        if stem and visit_words[word:lower()] then
            counts[stem] = (counts[stem] or 0) + 1
            if counts[stem] == 2 then example = example or {stem = stem, last = subject.id, word = word} end
        end
    end
    if not example then return end
    local separator = example.last:sub(#example.stem + 1, #example.stem + 1)
    print(("the names of several subjects begin alike, such as those of %s: if these are scans of one patient, say "
        .. "--patient '{patient}%s%s*'"):format(example.stem, separator, example.word))
end

--- The patient of each subject, by id: by `pattern`, by the layout (sessions of BIDS are scans of one), or each its own.
function patients.of(subjects, pattern, layout)
    local result, unfit = {}, {}
    local fitting = pattern and pattern_of(pattern) or layout == "bids" and "^(sub%-[^_]+)" or nil
    for _, subject in ipairs(subjects) do
        local patient = fitting and subject.id:match(fitting)
        if pattern and not patient then unfit[#unfit + 1] = subject.id end
        result[subject.id] = patient or subject.id
    end
    if #unfit == #subjects and #unfit > 0 then
        error(("--patient: no name fits '%s', not even '%s'"):format(pattern, unfit[1]), 0)
    end
    if #unfit > 0 then
        print(("--patient: %d names do not fit and are patients of their own: %s"):format(#unfit,
            table.concat(unfit, ", ", 1, math.min(8, #unfit))))
    end
    if not fitting then print_hint(subjects) end
    return result
end

--- The ids of the subjects that the text of --hold-out names: a name stands for subjects and patients of it, and for all
--- that begin with it before a sign.
function patients.named(text, subjects, patient_of)
    local held = {}
    for part in text:gmatch("[^,]+") do
        local name, count = part:match("^%s*(.-)%s*$"), 0
        for _, subject in ipairs(subjects) do
            local begins = subject.id:sub(1, #name) == name and not subject.id:sub(#name + 1, #name + 1):match("%w")
            if name ~= "" and (begins or patient_of[subject.id] == name) then
                held[subject.id], count = true, count + 1
            end
        end
        if count == 0 then error(("--hold-out: there is no subject '%s'"):format(name), 0) end
    end
    if next(held) == nil then error(("--hold-out: names of subjects expected, with commas, got '%s'"):format(text), 0) end
    -- All scans of a patient are held out together.
    local held_patients = {}
    for id in pairs(held) do held_patients[patient_of[id]] = true end
    for _, subject in ipairs(subjects) do
        held[subject.id] = held_patients[patient_of[subject.id]]
    end
    return held
end

--- The ids of a share of the subjects, whole patients in an order that `seed` decides; one patient is always left.
function patients.drawn(share, subjects, patient_of, seed)
    local order, held, chosen, held_count = {}, {}, {}, 0
    local sizes = {}
    for _, subject in ipairs(subjects) do
        local patient = patient_of[subject.id]
        if not sizes[patient] then order[#order + 1] = patient end
        sizes[patient] = (sizes[patient] or 0) + 1
    end
    order = lists.shuffled(order, seed)
    local count = math.min(math.ceil(#subjects * share), #subjects - 1)
    for i = 1, #order - 1 do
        if held_count >= count then break end
        chosen[order[i]], held_count = true, held_count + sizes[order[i]]
    end
    for _, subject in ipairs(subjects) do held[subject.id] = chosen[patient_of[subject.id]] end
    return held
end

return patients
