-- Calls everything that the reference manual declares with arguments that make no sense: errors are expected, a trap or
-- a call that Ctrl-C does not stop is a fault.
-- Arguments: a seed, the first and the last step; manual.md (`lunette --manual`) is in the current folder, the rest of
-- which is not kept. Every step is one line of Lua, written to the file "log" before it runs; it depends on the seed and
-- its number alone, so that `lunette garbage.lua SEED STEP STEP` runs it again by itself.

local seed, first, last = tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3])
local log = assert(io.open("log", "a"))
log:setvbuf("no")

-- What is left out, and why.
local excluded = {
    ["help"] = "prints all help, in every step that it comes in",
    ["torch.set_memory_limit"] = "would leave too little for the steps behind it",
}
-- Examples write into the current folder.
local names = 0
function os.tmpname()
    names = names + 1
    return "./file" .. names
end

-- The declarations: functions, methods, metamethods and properties, with the types of their parameters.
local declared, types, modules = {}, {}, {}
local function read_manual()
    local file = assert(io.open("manual.md"))
    local entry, in_example
    for line in file:lines() do
        if in_example then
            if line == "```" then in_example = false else entry.example = entry.example .. line .. "\n" end
        elseif line:match("^# ") then
            modules[#modules + 1], entry = line:sub(3), nil
        elseif line:match("^## ") then
            entry = nil
            -- The first chapters are texts, whose sections are no types.
            if modules[#modules]:match("^[%w_%.]+$") then types[#types + 1] = line:sub(4) end
        elseif line:match("^### ") then
            local name = line:match("^### ([%w_%.:]+)")
            entry = {name = name, parameters = {}, options = {}, example = "", is_called = line:find("(", 1, true) ~= nil}
            if not excluded[name] then declared[#declared + 1] = entry end
        elseif entry and line == "```lua" then
            in_example = true
        elseif entry and line:match("^%- `") then
            local name, rest = line:match("^%- `([%w_%.]+)` %((.-)%):")
            if name then
                local is_option = rest:match("^option, ")
                local parameter = {name = name, type = (rest:gsub("^option, ", ""):gsub(", default `.*$", ""))}
                local list = is_option and entry.options or entry.parameters
                list[#list + 1] = parameter
            end
        elseif entry and line:match("^Type: ") then
            entry.type = line:match("^Type: (.-)[%.,]")
        end
    end
    file:close()
end
read_manual()

-- Objects of all types, from the examples.
local pool, pool_count = {}, {}
local function keep(value, depth)
    if type(value) == "userdata" then
        local name = (debug.getmetatable(value) or {}).__name
        if not name then return end
        pool[name] = pool[name] or {}
        if #pool[name] < 4 then pool[name][#pool[name] + 1] = value end
    elseif type(value) == "table" and depth < 3 then
        for _, element in pairs(value) do keep(element, depth + 1) end
    end
end
local function load_either(code, name)
    local chunk = load("return " .. code, name)
    if chunk then return chunk end
    return load(code, name)
end

-- The modules' functions keep what they return while the examples run.
local function recorded(module, done)
    if done[module] then return end
    done[module] = true
    local functions = {}
    for name, member in pairs(module) do
        if type(member) == "function" then functions[name] = member
        elseif type(member) == "table" then recorded(member, done) end
    end
    for name, f in pairs(functions) do
        module[name] = function(...)
            local results = table.pack(f(...))
            for i = 1, results.n do keep(results[i], 0) end
            return table.unpack(results, 1, results.n)
        end
    end
    done[module] = functions
end
-- What comes out of methods alone.
local from_methods = [[
    local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2, latent_size = 2})
    keep(vae:training(torch.randn(20, 3, 3, 3), {epochs = 2, batch_size = 10}), 0)
    local folder = os.tmpname() .. "-garbage"
    volumes.write_phantoms(folder, {layout = "ms", count = 3, size = {8, 8, 8}})
    local set = volumes.dataset(folder, {layout = "ms"})
    keep(set, 0) keep(set[1], 0)
    -- A folder that no process before this one has filled.
    local s = study.open(os.tmpname() .. "-garbage" .. tostring({}):match("0x%x+"))
    s:job("a", function(job) keep(job, 0) keep({job:steps(2, {sums = {1}})}, 0) end)
]]
local function make_objects()
    torch.manual_seed(seed)
    local done = {}
    for _, name in ipairs(modules) do if type(_G[name]) == "table" then recorded(_G[name], done) end end
    for _, entry in ipairs(declared) do
        local chunk = entry.example ~= "" and load_either(entry.example, "=example")
        if chunk then
            local results = table.pack(pcall(chunk))
            if results[1] then for i = 2, results.n do keep(results[i], 0) end end
        end
    end
    local ok, message = pcall(assert(load(from_methods, "=from_methods", "t", setmetatable({keep = keep}, {__index = _G}))))
    if not ok then log:write("note: not made: ", tostring(message), "\n") end
    for module, functions in pairs(done) do for name, f in pairs(functions) do module[name] = f end end
end

-- What the lines may use.
function O(name, i) local list = pool[name] return list and list[(i - 1) % #list + 1] end
function freed() local t = torch.ones(2, 3) t:free() return t end
function nested(depth) local t = {1} for _ = 1, math.min(depth, 50000) do t = {t} end return t end
function long(count, value) local t = {} for i = 1, math.min(count, 50000) do t[i] = value end return t end
function cyclic() local t = {1} t[2] = t t.x = t return t end
function chain(count) local n = nn.ReLU() for _ = 1, math.min(count, 500) do n = nn.Sequential(n) end return n end

local numbers = {
    "0", "-1", "1", "2", "3", "5", "-2", "64", "0.5", "(1 << 31)", "(1 << 33)", "(1 << 44)", "(1 << 48)", "(1 << 53)", "(1 << 62)",
    "math.maxinteger", "math.mininteger", "-(1 << 31)", "1e300", "-1e300", "5e-324", "(0/0)", "(1/0)", "(-1/0)", "1e38", "-0.0",
    "100000", "1000000007", "2^31", "2^53", "2^62", "1e-30",
}
local strings = {
    "''", "'x'", "'mean'", "'sum'", "'x.nii.gz'", "'x.png'", "'/dev/null/x'", "'train'", "'short'", "'\\xff\\xfe'", "'init_conv'", "'a/b'",
    "('x'):rep(100000)", "'**/{id}*'", "'x.npz'", "'%s%n'",
}
local tensors = {
    "torch.zeros(0)", "torch.ones(3)", "torch.randn(2, 3)", "torch.zeros(3, 0, 2)", "torch.randn(1, 1, 4, 4, 4)", "torch.randn(2, 1, 3, 3, 3)",
    "torch.ones(1):expand(1 << 33)", "torch.ones(1, 1):expand(1 << 20, 1 << 14)", "torch.ones(2, 3):t()", "torch.tensor(1)",
    "torch.randn(2, 3):requires_grad_()", "torch.zeros(2, 3) / 0", "torch.full({3}, 1 / 0)", "freed()", "torch.ones(4, 5, 6)", "torch.zeros(1, 1 << 30, 0)",
    "torch.zeros(0, 1, 4, 4, 4)", "torch.zeros(0, 3, 3, 3)", "torch.zeros(0, 2)", "torch.ones(1, 2, 8, 8, 8)", "torch.randn(5, 3, 3, 3)", "torch.full({2, 2}, 1e38)", "torch.arange(6):reshape(2, 3)", "torch.ones(1):expand(1 << 36)",
}
local oddities = {
    "nil", "true", "false", "{}", "nested(60)", "nested(50000)", "long(1000, 1)", "long(40000, {})", "cyclic()", "function() end",
    "function(...) error('no') end", "function(x) return x end", "function() return math.maxinteger end", "coroutine.create(print)", "io.stdout",
    "chain(300)", "setmetatable({}, {__index = function() error('no') end})", "print",
}

local function any(list) return list[math.random(#list)] end
local function object()
    local names = pool_names
    return ("O(%q, %d)"):format(any(names), math.random(4))
end

local value
local function fields(depth)
    local parts = {}
    for i = 1, math.random(0, 4) do
        local key = math.random(3)
        local v = value("value", depth + 1)
        if key == 1 then parts[i] = v
        elseif key == 2 then parts[i] = any(option_names) .. " = " .. v
        else parts[i] = "[" .. any(numbers):gsub("%(0/0%)", "7") .. "] = " .. v end
    end
    return "{" .. table.concat(parts, ", ") .. "}"
end
function value(type, depth)
    depth = depth or 0
    if math.random(6) == 1 then type = "value" end
    if type:find(" or ", 1, true) then
        local choices = {}
        for choice in (type .. " or "):gmatch("(.-) or ") do choices[#choices + 1] = choice end
        return value(any(choices), depth)
    end
    local element = type:match("^list of (.*)s$")
    if element and depth < 4 then
        local parts = {}
        for i = 1, math.random(0, 4) do parts[i] = value(element, depth + 1) end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    element = type:match("^table of (.*)s$")
    if element and depth < 4 then
        local parts = {}
        for i = 1, math.random(0, 3) do parts[i] = ("[%s] = %s"):format(any(strings), value(element, depth + 1)) end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    if type == "integer" or type == "number" then return any(numbers) end
    if type == "string" then return any(strings) end
    if type == "boolean" then return any{"true", "false"} end
    if type == "Tensor" then return any(tensors) end
    if pool[type] then return ("O(%q, %d)"):format(type, math.random(4)) end
    local choice = math.random(7)
    if choice <= 2 then return any(numbers) end
    if choice == 3 then return any(strings) end
    if choice == 4 then return any(tensors) end
    if choice == 5 then return object() end
    if choice == 6 and depth < 3 then return fields(depth) end
    return any(oddities)
end

local function arguments(entry)
    local parts = {}
    for _, parameter in ipairs(entry.parameters) do
        parts[#parts + 1] = value(parameter.type)
        if parameter.name == "..." or math.random(12) == 1 then
            for _ = 1, math.random(0, 4) do parts[#parts + 1] = value(parameter.type) end
        end
    end
    while #parts > 0 and math.random(12) == 1 do parts[#parts] = nil end
    if math.random(10) == 1 then parts[#parts + 1] = value("value") end
    if #entry.options > 0 and math.random(3) > 1 then
        local options = {}
        for _, option in ipairs(entry.options) do
            if math.random(#entry.options) <= 2 then
                options[#options + 1] = option.name .. " = " .. value(option.type)
            end
        end
        if #options > 0 then parts[#parts + 1] = "{" .. table.concat(options, ", ") .. "}" end
    end
    return table.concat(parts, ", ")
end

-- An example with one to three of its numbers, texts or arguments replaced.
local function mutated(example)
    local code = example
    for _ = 1, math.random(3) do
        local places = {}
        for from, to in code:gmatch("()%f[%w_%.]%d+%.?%d*[eE]?%d*()") do places[#places + 1] = {from, to - 1, "integer"} end
        for from, to in code:gmatch("()\"[^\"\n]*\"()") do places[#places + 1] = {from, to - 1, "string"} end
        for from, to in code:gmatch("[%(,=]%s*()[%w_%.]+()%f[%s,%)%}]") do places[#places + 1] = {from, to - 1, "value"} end
        if #places == 0 then break end
        local place = any(places)
        code = code:sub(1, place[1] - 1) .. value(place[3]) .. code:sub(place[2] + 1)
    end
    return code
end

local operators = {
    __add = "+", __sub = "-", __mul = "*", __div = "/", __pow = "^", __mod = "%", __idiv = "//", __eq = "==", __lt = "<", __le = "<=", __concat = "..",
}
local function line()
    local entry = any(declared)
    if entry.example ~= "" and math.random(5) <= 2 then return mutated(entry.example) end
    local owner, member = entry.name:match("^([%w_]+):([%w_]+)$")
    if not entry.is_called then owner, member = entry.name:match("^([%w_]+)%.([%w_]+)$") end
    if owner and (pool[owner] or owner == "Tensor") then
        local self = math.random(2) == 1 and owner == "Tensor" and any(tensors) or ("O(%q, %d)"):format(owner, math.random(4))
        if not entry.is_called then
            if math.random(2) == 1 then return ("return %s.%s"):format(self, member) end
            return ("%s.%s = %s"):format(self, member, value(entry.type or "value"))
        end
        if operators[member] then
            local a, b = self, value("value")
            if math.random(2) == 1 then a, b = b, a end
            return ("return (%s) %s (%s)"):format(a, operators[member], b)
        end
        if member == "__index" then return ("return (%s)[%s]"):format(self, value("value")) end
        if member == "__newindex" then return ("local o = %s o[%s] = %s"):format(self, value("value"), value("value")) end
        if member == "__call" then return ("return (%s)(%s)"):format(self, arguments(entry)) end
        if member == "__len" then return ("return #(%s)"):format(self) end
        if member == "__unm" then return ("return -(%s)"):format(self) end
        if member:match("^__") then return ("return tostring(%s)"):format(self) end
        return ("return (%s):%s(%s)"):format(self, member, arguments(entry))
    end
    if entry.is_called and not owner then return ("return %s(%s)"):format(entry.name, arguments(entry)) end
    return ("return %s"):format(object())
end

make_objects()
-- Every object is of a more special type.
pool.NetworkPosterior = pool.Ensemble
pool_names, option_names = {}, {"lr", "size", "seed", "dim", "shape"}
for name in pairs(pool) do pool_names[#pool_names + 1] = name end
table.sort(pool_names)
for _, entry in ipairs(declared) do for _, option in ipairs(entry.options) do option_names[#option_names + 1] = option.name end end

for _, name in ipairs(types) do
    if not pool[name] then log:write("note: no object of type " .. name .. "\n") end
end
for step = first, last do
    math.randomseed(seed, step)
    torch.manual_seed(step)
    local code = line():gsub("\n", " ")
    log:write(step, ": ", code, "\n")
    local chunk = load_either(code, "=step")
    local results = table.pack(pcall(chunk or error))
    if not results[1] then log:write("error\n") end
    for i = 2, math.min(results.n, 5) do pcall(tostring, results[i]) end
end
