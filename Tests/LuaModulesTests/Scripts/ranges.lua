-- Calls every declared function with each of its numbers replaced by nan, infinity, -1, 0 and huge ones. A number out of
-- the declared range must be an error that names the parameter; where it is in the range, the call must fail, or what it
-- returns must be finite. Its argument is the text of a table: the functions with their names, examples and parameters.
-- Returns what went wrong, and the names of functions with numbers that no example calls, as two lists of lines.

local declared = assert(load("return " .. (...)))()
local by_name = {}
for _, entry in ipairs(declared) do by_name[entry.name] = entry end

-- The arguments of the first call of each function while the examples run.
local calls, depth = {}, 0
local function recorded(name, call)
    return function(...)
        local entry = by_name[name]
        if entry and not calls[name] and depth == 0 then
            local arguments = table.pack(...)
            local last = arguments[arguments.n]
            if type(last) == "table" and next(last) ~= nil and #last == 0 then
                local copy = {}
                for key, value in pairs(last) do copy[key] = value end
                arguments[arguments.n] = copy
            end
            calls[name] = {call = call, arguments = arguments}
        end
        return call(...)
    end
end

-- A method's name as it was declared: a type has those of its supertype, too.
local function declared_method(type_name, key)
    local own = type_name .. ":" .. key
    if by_name[own] then return own end
    for _, general in ipairs{"Module", "Optimizer"} do
        if by_name[general .. ":" .. key] then return general .. ":" .. key end
    end
end

local known = {}
local function watch(object)
    if type(object) ~= "userdata" then return end
    local meta = debug.getmetatable(object)
    if not meta or known[meta] or not meta.__name then return end
    known[meta] = true
    local index = meta.__index
    meta.__index = function(self, key)
        local value = index(self, key)
        local name = type(value) == "function" and type(key) == "string" and declared_method(meta.__name, key)
        if not name then
            watch(value)
            return value
        end
        return recorded(name, function(...)
            local results = table.pack(value(...))
            for i = 1, results.n do watch(results[i]) end
            return table.unpack(results, 1, results.n)
        end)
    end
    if meta.__call then meta.__call = recorded(meta.__name .. ":__call", meta.__call) end
end

local function wrap(module, path)
    for name, member in pairs(module) do
        if type(member) == "function" then
            module[name] = recorded(path .. "." .. name, function(...)
                local results = table.pack(member(...))
                for i = 1, results.n do
                    watch(results[i])
                    if type(results[i]) == "table" then for _, part in pairs(results[i]) do watch(part) end end
                end
                return table.unpack(results, 1, results.n)
            end)
        elseif type(member) == "table" then
            wrap(member, path .. "." .. name)
        end
    end
end
for _, name in ipairs{"torch", "nn", "optim", "dist", "prior", "bayes", "volumes", "stats", "study", "mpi", "plot",
    "report", "progress", "check"} do
    wrap(_G[name], name)
end
for _, entry in ipairs(declared) do
    local chunk = entry.example ~= "" and (load("return " .. entry.example) or load(entry.example))
    if chunk then pcall(chunk) end
end
-- What no example of a line calls: an objective, and the steps of a job, which only the job's function sees.
local net = nn.Sequential(bayes.Conv3d(1, 2, 3), bayes.Conv3d(2, 2, 3))
bayes.set_mode(net, "train")
local priors = bayes.PriorSet{{name = "all", layers = {"0", "1"}, prior = bayes.NormalPrior{3, 3, 3}}}
bayes.Objective(priors, {volumes = 1})(net(torch.ones(1, 1, 6, 6, 6)):mean(), net, 1)
study.open(os.tmpname() .. "-ranges"):job("a", function(job)
    watch(job)
    for _ in job:steps(2, {sums = {0}}) do end
end)
depth = 1

-- Whether a result holds nothing but finite numbers.
local function is_finite(value, level)
    if type(value) == "number" then return value == value and math.abs(value) < math.huge end
    if type(value) == "table" and level < 3 then
        for _, part in pairs(value) do if not is_finite(part, level + 1) then return false end end
    elseif type(value) == "userdata" then
        local name = debug.getmetatable(value).__name
        if name == "Tensor" then return value:numel() == 0 or (value * 0):sum():item() == 0 end
        if name == "Module" or name == "KernelVAE" then
            for _, parameter in ipairs(value:parameters()) do
                if not is_finite(parameter, level) then return false end
            end
        end
    end
    return true
end

-- The recorded arguments with one of them replaced.
local function with(arguments, parameter, value)
    local result = table.move(arguments, 1, arguments.n, 1, {})
    if parameter.position then
        result[parameter.position] = value
        return result, math.max(arguments.n, parameter.position)
    end
    local options, count = result[arguments.n], arguments.n
    if type(options) ~= "table" or #options > 0 or (next(options) == nil and parameter.required > count - 1) then
        options, count = {}, count + 1
    end
    local copy = {}
    for key, known_value in pairs(options) do copy[key] = known_value end
    copy[parameter.name] = value
    result[count] = copy
    return result, count
end

local wrong, missing = {}, {}
for _, entry in ipairs(declared) do
    local call = calls[entry.name]
    if not call and #entry.parameters > 0 then missing[#missing + 1] = entry.name end
    for _, parameter in ipairs(call and entry.parameters or {}) do
        for _, trial in ipairs(parameter.trials) do
            local number = trial.number
            local value = parameter.is_list and {number, number, number} or number
            local arguments, count = with(call.arguments, parameter, value)
            local results = table.pack(pcall(call.call, table.unpack(arguments, 1, count)))
            local what = ("%s, %s = %s"):format(entry.name, parameter.name, number)
            if not results[1] then
                if trial.is_refused and not tostring(results[2]):find("'" .. parameter.name .. "'", 1, true) then
                    wrong[#wrong + 1] = ("%s: the error names another parameter: %s"):format(what, results[2])
                end
            elseif trial.is_refused then
                wrong[#wrong + 1] = what .. ": out of the range, but taken"
            else
                for i = 2, results.n do
                    if not is_finite(results[i], 0) then wrong[#wrong + 1] = what .. ": the result is not finite" end
                end
            end
        end
    end
end
return table.concat(wrong, "\n"), table.concat(missing, "\n")
