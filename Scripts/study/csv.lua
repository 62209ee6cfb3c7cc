-- The numbers of a study as files: results.csv and comparisons.csv.

local measures = require "study.measures"

local csv = {}

--- A text as a cell of a CSV file.
function csv.cell(text) return text:find('[,"\n]') and '"' .. text:gsub('"', '""') .. '"' or text end

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

--- The rows of comparisons.csv: the comparisons of all measures, not rounded.
function csv.comparisons(tables)
    local names = {"n", "method", "mean", "sd", "reference", "gain", "low", "high", "p", "corrected", "comparisons",
        "wins", "losses", "ties", "pairs", "left_out"}
    local lines = {("measure,better,%s,structure"):format(table.concat(names, ","))}
    for _, structure in ipairs(tables.structures) do
        for _, measure in ipairs(tables.measures) do
            for _, row in ipairs(tables:compare(measure, structure)) do
                local cells = {measure.name, measure.better}
                for i, name in ipairs(names) do
                    local value = row[name]
                    cells[2 + i] = math.type(value) == "float" and ("%.17g"):format(value) or tostring(value or "")
                end
                cells[#cells + 1] = csv.cell(structure)
                lines[#lines + 1] = table.concat(cells, ",")
            end
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

return csv
