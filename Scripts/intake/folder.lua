-- The options of scripts that open a folder, and the data set that they mean.

local guess = require "intake.guess"

local folder = {}

--- Adds the options to a parser of argparse.
function folder.options(parser)
    local names = {}
    for i, layout in ipairs(volumes.layouts()) do names[i] = layout.name end
    parser:option("--layout", "how the folder is laid out; by default found out by its files"):choices(names)
    parser:option("--modality", "of layouts that have several: which scan or scans, such as t1,t1ce,t2,flair")
    parser:option("--image", "path of a scan below the folder with {id} for the subject, or several with commas")
    parser:option("--mask", "path of its mask")
    parser:option("--sequences", "names of the sequences of --image, with commas")
    parser:option("--classes", "what masks tell apart: 'layout', or NAME=LABEL[+LABEL], with commas")
    parser:option("--regions", "the same of regions, which may hold one another")
    parser:flag("--zeros", "subjects that lack one of several sequences have zeros there")
    parser:flag("--resample", "masks and sequences on another grid are brought to that of the first scan")
end

--- The list {{name, labels}, ...} of a text such as "core=1+4,oedema=2"; "layout" stays what it is.
local function structures(text)
    if not text or text == "layout" then return text end
    local list = {}
    for part in text:gmatch("[^,]+") do
        local name, labels = part:match("^%s*([^=]+)=([%d+]+)%s*$")
        if not name then error(("NAME=LABEL[+LABEL] expected, with commas, got '%s'"):format(part), 0) end
        local numbers = {}
        for number in labels:gmatch("%d+") do numbers[#numbers + 1] = math.tointeger(tonumber(number)) end
        list[#list + 1] = {name, numbers}
    end
    return list
end

--- The data set of `path` by the command line's `options`, masks needed or not, and how it was laid out, in words.
function folder.open(path, options, masks)
    local chosen, how
    if options.layout and options.layout ~= "pairs" then
        chosen, how = {layout = options.layout}, ("layout '%s'"):format(options.layout)
    elseif options.image or options.mask then
        if not (options.image and options.mask) then error("--image and --mask go together", 0) end
        chosen, how = {image = options.image, mask = options.mask}, "the paths given"
    else
        local count
        local files = volumes.find(path)
        chosen, count = guess.layout(path, files)
        if not chosen then
            error(("%s: no data set was recognised among its %d files; say --layout, or --image and --mask, as in "
                .. "--image '{id}/t2.nii.gz' --mask '{id}/seg.nii.gz'"):format(path, #files), 0)
        end
        how = ("%s (found out: %d subjects)"):format(guess.text(chosen), count)
    end
    chosen.modality, chosen.sequences = options.modality, options.sequences
    chosen.classes, chosen.regions = structures(options.classes), structures(options.regions)
    chosen.missing = options.zeros and "zeros" or nil
    chosen.resample = options.resample or nil
    chosen.masks = masks
    return volumes.dataset(path, chosen), how
end

return folder
