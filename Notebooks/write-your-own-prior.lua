-- %% [markdown]
-- # Write your own prior
-- Lesson 7 of 7. A **prior** over kernels says which 3x3x3 kernels are likely before a network has seen a single
-- volume. Until now priors came with the program. Here you write one in a few lines of Lua, fit it to kernels of
-- trained networks, find out what it has understood of them, and make it a method of the study.
--
--     lunette notebook run Notebooks/write-your-own-prior.lua
--
-- - **What it is for.** A prior is an opinion, written as a density. The lesson shows how to write one down, how to
--   see whether it is wrong, and how to let it compete.
-- - **What you have to know.** What a log density, a posterior and the Kullback-Leibler divergence are ([From posterior
--   to ELBO](from-posterior-to-elbo.lua)), and what a bank of kernels is ([Kernels have
--   structure](kernels-have-structure.lua)). The lesson trains its own networks and needs no file of other lessons.
-- - **How long it takes.** 60 to 90 minutes of reading and trying, and about half a minute of computing. The study at
--   the end is a command of its own, which takes some minutes more.
-- - **What it makes.** `course/my_prior.lua`, a prior of your own that the study takes, and
--   `course/lesson-7.safetensors`, the same prior, fitted.

-- %% tags=["parameters"]
-- How many steps the source networks learn, and how many passes through the kernels the fit of a prior takes.
steps = 150
epochs = 60
seed = 1

-- %% [markdown]
-- ## Kernels to learn from
-- Three small U-Nets learn to find lesions in phantoms, each from other first weights. Their 3x3x3 kernels, each
-- divided by its layer's scale, are what priors learn from. The third network is set aside: a prior is good where it
-- expects kernels that it has *not* seen.

-- %%
torch.manual_seed(seed)
samples = {}
for i = 1, 6 do
    local scan, truth = volumes.phantom{kind = "ms", size = {24, 28, 24}, seed = i}
    samples[i] = volumes.prepare(scan, truth)
