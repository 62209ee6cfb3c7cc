-- What the scans and masks of a data set look like, subject by subject, and which stand out.

local folder = require "intake.folder"

local survey = {}

local function text_of(numbers, format)
    local parts = {}
    for i, number in ipairs(numbers) do parts[i] = (format or "%g"):format(number) end
    return table.concat(parts, " x ")
end

local function rounded(number, digits)
    local unit = 10 ^ digits
    return math.floor(number * unit + 0.5) / unit
end

--- The least, some quantiles and the largest of a volume's values.
local function intensities(volume)
    local data = volume.data:flatten()
    -- Of large volumes every so many voxels.
    local step = math.max(1, data:size(1) // 500000)
    if step > 1 then data = data[{{1, data:size(1) // step * step}}]:reshape(-1, step)[{{}, 1}] end
    local finite = data[data:isfinite()]
    if finite:size(1) == 0 then return {0 / 0, 0 / 0, 0 / 0, 0 / 0, 0 / 0} end
    local values = torch.quantile(finite, torch.tensor{0, 0.01, 0.5, 0.99, 1})
    local result = {}
    for i = 1, 5 do result[i] = rounded(values[i]:item(), 3) end
    return result
end

--- What is said of a mask that holds nothing of what is told apart: labels that it has all the same are named.
local function empty_note(subject)
    local raw = volumes.read(subject.label_path).data:flatten()
    local values, first = {}, raw[raw:gt(0)]
    while first:size(1) > 0 and #values < 5 do
        values[#values + 1] = first[1]:item()
        first = first[first:ne(values[#values])]
    end
    if #values == 0 then return "empty mask" end
    return ("empty mask: of its labels, %s, none is told apart"):format(text_of(values):gsub(" x ", ", "))
end

--- What a subject looks like, or the error of what cannot be read.
local function look(subject, names)
    local row = {id = subject.id, notes = {}}
    local fits, scans, mask = folder.load(subject)
    if not fits then
        row.error = scans
        return row
    end
    local first
    row.sequences = {}
    for i, name in ipairs(names) do
        local scan = scans[i]
        if scan then
            first = first or scan
            row.sequences[#row.sequences + 1] = {name = name, values = intensities(scan)}
        else
            row.notes[#row.notes + 1] = "no " .. name
        end
    end
    row.scan, row.mask = first, mask
    row.shape, row.spacing, row.orientation = first.shape, first.spacing, first.orientation
    if first.oblique > 0.5 then row.notes[#row.notes + 1] = ("oblique by %.1f degrees"):format(first.oblique) end
    if mask then
        local ml = first.spacing[1] * first.spacing[2] * first.spacing[3] / 1000
        row.volume = rounded(mask.data:gt(0):sum():item() * ml, 3)
        if mask.data:gt(0):sum():item() == 0 then
            row.notes[#row.notes + 1] = empty_note(subject)
        elseif mask.data:gt(0):all() then
            row.notes[#row.notes + 1] = "the mask covers the whole volume"
        end
    else
        row.notes[#row.notes + 1] = "no mask"
    end
    return row
end

--- The value that most rows have.
local function commonest(rows, value)
    local counts, best = {}, nil
    for _, row in ipairs(rows) do
        if not row.error then
            local key = value(row)
            counts[key] = (counts[key] or 0) + 1
            if not best or counts[key] > counts[best] or counts[key] == counts[best] and key < best then best = key end
        end
    end
    return best, counts
end

--- Looks at every subject of a data set: {rows, rejected, names, common}; the volumes of the first `kept` stay in
--- their rows.
function survey.of(data, kept)
    local found = {rows = {}, names = data.sequences, rejected = {}}
    local subjects = {}
    for i = 1, #data do subjects[i] = data[i] end
    for subject in progress(subjects, "reading") do
        local row = look(subject, found.names)
        if row.error then
            table.insert(found.rejected, {id = row.id, error = row.error})
        else
            if #found.rows >= kept then row.scan, row.mask = nil, nil end
            table.insert(found.rows, row)
        end
    end
    for _, bad in ipairs(data.rejected) do table.insert(found.rejected, bad) end
    local same_name = {}
    for _, row in ipairs(found.rows) do same_name[row.id] = (same_name[row.id] or 0) + 1 end
    for _, row in ipairs(found.rows) do
        if same_name[row.id] > 1 then
            table.insert(row.notes, ("%d subjects have this name"):format(same_name[row.id]))
        end
    end
    local orientation = commonest(found.rows, function(row) return row.orientation end)
    local spacing = commonest(found.rows, function(row) return text_of(row.spacing, "%.2f") end)
    for _, row in ipairs(found.rows) do
        if row.orientation ~= orientation then
            table.insert(row.notes, ("axes %s, where most have %s"):format(row.orientation, orientation))
        end
        local own = text_of(row.spacing, "%.2f")
        if own ~= spacing then
            for i = 1, 3 do
                local middle = tonumber((spacing:gsub(" x ", " "):match(("%S+ "):rep(i - 1) .. "(%S+)")))
                if row.spacing[i] > 1.5 * middle or row.spacing[i] < middle / 1.5 then
                    table.insert(row.notes, ("voxels of %s mm, where most have %s"):format(own, spacing))
                    break
                end
            end
        end
    end
    found.common = {orientation = orientation, spacing = spacing}
    return found
end

local columns = {"subject", "shape", "spacing (mm)", "axes", "mask (ml)", "sequence", "1%", "median", "99%", "notes"}

--- The rows of the table, one a sequence.
local function rows(found)
    local lines = {}
    for _, row in ipairs(found.rows) do
        for i, sequence in ipairs(row.sequences) do
            lines[#lines + 1] = {
                i == 1 and row.id or "", i == 1 and text_of(row.shape, "%d") or "",
                i == 1 and text_of(row.spacing, "%.3g") or "", i == 1 and row.orientation or "",
                i == 1 and (row.volume and ("%.2f"):format(row.volume) or "-") or "", sequence.name,
                ("%g"):format(sequence.values[2]), ("%g"):format(sequence.values[3]), ("%g"):format(sequence.values[4]),
                i == 1 and table.concat(row.notes, "; ") or "",
            }
        end
    end
    return lines
end

--- What was found, in sentences.
local function summary(found)
    local noted = 0
    for _, row in ipairs(found.rows) do noted = noted + (#row.notes > 0 and 1 or 0) end
    local lines = {("%d subjects can be used, %d of them with a note; %d cannot."):format(#found.rows, noted,
        #found.rejected)}
    if #found.rows > 0 then
        lines[2] = ("Most have axes %s and voxels of %s mm (depth x height x width)."):format(found.common.orientation,
            found.common.spacing)
    end
    return table.concat(lines, " ")
end

--- The table for a terminal.
function survey.text(found)
    local all, widths = {columns}, {}
    for _, line in ipairs(rows(found)) do all[#all + 1] = line end
    for _, line in ipairs(all) do
        for i, cell in ipairs(line) do widths[i] = math.max(widths[i] or 0, utf8.len(cell) or #cell) end
    end
    local lines = {}
    for _, line in ipairs(all) do
        local cells = {}
        for i, cell in ipairs(line) do
            cells[i] = i == #line and cell or cell .. (" "):rep(widths[i] - (utf8.len(cell) or #cell))
        end
        lines[#lines + 1] = table.concat(cells, "  "):gsub("%s+$", "")
    end
    for _, bad in ipairs(found.rejected) do lines[#lines + 1] = ("cannot be used: %s: %s"):format(bad.id, bad.error) end
    lines[#lines + 1] = summary(found)
    return table.concat(lines, "\n")
end

--- The page, with pictures of the first `shown` subjects.
function survey.page(found, path, how, shown)
    local page = report.page("Check of " .. path, {subtitle = how})
    page:text(summary(found))
    if #found.rejected > 0 then
        page:heading("What cannot be used")
        local lines = {}
        for i, bad in ipairs(found.rejected) do lines[i] = {bad.id, bad.error} end
        page:table({"subject", "why"}, lines, {align = {"left", "left"}})
    end
    page:heading("Subjects")
    local lines = rows(found)
    if #lines > 0 then
        page:table(columns, lines, {align = {"left", "left", "left", "left", "right", "left", "right", "right", "right",
            "left"}, caption = "Quantiles are of all voxels, the background's too."})
    end
    local pictures = {}
    for i = 1, math.min(shown, #found.rows) do
        local row = found.rows[i]
        local scan = row.scan:orient("RAS")
        local truth = row.mask and row.mask:orient("RAS"):mask() or volumes.volume(scan.data * 0, {like = scan})
        pictures[i] = {title = row.id, scan = scan, truth = truth, maps = {}}
    end
    if #pictures > 0 then
        page:heading("Pictures")
        page:figure(plot.slices(pictures), {caption = "The first sequence of the first subjects, in the slice with the most "
            .. "of the mask (yellow). The head is upright and symmetric where the file says rightly how it lies."})
    end
    return page
end

return survey
