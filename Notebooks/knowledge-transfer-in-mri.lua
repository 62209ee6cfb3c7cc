-- %% [markdown]
-- # Knowledge transfer in MRI: from multiple sclerosis to tumours
-- Lesson 6 of 7. A clinic has 5 to 20 marked volumes of the disease that it cares about, as marking one takes an
-- expert hours. Of *another* disease there may be plenty. This lesson carries over what networks have learnt of one
-- disease to another one, with the prior of lessons 4 and 5, and compares that with simpler ways, up to the figure
-- by which the authors of the method judge it (Kuzina, Egorov and Burnaev 2019).
--
--     lunette notebook run Notebooks/knowledge-transfer-in-mri.lua
--
-- - **What it is for.** You see the whole method at work, and learn to read such a comparison: what its figure
--   shows, and what it does not.
-- - **What you have to know.** The U-Net and the Dice score from [lesson 2](a-first-segmentation.lua), the ELBO from
--   [lesson 3](from-posterior-to-elbo.lua), and the prior over kernels from [lesson 4](kernels-have-structure.lua).
--   No file of theirs is needed: the networks of this lesson are made here.
-- - **How long it takes.** 90 minutes of reading and trying, and one to two minutes of computing, nearly all of
--   them in *The same experiment here* and *Two questions*. On a slow machine set `repetitions` to 2.
-- - **What it makes.** `course/lesson-6.safetensors`: the kernels of three networks, to which a prior of your own can
--   be fitted as in lesson 7.

-- %% tags=["parameters"]
-- How often the comparison is repeated (2 or more), and how long source networks, priors and target networks learn.
repetitions = 5
source_steps = 150
prior_steps = 200
steps = 80
seed = 1

-- %% [markdown]
-- ## Two diseases
-- The **source** is multiple sclerosis (MS), in FLAIR scans, in which fluid is dark. The **target** is a brain
-- tumour, in T2 scans, in which fluid is bright. The volumes are phantoms, made-up brains, with voxels of about a
-- centimetre, so that networks learn them in seconds. They are much easier than patients.
--
-- **What do you expect?** Name two things that a network could learn from MS and use on tumours, and two that would
-- mislead it.

-- %%
function phantoms(kind, count, first)
    local samples = {}
    for i = 1, count do
        local scan, truth = volumes.phantom{kind = kind, size = {16, 24, 16}, seed = first + i}
        local sample = volumes.prepare(scan, truth)
        samples[i] = {image = sample.image, label = sample.label}
    end
    return samples
end
source, source_test = phantoms("ms", 12, 1000 * seed), phantoms("ms", 8, 1000 * seed + 100)
-- Each experiment draws a few volumes from the target's 40, and is tested by the same 12 others.
target, target_test = phantoms("tumour", 40, 1000 * seed + 200), phantoms("tumour", 12, 1000 * seed + 300)

function row(title, sample) return {title = title, scan = sample.image, truth = sample.label} end
plot.slices({row("MS", source[1]), row("MS", source[2]), row("tumour", target[1]), row("tumour", target[2])},
    {title = "Source and target", panel = 110})

-- %% [markdown]
-- Both are heads, and both diseases are brighter than the tissue around them: edges, blobs and what a head looks
-- like carry over. But MS is several small spots and a tumour one large one, and what is bright and *healthy*
-- differs.
--
-- ## Two scores
-- The **Dice score** (DSC) is known from lesson 2. Papers often report the **intersection over union** (IoU, Jaccard
-- 1912), too. For the marked voxels $A$ and the true ones $B$
--
-- $$\mathrm{DSC} = \frac{2\,\left|A \cap B\right|}{\left|A\right| + \left|B\right|}, \qquad
-- \mathrm{IoU} = \frac{\left|A \cap B\right|}{\left|A \cup B\right|} .$$
--
-- First by a loop over voxels. The masks are all voxels brighter than 1.5, the simplest method
-- of lesson 2.

-- %%
function overlap(mask, truth)
    local a, b, both, either, sum = mask:flatten():totable(), truth:flatten():totable(), 0, 0, 0
    for i = 1, #a do
        if a[i] == 1 and b[i] == 1 then both = both + 1 end
        if a[i] == 1 or b[i] == 1 then either = either + 1 end
        sum = sum + a[i] + b[i]
    end
    return 2 * both / sum, both / either
end
by_hand, by_library = {}, {}
for i = 1, 12 do
    local mask, truth = target[i].image[{1, 1}]:gt(1.5), target[i].label[1]
    by_hand[i] = {overlap(mask, truth)}
    by_library[i] = {volumes.dice(mask, truth), volumes.iou(mask, truth)}
end
for i = 1, 3 do
    print(("by hand    DSC %.4f, IoU %.4f"):format(table.unpack(by_hand[i])))
    print(("by library DSC %.4f, IoU %.4f"):format(table.unpack(by_library[i])))
end

-- %%
assert(torch.allclose(torch.tensor(by_hand), torch.tensor(by_library)))
print("the same for all 12 masks")

-- %% [markdown]
-- **Exercise 1.** Does IoU tell anything that Dice does not? Write `dice_from_iou(iou)`: the Dice score of a mask of
-- which only the IoU is known. A hint: $\left|A\right| + \left|B\right|$ counts the intersection twice.

-- %%
dice_from_iou = nil  -- your function here

-- %% tags=["solution"]
-- |A| + |B| = union + intersection. Divided by the union, Dice = 2 * intersection / (union + intersection) becomes
-- 2 * IoU / (1 + IoU). So of a single mask one score tells the other.
function dice_from_iou(iou) return 2 * iou / (1 + iou) end

