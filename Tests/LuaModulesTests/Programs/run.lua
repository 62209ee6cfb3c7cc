-- Runs the programs of programs.txt and compares with expected.npz; generate.py tells how they are made, and the rule.
--     lunette run.lua [FOLDER [FIRST LAST]]
-- Returns how many programs agreed, and a text that tells of those that did not.

local folder, first, last = ...
folder = folder or arg and arg[0]:match("^(.*)/[^/]*$") or "."
first, last = tonumber(first) or 1, tonumber(last) or math.huge

local pools = torch.load(folder .. "/expected.npz")
local numbers = pools.numbers:tolist()
local at = 0

-- The inputs: `n(12, 2, 3)` is 2 x 3 numbers of the pool n from the 12th on (counted from 0), which go round.
local makers = {}
for kind, pool in pairs(pools) do
    local size = #pool
    makers[kind] = function(offset, ...)
        local shape, places, count = {...}, {}, 1
        for _, side in ipairs(shape) do count = count * side end
        if count == 0 then return torch.zeros(shape) end
        for k = 1, count do places[k] = (offset + k - 1) % size + 1 end
        return pool:index_select(1, places):reshape(shape)
    end
end

local function inputs_of(text)
    local names, tensors = {}, {}
    for name, expression, grad in text:gmatch("(%w)=([^ +]+)(%+?)") do
        local tensor = assert(load("return " .. expression, expression, "t", makers))():detach()
        if grad == "+" then tensor:requires_grad_() end
        names[#names + 1], tensors[#tensors + 1] = name, tensor
    end
    return names, tensors
end

--- A result as a tensor: numbers, Booleans, and tables of them are results too.
local function as_tensor(value)
    if type(value) == "boolean" then return torch.tensor(value and 1 or 0) end
    if value == nil or torch.is_tensor(value) then return value end
    return torch.tensor(value)
end

local function is_right(got, want, tolerance, floor)
    if got == want then return true end
    if got ~= got or want ~= want then return got ~= got and want ~= want end
    if want == math.huge or want == -math.huge then return false end
    return math.abs(got - want) <= tolerance * math.max(math.abs(want), floor)
end

local function list(values) return "{" .. table.concat(values, ", ") .. "}" end

--- Takes the numbers of `count` elements.
local function take(count)
    at = at + count
    return table.move(numbers, at - count + 1, at, 1, {})
end

--- Compares a tensor with what a word tells of it; nil, or what is wrong.
local function compare(what, tensor, word, tolerance)
    local sizes, floor = word:match("^([%dxs]+)~?(%-?%d*)$")
    local shape, count = {}, 1
    for size in sizes:gmatch("%d+") do
        shape[#shape + 1] = math.tointeger(size)
        count = count * shape[#shape]
    end
    floor = floor ~= "" and 10.0 ^ tonumber(floor) or 0
    local want = take(count)
    if tensor == nil then return what .. " is missing, expected " .. list(want) end
    if table.concat(tensor.shape, "x") ~= table.concat(shape, "x") then
        return ("%s has the shape %s, expected %s"):format(what, list(tensor.shape), list(shape))
    end
    local got = count > 0 and tensor:detach():reshape(-1):tolist() or {}
    local floor_of_zero = 0
    for _, x in ipairs(want) do
        if math.abs(x) < math.huge then floor_of_zero = math.max(floor_of_zero, math.min(math.abs(x), 1) / 100) end
    end
    for k = 1, count do
        if not is_right(got[k], want[k], tolerance, math.max(floor, want[k] == 0 and floor_of_zero or 0)) then
            return ("%s is wrong at element %d (floor %g)\n    got      %s\n    expected %s"):format(
                what, k, floor, list(got), list(want))
        end
    end
end

local function words_of(text)
    local words = {}
    for word in text:gmatch("%S+") do words[#words + 1] = word end
    return words
end

local function backward(results)
    local total
    for _, result in ipairs(results) do
        if result.requires_grad then
            local part = (result * makers.w(0, table.unpack(result.shape))):sum()
            total = total and total + part or part
        end
    end
    if total then total:backward() end
end

--- Runs a program, whose expectation is `words`; nil, or what is wrong.
local function fault(names, tensors, code, words)
    -- A statement a line: errors tell at which they came.
    local heading = #names > 0 and "local " .. table.concat(names, ", ") .. " = ...; " or ""
    local chunk = assert(load(heading .. code:gsub("; ", "\n"), "=program", "t", setmetatable({F = nn.functional}, {__index = _G})))
    local results = table.pack(pcall(chunk, table.unpack(tensors)))
    local place = words:match("^!(%d+)$")
    if place then
        if results[1] then return "expected an error in statement " .. place .. ", but there is none" end
        local found = tostring(results[2]):match("program:(%d+):")
        return found ~= place and ("expected an error in statement %s, got: %s"):format(place, results[2]) or nil
    end
    local values, may_fail, gradients = words:match("^(.-) ?|(%??)(.*)$")
    local failed = not values
    values, gradients = words_of(values or words:match("^(.-) !$")), words_of(gradients or "")
    if not results[1] then
        if may_fail == "?" and tostring(results[2]):find("changed in place", 1, true) then return end
        return "unexpected error: " .. tostring(results[2])
    end
    local found = {}
    for k = 1, #values do found[k] = as_tensor(results[k + 1]) end
    for k, word in ipairs(values) do
        local wrong = compare("result " .. k, found[k], word, 1e-5)
        if wrong then return wrong end
    end
    local went, message = pcall(backward, found)
    if not went and may_fail == "?" and tostring(message):find("changed in place", 1, true) then return end
    if went == failed then
        return went and "expected an error of backward, but there is none" or "backward failed: " .. tostring(message)
    end
    for k, word in ipairs(gradients) do
        local gradient = tensors[k].grad
        if word == "-" then
            if gradient then return names[k] .. ".grad is not expected, got " .. list(gradient:reshape(-1):tolist()) end
        else
            local wrong = compare(names[k] .. ".grad", gradient, word, 1e-4)
            if wrong then return wrong end
        end
    end
end

--- The number of numbers that an expectation's words stand for.
local function count_of(words)
    local count = 0
    for sizes in words:gmatch("([%dxs]+)~?%-?%d*") do
        local product = 1
        for size in sizes:gmatch("%d+") do product = product * size end
        count = count + product
    end
    return count
end

local agreed, faults, line = 0, {}, 0
for text in io.lines(folder .. "/programs.txt") do
    line = line + 1
    local before, code, returned, words = text:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local start = at
    if line >= first and line <= last then
        local names, tensors = inputs_of(before)
        local shown = {}
        for k, tensor in ipairs(tensors) do shown[k] = names[k] .. " = " .. list(tensor:detach():reshape(-1):tolist()) end
        local wrong = fault(names, tensors, code .. "; " .. returned, words)
        if wrong then
            faults[#faults + 1] = ("program %d: %s\n    %s; %s\n    %s\n    %s"):format(
                line, before, code, returned, table.concat(shown, "\n    "), wrong)
        else
            agreed = agreed + 1
        end
    end
    at = words:find("^!") and start or start + count_of(words)
end
if arg then print(table.concat(faults, "\n") .. "\n" .. agreed .. " agreed, " .. #faults .. " did not") end
return agreed, #faults .. " programs do not agree:\n" .. table.concat(faults, "\n", 1, math.min(#faults, 10))
