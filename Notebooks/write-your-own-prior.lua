-- %% [markdown]
-- # Write your own prior
-- A **prior** says which convolution kernels are likely before a network has seen a single volume. Here you write one
-- in a few lines, fit it to kernels of trained networks, find out whether it is any good, and train a network with it.
-- You need Lua and the idea of a density; [Kernels have structure](kernels-have-structure.lua) tells why kernels have
-- one. It takes about a minute.
--
--     lunette notebook run Notebooks/write-your-own-prior.lua

-- %% tags=["parameters"]
-- How long the source networks learn, and how long priors are fitted.
steps = 100
epochs = 60
seed = 1

-- %% [markdown]
-- ## Kernels to learn from
-- Three small U-Nets learn to find lesions in phantoms (artificial brains), each from different first weights. Their
-- 3x3x3 kernels, each divided by its layer's scale, are what priors learn from. The third network is set aside: a
-- prior is good where it expects kernels that it has *not* seen.

-- %%
torch.manual_seed(seed)
samples = {}
for i = 1, 6 do
    local scan, truth = volumes.phantom{kind = "ms", size = {32, 36, 32}, seed = i}
    samples[i] = volumes.prepare(scan, truth)
end
networks = {}
for run in progress(3, "source networks") do
    local net = nn.UNet{variant = "short", initial_scale = 0.1}
    local optimizer, loss = optim.Adam(net, {lr = 3e-3}), nn.SegmentationLoss()
    for step = 1, steps do
        local sample = samples[torch.randint(1, #samples, {1}):item()]
        local value = loss(net(sample.image), sample.label)
        optimizer:zero_grad()
        value:backward()
        optimizer:step()
    end
    networks[run] = {net}
end
layers = networks[1][1].kernel_layers[2]
bank = bayes.KernelBank(networks, layers)
train = bank:select{runs = {1, 2}}:standardized(layers, {scales = bank})
test = bank:select{runs = {3}}:standardized(layers, {scales = bank})
print(bank)
print(("%d kernels to learn from, %d to judge by"):format(train:size(1), test:size(1)))

-- %% [markdown]
-- ## A prior in three lines
-- A prior is anything with `log_prob(w)`. It is given kernels, here n x 3 x 3 x 3, and gives the logarithm of the
-- density of each: n numbers. Everything else is made: gradients, the fit, the step of variational inference.
--
-- Weights are mostly small, and sometimes large. The Laplace distribution says just that,
--
-- $$\log p(w) = \sum_i -\frac{|w_i|}{b} - \log 2b .$$
--
-- Its scale $b$ is to be learnt, so its logarithm is a tensor with `requires_grad`.

-- %%
laplace = {name = "laplace", log_scale = torch.zeros(1, {requires_grad = true})}
function laplace:log_prob(w) return dist.Laplace(0, self.log_scale:exp()):log_prob(w):flatten(2):sum(2) end
function laplace:sample(n) return dist.Laplace(0, self.log_scale:exp()):sample(n, 3, 3, 3):squeeze(-1) end

found = prior.fit(laplace, train, {epochs = epochs})
print(("scale %.3f, %.2f nats a kernel"):format(laplace.log_scale:exp():item(), found.log_prob))

-- %% [markdown]
-- `prior.fit` found `log_scale` among the fields, and maximised the mean of `log_prob`. For this density the answer is
-- known: the best $b$ is the mean size of a weight.

-- %%
print(("the mean size of a weight: %.3f"):format(train:abs():mean():item()))

-- %% [markdown]
-- A *nat* is the unit of a natural logarithm: one nat more a kernel means that kernels are $e = 2.7$ times likelier.
--
-- ## Heavier tails
-- The **horseshoe** (Carvalho et al. 2010) is for weights of which most are nearly zero and few are very large. Its
-- density has no formula, but $\log(1 + 2 b^2 / w^2)$ is close to it, and can be normalised.

-- %%
horseshoe = {log_scale = torch.zeros(1, {requires_grad = true})}
function horseshoe:log_prob(w)
    local z = w / self.log_scale:exp()
    local density = (2 / (z ^ 2 + 1e-9)):log1p() / (2 * math.pi * math.sqrt(2))
    return (density:log() - self.log_scale):flatten(2):sum(2)
end

-- %% [markdown]
-- ## Weights that belong together
-- Both treat weights one by one. In trained kernels, neighbours tend to have the same sign. A Gaussian of **low rank**
-- knows a few directions in which a kernel's 27 weights move together, and a variance of each weight beside that. A
-- **mixture** has several kinds of kernels.

-- %%
low_rank = {mean = torch.zeros(27, {requires_grad = true}), log_variance = torch.zeros(27, {requires_grad = true}),
    factor = (torch.randn(27, 3) * 0.1):requires_grad_()}
function low_rank:density() return dist.LowRankMultivariateNormal(self.mean, self.factor, self.log_variance:exp()) end
function low_rank:log_prob(w) return self:density():log_prob(w:flatten(2)) end
function low_rank:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end

mixture = {logits = torch.zeros(4, {requires_grad = true}), mean = (torch.randn(4, 27) * 0.3):requires_grad_(),
    log_scale = torch.zeros(4, 27, {requires_grad = true})}
function mixture:density()
    local kinds = dist.Independent(dist.Normal(self.mean, self.log_scale:exp()))
    return dist.Mixture(self.logits:softmax(1), kinds)
end
function mixture:log_prob(w) return self:density():log_prob(w:flatten(2)) end
function mixture:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end

-- %% [markdown]
-- ## A flow
-- A **flow** bends a Gaussian by maps that can be undone. In a *coupling* (Dinh et al. 2017) some weights stay as they
-- are, and a small network tells from them how far to shift and stretch the others; the next coupling does so with the
-- weights in the reverse order. Its networks are fields of the prior, so their parameters are found, too.

-- %%
local function network() return nn.Sequential(nn.Linear(13, 32), nn.Tanh(), nn.Linear(32, 28)) end
flow = {first = network(), second = network(), reverse = {}}
for i = 1, 27 do flow.reverse[i] = 28 - i end
function flow:density()
    local base = dist.Independent(dist.Normal(torch.zeros(27), 1))
    local couplings = {dist.Coupling(13, self.first), dist.Permutation(self.reverse), dist.Coupling(13, self.second)}
    return dist.Transformed(base, couplings)
end
function flow:log_prob(w) return self:density():log_prob(w:flatten(2)) end
function flow:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end

-- %% [markdown]
-- ## Which is best?
-- **What do you expect:** which of the five comes first on kernels of the network that none of them has seen? And what
-- does a Gaussian with all covariances, or a mixture that EM fits (both of the zoo, `prior.` and Tab), do beside them?
--
-- `prior.compare` fits each to the first kernels and judges it on the others. A prior of the zoo is given as the
-- function that fits it.

-- %%
mine = {laplace = laplace, horseshoe = horseshoe, ["low rank"] = low_rank, mixture = mixture, flow = flow,
    ["full covariance"] = prior.FullCovariance, ["Gaussians by EM"] = function(kernels)
        return prior.GaussianMixture(kernels, {components = {1, 2, 4}})
    end}
comparison = prior.compare(train, mine, {test = test})
comparison

-- %% [markdown]
-- How to read it:
--
-- - **held out** is what counts: nats a kernel on the network that was set aside, with its standard error. A prior that
--   is far better on *training* kernels has learnt them by heart.
-- - **permuted** is the same with the weights of each kernel in another order. Where it is as high as *held out*, the
--   prior knows how large weights are, and nothing of how they lie.
-- - **initial** are kernels at initialisation. Where they are as likely as trained ones, the prior has not noticed that
--   training did anything.
--
-- Laplace and the horseshoe see nothing in the order of the weights; for all others it is worth many nats. The flow,
-- trained for seconds, is no better than the Gaussian whose correlations it has to find first.
-- What each expects can be seen, too: kernels that were set aside, and below them kernels that each prior draws.

-- %%
comparison:figure()

-- %% [markdown]
-- ## Train with it
-- Now the last step of the method: a Bayesian network, whose weights have a Gaussian posterior, is trained on two
-- volumes, and a prior holds its posterior. Your table is a prior like any other.

-- %%
target = {}
for i = 1, 2 do
    local scan, truth = volumes.phantom{kind = "tumour", size = {32, 36, 32}, seed = 50 + i}
    target[i] = volumes.prepare(scan, truth)
end
function train_with(p)
    torch.manual_seed(seed)
    local net = bayes.UNet{variant = "short"}
    local priors = bayes.PriorSet{{name = "group 2", layers = layers, bank = bank, prior = p}}
    local objective = bayes.Objective(priors, {volumes = #target, voxels = target[1].image:numel(), partial = true})
    bayes.set_mode(net, "train")
    local loss, curve = nn.SegmentationLoss(), {}
    local groups, learnt = {{params = net, lr = 3e-3}}, priors:parameters()
    if #learnt > 0 then groups[2] = {params = learnt, lr = 1e-3} end
    local optimizer = optim.Adam(groups)
    for step = 1, steps // 2 do
        local sample = target[step % #target + 1]
        local total, bounds = objective(loss(net(sample.image), sample.label), net, step)
        optimizer:zero_grad()
        total:backward()
        optimizer:step()
        curve[step] = bounds["group 2"] / train:size(1)
    end
    return curve
end
plot.curves({laplace = train_with(laplace), ["low rank"] = train_with(low_rank)},
    {title = "The posterior moves towards the prior", x = "step", y = "divergence, nats a kernel"})

-- %% [markdown]
-- ## When it is wrong
-- A density with a fault is told at once, with the group, the kernel and the place in your code. This one forgot to sum
-- over a kernel's weights, and that one is infinite where a weight is negative:

-- %%
print(select(2, pcall(train_with, {name = "no sum", log_prob = function(w) return -w ^ 2 end})))
print(select(2, pcall(train_with, {name = "positive", log_prob = function(w)
    return dist.Exponential(1):log_prob(w):flatten(2):sum(2)
end})))

-- %% [markdown]
-- ## Keep it, and take it to the study
-- A prior is saved with the text of its functions and its tensors. In a file that returns it, it becomes a method of
-- the study, beside the deep weight prior and fine-tuning, tuned and reported as they are:
--
--     lunette Scripts/study.lua --preset smoke --prior laplace.lua --prior GaussianMixture

-- %%
local path = os.tmpname()
bayes.PriorSet{{name = "mine", layers = layers, bank = bank, prior = laplace}}:save(path)
print(bayes.load_priors(path))
os.remove(path)

-- %% [markdown]
-- **Exercise.** Replace the Laplace distribution by Student's t (`dist.StudentT(df, loc, scale)`), with a scale to be
-- learnt and 3 degrees of freedom. Is it better? And with degrees of freedom that are learnt, too?

-- %% tags=["solution"]
local student = {log_scale = torch.zeros(1, {requires_grad = true}), log_df = torch.ones(1, {requires_grad = true})}
function student:log_prob(w)
    return dist.StudentT(self.log_df:exp(), 0, self.log_scale:exp()):log_prob(w):flatten(2):sum(2)
end
print(prior.compare(train, {student = student, laplace = laplace}, {test = test}))
print(("%.1f degrees of freedom"):format(student.log_df:exp():item()))
