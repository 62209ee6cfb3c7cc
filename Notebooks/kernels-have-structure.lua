-- %% [markdown]
-- # Kernels have structure
-- Lesson 4 of 7. Lesson 1 ended with the question what one may know before the data, and lesson 2 with kernels that
-- were kept. Here we look at kernels of trained networks: are they random numbers? If not, what they usually look like
-- can be written down as a density, a **prior**, and given to a network that has only few volumes to learn from.
--
--     lunette notebook run Notebooks/kernels-have-structure.lua
--
-- - **Before:** [lesson 2](a-first-segmentation.lua) tells what a 3x3x3 kernel and a U-Net are, [lesson
--   3](from-posterior-to-elbo.lua) what a nat, a divergence and the ELBO are. The file of lesson 2 is used if it is
--   there, and made anew if it is not.
-- - **Time:** 60 to 90 minutes to read and try; the computer works for about a minute of it.
-- - **For later:** `course/lesson-4.safetensors`, a bank of kernels, and `course/lesson-4-priors.safetensors`, an
--   autoencoder that has learnt them.

-- %% tags=["parameters"]
-- How many steps the networks learn, and how many passes through the kernels the autoencoders make.
steps = 100
epochs = 30
seed = 1

-- %% [markdown]
-- ## Three networks, one task
-- All learn to find lesions of multiple sclerosis in phantoms, as in lesson 2, each from six patients of its own and
-- first weights of its own: what their kernels share is no accident of one start. Two are the **sources**, from which
-- priors learn. The third is the **judge**, whose kernels no prior sees: the network that you kept in lesson 2.

-- %%
--- Six patients, others for each `first`.
function patients(first)
    local samples = {}
    for i = 1, 6 do
        local scan, truth = volumes.phantom{kind = "ms", contrast = "t2", size = {32, 36, 32}, seed = first + i}
        samples[i] = volumes.prepare(scan, truth)
    end
    return samples
