-- The deep weight prior on MRI volumes, end to end: the four steps of the method and its three baselines.
--
--   lunette Scripts/dwp.lua                                     on phantom volumes that it makes itself
--   lunette Scripts/dwp.lua --source MS --target BRATS18        on folders in those layouts
--
-- `--help` lists the options. Everything that the run leaves is in one folder, which it names at its end.

local argparse = require "argparse"

------------------------------------------------------------------------------------------------------ options

local parser = argparse("dwp.lua", "Learns what convolution kernels look like on one disease, and uses it to segment"
    .. " another from a few volumes.")
local function option(name, help, convert, default)
    local function checked(text)
        local value = convert(text)
        if value == nil then return nil, ("option '%s': a number expected, got '%s'"):format(name, text) end
        return value
    end
    return parser:option(name, help):convert(checked):default(default)
end
local function integer(text) return math.tointeger(tonumber(text)) end
option("--source", "folder of source volumes in the MS layout; phantoms where it is left out", tostring)
option("--target", "folder of target volumes in the BRATS18 layout; phantoms where it is left out", tostring)
option("--modality", "modality of the target", tostring, "t2")
option("--resolution", "factor of the resolution [0.5; for phantoms 1]", tonumber)
option("--network", "size of the U-Net", tostring, "short"):choices{"short", "full"}
option("--train", "target volumes to learn from [20; of phantoms 5]", integer)
option("--test", "unseen target volumes [30; of phantoms 8]", integer)
option("--splits", "random splits of the target volumes", integer, "1")
option("--source-networks", "source networks, each on a bootstrap resample [3; of phantoms 2]", integer)
option("--source-steps", "training steps of a source network [480; of phantoms 120]", integer)
option("--steps", "training steps of each method on the target [400; of phantoms 90]", integer)
option("--prior-steps", "training steps of a group's autoencoder [1200; of phantoms 200]", integer)
option("--samples", "draws of the weights for a prediction", integer, "8")
option("--beta", "weight of the bound on the divergence from the prior", tonumber, "1")
option("--encoder", "whether the priors' encoders go on learning", tostring, "trainable"):choices{"trainable", "fixed"}
option("--start", "what the posterior's means are drawn from at first", tostring, "uniform")
    :choices{"uniform", "prior", "bank"}
option("--deviation", "first standard deviation of a weight, as a share of its layer's RMS", tonumber, "0.1")
option("--share", "kernels of a group that stand for all in a step [512; of phantoms 256]", integer)
option("--seed", "seed of everything random", integer, "1")
option("--threads", "threads to use", integer, tostring(torch.get_num_threads()))
option("--output", "folder of the results [runs/dwp-SEED]", tostring)
local options = parser:parse(arg)

local defaults = options.target
    and {resolution = 0.5, train = 20, test = 30, source_networks = 3, source_steps = 480, steps = 400,
        prior_steps = 1200,
        share = 512}
    or {resolution = 1, train = 5, test = 8, source_networks = 2, source_steps = 120, steps = 90, prior_steps = 200,
        share = 256}
for name, value in pairs(defaults) do options[name] = options[name] or value end
local folder = options.output or ("runs/dwp-" .. options.seed)
if not os.execute("mkdir -p -- '" .. folder:gsub("'", "'\\''") .. "'") then
    error(("--output: the folder '%s' cannot be made"):format(folder), 0)
end
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)
local loss = nn.SegmentationLoss()

--------------------------------------------------------------------------------------------------------- data

--- The volumes of a folder; without one, those of phantoms that are written to the output folder first. Subjects that
--- cannot be used are reported and left out.
local function open(path, layout, count)
    if not path then
        path = folder .. "/phantoms-" .. layout
        volumes.write_phantoms(path, {layout = layout, count = count, size = {40, 48, 40}, seed = options.seed})
    end
    local data = volumes.dataset(path, {layout = layout, modality = options.modality}):check()
    for _, bad in ipairs(data.rejected) do print(("left out %s: %s"):format(bad.id, bad.error)) end
    return data
end

