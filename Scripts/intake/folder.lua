-- The options of scripts that open a folder, and the data set that they mean.

local command = require "study.command"
local guess = require "intake.guess"
local labels = require "intake.labels"
local lists = require "study.lists"
local sequences = require "intake.sequences"

local folder = {}

--- Adds the options to a parser of argparse.
function folder.options(parser)
    local names = {}
    for i, layout in ipairs(volumes.layouts()) do names[i] = layout.name end
    parser:option("--layout", "how the folder is laid out; by default found out by its files"):choices(names)
    parser:option("--modality", "of layouts that have several: which scan or scans, such as t1,t1ce,t2,flair")
    parser:option("--part", "of nnU-Net and Decathlon: train, test or all [train; predict.lua: all]")
    parser:option("--derivative", "of BIDS: which folder of derivatives has the masks, where there are several raters")
    parser:option("--mask-label", "of BIDS: which masks, such as lesion for label-lesion")
    parser:option("--image", "path of a scan below the folder with {id} for the subject and .* for any ending, or several "
        .. "with commas; a file that holds several volumes has to be parted first")
    parser:option("--mask", "path of its mask; check.lua and predict.lua go without")
    parser:option("--sequences", "names of the sequences of --image, with commas; by default what their names say, as in "
        .. "{id}_t1.nii.gz")
    parser:option("--classes", "what masks tell apart: 'layout', or NAME=LABEL[+LABEL], with commas; by default all labels "
        .. "are one class")
    parser:option("--regions", "the same of regions, which may hold one another")
    parser:flag("--zeros", "subjects that lack one of several sequences have zeros there")
    parser:flag("--resample", "masks and sequences on another grid are brought to that of the first scan")
end

--- A path without what does not change its meaning.
function folder.plain(path)
    return (path:gsub("/+", "/"):gsub("/%./", "/"):gsub("(.)/$", "%1"):gsub("^%./", ""))
end

--- Subjects that cannot be used as paragraphs of a page.
function folder.paragraphs(rejected)
    local lines = {}
    for i, bad in ipairs(rejected) do lines[i] = bad.id .. ": " .. bad.error end
    return table.concat(lines, "\n\n")
end

--- "1 subject", "2 subjects".
function folder.count(number, noun) return ("%d %s%s"):format(number, noun, number == 1 and "" or "s") end