-- %% tags=["answer"]
local wrong = {
    {function(iou) return iou end, "they agree at 0 and 1 only; try a mask with half an overlap"},
    {function(iou) return iou / (1 + iou) end, "do not forget the 2 above the line"},
    {function(iou) return iou / (2 - iou) end, "this is the way back: the IoU from Dice"},
    {function(iou) return 2 * iou end, "below the line stands |A| + |B|, not the union alone; where A is B, Dice is 1"},
    {function(iou) return 2 * iou / (2 + iou) end, "the intersection is counted twice in |A| + |B|, the union once"},
    {function(iou) return 2 * iou / (1 + 2 * iou) end, "where A is B, Dice is 1"},
    {function(iou) return (1 + iou) / 2 end, "where nothing overlaps, Dice is 0"},
    {function(iou) return 2 * iou / (1 - iou) end, "|A| + |B| is the union and the intersection, not their difference"},
    {function(iou) return 1 - 2 * iou / (1 + iou) end, "this is 1 - Dice"},
}
check.answer("dice_from_iou", dice_from_iou, {inputs = {{0.5}, {0.2}, {0.9}, {1 / 3}}, almost = 0, mistakes = wrong})
check.expect("dice_from_iou", "missing", nil)
for verdict, values in pairs{
    right = {function(iou) return 2 / (1 + 1 / iou) end, function(iou) return 1 - (1 - iou) / (1 + iou) end},
    almost = {function(iou) return math.sqrt(2 * iou / (1 + iou)) end},
    wrong = {function() return 0 end, function(iou) return iou:sqrt() end},
    ["wrong type"] = {2 / 3, function(iou) return torch.tensor{iou} end},
} do
    for _, value in ipairs(values) do check.expect("dice_from_iou", verdict, value) end
end
for _, mistake in ipairs(wrong) do check.expect("dice_from_iou", "almost", mistake[1]) end

-- %%
check("dice_from_iou", dice_from_iou)

-- %% [markdown]
-- So for *one* mask the better Dice has the better IoU. **What do you expect:** does that hold for means over
-- patients?

-- %%
print("           IoU of two patients   mean IoU   mean Dice")
for _, line in ipairs{{"method A", 0.2, 0.9}, {"method B", 0.54, 0.54}} do
    local name, a, b = table.unpack(line)
    print(("%-10s %10.2f %7.2f %12.3f %11.3f"):format(name, a, b, (a + b) / 2, a / (1 + a) + b / (1 + b)))
end

-- %% [markdown]
-- It does not: each mean ranks another method first. Dice rises steeply where masks are bad and slowly where they are
-- good, so it prefers the method that is never very bad. A paper that shows one of the two has made a choice.
--
-- ## Step 1: source networks
-- Three small U-Nets learn MS, their loss being cross entropy plus 1 - DSC. Each sees a **bootstrap resample**: as
-- many volumes as there are, drawn *with replacement*, so that networks differ in what they saw, not only in how
-- they started. First weights are ten times smaller than usual, as in lesson 4.
--
-- **What do you expect:** what Dice do they reach on new MS volumes, and what on tumours?

-- %%
torch.manual_seed(seed)
loss_of = nn.SegmentationLoss()
shape = {channels = {1, 4, 8, 8, 8}}
function unet(initial_scale) return nn.UNet{channels = shape.channels, initial_scale = initial_scale or 1} end

--- Trains on samples, one with random flips a step. `objective` adds the divergence from the prior. Gives a list of
--- losses and, with an objective, one of divergences.
function learn(network, samples, count, settings)
    settings = settings or {}
    local optimizer = optim.Adam(settings.parameters or network, {lr = 1e-2})
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

--- The Dice and the IoU of each sample; with `count`, by so many draws of the weights.
function scores(network, samples, count)
    local dice, iou = {}, {}
    for i, sample in ipairs(samples) do
        local mask = bayes.predict(network, sample.image, {samples = count}).probability[{1, 2}]:gt(0.5)
        dice[i], iou[i] = volumes.dice(mask, sample.label[1]), volumes.iou(mask, sample.label[1])
    end
    return dice, iou
end
function mean(list) return torch.tensor(list):mean():item() end

runs = {}
for run = 1, 3 do
    local resample = {}
    for i = 1, #source do resample[i] = source[torch.randint(1, #source, {1}):item()] end
    local network = unet(0.1)
    learn(network, resample, source_steps)
    runs[run] = {network}
    print(("source network %d: DSC %.2f on unseen MS volumes, %.2f on tumours"):format(run,
        mean(scores(network, source_test)), mean(scores(network, target_test))))
end

function marked(title, sample, network)
    local mask = bayes.predict(network, sample.image).probability[{1, 2}]:gt(0.5)
    return {title = title, scan = sample.image, truth = sample.label, maps = {mask},
        captions = {("DSC %.2f"):format(volumes.dice(mask, sample.label[1]))}}
end
plot.slices({marked("MS", source_test[1], runs[1][1]), marked("tumour", target_test[1], runs[1][1])},
    {columns = {"marked"}, title = "A source network on both diseases"})

-- %% [markdown]
-- On MS they are good, on tumours they fail: what a network marks there is a small part of the tumour or none, as
-- it has learnt small spots. As it is, it is of no use to the clinic. (A score below a picture is that of the whole
-- volume, not of the slice.)
--
-- ## Step 2: the kernel bank
-- But its *kernels* may be. The bank collects all 3x3x3 kernels of the three networks. Layers near the input see
-- other things than layers deep inside, so they are put into seven **groups**, each with a prior of its own.
-- `diagnose` is known from lesson 4: it tells whether training has given a group's kernels a structure.

