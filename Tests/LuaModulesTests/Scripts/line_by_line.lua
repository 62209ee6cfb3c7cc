-- Runs the code of the second column of the manual's chapter "Line by line", and holds what it gives against what it should
-- give. Its argument is a file with the chapter.
--
-- A check has the code as it stands in the table, what comes before it, and what has to hold then: a, b and c are the
-- code's results, `path` is a file. Code of the second column without a check is an error, and so is a check of code
-- that the table does not have in its second or third column.

local checks, path = {}, os.tmpname()

local function check(code, before, holds)
    assert(not checks[code], code)
    checks[code] = {before = before, holds = holds}
end

---------------------------------------------------------------------------------------------------- Lua and tensors

local matrix = "x = torch.arange(6):reshape(2, 3)"
check('x[{1, {2, 3}}]', matrix, 'a:equal(torch.tensor{2, 3})')
check('x[{{}, -1}]', matrix, 'a:equal(torch.tensor{3, 6})')
check('x:flip(1)', "x = torch.arange(3)",
    'a:equal(torch.tensor{3, 2, 1}) and not pcall(function() return x[{{3, 1, -1}}] end)')
check('x[{{1, -1, 2}}]', "x = torch.arange(5)", 'a:equal(torch.tensor{1, 3, 5})')
check('x:select(-1, 1)', matrix, 'a:equal(torch.tensor{1, 4})')
check('x:index_select(2, {3, 1})', matrix, 'a:equal(torch.tensor{{3, 1}, {6, 4}})')
check('x[{{}, torch.tensor{3, 1}}]', matrix, 'a:equal(torch.tensor{{3, 1}, {6, 4}})')
check('x[x:gt(1) & x:lt(4)] = 0', matrix,
    'x:equal(torch.tensor{{1, 0, 0}, {4, 5, 6}}) and not pcall(function() return x > 1 end)')
check('x.shape[1]', matrix, 'a == 2 and #x == 2 and type(x.shape) == "table"')
check('print(table.concat(x.shape, "x"))', matrix, 'table.concat(x.shape, "x") == "2x3"')
check('for i = 1, #x do rows[i] = x[i] end', matrix .. "; rows = {}",
    '#rows == 2 and rows[2]:equal(x[-1]) and not pcall(function() for _ in ipairs(x) do end end)')
check('("%.3f"):format(loss:item())', "loss = torch.tensor(0.12345)", 'a == "0.123"')
check('c and a or b', "c, a, b = 0, 'a', 'b'", 'a == "a"')
check('x == nil', "x = nil", 'a == true')
check('x:sum(1, {keepdim = true})', matrix, 'a:equal(torch.tensor{{5, 7, 9}})')
check('values, places = x:max(2)', matrix, 'values:equal(torch.tensor{3, 6}) and places:equal(torch.tensor{3, 3})')
check('torch.arange(0, 4)', "", 'a:equal(torch.tensor{0, 1, 2, 3, 4})')
check('torch.arange(5)', "", 'a:equal(torch.tensor{1, 2, 3, 4, 5})')
check('torch.randint(0, 9, {3})', "",
    '#a == 3 and a:max():item() <= 9 and torch.randint(0, 9, {999}):max():item() == 9')
check('torch.arange(#x)[x:ne(0)]', "x = torch.tensor{0, 7, 0, 8}", 'a:equal(torch.tensor{2, 4})')
check('torch.cat{x, x}', matrix, 'a:size(1) == 4 and a[4]:equal(x[2])')
check('x:pad({0, 1}, {2, 1})', matrix,
    'a.shape[1] == 4 and a.shape[2] == 5 and a[{1, 2}]:item() == 1 and a[4]:sum():item() == 0')
check('torch.set_num_threads(2)', "threads = torch.get_num_threads()",
    'torch.get_num_threads() == 2 and (torch.set_num_threads(threads) or true)')
check('x:save("x.npy")', matrix, 'torch.load("x.npy"):equal(x) and os.remove("x.npy")')
check('g = torch.Generator(1)', "",
    'torch.rand(2, {generator = g}):equal(torch.rand(2, {generator = torch.Generator(1)}))')

