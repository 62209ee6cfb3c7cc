-- What the scans and masks of a data set look like, subject by subject, and which stand out.

local folder = require "intake.folder"
local labels = require "intake.labels"

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
    for i = 1, 5 do result[i] = values[i]:item() end
    return result
end

--- What is said of a mask that holds nothing of what is told apart: labels that it has all the same are named.
local function empty_note(own)
    local values = {}
    for i, entry in ipairs(own) do values[i] = tostring(entry[1]) end
    if #values == 0 then return "empty mask" end
    return ("empty mask: of its labels, %s, none is told apart"):format(table.concat(values, ", "))
end

--- Shape and affine of a volume as a text, which is that of another where both have one grid, up to 1/1000 mm.
local function grid_text(volume)
    local parts = {text_of(volume.shape)}
    for _, row in ipairs(volume.affine) do parts[#parts + 1] = text_of(row, "%.3f") end
    return table.concat(parts, "; ")
end

--- Which files of a subject have another grid than its first scan, to which they are brought; nil for none.
local function regridded(subject, names)
    local first, others = nil, {}
    local paths = {table.unpack(subject.image_paths)}
    paths[#paths + 1] = subject.label_path
    for i, path in ipairs(paths) do
        local volume = path and volumes.read(path)
        if volume and not first then
            first = {volume = volume, name = names[i]}
        elseif volume and not (grid_text(volume) == grid_text(first.volume)) then
            others[#others + 1] = names[i] or "mask"
        end
    end
    return #others > 0 and ("%s brought to the grid of %s"):format(table.concat(others, ", "), first.name) or nil
end

--- What a subject looks like, or the error of what cannot be read.
local function look(subject, names, resamples)
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
    if resamples then row.notes[#row.notes + 1] = regridded(subject, names) end
    row.shape, row.spacing, row.orientation = first.shape, first.spacing, first.orientation
    if first.oblique > 0.5 then row.notes[#row.notes + 1] = ("oblique by %.1f degrees"):format(first.oblique) end
    if mask then
        local ml = first.spacing[1] * first.spacing[2] * first.spacing[3] / 1000
        row.volume, row.labels = rounded(mask.data:gt(0):sum():item() * ml, 3), labels.of(subject.label_path)
        if mask.data:gt(0):sum():item() == 0 then
            row.notes[#row.notes + 1] = empty_note(row.labels)
        elseif mask.data:gt(0):all() then
            row.notes[#row.notes + 1] = "the mask covers the whole volume"
        end
    else
        row.notes[#row.notes + 1] = subject.label_error and "no mask: " .. folder.advised(subject.label_error) or "no mask"
    end
    if math.min(table.unpack(row.shape)) == 1 then row.notes[#row.notes + 1] = "a single slice" end
    return row
end

--- The value that most rows have, and how many have it.
local function commonest(rows, value)
    local counts, best = {}, nil
    for _, row in ipairs(rows) do
        if not row.error then
            local key = value(row)
            counts[key] = (counts[key] or 0) + 1
            if not best or counts[key] > counts[best] or counts[key] == counts[best] and key < best then best = key end
        end
    end
    return best, counts[best]
end

--- Looks at every subject of a data set: {rows, rejected, names, common}; the volumes of the first `kept` stay in
--- their rows.
function survey.of(data, kept, resamples)
    local found = {rows = {}, names = data.sequences, rejected = {}}
    local subjects = {}
    for i = 1, #data do subjects[i] = data[i] end
    for subject in progress(subjects, "reading") do
        local row = look(subject, found.names, resamples)
        if row.error then
            table.insert(found.rejected, {id = row.id, error = row.error})
        else
            if #found.rows >= kept then row.scan, row.mask = nil, nil end
            table.insert(found.rows, row)
        end
    end
    for _, bad in ipairs(data.rejected) do
        table.insert(found.rejected, {id = bad.id, error = folder.advised(bad.error)})
    end
    local same_name = {}
    for _, row in ipairs(found.rows) do same_name[row.id] = (same_name[row.id] or 0) + 1 end
    for _, row in ipairs(found.rows) do
        if same_name[row.id] > 1 then
            table.insert(row.notes, ("%d subjects have this name"):format(same_name[row.id]))
        end
    end
    local orientation, alike = commonest(found.rows, function(row) return row.orientation end)
    local spacing, equal = commonest(found.rows, function(row) return text_of(row.spacing, "%.2f") end)
    for _, row in ipairs(found.rows) do
        if row.orientation ~= orientation then
            table.insert(row.notes, ("axes %s, where %d of %d have %s"):format(row.orientation, alike, #found.rows,
                orientation))
        end
        local own = text_of(row.spacing, "%.2f")
        if own ~= spacing then
            for i = 1, 3 do
                local middle = tonumber((spacing:gsub(" x ", " "):match(("%S+ "):rep(i - 1) .. "(%S+)")))
                if row.spacing[i] > 1.5 * middle or row.spacing[i] < middle / 1.5 then
                    table.insert(row.notes, ("voxels of %s mm, where %d of %d have %s"):format(own, equal,
                        #found.rows, spacing))
                    break
                end
            end
        end
    end
    found.common = {orientation = orientation, spacing = spacing, alike = alike, equal = equal}
    local masks = {}
    for _, row in ipairs(found.rows) do
        if row.labels then masks[#masks + 1] = {id = row.id, labels = row.labels} end
    end
    found.labels = labels.notes(masks, data.targets)
    return found
end

local columns = {"subject", "shape", "spacing (mm)", "axes", "mask (ml)", "sequence", "1%", "median", "99%", "notes"}

--- The volume of a mask in ml, of several labels that of each.
local function volume_text(row)
    if not row.volume then return "-" end
    if #row.labels < 2 or #row.labels > 4 then return ("%.2f"):format(row.volume) end
    local parts = {}
    for i, entry in ipairs(row.labels) do parts[i] = ("%s: %.2f"):format(entry[1], entry[2]) end
    return table.concat(parts, ", ")
end

--- The rows of the table, one a sequence.
local function rows(found)
    local lines = {}
    for _, row in ipairs(found.rows) do
        for i, sequence in ipairs(row.sequences) do
            lines[#lines + 1] = {
                i == 1 and row.id or "", i == 1 and text_of(row.shape, "%d") or "",
                i == 1 and text_of(row.spacing, "%.3g") or "", i == 1 and row.orientation or "",
                i == 1 and volume_text(row) or "", sequence.name, ("%.4g"):format(sequence.values[2]),
                ("%.4g"):format(sequence.values[3]), ("%.4g"):format(sequence.values[4]),
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
    local lines = {("%s can be used, %d of them with a note; %d cannot."):format(folder.count(#found.rows, "subject"),
        noted, #found.rejected)}
    if #found.rows > 0 then
        lines[2] = ("Axes are %s in %d, and voxels %s mm (depth x height x width) in %d."):format(
            found.common.orientation, found.common.alike, found.common.spacing, found.common.equal)
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
    for _, note in ipairs(found.labels) do lines[#lines + 1] = note end
    lines[#lines + 1] = summary(found)
    return table.concat(lines, "\n")
end

--- The page, with pictures of the first `shown` subjects.
function survey.page(found, path, how, shown)
    local page = report.page("Check of " .. path, {subtitle = how})
    page:text(summary(found))
    if #found.labels > 0 then page:text(table.concat(found.labels, "; ") .. ".") end
    if #found.rejected > 0 then
        page:heading("What cannot be used")
        page:text(folder.paragraphs(found.rejected))
    end
    local noted = {}
    for _, row in ipairs(found.rows) do
        if #row.notes > 0 then noted[#noted + 1] = row.id .. ": " .. table.concat(row.notes, "; ") end
    end
    if #noted > 0 then
        page:heading("What to look at")
        page:text(table.concat(noted, "\n\n"))
    end
    page:heading("Subjects")
    -- Notes have a table of their own, as this one is wide.
    local lines, names = rows(found), {table.unpack(columns, 1, #columns - 1)}
    for _, line in ipairs(lines) do table.remove(line) end
    if #lines > 0 then
        page:table(names, lines, {align = {"left", "left", "left", "left", "right", "left", "right", "right", "right"},
            caption = "Quantiles are of all voxels, the background's too; the mask's volume is given for each label."})
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
