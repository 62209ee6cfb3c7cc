-- What predict.lua does with each case and what it leaves: files, a table of volumes, scores, and a page.

local command = require "study.command"
local csv = require "study.csv"
local folder = require "intake.folder"
local least = require "intake.least"
local maps = require "study.maps"
local structures = require "study.structures"

local outcome = {}

-- The rule of the lesion F1, which is far from Dice where few voxels make a lesion found.
outcome.lesion_rule = "Lesion F1 counts a true lesion above 50 mm3 as found where one predicted voxel lies within 3 voxels "
    .. "of it (BraTS 2023), so it may be high where Dice is 0."

outcome.__index = outcome

--- An outcome without cases, of an ensemble with the options of the command line.
function outcome.new(ensemble, options)
    local text = options.min_volume or ensemble.notes.min_volume or "0"
    return setmetatable({ensemble = ensemble, options = options, recipe = ensemble.recipe, rows = {}, failed = {},
        shown = {}, kept = {}, least = least.read(text == "choose" and "0" or text, ensemble.recipe)}, outcome)
end

--- Throws where values are to be chosen on subjects with masks, and no case of `list` has one.
function outcome:require_masks(list)
    if self.options.min_volume ~= "choose" then return end
    for _, case in ipairs(list) do
        if case.has_mask then return end
    end
    error("--min-volume choose: no subject has a mask on which to choose", 0)
end

--- The class numbers after components below the volumes of each structure were removed, and holes filled where the
--- options say so.
local function treated(self, classes, values)
    if math.max(table.unpack(values)) > 0 then
        classes = volumes.remove_small(classes, {min_volume = least.by_class(values, self.recipe)})
    end
    if self.options.fill_holes then classes = volumes.fill_holes(classes) end
    return classes
end

--- The volume in ml of each structure in class numbers.
local function volumes_of(recipe, classes)
    local ml = classes.spacing[1] * classes.spacing[2] * classes.spacing[3] / 1000
    local map, result = classes.data, {}
    for i, structure in ipairs(recipe.structures) do
        result[i] = structures.members(map, structure[2]):sum():item() * ml
    end
    return result
end

