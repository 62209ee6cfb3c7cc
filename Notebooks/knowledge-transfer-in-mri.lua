-- %% [markdown]
-- # Knowledge transfer in MRI: from multiple sclerosis to tumours
-- Magnetic resonance imaging (MRI) makes *volumes*: three-dimensional images of, say, a brain, made of *voxels* as a
-- photo is made of pixels. **Segmentation** asks of each voxel whether it belongs to something, here to diseased
-- tissue. A network can learn that, but somebody has to mark the voxels of many volumes first, and that takes an
-- expert's hours for each. A clinic often has 5 to 20 such volumes of the disease that it cares about.
--
-- Of *another* disease there may be plenty. This notebook learns from volumes with multiple sclerosis (MS), the
-- **source**, and transfers what was learnt to brain tumours, the **target**, in four steps:
--
-- 1. **source networks** learn to find MS lesions;
-- 2. a **kernel bank** collects their 3x3x3 convolution kernels;
-- 3. a **prior** for each group of layers learns what such kernels look like;
-- 4. a network whose weights are distributions learns tumours from few volumes, by **variational inference** with
--    that prior.
--
-- That is the *deep weight prior* (DWP) of Kuzina, Egorov and Burnaev (Frontiers in Neuroscience, 2019). At the end it
-- is compared with simpler ways, over several numbers of volumes. You should have seen [kernels have
-- structure](kernels-have-structure.lua), where the prior is explained. It takes about two minutes.
--
--     lunette notebook run Notebooks/knowledge-transfer-in-mri.lua

-- %% tags=["parameters"]
-- How often the comparison is repeated, and how long source networks, priors and target networks learn.
repetitions = 5
source_steps = 150
prior_steps = 200
steps = 90
seed = 1

-- %% [markdown]
-- ## Two diseases
-- The volumes are *phantoms*: made-up brains, so that everything here can be made anew on any machine. They are coarse
-- (24x32x24 voxels) and much easier than patients. MS shows as several small bright spots, a tumour as one large one.
-- Kinds of scans differ in what is bright: those with MS are FLAIR scans, in which fluid is dark; those with tumours
-- are T2 scans, in which fluid is as bright as the tumour. Yellow lines are the truth, the marks of the "expert".

-- %%
function phantoms(kind, count, first)
    local samples = {}
    for i = 1, count do
        local scan, truth = volumes.phantom{kind = kind, size = {24, 32, 24}, seed = first + i}
        local sample = volumes.prepare(scan, truth)
        samples[i] = {image = sample.image, label = sample.label}
    end
    return samples
end
source = phantoms("ms", 12, 1000 * seed)
source_test = phantoms("ms", 4, 1000 * seed + 100)
-- The pool from which each experiment draws a few.
target = phantoms("tumour", 40, 1000 * seed + 200)
target_test = phantoms("tumour", 12, 1000 * seed + 300)

function rows(samples, name)
    local found = {}
    for i = 1, 2 do
        found[i] = {title = name .. " " .. i, scan = samples[i].image, truth = samples[i].label}
    end
    return found
end
both = rows(source, "MS")
table.move(rows(target, "tumour"), 1, 2, 3, both)
plot.slices(both, {title = "Source and target"})

-- %% [markdown]
-- ## How good is a segmentation?
-- Most voxels are healthy, so the share of voxels that are right means little: a network that marks nothing looks
-- good. The usual score compares the marked voxels $A$ with the true ones $B$, the **Dice score** (DSC), or the
-- **intersection over union** (IoU):
--
-- $$\mathrm{DSC} = \frac{2\,\left|A \cap B\right|}{\left|A\right| + \left|B\right|}, \qquad
-- \mathrm{IoU} = \frac{\left|A \cap B\right|}{\left|A \cup B\right|}$$
--
-- Both are 1 where the two agree, and 0 where they have no voxel in common.
--
-- ## Step 1: source networks
-- The network is a small 3D *U-Net*: a way down, on which sides get smaller and channels see more around them, a way
-- up back to all voxels, and bridges between the two. Its loss is the cross entropy of the voxels plus 1 - DSC.
--
-- Two networks learn MS. Each sees a *bootstrap resample*, as many volumes drawn with replacement, so that they differ
-- in what they saw, not only in how they started. First weights are ten times smaller than usual (`initial_scale`):
-- large ones would hide in the kernels what training adds.

