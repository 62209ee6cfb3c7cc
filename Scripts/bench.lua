-- The work of the method, timed: our figures and, with --torch PYTHON, PyTorch's for the same work in turn.
--
--   lunette Scripts/bench.lua [--torch PYTHON] [--openvino] [--only TEXT] [--rounds N]
--   Scripts/bench --save FILE | --compare FILE       -- of what no machine changes, see thresholds.lua
--
-- A figure is the best of several runs in a process of its own. The share is that of the machine's peak, which a matrix
-- product measures; convolutions by Winograd multiply less than the definition, whose products are counted here.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"
local parser = argparse("bench.lua", "Times the work of the method, beside PyTorch where it is there.")
parser:option("--torch", "a Python that can import torch")
parser:flag("--openvino", "beside inference, OpenVINO's from the same Python, in its float32")
parser:option("--only", "only rows whose name contains this", "")
parser:option("--rounds", "rounds of each row, ours and PyTorch's in turn", "2"):convert(math.tointeger)
parser:option("--row", "print the seconds of this row and the largest memory in GB, as bench.py does")
parser:mutex(
    parser:option("--save", "write instructions and memory to this file, without taking times"),
    parser:option("--compare", "compare them with this file; the exit code is 1 where they have grown"))
parser:option("--kernels", "the program whose instructions these count; Scripts/bench builds it")
local options = parser:parse(arg)
if options.openvino and not options.torch then parser:error("--openvino needs the Python of --torch") end
local folder = arg[0]:match("^(.*)/") or "."

--- Seconds of the best of `runs` calls, after one that is not counted.
local function best(runs, work)
    work()
    local least = math.huge
    for _ = 1, runs do
        local start = progress.clock()
        work()
        least = math.min(least, progress.clock() - start)
    end
    return least
end

--- A channels-last volume, as layers leave it.
local function volume(channels, ...) return nn.Conv3d(1, channels, 1)(torch.randn(1, 1, ...)):detach() end

local function convolution(inputs, outputs, side, backward)
    local layer = nn.Conv3d(inputs, outputs, 3, {padding = 1, bias = false})
    local input = volume(inputs, side, side, side):requires_grad_(backward and inputs > 1)
    local gradient = torch.randn_like(layer(input):detach())
    return function()
        if not backward then return torch.no_grad(function() layer(input) end) end
        input.grad, layer.weight.grad = nil, nil
        layer(input):backward(gradient)
    end
end

local function step(network, ...)
    local optimizer, loss = optim.Adam(network, {lr = 1e-3}), nn.SegmentationLoss()
    local image, label = torch.randn(1, 1, ...), torch.randn(1, ...):gt(1)
    return function()
        local value = loss(network(image), label)
        optimizer:zero_grad()
        value:backward()
        optimizer:step()
    end
end

local function bayesian()
    local network = bayes.UNet{variant = "full"}
    bayes.set_mode(network, "train")
    return network
end

local function inference()
    local network, image = nn.UNet{variant = "full"}, torch.randn(1, 1, 96, 96, 96)
    return function() torch.no_grad(function() network(image) end) end
end

--- Three regions of four sequences, in 18 windows of 128^3, of which half of each overlaps with the next.
local function prediction()
    local network = nn.UNet{variant = "full", channels = {4, 16, 32, 64, 128}, classes = 3}
    local image, regions = torch.randn(1, 4, 240, 240, 155), {{1, 2, 3}, {1, 3}, {3}}
    return function()
        bayes.predict(network, image, {window = {128, 128, 128}, regions = regions, std = false})
    end
end

--- The bound of a tenth of the full network's 184,336 kernels, and its gradients.
local function bound(encoder)
    local prior = bayes.VAEPrior(bayes.KernelVAE{3, 3, 3}, {encoder = encoder})
    local mean = torch.randn(18434, 3, 3, 3):requires_grad_(true)
    local log_variance = torch.full({18434, 3, 3, 3}, -4):requires_grad_(true)
    return function()
        mean.grad, log_variance.grad = nil, nil
        prior:bound(mean, log_variance):backward()
    end
end

local function autoencoder()
    local vae, kernels = bayes.KernelVAE{3, 3, 3}, torch.randn(1280, 3, 3, 3)
    return function() vae:train(kernels, {epochs = 1, lr = 5e-4, held_out = 0}) end
end

local function normalisation()
    local layer, input = nn.InstanceNorm3d{relu = true}, volume(16, 96, 96, 96)
    return function() torch.no_grad(function() layer(input) end) end
end

local function addition()
    local a, b = torch.randn(16), torch.randn(16)
    return function() for _ = 1, 10000 do local _ = a + b end end
end

--- A row: its name, GFLOP where they are counted, runs, the divisor of its time, and the work.
local rows = {
    {"start to first result", runs = 3, work = function()
        local command = ("'%s' -e 'local _ = torch.ones(1) + 1'"):format(arg[-1])
        return function() os.execute(command) end
    end},
    {"a + b, 16 elements", runs = 5, divisor = 10000, work = addition},
    {"instance norm + ReLU, 16 channels, 96^3", runs = 10, work = normalisation},
}
for _, case in ipairs{{16, 16, 64}, {32, 32, 32}, {64, 64, 16}, {128, 128, 8}, {1, 16, 64}} do
    local inputs, outputs, side = table.unpack(case)
    local gflop = 2 * 27 * inputs * outputs * side ^ 3 / 1e9
    local name = ("conv3d %d->%d, %d^3, "):format(inputs, outputs, side)
    table.insert(rows, {name .. "forward", gflop = gflop, runs = 20,
        work = function() return convolution(inputs, outputs, side) end})
    table.insert(rows, {name .. "with backward", gflop = (inputs > 1 and 3 or 2) * gflop, runs = 10,
        work = function() return convolution(inputs, outputs, side, true) end})