end
--- Trains a U-Net as lesson 2 does, and gives it with the loss of each step.
function train(samples, seed, initial_scale, lr)
    torch.manual_seed(seed)
    local net = nn.UNet{variant = "short", initial_scale = initial_scale or 0.1}
    local optimizer, loss_of, losses = optim.Adam(net, {lr = lr or 1e-2}), nn.SegmentationLoss(), {}
    for step = 1, steps do
        local sample = samples[(step - 1) % #samples + 1]
        local loss = loss_of(net(sample.image), sample.label)
        optimizer:zero_grad()
        loss:backward()
        optimizer:step()
        losses[step] = loss:item()
    end
    return net, losses
end

networks, losses = {}, {}
for run = 1, 2 do
    networks[run], losses["source " .. run] = train(patients(1000 * seed + 100 + 100 * run), seed + run)
end
found, networks[3] = pcall(nn.load, "course/lesson-2.safetensors")
if not found then
    print("There is no course/lesson-2.safetensors here, so the judge is trained now, as there.")
    networks[3], losses.judge = train(patients(1000 * seed), seed)
end
plot.curves(losses, {title = "The networks learn", x = "step", y = "loss", smooth = 6, size = {450, 280}})

-- %% [markdown]
-- ## A bank of kernels
-- The layers of a U-Net are taken in groups (`kernel_layers`), because the first layers look at images and deep ones at
-- other layers' results. We take the second group. A layer from 32 to 32 channels has 32 x 32 kernels, one for each
-- pair of output and input. A **kernel bank** collects those of all networks, and leaves out what is hardly there:
-- kernels of a norm below 0.01. First by a loop, for one layer.

-- %%
layers = networks[1].kernel_layers[2]
local weight, list = networks[1]:layer(layers[1]).weight:detach(), {}
for output = 1, weight:size(1) do
    for input = 1, weight:size(2) do
        local kernel = weight[{output, input}]
        if kernel:norm():item() >= 0.01 then list[#list + 1] = kernel end
    end
end

bank = bayes.KernelBank({{networks[1]}, {networks[2]}, {networks[3]}}, layers)
sources, judge = bank:select{runs = {1, 2}}, bank:select{runs = {3}}
print(bank)
print(("layer %s of source 1: %d kernels by the loop, the same in the bank: %s"):format(layers[1], #list,
    torch.stack(list):equal(bank:select{runs = {1}}:kernels(layers[1]))))

-- %% [markdown]
-- Layers differ in how large their weights are. That is not what we are after, so `standardized` divides each kernel by
-- its layer's **scale**, the root of the mean square of the layer's weights. (A prior for a network gets both: the
-- density of standardised kernels, and the scales.)
--
-- **What do you expect:** which of these two is the trained network?

-- %%
kernels, unseen = sources:standardized(layers), judge:standardized(layers)
torch.manual_seed(seed)
noise = torch.randn(kernels:size(1), 3, 3, 3)
some = torch.randperm(kernels:size(1))[{{1, 18}}]
plot.kernels({
    {title = "A", kernels = noise:index_select(1, some)}, {title = "B", kernels = kernels:index_select(1, some)},
}, {title = "A kernel is three slices: blue negative, red positive", columns = 6, cell = 6})

-- %% [markdown]
-- B. Its kernels tend to have one sign throughout, or to go over from one sign to the other; in A, the random numbers,
-- every weight has its own way. The rest of the lesson puts this into numbers, and the numbers into a density.
--
-- ## Neighbours
-- The **correlation** of two numbers is 1 where one follows the other exactly, and 0 where one tells nothing of the
-- other. We take two neighbouring places of a kernel, and ask how the weights there correlate over all kernels of the
-- bank. The loop does that along each axis, and takes the mean over the 18 pairs of neighbours.
--
-- **What do you expect?** More than 0.5, or less? The same along all axes? And for the random numbers?

-- %%
rows = kernels:flatten(2):totable()                             -- a row of 27 weights for each kernel
function place(d, h, w) return 9 * (d - 1) + 3 * (h - 1) + w end
function correlation(a, b)
    local n, sum_a, sum_b, sum_aa, sum_bb, sum_ab = #rows, 0, 0, 0, 0, 0
    for _, row in ipairs(rows) do
        sum_a, sum_b = sum_a + row[a], sum_b + row[b]
        sum_aa, sum_bb, sum_ab = sum_aa + row[a] ^ 2, sum_bb + row[b] ^ 2, sum_ab + row[a] * row[b]
    end
    local mean_a, mean_b = sum_a / n, sum_b / n
    return (sum_ab / n - mean_a * mean_b) / math.sqrt((sum_aa / n - mean_a ^ 2) * (sum_bb / n - mean_b ^ 2))
end
by_loop = {0, 0, 0}
for i = 1, 3 do
    for j = 1, 3 do
        for k = 1, 2 do
            by_loop[1] = by_loop[1] + correlation(place(k, i, j), place(k + 1, i, j)) / 18
            by_loop[2] = by_loop[2] + correlation(place(i, k, j), place(i, k + 1, j)) / 18
            by_loop[3] = by_loop[3] + correlation(place(i, j, k), place(i, j, k + 1)) / 18
        end
    end
end
by_library = sources:diagnose(layers).neighbor_correlation
for axis = 1, 3 do
    print(("axis %d: by the loop %.4f, by the library %.4f"):format(axis, by_loop[axis], by_library[axis]))
    assert(math.abs(by_loop[axis] - by_library[axis]) < 1e-3)
end

-- %% [markdown]
-- All pairs of places at once are a matrix of 27 x 27 correlations: subtract the mean from each column, make its length
-- 1, and multiply. The picture sorts them by how far two places lie apart; the opposite corners are farthest.

-- %%
function correlations(kernels)
    local centred = kernels:flatten(2) - kernels:flatten(2):mean(1)
    local columns = centred / centred:norm(1)
    return columns:t():matmul(columns)
end
local at = {}
for d = 1, 3 do
    for h = 1, 3 do
        for w = 1, 3 do at[place(d, h, w)] = {d, h, w} end
    end
end
local apart, curves = torch.cdist(torch.tensor(at), torch.tensor(at)), {}
for i, row in ipairs{{"sources", kernels}, {"judge", unseen}, {"random numbers", noise}} do
    curves[i] = {name = row[1], x = {}, y = {}}
    for _, square in ipairs{0, 1, 2, 3, 4, 5, 6, 8, 9, 12} do
        table.insert(curves[i].x, math.sqrt(square))
        table.insert(curves[i].y, correlations(row[2]):masked_select((apart ^ 2 - square):abs():lt(0.1)):mean():item())
    end
end
plot.curves(curves, {title = "The nearer, the more alike", x = "distance of two places (voxels)",
    y = "correlation of their weights", size = {450, 300}})

-- %% [markdown]
-- Neighbours correlate strongly, about as much along all axes, and even opposite corners are not independent. The
-- judge, another network, has nearly the same curve. Random numbers have none of it. (Where the curve rises a little,
-- direction counts beside distance.)
--
-- ## Principal components
-- 27 x 26 / 2 correlations are many. **Principal component analysis** (PCA) sorts them. The first **component** is the
-- direction, a vector of 27 numbers with length 1, along which kernels vary most; the second one varies most among
-- those perpendicular to it, and so on. A kernel's **score** on a component is how far it lies along it. The components
-- are the eigenvectors of the covariance matrix $C$, and their eigenvalues $\lambda_j$ are the variances of the scores.
--
-- The first one can be found by a loop: multiply any vector by $C$ again and again, and make its length 1 each time.
-- The direction in which $C$ stretches most wins. This is **power iteration**. `torch.linalg.eigh` finds all at once,
-- the smallest first.

-- %%
flat = kernels:flatten(2)
mean = flat:mean(1)
covariance = (flat - mean):t():matmul(flat - mean) / flat:size(1)

local c, v, stretch = covariance:totable(), {}, 0
for i = 1, 27 do v[i] = i end                                   -- any start will do that is not perpendicular to it
for iteration = 1, 200 do
    local moved, square = {}, 0
    for i = 1, 27 do
        moved[i] = 0
        for j = 1, 27 do moved[i] = moved[i] + c[i][j] * v[j] end
        square = square + moved[i] ^ 2
    end
    stretch = math.sqrt(square)
    for i = 1, 27 do v[i] = moved[i] / stretch end
end
values, vectors = torch.linalg.eigh(covariance)                 -- vectors are columns
same = math.abs(torch.tensor(v):dot(vectors:select(2, 27)):item())
assert(same > 0.999 and math.abs(stretch / values[27]:item() - 1) < 1e-3)
print(("largest variance: by the loop %.4f, by the library %.4f"):format(stretch, values[27]:item()))
print(("the vectors' product is %.5f: the same direction, up to the sign"):format(same))

-- %% [markdown]
-- **What do you expect:** what does the direction of most variance look like, as a kernel? How much of the variance do
-- the first 4 of 27 components hold?

-- %%
plot.kernels({{title = "1 to 8", kernels = vectors:t():flip(1)[{{1, 8}}]:reshape(8, 3, 3, 3)}},
    {title = "The first components of the sources' kernels", columns = 4, cell = 8})

-- %%
local shares, count = {}, torch.arange(27)
print("held by 1, 4 and 10 components:")
for i, row in ipairs{{"sources", kernels}, {"judge", unseen}, {"random numbers", noise}} do
    local centred = row[2]:flatten(2) - row[2]:flatten(2):mean(1)
    local variances = torch.linalg.eigvalsh(centred:t():matmul(centred) / centred:size(1)):flip(1)
    local share = variances:cumsum(1) / variances:sum()
    print(("%-14s  %2.0f%%  %2.0f%%  %2.0f%%"):format(
        row[1], 100 * share[1]:item(), 100 * share[4]:item(), 100 * share[10]:item()))
    shares[i] = {name = row[1], x = count, y = share}
end
plot.curves(shares, {title = "Few components hold most of the variance", x = "components",
    y = "share of the variance", y_range = {0, 1}, size = {450, 300}})

-- %% [markdown]
-- The first component has one sign throughout: a *blob*, a mean of the neighbourhood. The next three go from one sign
-- to the other, in three directions: *edges*. (The sign of a component means nothing; turned round, it is the same
-- direction.) These four hold most of the variance of trained kernels, of the judge's, too. Random numbers have no such
-- directions: their curve is nearly a straight line.
--
-- **Exercise 1.** Could you have known the first share from correlations alone? Suppose that all weights have the
-- variance 1, and that *every* two weights of a kernel have the correlation 0.6. The first component is then
-- $(1, 1, \ldots, 1) / \sqrt{27}$. Which share of the variance does it hold? Put it in `blob_share`. A hint: the
-- variance of a sum is the sum of all variances and of all covariances, each pair counted twice.

-- %%
blob_share = nil  -- your answer here

-- %% tags=["solution"]
-- The score is the sum of the weights / sqrt(27). Its variance is (27 + 27 * 26 * 0.6) / 27 = 1 + 26 * 0.6 = 16.6. All
-- variances together are 27. A correlation of all pairs is nearly the share of the blob.
blob_share = (1 + 26 * 0.6) / 27

-- %% tags=["answer"]
check.answer("blob_share", blob_share, {mistakes = {
    {0.6, "close, but a weight also has a variance of its own"},
    {26 * 0.6 / 27, "the variances themselves are missing from the sum"},
    {16.6, "this is the variance of the score; which share of all is it?"},
    {27 + 27 * 26 * 0.6, "this is the variance of the sum; the component has length 1"},
    {16.6 / 26, "there are 27 variances in all"},
    {1 / 27, "this is the share without any correlation"},
    {(1 + 13 * 0.6) / 27, "each pair counts twice: a with b, and b with a"},
    {(1 + 26 * 0.36) / 27, "a covariance is the correlation times both deviations, which are 1; nothing is squared"},
    {1 - (1 + 26 * 0.6) / 27, "this is the share of all others"},
}})
check.expect("blob_share", "missing", nil)
check.expect("blob_share", "right", 0.6148)
for _, value in ipairs{0.6, 15.6 / 27, 16.6, 448.2, 16.6 / 26, 0.037037, 8.8 / 27, 0.385} do
    check.expect("blob_share", "almost", value)
end
check.expect("blob_share", "wrong", 0)
check.expect("blob_share", "wrong", 61.48)
check.expect("blob_share", "wrong type", "61 %")
check.expect("blob_share", "wrong type", torch.tensor{0.6148})

-- %%
check("blob_share", blob_share)

-- %% [markdown]
-- ## Two Gaussians
-- Now a density of kernels. The simplest one takes the weights as independent, each with a mean and a variance of its
-- own. The other one is the Gaussian with the covariance matrix $C$. In terms of the scores $s_j$ it is simple, too,
-- because scores do not correlate: its log density is a sum over components,
--
-- $$\log p(w) = -\frac{1}{2} \sum_{j=1}^{27} \left(\frac{s_j^2}{\lambda_j} + \log(2 \pi \lambda_j)\right) .$$
--
-- A small $\lambda_j$ is worth much: along such a component the density is high, as long as a kernel's score is small,
-- too. We take the judge's kernels, first by a loop, then by `dist`, then by the class of priors. (The last one adds a
-- ten-thousandth of the mean variance to each variance, so that $C$ can always be inverted.)

-- %%
local means, sides, variances = mean:totable(), vectors:totable(), values:totable()
local list = {}
for n, w in ipairs(unseen:flatten(2):totable()) do
    list[n] = 0
    for j = 1, 27 do
        local score = 0
        for i = 1, 27 do score = score + sides[i][j] * (w[i] - means[i]) end
        list[n] = list[n] - (score ^ 2 / variances[j] + math.log(2 * math.pi * variances[j])) / 2
    end
end
independent, gaussian = prior.IndependentNormals(kernels), prior.FullCovariance(kernels)
by_dist = dist.MultivariateNormal(mean, covariance):log_prob(unseen:flatten(2))
by_prior = gaussian:log_prob(unseen)
assert(torch.allclose(torch.tensor(list), by_dist, {rtol = 1e-4, atol = 1e-3}))
assert(torch.allclose(by_prior, by_dist, {rtol = 1e-2, atol = 0.05}))
print(("first kernel: by the loop %.4f, by dist %.4f, by the prior %.4f nats"):format(
    list[1], by_dist[1]:item(), by_prior[1]:item()))

-- %% [markdown]
-- A prior is good if kernels that it has not seen are probable. So we take the mean of the log density over the judge's
-- kernels: **nats a kernel**. One nat more, and a kernel is $e \approx 2.7$ times as probable.
--
-- **What do you expect:** by how many nats is the Gaussian with all covariances better?

-- %%
function nats(p, kernels) return p:log_prob(kernels):mean():item() end
function tell(name, value) print(("%6.2f nats, %s"):format(value, name)) end
tell("independent weights", nats(independent, unseen))
tell("all covariances", nats(gaussian, unseen))

-- %% [markdown]
-- **Exercise 2.** Where does the gain come from? Take kernels of two weights only, with the means 0, the variances 1
-- and the correlation `rho`. Write `nats_gained(rho)`: by how many nats a kernel the Gaussian that knows the
-- correlation is better than the independent one, in the mean over kernels. A hint: under both,
-- $\sum_j s_j^2 / \lambda_j$ is 2 in the mean. The eigenvalues are $1 + \rho$ and $1 - \rho$.

-- %%
nats_gained = nil  -- your answer here

-- %% tags=["solution"]
-- Only the logarithms of the variances are left: -(log(1 + rho) + log(1 - rho)) / 2, against -(log 1 + log 1) / 2. In
-- lesson 3 the same 1 - rho^2 was the variance of a weight when the other is known.
function nats_gained(rho) return -math.log(1 - rho ^ 2) / 2 end

-- %% tags=["answer"]
local wrong = {
    {function(rho) return -math.log(1 - math.abs(rho)) / 2 end, "there are two eigenvalues"},
    {function(rho) return -math.log(1 - rho) / 2 end, "there are two eigenvalues"},
    {function(rho) return math.log(1 + rho) / 2 end, "there are two eigenvalues"},
    {function(rho) return rho ^ 2 / 2 end, "about right for a small correlation; what of log(1 - rho^2)?"},
    {function(rho) return -math.log(1 - rho ^ 2, 2) / 2 end, "these are bits; a nat needs the natural logarithm"},
    {function(rho) return (math.log(1 + rho) - math.log(1 - rho)) / 2 end, "the logarithms of both have the same sign"},
    {function(rho) return 1 - rho ^ 2 end, "this is the product of the eigenvalues; nats need a logarithm"},
    {function(rho) return 1 / math.sqrt(1 - rho ^ 2) end, "so many times as probable; and in nats?"},
    {function(rho) return math.abs(rho) end, "without a correlation it is 0, but it is no straight line"},
    {function(rho) return math.log(2 * math.pi) - math.log(1 - rho ^ 2) / 2 end, "both have the same factor 2 pi"},
}
check.answer("nats_gained", nats_gained, {inputs = {{0.5}, {0.9}, {-0.9}, {0}}, mistakes = wrong})
check.expect("nats_gained", "missing", nil)
check.expect("nats_gained", "right", function(rho) return -(math.log(1 + rho) + math.log(1 - rho)) / 2 end)
check.expect("nats_gained", "almost", function(rho) return math.log(1 - rho ^ 2) / 2 end)
check.expect("nats_gained", "almost", function(rho) return -math.log(1 - rho ^ 2) end)
for _, mistake in ipairs(wrong) do check.expect("nats_gained", "almost", mistake[1]) end
check.expect("nats_gained", "wrong", function(rho) return 0 end)
check.expect("nats_gained", "wrong", function(rho) return math.log(rho) end)
check.expect("nats_gained", "wrong", function(rho) return rho:log() end)
check.expect("nats_gained", "wrong type", 0.83)

-- %%
check("nats_gained", nats_gained)

-- %% [markdown]
-- **Exercise 3.** The weights of each of the judge's kernels are put in a random order, another one for each kernel. No
-- weight changes its value. What becomes of the mean log densities? Put a letter in `shuffled`.
--
-- - "a": both fall far;
-- - "b": both hardly change, since the weights are the same;
-- - "c": the independent one hardly changes, that with all covariances falls far;
-- - "d": that with all covariances hardly changes, since it knows all pairs, and the independent one falls far.

-- %%
shuffled = nil  -- your answer here

-- %% tags=["solution"]
-- The variances of the 27 places are much alike, so to the independent Gaussian order means little. Covariances say
-- which places should be alike, and that is lost.
shuffled = "c"

-- %% tags=["answer"]
check.answer("shuffled", shuffled, {mistakes = {
    {"a", "what does the independent Gaussian know of order? Its 27 variances are nearly the same"},
    {"b", "the weights are the same, but neighbours are no longer neighbours"},
    {"d", "a covariance belongs to a pair of places; which of the two densities has pairs?"},
}})
check.expect("shuffled", "missing", nil)
check.expect("shuffled", "right", "c")
for _, letter in ipairs{"a", "b", "d", "e", "", "the independent one"} do check.expect("shuffled", "wrong", letter) end
check.expect("shuffled", "almost", "C")
check.expect("shuffled", "almost", "c ")
check.expect("shuffled", "wrong type", 3)
check.expect("shuffled", "wrong type", true)
check.expect("shuffled", "wrong type", {"c"})

-- %%
check("shuffled", shuffled)

-- %%
torch.manual_seed(seed)
local order = torch.rand(unseen:size(1), 27):argsort(2)
mixed_up = unseen:flatten(2):gather(2, order):reshape(-1, 3, 3, 3)
tell("independent, mixed up", nats(independent, mixed_up))
tell("covariances, mixed up", nats(gaussian, mixed_up))

-- %% [markdown]
-- The independent density hardly changes, as its 27 means and variances are much alike. So the gain is one of
-- **structure**: of how weights lie, not of how large they are. (Not all of it is lost by
-- shuffling. A blob has no order, so it survives.)
--
-- ## Is a Gaussian right?
-- Compare real kernels with the Gaussian's draws. In $\sum_j s_j^2 / \lambda_j$ each component has the mean 1, so the
-- sum, the squared distance from the mean, is 27 on average. For draws of a Gaussian it lies closely around 27.
--
-- **What do you expect** for the kernels that it was fitted to?

-- %%
function squared_distance(kernels) return ((kernels:flatten(2) - mean):matmul(vectors) ^ 2 / values):sum(2) end
torch.manual_seed(seed)
plot.histogram({kernels = squared_distance(kernels), draws = squared_distance(
    gaussian:sample(kernels:size(1)))}, {title = "How far kernels lie from their mean", x = "squared distance",
    range = {0, 120}, bins = 40, density = true, size = {450, 300}})

-- %% [markdown]
-- The kernels' distances spread far more widely: many lie nearer to the mean than any draw, many farther away. A score
-- counts in units of its component's deviation, so the 23 components of small variance decide, and these make a kernel
-- rough. There are smooth kernels and rough ones, and no single covariance fits both. A **mixture of Gaussians** has
-- several, each with a mean, a covariance $C_m$ and a weight $\pi_m$:
-- $p(w) = \sum_m \pi_m\, \mathcal{N}(w; \mu_m, C_m)$. It is fitted by **EM** (expectation-maximisation; Dempster et al.
-- 1977): say how probably each kernel belongs to each Gaussian, fit each Gaussian to its kernels, repeat.
--
-- **What do you expect:** how many Gaussians are best for the sources, and how many for the judge?

-- %%
local counts, curves = {1, 2, 4, 8, 16}, {{name = "sources (learnt from)"}, {name = "judge (unseen)"}}
for i, curve in ipairs(curves) do curve.x, curve.y = {1, 2, 3, 4, 5}, {} end
for i, count in ipairs(counts) do
    torch.manual_seed(seed)
    local p = prior.GaussianMixture(kernels, {components = count})
    curves[1].y[i], curves[2].y[i] = nats(p, kernels), nats(p, unseen)
    print(("%2d: sources %.2f, judge %.2f"):format(count, curves[1].y[i], curves[2].y[i]))
    if count == 4 then mixture = p end
end
assert(math.abs(curves[2].y[1] - nats(gaussian, unseen)) < 0.5)  -- one component is the Gaussian, but for its ridge
plot.curves(curves, {title = "Mixtures of Gaussians", x = "components", x_names = {"1", "2", "4", "8", "16"},
    y = "nats a kernel", size = {450, 300}})

-- %% [markdown]
-- The second Gaussian is worth most. From some number on the sources still gain, and the judge gains no more or loses:
-- what is learnt then is the sources by heart. We go on with 4, a number chosen beforehand. To take the one that the
-- judge likes best would be to learn from the judge.
--
-- ## An autoencoder of kernels
-- The method of this course takes a more flexible density, a **variational autoencoder** (VAE; Kingma and Welling
-- 2014). It says how a kernel comes to be:
--
-- 1. draw a **code** of a few numbers, $z \sim \mathcal{N}(0, I)$;
-- 2. a network, the **decoder**, makes of it the mean and the variance of each weight, $p(w \mid z)$.
--
-- The density is $p(w) = \int p(w \mid z)\, p(z)\, dz$, an integral with no formula, as lesson 3's evidence was. The
-- remedy is the same, with $z$ in the place of what is unknown and $w$ in that of the data: the ELBO,
--
-- $$\log p(w) \geq \mathbb{E}_{r(z \mid w)}\left[\log p(w \mid z)\right] -
-- \mathrm{KL}\left(r(z \mid w) \,\|\, p(z)\right) .$$
--
-- Only that $r$ is not fitted to each kernel anew. A second network, the **encoder**, gives mean and variance of the
-- code for any kernel. Both networks are trained together, to make the bound large.

-- %%
torch.manual_seed(seed)
vae = bayes.KernelVAE({3, 3, 3}, {latent_size = 6, hidden_channels = 16})
curves = {{name = "learnt from", x = {}, y = {}}, {name = "held out", x = {}, y = {}}}
vae:train(kernels, {epochs = epochs, lr = 2e-3, on_epoch = function(epoch, ...)
    for i, elbo in ipairs{...} do curves[i].x[epoch], curves[i].y[epoch] = epoch, elbo end
end})

-- By hand: encode, draw a code with reparameterisation, decode, and take the two parts of the bound.
local mean, log_variance = vae:encode(unseen)
local codes = dist.Normal(mean, (log_variance / 2):exp())
local epsilon = torch.randn(unseen:size(1), 6, {generator = torch.Generator(seed)})
local decoded, decoded_log_variance = vae:decode(mean + (log_variance / 2):exp() * epsilon)
local fit = dist.Normal(decoded, (decoded_log_variance / 2):exp()):log_prob(unseen):flatten(2):sum(2)
divergence = dist.kl(codes, dist.Normal(0, 1))                  -- of each kernel and number of its code
local by_hand = (fit - divergence:sum(2)):mean():item()
local by_library = vae:bound(unseen, {generator = torch.Generator(seed)}):mean():item()
print(("ELBO of the judge's kernels: by hand %.3f, by the library %.3f"):format(by_hand, by_library))
assert(math.abs(by_hand - by_library) < 1e-2)
plot.curves(curves, {title = "The bound while the autoencoder learns", x = "epoch", y = "nats a kernel",
    size = {450, 280}})

-- %% [markdown]
-- ## A disappointment: who is best
-- Four densities, and one network that none of them has seen. The autoencoder has over a hundred thousand parameters
-- and took by far the longest to fit.
--
-- `prior.compare` makes the table: nats a kernel of the judge with their standard error, of the sources (`learnt`), and
-- of the judge's kernels with their weights mixed up, as in exercise 3. **What do you expect:** in which order will
-- they come?

-- %%
local candidates = {independent = independent, ["1 Gaussian"] = gaussian, ["4 Gaussians"] = mixture,
    autoencoder = prior.VAEPrior(vae)}
torch.manual_seed(seed)
comparison = prior.compare(kernels, candidates, {test = unseen, samples = 20})
print("             judge  +-  learnt mixed")
held_out, training, errors, names = {}, {}, {}, {}
for i, row in ipairs(comparison.rows) do
    names[i], held_out[i], errors[i], training[i] = row.name, row.held_out, row.standard_error, row.training
    print(("%-11s%7.2f%5.2f%7.2f%6.1f"):format(
        row.name, row.held_out, row.standard_error, row.training, row.permuted))
    if row.name == "1 Gaussian" then assert(math.abs(row.held_out - nats(gaussian, unseen)) < 1e-3) end
end
plot.curves({{name = "judge", x = torch.arange(#names), y = held_out, errors = errors, points = true},
    {name = "sources", x = torch.arange(#names), y = training, points = true}},
    {title = "Four priors, and an unseen network", x = "prior", x_names = names, y = "nats a kernel",
        size = {450, 300}})

-- %% [markdown]
-- The autoencoder is far better than independent weights. But most of that a single Gaussian has, too, and four of
-- them, which EM fits in no time, are clearly ahead. What trained kernels have, these at least, is covariance, and more
-- or less of roughness; no network is needed for that. Is its training too short? With `epochs = 100` it comes nearer
-- to the four, but stays behind (try it). (The standard error is one over the judge's kernels. It does not tell how
-- another judge would have judged. Networks differ by more than that, as the column of the sources shows.)
--
-- For the autoencoder the number is only a lower bound, so is the comparison fair to it?
--
-- ## How far is the bound from the truth?
-- For kernels of networks nobody knows $\log p(w)$. So we invent kernels whose density we know: draws of the Gaussian.
-- No model can do better on them, on average, than the Gaussian itself. A new autoencoder and a new Gaussian learn from
-- 3000 draws, and are judged by 1000 others.
--
-- A tighter bound averages over $K$ codes of each kernel (**importance weighting**; Burda et al. 2016):
--
-- $$\log p(w) \geq \mathbb{E}\left[\log \frac{1}{K} \sum_{k=1}^{K} u_k\right], \qquad
-- u_k = \frac{p(w \mid z_k)\, p(z_k)}{r(z_k \mid w)}, \qquad z_k \sim r(z \mid w)$$
--
-- With $K = 1$ it is the ELBO, and it grows with $K$ towards what the model really says.
--
-- **What do you expect:** is most of the distance to the truth the bound's fault, or the model's?

-- %%
torch.manual_seed(seed)
drawn, others = gaussian:sample(3000), gaussian:sample(1000)
student = bayes.KernelVAE({3, 3, 3}, {latent_size = 6, hidden_channels = 16})
student:train(drawn, {epochs = epochs, lr = 2e-3})
truth, refitted = nats(gaussian, others), nats(prior.FullCovariance(drawn), others)
bounds, counts = {}, {1, 2, 5, 10, 20, 50}
for i, count in ipairs(counts) do bounds[i] = student:elbo(others, {samples = count}) end
tell("truth", truth)
tell("fitted Gaussian", refitted)
tell("autoencoder, K = 50", bounds[#bounds])
tell("autoencoder, ELBO", bounds[1])
assert(bounds[#bounds] < truth, "a bound above the truth would be an error")
plot.curves({
    {name = "bound", x = counts, y = bounds}, {name = "truth", x = {1, 50}, y = {truth, truth}},
}, {title = "The bound, and the truth above it", x = "codes a kernel (K)", y = "nats a kernel", size = {450, 300}})

-- %% [markdown]
-- The bound moves by little. From some $K$ on it stays where it is, below the truth: that distance is the model's own.
-- So the ELBO was nearly what the autoencoder says, and the comparison fair.
--
-- **Exercise 4.** Write `importance_bound(log_u)`. `log_u` is a tensor of n x K numbers, $\log u_k$ for each of n
-- kernels; it gives the bound of each kernel, a tensor of n. A hint: `exp` of -200 is 0 in single precision, and
-- `x:logsumexp(dim)` is $\log \sum e^x$ without that accident.

-- %%
importance_bound = nil  -- your answer here

-- %% tags=["solution"]
-- The logarithm of a mean: logsumexp gives that of the sum, and dividing by K subtracts log K.
function importance_bound(log_u) return log_u:logsumexp(2) - math.log(log_u:size(2)) end

-- %% tags=["answer"]
local usual = torch.tensor{{-20, -22, -21, -30}, {-25, -25, -25, -25}, {3, 1, 2, 0}}
local tiny, single = torch.tensor{{-200, -201}, {-150, -180}}, torch.tensor{{-20}, {-21}}
local wrong = {
    {function(u) return u:mean(2) end, "this is the mean of the logarithms, which is the ELBO with K codes"},
    {function(u) return u:logsumexp(2) end, "a mean over K codes, not a sum"},
    {function(u) return u:logsumexp(2) + math.log(u:size(2)) end, "dividing by K makes it smaller"},
    {function(u) return u:logsumexp(2) / u:size(2) end, "it is the sum that is divided by K, not its logarithm"},
    {function(u) return u:logsumexp(2) - u:size(2) end, "dividing by K subtracts log K, not K"},
    {function(u) return (u - math.log(u:size(2))):sum(2) end, "exp comes before the sum, log after it"},
    {function(u) return (u:max(2)) end, "near, where one code is far more probable than the others; but all count"},
    {function(u) return u:exp():mean(2) end, "this is the density itself; take the logarithm"},
    {function(u) return (u:select(2, 1)) end, "all K codes count, not only the first"},
}
check.answer("importance_bound", importance_bound, {inputs = {{usual}, {tiny}, {single}}, mistakes = wrong})
check.expect("importance_bound", "missing", nil)
check.expect("importance_bound", "right", function(u) return (u - math.log(u:size(2))):logsumexp(2) end)
for _, mistake in ipairs(wrong) do check.expect("importance_bound", "almost", mistake[1]) end
check.expect("importance_bound", "wrong shape", function(u) return u:logsumexp(1) - math.log(u:size(2)) end)
check.expect("importance_bound", "wrong shape", function(u) return importance_bound(u):mean() end)
check.expect("importance_bound", "wrong shape", function(u) return u:log_softmax(2) end)
check.expect("importance_bound", "wrong type", function(u) return importance_bound(u):mean():item() end)
check.expect("importance_bound", "wrong type", -20)
check.expect("importance_bound", "wrong", function(u) return u:logsumexp(3) end)
check.expect("importance_bound", "wrong", function(u) return u:exp():mean(2):log() end)     -- minus infinity

-- %%
check("importance_bound", importance_bound)

-- %% [markdown]
-- ## New kernels
-- A prior is also a machine for kernels. The Gaussian draws a score for each component. The autoencoder draws a code
-- and decodes it, to a mean, and to a kernel around it. **What do you expect:** which of these rows could you take for
-- real kernels?

-- %%
torch.manual_seed(seed)
local groups = {{title = "judge", kernels = unseen:index_select(1, torch.randperm(unseen:size(1))[{{1, 12}}])}}
for _, row in ipairs{{"1 Gaussian", gaussian:sample(12)}, {"4 Gaussians", mixture:sample(12)},
    {"autoencoder", vae:sample(12)}, {"autoencoder, means only", vae:sample(12, {noisy = false})}} do
    groups[#groups + 1] = {title = row[1], kernels = row[2]}
end
plot.kernels(groups, {title = "Kernels of the judge, and drawn", columns = 6, cell = 6})

-- %% [markdown]
-- The means of the last group are smoother than most real kernels. They make the nicer picture, and tell what the code
-- has learnt, but they are no draws of the prior: the roughness is in the variances.
--
-- What has it put into its code? Here each row changes one number of it from -2 to 2, and the others stay 0.

-- %%
local codes, said = {}, divergence:mean(1):detach()
for number = 1, 6 do
    for step = -2, 2 do
        codes[#codes + 1] = {0, 0, 0, 0, 0, 0}
        codes[#codes][number] = step
    end
end
local means, log_variances = vae:decode(torch.tensor(codes))
local deviations = (log_variances / 2):exp():flatten(2):mean(2)
for number = 1, 6 do
    local row = deviations[{{5 * number - 4, 5 * number}}]
    print(("%d: %.2f nats, deviations %.2f to %.2f"):format(
        number, said[number]:item(), row:min():item(), row:max():item()))
end
plot.kernels({{title = "a row each, from -2 to 2", kernels = means}},
    {title = "What the numbers of the code say", columns = 5, cell = 7})

-- %% [markdown]
-- The nats are the mean divergence $\mathrm{KL}(r(z \mid w) \| p(z))$ of each number: what it tells of a kernel. A
-- number with about 0 nats tells nothing, and the autoencoder works with fewer numbers than it was given. The others
-- speak in two ways. Some change the mean, and go through blobs and edges, as the principal components do. Some change
-- the deviations around it, so that a kernel is smooth or rough, as the Gaussians of the mixture do.
--
-- **Exercise 5.** Be the machine yourself. Write `draw(mean, values, vectors, noise)` for the Gaussian: with the mean
-- of kernels (p numbers), the variances (p) and the components (p x p, a *column* each), it makes of n x p standard
-- normal numbers n draws of p weights. The score of component j is the j-th number times that component's standard
-- deviation.

-- %%
draw = nil  -- your answer here

-- %% tags=["solution"]
-- A draw is the mean and the sum over components of score times component: for rows of scores, scores V'.
function draw(mean, values, vectors, noise) return mean + (noise * values:sqrt()):matmul(vectors:t()) end

-- %% tags=["answer"]
local turn = torch.linalg.qr(torch.tensor{{1, 2, 0}, {-1, 1, 3}, {2, 0, 1}})
local inputs = {{torch.tensor{1, -1, 0.5}, torch.tensor{0.25, 1, 9}, turn, torch.tensor{{1, -1, 0.5}, {0, 2, -1}}},
    {torch.tensor{0.5, 2}, torch.tensor{4, 0.5}, torch.tensor{{0.8, -0.6}, {0.6, 0.8}}, torch.tensor{{1, 2}}}}
local wrong = {
    {function(m, l, v, e) return m + (e * l):matmul(v:t()) end, "values are variances, and a deviation is their root"},
    {function(m, l, v, e) return m + (e * l:sqrt()):matmul(v) end, "the components are the columns: which way round?"},
    {function(m, l, v, e) return (e * l:sqrt()):matmul(v:t()) end, "the mean is missing"},
    {function(m, l, v, e) return m + e:matmul(v:t()) end, "so all components have the variance 1"},
    {function(m, l, v, e) return m + e:matmul(v:t()) * l:sqrt() end, "the score is scaled, before it becomes weights"},
    {function(m, l, v, e) return m + e * l:sqrt() end, "these are the scores; the weights are sums over components"},
    {function(m, l, v, e) return m + (e / l:sqrt()):matmul(v:t()) end, "a large variance means large scores"},
    {function(m, l, v, e) return ((e * l:sqrt() + m):matmul(v:t())) end, "the mean is one of weights, not of scores"},
}
check.answer("draw", draw, {inputs = inputs, mistakes = wrong})
check.expect("draw", "missing", nil)
check.expect("draw", "right", function(m, l, v, e) return e:matmul(torch.diag(l:sqrt())):matmul(v:t()) + m end)
for _, mistake in ipairs(wrong) do check.expect("draw", "almost", mistake[1]) end
check.expect("draw", "wrong", function(m, l, v, e) return e end)
check.expect("draw", "wrong", function(m, l, v, e) return e:matmul(v:t()):log() end)
check.expect("draw", "wrong shape", function(m, l, v, e) return draw(m, l, v, e):t() end)
check.expect("draw", "wrong shape", function(m, l, v, e) return m end)
check.expect("draw", "wrong type", function(m, l, v, e) return 0 end)
check.expect("draw", "wrong type", torch.zeros(2, 3))

-- %%
check("draw", draw)

-- %% [markdown]
-- ## What the structure does not say
-- It is tempting to say: kernels have structure because the networks have learnt what lesions look like. Two more
-- networks put that to the test.
--
-- - **Nonsense:** trained like the sources, but each patient gets the lesions of *another* one. There is nothing to
--   learn.
-- - **Usual:** the right lesions, but the usual first weights, ten times as large as ours, and Adam's usual rate 0.001.
--
-- The table has the loss over the last six steps, the correlation of neighbours, and nats a kernel under independent
-- weights and under the Gaussian of the sources. **What do you expect:** which of the two learns its task? Whose
-- kernels will the priors find probable?

-- %%
local samples, swapped = patients(1000 * seed + 400), {}
for i, sample in ipairs(samples) do swapped[i] = {image = sample.image, label = samples[i % #samples + 1].label} end
local rows = {{"source 2", networks[2], losses["source 2"]}, {"nonsense", train(swapped, seed + 3)},
    {"usual", train(samples, seed + 4, 1, 1e-3)}}
print("           loss  corr.  indep.  Gauss.")
for _, row in ipairs(rows) do
    local its = bayes.KernelBank({{row[2]}}, layers)
    local found, standard = its:diagnose(layers).neighbor_correlation, its:standardized(layers)
    print(("%-9s%6.2f%7.2f%8.1f%8.1f"):format(row[1], torch.tensor(row[3])[{{-6, -1}}]:mean():item(),
        (found[1] + found[2] + found[3]) / 3, nats(independent, standard), nats(gaussian, standard)))
    row.kernels = standard:index_select(1, torch.randperm(standard:size(1))[{{1, 12}}])
end
plot.kernels({{title = "source 2", kernels = rows[1].kernels}, {title = "nonsense", kernels = rows[2].kernels},
    {title = "usual", kernels = rows[3].kernels}}, {title = "Who has learnt to find lesions?", columns = 6, cell = 6})

-- %% [markdown]
-- The network that learnt nonsense fails at it, as it must: its loss stays high. But its kernels have the structure,
-- too, and to the Gaussian they are about as probable as the source's. The usual network has learnt its task, as its
-- loss tells. But its kernels look like random numbers, and to the Gaussian they are *less* probable than to
-- independent weights.
--
-- So where does structure come from? The gradient of a weight is a sum over voxels of an error times what the weight
-- sees there. Neighbouring weights see the same picture, moved by one voxel, and pictures are smooth; so their
-- gradients are alike, whatever the errors are. The correlation of neighbours in the first gradient of an untrained
-- network shows it already:

-- %%
torch.manual_seed(seed)
local net, gradients = nn.UNet{variant = "short"}, {}
nn.SegmentationLoss()(net(samples[1].image), samples[1].label):backward()
for _, path in ipairs(layers) do
    local gradient = net:layer(path).weight.grad
    gradients[path] = (gradient / gradient:std()):flatten(1, 2)
end
for _, row in ipairs{{"weights", bayes.KernelBank({{net}}, layers)}, {"gradients", bayes.bank_of_kernels(gradients)}} do
    local axes = row[2]:diagnose(layers).neighbor_correlation
    print(("%s before training: %5.2f"):format(row[1], (axes[1] + axes[2] + axes[3]) / 3))
end

-- %% [markdown]
-- Training adds structured changes to first weights that have none. Our first weights were small and our steps large,
-- so that the changes show. Beside the usual ones, small steps get lost, and yet they do their work. A prior of kernels
-- tells what *changes by training on smooth volumes* look like. It does not tell that a network is good, and a good
-- network may lie outside of it. Whether it helps where volumes are few cannot be read off nats. It has to be tried:
-- that is what lessons 5 and 6 do.
--
-- ## Kept for later
-- The bank goes into one file, and a set of priors into another. A set says which layers a prior is for, and takes the
-- layers' scales from the bank.

-- %%
study.write_text("course/lesson-4.txt", [[
lesson-4.safetensors: a bank of 3x3x3 kernels of group 2, runs 1 and 2 to learn from, 3 to judge by (bayes.load_bank);
lesson-4-priors.safetensors: an autoencoder of runs 1 and 2 (bayes.load_priors).
]])                                                             -- makes the folder, too
bank:save("course/lesson-4.safetensors")
bayes.PriorSet{{name = "group 2", layers = layers, bank = sources, prior = prior.VAEPrior(vae)}}:save(
    "course/lesson-4-priors.safetensors")

again = bayes.load_bank("course/lesson-4.safetensors")
assert(again:select{runs = {1, 2}}:standardized(layers):equal(kernels))
print(bayes.load_priors("course/lesson-4-priors.safetensors"))

-- %% [markdown]
-- ## What you have learnt
-- - Neighbouring weights of trained kernels correlate. Four components, a blob and three edges, hold most of the
--   variance.
-- - A prior is judged in nats a kernel, on a network that it has not seen. Correlations are worth many nats, and
--   several Gaussians more than one, because some kernels are smooth and some rough.
-- - An autoencoder gives a bound, which here is close to what it says. It came out between one Gaussian and four:
--   always have such simple densities beside it.
-- - Structure comes from smooth volumes, and shows where training moves weights far from where they began. It is no
--   sign that a network is good.

-- %%
for _, row in ipairs(check.results()) do print(("%-18s %s"):format(row.name, row.verdict)) end
