-- The labels in the files of masks: which there are, and what is said of them.

local lists = require "study.lists"

local labels = {}

-- A mask of more labels is none that a network learns from.
local most = 64

--- The positive labels of the mask at `path`, a list of {label, ml}, ascending; an empty list where there are too many.
function labels.of(path)
    local mask = volumes.read(path)
    local values = mask.data:flatten()
    local ml = mask.spacing[1] * mask.spacing[2] * mask.spacing[3] / 1000
    local found, counts = values[values:gt(0)]:unique{return_counts = true}
    local result = {}
    if #found > most then return result end
    found, counts = found:tolist(), counts:tolist()
    for i, label in ipairs(found) do result[i] = {math.tointeger(label) or label, counts[i] * ml} end
    return result
end

--- How many of `found`, a list of {id, labels}, have each label, and which are the first three of them.
local function counted(found)
    local counts = {}
    for _, mask in ipairs(found) do
        for _, entry in ipairs(mask.labels) do
            local count = counts[entry[1]] or {masks = 0, ids = {}}
            count.masks = count.masks + 1
            if count.masks <= 3 then table.insert(count.ids, mask.id) end
            counts[entry[1]] = count
        end
    end
    return counts
end

--- Sentences about the labels of masks, `found` as a list of {id, labels}: which there are, which are rare, which are
--- in no class or region of `targets`, which of these never occur, and, where `targets` is nil, that they are one class.
function labels.notes(found, targets)
    local counts, notes, parts = counted(found), {}, {}
    local names = lists.keys(counts)
    local function where(label)
        local count = counts[label]
        return ("%s%s"):format(table.concat(count.ids, ", "), count.masks > #count.ids and ", ..." or "")
    end
    for i, label in ipairs(names) do parts[i] = ("%s in %d"):format(label, counts[label].masks) end
    if #names > 0 then notes[1] = ("labels in %d mask%s: %s"):format(#found, #found == 1 and "" or "s", table.concat(parts, ", ")) end
    local class_of = {}
    for _, target in ipairs(targets or {}) do
        for _, label in ipairs(target[2]) do
            class_of[label] = target[1]
            if not counts[label] then notes[#notes + 1] = ("label %d of '%s' is in no mask"):format(label, target[1]) end
        end
    end
    for _, label in ipairs(names) do
        if targets and not class_of[label] then
            notes[#notes + 1] = ("label %s is in no class or region and counts as background: %s"):format(label,
                where(label))
        elseif #found >= 3 and counts[label].masks <= math.max(1, #found // 10) then
            notes[#notes + 1] = ("label %s is rare, is it meant? %s"):format(label, where(label))
        end
    end
    if not targets and #names > 1 then
        notes[#notes + 1] = ("labels %s are one class, 'foreground'; --classes NAME=LABEL,NAME=LABEL tells them apart "
            .. "(or --classes layout where the data set names them)"):format(table.concat(names, ", "))
    end
    return notes
end

return labels