--- The list {{name, labels}, ...} of the text of an option such as "core=1+4,oedema=2"; "layout" stays what it is.
local function structures(text, option)
    if not text or text == "layout" or type(text) == "table" then return text end
    local list = {}
    for part in text:gmatch("[^,]+") do
        local name, labels = part:match("^%s*([^=]+)=([%d+]+)%s*$")
        if not name then
            error(("%s: NAME=LABEL[+LABEL] expected, with commas, got '%s'"):format(option, part), 0)
        end
        local numbers = {}
        for number in labels:gmatch("%d+") do
            numbers[#numbers + 1] = math.tointeger(tonumber(number))
                or error(("%s: '%s' is too large for a label"):format(option, number), 0)
        end
        list[#list + 1] = {name, numbers}
    end
    if #list == 0 then error(("%s: NAME=LABEL[+LABEL] expected, got '%s'"):format(option, text), 0) end
    return list
end

--- Whether the layout `name` takes an option.
local function takes(name, option)
    for _, layout in ipairs(volumes.layouts()) do
        if layout.name == name then return lists.contains(layout.options, option) end
    end
    return false
end

--- The parts of a text between commas.
local function split(text)
    local parts = {}
    for part in text:gmatch("[^,]+") do parts[#parts + 1] = part end
    return parts
end

--- How the folder `path` is laid out, as `volumes.dataset` takes it, and in words: by the options, or found out.
local function chosen_layout(path, options, masks)
    if options.layout and options.layout ~= "pairs" then
        return {layout = options.layout}, ("layout '%s'"):format(options.layout)
    end
    if options.image then
        if not options.mask and masks ~= "optional" then error("--image and --mask go together", 0) end
        return {image = options.image, mask = options.mask,
            sequences = sequences.of_patterns(split(options.image))}, "the paths given"
    end
    if options.mask or options.layout then error("--mask and --layout pairs need --image", 0) end
    local chosen, count = guess.layout(path, volumes.find(path), masks)
    if not chosen then
        error(("%s: no data set was recognised: %s; say --layout, or --image and --mask, as in --image '{id}/t2.nii.gz' "
            .. "--mask '{id}/seg.nii.gz'"):format(path, count), 0)
    end
    if #(chosen.others or {}) > 0 then
        local message = ("%s: several masks for each scan: '%s'"):format(path,
            table.concat(lists.joined({chosen.mask}, chosen.others), "', '"))
        local advice = ("choose one by --image '%s' --mask PATH"):format(table.concat(chosen.image, ","))
        if masks ~= "optional" then error(message .. "; " .. advice, 0) end
        print(("%s; none is read, %s"):format(message, advice))
        chosen.mask = nil
    end
    return chosen, ("%s (found out: %s)"):format(guess.text(chosen), folder.count(count, "subject"))
end

--- What may help where a folder cannot be opened: the kinds of scans that a folder of BIDS has.
local function hint(path, layout)
    local found = {}
    for _, file in ipairs(layout == "bids" and volumes.find(path) or {}) do
        local kind = file.path:match("^sub%-.*_(%w+)%.nii")
        if kind then found[kind] = true end
    end
    return next(found) and ("; --modality: the folder has %s"):format(table.concat(lists.keys(found), ", ")) or ""
end

--- The data set of `path` by the command line's `options`, how it was laid out, in words, and the layout. `masks` says
--- whether they are needed, and `wanted` which sequences are read where the layout has a choice and the options have
--- none.
function folder.open(path, options, masks, wanted)
    if options.classes and options.regions then error("either --classes or --regions", 0) end
    if options.mask and options.mask:find(",") then
        error(("--mask: one path expected, got '%s'"):format(options.mask), 0)
    end
    local chosen, how = chosen_layout(path, options, masks)
    local layout = chosen.layout or "pairs"
    for _, option in ipairs{"modality", "part", "derivative", "mask_label", "image", "mask", "sequences"} do
        -- It would be passed over.
        if options[option] and not takes(layout, option) then
            error(("--%s: the layout '%s' has no such option"):format(option:gsub("_", "-"), layout), 0)
        end
        if takes(layout, option) then chosen[option] = options[option] or chosen[option] end
    end
    chosen.others = nil
    if takes(layout, "modality") then chosen.modality = options.modality or wanted or chosen.modality end
    if takes(layout, "part") and not options.part and options.all_parts then chosen.part = "all" end
    chosen.classes = structures(options.classes, "--classes")
    chosen.regions = structures(options.regions, "--regions")
    chosen.missing = options.zeros and "zeros" or nil
    chosen.resample = options.resample or nil
    chosen.masks = masks
    local fits, data = command.try(volumes.dataset, path, chosen)
    if not fits then error(folder.advised(data) .. hint(path, layout), 0) end
    return data, how, layout
end

--- An error with what it advises as the options of the scripts.
function folder.advised(message)
    return (message:gsub(": choose one with frame = .*$", ": a file of one volume is expected")
        :gsub("the option resample ", "--resample "):gsub("`derivative` or `mask_label`", "--derivative or --mask-label"))
end

--- The error of a subject with the path of the scan that it calls 'image' or 'image 2'; `paths` are those of its scans.
function folder.of_file(message, paths)
    return (folder.advised(message):gsub("^'image ?(%d*)' is ", function(number)
        local path = paths[tonumber(number) or 1]
        return path and path .. ": "
    end, 1))
end

--- Reads a subject, and makes sure that its scans can be prepared: true, its scans as a list, and its mask; otherwise
--- false and why, with the file.
function folder.load(subject)
    local fits, scans, mask = command.try(function()
        local scans, mask = subject:load()
        if type(scans) ~= "table" then scans = {scans} end
        volumes.prepare(scans)
        return scans, mask
    end)
    if not fits then return false, folder.of_file(scans, subject.image_paths) end
    return true, scans, mask
end

--- The subjects of a data set that can be used, and the labels of their masks, a list of {id, labels}; says which are
--- left out, and why.
function folder.usable(data)
    local subjects, left_out, found = {}, {}, {}
    for _, bad in ipairs(data.rejected) do
        left_out[#left_out + 1] = {id = bad.id, error = folder.advised(bad.error)}
    end
    local all = {}
    for i = 1, #data do all[i] = data[i] end
    for subject in progress(all, "reading") do
        local fits, message = folder.load(subject)
        if fits then
            subjects[#subjects + 1] = subject
            found[#found + 1] = {id = subject.id, labels = labels.of(subject.label_path)}
        else
            left_out[#left_out + 1] = {id = subject.id, error = message}
        end
        collectgarbage()
    end
    for _, bad in ipairs(left_out) do print(("left out: %s: %s"):format(bad.id, bad.error)) end
    return subjects, found
end

--- The paths below the folder `path` of volumes that no subject of a data set has, not even a rejected one: those of
--- folders without any subject first, which are likeliest to be meant.
function folder.strays(path, data)
    local used, folders = {}, {}
    local function use(file)
        if not file then return end
        local below = file:sub(#path + 1):gsub("^/+", "")
        used[below:gsub("%.gz$", "")], folders[below:match("^(.*)/") or ""] = true, true
    end
    for i = 1, #data do
        for _, file in ipairs(data[i].image_paths) do use(file) end
        use(data[i].label_path)
    end
    local function is_of_rejected(file)
        for _, bad in ipairs(data.rejected) do
            if file:find(bad.id, 1, true) then return true end
        end
        return false
    end
    local apart, beside = {}, {}
    for _, file in ipairs(volumes.find(path)) do
        local is_volume = file.kind ~= "json" and file.kind ~= "dicom" and not is_of_rejected(file.path)
        if is_volume and not used[file.path:gsub("%.gz$", "")] then
            table.insert(folders[file.path:match("^(.*)/") or ""] and beside or apart, file.path)
        end
    end
    return table.move(beside, 1, #beside, #apart + 1, apart)
end

--- Says which volumes no subject has, where there are any: at most eight by name.
function folder.print_strays(path, data)
    local strays = folder.strays(path, data)
    if #strays == 0 then return end
    local more = #strays > 8 and (" and %d more"):format(#strays - 8) or ""
    if strays[1]:match("^imagesTs/") then more = more .. "; --part all takes imagesTs, too" end
    print(("%s read for no subject: %s%s"):format(#strays == 1 and "1 volume is" or #strays .. " volumes are",
        table.concat(strays, ", ", 1, math.min(8, #strays)), more))
end

return folder