------------------------------------------------------------------------------------------------ Networks and training

local unet = "net = nn.UNet{channels = {1, 2, 2, 2, 2}}"
check('Net = nn.class("Net")', "", [[(function()
    function Net:init(n) self.linear, self.scale = nn.Linear(n, 1), nn.Parameter(torch.ones(1)) end
    function Net:forward(x) return self.linear(x) * self.scale end
    return Net(3)(torch.ones(2, 3)):size(2) == 1 and Net(3).num_parameters == 5
end)()]])
check('nn.Conv3d(1, 8, 3, {padding = 1})', "", 'a(torch.ones(1, 1, 5, 6, 7)):size(5) == 7')
check('x:relu()', "x = torch.tensor{-1, 2}", 'a:equal(torch.tensor{0, 2}) and torch.relu(x):equal(a)')
check('x:softmax(2)', "x = torch.zeros(1, 4)", 'a:equal(torch.full({1, 4}, 0.25))')
check('(x - y):square():mean()', "x, y = torch.tensor{1, 2}, torch.tensor{1, 4}", 'a:item() == 2')
check('(z:softplus() - z * y):mean()', "z, y = torch.tensor{-1, 2}, torch.tensor{0, 1}",
    'math.abs(a:item() + (math.log(1 - 1 / (1 + math.exp(1))) + math.log(1 / (1 + math.exp(-2)))) / 2) < 1e-6')
check('nn.functional.cross_entropy(logits, y)',
    "logits, y = torch.tensor{{0, 0}, {0, 0}}, torch.tensor{0, 1}",
    'math.abs(a:item() - math.log(2)) < 1e-6')
check('torch.no_grad(function() w:sub_(g) end)', "w, g = nn.Parameter(torch.ones(2)), torch.ones(2)",
    'w:sum():item() == 0 and w.requires_grad and torch.no_grad(function() return 3 end) == 3')
check('loss:backward(nil, {retain_graph = true})', "w = nn.Parameter(torch.ones(2)); loss = (w * w):sum()",
    'loss:backward() == nil and w.grad[1]:item() == 4')
check('optim.Adam(net, {lr = 1e-3})', "net = nn.Linear(2, 1)", 'a.lr == 1e-3')
check('optim.Adam{{params = a, lr = r}, {params = b}}',
    "net, r = nn.Linear(2, 1), 0.5; a, b = {net.weight}, {net.bias}",
    'a.lr == 0.5 and not pcall(optim.Adam, {{params = {net.weight}, weight_decay = 0.1}})')
check('torch.no_grad(function() w:mul_(1 - lr * 0.1) end)', "w, lr = nn.Parameter(torch.ones(2)), 1e-3",
    'math.abs(w[1]:item() - 0.9999) < 1e-6')
check('optimizer:step(schedule(step))', "net = nn.Linear(2, 1); optimizer = optim.SGD(net, {lr = 1}); step = 51; "
    .. "schedule = optim.CosineDecay(100); first = net.bias:item(); net(torch.zeros(1, 2)):sum():backward()",
    'math.abs(net.bias:item() - first + 0.5) < 1e-6')
check('schedule = optim.CosineDecay(100)', "", 'schedule(1) == 1 and math.abs(schedule(51) - 0.5) < 1e-9')
check('optimizer:clip_grad_norm(1)', "net = nn.Linear(2, 1); optimizer = optim.Adam(net); "
    .. "net(torch.ones(1, 2) * 3):sum():backward()",
    'a > 4 and math.abs((net.weight.grad:square():sum() + net.bias.grad ^ 2):item() - 1) < 1e-5')
check('net:freeze{"down1"}', unet,
    'not net.down1.conv_1:parameters()[1].requires_grad and net.out.weight.requires_grad')
check('net:freeze(nil, {except = {"out"}})', unet,
    'not net.down1.conv_1:parameters()[1].requires_grad and net.out.weight.requires_grad')