-- %%
torch.manual_seed(seed)
loss_of = nn.SegmentationLoss()
shape = {channels = {1, 4, 8, 8, 8}}

function unet(options)
    options = options or {}
    return nn.UNet{channels = shape.channels, initial_scale = options.initial_scale}
end

--- Trains on samples, one with random flips a step; gives the losses. `objective` adds the divergence
--- from the prior.
function learn(network, samples, count, settings)
    settings = settings or {}
    local optimizer = optim.Adam(settings.parameters or network, {lr = 3e-3})
    local schedule, losses, bounds = optim.CosineDecay(count), {}, {}
    for step = 1, count do
        local sample = samples[torch.randint(1, #samples, {1}):item()]
        local image, label = volumes.augment(sample.image, sample.label)
        local loss = loss_of(network(image), label)
        losses[step] = loss:item()
        if settings.objective then
            local by_group
            loss, by_group = settings.objective(loss, network, step)
            bounds[step] = 0
            for _, bound in pairs(by_group) do bounds[step] = bounds[step] + bound end
        end
        optimizer:zero_grad()
        loss:backward()
        optimizer:step(schedule(step))
    end
    return losses, bounds
end

--- The mean DSC and IoU on samples; with `count`, over so many draws of the weights.
function scores(network, samples, count)
    local dice, iou = 0, 0
    for _, sample in ipairs(samples) do
        local mask = bayes.predict(network, sample.image, {samples = count}).probability[{1, 2}]:gt(0.5)
        dice = dice + volumes.dice(mask, sample.label[1]) / #samples
        iou = iou + volumes.iou(mask, sample.label[1]) / #samples
    end
    return dice, iou
end

runs, source_losses = {}, {}
for run = 1, 2 do
    local resample = {}
    for i = 1, #source do resample[i] = source[torch.randint(1, #source, {1}):item()] end
    local network = unet{initial_scale = 0.1}
    source_losses["source network " .. run] = learn(network, resample, source_steps)
    runs[run] = {network}
    print(("source network %d: DSC %.2f on unseen MS volumes, %.2f on tumours"):format(run,
        scores(network, source_test), (scores(network, target_test))))
end
plot.curves(source_losses,
    {title = "Source networks learn to find MS lesions", x = "step", y = "loss", smooth = 9})

-- %% [markdown]
-- Source networks know MS, and little of tumours: what is bright in a T2 scan is not what was bright in FLAIR. Here is
-- what the first one marks.

-- %%
function marked(sample, title, network)
    local prediction = bayes.predict(network, sample.image)
    local mask = prediction.probability[{1, 2}]:gt(0.5)
    return {title = title, scan = sample.image, truth = sample.label, maps = {mask},
        captions = {("DSC %.2f"):format(volumes.dice(mask, sample.label[1]))}}
end
plot.slices({marked(source_test[1], "MS", runs[1][1]), marked(target_test[1], "tumour", runs[1][1])},
    {columns = {"marked"}, title = "A source network on both diseases"})

-- %% [markdown]
-- ## Step 2: the kernel bank
-- Each pair of an output and an input channel of a convolution has one 3x3x3 kernel. The bank collects all of them.
-- Layers near the input see other things than layers deep inside, so they are put into seven **groups**, each with a
-- prior of its own. `diagnose` asks whether the kernels of a group have structure, or are still the random numbers
-- that training began with.

-- %%
groups = runs[1][1].kernel_layers
all_layers = {}
for _, layers in ipairs(groups) do table.move(layers, 1, #layers, #all_layers + 1, all_layers) end
bank = bayes.KernelBank(runs, all_layers)
print(bank)
for group, layers in ipairs(groups) do
    local found = bank:diagnose(layers)
    print(("group %d: %4d kernels, gain of covariances %5.2f nats a kernel, %s"):format(
        group, found.count, found.gain, found.verdict))
end

-- %% [markdown]
-- ## Step 3: a prior for each group
-- A variational autoencoder learns from the kernels of the first network; the kernels of the second judge it. Its
-- rivals are a Gaussian with independent weights and one with all covariances. Compare the columns: with so few
-- kernels to learn from, an autoencoder need not be ahead of a simple Gaussian.

-- %%
training, judging = bank:select{runs = {1}}, bank:select{runs = {2}}
vaes, gaussians = {}, {}
print("log density of unseen kernels, nats a kernel")
print("group  independent  all covariances  VAE, at least")
for group, layers in ipairs(groups) do
    local kernels, judge = training:standardized(layers), judging:standardized(layers)
    vaes[group] = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 8})
    local epochs = math.max(1, prior_steps * 64 // kernels:size(1))
    vaes[group]:train(kernels, {epochs = epochs, batch_size = 64, lr = 2e-3})
    gaussians[group] = bayes.FullCovariance(kernels, {shrinkage = 0.1})
    local independent = bayes.IndependentNormals(kernels)
    print(("%5d  %11.2f  %15.2f  %13.2f"):format(group, independent:log_prob(judge):mean():item(),
        gaussians[group]:log_prob(judge):mean():item(), vaes[group]:elbo(judge, {samples = 10})))
end
shown = {}
for _, group in ipairs{4, 6} do
    local kernels = training:standardized(groups[group])
    local some = torch.randperm(kernels:size(1))[{{1, 8}}]
    local name = "group " .. group
    shown[#shown + 1] = {title = name .. ", bank", kernels = kernels:index_select(1, some)}
    shown[#shown + 1] = {title = name .. ", drawn from the prior", kernels = vaes[group]:sample(8)}
end
plot.kernels(shown, {title = "Kernels, each as its three slices", cell = 8})

-- %% [markdown]
-- ## Step 4: variational inference on tumours
-- In the target network each 3x3x3 weight is not a number but a Gaussian, $q(w) = \mathcal{N}(\mu, \sigma^2)$.
-- Training moves $\mu$ and $\sigma$. Two forces pull: the marked volumes want weights that segment them, the prior
-- wants weights that look like the kernels of the source networks. With $N$ volumes of $V$ voxels, the loss is
--
-- $$\mathrm{loss} + \frac{1}{N V}\, \mathrm{KL}\left(q(w) \,\|\, p(w)\right)$$
--
-- The *Kullback-Leibler divergence* (KL) is 0 where posterior and prior agree and grows as they part. For the VAE it
-- is bounded from above. The more voxels there are, the less the prior has to say.
--
-- The rivals:
--
-- | method | how it uses the source |
-- |---|---|
-- | DWP | kernels of source networks make the prior |
-- | RI | not at all: random initialisation, a plain network |
-- | PR | fine-tuning: starts from a trained source network, trains all of it |
-- | PRf | the same, but only the first and last blocks are trained, the middle is frozen |
--
-- What PR and PRf start from has learnt from *all* source volumes, from the usual first weights: better for them.

-- %%
pretrained = unet()
learn(pretrained, source, source_steps)

function prior_set(kind)
    local set = {}
    for group, layers in ipairs(groups) do
        -- A random share of the kernels stands for all of them in a step, which is faster.
        local prior = bayes.NormalPrior{3, 3, 3}
        if kind == "VAE" then
            prior = bayes.VAEPrior(vaes[group], {share = 64, control = gaussians[group]})
        end
        set[group] = {name = "group " .. group, layers = layers, prior = prior, bank = bank}
    end
    return bayes.PriorSet(set)
end

function learn_bayesian(samples, kind)
    local network, set = bayes.UNet(shape), prior_set(kind)
    bayes.start_posterior(network, {share = 0.1})
    bayes.set_mode(network, "train")
    local weights, log_variances = {}, {}
    for _, parameter in ipairs(network:named_parameters()) do
        table.insert(parameter[1]:match("log_variance$") and log_variances or weights, parameter[2])
    end
    local parameters = {{params = weights, lr = 3e-3}, {params = log_variances, lr = 1e-2}}
    if #set:parameters() > 0 then parameters[3] = {params = set:parameters(), lr = 5e-4} end
    local objective = bayes.Objective(set, {volumes = #samples, voxels = samples[1].image:numel()})
    return network, learn(network, samples, steps, {parameters = parameters, objective = objective})
end

methods = {}
function methods.DWP(samples) return learn_bayesian(samples, "VAE") end
function methods.RI(samples)
    local network = unet()
    return network, learn(network, samples, steps)
end
function methods.PR(samples, trained)
    local network = unet()
    network:load_state_dict(pretrained:state_dict())
    if trained then network:freeze(nil, {except = trained}) end
    return network, learn(network, samples, steps)
end
function methods.PRf(samples)
    return methods.PR(samples, {"init_conv", "down1", "down2", "up3", "out"})
end

--- Some volumes of the target, drawn at random.
function draw_target(count)
    local order, chosen = torch.randperm(#target):totable(), {}
    for i = 1, count do chosen[i] = target[math.tointeger(order[i])] end
    return chosen
end

-- %% [markdown]
-- ### One network, looked at closely
-- A network with the deep weight prior learns from five tumours. The curves show both forces: the loss on the volumes,
-- and the bound on the divergence from the prior. The first means are PyTorch's usual first weights, which this prior
-- finds improbable.

-- %%
torch.manual_seed(seed)
network, losses, bounds = learn_bayesian(draw_target(5), "VAE")
plot.curves({loss = losses},
    {title = "Loss on five tumours", x = "step", y = "loss", smooth = 9, size = {460, 240}})

-- %%
plot.curves({bound = torch.tensor(bounds) / 1000},
    {title = "Divergence from the prior", x = "step", y = "thousand nats", smooth = 9, size = {460, 240}})

-- %% [markdown]
-- To predict, all weights are drawn eight times, and the eight segmentations are averaged. Where they disagree, or
-- where each is torn between "tumour" and "healthy", the *entropy* of the average is high: the network says that it is
-- uncertain.

-- %%
cases = {}
for i = 1, 3 do
    local test = target_test[i]
    local prediction = bayes.predict(network, test.image, {samples = 8})
    local mask = prediction.probability[{1, 2}]:gt(0.5)
    cases[i] = {title = "tumour " .. i, scan = test.image, truth = test.label,
        maps = {mask, prediction.entropy[{1, 1}]},
        captions = {("DSC %.2f"):format(volumes.dice(mask, test.label[1]))}}
end
plot.slices(cases, {columns = {"marked (DWP)", {title = "uncertainty", kind = "heat"}},
    title = "Unseen tumours: segmentation and uncertainty"})

-- %% [markdown]
-- **Exercise 1.** Where is the network uncertain? Compare the mean entropy of voxels that are healthy and marked as
-- healthy, tumour and marked as tumour, and marked wrongly, over all test volumes. Uncertainty that is worth
-- something is larger where the network is wrong.

-- %% tags=["solution"]
local sums, counts = {0, 0, 0}, {0, 0, 0}
for _, test in ipairs(target_test) do
    local prediction = bayes.predict(network, test.image, {samples = 8})
    local mask, truth = prediction.probability[{1, 2}]:gt(0.5), test.label[1]
    local right, entropy = mask:eq(truth), prediction.entropy[{1, 1}]
    for kind, where in ipairs{right * (1 - truth), right * truth, 1 - right} do
        sums[kind] = sums[kind] + (entropy * where):sum():item()
        counts[kind] = counts[kind] + where:sum():item()
    end
end
for kind, name in ipairs{"healthy, and marked so", "tumour, and marked so", "marked wrongly"} do
    local mean = sums[kind] / math.max(counts[kind], 1)
    print(("%-24s %7d voxels, mean entropy %.3f nats"):format(name, counts[kind], mean))
end

-- %% [markdown]
-- ## The comparison
-- Each repetition draws other target volumes and other first weights; all methods get the same volumes, and are tested
-- on the same unseen ones. An error bar is the standard error over the repetitions.

-- %%
order, numbers = {"DWP", "RI", "PR", "PRf"}, {5, 10, 15, 20}
-- Of the weights, for a prediction of a Bayesian network.
draws = {DWP = 4, normal = 4}
function compare(names, counts, how)
    local found = {}
    for _, name in ipairs(names) do found[name] = {} end
    for place, count in ipairs(counts) do
        for _, name in ipairs(names) do found[name][place] = {dice = {}, iou = {}} end
        for repetition = 1, repetitions do
            torch.manual_seed(seed * 1000 + repetition)
            local samples = draw_target(count)
            for _, name in ipairs(names) do
                local network = how[name](samples)
                local dice, iou = scores(network, target_test, draws[name])
                found[name][place].dice[repetition], found[name][place].iou[repetition] = dice, iou
            end
        end
    end
    return found
end
compared = compare(order, numbers, methods)

function series(score)
    local curves = {}
    for i, name in ipairs(order) do
        local y, errors = {}, {}
        for place in ipairs(numbers) do
            local all = torch.tensor(compared[name][place][score])
            y[place] = all:mean():item()
            errors[place] = repetitions > 1 and all:std():item() / math.sqrt(repetitions) or 0
        end
        curves[i] = {name = name, x = numbers, y = y, errors = errors}
    end
    return curves
end
function text(score)
    print(("%-6s"):format("n =") .. ("%18d"):rep(#numbers):format(table.unpack(numbers)))
    for _, curve in ipairs(series(score)) do
        local line = ("%-6s"):format(curve.name)
        for place in ipairs(numbers) do
            line = line .. ("   %6.3f +- %.3f "):format(curve.y[place], curve.errors[place])
        end
        print(line)
    end
end
text("dice")
plot.curves(series("dice"),
    {title = "Dice against the number of volumes", x = "target volumes (n)", y = "DSC"})

-- %%
text("iou")
plot.curves(series("iou"),
    {title = "IoU against the number of volumes", x = "target volumes (n)", y = "IoU"})

-- %% [markdown]
-- **Exercise 2.** Two curves apart, or chance? In each repetition all methods learnt from the same volumes, so look at
-- the differences: `stats.bootstrap(a, b)` gives the mean of $a - b$ and an interval for what it would be over many
-- repetitions (of 95%; with as few as here, it is somewhat too narrow). Which differences from DWP are clear?

-- %% tags=["solution"]
-- An interval that does not hold 0 is a clear difference; with few repetitions, many will hold it.
for _, other in ipairs{"RI", "PR", "PRf"} do
    for place, count in ipairs(numbers) do
        local found = stats.bootstrap(compared.DWP[place].dice, compared[other][place].dice)
        print(("DWP - %-3s  n = %2d: %+.3f  (%+.3f to %+.3f)%s"):format(other, count, found.mean,
            found.low, found.high, found.low * found.high > 0 and "  clear" or ""))
    end
end

-- %% [markdown]
-- **Exercise 3.** How much of DWP is the *learnt* prior, and how much is that weights are distributions at all? Put
-- `learn_bayesian(samples, "normal")` into the comparison at n = 5: its prior says that weights are independent, and
-- as large as in the source networks.

-- %% tags=["solution"]
local function with_normal(samples) return learn_bayesian(samples, "normal") end
local normal = compare({"normal"}, {5}, {normal = with_normal})
local found = stats.bootstrap(compared.DWP[1].dice, normal.normal[1].dice)
print(("DWP - N(0, sigma), n = 5: %+.3f  (%+.3f to %+.3f)"):format(found.mean, found.low, found.high))

-- %% [markdown]
-- ## What this shows, and what not
-- You have seen every step of the method at work, and the shape of the experiment that a paper would report. If DWP is
-- not ahead in your figure, that is a result, too: report it. What you have *not* seen is evidence about patients:
--
-- - Phantoms are simple, and both diseases sit in the same made-up anatomy: what a source network has learnt of it
--   serves on the target as it is, which favours fine-tuning.
-- - The networks are narrow and learn for seconds. A prior can only hold what is in the kernels of the source
--   networks: step 2 tells how much that is.
-- - There is one pair of source networks and one prior behind all points, and the error bars do not know of others.
-- - Which method wins can depend on the settings, such as the number of steps, and nobody has chosen them here for
--   each method by itself.
--
-- The authors report, on the tumours of BRATS18, that DWP was ahead of RI, PR and PRf at each n from 5 to 20, with a
-- gap at n = 5 that is within the error bars. [Scripts/study.lua](../Scripts/study.lua) makes this comparison as it
-- should be made on real volumes: chosen settings on validation volumes, paired splits, seven scores, tests, and
-- calibration.
