-- Reads files of every format with bytes changed, cut off or added: errors are expected, a trap is a fault.
-- Arguments: a seed, the first and the last step; it works in the current folder, which is not kept. A step is written
-- to the file "log" before it is taken, and depends on the seed and its number alone.

local seed, first, last = tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3])
local log = assert(io.open("log", "a"))
log:setvbuf("no")
torch.manual_seed(seed)

local net = nn.Sequential(nn.Conv3d(1, 2, 3, {padding = 1}), nn.ReLU())
local optimizer = optim.Adam(net)
local scan = volumes.phantom{kind = "tumour", size = {8, 9, 10}}

-- How each kind of file is made and read; pairs have two files, of which the second is damaged, too.
local function volume(path) return volumes.read(path) end
local formats = {
    {"a.nii", function(path) volumes.write(path, scan) end, volume},
    {"b.nii", function(path) volumes.write(path, scan, {dtype = "int16", version = 2, scale = true}) end, volume},
    {"c.nii.gz", function(path) volumes.write(path, scan, {dtype = "uint8", scale = true}) end, volume},
    {"d.hdr", function(path) volumes.write(path, scan) end, volume},
    {"e.npy", function(path) torch.randn(3, 4):save(path) end, torch.load},
    {"f.npz", function(path) torch.save({a = torch.randn(3, 4), b = torch.ones(2)}, path) end, torch.load},
    {"g.safetensors", function(path) torch.save({a = torch.randn(3, 4), b = torch.ones(2)}, path) end, torch.load},
    {"h.safetensors", function(path) net:save(path) end, nn.load},
    {"i.safetensors", function(path) bayes.Conv3d(1, 2, 3):save(path) end, bayes.load},
    {"j.safetensors", function(path) optimizer:save(path) end, function(path) optimizer:load(path) end},
    {"k.safetensors", function(path) bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {"0"}):save(path) end, bayes.load_bank},
    {"l.safetensors", function(path)
        bayes.PriorSet{{name = "all", layers = {"0"}, prior = bayes.NormalPrior({3, 3, 3})}}:save(path)
    end, bayes.load_priors},
    {"study/results", function()
        local s = study.open("study", {seed = 1})
        s:job("results", function(job) job:checkpoint{a = 1, t = torch.ones(3)} return {a = {1, 2, "x"}, t = torch.ones(2, 2)} end)
        s:close()
    end, function() return study.result("study", "results") end},
}

local function read(path)
    local file = io.open(path, "rb")
    local bytes = file and file:read("a")
    if file then file:close() end
    return bytes
end
local function write(path, bytes)
    local file = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
end

local files = {}
for _, format in ipairs(formats) do
    local path, make, open = format[1], format[2], format[3]
    local made, message = pcall(make, path)
    if made then made, message = pcall(open, path) end
    if not made then log:write("note: ", path, ": ", tostring(message), "\n") end
    for _, name in ipairs{path, path:match("%.hdr$") and "d.img" or nil} do
        local found = read(name)
        if found then files[#files + 1] = {name = name, path = path, bytes = found, open = open} end
    end
end
-- The files that a study made.
local listing = io.popen("find study -type f")
for name in listing:lines() do
    local bytes = read(name)
    if bytes and #bytes > 0 then files[#files + 1] = {name = name, path = name, bytes = bytes, open = formats[#formats][3]} end
end
listing:close()

local interesting = {"\0", "\xff", "\x7f", "\x80", "\1", "9", "-", "e", "[", "{", "\"", "\\"}
local function damaged(bytes)
    local kind = math.random(8)
    if kind == 1 then return bytes:sub(1, math.random(0, #bytes)) end
    if kind == 2 then return bytes .. ("x"):rep(math.random(1000)) end
    -- A number in a text becomes another.
    if kind == 3 then
        local places = {}
        for from, to in bytes:sub(1, 4000):gmatch("()%d+()") do places[#places + 1] = {from, to} end
        local place = places[math.random(math.max(#places, 1))]
        if place then
            local number = ({"0", "-1", "99999999999", "9223372036854775807", "1e308", "18446744073709551616", "1e99999"})[math.random(7)]
            return bytes:sub(1, place[1] - 1) .. number .. bytes:sub(place[2])
        end
    end
    -- A run becomes the same byte, or a few bytes change; more often near the beginning.
    for _ = 1, math.random(4) do
        local at = math.random(math.random(2) == 1 and math.min(#bytes, 400) or #bytes)
        local length = kind == 4 and math.random(8) or 1
        local byte = math.random(2) == 1 and interesting[math.random(#interesting)] or string.char(math.random(0, 255))
        bytes = bytes:sub(1, at - 1) .. byte:rep(length) .. bytes:sub(at + length)
    end
    return bytes
end

for step = first, last do
    math.randomseed(seed, step)
    local file = files[step % #files + 1]
    log:write(step, ": ", file.name, "\n")
    write(file.name, damaged(file.bytes))
    local results = table.pack(pcall(file.open, file.path))
    write(file.name, file.bytes)
    if not results[1] then log:write("error\n") end
    for i = 2, results.n do pcall(tostring, results[i]) end
end
