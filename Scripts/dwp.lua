-- The deep weight prior on MRI volumes, end to end: the four steps of the method and its three baselines.
--
--   lunette Scripts/dwp.lua                                     on phantom volumes that it makes itself
--   lunette Scripts/dwp.lua --source MS --target BRATS18        on folders in those layouts
--
-- `--help` lists the options. Everything that the run leaves is in one folder, which it names at its end.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local autoencoder = require "study.autoencoder"
local command = require "study.command"
local Data = require "study.data"
local lists = require "study.lists"
local Methods = require "study.methods"
local Priors = require "study.priors"
local training = require "study.training"

------------------------------------------------------------------------------------------------------ options

local parser = argparse("dwp.lua", "Learns what convolution kernels look like on one disease, and uses it to segment"
    .. " another from a few volumes.")
parser:option("--source", "folder of source volumes; phantoms where it is left out")
parser:option("--source-layout", "how that folder is laid out: a layout of volumes.dataset", "ms")
parser:option("--target", "folder of target volumes; phantoms where it is left out")
parser:option("--target-layout", "how that folder is laid out", "brats")
parser:option("--modality", "modality of the target", "t2")
command.number(parser, "--resolution", "factor of the resolution [0.5; for phantoms 1]")
parser:option("--network", "size of the U-Net", "short"):choices{"short", "full"}
command.integer(parser, "--train", "target volumes to learn from [20; of phantoms 5]")
command.integer(parser, "--test", "unseen target volumes [30; of phantoms 8]")
command.integer(parser, "--splits", "random splits of the target volumes", "1")
command.integer(parser, "--source-networks", "source networks, each on a bootstrap resample [3; of phantoms 2]")
command.integer(parser, "--source-steps", "training steps of a source network [480; of phantoms 120]")
command.integer(parser, "--steps", "training steps of each method on the target [400; of phantoms 90]")
command.integer(parser, "--prior-steps", "training steps of a group's autoencoder [1200; of phantoms 200]")
command.integer(parser, "--samples", "draws of the weights for a prediction", "8")
command.number(parser, "--beta", "weight of the bound on the divergence from the prior", "1")
parser:option("--encoder", "whether the priors' encoders go on learning", "trainable"):choices{"trainable", "fixed"}
parser:option("--start", "what the posterior's means are drawn from at first", "uniform")
    :choices{"uniform", "prior", "bank"}
command.number(parser, "--deviation", "first standard deviation of a weight, as a share of its layer's RMS", "0.1")
command.integer(parser, "--share", "kernels of a group that stand for all in a step [512; of phantoms 256]")
command.integer(parser, "--seed", "seed of everything random", "1")
command.integer(parser, "--threads", "threads to use", tostring(torch.get_num_threads()))
parser:option("--output", "folder of the results [runs/dwp-SEED]")
local options = parser:parse(arg)

local defaults = options.target
    and {resolution = 0.5, train = 20, test = 30, source_networks = 3, source_steps = 480, steps = 400,
        prior_steps = 1200, share = 512}
    or {resolution = 1, train = 5, test = 8, source_networks = 2, source_steps = 120, steps = 90, prior_steps = 200,
        share = 256}
for name, value in pairs(defaults) do options[name] = options[name] or value end
local folder = options.output or ("runs/dwp-" .. options.seed)
study.make_folder(folder)
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)

--------------------------------------------------------------------------------------------------------- data

--- The volumes of the source or the target, as `which` says; without a folder, `count` phantoms.
local function open(which, count)
    return Data.dataset(which, options[which], {layout = options[which .. "_layout"], modality = options.modality},
        {count = count, size = {40, 48, 40}, seed = options.seed, parent = folder})
end
local sources, targets = open("source", 10), open("target", options.train + options.test)
if #targets.sequences > 1 then error("--modality: one name expected; Scripts/study.lua takes several", 0) end

--- How networks take scans: cropped to the brain, z-scored, resampled; and what those to learn from look like.
local function recipe_of(subjects) return volumes.Recipe(subjects, {scale = options.resolution}) end

