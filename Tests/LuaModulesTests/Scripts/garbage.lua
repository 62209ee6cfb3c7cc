-- Calls everything with arguments that make no sense. It is right when it ends: errors are expected, a crash is not.
-- The arguments are a seed and the number of calls; returns how many of them were errors.

local seed, calls = ...
math.randomseed(seed)

local net = nn.UNet{channels = {1, 2, 2, 2, 2}}
local scan, labels = volumes.phantom{kind = "tumour", size = {8, 9, 10}}
local objects = {
    net, bayes.UNet{channels = {1, 2, 2, 2, 2}}, bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2, latent_size = 2}), scan,
    labels, bayes.NormalPrior({3, 3, 3}), optim.Adam(net), optim.CyclicalCosine(5), torch.Generator(1),
    nn.SegmentationLoss(), bayes.PriorSet{{name = "all", layers = {"init_conv"}, prior = bayes.NormalPrior({3, 3, 3})}}, bayes.KernelBank({net}, {"init_conv"}), volumes.prepare(scan, labels),
    nn.Sequential(nn.ReLU()), nn.Linear(3, 2), nn.Conv3d(1, 2, 3),
}
local numbers = {0, 1, -1, 2, 3, 5, 7, -2, 0.5, 1e308, -1e308, 0 / 0, 1 / 0, 2 ^ 62, math.mininteger, math.maxinteger, 64}
local strings = {"", "x", "mean", "sum", "ms", "brats", "/nonexistent/x", "train", "short", "fixed", "\xff\xfe", "init_conv"}
local names = {
    "stride", "padding", "lr", "size", "kind", "samples", "dim", "generator", "scale", "channels", "variant", "std",
    "momentum", "layers", "prior", "name", "train", "test", "share", "bias", "eps", "relu", "like", "shape", "spacing",
    "seed", "encoder", "kernels", "threshold", "final", "factor", "params", "multiple", "crop", "margin", "volumes",
    "voxels", "beta", "keepdim",
}
local shapes = {
    {0}, {1}, {3}, {2, 3}, {3, 0, 2}, {1, 1, 4, 4, 4}, {2, 1, 3, 3, 3}, {1, 2, 5, 5}, {1, 1, 8, 8, 8}, {5, 3, 3, 3}, {9, 7, 7},
}

local function any(list) return list[math.random(#list)] end

local function tensor()
    local t = torch.randn(any(shapes))
    local kind = math.random(8)
    if kind == 1 then return t:requires_grad_() end
    if kind == 2 and t:dim() > 1 then return t:transpose(1, 2) end
    return kind == 3 and t * (0 / 0) or t
end

local value
local function list(depth)
    local result = {}
    for i = 1, math.random(0, 4) do
        result[math.random(2) == 1 and i or any(names)] = value(depth + 1)
    end
    return result
end
function value(depth)
    local kind = math.random(9)
    if kind <= 3 then return tensor() end
    if kind <= 5 then return any(numbers) end
    if kind == 6 then return any(strings) end
    if kind == 7 and depth < 3 then return list(depth) end
    if kind == 8 then return any(objects) end
    return math.random(2) == 1 or nil
end

-- Functions that write files or print, train, or change the session are left out.
local skipped = {
    show = 1, print = 1, save = 1, write = 1, write_phantoms = 1, set_num_threads = 1, no_grad = 1, manual_seed = 1, load = 1,
}
local functions = {}
for _, module in ipairs{torch, nn, nn.functional, optim, bayes, volumes, plot} do
    local found = {}
    for name in pairs(module) do found[#found + 1] = name end
    table.sort(found)
    for _, name in ipairs(found) do
        if type(module[name]) == "function" and not skipped[name] then functions[#functions + 1] = module[name] end
    end
end
local methods = {}
for name in ([[add_ sub_ mul_ div_ fill_ copy_ clamp_ item totable size reshape flatten permute transpose squeeze unsqueeze
    expand select slice index_select masked_select split flip pad sum var std max min argmax logsumexp softmax where matmul
    backward exp log pow elu allclose summary t free parameters state_dict load_state_dict freeze layer encode decode bound
    elbo sample log_prob step clip_grad_norm kernels scale standardized restore mask resample ends_cycle set_state]])
    :gmatch("%S+") do methods[#methods + 1] = name end

local errors = 0
for _ = 1, calls do
    local arguments, kind = {}, math.random(10)
    for i = 1, 4 do arguments[i] = value(0) end
    local call
    if kind <= 5 then
        call = any(functions)
    elseif kind <= 8 then
        local object, name = math.random(2) == 1 and tensor() or any(objects), any(methods)
        call = function(...) return object[name](object, ...) end
    elseif kind == 9 then
        call = function(a, b, c) a[b] = c; return a + b, a * c, a[c], #a end
    else
        call = any(objects)
    end
    local results = table.pack(pcall(call, table.unpack(arguments, 1, math.random(0, 4))))
    if not results[1] then errors = errors + 1 end
    for i = 2, results.n do tostring(results[i]) end
end
return errors