end
for _, row in ipairs{
    {"full U-Net training step, 64^3", gflop = 81, runs = 4,
        work = function() return step(nn.UNet{variant = "full"}, 64, 64, 64) end},
    {"the same, Bayesian", gflop = 162, runs = 3, work = function() return step(bayesian(), 64, 64, 64) end},
    {"full U-Net inference, 96^3", gflop = 91, runs = 3, inference = true, work = inference},
    {"predict 4x240x240x155, full U-Net, windows", gflop = 3900, runs = 1, work = prediction},
    {"kernel VAE training step, batch 128", runs = 5, divisor = 10, work = autoencoder},
    {"KL bound of 18,434 kernels, fixed encoder", runs = 2, work = function() return bound("fixed") end},
    {"the same bound, encoder trained", runs = 2, work = function() return bound("trainable") end},
    {"full U-Net training step, 32^3", gflop = 81 / 8, runs = 8,
        work = function() return step(nn.UNet{variant = "full"}, 32, 32, 32) end},
    {"full U-Net training step, 152x184x144", gflop = 81 * 152 * 184 * 144 / 64 ^ 3, runs = 1, memory = true,
        work = function() return step(nn.UNet{variant = "full"}, 152, 184, 144) end},
    {"Bayesian training step, 152x184x144", gflop = 162 * 152 * 184 * 144 / 64 ^ 3, runs = 1, memory = true,
        work = function() return step(bayesian(), 152, 184, 144) end},
} do
    table.insert(rows, row)
end

--- The highest GFLOP/s of a matrix product.
local function peak()
    local a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    return 2 * 2048 ^ 3 / 1e9 / best(5, function() a:matmul(b) end)
end

if options.row then
    for _, row in ipairs(rows) do
        if row[1] == options.row then
            local seconds = best(row.runs, row.work()) / (row.divisor or 1)
            print(("%.9f %.6f"):format(seconds, command.peak_memory() / 1e9))
        end
    end
    return
end

--- The seconds and the GB that a command prints for a row, in a layout where one is named.
local function figures(command, row, layout)
    local process = assert(io.popen(("%s '%s' %s"):format(command, row[1], layout or "")))
    local seconds, gigabytes = process:read("n", "n")
    process:close()
    return seconds or error(("no figure for '%s' from %s"):format(row[1], command), 0), gigabytes
end

local ours = ("'%s' '%s' --row"):format(arg[-1], arg[0])
local theirs = options.torch and ("'%s' '%s/bench.py'"):format(options.torch, folder)

if options.save or options.compare then
    local thresholds = dofile(folder .. "/thresholds.lua")
    local now = thresholds.kernels(options.kernels or parser:error("--save and --compare need --kernels"))
    for _, row in ipairs(rows) do
        if row.memory then
            local _, gigabytes = figures("LUNETTE_THREADS=2 " .. ours, row)
            table.insert(now, {name = row[1], unit = "GB", value = gigabytes})
        end
    end
    if options.save then return thresholds.save(options.save, now) end
    os.exit(thresholds.compare(options.compare, now))
end

local function text(seconds)
    return seconds >= 1 and ("%.2f s"):format(seconds) or seconds >= 1e-3 and ("%.2f ms"):format(seconds * 1e3)
        or ("%.2f us"):format(seconds * 1e6)
end

local top = peak()
print(("%d threads, peak %.0f GFLOP/s"):format(torch.get_num_threads(), top))
print(("%-44s %10s %9s %6s %10s %6s"):format("", "Lunette", "GFLOP/s", "share", "PyTorch", "ratio"))
local function line(name, us, rate, peer, ratio)
    print(("%-44s %10s %9s %6s %10s %6s"):format(name, us, rate and ("%.0f"):format(rate) or "",
        rate and ("%.0f%%"):format(100 * rate / top) or "", peer or "", ratio and ("%.1f"):format(ratio) or ""))
end
for _, row in ipairs(rows) do
    if row[1]:find(options.only, 1, true) then
        local seconds, peer = math.huge, math.huge
        local gigabytes, peer_gigabytes = nil, math.huge
        local has_openvino, openvino = theirs and options.openvino and row.inference, math.huge
        for _ = 1, options.rounds do
            local time
            time, gigabytes = figures(ours, row)
            seconds = math.min(seconds, time)
            -- Where memory counts, each of PyTorch's layouts has a process of its own.
            for _, layout in ipairs(not theirs and {} or row.memory and {"contiguous", "channels_last"} or {""}) do
                local peak
                time, peak = figures(theirs, row, layout)
                peer = math.min(peer, time)
                peer_gigabytes = math.min(peer_gigabytes, peak)
            end
            if has_openvino then openvino = math.min(openvino, (figures(theirs, row, "openvino"))) end
        end
        line(row[1], text(seconds), row.gflop and row.gflop / seconds, theirs and text(peer), theirs and peer / seconds)
        if has_openvino then line("  beside OpenVINO", text(seconds), nil, text(openvino), openvino / seconds) end
        if row.memory then
            line("  largest memory", ("%.2f GB"):format(gigabytes), nil,
                theirs and ("%.2f GB"):format(peer_gigabytes), theirs and peer_gigabytes / gigabytes)
        end
    end
end