end
channels = {1, 8, 16, 16, 32}
networks = {}
for run in progress(3, "source networks") do
    local net = nn.UNet{channels = channels, initial_scale = 0.1}
    local optimizer, loss, first, last = optim.Adam(net, {lr = 3e-3}), nn.SegmentationLoss(), nil, nil
    for step = 1, steps do
        local sample = samples[torch.randint(1, #samples, {1}):item()]
        local value = loss(net(sample.image), sample.label)
        optimizer:zero_grad()
        value:backward()
        optimizer:step()
        last = value:item()
        first = first or last
    end
    print(("network %d: the loss went from %.2f to %.2f"):format(run, first, last))
    networks[run] = {net}
end
layers = networks[1][1].kernel_layers[2]               -- the second of seven groups of layers
bank = bayes.KernelBank(networks, layers)
train = bank:select{runs = {1, 2}}:standardized(layers, {scales = bank})
test = bank:select{runs = {3}}:standardized(layers, {scales = bank})
print(("%d kernels to learn from, %d of another network to judge by"):format(train:size(1), test:size(1)))

-- %% [markdown]
-- ## A prior in four lines
-- A prior is anything with `log_prob(w)`. It is given n kernels, here n x 3 x 3 x 3, and gives the logarithm of the
-- density of each: n numbers. All else follows from that: gradients, the fit, the step of variational inference.
--
-- An opinion to begin with: weights are mostly small, and sometimes large, and each goes its own way. The **Laplace
-- distribution** says that of a weight. It has one number, the **scale** $b > 0$. Weights that are independent have
-- densities that multiply, so their logarithms add up:
--
-- $$\log p(w) = \sum_{i=1}^{27} \left( -\frac{|w_i|}{b} - \log 2b \right) .$$
--
-- The first term is the opinion. The second makes the area below the density 1; without it, it would be none. As a
-- loop, that is:

-- %%
function laplace_by_loop(kernels, b)
    local result = {}
    for n, kernel in ipairs(kernels:flatten(2):totable()) do       -- a row of 27 numbers for each kernel
        result[n] = 0
        for _, weight in ipairs(kernel) do result[n] = result[n] - math.abs(weight) / b - math.log(2 * b) end
    end
    return torch.tensor(result)
end

-- %% [markdown]
-- And as a prior. Its scale is to be learnt, so the table holds its logarithm as a tensor with `requires_grad`: a
-- logarithm may take any value, and the scale stays positive. `flatten(2)` makes a row of each kernel, and `sum(2)`
-- adds up along it. `sample(n)` is optional; it draws n kernels.

-- %%
laplace = {name = "laplace", log_scale = torch.zeros(1, {requires_grad = true})}
function laplace:density() return dist.Laplace(0, self.log_scale:exp()) end
function laplace:log_prob(w) return self:density():log_prob(w):flatten(2):sum(2) end
function laplace:sample(n) return self:density():sample(n, 3, 3, 3):squeeze(-1) end

-- %%
local by_loop, by_library = laplace_by_loop(test, 1), laplace:log_prob(test)
assert(torch.allclose(by_loop, by_library, {rtol = 1e-4}))
print(("the first kernel: %.4f by the loop, %.4f by dist"):format(by_loop[1]:item(), by_library[1]:item()))
print(("largest difference over %d kernels: %.1e"):format(test:size(1), (by_loop - by_library):abs():max():item()))
local grid, lines = torch.linspace(-4, 4, 161), {}
for i, b in ipairs{0.3, 0.8, 2} do
    lines[i] = {name = ("b = %.1f"):format(b), x = grid, y = dist.Laplace(0, b):log_prob(grid)}
end
plot.curves(lines, {title = "What Laplace's distribution says of one weight", x = "weight",
    y = "log density, nats", size = {450, 280}})

-- %% [markdown]
-- A small scale is a strong opinion: most is expected of weights near 0, and large ones are a great surprise. A large
-- scale hardly prefers any weight.
--
-- **Exercise 1.** A kernel has 27 places, and weights in its middle may be larger than those at its corners. Write
-- `places_log_prob(w, b)`: the log density under Laplace distributions where each place has a scale of its own. `w` is
-- n x 3 x 3 x 3, `b` is 3 x 3 x 3, and the result is a tensor of n numbers. Do it by tensor operations.

-- %%
places_log_prob = nil  -- your answer here

-- %% tags=["solution"]
-- b broadcasts over the kernels. The part log(2 b) belongs to each weight, too, so it comes before the sum.
function places_log_prob(w, b) return (-w:abs() / b - (2 * b):log()):flatten(2):sum(2) end

-- %% tags=["answer"]
local w, b = torch.linspace(-2, 1.5, 54):reshape(2, 3, 3, 3), torch.linspace(0.3, 2, 27):reshape(3, 3, 3)
local function sums(f) return function(w, b) return f(w, b):flatten(2):sum(2) end end
local function each(w, b) return dist.Laplace(0, b):log_prob(w) end
check.answer("places_log_prob", places_log_prob, {inputs = {{w, b}, {w * 0, b}}, mistakes = {
    {sums(function(w, b) return -w:abs() / b end), "the part that makes the area 1 is missing"},
    {sums(function(w, b) return -w:abs() / b - b:log() end), "the area is 2b without it, not b"},
    {sums(function(w, b) return -w:abs() / b + (2 * b):log() end), "a wide density is a low one: mind that sign"},
    {sums(function(w, b) return -w:abs() * b - (2 * b):log() end), "weights are divided by their scale"},
    {sums(function(w, b) return -w / b - (2 * b):log() end), "a negative weight is as likely as a positive one"},
    {sums(function(w, b) return -w ^ 2 / b - (2 * b):log() end), "Laplace's has |w|, not its square"},
    {function(w, b) return (-w:abs() / b):flatten(2):sum(2) - (2 * b):log():mean() end,
        "log 2b belongs to each of the 27 weights"},
    {function(w, b) return each(w, b):flatten(2):mean(2) end, "a sum over the weights, not their mean"},
    {function(w, b) return each(w, b):exp():flatten(2):sum(2) end, "logarithms add up, densities do not"},
}})
check.expect("places_log_prob", "missing", nil)
check.expect("places_log_prob", "right", function(w, b) return each(w, b):sum(4):sum(3):sum(2) end)
check.expect("places_log_prob", "wrong shape", each)
check.expect("places_log_prob", "wrong shape", function(w, b) return each(w, b):sum() end)
check.expect("places_log_prob", "wrong type", function(w, b) return each(w, b):sum():item() end)
check.expect("places_log_prob", "wrong type", laplace)
check.expect("places_log_prob", "almost", sums(function(w, b) return -w:abs() / b end))
check.expect("places_log_prob", "almost", sums(function(w, b) return -w:abs() / b - b:log() end))
check.expect("places_log_prob", "almost", sums(function(w, b) return -w:square() / b - (2 * b):log() end))
check.expect("places_log_prob", "almost", function(w, b) return each(w, b):flatten(2):sum(2) / 27 end)
check.expect("places_log_prob", "almost", function(w, b) return -each(w, b):flatten(2):sum(2) end)
check.expect("places_log_prob", "wrong", sums(function(w, b) return dist.Normal(0, b):log_prob(w) end))
check.expect("places_log_prob", "wrong", function(w, b) return dist.Laplace(0, b):logprob(w) end)

-- %%
check("places_log_prob", places_log_prob)

-- %% [markdown]
-- ## The scale is learnt
-- Which scale is best? That under which the kernels are likeliest: the mean of `log_prob` over them is to be as large
-- as possible. `prior.fit` finds `log_scale` among the fields of the table, and climbs by Adam.
--
-- **What do you expect:** what is worse, half the best scale or twice the best one?

-- %%
prior.fit(laplace, train, {epochs = epochs})
fitted = laplace.log_scale:exp():item()
local scales, mean = {}, {}
for i = 1, 61 do
    scales[i] = fitted * 4 ^ ((i - 31) / 30)
    mean[i] = dist.Laplace(0, scales[i]):log_prob(train):sum():item() / train:size(1)
end
print(("Adam found the scale %.3f, with %.2f nats a kernel"):format(fitted, mean[31]))
print(("half of it: %.2f nats less, twice of it: %.2f nats less"):format(mean[31] - mean[16], mean[31] - mean[46]))
plot.curves({{name = "training kernels", x = scales, y = mean},
    {name = "found by prior.fit", x = {fitted}, y = {mean[31]}, points = true}},
    {title = "One hill, and Adam on its top", x = "scale b", y = "nats a kernel", size = {450, 280}})

-- %% [markdown]
-- The hill is steeper on its left. Too small a scale is a strong and wrong opinion, and each large weight is then paid
-- for dearly. Remember that when you choose a scale by hand: when in doubt, wider.
--
-- **Exercise 2.** One need not climb: for this density the top of the hill has a formula. Write `best_scale(w)`, which
-- gives the best $b$ for a tensor of weights `w` as a number. A hint: where is the derivative of
-- $\sum_i (-|w_i| / b - \log 2b)$ with respect to $b$ equal to 0?

-- %%
best_scale = nil  -- your answer here

-- %% tags=["solution"]
-- The derivative is sum |w_i| / b^2 - n / b. It is 0 where b = sum |w_i| / n: the mean size of a weight. (For a normal
-- distribution the same step gives the root of the mean square.)
function best_scale(w) return w:abs():mean():item() end

-- %% tags=["answer"]
check.answer("best_scale", best_scale, {
    inputs = {{torch.tensor{1, -2, 3, 0.5}}, {torch.tensor{{-4, 1}, {0.2, -0.1}}}, {torch.tensor{0.3, 6}}}, mistakes = {
        {function(w) return w:square():mean():sqrt():item() end, "this is the best scale of a normal distribution"},
        {function(w) return w:std():item() end, "the standard deviation is for normal distributions"},
        {function(w) return w:square():mean():item() end, "it is |w| that occurs in the density, not its square"},
        {function(w) return w:mean():item() end, "sizes are meant: negative weights are as large as positive ones"},
        {function(w) return w:abs():sum():item() end, "how many weights are there? log 2b occurs once for each"},
        {function(w) return w:abs():median():item() end, "the median gives the best place of a Laplace, not its scale"},
        {function(w) return 1 / w:abs():mean():item() end, "upside down: large weights need a large scale"},
        {function(w) return w:abs():log():mean():exp():item() end, "an arithmetic mean, not a geometric one"},
        {function(w) return math.log(w:abs():mean():item()) end, "this is the logarithm of the scale"},
    }})
check.expect("best_scale", "missing", nil)
check.expect("best_scale", "right", function(w) return w:abs():sum():item() / w:numel() end)
check.expect("best_scale", "almost", function(w) return w:square():mean():sqrt():item() end)
check.expect("best_scale", "almost", function(w) return w:std():item() end)
check.expect("best_scale", "almost", function(w) return w:mean():item() end)
check.expect("best_scale", "almost", function(w) return w:abs():sum():item() end)
check.expect("best_scale", "almost", function(w) return w:abs():mean():item() / 2 end)
check.expect("best_scale", "almost", function(w) return w:abs():median():item() end)
check.expect("best_scale", "wrong type", function(w) return w:abs():mean() end)
check.expect("best_scale", "wrong type", 0.8)
check.expect("best_scale", "missing", function(w) local b = w:abs():mean():item() end)

-- %%
check("best_scale", best_scale)

-- %% [markdown]
-- ## Heavy tails, and a disappointment
-- A density has **heavy tails** where it falls slowly, so that very large weights are no great surprise. Laplace's has
-- heavier ones than the normal distribution. **Student's t** has a dial for them, the degrees of freedom $\nu > 0$,
--
-- $$\log p(w) = C - \frac{\nu + 1}{2} \log\left(1 + \frac{w^2}{\nu s^2}\right) ,$$
--
-- with a scale $s$, and $C$ for an area of 1. Small $\nu$ means heavy tails, $\nu \to \infty$ a normal distribution.
-- (The zoo, which is the module `prior`, has the heaviest: the horseshoe of Carvalho et al. 2010.)

-- %%
normal = {log_scale = torch.zeros(1, {requires_grad = true})}
function normal:density() return dist.Normal(0, self.log_scale:exp()) end
function normal:log_prob(w) return self:density():log_prob(w):flatten(2):sum(2) end
function normal:sample(n) return self:density():sample(n, 3, 3, 3):squeeze(-1) end

student = {log_scale = torch.zeros(1, {requires_grad = true}), log_df = torch.ones(1, {requires_grad = true})}
function student:log_prob(w)
    return dist.StudentT(self.log_df:exp(), 0, self.log_scale:exp()):log_prob(w):flatten(2):sum(2)
end
for _, own in ipairs{normal, student} do prior.fit(own, train, {epochs = epochs}) end


-- %% [markdown]
-- "Mostly small, and sometimes large" is often said of a network's weights. **What do you expect:** which of the three
-- comes first on kernels of the network that none has seen? What $\nu$ has Student's t learnt? They are compared kernel
-- by kernel: the mean of the differences is printed, and its standard error.

-- %%
--- How many nats a kernel of the third network has more under prior `a` than under prior `b`, and the standard error.
function gain(a, b)
    local difference = torch.no_grad(function() return a:log_prob(test) - b:log_prob(test) end)
    return difference:mean():item(), difference:std():item() / math.sqrt(test:size(1))
end
print(("Laplace:     %6.2f +- %.2f nats a kernel over the normal distribution"):format(gain(laplace, normal)))
print(("Student's t: %6.2f +- %.2f"):format(gain(student, normal)))
print(("the degrees of freedom went from %.1f to %.1f"):format(math.exp(1), student.log_df:exp():item()))

local middles, heights = {}, {}
for i = 1, 26 do                                        -- how many weights lie in each piece of width 0.3
    local low = -3.9 + 0.3 * (i - 1)
    local share = (test:ge(low) * test:lt(low + 0.3)):mean():item()
    middles[i], heights[i] = low + 0.15, share > 0 and math.log(share / 0.3) or 0 / 0     -- not a number: a gap
end
local grid, lines = torch.linspace(-3.9, 3.9, 156), {{name = "held out", x = middles, y = heights, points = true}}
for i, row in ipairs{{"normal", normal}, {"Laplace", laplace}} do
    lines[i + 1] = {name = row[1], x = grid, y = row[2]:log_prob(grid:reshape(156, 1)):detach()}
end
plot.curves(lines, {title = "Weights of the third network", x = "weight", y = "log density, nats", size = {450, 300}})

-- %% [markdown]
-- The opinion was wrong. The marks bend like the normal distribution; of those at the far ends, which lie above it, the
-- next section will speak. Laplace's expects too many weights close to 0
-- and too many large ones, and too few between. Student's t was free to choose, and went towards many degrees of
-- freedom: it made itself nearly a normal distribution, and gained nothing.
--
-- That holds for these networks, which were trained for moments on phantoms, and for weights divided by their layer's
-- scale. Other kernels have other tails. But many of us would have written it down without a doubt, and only kernels
-- that were set aside could tell.
--
-- **Exercise 3.** What does such a prior believe of a *kernel*? Take two kernels of the same norm $\sqrt{108}$: in the
-- even one all 27 weights are 2, in the spiked one a single weight is $\sqrt{108}$ and the others are 0. Write
-- `spike_advantage(df)`: how many nats more the *spiked* kernel has than the even one, under independent Student's t
-- with `df` degrees of freedom and the scale $s = 1$. What becomes of it for large `df`?

-- %%
spike_advantage = nil  -- your answer here

-- %% tags=["solution"]
-- The 27 constants C are the same in both and cancel, and log(1 + 0) = 0. What is left is one logarithm against 27.
-- A normal distribution sees the norm alone, so the advantage goes to 0 for large df. Heavy tails of single weights
-- are a belief in spikes, and trained 3x3x3 kernels have few.
function spike_advantage(df) return (df + 1) / 2 * (27 * math.log(1 + 4 / df) - math.log(1 + 108 / df)) end

-- %% tags=["answer"]
local function even(df) return math.log(1 + 4 / df) end
local function spiked(df) return math.log(1 + 108 / df) end
check.answer("spike_advantage", spike_advantage, {inputs = {{1}, {3}, {30}, {1000}}, mistakes = {
    {function(df) return (df + 1) / 2 * (even(df) - spiked(df)) end, "the even kernel has 27 such weights"},
    {function(df) return 27 * even(df) - spiked(df) end, "the factor (df + 1) / 2 is missing"},
    {function(df) return (df + 1) / 2 * (27 * math.log(1 + 4) - math.log(1 + 108)) end, "squares are divided by df"},
    {function(df) return (df + 1) / 2 * (27 * even(df) - math.log(1 + math.sqrt(108) / df)) end,
        "the weight has to be squared: that gives 108"},
    {function(df) return (df + 1) / 2 * (27 * math.log(1 + 2 / df) - math.log(1 + math.sqrt(108) / df)) end,
        "the weights have to be squared"},
    {function(df) return (df + 1) / 2 * 27 * (even(df) - spiked(df)) end, "the spiked kernel has one large weight"},
    {function(df) return df / 2 * (27 * even(df) - spiked(df)) end, "df + 1 in front, not df"},
    {function(df) return 0 end, "true of a normal distribution, and in the limit of large df"},
    {function(df) return (df + 1) / 2 * 27 * even(df) end, "this is what the even kernel loses; and the spiked one?"},
}})
check.expect("spike_advantage", "missing", nil)
check.expect("spike_advantage", "right", function(df)
    local one = dist.StudentT(df)
    local at = one:log_prob({0, 2, math.sqrt(108)}):totable()
    return 26 * at[1] + at[3] - 27 * at[2]
end)
check.expect("spike_advantage", "almost", function(df) return (df + 1) / 2 * (spiked(df) - 27 * even(df)) end)
check.expect("spike_advantage", "almost", function(df) return (df + 1) / 2 * (even(df) - spiked(df)) end)
check.expect("spike_advantage", "almost", function(df) return 27 * even(df) - spiked(df) end)
check.expect("spike_advantage", "almost", function(df) return (df + 1) / 2 * 27 * even(df) end)
check.expect("spike_advantage", "almost", function(df) return 0 end)
check.expect("spike_advantage", "wrong", function(df) return math.exp((df + 1) / 2 * (27 * even(df) - spiked(df))) end)
check.expect("spike_advantage", "wrong", function(df) return 1 / 0 end)
check.expect("spike_advantage", "wrong", function(df) return df:log() end)
check.expect("spike_advantage", "wrong type", function(df) return torch.tensor{38.5} end)
check.expect("spike_advantage", "wrong type", 38.5)

-- %%
check("spike_advantage", spike_advantage)

-- %% [markdown]
-- ## A size for the whole kernel
-- So single weights have no heavy tails. But perhaps *kernels* have: some are large in all their weights, others small.
-- Then the norm of a kernel would vary more than that of 27 independent weights.
--
-- Student's t can be had for a whole kernel. All weights share one size, and the sum over the weights moves *into* the
-- logarithm: $\log p(w) = C' - \frac{\nu + 27}{2} \log\left(1 + \frac{\sum_i w_i^2}{\nu s^2}\right)$. `dist` has it as
-- `MultivariateStudentT`, whose scale is a matrix. Ours is $s$ times the identity.
--
-- **What do you expect:** will the histogram of norms be wider for trained kernels, or for draws of the normal prior?

-- %%
sizes = {log_scale = torch.zeros(1, {requires_grad = true}), log_df = torch.ones(1, {requires_grad = true})}
function sizes:density()
    return dist.MultivariateStudentT(self.log_df:exp(), torch.zeros(27), self.log_scale:exp() * torch.eye(27))
end
function sizes:log_prob(w) return self:density():log_prob(w:flatten(2)) end
prior.fit(sizes, train, {epochs = epochs})

print(("%.2f +- %.2f nats a kernel over the normal distribution"):format(gain(sizes, normal)))
print(("%.1f degrees of freedom"):format(sizes.log_df:exp():item()))
plot.histogram({["held out"] = test:flatten(2):norm(2), normal = normal:sample(test:size(1)):flatten(2):norm(2)},
    {title = "Norms of kernels", x = "norm of the 27 weights", density = true, size = {450, 280}})

-- %% [markdown]
-- This opinion does better. Norms of trained kernels spread wider (that they lie further left is not the point: this
-- network's kernels are smaller), and the formula that lost with a sum of logarithms gains with the logarithm of a
-- sum. A few degrees of freedom are what it wants now.
--
-- Is that much? A **nat** is the unit of a natural logarithm. One nat more a kernel means that each kernel is $e
-- \approx 2.7$ times as likely, and over the kernels of a network those factors multiply.
--
-- **Exercise 4.** Prior A has 0.1 nats a kernel more than prior B, a difference that one would hardly look at. How many
-- kernels must a network have, at least, so that all of them together are 100 times as likely under A as under B? Put
-- the number in `kernels_needed`.

-- %%
kernels_needed = nil  -- your answer here

-- %% tags=["solution"]
-- Logarithms add up: n kernels make 0.1 n nats, and a factor of 100 is log 100 = 4.6 nats. A layer of 8 x 8 kernels is
-- enough. So even small differences are certain, if kernels are independent; those of one network are not quite.
kernels_needed = math.ceil(math.log(100) / 0.1)

-- %% tags=["answer"]
check.answer("kernels_needed", kernels_needed, {mistakes = {
    {46, "with 46 kernels it is a little less than 100"},
    {math.log(100) / 0.1, "kernels come whole"},
    {20, "a nat belongs to the natural logarithm, not to that of base 10"},
    {67, "a nat belongs to the natural logarithm, not to that of base 2"},
    {1000, "nats add up, factors multiply: how many nats are a factor of 100?"},
    {100, "nats add up, factors multiply: how many nats are a factor of 100?"},
    {10, "nats add up, factors multiply: how many nats are a factor of 100?"},
    {5, "that is with one nat a kernel"},
    {math.log(100), "this is how many nats it takes"},
}})
check.expect("kernels_needed", "missing", nil)
check.expect("kernels_needed", "right", 47)
check.expect("kernels_needed", "almost", 46)
check.expect("kernels_needed", "almost", 48)
check.expect("kernels_needed", "almost", 20)
check.expect("kernels_needed", "almost", 1000)
check.expect("kernels_needed", "almost", 100)
check.expect("kernels_needed", "almost", 4.605)
check.expect("kernels_needed", "almost", -47)
check.expect("kernels_needed", "wrong", 2)
check.expect("kernels_needed", "wrong type", "47")
check.expect("kernels_needed", "wrong type", torch.tensor{47})

-- %%
check("kernels_needed", kernels_needed)

-- %% [markdown]
-- ## Weights that belong together
-- All priors so far would be as content with the weights of a kernel in any other order. But neighbours in a trained
-- kernel tend to have the same sign. A normal distribution of **low rank** knows a few directions in which the 27
-- weights move together, the columns of a matrix $F$, and a variance of each weight beside that: its covariance is
-- $F F^T + D$.
--
-- **What do you expect:** three directions are to be learnt. What does a kernel look like that is the first of them?

-- %%
low_rank = {log_variance = torch.zeros(27, {requires_grad = true}),
    factor = (torch.randn(27, 3) * 0.1):requires_grad_()}
function low_rank:density()
    return dist.LowRankMultivariateNormal(torch.zeros(27), self.factor, self.log_variance:exp())
end
function low_rank:log_prob(w) return self:density():log_prob(w:flatten(2)) end
function low_rank:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end
prior.fit(low_rank, train, {epochs = epochs})

print(("%.2f +- %.2f nats a kernel over the normal distribution"):format(gain(low_rank, normal)))
local axes, lengths = torch.linalg.svd(low_rank.factor:detach(), {full_matrices = false})   -- the longest first
plot.kernels({{title = "the three directions", kernels = (axes * lengths):t():reshape(3, 3, 3, 3)}},
    {columns = 3, cell = 14})

-- %% [markdown]
-- That is worth several times what the sizes were. All directions are smooth: weights of one sign lie side by side. The
-- first has one sign nearly everywhere, so such a kernel blurs; in the others the sign changes from one side to the
-- other, as in a kernel that finds edges. Nobody told the prior about space: to it, a kernel is a row of 27 numbers.
--
-- A **flow** can bend, too. It makes kernels from draws of a normal distribution by maps that can be undone. In a
-- **coupling** (Dinh et al. 2017) some weights stay as they are, and a small network tells from them how far to shift
-- and stretch the others; the next coupling does so with the weights in the reverse order. The networks are fields of
-- the prior, so their parameters are found and fitted, too.

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
-- `prior.compare` judges priors side by side. Those of the zoo (`prior.` and Tab lists them) are given as the functions
-- that fit them: `FullCovariance` is a Gaussian with all covariances, and `MultivariateT` is Student's t of whole
-- kernels with all covariances. Both come from formulas, without steps along a gradient.
--
-- **What do you expect:** which comes first, the flow with its two networks, or the Gaussian?

-- %%
prior.fit(flow, train, {epochs = epochs})
comparison = prior.compare(train, {normal = normal, laplace = laplace, sizes = sizes, ["low rank"] = low_rank,
    flow = flow, ["full covariance"] = prior.FullCovariance, ["t of kernels"] = prior.MultivariateT},
    {test = test, fit = false})       -- one's own are fitted already
gaussian = prior.FullCovariance(train)
print(("flow over full covariance:         %.2f +- %.2f nats a kernel"):format(gain(flow, gaussian)))
print(("t of kernels over full covariance: %.2f +- %.2f"):format(gain(prior.MultivariateT(train), gaussian)))
comparison

-- %% [markdown]
-- How to read the first table:
--
-- - **held out** is what counts: nats a kernel on the network that was set aside. A prior that is far better on
--   *training* kernels has learnt them by heart. (The third network happens to have smaller kernels, which every prior
--   finds easier. So look at how a row differs from that of `normal`: the flow is the one that learnt by heart.)
-- - **permuted** is the same for the same kernels after the weights of each were put in an order at random.
-- - **initial** are kernels at initialisation. Where they are as likely as trained ones, the prior has not noticed that
--   training did anything.
--
-- Low rank stays above the normal even where permuted: its first direction, one sign everywhere, looks the same in any
-- order. What it loses there is what it knew of places.
--
-- The flow disappoints. It has to find by training, from few kernels, the correlations that the Gaussian has from one
-- formula, and ends behind it. First comes the prior with both opinions that did well, weights that belong together and
-- a size for the whole kernel. Weights that move together make norms vary, too, and that the Gaussian knows already. The
-- t prior still gains, so sizes vary more than that.
--
-- **Exercise 5.** A colleague's prior has -30 nats held out and -30 permuted, on kernels for which the normal
-- distribution has -37 and -37. What has it understood that the normal distribution has not? Put a letter in
-- `permuted`.
--
-- - "a": the training kernels, which it has learnt by heart;
-- - "b": which *places* of a kernel tend to have the same sign, as neighbours do;
-- - "c": something that does not hang on the order of the weights, such as how much the sizes of kernels differ;
-- - "d": nothing, as equal columns mean that there is no structure in the kernels.

-- %%
permuted = nil  -- your answer here

-- %% tags=["solution"]
-- Kernels in another order are as likely to it, so it does not know the order. What stays is what all weights of a
-- kernel have in common: their size, as in `sizes`: look at its row. Or their sign, if it is the same in all places.
permuted = "c"

-- %% tags=["answer"]
check.answer("permuted", permuted, {mistakes = {
    {"a", "kernels that are held out were not there to be learnt by heart; 'training' would tell"},
    {"b", "then it would lose when the weights change places"},
    {"d", "the columns tell what this prior sees; other priors may see structure in the same kernels"},
}})
check.expect("permuted", "missing", nil)
check.expect("permuted", "right", "c")
check.expect("permuted", "wrong", "a")
check.expect("permuted", "wrong", "b")
check.expect("permuted", "wrong", "d")
check.expect("permuted", "almost", "C")
check.expect("permuted", "almost", "c ")
check.expect("permuted", "wrong", "e")
check.expect("permuted", "wrong", "")
check.expect("permuted", "wrong type", 3)
check.expect("permuted", "wrong type", true)
check.expect("permuted", "wrong type", {"c"})

-- %%
check("permuted", permuted)

-- %% [markdown]
-- What each expects can be seen, too: kernels that were set aside, and below them kernels that priors draw.

-- %%
plot.kernels({{title = "held out", kernels = test[{{1, 8}}]}, {title = "laplace", kernels = laplace:sample(8)},
    {title = "low rank", kernels = low_rank:sample(8)}, {title = "flow", kernels = flow:sample(8)}},
    {columns = 4, cell = 8})

-- %% [markdown]
-- ## Train with it
-- A Bayesian U-Net learns two volumes with tumours, and one of your priors holds the posterior of its kernels. Your
-- table goes into `bayes.PriorSet` as any prior does. (Only the layers that our bank is of get a prior, which
-- `partial` says.)
--
-- **What do you expect:** the network starts from random kernels. Will its divergence from the prior be larger at first
-- with the normal prior, or with that of low rank? And at the end?

-- %%
target = {}
for i = 1, 2 do
    local scan, truth = volumes.phantom{kind = "tumour", size = {24, 28, 24}, seed = 50 + i}
    target[i] = volumes.prepare(scan, truth)
end
function train_with(own)
    torch.manual_seed(seed)
    local net = bayes.UNet{channels = channels}
    local priors = bayes.PriorSet{{name = "group 2", layers = layers, bank = bank, prior = own}}
    local objective = bayes.Objective(priors, {volumes = #target, voxels = target[1].image:numel(), partial = true})
    bayes.set_mode(net, "train")
    local optimizer, loss, curve = optim.Adam(net, {lr = 3e-3}), nn.SegmentationLoss(), {}
    for step = 1, steps // 3 do
        local sample = target[step % #target + 1]
        local total, bounds = objective(loss(net(sample.image), sample.label), net, step)
        optimizer:zero_grad()
        total:backward()
        optimizer:step()
        curve[step] = bounds["group 2"] / test:size(1)
    end
    return curve
end
divergence = {{name = "normal", y = train_with(normal)}, {name = "low rank", y = train_with(low_rank)}}
for _, line in ipairs(divergence) do
    print(("%-8s first %.1f, last %.1f nats a kernel"):format(line.name, line.y[1], line.y[#line.y]))
end
plot.curves(divergence, {title = "Divergence of the posterior from the prior", x = "step", y = "nats a kernel",
    y_limits = {0, math.huge}, size = {450, 280}})

-- %% [markdown]
-- At first the prior that knows more asks for more: random kernels look less like trained ones to it than to the normal
-- prior. But it also tells *where to go*: its gradient pulls the weights of a kernel towards its directions, and its
-- divergence falls far below the other's. That says what a prior does, not that the network segments better for it.
-- Whether it does takes many networks and volumes to tell: the study.
--
-- ## When it is wrong
-- Most faults are told at once, with the prior, the place in your code, and the kernel. This one forgot the sum over a
-- kernel's weights, and that one is 0 for a kernel with a negative weight, so that its logarithm is infinite:

-- %%
function message(own) return select(2, pcall(train_with, own)) end
print(message{name = "no sum", log_prob = function(self, w) return -w ^ 2 end})
print(message{name = "positive", log_prob = function(self, w)
    return dist.Exponential(1):log_prob(w):flatten(2):sum(2)
end})

-- %% [markdown]
-- **Exercise 6.** Four colleagues have trouble, and three of them a message:
--
-- 1. `log_prob has shape scalar (expected 1024, one number for each kernel: ...)`
-- 2. `log_prob does not depend on its kernels (expected a result that is computed from them by tensor operations, ...)`
-- 3. `log_prob of kernel 1 of 1024 is nan (expected a finite number for every kernel)`
--
-- Which fault does each message tell? Put three letters, in the order of the messages, in `faults`, as in `"eee"`.
--
-- - "a": weights go through `w:totable()`, and a new tensor is made of the numbers;
-- - "b": the part that makes the area 1 is left out;
-- - "c": the logarithm of a weight is taken, and weights may be negative;
-- - "d": the sum goes over all kernels, `:sum()`, instead of over the weights of each;
-- - "e": the function has no `return`.

-- %%
faults = nil  -- your answer here

-- %% tags=["solution"]
-- 1: a scalar is one number for all kernels. 2: gradients cannot flow through plain numbers. 3: log of a negative
-- number is "not a number", nan. Without `return` the message is "log_prob is nothing". And b has none: see below.
faults = "dac"

-- %% tags=["answer"]
-- The messages above are those of the program.
for text, log_prob in pairs{
    ["log_prob has shape scalar (expected 1024, one number for each kernel: "] = function(self, w)
        return (-w ^ 2):sum()
    end,
    ["log_prob does not depend on its kernels (expected a result that is computed from them by tensor operations, "] =
        function(self, w) return torch.tensor((-w ^ 2):flatten(2):sum(2):totable()) end,
    ["log_prob of kernel 1 of 1024 is nan (expected a finite number for every kernel)"] = function(self, w)
        return w:log():flatten(2):sum(2)
    end,
    ["log_prob is nothing"] = function(self, w) local sum = (-w ^ 2):flatten(2):sum(2) end,
} do
    local said = message{log_prob = log_prob}
    assert(said:find(text, 1, true), said)
end
check.answer("faults", faults, {mistakes = {
    {"adc", "a scalar is one number for all kernels; and how could a result not depend on the kernels?"},
    {"dca", "through which of the two can no gradient flow? And what is the logarithm of -1?"},
    {"cad", "what has the shape of one number? And what is the logarithm of -1?"},
    {"dec", "without return there is nothing that could depend on anything"},
    {"eac", "without return there is no scalar either, but nothing"},
    {"dab", "without that part the density is a number all the same; what is the logarithm of -1?"},
    {"dbc", "without that part it depends on the kernels all the same"},
    {"bac", "without that part there is one number a kernel all the same"},
}})
check.expect("faults", "missing", nil)
check.expect("faults", "right", "dac")
check.expect("faults", "almost", "DAC")
check.expect("faults", "almost", "d a c")
check.expect("faults", "wrong", "adc")
check.expect("faults", "wrong", "dca")
check.expect("faults", "wrong", "cad")
check.expect("faults", "wrong", "dec")
check.expect("faults", "wrong", "eac")
check.expect("faults", "wrong", "dab")
check.expect("faults", "wrong", "d")
check.expect("faults", "wrong type", {"d", "a", "c"})
check.expect("faults", "wrong type", 3)

-- %%
check("faults", faults)

-- %% [markdown]
-- ## A fault that no message tells
-- The fourth colleague wrote the Laplace distribution, and left out $\log 2b$. **What do you expect:** which scale will
-- the fit find, and where will this prior stand in the comparison?

-- %%
cheat = {log_scale = torch.zeros(1, {requires_grad = true})}
function cheat:log_prob(w) return (-w:abs() / self.log_scale:exp()):flatten(2):sum(2) end
prior.fit(cheat, train, {epochs = epochs})

--- The area below the density of one weight, by small pieces, for a prior whose weights are independent.
function area(own)
    local width = 0.05
    local grid = torch.linspace(-1000, 1000, 40001):reshape(40001, 1)
    return torch.no_grad(function() return own:log_prob(grid):exp():sum():item() * width end)
end
print(("scale %.1f"):format(cheat.log_scale:exp():item()))
print(("%.2f +- %.2f nats a kernel over the normal distribution"):format(gain(cheat, normal)))
for _, row in ipairs{{"normal", normal}, {"laplace", laplace}, {"student", student}, {"cheat", cheat}} do
    print(("area below %-8s %.3f"):format(row[1], area(row[2])))
end

-- %% [markdown]
-- It wins by far, and has understood nothing. Nothing makes a wide density low any more, so the scale grows for as
-- long as training lasts (the area is 2b, the factor that was left out). The program cannot know the area below a
-- density, so it cannot tell you. When a prior of yours is better than you had thought, look at the area first. With
-- 27 weights that depend on each other no grid can do that; then build it from distributions of `dist`, which are
-- normalised, and from maps that can be undone.
--
-- ## Your prior, as a file
-- The study takes a prior from a Lua file that returns it. There are seven groups of layers, and each gets a prior of
-- its own, which begins with tensors of its own. So the file returns a *function*: it is called with the kernels of a
-- group, n x 3 x 3 x 3, and gives the prior, **already fitted**. What such a function gives is not fitted again.
--
-- This one has both opinions that did well. The covariance comes from the kernels, by a formula. A group may have
-- hardly a hundred of them, from which many covariances are chance, so those are made a tenth smaller. Degrees of
-- freedom and size are fitted. **Change it into yours**: edit the text between the brackets, and run this cell and the
-- next again, as often as you like. Some ideas: more or less than a tenth (is the best share the same for many kernels
-- and for few?); a low rank; several covariances, by `dist.Mixture`; the same density for a kernel and its mirror
-- image; a flow that starts from the Gaussian.

-- %%
name = "my_prior"
text = [==[
-- Kernels whose weights belong together, with a size of each kernel: Student's t of all 27 weights.
return function(kernels)
    local w = kernels:flatten(2)
    local covariance = w:t():matmul(w) / w:size(1)
    covariance = 0.9 * covariance + 0.1 * torch.diag(torch.diagonal(covariance))      -- the variances stay

    local mine = {root = torch.linalg.cholesky(covariance), log_df = torch.full({1}, 2, {requires_grad = true}),
        log_scale = torch.zeros(1, {requires_grad = true})}
    function mine:density()
        return dist.MultivariateStudentT(self.log_df:exp(), torch.zeros(27), self.log_scale:exp() * self.root)
    end
    function mine:log_prob(w) return self:density():log_prob(w:flatten(2)) end
    function mine:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end

    prior.fit(mine, kernels)
    return mine
end
]==]
path = ("course/%s.lua"):format(name)
study.write_text(path, text)      -- makes the folder, too

-- %% [markdown]
-- Would the study take it? The next cell does with the file what a job of the study does for a group: reads it, lets
-- it learn from kernels, judges it on those of another network, and keeps it. A prior is kept with its tensors and with
-- the text of its functions, so the program warns where it reads such a file.
--
-- The study's own script reads the Lua file, where it is found. The folder of the scripts depends on how Lunette came
-- to you:
--
-- | Lunette came as | the folder `Scripts` is |
-- |---|---|
-- | sources | at their top; run this notebook there |
-- | .deb | `/usr/share/lunette/Scripts` |
-- | tar | `share/lunette/Scripts`, in what you unpacked |
-- | wheel | `share/lunette/Scripts`, in the folder `lunette` where pip puts packages |

-- %%
--- The folder of the study's scripts, or nil: near the working directory, or of the package that the program is of.
function find_scripts()
    local command <close> = io.open("/proc/self/cmdline", "rb")
    local root = command and command:read("a"):match("^([^\0]*)/bin/[^/\0]*\0")
    for _, folder in ipairs{"Scripts", "../Scripts", root and root .. "/share/lunette/Scripts"} do
        local file <close> = io.open(folder .. "/study/own_priors.lua")
        if file then return folder end
    end
end
scripts = find_scripts()      -- or write the folder of the table here
if scripts then
    package.path = scripts .. "/?.lua;" .. package.path
    own = require("study.own_priors").entries{path}[1]
    print("read by the study's own script, in " .. scripts)
else
    own = {name = name, value = assert(loadfile(path))()}
    print("the scripts were not found: write the folder of the table into this cell, and run it again")
end

fitted = prior.fitted(own.value, train, {name = own.name})
comparison = prior.compare(train, {[own.name] = fitted, normal = normal, ["full covariance"] = prior.FullCovariance},
    {test = test, fit = false})
for _, row in ipairs(comparison.rows) do
    print(("%-16s held out %7.2f, training %7.2f, permuted %7.2f"):format(
        row.name, row.held_out, row.training, row.permuted))
end
bayes.PriorSet{{name = "prior", layers = {"all"}, prior = fitted}}:save("course/lesson-7.safetensors")
again = bayes.load_priors("course/lesson-7.safetensors"):prior("prior")
assert(torch.allclose(again:log_prob(test), fitted:log_prob(test), {rtol = 1e-4}))
print("kept in course/lesson-7.safetensors, and read again: the same")

-- %% [markdown]
-- Is the row `my_prior` above the Gaussian? When you have changed it: did *held out* rise, or *training* alone?
--
-- ## Your prior, in the study
-- Now it competes with the deep weight prior, fine-tuning and other priors, on the same volumes. Open a terminal in the
-- folder that this notebook runs in, and give the command that the cell prints. With `--preset smoke` all of it takes
-- minutes, on phantoms.

-- %%
command = ("lunette %s/study.lua --preset smoke --prior %s --output course/study"):format(scripts or "Scripts", path)
study.write_text("course/lesson-7.txt", ("%s: a prior over 3x3x3 kernels, which the study takes:\n    %s\n"
    .. "lesson-7.safetensors: the same, fitted to kernels of two networks\n"):format(path, command))
print(command)

-- %% [markdown]
-- The name of the file is the name of the method. **What do you expect:** your prior has more nats than independent
-- weights. Will its Dice be higher? When the command has ended, open `course/study/report.html`.
--
-- - **Scores**: the row `my_prior` of the first table has its Dice with 2 volumes to learn from, beside those of all
--   methods, and the gain of the deep weight prior (DWP) over it with a 95% interval. Yours is ahead only where *all*
--   of the interval lies below 0; of two splits it can be wider than Dice itself, and then says nothing. The same row
--   is in `course/study/comparisons.csv`, and the scores of each volume are in `results.csv`.
-- - **Kernels and priors**: seven rows `my_prior`, one for each group of layers, tell the nats a kernel on a network
--   that was set aside, beside those of two Gaussians. In which groups is it above both? Where it is not, how many
--   kernels did it have, and what does *training* say? Below are kernels that it draws.
--
-- Do not be surprised if nothing follows for Dice. The smoke preset tries out whether everything works: its networks
-- learn two or three volumes for moments, and the intervals are wide. Nor need a better density segment better. It is
-- about kernels of the *source* networks, and the target is another disease. `--preset desk` takes more than an hour
-- and says more; even there, simpler priors did as well as the deep weight prior at 5 volumes.
--
-- A finished study refuses a prior that has changed since. Give your next one another `name`, run its cells, and add a
-- second `--prior` to the command, with `course/study` as before: only what is new is computed, and both are in one
-- table. Tensors with `requires_grad` go on learning in the study, together with the target network.
--
-- ## What you have learnt
-- - A prior over kernels is a function that gives a log density. Its parameters are tensors that it holds, and a fit
--   makes kernels of trained networks likely.
-- - Opinions are tested on kernels that were set aside. "Single weights have heavy tails" was wrong here; "kernels have
--   sizes" and "neighbours belong together" were right.
-- - *held out* tells how much a prior knows, *permuted* whether it knows where weights lie, *training* whether it knows
--   too much.
-- - The program tells most faults, but never that the area below a density is not 1.
-- - A richer prior is not a better one: where kernels are few, a formula beats a network.
--
-- ## What comes next
-- This was the last lesson. With kernels of your own, `Scripts/priors.lua` compares all priors of the zoo.
-- [When does a prior help?](when-does-a-prior-help.lua) reads the scores of real tumours with you, and asks what they
-- allow one to say.

-- %%
for _, row in ipairs(check.results()) do print(("%-16s %s"):format(row.name, row.verdict)) end
