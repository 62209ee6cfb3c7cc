-- The page of a prediction: tables of volumes and scores, notes, and the first cases in a viewer.

local folder = require "intake.folder"

local pages = {}

--- The name of each class number: of regions that of the last one that it is in.
local function class_names(run)
    local names = {}
    for _, structure in ipairs(run.recipe.structures) do
        for _, number in ipairs(structure[2]) do names[number] = structure[1] end
    end
    return names
end

--- The mean of each column of numbers, over the rows that have one.
local function mean_row(rows, count)
    local line = {"mean"}
    for i = 2, count do
        local sum, number = 0, 0
        for _, row in ipairs(rows) do
            local value = tonumber(row[i])
            if value then sum, number = sum + value, number + 1 end
        end
        line[i] = number > 0 and ("%.4f"):format(sum / number) or ""
    end
    return line
end

--- Adds the columns of the cases' table from place `first` to `last` as a table of its own, with the names of the cases.
local function add_part(page, names, rows, first, last)
    local function part(line) return {line[1], table.unpack(line, first, last)} end
    local lines, align = {}, {"left"}
    for i, row in ipairs(rows) do lines[i] = part(row) end
    for _ = first, last do align[#align + 1] = "right" end
    page:table(part(names), lines, {align = align})
end

--- Writes the page: a figure, if any, the tables, what failed, and the first cases to look at; gives its path. `source`
--- is what was segmented, in words.
function pages.save(run, source, figure)
    local page = report.page("Predictions", {subtitle = ("%s; by %s"):format(source,
        table.concat(run.ensemble.paths, ", "))})
    -- What is said of single cases is among the notes below.
    local text = run:text()
    page:text(table.concat({text:match("^[^\n]*"), text:match("\n(min%-volume [^\n]*)")}, "\n\n"))
    if figure then page:figure(figure) end
    local names, judged = run:columns()
    local rows, noted = {}, {}
    for i, row in ipairs(run.rows) do
        rows[i] = run:cells(row, judged)
        local notes = run.notes_of(row)
        if #notes > 0 then noted[#noted + 1] = row.id .. ": " .. table.concat(notes, "; ") end
    end
    local count, first_score = #names - 1, #run.recipe.names + (run.ensemble:has_disagreement() and 4 or 3)
    if #rows > 1 then rows[#rows + 1] = mean_row(rows, count) end
    if #rows > 0 then
        page:heading("Volumes and uncertainty")
        local rest = run.ensemble:has_disagreement() and (" Disagreement, likewise, is the part of it in which %s differ.")
            :format(#run.ensemble.members > 1 and "the networks" or "draws") or ""
        page:text("The uncertainty of a case is its patch with the largest mean entropy, in nats." .. rest)
        add_part(page, names, rows, 2, first_score - 1)
        if judged then
            page:heading("Scores")
            page:text(run.lesion_rule)
            add_part(page, names, rows, first_score, count)
        end
    end
    if #noted > 0 then
        page:heading("Notes")
        page:text(table.concat(noted, "\n\n"))
    end
    if #run.failed > 0 then
        page:heading("What could not be used")
        page:text(folder.paragraphs(run.failed))
    end
    if #run.shown > 0 then
        page:heading("Cases")
        page:text(("%d of %s are shown (--shown)%s"):format(#run.shown, folder.count(#run.rows, "case"),
            ". The mask is outlined, the prediction tinted; the uncertainty is hidden until it is switched on."))
    end
    local class_names = class_names(run)
    for _, case in ipairs(run.shown) do
        page:heading(case.id, {level = 3})
        page:viewer(case.scan, {mask = case.truth, prediction = case.classes, uncertainty = case.entropy,
            classes = class_names})
    end
    local path = run.options.output .. "/predictions.html"
    page:save(path)
    return path
end

return pages