--- Subjects with image and label as the networks take them: cropped to the brain, z-scored, resampled.
local function prepare(subjects, label)
    local samples = {}
    for subject in progress(subjects, label) do
        local image, mask = subject:load()
        local sample = volumes.prepare(image, mask, {scale = options.resolution})
        samples[#samples + 1] = {id = subject.id, image = sample.image, label = sample.label, sample = sample}
    end
    return samples
end

-------------------------------------------------------------------------------------------------- the training

--- An endless sequence of samples: each once, in random order, then all again.
local function shuffled(samples)
    local order, place = nil, #samples
    return function()
        if place == #samples then order, place = torch.randperm(#samples):totable(), 0 end
        place = place + 1
        return samples[math.tointeger(order[place])]
    end
end

--- Trains a network, one volume with random flips a step; `objective` adds to the loss, `at_step` sees each step.
local function train(network, samples, settings)
    local optimizer = optim.Adam(settings.parameters or network, {lr = 1e-3})
    local schedule = settings.schedule or optim.CosineDecay(settings.steps)
    local next_sample, losses = shuffled(samples), {}
    local bar = progress.bar(settings.steps, settings.label)
    for step = 1, settings.steps do
        local sample = next_sample()
        local image, label = volumes.augment(sample.image, sample.label)
        local value = loss(network(image), label)
        local total = settings.objective and settings.objective(value, network, step) or value
        optimizer:zero_grad()
        total:backward()
        optimizer:step(schedule(step))
        losses[step] = value:item()
        if settings.at_step then settings.at_step(step, schedule) end
        bar:set{loss = losses[step]}
        bar:advance()
    end
    bar:finish()
    return losses
end

--- A plain U-Net, with a copy of the weights of another where they are given.
local function unet(weights, scale)
    local network = nn.UNet{variant = options.network, initial_scale = scale or 1}
    if weights then network:load_state_dict(weights) end
    return network
end

------------------------------------------------------------------------------------ step 1: source networks

local source = prepare(open(options.source, "ms", 10), "reading source volumes")
local runs = {}
for run = 1, options.source_networks do
    -- A bootstrap resample: as many volumes, drawn with replacement.
    local resample = {}
    for i = 1, #source do resample[i] = source[torch.randint(1, #source, {1}):item()] end
    -- From small first weights, trained kernels keep little of their random start.
    local network = unet(nil, 0.1)
    runs[run] = {}
    train(network, resample, {
        label = ("source network %d of %d"):format(run, options.source_networks), steps = options.source_steps,
        schedule = optim.CyclicalCosine(options.source_steps // 3),
        at_step = function(step, schedule)
            if schedule:ends_cycle(step) then table.insert(runs[run], unet(network:state_dict())) end
        end,
    })
end
-- What the baselines fine-tune has seen all source volumes, from the usual first weights: better for them.
local pretrained = unet()
train(pretrained, source, {label = "source network of the baselines", steps = options.source_steps})

------------------------------------------------------------------------------------------ step 2: kernel bank

local groups, all_layers = runs[1][1].kernel_layers, {}
for _, layers in ipairs(groups) do table.move(layers, 1, #layers, #all_layers + 1, all_layers) end
local bank = bayes.KernelBank(runs, all_layers)
bank:save(folder .. "/bank.safetensors")
-- Snapshots of one run resemble each other: only the kernels of another run are fit to judge a prior by.
local held_out, training = bank:select{runs = {#runs}}, bank
if #runs > 1 then
    local others = {}
    for run = 1, #runs - 1 do others[run] = run end
    training = bank:select{runs = others}
end
print(("\nKernel bank: %d kernels of %d networks, the last one held out from the priors; "
    .. "%d left out as too small"):format(
    #bank, #runs, bank.dropped))
for group, layers in ipairs(groups) do print(("  group %d: %s"):format(group, bank:diagnose(layers).summary)) end

---------------------------------------------------------------------------- step 3: a prior for each group

local vaes, gaussians, judges = {}, {}, {}
local report = {"group  kernels  independent  full cov.     VAE   (nats a kernel, held out)"}
-- Other kernels of the same networks choose an autoencoder's epoch; the snapshots of a kernel stay together.
local learnt, choosing = training:split(0.1)
for group, layers in ipairs(groups) do
    local kernels = training:standardized(layers)
    judges[group] = held_out:standardized(layers)
    local epochs = math.max(1, options.prior_steps * 128 // kernels:size(1))
    local bar = progress.bar(epochs, ("prior of group %d of %d"):format(group, #groups))
    vaes[group] = bayes.KernelVAE{3, 3, 3}
    vaes[group]:train(learnt:standardized(layers, {scales = training}), {epochs = epochs, lr = 5e-4,
        validation = choosing:standardized(layers, {scales = training}), label = "prior of group " .. group,
        on_epoch = function(_, elbo)
            bar:set{elbo = elbo}
            bar:advance()
        end})
    bar:finish()
    gaussians[group] = bayes.FullCovariance(kernels)
    local independent = bayes.IndependentNormals(kernels):log_prob(judges[group]):mean():item()
    local full = gaussians[group]:log_prob(judges[group]):mean():item()
    report[#report + 1] = ("%5d  %7d  %11.2f  %9.2f  %6.2f"):format(group, kernels:size(1), independent, full,
        vaes[group]:elbo(judges[group], {samples = 20}))
end
print("\n" .. table.concat(report, "\n"))

--- The priors by group, each with a random share of the kernels standing for all in a step.
local function priors()
    local result = {}
    for group, layers in ipairs(groups) do
        local prior = bayes.VAEPrior(vaes[group],
            {encoder = options.encoder, share = options.share, control = gaussians[group]})
        result[group] = {name = "group " .. group, layers = layers, prior = prior, bank = bank}
    end
    return bayes.PriorSet(result)
end
priors():save(folder .. "/priors.safetensors")

----------------------------------------------------------------------------- step 4, and the three baselines

local methods = {}

methods.RI = function(samples, settings)
    local network = unet()
    return network, train(network, samples, settings)
end

methods.PR = function(samples, settings)
    local network = unet(pretrained:state_dict())
    return network, train(network, samples, settings)
end

methods.PRf = function(samples, settings)
    local network = unet(pretrained:state_dict())
    network:freeze(nil, {except = {"init_conv", "down1", "down2", "up3", "out"}})
    return network, train(network, samples, settings)
end

methods.DWP = function(samples, settings)
    local network, prior = bayes.UNet{variant = options.network}, priors()
    local start = {share = options.deviation}
    if options.start == "prior" then start.prior = prior elseif options.start == "bank" then start.bank = bank end
    bayes.start_posterior(network, start)
    bayes.set_mode(network, "train")
    local weights, log_variances, voxels = {}, {}, 0
    for _, parameter in ipairs(network:named_parameters()) do
        local kind = parameter[1]:match("log_variance$") and log_variances or weights
        kind[#kind + 1] = parameter[2]
    end
    for _, sample in ipairs(samples) do voxels = voxels + sample.image:numel() // #samples end
    settings.parameters = {{params = weights, lr = 1e-3}, {params = log_variances, lr = 1e-2}}
    if #prior:parameters() > 0 then
        settings.parameters[3] = {params = prior:parameters(), lr = 5e-4}
    end
    settings.objective = bayes.Objective(prior, {volumes = #samples, voxels = voxels, beta = options.beta})
    return network, train(network, samples, settings)
end

local order = {"DWP", "RI", "PR", "PRf"}
local scores, curves, shown, last = {}, {}, {}, {}
for _, method in ipairs(order) do scores[method] = {dice = {}, iou = {}} end
local target = open(options.target, "brats", options.train + options.test)

for split = 1, options.splits do
    local chosen, unseen = target:split{train = options.train, test = options.test, seed = options.seed + split - 1}
    local samples, tests = prepare(chosen, "reading target volumes"), prepare(unseen, "reading unseen volumes")
    for _, method in ipairs(order) do
        local name = options.splits > 1 and ("%s, split %d"):format(method, split) or method
        local network, losses = methods[method](samples, {label = name, steps = options.steps})
        last[method], curves[method] = network, losses
        local i = 0
        for test in progress(tests, "testing " .. name) do
            i = i + 1
            local samples = method == "DWP" and options.samples or nil
            local prediction = bayes.predict(network, test.image, {samples = samples})
            local mask = prediction.probability[{1, 2}]:gt(0.5)
            local truth = test.label[1]
            table.insert(scores[method].dice, volumes.dice(mask, truth))
            table.insert(scores[method].iou, volumes.iou(mask, truth))
            if i <= 4 then
                shown[i] = shown[i] or {test = test}
                shown[i][method] = {mask = mask, uncertainty = prediction.entropy[{1, 1}]}
            end
        end
    end
end

----------------------------------------------------------------------------------------------------- results

local function mean_sd(values)
    local tensor = torch.tensor(values)
    return tensor:mean():item(), #values > 1 and tensor:std():item() or 0
end
local volumes_seen = options.test * options.splits
local lines = {("method    DSC            IoU          (mean and sd over %d unseen volumes)"):format(volumes_seen)}
for _, method in ipairs(order) do
    local dice, dice_sd = mean_sd(scores[method].dice)
    local iou, iou_sd = mean_sd(scores[method].iou)
    lines[#lines + 1] = ("%-6s  %.4f +- %.3f  %.4f +- %.3f"):format(method, dice, dice_sd, iou, iou_sd)
end
print("\n" .. table.concat(lines, "\n"))
study.write_text(folder .. "/results.txt", table.concat(report, "\n") .. "\n\n" .. table.concat(lines, "\n") .. "\n")

last.DWP:save(folder .. "/dwp.safetensors", {notes = {resolution = tostring(options.resolution)}})
local rows, columns = {}, {}
for i, method in ipairs(order) do columns[i] = method end
columns[#columns + 1] = {title = "uncertainty (DWP)", kind = "heat"}
for i, case in ipairs(shown) do
    local maps = {}
    for place, method in ipairs(order) do maps[place] = case[method].mask end
    maps[#maps + 1] = case.DWP.uncertainty
    rows[i] = {title = case.test.id, scan = case.test.image, truth = case.test.label, maps = maps,
        spacing = case.test.sample.spacing}
end
plot.slices(rows, {columns = columns}):save(folder .. "/slices.png")
local kernel_groups = {}
for group, kernels in ipairs(judges) do
    kernels = kernels:index_select(1, torch.randperm(kernels:size(1)))[{{1, 8}}]
    kernel_groups[#kernel_groups + 1] = {title = "group " .. group .. ": bank", kernels = kernels}
    kernel_groups[#kernel_groups + 1] = {title = "drawn from the prior", kernels = vaes[group]:sample(8)}
end
plot.kernels(kernel_groups):save(folder .. "/kernels.png")
plot.curves(curves, {title = "Loss on the target", x = "step", y = "loss"}):save(folder .. "/losses.png")
print("\nPictures, models and the table are in " .. folder)
