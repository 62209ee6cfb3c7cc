-- What predict.lua does with each case and what it leaves: files, a table of volumes, scores, and a page.

local command = require "study.command"
local csv = require "study.csv"
local folder = require "intake.folder"
local least = require "intake.least"
local maps = require "study.maps"
local structures = require "study.structures"

local outcome = {}

-- The cases that the page shows in a viewer, of up to 1.5 MB each.
local most_shown = 12
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

local function segment(self, case)
    local scans, truth = case.load()
    local sample = self.recipe:prepare(scans)
    local prediction = self.ensemble:predict(sample)
    local segmentation = self.recipe:segment(sample, prediction.probability, {threshold = self.options.threshold})
    local classes = treated(self, segmentation.classes, self.least)
    local entropy = sample:restore(prediction.entropy)
    local disagreement = sample:restore(prediction.mutual_information)
    local row = {id = case.id, volumes = volumes_of(self.recipe, classes),
        uncertainty = volumes.case_uncertainty(entropy), disagreement = volumes.case_uncertainty(disagreement),
        notes = self.recipe:differences(scans)}
    maps.write(("%s/%s"):format(self.options.output, case.id), {
        recipe = self.recipe, classes = classes, probabilities = segmentation.probabilities, entropy = entropy,
        disagreement = disagreement})
    if truth then
        row.scores = volumes.region_scores(classes, truth, {regions = self.recipe.structures, lesions = true})
    end
    if truth and self.options.min_volume == "choose" then
        self.kept[#self.kept + 1] = {classes = segmentation.classes, truth = truth}
    end
    if #self.shown < most_shown then
        local scan
        for i = 1, #self.recipe.sequences do scan = scan or scans[i] or nil end
        self.shown[#self.shown + 1] = {id = case.id, scan = scan, truth = truth, classes = classes, entropy = entropy}
    end
    return row
end

--- Predicts a case and writes its files; one that cannot be used is kept with its error.
function outcome:add(case)
    local fits, row = command.try(segment, self, case)
    if fits then
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

local function columns(self)
    local names = {"case"}
    for _, name in ipairs(self.recipe.names) do names[#names + 1] = name .. " (ml)" end
    names[#names + 1], names[#names + 2] = "uncertainty", "disagreement"
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

local function cells(self, row, judged)
    local line = {row.id}
    for _, volume in ipairs(row.volumes) do line[#line + 1] = ("%.3f"):format(volume) end
    line[#line + 1], line[#line + 2] = ("%.4f"):format(row.uncertainty), ("%.4f"):format(row.disagreement)
    if judged then
        for i = 1, #self.recipe.names do
            local score = row.scores and row.scores[i]
            line[#line + 1] = score and ("%.4f"):format(score.dice) or ""
            line[#line + 1] = score and ("%.4f"):format(score.lesion_f1) or ""
        end
    end
    line[#line + 1] = table.concat(row.notes, "; ")
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
    end
    table.insert(lines, 1, ("%d cases segmented, %d of them flagged; %d could not be used"):format(#self.rows, flagged,
        #self.failed))
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
    for _, bad in ipairs(self.failed) do lines[#lines + 1] = ("left out: %s: %s"):format(bad.id, bad.error) end
    return table.concat(lines, "\n")
end

--- Writes the table as CSV, and gives its path.
function outcome:save()
    local names, judged = columns(self)
    names[#names + 1] = "error"
    local lines = {}
    local function add(line)
        for i, cell in ipairs(line) do line[i] = csv.cell(cell) end
        lines[#lines + 1] = table.concat(line, ",")
    end
    local count = #names
    add(names)
    for _, row in ipairs(self.rows) do
        local line = cells(self, row, judged)
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

--- Adds the columns of the cases' table from place `first` to `last` as a table of its own, with the names of the cases.
local function add_part(page, names, rows, first, last)
    local function part(line)
        local result = {line[1]}
        for i = first, last do result[#result + 1] = line[i] end
        return result
    end
    local lines, align = {}, {"left"}
    for i, row in ipairs(rows) do lines[i] = part(row) end
    for i = first, last do align[#align + 1] = names[i] == "notes" and "left" or "right" end
    page:table(part(names), lines, {align = align})
end

--- Writes the page: a figure, if any, the tables, what failed, and the first cases to look at; gives its path.
function outcome:save_page(figure)
    local page = report.page("Predictions", {subtitle = table.concat(self.ensemble.paths, ", ")})
    page:text((self:text():gsub("\n", "\n\n")))
    if figure then page:figure(figure) end
    local names, judged = columns(self)
    local rows = {}
    for i, row in ipairs(self.rows) do rows[i] = cells(self, row, judged) end
    local scores = #self.recipe.names + 4
    if #rows > 0 then
        page:heading("Volumes and uncertainty")
        page:text(("The uncertainty of a case is its patch with the largest mean entropy, in nats. Disagreement, likewise, "
            .. "is the part of it in which %s differ; of one network without a posterior it is 0."):format(
            #self.ensemble.members > 1 and "the networks" or "draws"))
        if judged then
            local shown = {}
            for i, name in ipairs(names) do shown[i] = name end
            -- The notes stand beside the volumes, and scores have a table of their own.
            for i, row in ipairs(rows) do table.insert(row, scores, table.remove(row)) end
            table.insert(shown, scores, table.remove(shown))
            names = shown
        end
        add_part(page, names, rows, 2, scores)
        if judged then
            page:heading("Scores")
            add_part(page, names, rows, scores + 1, #names)
        end
    end
    if #self.failed > 0 then
        page:heading("What could not be used")
        local lines = {}
        for i, bad in ipairs(self.failed) do lines[i] = {bad.id, bad.error} end
        page:table({"case", "why"}, lines, {align = {"left", "left"}})
    end
    if #self.shown > 0 then page:heading("Cases") end
    for _, case in ipairs(self.shown) do
        page:heading(case.id, {level = 3})
        page:viewer(case.scan, {mask = case.truth, prediction = case.classes, uncertainty = case.entropy})
    end
    local path = self.options.output .. "/predictions.html"
    page:save(path)
    return path
end

return outcome
