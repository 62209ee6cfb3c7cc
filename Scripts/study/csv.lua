-- The numbers of a study as CSV files, among them its results.csv and comparisons.csv.

local lists = require "study.lists"
local measures = require "study.measures"

local csv = {}

--- A text as a cell of a CSV file.
function csv.cell(text) return text:find('[,"\n]') and '"' .. text:gsub('"', '""') .. '"' or text end

--- A file of rows, each a table by the names of the columns; numbers are not rounded, what is nil is left empty.
function csv.table(names, rows)
    local lines = {table.concat(names, ",")}
    for k, row in ipairs(rows) do
        local cells = {}
        for i, name in ipairs(names) do
            local value = row[name]
            cells[i] = math.type(value) == "float" and ("%.17g"):format(value) or value == nil and "" or csv.cell(tostring(value))
        end
        lines[1 + k] = table.concat(cells, ",")
    end
    return table.concat(lines, "\n") .. "\n"
end

--- The rows of results.csv: one a method, n, split, test volume and class or region; of several, their mean first.
function csv.results(tables)
    local lines = {("n,split,method,subject,%s,uncertainty,structure"):format(
        table.concat(measures.names(tables.measures), ","))}
    for _, trial in ipairs(tables.trials.list) do
        for _, structure in ipairs(tables.structures) do
            for _, row in ipairs(tables.trials:rows(trial, structure)) do
                local cells = {trial.n, trial.split, trial.method, row.subject}
                for _, measure in ipairs(tables.measures) do
                    cells[#cells + 1] = ("%.6f"):format(row[measure.name])
                end
                lines[#lines + 1] = ("%s,%.6f,%s"):format(table.concat(cells, ","), row.uncertainty,
                    csv.cell(structure))
            end
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

--- The rows of comparisons.csv: the comparisons of all measures.
function csv.comparisons(tables)
    local rows = {}
    for _, structure in ipairs(tables.structures) do
        for _, measure in ipairs(tables.measures) do
            for _, row in ipairs(tables:compare(measure, structure)) do
                rows[#rows + 1] = lists.merged(row, {measure = measure.name, better = measure.better,
                    structure = structure})
            end
        end
    end
    return csv.table({"measure", "better", "n", "method", "mean", "sd", "reference", "gain", "low", "high", "p",
        "corrected", "comparisons", "wins", "losses", "ties", "pairs", "left_out", "structure"}, rows)
end

return csv