-- %%
groups = runs[1][1].kernel_layers
all_layers = {}
for _, layers in ipairs(groups) do table.move(layers, 1, #layers, #all_layers + 1, all_layers) end
bank = bayes.KernelBank(runs, all_layers)
print(bank)
for group, layers in ipairs(groups) do
    local found = bank:diagnose(layers)
    print(("group %d: %3d kernels, covariances help by %5.2f nats a kernel: %s"):format(
        group, found.count, found.gain, found.verdict))
end

-- %% [markdown]
-- The last groups, whose kernels work on whole volumes again, gain most; group 4, at the bottom of the U, least. A
-- prior can only hold what is there.
--
-- ## Step 3: a prior for each group
-- A variational autoencoder (VAE) learns from the kernels of the first two networks, those of the third judge it.
-- Its rivals are a Gaussian with independent weights and one with all covariances.
--
-- **What do you expect:** which of the three gives kernels of an unseen network the highest density, with some
-- dozens to hundreds of kernels to learn from?

-- %%
training, judging = bank:select{runs = {1, 2}}, bank:select{runs = {3}}
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
for _, group in ipairs{3, 6} do
    local kernels = training:standardized(groups[group])
    local some = torch.randperm(kernels:size(1))[{{1, 6}}]
    shown[#shown + 1] = {title = ("group %d, bank"):format(group), kernels = kernels:index_select(1, some)}
    shown[#shown + 1] = {title = "drawn from its prior", kernels = vaes[group]:sample(6)}
end
plot.kernels(shown, {title = "Kernels, each as its three slices", cell = 6, columns = 6})

-- %% [markdown]
-- A first disappointment: the autoencoder knows more than independent weights, but the plain Gaussian is ahead of
-- it in all groups or nearly all, with no training at all. (Its number is a lower bound, but lesson 4 has shown
-- that such a bound is close.) The picture shows some of it: in group 6 many of the bank's kernels have one sign
-- nearly throughout, and those that were drawn are more mixed. We go on with the autoencoder, as the authors do,
-- and keep the Gaussian in mind.
--
-- ## Step 4: how much the prior has to say
-- In the target network each 3x3x3 weight is a Gaussian $q(w) = \mathcal{N}(\mu, \sigma^2)$, as in lesson 3. From
-- $N$ volumes of $V$ voxels, training minimises
--
-- $$\mathrm{loss} + \frac{1}{N V}\, \mathrm{KL}\left(q(w) \,\|\, p(w)\right),$$
--
-- the KL of all kernels being bounded from above, as in lesson 5. Why $1 / (N V)$? The cross entropy in the loss is
-- a mean over voxels. $N V$ times it is the negative log likelihood of all voxels of all volumes, and so $N V$ times
-- the whole is $-\text{ELBO}$. (Not quite: the Dice loss is no likelihood. It is added because it helps.)

-- %%
function prior_set(kind)
    local set = {}
    for group, layers in ipairs(groups) do
        local prior = bayes.NormalPrior{3, 3, 3}     -- independent weights; `bank`, below, tells how large they are
        if kind == "VAE" then
            -- In a step 64 kernels stand for all of a group, which is faster. The divergence from a Gaussian near the
            -- prior is known exactly for all of them: only the difference from it has to be estimated.
            prior = bayes.VAEPrior(vaes[group],
                {share = 64, control = bayes.FullCovariance(vaes[group]:sample(2000))})
        end
        set[group] = {name = "group " .. group, layers = layers, prior = prior, bank = bank}
    end
    return bayes.PriorSet(set)
end

network, priors, first = bayes.UNet(shape), prior_set("VAE"), target[1]
bayes.start_posterior(network, {share = 0.1})        -- deviations of a tenth of the size of the layer's weights
bayes.set_mode(network, "train")
loss = loss_of(network(first.image), first.label)
for _, count in ipairs{5, 20} do
    local objective = bayes.Objective(priors, {volumes = count, voxels = first.image:numel()})
    local total, by_group = objective(loss, network, 1)
    local sum = 0
    for _, bound in pairs(by_group) do sum = sum + bound end
    local by_hand = loss:item() + sum / (count * first.image:numel())
    assert(math.abs(by_hand - total:item()) < 1e-3)
    print(("N = %2d, V = %d, KL at most %.0f nats: loss %.3f, by hand %.3f, by the library %.3f"):format(
        count, first.image:numel(), sum, loss:item(), by_hand, total:item()))
end

-- %% [markdown]
-- At the start of training the divergence, which is that of random kernels, weighs as much as the loss or more with 5
-- volumes; with 20 it weighs a quarter of that.
--
-- **Exercise 2.** Other volumes, the same rule. The bound on the KL is 131,072 nats. How much does it add to the
-- loss with (1) 5 volumes of 64x64x64 voxels, (2) 20 of them, (3) 5 volumes of the same heads at half the
-- resolution, 32x32x32 voxels? Put the three numbers into `kl_terms`.

-- %%
kl_terms = nil  -- your answer here, such as {1, 2, 3}

-- %% tags=["solution"]
-- 131072 / (N V). Half the resolution has an eighth of the voxels, and the same prior eight times the say. The rule
-- takes each voxel for a piece of evidence of its own. Neighbouring voxels are alike, so fine volumes count for more
-- than they should. That alone would argue for a beta above 1 before the KL; in practice one below 1 is taken (lesson
-- 3).
kl_terms = {}
for i, case in ipairs{{5, 64}, {20, 64}, {5, 32}} do kl_terms[i] = 131072 / (case[1] * case[2] ^ 3) end

-- %% tags=["answer"]
local a, b, c = table.unpack(kl_terms)
check.answer("kl_terms", kl_terms, {almost = 0.02, tolerance = 5e-4, mistakes = {
    {{131072 / 64 ^ 3, 131072 / 64 ^ 3, 131072 / 32 ^ 3}, "the number of volumes is left out"},
    {{131072 / 5, 131072 / 20, 131072 / 5}, "the number of voxels is left out; the loss is a mean over voxels"},
    {{a, b, 2 * a}, "half the resolution halves each of three sides"},
    {{a, b, 4 * a}, "half the resolution halves three sides, not two"},
    {{a, b, a / 8}, "fewer voxels, less evidence: does the prior then have less to say?"},
    {{a, b, a}, "a volume of fewer voxels is less evidence, by this rule"},
    {{a, 4 * a, c}, "more volumes, more evidence: the prior has less to say"},
    {{a, a, c}, "more volumes are more evidence"},
    {{a, a / 2, c}, "20 are four times as many as 5"},
    {{1 / a, 1 / b, 1 / c}, "the KL is divided by N V, not the other way round"},
    {{131072 / (5 * 64), 131072 / (20 * 64), 131072 / (5 * 32)}, "V is the number of voxels, not a side"},
    {{131072 * 5 / 64 ^ 3, 131072 * 20 / 64 ^ 3, 131072 * 5 / 32 ^ 3}, "the KL is divided by N, too"},
    {{b, a, c}, "the order: 5 volumes, 20 volumes, 5 coarse ones"},
}})
check.expect("kl_terms", "missing", nil)
for verdict, values in pairs{
    right = {{0.1, 0.025, 0.8}},
    almost = {{0.5, 0.5, 4}, {26214.4, 6553.6, 26214.4}, {0.1, 0.025, 0.2}, {0.1, 0.025, 0.4}, {0.1, 0.025, 0.1},
        {0.1, 0.025, 0.0125}, {0.1, 0.4, 0.8}, {0.1, 0.05, 0.8}, {10, 40, 1.25}, {0.025, 0.1, 0.8}, {0.2, 0.05, 1.6}},
    wrong = {{1, 2, 3}, {0, 0, 0}}, ["wrong type"] = {a, torch.tensor{a, b, c}}, ["wrong shape"] = {{a, b}},
} do
    for _, value in ipairs(values) do check.expect("kl_terms", verdict, value) end
end

-- %%
check("kl_terms", kl_terms)

-- %% [markdown]
-- ## The rivals
-- A method that uses the source has to beat those that do so more simply, or not at all:
--
-- | method | how it uses the source | trained on the target |
-- |---|---|---|
-- | DWP | the kernels of its networks make the deep weight prior | everything: means and variances of all kernels |
-- | RI | not at all: random initialisation, a plain network | everything |
-- | PR | fine-tuning: the first weights are those of a trained network | everything |
-- | PRf | the same | the first and the last blocks; the middle is **frozen**, it keeps the source's weights |
--
-- DWP starts as RI does, from random means: the source has a say through the divergence alone. The 1x1x1 convolutions
-- have plain weights and no prior. The encoders of the autoencoders learn on; they are no part of the prior, but make
-- the bound on the divergence tighter. PR and PRf start from a network that has learnt from *all* source volumes, and
-- from the usual first weights: better for them.

-- %%
torch.manual_seed(seed)
pretrained = unet()
learn(pretrained, source, source_steps)
ends = {"init_conv", "down1", "down2", "up3", "out"}    -- what PRf trains

function learn_bayesian(samples, kind, count)
    local network, set = bayes.UNet(shape), prior_set(kind)
    bayes.start_posterior(network, {share = 0.1})
    bayes.set_mode(network, "train")
    local parameters = {{params = network}}
    if #set:parameters() > 0 then parameters[2] = {params = set:parameters(), lr = 5e-4} end    -- the encoders
    local objective = bayes.Objective(set, {volumes = #samples, voxels = samples[1].image:numel()})
    return network, learn(network, samples, count or steps, {parameters = parameters, objective = objective})
end
function fine_tune(samples, trained, count)
    local network = unet()
    network:load_state_dict(pretrained:state_dict())
    if trained then network:freeze(nil, {except = trained}) end
    learn(network, samples, count or steps)
    return network
end

--- Each gives a network that has learnt from the samples, in `count` steps where that is given.
methods = {
    DWP = function(samples, count) return (learn_bayesian(samples, "VAE", count)) end,
    RI = function(samples, count)
        local network = unet()
        learn(network, samples, count or steps)
        return network
    end,
    PR = function(samples, count) return fine_tune(samples, nil, count) end,
    PRf = function(samples, count) return fine_tune(samples, ends, count) end,
}

-- %% [markdown]
-- **Exercise 3.** How many parameters, that is, single numbers, does PRf train? Guess first: half of them, a tenth?
-- Then let the network count: `net:freeze(nil, {except = ends})` freezes all but the parts `ends`, and
-- `net:named_parameters()` is a list of pairs of a name and a tensor. Of a frozen one `requires_grad` is false. Put
-- the number into `trained_by_PRf`.

-- %%
net = unet()
print(("all parameters: %d"):format(net.num_parameters))
trained_by_PRf = nil  -- your answer here

-- %% tags=["solution"]
-- The ends of a U-Net have the fewest channels, and the number of kernels is that of the input times that of the
-- output channels. So the middle has most of the parameters, and PRf has only a small part of a network to learn.
net:freeze(nil, {except = ends})
trained_by_PRf = 0
for _, parameter in ipairs(net:named_parameters()) do
    if parameter[2].requires_grad then trained_by_PRf = trained_by_PRf + parameter[2]:numel() end
end
print(("PRf trains %d of %d: %.0f%%"):format(trained_by_PRf, net.num_parameters,
    100 * trained_by_PRf / net.num_parameters))

-- %% tags=["answer"]
local trained, tensors, kernels, blocks = trained_by_PRf, 0, 0, {}      -- blocks: the parameters of each
for _, parameter in ipairs(net:named_parameters()) do
    local block, tensor = parameter[1]:match("^[^.]+"), parameter[2]
    blocks[block] = (blocks[block] or 0) + tensor:numel()
    if tensor.requires_grad then
        tensors, kernels = tensors + 1, kernels + (tensor:size(3) == 3 and tensor:numel() // 27 or 0)
    end
end
local wrong = {
    {net.num_parameters, "that is all of them, as PR trains them; freeze first"},
    {net.num_parameters - trained, "these are the frozen ones"},
    {trained / net.num_parameters, "this is the share; how many are they?"},
    {100 * trained / net.num_parameters, "this is the share in percent; how many are they?"},
    {tensors, "this is the number of tensors; each holds many numbers"},
    {kernels, "these are kernels; each has 27 weights, and there are 1x1x1 convolutions, too"},
    {27 * kernels, "the 1x1x1 convolutions of these blocks are trained, too"},
    {trained - blocks.init_conv, "init_conv is one of the ends"},
    {trained - blocks.up3, "up3 is one of the ends"},
    {trained - blocks.out, "the last convolution, out, is trained, too"},
    {trained - blocks.down2, "down2 is one of the ends"},
}
check.answer("trained_by_PRf", trained_by_PRf, {tolerance = 0, almost = 0.02, mistakes = wrong})
check.expect("trained_by_PRf", "missing", nil)
for verdict, values in pairs{right = {trained}, almost = {trained + 8}, wrong = {0, 1000},
    ["wrong type"] = {"a quarter", {trained}, torch.tensor{trained}}} do
    for _, value in ipairs(values) do check.expect("trained_by_PRf", verdict, value) end
end
for _, mistake in ipairs(wrong) do check.expect("trained_by_PRf", "almost", mistake[1]) end

-- %%
check("trained_by_PRf", trained_by_PRf)

-- %% [markdown]
-- ## One network, looked at closely
-- A network with the deep weight prior learns from five tumours. To predict, all weights are drawn eight times, and
-- the eight answers are averaged. The **entropy** of the average, $-\sum_c p_c \log p_c$ over the two classes, is
-- high where the draws disagree, and where they are torn: $\log 2 = 0.69$ nats at most.
--
-- **What do you expect:** where in the volume will it be high?

-- %%
--- Some volumes of the target, drawn at random.
function draw_target(count)
    local order, chosen = torch.randperm(#target):totable(), {}
    for i = 1, count do chosen[i] = target[math.tointeger(order[i])] end
    return chosen
end
torch.manual_seed(seed)
local network, losses, bounds = learn_bayesian(draw_target(5), "VAE")
print(("from the first to the last step: loss %.2f to %.2f, KL at most %.0f to %.0f nats"):format(
    losses[1], losses[#losses], bounds[1], bounds[#bounds]))
print(("at the last step KL / (N V) is %.2f"):format(bounds[#bounds] / (5 * target[1].image:numel())))

local cases, sums, counts = {}, {0, 0, 0}, {0, 0, 0}
for i, test in ipairs(target_test) do
    local prediction = bayes.predict(network, test.image, {samples = 8})
    local mask, truth, entropy = prediction.probability[{1, 2}]:gt(0.5), test.label[1], prediction.entropy[{1, 1}]
    for kind, where in ipairs{mask:eq(truth) * (1 - truth), mask:eq(truth) * truth, mask:ne(truth)} do
        sums[kind], counts[kind] = sums[kind] + (entropy * where):sum():item(), counts[kind] + where:sum():item()
    end
    cases[i] = {title = "tumour " .. i, scan = test.image, truth = test.label, maps = {mask, entropy},
        captions = {("DSC %.2f"):format(volumes.dice(mask, truth))}}
end
for kind, name in ipairs{"healthy, and marked so", "tumour, and marked so", "marked wrongly"} do
    print(("%-23s %6d voxels, mean entropy %.3f nats"):format(name, counts[kind],
        sums[kind] / math.max(counts[kind], 1)))
end
plot.slices({cases[1], cases[2], cases[3]}, {columns = {"marked (DWP)", {title = "entropy", kind = "heat"}},
    title = "Unseen tumours, and how sure the network is", panel = 96})

-- %% [markdown]
-- It is bright along the borders of what is marked, and dark nearly everywhere else. Voxels that are marked wrongly
-- have far more of it than the many healthy ones that are marked rightly, as it should be. But tumour that is marked
-- rightly has much of it, too: an uncertain voxel need not be wrong. And look for parts of a tumour that are missed
-- where the entropy is near 0: there the network is wrong and *sure*, which is the dangerous case. Independent
-- Gaussians (a mean field) leave out how weights vary together, and so are too sure (lesson 3).
--
-- The last line of the numbers is worth a thought, too: the loss has fallen, the divergence hardly, so that by now it
-- is most of what is minimised. Keep that in mind for the comparison.
--
-- ## What the authors found
-- The figure of the authors, on tumours of patients (BRATS18), read off by eye. Methods learn from n volumes and
-- are tested by others; we take the bars for how far a mean may be off. (Points of one n stand a little beside each
-- other, so that their bars can be seen.) Look at it for a minute before you read on.

-- %%
numbers, order = {5, 10, 15, 20}, {"DWP", "RI", "PR", "PRf"}
published = {
    {name = "DWP", x = numbers, y = {0.64, 0.71, 0.71, 0.74}, errors = {0.05, 0.035, 0.02, 0.005}},
    {name = "RI", x = numbers, y = {0.62, 0.66, 0.70, 0.70}, errors = {0.02, 0.01, 0.01, 0.01}},
    {name = "PR", x = numbers, y = {0.61, 0.64, 0.67, 0.69}, errors = {0.02, 0.01, 0.02, 0.01}},
    {name = "PRf", x = numbers, y = {0.58, 0.60, 0.63, 0.65}, errors = {0.03, 0.03, 0.02, 0.02}},
}
plot.curves(published, {title = "Dice as published (Kuzina et al. 2019)", x = "target volumes (n)", y = "DSC",
    size = {450, 300}})

-- %% [markdown]
-- DWP is the highest curve at each n. The means of fine-tuning lie *below* those of random initialisation: for PRf by
-- more than the bars, for PR by about as much as they are long. At least there is no gain of it to be seen, perhaps
-- because their source and target are so unlike.
--
-- **Exercise 4.** Which of these statements does the figure support, if it is all that you know? Put a letter in
-- `supported`.
--
-- - "a": with 5 volumes, DWP is better than RI;
-- - "b": with 10 volumes or more, DWP is better than PRf;
-- - "c": it is the *learnt* prior that helps: with a simpler one, a Bayesian network would be no better than RI;
-- - "d": with 20 volumes, DWP marks nearly every patient's tumour better than RI does.

-- %%
supported = nil  -- your answer here

-- %% tags=["solution"]
-- From n = 10 on, DWP is above PRf by more than both bars together. At n = 5 the distance of DWP and RI is smaller
-- than the bar of DWP. Of simpler priors there is no curve. And points are means: a mean that is higher by 0.04
-- says little of single patients.
supported = "b"

-- %% tags=["answer"]
check.answer("supported", supported, {mistakes = {
    {"a", "compare the distance of the two points at n = 5 with the bars"},
    {"c", "which curve would have to be there, so that one could see this?"},
    {"d", "what is a point of the figure: a patient, or a mean over patients?"},
    {"abcd", "one letter: which would you still believe if the figure were drawn again from other volumes?"},
}})
check.expect("supported", "missing", nil)
for verdict, values in pairs{right = {"b"}, almost = {"B", " b"}, ["wrong type"] = {2, true, {"b"}},
    wrong = {"a", "c", "d", "e", "", "abcd", "none", "DWP is better than PRf"}} do
    for _, value in ipairs(values) do check.expect("supported", verdict, value) end
end

-- %%
check("supported", supported)

-- %% [markdown]
-- ## The same experiment here
-- Each repetition draws other target volumes and other first weights; its 5 volumes are among its 20. All methods
-- of a repetition get the same volumes, as many steps, and the same 12 test volumes. An error bar is the standard
-- error over the repetitions.
--
-- **What do you expect?** Which order will the four have here, and will the curves rise from 5 to 20 volumes? Write
-- it down before you look: nobody is surprised afterwards.

-- %%
draws = {DWP = 4, normal = 4}      -- of the weights, for a prediction of a Bayesian network

--- Repeats an experiment. Gives, by method and number of volumes, lists of one entry a repetition: the mean Dice, the
--- mean IoU, and the Dice of each test volume.
function compare(names, counts, how, many)
    local found = {}
    for _, name in ipairs(names) do found[name] = {} end
    for place, count in ipairs(counts) do
        for _, name in ipairs(names) do found[name][place] = {dice = {}, iou = {}, each = {}} end
        for repetition = 1, repetitions do
            torch.manual_seed(seed * 1000 + repetition)
            local samples = draw_target(count)
            for _, name in ipairs(names) do
                local cell = found[name][place]
                local dice, iou = scores(how[name](samples, many), target_test, draws[name])
                cell.dice[repetition], cell.iou[repetition], cell.each[repetition] = mean(dice), mean(iou), dice
            end
        end
    end
    return found
end
compared = compare(order, numbers, methods)

function show(score, title)
    local curves = {}
    print(("%-5s"):format("n =") .. ("%16d"):rep(#numbers):format(table.unpack(numbers)))
    for i, name in ipairs(order) do
        local line, y, errors = ("%-5s"):format(name), {}, {}
        for place in ipairs(numbers) do
            local list = compared[name][place][score]
            y[place], errors[place] = mean(list), torch.tensor(list):std():item() / math.sqrt(#list)
            line = line .. ("  %.3f +- %.3f"):format(y[place], errors[place])
        end
        print(line)
        curves[i] = {name = name, x = numbers, y = y, errors = errors}
    end
    return plot.curves(curves, {title = title, x = "target volumes (n)", y = score == "dice" and "DSC" or "IoU",
        size = {450, 300}})
end
show("dice", "Dice against the number of volumes")

-- %%
show("iou", "IoU against the number of volumes")

-- %% [markdown]
-- The disappointment of this lesson: **DWP is not ahead.** It is nowhere clearly above RI, which knows nothing of the
-- source. The four curves lie close together, most bars overlap, and from 5 to 20 volumes they rise little. IoU says
-- the same as Dice. None of it looks like the figure of the authors. What exactly may be said?
--
-- ## Paired differences
-- Two methods are compared by the difference of their scores, $d_i = a_i - b_i$. How far may its mean be off? There
-- are two ways to count, and the first forgets something:
--
-- - **unpaired**, as if the two had been measured on different occasions: $\sqrt{(s_a^2 + s_b^2) / m}$, with the
--   standard deviations $s_a$ and $s_b$ of $m$ scores each;
-- - **paired**: $s_d / \sqrt{m}$, with the standard deviation of the *differences*. What is hard for both drops out
--   of them: $s_d^2 = s_a^2 + s_b^2 - 2\, \mathrm{cov}(a, b)$.
--
-- **What do you expect:** how much does it help to pair scores by test volume? And by repetition?

-- %%
function standard_error(values)
    local sum, squares = 0, 0
    for _, value in ipairs(values) do sum = sum + value end
    for _, value in ipairs(values) do squares = squares + (value - sum / #values) ^ 2 end
    return math.sqrt(squares / (#values - 1) / #values)
end
function both_ways(a, b)
    local differences = {}
    for i in ipairs(a) do differences[i] = a[i] - b[i] end
    return math.sqrt(standard_error(a) ^ 2 + standard_error(b) ^ 2), standard_error(differences)
end
--- The mean Dice of each test volume over the repetitions.
function by_volume(cell) return torch.tensor(cell.each):mean(1):totable() end

print("n = 20                        unpaired   paired")
points = {}
for _, other in ipairs{"RI", "PR", "PRf"} do
    local a, b = by_volume(compared.DWP[4]), by_volume(compared[other][4])
    print(("DWP - %-3s over test volumes  %9.4f %8.4f"):format(other, both_ways(a, b)))
    print(("          over repetitions   %9.4f %8.4f"):format(both_ways(compared.DWP[4].dice, compared[other][4].dice)))
    -- The same by the library, with the covariance.
    local x, y = torch.tensor(a), torch.tensor(b)
    local covariance = ((x - x:mean()) * (y - y:mean())):sum() / (#a - 1)
    local paired = ((x:var() + y:var() - 2 * covariance) / #a):sqrt():item()
    assert(math.abs(paired - select(2, both_ways(a, b))) < 1e-5)
    points[#points + 1] = {name = other, x = a, y = b}
end
print("loop and library agree")
plot.scatter(points, {title = "Each test volume: what is hard for one is hard for all", x = "DSC of DWP",
    y = "DSC of the other method", size = {400, 340}})

-- %% [markdown]
-- Over test volumes pairing gains much. The points lie along a diagonal: some tumours are hard for every method,
-- which says nothing of which method is better. Over repetitions it gains little or nothing: there much of the
-- spread is chance in first weights and in the order of steps, which methods do not share.
--
-- A standard error falls as $1 / \sqrt{m}$. To halve it takes four times the measurements, or a pairing that does the
-- same for nothing. So all methods should have the same volumes, to learn from and to be tested by.
--
-- **Exercise 5.** Two methods, each tested by the same five volumes. Compute both standard errors of the mean
-- difference, unpaired and paired, to four decimals, and put them into `errors`. Then think, without a check: how
-- many times as many volumes would the unpaired way need to be as sure? (The solution tells.)
--
-- | volume | 1 | 2 | 3 | 4 | 5 |
-- |---|---|---|---|---|---|
-- | A | 0.52 | 0.61 | 0.47 | 0.70 | 0.58 |
-- | B | 0.50 | 0.57 | 0.46 | 0.66 | 0.54 |

-- %%
score_A, score_B = {0.52, 0.61, 0.47, 0.70, 0.58}, {0.50, 0.57, 0.46, 0.66, 0.54}
errors = nil  -- your answer here, such as {0.1, 0.2}

-- %% tags=["solution"]
-- The differences are 0.02, 0.04, 0.01, 0.04, 0.04: hardly any spread, where both scores go up and down by a tenth.
-- The mean difference of 0.03 is less than one unpaired standard error, and several paired ones.
errors = {both_ways(score_A, score_B)}
print(("unpaired %.4f, paired %.4f: %.0f times as many volumes"):format(errors[1], errors[2],
    (errors[1] / errors[2]) ^ 2))

-- %% tags=["answer"]
local u, p = table.unpack(errors)
local a, b = torch.tensor(score_A), torch.tensor(score_B)
local sa, sb, sd = a:std():item(), b:std():item(), (a - b):std():item()
local root = math.sqrt(5)
check.answer("errors", errors, {almost = 0.02, tolerance = 2e-3, mistakes = {
    {{u * root, p * root}, "these are standard deviations; a standard error is that of the mean"},
    {{u, p * root}, "the paired one is not yet divided by the root of 5"},
    {{u * root, p}, "the unpaired one is not yet divided by the root of 5"},
    {{u / root, p / root}, "divided by the root of 5 twice, or by 5"},
    {{u * math.sqrt(4 / 5), p * math.sqrt(4 / 5)}, "the variance of a sample divides by m - 1"},
    {{p, u}, "the order: unpaired, then paired"},
    {{u, u}, "pairs count: take the deviation of the differences"},
    {{(sa + sb) / root, p}, "variances add up, not deviations"},
    {{(sa - sb) / root, p}, "variances add up for a difference, too"},
    {{math.sqrt((sa ^ 2 + sb ^ 2) / 10), p}, "m is the number of scores of one method"},
    {{u, 0.03}, "0.03 is the mean difference"},
    {{u, sd ^ 2 / 5}, "the paired one is a variance: take the root"},
    {{sa / root, sb / root}, "these are those of A and of B; which is that of A - B?"},
}})
check.expect("errors", "missing", nil)
for verdict, values in pairs{
    right = {{0.05199, 0.00632}, {0.052, 0.0063}},
    almost = {{0.1162, 0.0141}, {u, 0.0141}, {0.1162, p}, {u / root, p / root}, {0.0465, 0.00566}, {p, u}, {u, u},
        {(sa + sb) / root, p}, {sa / root, sb / root}, {u, 0.03}, {u, 0.00004}, {2 * u, 2 * p}},
    wrong = {{0.1, 0.2}, {0, 0}}, ["wrong type"] = {p, torch.tensor{u, p}}, ["wrong shape"] = {{u, p, (u / p) ^ 2}},
} do
    for _, value in ipairs(values) do check.expect("errors", verdict, value) end
end

-- %%
check("errors", errors)

-- %% [markdown]
-- ## A bootstrap interval
-- The repetitions that we have are a sample of those that could have been. The **bootstrap** (Efron 1979) asks what
-- others would have given by drawing from *ours*, with replacement: as many differences as there are, their mean,
-- and that thousands of times. The interval that holds the middle 95% of these means is the answer.
-- `stats.bootstrap` does it in one call.

-- %%
function bootstrap(differences, resamples)
    local means = {}
    for r = 1, resamples do
        local sum = 0
        for _ = 1, #differences do sum = sum + differences[math.random(#differences)] end
        means[r] = sum / #differences
    end
    table.sort(means)
    return means[math.ceil(0.025 * resamples)], means[math.ceil(0.975 * resamples)]
end
math.randomseed(seed)
local a, b, differences = by_volume(compared.DWP[1]), by_volume(compared.PR[1]), {}
for i in ipairs(a) do differences[i] = a[i] - b[i] end
local low, high = bootstrap(differences, 10000)
local found = stats.bootstrap(a, b)
print(("DWP - PR over test volumes, n = 5: loop %+.3f to %+.3f, library %+.3f to %+.3f"):format(
    low, high, found.low, found.high))
local spread = standard_error(differences)
assert(math.abs(low - found.low) < spread / 5 and math.abs(high - found.high) < spread / 5)
print("the same, up to what is drawn")

-- %% [markdown]
-- With few differences such intervals are too narrow. How much? Let us play with draws whose true mean we know to be
-- 0, and count how often the interval holds it.

-- %%
torch.manual_seed(seed)
for _, count in ipairs{5, 12, 50} do
    local held, nothing = 0, torch.zeros(count)
    for game = 1, 1000 do
        local interval = stats.bootstrap(torch.randn(count), nothing, {resamples = 1000})
        if interval.low <= 0 and interval.high >= 0 then held = held + 1 end
    end
    print(("%2d differences: the 95%% interval holds the truth in %.0f%% of 1000 games"):format(count, held / 10))
end

-- %% [markdown]
-- From five differences, intervals miss the truth about three times as often as they promise; from fifty they nearly
-- keep their word. So ours, from `repetitions` differences, have to be read as somewhat wider than they are.

-- %%
for _, other in ipairs{"RI", "PR", "PRf"} do
    for place, count in ipairs(numbers) do
        local found = stats.bootstrap(compared.DWP[place].dice, compared[other][place].dice)
        print(("DWP - %-3s  n = %2d: %+.3f  (%+.3f to %+.3f)%s"):format(other, count, found.mean, found.low, found.high,
            found.low > 0 and "  above 0" or found.high < 0 and "  below 0" or ""))
    end
end

-- %% [markdown]
-- Hardly any of them lies above 0, and some may lie below. But these are twelve questions. Even where nothing
-- differs, one of twenty honest intervals misses 0 by accident, and more of those that are too narrow.
--
-- **Exercise 6.** In another study DWP - RI is +0.018, with a bootstrap interval from -0.004 to +0.040. What may be
-- said? Put a letter in `reading`.
--
-- - "a": DWP is better, since most of the interval lies above 0;
-- - "b": DWP and RI are equally good, since the interval holds 0;
-- - "c": it is open: no gain at all agrees with these data, and a gain of 0.04 does as well;
-- - "d": in 95% of the repetitions DWP gained between -0.004 and 0.040.

-- %%
reading = nil  -- your answer here

-- %% tags=["solution"]
-- The interval is one for the mean, not for single repetitions. It tells which true means agree with what was seen:
-- 0 is one of them, but only one. "Not established" is not "equal". More repetitions would narrow it.
reading = "c"

-- %% tags=["answer"]
check.answer("reading", reading, {mistakes = {
    {"a", "is a true mean of 0, or a little below, ruled out?"},
    {"b", "is a true mean of 0.03 ruled out? That would not be equal"},
    {"d", "single repetitions differ far more than their mean does: what is resampled?"},
    {"ac", "one letter: a and c contradict each other"},
}})
check.expect("reading", "missing", nil)
for verdict, values in pairs{right = {"c"}, almost = {"C", "c "}, ["wrong type"] = {3, false, {"c"}},
    wrong = {"a", "b", "d", "e", "", "ac", "open", "DWP is better"}} do
    for _, value in ipairs(values) do check.expect("reading", verdict, value) end
end

-- %%
check("reading", reading)

-- %% [markdown]
-- ## Two questions to a disappointment
-- Before one believes a result, good or bad, one should try to make it go away.
--
-- *Is it the prior, or the Bayesian network?* The same network gets a prior that knows a size and no structure:
-- independent weights, as large as in the source networks, $\mathcal{N}(0, \sigma^2)$.
--
-- *Had all methods learnt enough?* `steps` is the same for all and for each n. But 20 volumes are more to learn than 5,
-- and a Bayesian network has noise in its gradients. So we let DWP and RI learn twice as long from 20 volumes.
--
-- **What do you expect:** which gains more, to have four times the volumes, or to take twice the steps?

-- %%
normal = compare({"normal"}, {5}, {normal = function(samples) return (learn_bayesian(samples, "normal")) end})
found = stats.bootstrap(compared.DWP[1].dice, normal.normal[1].dice)
print(("n = 5, DWP - N(0, sigma):               %+.3f  (%+.3f to %+.3f)"):format(found.mean, found.low, found.high))

longer = compare({"DWP", "RI"}, {20}, methods, 2 * steps)
for _, name in ipairs{"DWP", "RI"} do
    local few, many = compared[name][1].dice, compared[name][4].dice
    local long = stats.bootstrap(longer[name][1].dice, many)
    print(("%-3s, 20 volumes - 5:                    %+.3f"):format(name, mean(many) - mean(few)))
    print(("%-3s, n = 20, twice the steps - once:    %+.3f  (%+.3f to %+.3f)"):format(name, long.mean, long.low,
        long.high))
end
found = stats.bootstrap(longer.DWP[1].dice, longer.RI[1].dice)
print(("n = 20, DWP - RI, both twice the steps: %+.3f  (%+.3f to %+.3f)"):format(found.mean, found.low, found.high))

-- %% [markdown]
-- The learnt prior is not ahead of the plain one: what a Bayesian network gives here, it gives without knowing what
-- kernels look like. And twice the steps help about as much as four times the volumes did. So the curves were flat
-- because learning was stopped early, and the comparison at equal steps was one of who is fast.
--
-- The last line is the one to be careful with. Where this was written it lay above 0: with twice the steps DWP came
-- out ahead of RI. Is that the result, at last? It was found by trying on, after fifteen other intervals; it comes
-- from five repetitions, which makes it too narrow; and the plain prior was not asked the same. It is a good reason
-- for a new study, planned beforehand, and none to believe.
--
-- How many steps a method gets is no detail. When the methods were compared on tumours of 65 patients, RI was first
-- stopped too early at n = 20, and DWP was ahead of it by 0.12 Dice. With enough steps for all the gain was gone:
-- on five splits of these patients, for three sources, *no gain of DWP over RI or over PR was found*, for 5, 10 or
-- 20 volumes. [When does a prior help?](when-does-a-prior-help.lua) reads these scores with you.
--
-- ## What this shows, and what not
-- You have seen every step of the method, and the figure that a paper would show. That DWP is not clearly ahead in
-- it is a result, and has to be reported just as a success would be. It is no result about patients:
--
-- - Here both diseases sit in the same made-up anatomy, and what a source network knows of it serves on the target
--   as it is. That favours fine-tuning. The MS scans of the authors have a few thick slices, quite unlike the
--   target's.
-- - Voxels of nearly a centimetre, narrow networks, seconds of learning, five repetitions.
-- - Three source networks and one prior stand behind all points of DWP, and one trained network behind those of PR
--   and PRf. All repetitions draw from the same 40 volumes, and the same 12 test them. Intervals over repetitions
--   know nothing of others. `stats.crossed_effects` counts repetitions *and* test volumes as samples; the notebook
--   above shows how.
-- - The rate of Adam was chosen once, by looking at RI on these very test volumes. That favours RI, if anything. A
--   fair comparison chooses values for each method, on volumes that are used for nothing else:
--   [Scripts/study.lua](../Scripts/study.lua) does.
--
-- ## Kept for lesson 7
-- The bank, which `bayes.load_bank` reads, with the network that each kernel is of: two can be learnt from, while
-- the third judges.

-- %%
about = ("kernels of %d source networks, %d steps on phantoms with MS (FLAIR), seed %d"):format(
    #runs, source_steps, seed)
study.write_text("course/lesson-6.txt", "lesson-6.safetensors: " .. about .. ".\n")     -- makes the folder, too
bank:save("course/lesson-6.safetensors")
again = bayes.load_bank("course/lesson-6.safetensors")
assert(#again == #bank and again:standardized(groups[6]):equal(bank:standardized(groups[6])))
print("kept in course/lesson-6.safetensors: " .. tostring(again))

-- %% [markdown]
-- ## What you have learnt
-- - Dice and IoU rank single masks alike, but not means over patients.
-- - The prior's share of the loss is KL / (N V): with more volumes, or finer ones, it has less to say.
-- - A method that uses a source has to beat RI, PR and PRf, and an ablation has to show *which* part of it helps.
-- - Scores of the same volumes are compared in pairs: what is hard for both drops out, and fewer repetitions do.
-- - An interval that holds 0 means "open", not "equal"; of many intervals some miss by accident; from few
--   differences they are too narrow.
-- - Equal steps are not equal chances. Before you believe a result, try to make it go away.
--
-- ## What comes next
-- In [lesson 7](write-your-own-prior.lua) you write a prior of your own. Fit it to the kernels that you have just
-- kept, too (`bayes.load_bank("course/lesson-6.safetensors")`). Here a plain Gaussian knew more about kernels than
-- the autoencoder: what would *you* say about them?

-- %%
for _, result in ipairs(check.results()) do print(("%-16s %s"):format(result.name, result.verdict)) end