check('net:save(path)', unet, 'nn.load(path).num_parameters == net.num_parameters')
check('nn.load(path)', unet .. "; net:save(path)", 'a.out.weight:equal(net.out.weight)')
check('net:load_state_dict(path, {strict = false})',
    "nn.Linear(2, 3, {bias = false}):save(path); net = nn.Linear(2, 3)",
    '#a == 1 and a[1] == "bias" and #b == 0')
check('net:save(path); copy = nn.load(path)', unet, [[(function()
    torch.no_grad(function() net.out.weight:zero_() end)
    return copy.out.weight:any() and not net.out.weight:any() and not net:state_dict()["out.weight"]:any()
end)()]])
check('net.num_parameters', "net = nn.Linear(2, 3)", 'a == 9')
check('print(net)', "net = nn.Linear(2, 3)", 'tostring(net):match("9 parameters")')
check('sampler = study.RandomSampler(5); i = sampler:next()', "", 'i >= 1 and i <= 5')
check('for step, bar in progress(9) do bar:set{loss = 1 / step} end', "", 'true')

---------------------------------------------------------------------------------------------------- MONAI and nibabel

local scan = 'scan, labels = volumes.phantom{kind = "tumour", size = {16, 20, 24}, seed = 1}; '
local prepared = scan .. "sample = volumes.prepare(scan, labels); "
check('volumes.read(path).affine', scan .. 'path = path .. ".nii"; volumes.write(path, scan)',
    '#a == 4 and a[1][1] == scan.spacing[3]')
check('scan:orient("RAS")', scan .. 'scan = scan:orient("PIR")',
    'a.orientation == "RAS" and a.shape[3] == 24 and scan.shape[3] == 20')
check('scan:resample(nil, {spacing = {2, 1, 1}})', "scan = volumes.volume(torch.rand(4, 4, 4))",
    'a.shape[1] == 2 and a.shape[3] == 4')
check('labels:resample_like(scan, {labels = true})', scan .. "scan = scan:resample(nil, {spacing = 4})",
    'a.shape[1] == scan.shape[1] and a.data:unique():equal(labels.data:unique())')
check('((x + 100) / 400):clamp(0, 1)', "x = torch.tensor{-1000, 100, 1000}", 'a:equal(torch.tensor{0, 0.5, 1})')
check('sample = volumes.prepare(scan, labels)', scan,
    'math.abs(sample.image[sample.image:ne(0)]:mean():item()) < 1e-3 and sample.label:max():item() == 1')
check('draw = volumes.PatchSampler({sample}, {size = {8, 8, 8}})', prepared,
    '(draw(3)):equal((draw(3))) and select(2, draw(1)):size(4) == 8')
check('draw(step)', prepared .. "step = 2; draw = volumes.PatchSampler({sample}, {size = {8, 8, 8}})",
    'a:size(5) == 8 and b:size(4) == 8')
check('volumes.augment(image, label, {rotate = 15, noise = 0.1})',
    prepared .. "image, label = sample.image, sample.label",
    'not a:equal(image) and b:size(4) == label:size(4)')
check('volumes.sliding_window(x, net, {window = {8, 8, 8}})', unet .. "; x = torch.randn(1, 1, 12, 12, 12)",
    'a:size(2) == 2 and a:size(5) == 12 and not a.requires_grad')
check('nn.UNet{channels = {1, 8, 16, 32, 64}}', "", 'a(torch.zeros(1, 1, 9, 10, 11)):size(5) == 11')
check('nn.SegmentationLoss()', "", 'a(torch.zeros(1, 2, 2, 2, 2), torch.ones(1, 2, 2, 2)):item() > math.log(2)')
check('volumes.scores(mask, truth).hd95',
    "mask, truth = torch.zeros(9, 9, 9), torch.zeros(9, 9, 9); mask[{5, 5, 5}] = 1; truth[{8, 5, 5}] = 1",
    'a == 3')
local speck = "mask = torch.zeros(9, 9, 9); "
    .. "mask[{{2, 4}, {2, 4}, {2, 4}}] = 1; mask[{3, 3, 3}] = 0; mask[{8, 8, 8}] = 1"
