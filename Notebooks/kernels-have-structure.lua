-- %% [markdown]
-- # Kernels have structure
-- You know how a convolutional network is trained. Its weights start as random numbers, and training moves them. If
-- we look at the 3x3x3 kernels of a *trained* network, are they still like random numbers? If not, a new network
-- need not start from nothing: what kernels usually look like can be written down as a probability distribution, a
-- **prior**, and given to the next network that has only few volumes to learn from.
--
-- This notebook looks at kernels, learns a prior over them with a variational autoencoder, draws new kernels, and
-- checks the one number that such a model reports (a *bound*) in a case where the truth is known. It takes less
-- than a minute.
--
--     lunette notebook run Notebooks/kernels-have-structure.lua

-- %% tags=["parameters"]
-- How long the source networks and the autoencoder learn.
steps = 100
epochs = 60
seed = 1

-- %% [markdown]
-- ## Two networks learn a task
-- The volumes are phantoms: artificial brains with a lesion, so that everything here can be made anew on any
-- machine. A small 3D U-Net learns to mark the lesion. We train two networks from different random weights: what
-- both share is then no accident of one start.
--
-- The first weights are ten times smaller than usual (`initial_scale`). Large first weights would hide what training
-- adds.

-- %%
torch.manual_seed(seed)
samples = {}
for i = 1, 6 do
    local scan, truth = volumes.phantom{kind = "ms", size = {32, 36, 32}, seed = i}
    samples[i] = volumes.prepare(scan, truth)
end
plot.slices({{title = "one volume", scan = samples[1].image[{1, 1}], truth = samples[1].label[1]}},
    {title = "Scan, and the lesion to find"})

