-- What is in a folder of scans, what does not fit, and how sizes, orientations and intensities lie: a table, and a page
-- with pictures.
--
--   lunette Scripts/check.lua FOLDER                        finds out how the folder is laid out
--   lunette Scripts/check.lua FOLDER --layout brats --modality t1,t1ce,t2,flair --regions layout
--
-- Folders of DICOM series are first written as NIfTI, into the folder that --nifti names.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"
local folder = require "intake.folder"
local survey = require "intake.survey"

local parser = argparse("check.lua", "Says what is in a folder of scans, and what does not fit.")
parser:argument("folder", "the folder")
folder.options(parser)
parser:option("--page", "the page [check.html]"):default("check.html")
parser:option("--nifti", "folder to write DICOM series to, as NIfTI")
command.integer(parser, "--shown", "subjects with a picture on the page", "12", 0, 1000)
local options = parser:parse(command.arguments(arg))

command.run(function()
    local path = folder.plain(options.folder)
    if not options.page:lower():match("%.html?$") then
        error(("--page: a name that ends in .html expected, got '%s'"):format(options.page), 0)
    end
    local counts, others = {}, 0
    do
        local files
        files, others = volumes.find(path)
        for _, file in ipairs(files) do counts[file.kind] = (counts[file.kind] or 0) + 1 end
    end
    local kinds = {}
    for _, kind in ipairs{"nifti", "nrrd", "mgh", "dicom", "json"} do
        if counts[kind] then kinds[#kinds + 1] = ("%d %s"):format(counts[kind], kind) end
    end
    print(("%s: %s%s"):format(path, #kinds > 0 and table.concat(kinds, ", ") or "no volumes",
        others > 0 and (", %d other files"):format(others) or ""))

    if counts.dicom and not (counts.nifti or counts.nrrd or counts.mgh) then
        if not options.nifti then
            error("the folder holds DICOM: name a folder to write NIfTI to, --nifti FOLDER", 0)
        end
        study.make_folder(options.nifti)
        local written, skipped = volumes.import_dicom(path, options.nifti)
        for _, series in ipairs(written) do print(("  %s: %s"):format(series.path, series.description)) end
        for _, file in ipairs(skipped) do print(("  left out: %s (%s)"):format(file.name, file.reason)) end
        if #written == 0 then error("no series of the folder can be used", 0) end
        print(("written as NIfTI to %s; masks go beside the scans, and check.lua again looks at both"):format(
            options.nifti))
        return
    end

    if options.nifti then error("--nifti: the folder holds volumes, or no DICOM", 0) end

    local data, how = folder.open(path, options, "optional")
    print("layout: " .. how)
    folder.print_strays(path, data)
    local found = survey.of(data, options.shown, options.resample)
    print("\n" .. survey.text(found))
    survey.page(found, path, how, options.shown):save(options.page)
    print("\nthe page is " .. options.page)
    if #found.rows == 0 then error(path .. ": no subject can be used", 0) end
end)