check('volumes.remove_small(mask, {min_volume = 10})', speck, 'a:sum():item() == 26 and b == 1')
check('volumes.fill_holes(mask)', speck, 'a:sum():item() == 28 and b == 1')
check('volumes.write(path, sample:restore(label))',
    prepared .. 'label = sample.label; path = path .. ".nii.gz"',
    'volumes.dice(volumes.read(path), labels:mask()) == 1')

------------------------------------------------------------------------------------------ Pyro and torch.distributions

check('dist.Normal(0, 1):sample(3)', "",
    '#a == 3 and dist.Normal(nn.Parameter(torch.zeros(1)), 1):sample(3).requires_grad')
check('dist.Independent(dist.Normal(m, 1))', "m = torch.zeros(3)", 'a:log_prob(torch.zeros(5, 3)):dim() == 1')
check('dist.Mixture(p, dist.Normal(m, s))', "p, m, s = {0.3, 0.7}, {-1, 1}, {0.5, 0.5}",
    'math.abs(a:mean():item() - 0.4) < 1e-6')
check('value, how, error = dist.kl(p, q)', "p, q = dist.Normal(0, 1), dist.Normal(1, 1)",
    'value:item() == 0.5 and how == "closed form" and error:item() == 0')
check('prior.of(dist.Independent(dist.Normal(zeros, 1), 2))', "zeros = torch.zeros(3, 3)",
    'a:log_prob(torch.ones(5, 3, 3)):allclose(torch.full({5}, -4.5 * (1 + math.log(2 * math.pi))))')
check('bayes.UNet{channels = {1, 2, 2, 2, 2}}', "", '#a.bayesian_layers == 19 and a.init_conv.log_variance')
local priors = [[net = bayes.UNet{channels = {1, 2, 2, 2, 2}}; image = torch.randn(1, 1, 8, 8, 8)
    priors = bayes.PriorSet{{name = "all", layers = net.bayesian_layers, prior = prior.Normal({3, 3, 3})}}]]
check('bayes.Objective(priors, {volumes = 5, voxels = 512, beta = 0.1})', priors, [[(function()
    bayes.set_mode(net, "train")
    local loss = nn.functional.cross_entropy(net(image), torch.ones(1, 8, 8, 8))
    local total, bounds = a(loss, net, 1)
    return math.abs((total - loss):item() / (0.1 * bounds.all / (5 * 512)) - 1) < 1e-3
end)()]])
check('bayes.predict(net, image, {samples = 8})', priors .. "; bayes.start_posterior(net, {share = 0.3})",
    'a.probability:size(2) == 2 and a.mutual_information:max():item() > 0 and a.std:max():item() > 0 and a.entropy')

-------------------------------------------------------------------------------------------------------------- running

--- Runs Lua in an environment, as an expression where it is one.
local function run(text, environment)
    local chunk = load("return " .. text, text, "t", environment) or assert(load(text, text, "t", environment))
    return chunk()
end

local file <close> = assert(io.open(...))
local rows, used, wrong = 0, {}, {}
for line in file:lines() do
    local left, right, differs = line:match("^| (.-) | (.-) | ?(.-) ?|$")
    if right and right:find("`", 1, true) then
        rows = rows + 1
        for code in right:gmatch("`([^`]+)`") do
            used[code] = true
            if not checks[code] then wrong[#wrong + 1] = "without a check: " .. code end
        end
        for code in differs:gmatch("`([^`]+)`") do if checks[code] then used[code] = true end end
    end
end
local count = 0
for code, one in pairs(checks) do
    count = count + 1
    if not used[code] then wrong[#wrong + 1] = "not in the table: " .. code end
    torch.manual_seed(1)
    local environment = setmetatable({path = path}, {__index = _G})
    local fits, message = pcall(function()
        run(one.before == "" and "nil" or one.before, environment)
        local a, b, c = run(code, environment)
        if a ~= nil then environment.a, environment.b, environment.c = a, b, c end
        assert(run(one.holds, environment), one.holds)
    end)
    os.remove(environment.path)
    if not fits then wrong[#wrong + 1] = code .. ": " .. tostring(message) end
end
os.remove(path)
assert(#wrong == 0, table.concat(wrong, "\n"))
return ("%d rows, %d lines of code"):format(rows, count)