-- %%
function train(network)
    local optimizer, loss = optim.Adam(network, {lr = 3e-3}), nn.SegmentationLoss()
    local losses = {}
    for step = 1, steps do
        local sample = samples[torch.randint(1, #samples, {1}):item()]
        local value = loss(network(sample.image), sample.label)
        optimizer:zero_grad()
        value:backward()
        optimizer:step()
        losses[step] = value:item()
    end
    return losses
end

networks, losses = {}, {}
for run = 1, 2 do
    networks[run] = nn.UNet{variant = "short", initial_scale = 0.1}
    losses["network " .. run] = train(networks[run])
end
plot.curves(losses, {title = "The networks learn", x = "step", y = "loss", smooth = 9})

-- %% [markdown]
-- ## The bank
-- A **kernel bank** collects every 3x3x3 kernel of the trained networks, one for each pair of output and input
-- channel, and remembers from which network and layer it came. Layers have kernels of different size in the sense of
-- magnitude, so each is divided by the scale of its layer.

-- %%
layers = networks[1].kernel_layers[2]
bank = bayes.KernelBank({{networks[1]}, {networks[2]}}, layers)
kernels = bank:standardized(layers)
print(bank)
print("of the layers " .. table.concat(layers, ", "))
noise = torch.randn(kernels:size(1), 3, 3, 3)
plot.kernels({
    {title = "kernels of the bank", kernels = kernels[{{1, 24}}]},
    {title = "random numbers", kernels = noise[{{1, 24}}]},
}, {title = "Each kernel as its three slices: blue is negative, red positive"})

-- %% [markdown]
-- Do they differ? In trained kernels, neighbouring weights tend to have the same sign. `diagnose` measures that, and
-- compares two Gaussians on kernels *of the other network*: one with independent weights, and one with all
-- covariances. If weights were independent, covariances would not help. (A *nat* is the unit of the natural logarithm
-- of a probability.)

-- %%
function tell(name, found)
    print(("%-6s covariances help by %.2f nats a kernel: %s"):format(name, found.gain, found.verdict))
end
tell("bank", bank:diagnose(layers))
tell("noise", bayes.bank_of_kernels{noise = noise}:diagnose())

-- %% [markdown]
-- **Exercise 1.** How much do the weights at two neighbouring places correlate, along each of the three axes? Look
-- up what `diagnose` returns with `help(bank.diagnose)`. What would you expect of noise?

-- %% tags=["solution"]
local found, none = bank:diagnose(layers), bayes.bank_of_kernels{noise = noise}:diagnose()
for axis = 1, 3 do
    local trained, random = found.neighbor_correlation[axis], none.neighbor_correlation[axis]
    print(("axis %d: bank %.2f, noise %.2f"):format(axis, trained, random))
end

-- %% [markdown]
-- ## A prior that is learnt
-- A Gaussian knows only pairs of weights. A **variational autoencoder** (VAE) describes kernels $w$ by a few hidden
-- numbers, the *code* $z$. It says how a kernel comes to be:
--
-- 1. draw a code from a standard Gaussian, $z \sim \mathcal{N}(0, I)$;
-- 2. a network, the *decoder*, turns it into the mean and the variance of a kernel, $p(w \mid z)$.
--
-- The probability of a kernel sums over all codes that could have made it:
--
-- $$p(w) = \int p(w \mid z)\, p(z)\, dz$$
--
-- This integral cannot be computed. But a second network, the *encoder*, can guess for a kernel which codes are
-- likely, $r(z \mid w)$, and then
--
-- $$\log p(w) \geq \mathbb{E}_{r(z \mid w)}\left[\log p(w \mid z)\right] -
-- \mathrm{KL}\left(r(z \mid w) \,\|\, p(z)\right)$$
--
-- The right side is the **evidence lower bound** (ELBO). Training makes it as large as possible. The first term
-- wants codes from which the kernel can be restored; the second, the *Kullback-Leibler divergence*, wants codes that
-- look like draws of step 1.

-- %%
bank_train, bank_test = bank:select{runs = {1}}, bank:select{runs = {2}}
train_kernels, test_kernels = bank_train:standardized(layers), bank_test:standardized(layers)
vae = bayes.KernelVAE({3, 3, 3}, {latent_size = 2, hidden_channels = 16})
bounds = {}
vae:train(train_kernels,
    {epochs = epochs, lr = 2e-3, on_epoch = function(epoch, elbo) bounds[epoch] = elbo end})
plot.curves({ELBO = bounds}, {title = "The bound while the VAE learns", x = "epoch", y = "nats a kernel"})

-- %% [markdown]
-- Three priors, judged by how probable they find kernels of the network that none of them has seen. Larger is
-- better, and one *nat* more means that a kernel is $e \approx 2.7$ times as probable. For the VAE the number is
-- only a bound: the truth is at least that.

-- %%
independent = bayes.IndependentNormals(train_kernels)
gaussian = bayes.FullCovariance(train_kernels)
function mean_log_prob(prior) return prior:log_prob(test_kernels):mean():item() end
print(("independent weights: %7.2f nats a kernel"):format(mean_log_prob(independent)))
print(("all covariances:     %7.2f"):format(mean_log_prob(gaussian)))
print(("VAE, at least:       %7.2f"):format(vae:elbo(test_kernels, {samples = 20})))

-- %% [markdown]
-- ## New kernels
-- A prior is a machine for kernels: draw codes, decode them. Of the VAE we look at the means of $p(w \mid z)$, which
-- show what its two numbers can say; a true draw has the noise around them, too (`vae:sample(16)`).

-- %%
plot.kernels({
    {title = "kernels of the bank", kernels = kernels[{{1, 16}}]},
    {title = "drawn from the VAE, means", kernels = vae:sample(16, {noisy = false})},
    {title = "drawn from the Gaussian", kernels = gaussian:sample(16)},
})

-- %% [markdown]
-- The code has two numbers only, so we can walk through all of its plane. Neighbouring codes give similar kernels:
-- the VAE has put them in an order of its own.

-- %%
codes = {}
for row = -2, 2 do
    for column = -2, 2 do codes[#codes + 1] = {column, row} end
end
plane = vae:decode(torch.tensor(codes))
plot.kernels({{title = "z_1 from -2 to 2 to the right, z_2 downwards", kernels = plane}}, {columns = 5})

-- %% [markdown]
-- **Exercise 2.** Take two kernels of the bank, encode them, and decode five codes on the straight line between
-- theirs. Does the first kernel turn into the second step by step?

-- %% tags=["solution"]
local ends = vae:encode(kernels[{{1, 2}}])
local line = {}
for i = 0, 4 do line[#line + 1] = ends[1] * (1 - i / 4) + ends[2] * (i / 4) end
local between = vae:decode(torch.stack(line))
plot.kernels({
    {title = "the two", kernels = kernels[{{1, 2}}]}, {title = "between them", kernels = between},
})

-- %% [markdown]
-- ## How far is the bound from the truth?
-- For kernels of networks nobody knows $\log p(w)$. So we invent kernels whose density we know: draws of the
-- Gaussian above. On these its density is the truth, and no model can do better on average. A new VAE, with as many
-- codes as it likes, learns from the draws alone.
--
-- A tighter bound averages over $K$ codes for each kernel (*importance weighting*):
--
-- $$\log p(w) \geq \mathbb{E}\left[\log \frac{1}{K} \sum_{k=1}^{K}
-- \frac{p(w \mid z_k)\, p(z_k)}{r(z_k \mid w)}\right]$$
--
-- With $K = 1$ it is the ELBO, and it grows with $K$ towards what the model really says. What is then left to the
-- truth is the model's own error: it learnt from finitely many draws.

-- %%
drawn, unseen = gaussian:sample(3000), gaussian:sample(1000)
student = bayes.KernelVAE({3, 3, 3}, {latent_size = 6, hidden_channels = 16})
student:train(drawn, {epochs = epochs // 2, lr = 2e-3})
truth = gaussian:log_prob(unseen):mean():item()
points = {x = {}, y = {}}
for _, count in ipairs{1, 2, 5, 10, 20, 50} do
    points.x[#points.x + 1], points.y[#points.y + 1] = count, student:elbo(unseen, {samples = count})
end
print(("truth %.2f, ELBO %.2f, with 50 codes %.2f nats a kernel"):format(
    truth, points.y[1], points.y[#points.y]))
assert(points.y[1] < truth, "a bound above the truth would be an error")
plot.curves({
    {name = "bound of the VAE", x = points.x, y = points.y},
    {name = "truth", x = {1, 50}, y = {truth, truth}},
}, {title = "The bound, and the truth above it", x = "codes a kernel (K)", y = "nats a kernel"})

-- %% [markdown]
-- **Exercise 3.** Why can the ELBO on kernels that were seen in training be above the truth on others? Try it with
-- 30 draws and many epochs: compare the ELBO of those 30 with that of `unseen`.

-- %% tags=["solution"]
-- With few kernels the VAE can learn them by heart: it gives them more probability than the truth does,
-- and takes that from all others. A bound is one on the model's own density; only unseen kernels tell how
-- good the model is.
few = gaussian:sample(30)
parrot = bayes.KernelVAE({3, 3, 3}, {latent_size = 6, hidden_channels = 16})
parrot:train(few, {epochs = 1000, lr = 2e-3, held_out = 0, min_variance = 0})
print(("seen %.2f, unseen %.2f, truth of the unseen %.2f"):format(
    parrot:elbo(few), parrot:elbo(unseen), truth))

-- %% [markdown]
-- ## What it is good for
-- Kernels of trained networks are not random numbers: they have structure, a small model can learn it, and its bound
-- tells honestly how well. In the method of this program, the *deep weight prior*, such a VAE stands in for the
-- prior of a Bayesian U-Net on another disease. [Scripts/dwp.lua](../Scripts/dwp.lua) does that from end to end.
