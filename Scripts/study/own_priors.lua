-- Priors of the user's own, each a method of the study: Lua files that give one, or names of the module prior.

local command = require "study.command"
local lists = require "study.lists"
local laboratory = prior

local own_priors = {}

-- What the module prior has beside the priors of the zoo.
local others = {of = true, fit = true, fitted = true, compare = true}

--- The text of a Lua file that gives a prior.
local function read(path)
    return command.text(path) or error(("prior: the file '%s' cannot be read"):format(path), 0)
end

--- A function that calls a file's text, each time with globals of its own: what one call leaves there does not change
--- the next.
local function reader(source, path)
    local chunk, message = load(source, "@" .. path, "t")
    if not chunk then error("prior: " .. message, 0) end
    return function()
        local globals = setmetatable({}, {__index = _G})
        globals._G = globals
        return load(source, "@" .. path, "t", globals)()
    end
end

--- Makes `os.exit` an error that names the file of those in `texts` that calls it: it would look as if the study were
--- done.
local function close_exit(texts)
    os.exit = function()
        local name
        for level = 2, 100 do
            local caller = debug.getinfo(level, "S")
            if name or not caller then break end
            name = lists.contains(texts, caller.source:sub(2)) and caller.source:sub(2)
        end
        -- Who calls it as the last thing leaves no trace.
        error(("prior: the file '%s' calls os.exit, which would end the study"):format(
            name or table.concat(texts, "' or '")), 0)
    end
end

--- The entry of a file, or of a name: {name, what, text, value}; `value` is a prior, or a function that gives one from
--- kernels. Of a file there is `anew`, too, which gives the value again, with tensors of its own.
local function entry(text)
    if not text:find("%.lua$") then
        local make = rawget(laboratory, text)
        if others[text] or type(make) ~= "function" then
            error(("prior: a file that ends in .lua, or a prior of the module prior, expected, got '%s'"):format(text), 0)
        end
        return {name = text, what = ("the prior %s of the zoo, fitted to the source's kernels."):format(text),
            text = text, value = make}
    end
    local name, source = text:match("([^/]*)%.lua$"), read(text)
    if not name:find("^%a[%w_-]*$") then
        error(("prior: the name of the file '%s' is to be that of a method: a letter, then letters, digits, _ and -")
            :format(text), 0)
    end
    local anew = reader(source, text)
    local value = anew()
    if type(value) ~= "function" and type(value) ~= "table" and type(value) ~= "userdata" then
        error(("prior: the file '%s' returns %s (expected a prior, or a function that gives one from kernels)"):format(
            text, value == nil and "nothing" or type(value)), 0)
    end
    return {name = name, what = ("the prior that %s describes, fitted to the source's kernels."):format(text),
        text = source, value = value, anew = anew}
end

--- The entries of `texts`, in order; an error where two have one name.
function own_priors.entries(texts)
    local entries, seen = {}, {}
    if #texts > 0 then close_exit(texts) end
    for i, text in ipairs(texts) do
        entries[i] = entry(text)
        if seen[entries[i].name] then error(("prior: '%s' comes twice"):format(entries[i].name), 0) end
        seen[entries[i].name] = true
    end
    return entries
end

--- The file of the prior of a group.
local function path(folder, own, group) return ("%s/priors/%s-%d.safetensors"):format(folder, own.name, group) end

--- Fits the prior of a group to `kernels`, keeps it in a file, and judges it on `held_out`, kernels of a network that
--- it does not see. Each group begins with a prior of its own, so that it does not hang on what was fitted before.
function own_priors.fit(folder, own, group, kernels, held_out)
    local fitted = laboratory.fitted(own.anew and own.anew() or own.value, kernels, {name = own.name})
    local judged = laboratory.compare(kernels, {[own.name] = fitted, normals = laboratory.IndependentNormals,
        full = laboratory.FullCovariance}, {test = held_out})
    local result = {kernels = kernels:size(1)}
    for _, row in ipairs(judged.rows) do
        if row.name == own.name then
            result.log_prob, result.bound, result.training = row.held_out, row.samples or false, row.training
        elseif row.name == "normals" then
            result.normals = row.held_out
        else
            result.full_covariance = row.held_out
        end
    end
    local file = path(folder, own, group)
    study.make_folder(file:match("^(.*)/"))
    bayes.PriorSet{{name = "prior", layers = {"all"}, prior = fitted}}:save(file)
    return result
end

--- The fitted prior of a group.
function own_priors.load(folder, own, group)
    local file = path(folder, own, group)
    if not study.path_kind(file) then
        print(("%s is not there; where it does not come, remove jobs/priors/%s in the study's folder, and it is fitted "
            .. "again"):format(file, own.name))
    end
    command.await(file)
    return bayes.load_priors(file):prior("prior")
end

return own_priors