--- Predicts a case; gives its row of the table, and its maps.
local function segment(self, case)
    local scans, truth, unscored = case.load()
    local sample = self.recipe:prepare(scans)
    local prediction = self.ensemble:predict(sample)
    local segmentation = self.recipe:segment(sample, prediction.probability, {threshold = self.options.threshold})
    local classes = treated(self, segmentation.classes, self.least)
    local entropy = sample:restore(prediction.entropy)
    local disagreement = self.ensemble:has_disagreement() and sample:restore(prediction.mutual_information) or nil
    local row = {id = case.id, volumes = volumes_of(self.recipe, classes),
        uncertainty = volumes.case_uncertainty(entropy),
        disagreement = disagreement and volumes.case_uncertainty(disagreement),
        notes = self.recipe:differences(scans), unscored = unscored}
    for i, name in ipairs(self.recipe.sequences) do
        if not scans[i] then table.insert(row.notes, ("no %s: its channel is 0"):format(name)) end
    end
    if truth then
        row.scores = volumes.region_scores(classes, truth, {regions = self.recipe.structures, lesions = true})
    end
    if truth and self.options.min_volume == "choose" then
        self.kept[#self.kept + 1] = {classes = segmentation.classes, truth = truth}
    end
    if #self.shown < self.options.shown then
        local scan
        for i = 1, #self.recipe.sequences do scan = scan or scans[i] or nil end
        self.shown[#self.shown + 1] = {id = case.id, scan = scan, truth = truth, classes = classes, entropy = entropy}
    end
    return row, {recipe = self.recipe, classes = classes, probabilities = segmentation.probabilities, entropy = entropy,
        disagreement = disagreement}
end

--- Predicts a case and writes its files; one that cannot be used is kept with its error. Files that cannot be written are
--- no fault of the case, and end the run.
function outcome:add(case)
    local fits, row, found = command.try(segment, self, case)
    if fits then
        maps.write(("%s/%s"):format(self.options.output, case.id), found)
        self.rows[#self.rows + 1] = row
    else
        row = folder.of_file(row, case.paths)
        self.failed[#self.failed + 1] = {id = case.id, error = row}
        print(("left out: %s: %s"):format(case.id, row))
    end
    collectgarbage()
end

--- The mean Dice of all structures on the subjects with masks, with components below `values` removed.
local function mean_dice(self, values)
    local sum, count = 0, 0
    for _, kept in ipairs(self.kept) do
        local classes = treated(self, kept.classes, values)
        for _, row in ipairs(volumes.region_scores(classes, kept.truth, {regions = self.recipe.structures})) do
            sum, count = sum + row.dice, count + 1
        end
    end
    return sum / count
end

--- What is said of a case beside its numbers.
function outcome.notes_of(row)
    local notes = {table.unpack(row.notes)}
    if row.unscored then notes[#notes + 1] = "not scored: " .. row.unscored end
    return notes
end

--- The names of the columns of the table, and whether any case is judged.
function outcome:columns()
    local names = {"case"}
    for _, name in ipairs(self.recipe.names) do names[#names + 1] = name .. " (ml)" end
    names[#names + 1] = "uncertainty"
    if self.ensemble:has_disagreement() then names[#names + 1] = "disagreement" end
    local judged = false
    for _, row in ipairs(self.rows) do judged = judged or row.scores ~= nil end
    if judged then
        for _, name in ipairs(self.recipe.names) do
            names[#names + 1], names[#names + 2] = "Dice " .. name, "lesion F1 " .. name
        end
    end
    names[#names + 1] = "notes"
    return names, judged
end

--- A row of the table, of texts.
function outcome:cells(row, judged)
    local line = {row.id}
    for _, volume in ipairs(row.volumes) do line[#line + 1] = ("%.3f"):format(volume) end
    line[#line + 1] = ("%.4f"):format(row.uncertainty)
    if row.disagreement then line[#line + 1] = ("%.4f"):format(row.disagreement) end
    if judged then
        for i = 1, #self.recipe.names do
            local score = row.scores and row.scores[i]
            line[#line + 1] = score and ("%.4f"):format(score.dice) or ""
            line[#line + 1] = score and ("%.4f"):format(score.lesion_f1) or ""
        end
    end
    line[#line + 1] = table.concat(outcome.notes_of(row), "; ")
    return line
end

--- What was found, in sentences; chooses what is to be chosen.
function outcome:text()
    if self.summary then return self.summary end
    local lines, flagged = {}, 0
    for _, row in ipairs(self.rows) do
        if #row.notes > 0 then
            flagged = flagged + 1
            lines[#lines + 1] = ("%s is unlike the training set: %s"):format(row.id, table.concat(row.notes, "; "))
        end
        if row.unscored then lines[#lines + 1] = ("%s is not scored: %s"):format(row.id, row.unscored) end
    end
    table.insert(lines, 1, ("%s segmented, %d of them flagged; %d could not be used"):format(
        folder.count(#self.rows, "case"), flagged, #self.failed))
    if self.options.min_volume == "choose" then
        if #self.kept == 0 then error("--min-volume choose: no subject with a mask, on which to choose", 0) end
        local best, reached = least.choose(self.recipe, function(values) return mean_dice(self, values) end)
        local text = least.text(best, self.recipe)
        self.ensemble:note("min_volume", text)
        lines[#lines + 1] = ("min-volume %s is best on the %d subjects with masks (mean Dice %.4f); %s keeps it"):format(
            text, #self.kept, reached, self.ensemble.paths[1])
    end
    self.summary = table.concat(lines, "\n")
    return self.summary
end

--- The means of the scores of each structure, as a text.
function outcome:means()
    local lines = {("%-12s  %s"):format("", "Dice    HD95 (mm)  lesion F1  volume error (ml)")}
    for i, name in ipairs(self.recipe.names) do
        local sums, count = {dice = 0, hd95 = 0, lesion_f1 = 0, volume_error = 0}, 0
        for _, row in ipairs(self.rows) do
            if row.scores then
                count = count + 1
                for measure in pairs(sums) do sums[measure] = sums[measure] + row.scores[i][measure] end
            end
        end
        lines[#lines + 1] = count == 0 and ("%-12s  no subject could be judged"):format(name)
            or ("%-12s  %.4f  %9.2f  %9.4f  %17.2f"):format(name, sums.dice / count, sums.hd95 / count,
                sums.lesion_f1 / count, sums.volume_error / count)
    end
    lines[#lines + 1] = outcome.lesion_rule
    for _, bad in ipairs(self.failed) do lines[#lines + 1] = ("left out: %s: %s"):format(bad.id, bad.error) end
    return table.concat(lines, "\n")
end

--- Writes the table as CSV, and gives its path.
function outcome:save()
    local names, judged = self:columns()
    names[#names + 1] = "error"
    local lines = {}
    local function add(line)
        for i, cell in ipairs(line) do line[i] = csv.cell(cell) end
        lines[#lines + 1] = table.concat(line, ",")
    end
    local count = #names
    add(names)
    for _, row in ipairs(self.rows) do
        local line = self:cells(row, judged)
        line[#line + 1] = ""
        add(line)
    end
    for _, bad in ipairs(self.failed) do
        local line = {bad.id}
        for i = 2, count - 1 do line[i] = "" end
        line[count] = bad.error
        add(line)
    end
    local path = self.options.output .. "/predictions.csv"
    study.write_text(path, table.concat(lines, "\n") .. "\n")
    return path
end

return outcome