--- Subjects with image and label, prepared by a recipe.
local function prepare(recipe, subjects, label)
    local samples = {}
    for subject in progress(subjects, label) do
        local sample = recipe:prepare(subject:load())
        samples[#samples + 1] = {id = subject.id, image = sample.image, label = sample.label, sample = sample}
    end
    return samples
end

-------------------------------------------------------------------------------------------------- the training

--- Trains a network, one volume with random flips a step, and gives the loss of each; `settings` are those of the
--- study's `training.loop`.
local function train(network, samples, settings)
    local order, record = study.RandomSampler(#samples), training.record()
    settings.loss = nn.SegmentationLoss()
    settings.optimizer = settings.optimizer or optim.Adam(network, {lr = 1e-3})
    settings.schedule = settings.schedule or optim.CosineDecay(settings.steps)
    settings.batch = function()
        local sample = samples[order:next()]
        return volumes.augment(sample.image, sample.label)
    end
    training.loop(network, record, settings, progress(settings.steps, settings.label))
    return record.losses
end

--- A plain U-Net, with a copy of the weights of another where they are given.
local function unet(weights, scale)
    local network = nn.UNet{variant = options.network, initial_scale = scale or 1}
    if weights then network:load_state_dict(weights) end
    return network
end

------------------------------------------------------------------------------------ step 1: source networks

local source = prepare(recipe_of(sources), sources, "reading source volumes")
local runs = {}
for run = 1, options.source_networks do
    local resample = lists.resampled(source)
    -- From small first weights, trained kernels keep little of their random start.
    local network, schedule = unet(nil, 0.1), optim.CyclicalCosine(options.source_steps // 3)
    runs[run] = {}
    train(network, resample, {
        label = ("source network %d of %d"):format(run, options.source_networks), steps = options.source_steps,
        schedule = schedule,
        at_step = function(step)
            if schedule:ends_cycle(step) then table.insert(runs[run], unet(network:state_dict())) end
        end,
    })
end
-- What the baselines fine-tune has seen all source volumes, from the usual first weights: better for them.
local pretrained = unet()
train(pretrained, source, {label = "source network of the baselines", steps = options.source_steps})

------------------------------------------------------------------------------------------ step 2: kernel bank

local groups = runs[1][1].kernel_layers
local bank = bayes.KernelBank(runs, lists.joined(table.unpack(groups)))
bank:save(folder .. "/bank.safetensors")
-- Snapshots of one run resemble each other: only the kernels of another run are fit to judge a prior by.
local seen, held_out = Priors.parts(bank, #runs)
print(("\nKernel bank: %d kernels of %d networks, the last one held out from the priors; "
    .. "%d left out as too small"):format(#bank, #runs, bank.dropped))
for group, layers in ipairs(groups) do print(("  group %d: %s"):format(group, bank:diagnose(layers).summary)) end

---------------------------------------------------------------------------- step 3: a prior for each group

local vaes, gaussians, judges = {}, {}, {}
local report = {"group  kernels  independent  full cov.     VAE   (nats a kernel, held out)"}
-- Other kernels of the same networks choose an autoencoder's epoch; the snapshots of a kernel stay together.
local learnt, choosing = seen:split(0.1)
for group, layers in ipairs(groups) do
    local kernels = seen:standardized(layers)
    judges[group] = held_out:standardized(layers)
    local epochs = autoencoder.epochs(options.prior_steps, kernels:size(1))
    local bar = progress.bar(epochs, ("prior of group %d of %d"):format(group, #groups))
    vaes[group] = bayes.KernelVAE{3, 3, 3}
    vaes[group]:train(learnt:standardized(layers, {scales = seen}), {epochs = epochs, lr = 5e-4,
        validation = choosing:standardized(layers, {scales = seen}), label = "prior of group " .. group,
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
        -- The control is a Gaussian near the prior: of its draws, not of the bank.
        local control = bayes.FullCovariance(vaes[group]:sample(3000))
        local prior = bayes.VAEPrior(vaes[group],
            {encoder = options.encoder, share = options.share, control = control})
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
    network:freeze(nil, {except = Methods.list.PRf.trains})
    return network, train(network, samples, settings)
end

methods.DWP = function(samples, settings)
    local network, prior = bayes.UNet{variant = options.network}, priors()
    local start = {share = options.deviation}
    if options.start == "prior" then start.prior = prior elseif options.start == "bank" then start.bank = bank end
    bayes.start_posterior(network, start)
    bayes.set_mode(network, "train")
    settings.optimizer = optim.Adam((training.parameter_groups(network, prior,
        {lr = 1e-3, log_variance_lr = 1e-2, encoder_lr = 5e-4})))
    local voxels = 0
    for _, sample in ipairs(samples) do voxels = voxels + sample.image:numel() // #samples end
    settings.objective = bayes.Objective(prior, {volumes = #samples, voxels = voxels, beta = options.beta})
    return network, train(network, samples, settings)
end

local order = {"DWP", "RI", "PR", "PRf"}
local scores, curves, shown, last, recipe = {}, {}, {}, {}, nil
for _, method in ipairs(order) do scores[method] = {dice = {}, iou = {}} end

for split = 1, options.splits do
    local chosen, unseen = targets:split{train = options.train, test = options.test, seed = options.seed + split - 1}
    recipe = recipe_of(chosen)
    local samples = prepare(recipe, chosen, "reading target volumes")
    local tests = prepare(recipe, unseen, "reading unseen volumes")
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

local function mean_sd(values) return lists.mean(values), #values > 1 and lists.deviation(values) or 0 end
local volumes_seen = options.test * options.splits
local lines = {("method    DSC            IoU          (mean and sd over %d unseen volumes)"):format(volumes_seen)}
for _, method in ipairs(order) do
    local dice, dice_sd = mean_sd(scores[method].dice)
    local iou, iou_sd = mean_sd(scores[method].iou)
    lines[#lines + 1] = ("%-6s  %.4f +- %.3f  %.4f +- %.3f"):format(method, dice, dice_sd, iou, iou_sd)
end
print("\n" .. table.concat(lines, "\n"))
study.write_text(folder .. "/results.txt", table.concat(report, "\n") .. "\n\n" .. table.concat(lines, "\n") .. "\n")

last.DWP:save(folder .. "/dwp.safetensors", {notes = {recipe = recipe:text()}})
local rows, columns = {}, {}
for i, method in ipairs(order) do columns[i] = method end
columns[#columns + 1] = {title = "uncertainty (DWP)", kind = "heat"}
for i, case in ipairs(shown) do
    local maps = {}
    for column, method in ipairs(order) do maps[column] = case[method].mask end
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
