-- %% [markdown]
-- # From posterior to ELBO: a weight that is a distribution
-- Training ends with one number for each weight. With 5 volumes to learn from, many other numbers would have done as
-- well. This lesson keeps them all: a weight becomes a *distribution*, first exactly, for a line through a few
-- points, then approximately, for a network, where the exact answer cannot be computed.
--
--     lunette notebook run Notebooks/from-posterior-to-elbo.lua
--
-- - **What it is for.** The deep weight prior (lesson 5) is used in variational inference. Here you learn what that
--   minimises, why it works, and where it is wrong.
-- - **What you have to know.** How a network is trained by gradients, and what a mean, a variance and a normal
--   distribution $\mathcal{N}(\mu, \sigma^2)$ are. The lesson makes its own data and needs no file of other lessons.
-- - **How long it takes.** 90 to 120 minutes of reading and trying, and seconds of computing.
-- - **What it makes.** `course/lesson-3.safetensors`: the posteriors of a line and of a small network.

-- %% tags=["parameters"]
-- How many steps a network learns, and how many draws estimates are made of.
steps = 3000
draws = 2000
seed = 1

-- %% [markdown]
-- ## One weight that is not known
-- The simplest network has one weight, $y = w x$, and each measured $y$ is off by noise from $\mathcal{N}(0, 0.5^2)$.
-- What can be said of $w$ after three points? Bayes' rule has three parts:
--
-- - the **prior** $p(w)$: how plausible each $w$ is before any data. Here $\mathcal{N}(0, 1)$;
-- - the **likelihood** $p(y \mid w)$: how probable the data would be if the weight were $w$. As the noises are
--   independent, it is the product over the points of the density of $\mathcal{N}(w x_i, 0.5^2)$ at $y_i$;
-- - the **posterior** $p(w \mid y) = p(w)\, p(y \mid w) / p(y)$: how plausible each $w$ is after the data.
--
-- The divisor, the **evidence** $p(y) = \int p(w)\, p(y \mid w)\, dw$, makes the area below the posterior 1. With one
-- weight all that is a loop over a grid.
--
-- **What do you expect:** will the posterior lie at the prior, at the likelihood, or between? Will it be wider or
-- narrower than both?

-- %%
torch.manual_seed(seed)
true_slope, noise = 1, 0.5
all_x = torch.rand(20):totable()
all_y = {}
for i, x in ipairs(all_x) do all_y[i] = true_slope * x + noise * torch.randn(1):item() end
function first(count) return {table.unpack(all_x, 1, count)}, {table.unpack(all_y, 1, count)} end

--- The logarithm of the normal density.
function log_normal(value, mean, deviation)
    return -((value - mean) / deviation) ^ 2 / 2 - math.log(deviation) - math.log(2 * math.pi) / 2
end
function log_likelihood(w, xs, ys)
    local sum = 0
    for i = 1, #xs do sum = sum + log_normal(ys[i], w * xs[i], noise) end
    return sum
end

xs, ys = first(3)
grid, prior_at, likelihood_at, evidence = {}, {}, {}, 0
for i = 1, 801 do
    grid[i] = -4 + (i - 1) / 100
    prior_at[i], likelihood_at[i] = math.exp(log_normal(grid[i], 0, 1)), math.exp(log_likelihood(grid[i], xs, ys))
    evidence = evidence + prior_at[i] * likelihood_at[i] / 100      -- 1/100 is the step of the grid
end
posterior_at = torch.tensor(prior_at) * torch.tensor(likelihood_at) / evidence
local scaled = torch.tensor(likelihood_at)
scaled = scaled / (scaled:sum() / 100)      -- to the area 1, as a likelihood is no density of w
plot.curves({
    {name = "prior", x = grid, y = prior_at}, {name = "likelihood (scaled)", x = grid, y = scaled},
    {name = "posterior", x = grid, y = posterior_at},
}, {title = "What is known of a weight, after three points", x = "weight w", y = "density (area 1)"})

-- %% [markdown]
-- The posterior lies between the two and is narrower than both: two sources of knowledge are more than one. The one
-- that is surer pulls harder.
--
-- ## The same in closed form
-- Prior and likelihood are both exponentials of a square in $w$, so their product is one, too: the posterior is
-- normal. In terms of the **precision**, which is 1 / variance, the rule is short: *precisions add*. For a prior
-- $\mathcal{N}(\mu_0, \sigma_0^2)$ the posterior is $\mathcal{N}(\mu, \sigma^2)$ with
--
-- $$\frac{1}{\sigma^2} = \frac{1}{\sigma_0^2} + \frac{\sum_i x_i^2}{0.5^2}, \qquad
-- \mu = \sigma^2 \left(\frac{\mu_0}{\sigma_0^2} + \frac{\sum_i x_i y_i}{0.5^2}\right) .$$

-- %%
--- Mean and standard deviation of the posterior of the slope.
function exact(xs, ys, prior_mean, prior_deviation)
    local precision, pull = 1 / prior_deviation ^ 2, prior_mean / prior_deviation ^ 2
    for i = 1, #xs do
        precision, pull = precision + xs[i] ^ 2 / noise ^ 2, pull + xs[i] * ys[i] / noise ^ 2
    end
    return pull / precision, math.sqrt(1 / precision)
end
posterior_mean, posterior_deviation = exact(xs, ys, 0, 1)
local density = dist.Normal(posterior_mean, posterior_deviation):log_prob(torch.tensor(grid)):exp()
local difference = (density - posterior_at):abs():max():item()
assert(difference < 1e-3)
print(("posterior N(%.3f, %.3f^2)"):format(posterior_mean, posterior_deviation))
print(("grid and formula: at most %.1e apart"):format(difference))

-- %% [markdown]
-- **Exercise 1.** Suppose that all points are measured at $x = 1$, with the noise 0.5 and the prior $\mathcal{N}(0,
-- 1)$. How many points does it take until the posterior's *standard deviation* is a fifth of the prior's, or less?
-- Put the number in `points_needed`. Does it depend on what the points turn out to be?

-- %%
points_needed = nil  -- your answer here

-- %% tags=["solution"]
-- A fifth of the deviation is a 25th of the variance, so the precision has to be 25. The prior gives 1, and each
-- point 1 / 0.5^2 = 4: 1 + 4 n >= 25. No y occurs in it: how sure one will be is known beforehand.
points_needed = math.ceil((25 - 1) * 0.5 ^ 2)

-- %% tags=["answer"]
check.answer("points_needed", points_needed, {mistakes = {
    {7, "you have left out the prior's precision"},
    {25 / 4, "you have left out the prior's precision, and points come whole"},
    {5, "with 5 points the deviation is still a little more than a fifth"},
    {1, "a fifth of the variance is not a fifth of the deviation"},
    {2, "a fifth of the variance is not a fifth of the deviation"},
    {24, "a point adds 1 / 0.5^2 to the precision, not 1"},
    {25, "a point adds 1 / 0.5^2 to the precision, not 1"},
    {96, "a point adds 1 / 0.5^2 to the precision, not 0.5^2"},
    {48, "a point adds 1 / 0.5^2 to the precision, not 0.5"},
}})
check.expect("points_needed", "missing", nil)
check.expect("points_needed", "right", 6)
check.expect("points_needed", "almost", 7)
check.expect("points_needed", "almost", 6.25)
check.expect("points_needed", "almost", 5)
check.expect("points_needed", "almost", 1)
check.expect("points_needed", "almost", 2)
check.expect("points_needed", "almost", 12)
check.expect("points_needed", "almost", 24)
check.expect("points_needed", "almost", 25)
check.expect("points_needed", "almost", 96)
check.expect("points_needed", "wrong", 10)
check.expect("points_needed", "wrong", 0)
check.expect("points_needed", "wrong type", "6")
check.expect("points_needed", "wrong type", {6})
check.expect("points_needed", "wrong type", torch.tensor{6})

-- %%
check("points_needed", points_needed)

-- %% [markdown]
-- ## What a prior does with 1, 3 and 20 points
-- Three priors meet the same data: a wide one, $\mathcal{N}(0, 1)$, one that is sure and about right,
-- $\mathcal{N}(0.9, 0.2^2)$, and one that is sure and wrong, $\mathcal{N}(-0.2, 0.2^2)$.
--
-- **What do you expect:** after how many points does it no longer matter which prior one had: 20, 100, or more? Will
-- the wrong one at least know that it is wrong, and become wider?

-- %%
local curves = {}
print("after 20 points   mean         off by")
for _, row in ipairs{{"wide", 0, 1}, {"sure, about right", 0.9, 0.2}, {"sure, wrong", -0.2, 0.2}} do
    local name, mean, deviation = table.unpack(row)
    local y, errors = {}, {}
    for place, count in ipairs{0, 1, 3, 20} do
        local xs, ys = first(count)
        y[place], errors[place] = exact(xs, ys, mean, deviation)
    end
    curves[#curves + 1] = {name = name, x = {1, 2, 3, 4}, y = y, errors = errors}
    print(("%-17s %.2f +- %.2f %.1f dev."):format(
        name, y[4], errors[4], math.abs(y[4] - true_slope) / errors[4]))
end
plot.curves(curves, {title = "Posterior (bars: one deviation)", x = "points seen",
    x_names = {"none", "1", "3", "20"}, y = "weight w (the true one is 1)", size = {520, 320}})

-- %% [markdown]
-- With few points a prior that is sure and about right is worth most: its posterior is narrow, and near the truth,
-- from the start. After 20 points the wide one is nearly as narrow. A prior that is sure and wrong costs as much. Even
-- after 20 points the posterior is off by several of its own deviations. By the formula one expects about $30 /
-- \sqrt{25 + 4 n / 3}$ after $n$ points ($x^2$ is 1/3 on average), which is 1 only for $n$ near 650. And its width does
-- not warn: no $y_i$ occurs in the precision, so how sure one will be is known before any data. So a prior has to be
-- taken from somewhere, and be as wide as one is unsure. The rest of the course takes it from trained networks.

-- %%
count = 3

-- %% [markdown]
-- The same as densities. On the page, move the slider from no point to 20.

-- %% slider count = 0, 1, 3, 10, 20
local seen_x, seen_y = first(count)
local curves, at = {}, torch.linspace(-1, 2, 151)
for i, row in ipairs{{"wide", 0, 1}, {"sure, about right", 0.9, 0.2}, {"sure, wrong", -0.2, 0.2}} do
    curves[i] = {name = row[1], x = at, y = dist.Normal(exact(seen_x, seen_y, row[2], row[3])):log_prob(at):exp()}
end
plot.curves(curves, {title = ("Posteriors after %d points"):format(count), x = "weight w (the true one is 1)",
    y = "density", y_range = {0, 4}, size = {450, 280}})

-- %% [markdown]
-- ## Two weights, which correlate
-- Now the line has an intercept, too: $y = w_1 + w_2 x$. All points lie at $x$ from 1 to 3, and both weights have the
-- prior $\mathcal{N}(0, 1)$. Two weights have a **covariance matrix**: the variances on its diagonal; beside it, how
-- much they vary together (divided by both deviations: their **correlation**, from -1 to 1). Its inverse is the
-- precision matrix, and precisions add as before. With a row $(1, x_i)$ of the matrix $\Phi$ for each point, it is
-- $\Lambda = I + \Phi^T \Phi / 0.5^2$, and the posterior's mean is $\Lambda^{-1} \Phi^T y / 0.5^2$. Is that right? If
-- so, prior times likelihood, divided by this posterior (Bayes' rule, solved for $p(y)$), is the same number for
-- *every* pair of weights: the evidence.
--
-- **What do you expect:** if the intercept is a little higher than thought, what must the slope be, so that the line
-- still goes through the points?

-- %%
features = torch.stack({torch.ones(6), torch.linspace(1, 3, 6)}, 2)
line_y = features:mv(torch.tensor{0.5, 0.7}) + noise * torch.randn(6)

function exact_weights(features, y, prior_deviation, noise)
    local from_prior = torch.eye(features:size(2)) / prior_deviation ^ 2
    local precision = from_prior + features:t():matmul(features) / noise ^ 2
    local covariance = torch.linalg.inv(precision)
    return covariance:mv(features:t():mv(y)) / noise ^ 2, covariance, precision
end
line_mean, line_covariance, line_precision = exact_weights(features, line_y, 1, noise)
line_posterior = dist.MultivariateNormal(line_mean, line_covariance)

local rows, y, evidences = features:totable(), line_y:totable(), {}
for i, w in ipairs{{0, 0}, {1, 0.5}, {-0.5, 1}} do
    local log_joint = log_normal(w[1], 0, 1) + log_normal(w[2], 0, 1)
    for k, row in ipairs(rows) do log_joint = log_joint + log_normal(y[k], w[1] * row[1] + w[2] * row[2], noise) end
    evidences[i] = log_joint - line_posterior:log_prob(torch.tensor(w)):item()
    assert(math.abs(evidences[i] - evidences[1]) < 1e-3)
end
print(("log p(y), 3 pairs: %.3f %.3f %.3f"):format(table.unpack(evidences)))
local before, after = torch.randn(1000, 2), line_posterior:sample(1000)
plot.scatter({
    {name = "prior", x = before:select(2, 1), y = before:select(2, 2)},
    {name = "posterior", x = after:select(2, 1), y = after:select(2, 2)},
}, {title = "Draws of the two weights", x = "intercept", y = "slope"})

-- %% [markdown]
-- The posterior is a narrow stripe: a higher intercept needs a smaller slope. Each weight by itself is quite unsure,
-- but one is sure of one combination of them: across the stripe. Remember this picture.
--
-- ## Why a network has no such formula
-- Both ways end here. The formula needs answers that are *linear* in the weights; a network's are not. And the grid,
-- with 121 values for each weight?

-- %%
for _, count in ipairs{1, 2, 27, nn.UNet{variant = "short"}.num_parameters} do
    print(("%6d weights: 10^%.0f grid points"):format(count, count * math.log(121, 10)))
end

-- %% [markdown]
-- The third line is a single 3x3x3 kernel, the last a small U-Net: the exact posterior of a network cannot be
-- computed. **Variational inference** looks for the best approximation in a family that can be handled. Here each
-- weight gets a normal distribution of its own, $\mathcal{N}(\mu_i, \sigma_i^2)$, independent of the others, and
-- $\mu_i$ and $\sigma_i$ are trained. This is called the **mean-field** approximation. But what is *best*?
--
-- ## A distance between distributions
-- The **Kullback-Leibler divergence** is the mean, over draws of $q$, of how much more probable they are under $q$
-- than under $p$, in logarithms:
--
-- $$\mathrm{KL}(q \,\|\, p) = \mathbb{E}_{q(w)}\left[\log q(w) - \log p(w)\right]
-- = \log \frac{\sigma_p}{\sigma_q} + \frac{\sigma_q^2 + (\mu_q - \mu_p)^2}{2 \sigma_p^2} - \frac{1}{2}$$
--
-- It is 0 where both are the same, and positive everywhere else. Its unit is the **nat** (of the natural logarithm).
-- The last part holds for two normal distributions; the middle one can be estimated for any two, by a loop over draws.
-- `dist.kl` takes the formula where there is one, and draws elsewhere.

-- %%
local values = {}
for i, epsilon in ipairs(torch.randn(draws):totable()) do
    local w = 0.5 + 0.3 * epsilon      -- a draw of q = N(0.5, 0.3^2); p = N(0, 1)
    values[i] = log_normal(w, 0.5, 0.3) - log_normal(w, 0, 1)
end
local by_draws, error = torch.tensor(values):mean():item(), torch.tensor(values):std():item() / math.sqrt(draws)
local by_formula = math.log(1 / 0.3) + (0.3 ^ 2 + 0.5 ^ 2) / 2 - 1 / 2
local by_library, how = dist.kl(dist.Normal(0.5, 0.3), dist.Normal(0, 1))
assert(math.abs(by_library:item() - by_formula) < 1e-5 and math.abs(by_draws - by_formula) < 5 * error)
print(("loop over draws  %.3f +- %.3f nats"):format(by_draws, error))
print(("formula          %.3f"):format(by_formula))
print(("dist.kl          %.3f (%s)"):format(by_library:item(), how))

-- %% [markdown]
-- KL is no true distance: $\mathrm{KL}(q \| p)$ and $\mathrm{KL}(p \| q)$ differ. Let $p = \mathcal{N}(0, 1)$, and
-- $q$ have the same mean and another width.
--
-- **What do you expect:** which of the two forgives a $q$ that is too narrow?

-- %%
local widths, forward, backward = torch.linspace(0.3, 3, 55):totable(), {}, {}
for i, width in ipairs(widths) do
    local q, p = dist.Normal(0, width), dist.Normal(0, 1)
    forward[i], backward[i] = dist.kl(q, p):item(), dist.kl(p, q):item()
end
plot.curves({{name = "KL(q || p)", x = widths, y = forward}, {name = "KL(p || q)", x = widths, y = backward}},
    {title = "The price of the wrong width", x = "standard deviation of q (that of p is 1)", y = "nats"})

-- %% [markdown]
-- Left of 1, where $q$ is too narrow, $\mathrm{KL}(q \| p)$ is the lower curve, and right of 1 the higher one. It
-- asks only where $q$ has draws: a $q$ that puts some where $p$ has nearly none pays dearly, one that leaves a part
-- of $p$ out does not. It needs draws of $q$ and none of $p$, and so it is the one that is used. If such a $q$ has to
-- be wrong, it will rather be too narrow.
--
-- **Exercise 2.** The weights of a kernel are independent under $q$, so their divergences add up. Write
-- `kernel_kl(mean, deviation)`: for tensors of n x 3 x 3 numbers, it gives the divergence of each kernel from the
-- prior $\mathcal{N}(0, 1)$ of every weight, a tensor of n nats. A hint: `x:flatten(2)` makes a row of each kernel.

-- %%
kernel_kl = nil  -- your answer here

-- %% tags=["solution"]
-- With p = N(0, 1) the formula is -log sigma + (sigma^2 + mu^2 - 1) / 2. The sum goes over the weights of a kernel.
function kernel_kl(mean, deviation)
    local each = (deviation ^ 2 + mean ^ 2 - 1) / 2 - deviation:log()
    return each:flatten(2):sum(2)
end

-- %% tags=["answer"]
local mean, deviation = torch.linspace(-1, 1.5, 18):reshape(2, 3, 3), torch.linspace(0.1, 1.2, 18):reshape(2, 3, 3)
local function with(f) return function(m, s) return f(m, s):flatten(2):sum(2) end end
local function each(m, s) return dist.kl(dist.Normal(m, s), dist.Normal(0, 1)) end
check.answer("kernel_kl", kernel_kl, {inputs = {{mean, deviation}, {mean * 0, deviation}}, mistakes = {
    {with(function(m, s) return (s + m ^ 2 - 1) / 2 - s:log() / 2 end), "deviation and variance are mixed up"},
    {with(function(m, s) return each(m, s ^ 2) end), "dist.Normal takes the deviation, not the variance"},
    {with(function(m, s) return (s ^ 2 + m ^ 2 - 1) / 2 + s:log() end), "a narrow q is far from the prior"},
    {with(function(m, s) return (s ^ 2 + m ^ 2) / 2 - s:log() end), "where q is the prior it should be 0"},
    {with(function(m, s) return (s ^ 2 - 1) / 2 - s:log() end), "the means are left out"},
    {with(function(m, s) return m ^ 2 / 2 end), "the widths are left out"},
    {with(function(m, s) return (1 + m ^ 2) / (2 * s ^ 2) + s:log() - 1 / 2 end), "this is KL(p || q)"},
    {function(m, s) return each(m, s):flatten(2):mean(2) end, "a sum over the weights, not their mean"},
}})
check.expect("kernel_kl", "missing", nil)
check.expect("kernel_kl", "right", function(m, s) return each(m, s):sum(3):sum(2) end)
check.expect("kernel_kl", "wrong type", 3)
check.expect("kernel_kl", "wrong type", function(m, s) return each(m, s):sum():item() end)
check.expect("kernel_kl", "wrong shape", each)
check.expect("kernel_kl", "wrong shape", function(m, s) return each(m, s):sum() end)
check.expect("kernel_kl", "wrong shape", function(m, s) return each(m, s):sum(3) end)
check.expect("kernel_kl", "almost", function(m, s) return kernel_kl(m, s) / 9 end)
check.expect("kernel_kl", "almost", function(m, s) return kernel_kl(m, s) * 2 end)
check.expect("kernel_kl", "almost", function(m, s) return -kernel_kl(m, s) end)
check.expect("kernel_kl", "almost", with(function(m, s) return dist.kl(dist.Normal(0, 1), dist.Normal(m, s)) end))
check.expect("kernel_kl", "almost", with(function(m, s) return m ^ 2 / 2 end))
check.expect("kernel_kl", "almost", with(function(m, s) return dist.kl(dist.Normal(m, s ^ 2), dist.Normal(0, 1)) end))
check.expect("kernel_kl", "almost", function(m, s) return kernel_kl(m, s) + 4.5 end)
check.expect("kernel_kl", "almost", function(m, s) return kernel_kl(m, s:sqrt()) end)
check.expect("kernel_kl", "wrong", function(m, s) return torch.zeros(m:size(1)) end)
check.expect("kernel_kl", "wrong", function(m, s) return kernel_kl(m, s:log()) end)
check.expect("kernel_kl", "wrong", function(m, s) error("not yet") end)

-- %%
check("kernel_kl", kernel_kl)

-- %% [markdown]
-- ## The evidence lower bound
-- The best $q$ has the smallest divergence from the posterior. That seems to need the posterior, which we do not
-- have. But put $p(w \mid y) = p(w)\, p(y \mid w) / p(y)$ into the definition of the divergence. As $\log p(y)$ is a
-- constant, it leaves the expectation:
--
-- $$\mathrm{KL}\left(q(w) \,\|\, p(w \mid y)\right)
-- = \mathbb{E}_{q(w)}\left[\log q(w) - \log p(w) - \log p(y \mid w)\right] + \log p(y)$$
--
-- The first two terms are the divergence from the prior. Sorted:
--
-- $$\log p(y) - \mathrm{KL}\left(q(w) \,\|\, p(w \mid y)\right)
-- = \mathbb{E}_{q(w)}\left[\log p(y \mid w)\right] - \mathrm{KL}\left(q(w) \,\|\, p(w)\right)$$
--
-- The right side, the **evidence lower bound** (ELBO), can be computed: the expected log likelihood wants weights
-- that fit the data, the divergence wants weights like the prior's. On the left, $\log p(y)$ does not depend on $q$,
-- and a divergence is never negative. So the ELBO is at most $\log p(y)$, and *making the ELBO large makes $q$ like
-- the posterior.* For the slope we know all parts. The expected log likelihood is that at the mean of $q$, less
-- $\sum_i x_i^2 \sigma^2 / (2 \cdot 0.5^2)$, because $\mathbb{E}[(y - w x)^2] = (y - \mu x)^2 + x^2 \sigma^2$.

-- %%
function elbo(mean, deviation)
    local fit = log_likelihood(mean, xs, ys)
    for _, x in ipairs(xs) do fit = fit - x ^ 2 * deviation ^ 2 / (2 * noise ^ 2) end
    return fit - dist.kl(dist.Normal(mean, deviation), dist.Normal(0, 1)):item()
end
local apart = dist.kl(dist.Normal(0.2, 0.5), dist.Normal(posterior_mean, posterior_deviation)):item()
assert(math.abs(elbo(0.2, 0.5) - (math.log(evidence) - apart)) < 1e-3)
print(("ELBO of q = N(0.2, 0.5^2):  %.3f nats"):format(elbo(0.2, 0.5)))
print(("log p(y) - KL(q || p(w|y)): %.3f"):format(math.log(evidence) - apart))

local means, bounds = torch.linspace(posterior_mean - 1, posterior_mean + 1, 61):totable(), {{}, {}}
for i, mean in ipairs(means) do
    for k, share in ipairs{1, 0.3} do bounds[k][i] = elbo(mean, share * posterior_deviation) end
end
plot.curves({
    {name = "as wide as posterior", x = means, y = bounds[1]},
    {name = "0.3 times as wide", x = means, y = bounds[2]},
    {name = "log evidence", x = means, y = torch.full({61}, math.log(evidence))},
}, {title = "The ELBO lies below the log evidence", x = "mean of q", y = "nats", size = {520, 300}})

-- %% [markdown]
-- The first curve touches the line in one point, where $q$ *is* the posterior. The other one never does: what is
-- missing is its divergence from the posterior. For a network nobody knows how high the line is, but to climb, one
-- need not know it.
--
-- ## Two ways to a gradient
-- The divergence has a formula. The expectation needs draws, and so does its gradient: how does
-- $\mathbb{E}_{q(w)}[f(w)]$ change with $\mu$, where $f(w) = \log p(y \mid w)$? There are two answers.
--
-- - The **score function** (Williams 1992; you may know it as REINFORCE) weighs each draw by $f$: $\;f(w)\,
--   \frac{\partial}{\partial \mu} \log q(w) = f(w)\, \frac{w - \mu}{\sigma^2}$. As $\frac{\partial q}{\partial \mu} =
--   q\, \frac{\partial}{\partial \mu} \log q$, its mean is the derivative of $\int q f$. It never looks at how $f$
--   changes.
-- - The **reparameterisation trick** (Kingma and Welling 2014) writes a draw as $w = \mu + \sigma \varepsilon$ with
--   $\varepsilon \sim \mathcal{N}(0, 1)$. The noise is now an input, and the gradient goes through $w$: $f'(\mu +
--   \sigma \varepsilon)$.
--
-- Both are right on average. **What do you expect:** which is less noisy, and how many draws of the worse one is a
-- draw of the better one worth: 1.1, 2, or hundreds? First a loop with all 20 points, then the same draws with
-- autograd.

-- %%
local xs, ys = first(20)
local x, y, noises, mean, deviation = torch.tensor(xs), torch.tensor(ys), torch.randn(draws), 0.8, 0.2
local score, path = {}, {}
for i, epsilon in ipairs(noises:totable()) do
    local w = mean + deviation * epsilon
    score[i], path[i] = log_likelihood(w, xs, ys) * (w - mean) / deviation ^ 2, 0
    for k = 1, #xs do path[i] = path[i] + xs[k] * (ys[k] - w * xs[k]) / noise ^ 2 end
end

local function f(w) return dist.Normal(w:unsqueeze(2) * x, noise):log_prob(y):sum(2) end
local function gradient(of)
    local mu = torch.tensor({mean}, {requires_grad = true})
    of(mu):mean():backward()
    return mu.grad:item()
end
local w = mean + deviation * noises      -- draws that do not know of mu
local by_autograd = {
    score = gradient(function(mu) return f(w) * dist.Normal(mu, deviation):log_prob(w) end),
    path = gradient(function(mu) return f(mu + deviation * noises) end),
}
score, path = torch.tensor(score), torch.tensor(path)
print(("exact gradient %.2f"):format((x * (y - mean * x)):sum():item() / noise ^ 2))
print("                mean of draws  one draw")
for _, row in ipairs{{"score function", score, by_autograd.score}, {"reparameterised", path, by_autograd.path}} do
    local mean, deviation = row[2]:mean():item(), row[2]:std():item()
    print(("%-15s %5.2f +- %.2f  +- %5.1f"):format(row[1], mean, deviation / math.sqrt(draws), deviation))
    assert(math.abs(mean - row[3]) < 1e-2 * deviation)      -- autograd gives the same
end
print(("one reparameterised draw is worth %.0f"):format((score:var() / path:var()):item()))
plot.histogram({["score function"] = score, reparameterised = path}, {title = "The gradient from one draw",
    x = "estimate of the gradient", bins = 60, range = {-240, 240}, density = true})

-- %% [markdown]
-- Both means agree with the exact gradient, within their noise. But single draws of the score function spread many
-- times as far, and the number of draws that one needs grows with the square of that. So networks are trained by
-- reparameterisation wherever $f$ has a gradient.
--
-- **Exercise 3.** Somebody adds 1000 to the log likelihood of all weights, as a change of units can do. No posterior
-- changes by that. What becomes of the two estimates of the gradient from draws? Put a letter in `constant`.
--
-- - "a": nothing, since the gradient of a constant is 0;
-- - "b": the mean of the score function's becomes wrong by 1000;
-- - "c": the score function's keeps its mean, and gets far noisier; the other one does not change;
-- - "d": both keep their means and get far noisier.

-- %%
constant = nil  -- your answer here

-- %% tags=["solution"]
-- The score function's draw is (f(w) + 1000) (w - mu) / sigma^2. The new part has the mean 0, as w - mu has, but a
-- standard deviation of 1000 / sigma. Reparameterisation uses f'(w), in which no constant occurs. The cure for the
-- score function is to subtract a constant on purpose, a *baseline*.
constant = "c"

-- %% tags=["answer"]
check.answer("constant", constant, {mistakes = {
    {"a", "true of the mean; but what is a single draw of f(w) (w - mu) / sigma^2 with the constant in f?"},
    {"b", "the mean of 1000 (w - mu) / sigma^2 over draws of q is 0"},
    {"d", "f' has no constant in it, so one of the two cannot change"},
}})
check.expect("constant", "missing", nil)
check.expect("constant", "right", "c")
check.expect("constant", "wrong", "a")
check.expect("constant", "wrong", "b")
check.expect("constant", "wrong", "d")
check.expect("constant", "almost", "C")
check.expect("constant", "almost", " c")
check.expect("constant", "wrong", "e")
check.expect("constant", "wrong", "")
check.expect("constant", "wrong", "the score function's")
check.expect("constant", "wrong type", 3)
check.expect("constant", "wrong type", true)
check.expect("constant", "wrong type", {"c"})

-- %%
check("constant", constant)

-- %% [markdown]
-- ## A disappointment: the line by the ELBO
-- Now all together: a mean-field $q$ for the line's two weights, whose exact posterior we know. First by hand. What is
-- minimised is $-\text{ELBO}$; constants are left out.

-- %%
--- Takes steps down a loss, with a rate that falls to 0.
function minimise(parameters, lr, count, loss)
    local optimizer, schedule = optim.Adam(parameters, {lr = lr}), optim.CosineDecay(count)
    for step = 1, count do
        optimizer:zero_grad()
        loss(step):backward()
        optimizer:step(schedule(step))
    end
end

local mean, log_variance = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.full({2}, -2))
minimise({mean, log_variance}, 0.06, 3000, function()
    local deviation = (log_variance / 2):exp()
    local w = mean + deviation * torch.randn(2)
    local misfit = ((features:mv(w) - line_y) / noise):square():sum() / 2
    return misfit + dist.kl(dist.Normal(mean, deviation), dist.Normal(0, 1)):sum()
end)
hand_mean, hand_covariance = mean:detach(), torch.diag(log_variance:detach():exp())

-- %% [markdown]
-- Then with the library. There the line is a convolution: a kernel of size 2 sees rows $(1, x_i)$, and its two weights
-- are intercept and slope. `bayes.Conv1d` is a layer whose kernels have a posterior, by default a mean field; its
-- option `posterior` takes other families, such as "full_covariance" within each kernel. `bayes.Objective` adds
-- $\mathrm{KL} / n$ to a loss that is the mean over $n$ points: $-\text{ELBO} / n$.

-- %%
function fit_line(family)
    local net = nn.Sequential(bayes.Conv1d(1, 1, 2, {bias = false, posterior = family}))
    -- Layers by their paths, which are those of PyTorch's state_dict and count from 0; {2} is the kernel's size.
    local priors = bayes.PriorSet{{name = "line", layers = {"0"}, prior = bayes.NormalPrior({2}, {std = 1})}}
    local objective = bayes.Objective(priors, {volumes = line_y:numel()})      -- how many data points
    bayes.start_posterior(net, {log_variance = -2})     -- the start: the variance exp(-2), as by hand
    bayes.set_mode(net, "train")                        -- draws at each call; "sample" draws now and keeps
    minimise(net, 0.06, 3000, function(step)
        local misfit = ((net(features:unsqueeze(2)):flatten() - line_y) / noise):square():mean() / 2
        return (objective(misfit, net, step))      -- the first of its results, in parentheses
    end)
    -- Draws of the weights: what the line answers to the rows (1, 0) and (0, 1).
    local weights = {}
    for i = 1, draws do
        bayes.set_mode(net, "sample")
        weights[i] = torch.no_grad(function() return net(torch.eye(2):unsqueeze(2)):flatten() end)
    end
    local mean = torch.stack(weights):mean(1)
    local off = torch.stack(weights) - mean
    return mean, off:t():matmul(off) / draws
end
field_mean, field_covariance = fit_line("mean_field")
full_mean, full_covariance = fit_line("full_covariance")

-- %% [markdown]
-- **What do you expect:** the true posterior is a stripe that runs diagonally. What will a $q$ look like that can only
-- choose how wide it is along each axis? And how sure will it be of $y(2)$, the line's answer at $x = 2$, amid the
-- points?

-- %%
best_covariance = torch.diag(1 / torch.diagonal(line_precision))
print("deviation of         w1   w2 y(2) corr.")
for _, row in ipairs{{"exact", line_mean, line_covariance}, {"mean field hand", hand_mean, hand_covariance},
    {"mean field library", field_mean, field_covariance}, {"mean field formula", line_mean, best_covariance},
    {"full cov. library", full_mean, full_covariance}} do
    local c, at_2 = row[3]:totable(), torch.tensor{1, 2}       -- y(2) = 1 w1 + 2 w2
    local a, b = math.sqrt(c[1][1]), math.sqrt(c[2][2])
    print(("%-18s %.2f %.2f %.2f %5.2f"):format(
        row[1], a, b, math.sqrt(at_2:dot(row[3]:mv(at_2)):item()), c[1][2] / (a * b)))
    assert(torch.allclose(row[2], line_mean, {atol = 0.1}))
end
assert(torch.allclose(torch.diagonal(hand_covariance), torch.diagonal(best_covariance), {rtol = 0.2}))
assert(torch.allclose(torch.diagonal(field_covariance), torch.diagonal(best_covariance), {rtol = 0.3}))

--- The ellipse two deviations around the mean.
local function ellipse(name, mean, covariance)
    local angle = torch.linspace(0, 2 * math.pi, 101)
    local circle = torch.stack({angle:cos(), angle:sin()}, 2)
    local points = 2 * circle:matmul(torch.linalg.cholesky(covariance):t()) + mean
    return {name = name, x = points:select(2, 1), y = points:select(2, 2)}
end
plot.curves({
    ellipse("exact", line_mean, line_covariance), ellipse("mean field", field_mean, field_covariance),
    ellipse("full covariance", full_mean, full_covariance),
}, {title = "The line: two deviations around the mean", x = "intercept", y = "slope", size = {520, 340}})

-- %% [markdown]
-- The full covariance finds the exact posterior. The mean field finds its centre. Along the stripe it is far too
-- short, and *across* it even too wide: it sticks out on both sides. Each weight by itself is too narrow, but $y(2)$
-- is too *wide*.
--
-- This is no failure of training, as the best mean field has a formula. Let $m$ be the exact mean. Independent weights
-- leave no mixed terms of $\mathbb{E}_q[\frac{1}{2} (w - m)^T \Lambda (w - m)]$, and $\mathbb{E}_q[\log q]$ leaves
-- logarithms: as a function of the $\sigma_i$, $\mathrm{KL}(q \| p(w \mid y))$ is $\frac{1}{2}\sum_i (\Lambda_{ii}
-- \sigma_i^2 - \log \sigma_i^2)$ and a constant. It is smallest at $\sigma_i^2 = 1 / \Lambda_{ii}$, the variance of one
-- weight *when the other is known*: then only $\Lambda_{ii} w_i^2 / 2$ and a linear term are left of the square.
--
-- **Exercise 4.** How much too narrow? Write `narrowing(rho)`: the deviation of the best mean field as a share of the
-- true one, for two weights whose posterior has the correlation `rho`. A hint: start from unit variances, and invert
-- the matrix $\begin{pmatrix} 1 & \rho \\ \rho & 1 \end{pmatrix}$.

-- %%
narrowing = nil  -- your answer here

-- %% tags=["solution"]
-- The inverse has 1 / (1 - rho^2) on its diagonal. That is Lambda_ii, so the variance is 1 - rho^2 where the true one
-- is 1. A correlation of 0.9 makes q less than half as wide as it should be; the sign does not matter.
function narrowing(rho) return math.sqrt(1 - rho ^ 2) end

-- %% tags=["answer"]
check.answer("narrowing", narrowing, {inputs = {{0.5}, {0.9}, {-0.9}, {0}}, tolerance = 2e-3, mistakes = {
    {function(rho) return 1 - math.abs(rho) end, "it is rho squared that occurs"},
    {function(rho) return math.sqrt(1 - math.abs(rho)) end, "this is the short side of the stripe, a diagonal"},
    {function(rho) return math.sqrt(1 - rho) end, "the sign of the correlation should not matter"},
    {function(rho) return 1 - rho end, "the sign of the correlation should not matter"},
    {function(rho) return 1 / math.sqrt(1 - rho ^ 2) end, "a share of the true one, not the other way round"},
    {function(rho) return 1 / (1 - rho ^ 2) end, "this is the precision"},
    {function(rho) return 1 end, "this is the true deviation, as if q were right"},
    {function(rho) return rho ^ 2 end, "without correlation, q is right"},
    {function(rho) return math.abs(rho) end, "without correlation, q is right"},
}})
check.expect("narrowing", "missing", nil)
check.expect("narrowing", "right", function(rho) return (1 - rho * rho) ^ 0.5 end)
check.expect("narrowing", "right", function(rho) return math.sin(math.acos(rho)) end)
check.expect("narrowing", "almost", function(rho) return 1 - rho ^ 2 end)
check.expect("narrowing", "almost", function(rho) return 1 - math.abs(rho) end)
check.expect("narrowing", "almost", function(rho) return math.sqrt(1 - rho) end)
check.expect("narrowing", "almost", function(rho) return 1 / math.sqrt(1 - rho ^ 2) end)
check.expect("narrowing", "almost", function(rho) return 1 end)
check.expect("narrowing", "almost", function(rho) return rho ^ 2 end)
check.expect("narrowing", "wrong", function(rho) return 0 end)
check.expect("narrowing", "wrong", function(rho) return math.log(-1) end)
check.expect("narrowing", "wrong", function(rho) return rho:sqrt() end)
check.expect("narrowing", "wrong type", function(rho) return torch.tensor{1 - rho ^ 2}:sqrt() end)
check.expect("narrowing", "wrong type", 0.44)

-- %%
check("narrowing", narrowing)

-- %% [markdown]
-- ## Noise in a network's gradient
-- In a layer many weights meet: $b = \sum_i w_i h_i$ for inputs $h_i$. One can draw the weights, and compute $b$. But
-- a sum of independent normal numbers is a normal number, so one can as well draw *the result*:
--
-- $$b \sim \mathcal{N}\left(\sum_i \mu_i h_i,\ \sum_i \sigma_i^2 h_i^2\right)$$
--
-- This is **local reparameterisation** (Kingma, Salimans and Welling 2015), and what Bayesian layers do in the mode
-- "train". Does a loop over drawn weights agree with the formula, and does the library?

-- %%
local h, mu, sigma = {1, -0.5, 2, 0.3}, {0.2, 0.4, -0.1, 1}, 0.6
local results = {}
for d, epsilon in ipairs(torch.randn(draws, 4):totable()) do
    results[d] = 0
    for i = 1, 4 do results[d] = results[d] + (mu[i] + sigma * epsilon[i]) * h[i] end
end
local mean, deviation = torch.tensor(mu):dot(torch.tensor(h)):item(), sigma * torch.tensor(h):norm():item()
print(("weights drawn: mean %.3f, dev. %.3f"):format(
    torch.tensor(results):mean():item(), torch.tensor(results):std():item()))
print(("formula:       mean %.3f, dev. %.3f"):format(mean, deviation))
-- The function of the layer takes the noise as an argument. With noise 1, its result is mean + 1 * deviation.
local result = nn.functional.bayesian_conv(torch.tensor(h):reshape(1, 4, 1), torch.tensor(mu):reshape(1, 4, 1),
    torch.full({1, 4, 1}, 2 * math.log(sigma)), torch.ones(1, 1, 1)):item()
assert(math.abs(result - (mean + deviation)) < 1e-4)
print(("library:       mean + dev. %.3f"):format(result))

-- %% [markdown]
-- Why take the trouble? One can draw the weights once for a batch, or each point's result by itself. **What do you
-- expect:** how does the variance of the gradient fall with the size of the batch, in the two ways?

-- %%
--- A hidden layer, drawn once and frozen: 50 ramps max(0, x - c) or max(0, c - x), with bends c from -3 to 3.
hidden = 50
torch.manual_seed(seed)
local direction, bend = 2 * torch.bernoulli(torch.full({hidden}, 0.5)) - 1, 6 * torch.rand(hidden) - 3
ramps = nn.Conv1d(2, hidden, 1, {bias = false})
torch.no_grad(function() ramps.weight:copy_(torch.stack({-direction * bend, direction}, 2):unsqueeze(3)) end)
ramps.weight:requires_grad_(false)
function rows(x) return torch.stack({torch.ones(x:numel()), x}, 2):unsqueeze(3) end     -- (1, x) for each point

local layer = bayes.Conv1d(hidden, 1, 1, {bias = false})
bayes.start_posterior(layer, {log_variance = -3})
bayes.set_mode(layer, "train")
local function once_a_batch(h)
    local w = layer.weight + (layer.log_variance / 2):exp() * torch.randn_like(layer.weight)
    return nn.functional.conv1d(h, w)
end
local found = {{}, {}}
for place, size in ipairs{1, 4, 16, 64, 256} do
    local x = torch.linspace(-2, 2, 2 * size + 1):slice(1, 2, -1, 2)      -- the middles of `size` equal parts
    local h = ramps(rows(x)):relu()
    for way, answer in ipairs{once_a_batch, layer} do      -- a layer that is called draws once a result
        local gradients = {}
        for repetition = 1, 300 do
            layer:zero_grad()
            local loss = (answer(h):flatten() - x:sin()):square():mean()
            loss:backward()
            gradients[repetition] = torch.cat({layer.weight.grad, layer.log_variance.grad}, 2):flatten()
        end
        found[way][place] = math.log(torch.stack(gradients):var(1):sum():item(), 10)
    end
end
local ratio = 10 ^ (found[1][5] - found[2][5])
print(("256 points: %.0f times the variance"):format(ratio))
plot.curves({
    {name = "one draw a batch", x = {1, 2, 3, 4, 5}, y = found[1]},
    {name = "one draw a result", x = {1, 2, 3, 4, 5}, y = found[2]},
}, {title = "Noise of the gradient", x = "points in the batch", x_names = {"1", "4", "16", "64", "256"},
    y = "log10 of the variance", size = {520, 300}})

-- %% [markdown]
-- With one point both are about the same. With one draw a batch, more points hardly help: they all share one accident.
-- With one draw a result, each point has its own, and accidents average out: the variance goes on falling. In a U-Net
-- each kernel gives thousands of results a volume. (The price: results drawn one by one belong to no single network. To
-- *predict*, weights are drawn once and kept: the mode "sample".)
--
-- ## A network, and what it says
-- A network with 50 hidden units learns from two groups of points with a gap between them. Its hidden layer is the
-- frozen one above; only the 50 weights of the last layer are learnt, with the prior $\mathcal{N}(0, 1.5^2 / 50)$. So
-- it is linear in what is unknown, and *its exact posterior has a formula*, that of the line with 50 columns instead
-- of 2.
--
-- **What do you expect:** where should one be unsure of the curve? Where will the mean field be?

-- %%
torch.manual_seed(seed)
gap_x = torch.cat({torch.linspace(-2, -1, 7), torch.linspace(1, 2, 7)}, 1)
gap_noise, last_deviation = 0.1, 1.5 / math.sqrt(hidden)
gap_y = 0.7 * (1.5 * gap_x):sin() + gap_noise * torch.randn(14)
wide_x = torch.linspace(-3.5, 3.5, 71)

--- Trains a network on the points, and gives it. Log-variances have further to go than means, so their rate is larger.
function learn(net, groups, beta)
    local objective = bayes.Objective(bayes.PriorSet(groups), {volumes = 14, beta = beta})
    bayes.start_posterior(net, {log_variance = -6})     -- narrow: a wide start makes noisy gradients
    bayes.set_mode(net, "train")
    local means, log_variances = {}, {}
    for _, parameter in ipairs(net:named_parameters()) do
        local list = parameter[1]:match("log_variance$") and log_variances or means
        if parameter[2].requires_grad then list[#list + 1] = parameter[2] end
    end
    minimise({{params = means, lr = 0.01}, {params = log_variances, lr = 0.03}}, nil, steps, function(step)
        local misfit = ((net(rows(gap_x)):flatten() - gap_y) / gap_noise):square():mean() / 2
        return (objective(misfit, net, step))
    end)
    return net
end
last_prior = bayes.NormalPrior({1}, {std = last_deviation})
function learn_last(beta)
    local net = nn.Sequential(ramps, nn.ReLU(), bayes.Conv1d(hidden, 1, 1, {bias = false}))
    return learn(net, {{name = "last", layers = {"2"}, prior = last_prior}}, beta)      -- "2" is net[3]
end

-- %%
--- Mean and deviation of the curve, over networks that are drawn from the posterior.
function curve(net)
    local answers = {}
    for i = 1, 400 do
        bayes.set_mode(net, "sample")
        answers[i] = torch.no_grad(function() return net(rows(wide_x)):flatten() end)
    end
    return {mean = torch.stack(answers):mean(1), deviation = torch.stack(answers):std(1)}
end
field_curve = curve(learn_last(1))

local h, wide_h = ramps(rows(gap_x)):relu():squeeze(3), ramps(rows(wide_x)):relu():squeeze(3)
local mean, covariance = exact_weights(h, gap_y, last_deviation, gap_noise)
-- The variance of the answer h . w is h^T Sigma h; here for all rows h at once.
exact_curve = {mean = wide_h:mv(mean), deviation = (wide_h:matmul(covariance) * wide_h):sum(2):sqrt()}

-- %%
--- The outline of two deviations around a curve; what is not a number leaves a gap.
local gap = torch.full({1}, 0 / 0)
function band(name, found)
    local high, low = found.mean + 2 * found.deviation, found.mean - 2 * found.deviation
    return {name = name, x = torch.cat({wide_x, gap, wide_x}, 1), y = torch.cat({high, gap, low}, 1)}
end
points = {name = "points", x = gap_x, y = gap_y, points = true}
plot.curves({points, band("exact", exact_curve), band("mean field", field_curve)},
    {title = "The network: two deviations around the mean", x = "x", y = "y", size = {520, 340}})

-- %% [markdown]
-- Both follow the points, and both open far away from them. In between, the exact band has a belly, as it should:
-- nothing was measured there. The mean field has none. It is as narrow in the gap as it gets anywhere, and too wide
-- at the points.
--
-- How can narrow weights give a wide band? As with $y(2)$ of the line: at the points the errors of correlated weights
-- cancel, and independent ones cannot. So weights are too narrow, answers at the points too wide, and in the gap too
-- narrow. (Beyond the points it may be either: too wide here; too narrow for the line, whose $w_1$ is $y(0)$.)
--
-- ## In the gap
-- The same as a curve of the deviation alone. One more network joins: now *all* weights have a posterior, those of
-- the hidden layer, too, with a prior $\mathcal{N}(0, 1.5^2)$. Its exact posterior is not known.
--
-- **What do you expect:** does a network with more weights that are unsure become less sure in the gap?

-- %%
function all_bayesian()
    local first, last = bayes.Conv1d(2, hidden, 1, {bias = false}), bayes.Conv1d(hidden, 1, 1, {bias = false})
    return nn.Sequential(first, nn.ReLU(), last)
end
network = all_bayesian()
learn(network, {{name = "first", layers = {"0"}, prior = bayes.NormalPrior({1}, {std = 1.5})},
    {name = "last", layers = {"2"}, prior = last_prior}}, 1)
local lines = {}
print("deviation at x =         -1.5    0  3.5")
for i, row in ipairs{{"exact, last layer", exact_curve}, {"mean field, last layer", field_curve},
    {"mean field, all weights", curve(network)}} do
    local at = row[2].deviation
    lines[i] = {name = row[1], x = wide_x, y = at}
    print(("%-23s %5.2f %.2f %.2f"):format(row[1], at[21]:item(), at[36]:item(), at[71]:item()))
end
plot.curves(lines, {title = "How unsure the curve is (points lie at 1 to 2 on both sides)", x = "x",
    y = "standard deviation of the answer", size = {520, 320}})

-- %% [markdown]
-- The exact deviation is low at both groups of points and rises between them. Both mean fields do the opposite: more
-- unsure weights did not make the gap less sure. Foong et al. (2019) described this: what a mean field of a network
-- lacks is *in-between uncertainty*. It is no accident of these data, which is easy to see for the last layer. With
-- independent weights the variance of the answer is $\sum_i \sigma_i^2\, h_i(x)^2$. Each ramp squared is a **convex**
-- function of $x$, one that nowhere lies above its chords, and so is the sum. A convex curve has no hump in the middle,
-- whatever the $\sigma_i$ are. The exact one owes its hump to the correlations of weights.
--
-- Keep this in mind where a later lesson shows a map of uncertainty: what a mean field is sure of need not be sure.
--
-- **Exercise 5.** In such a network (ramps, a last layer with independent weights) the answer has the standard
-- deviation 0.3 at $x = -1$ and 0.1 at $x = 1$. What is the largest standard deviation that it can have at $x = 0$? Put
-- it in `middle`. A hint: the deviation is the length of the vector of all $\sigma_i h_i(x)$. Is it convex, too?

-- %%
middle = nil  -- your answer here

-- %% tags=["solution"]
-- Halfway, each ramp is at most the mean of its ends, so the vector is at most the mean of both vectors. A mean of two
-- vectors is no longer than the mean of their lengths. One ramp reaches it: max(0, 2 - x) with sigma = 0.1.
middle = (0.3 + 0.1) / 2

-- %% tags=["answer"]
local chord = "the variance's chord allows this, but the deviation is convex as well, and its chord is lower"
check.answer("middle", middle, {tolerance = 0.01, mistakes = {
    {math.sqrt(0.05), chord}, {0.22, chord},
    {0.3, "it lies below the chord, not only below the higher end"},
    {0.1, "at most: it may be larger than at the lower end"},
    {0.05, "this is the mean of the variances"},
    {math.sqrt(0.1), "the middle of a chord is the mean of its ends, not their sum; and of which quantity?"},
    {math.sqrt(0.03), "the middle of a chord is an arithmetic mean"},
}})
check.expect("middle", "missing", nil)
check.expect("middle", "right", 0.2)
check.expect("middle", "almost", 0.2236)
check.expect("middle", "almost", 0.21)
check.expect("middle", "almost", 0.3)
check.expect("middle", "almost", 0.1)
check.expect("middle", "almost", 0.05)
check.expect("middle", "almost", 0.3162)
check.expect("middle", "almost", 0.1732)
check.expect("middle", "almost", 0.4)
check.expect("middle", "almost", -0.2)
check.expect("middle", "wrong", 0)
check.expect("middle", "wrong", 0.25)
check.expect("middle", "wrong", 0 / 0)
check.expect("middle", "wrong type", "0.2")
check.expect("middle", "wrong type", torch.tensor{0.2})

-- %%
check("middle", middle)

-- %% [markdown]
-- ## The weight of the divergence
-- Often the divergence is multiplied by a number $\beta$. Bayes' rule has $\beta = 1$; in practice smaller ones are
-- common (Wenzel et al. 2020 collect examples).
--
-- **What do you expect:** what does the network with the frozen layer say with $\beta = 0$, and with $\beta = 100$?

-- %%
local shown = {points}
print(" beta  off by  dev. at 0  KL in nats")      -- "off by": root mean square at the points
local function row(...) print(("%5s %7.3f %10.3f %11.0f"):format(...)) end
for _, beta in ipairs{0, 1, 100} do
    local net = learn_last(beta)
    local found, layer = curve(net), net[3]
    bayes.set_mode(net, "mean")
    local misfit = (net(rows(gap_x)):flatten() - gap_y):square():mean():sqrt():item()
    -- The bound of a normal prior is the divergence itself.
    row(beta, misfit, found.deviation[36]:item(), last_prior:bound(layer.weight, layer.log_variance):item())
    shown[#shown + 1] = band(("beta = %d"):format(beta), found)
end
-- The prior itself: its mean is a flat line at 0.
row("prior", gap_y:square():mean():sqrt():item(),
    last_deviation * ramps(rows(torch.zeros(1))):relu():norm():item(), 0)
plot.curves(shown, {title = "The weight of the divergence", x = "x", y = "y", size = {520, 340}, y_range = {-4, 4}})

-- %% [markdown]
-- With $\beta = 0$ nothing holds the widths. Any width makes the fit worse, so they shrink as long as training goes
-- on, and the band closes: ordinary training, sure of itself. With $\beta = 100$ the prior pulls a hundred times as
-- hard: the fit is the worst, and the band (the picture cuts it off) is wide even at the points, on its way back to
-- the prior's, the last row. There is a plain meaning in it. Multiplying the divergence by $\beta$ and dividing the
-- log likelihood by $\beta$ have the same best $q$: it is *as if each point counted for $1 / \beta$ points*.
--
-- **Exercise 6.** Back to one weight with the prior $\mathcal{N}(0, 1)$. The points give it the precision
-- `information`, that is $\sum_i x_i^2 / 0.5^2$. Write `tempered(beta, information)`: the standard deviation of the
-- best $q$ when the divergence counts `beta` times.

-- %%
tempered = nil  -- your answer here

-- %% tags=["solution"]
-- Each point counts for 1 / beta points, so its part of the precision is divided by beta. The prior's part stays.
-- With beta = 0 the width is 0, with a large beta it is the prior's.
function tempered(beta, information) return 1 / math.sqrt(1 + information / beta) end

-- %% tags=["answer"]
check.answer("tempered", tempered, {inputs = {{1, 8}, {100, 8}, {0.1, 8}, {10, 200}}, mistakes = {
    {function(beta, i) return 1 / math.sqrt(1 + i * beta) end, "with a large beta the prior should win"},
    {function(beta, i) return 1 / math.sqrt(beta + i) end, "with a large beta it should become 1, the prior's"},
    {function(beta, i) return 1 / math.sqrt(1 / beta + i) end, "with a large beta the prior should win"},
    {function(beta, i) return 1 / math.sqrt(1 + i) end, "beta is not used"},
    {function(beta, i) return math.sqrt(beta / i) end, "the prior's own precision is missing"},
    {function(beta, i) return math.sqrt(beta / (1 + i)) end, "only the points' part is divided by beta"},
    {function(beta, i) return 1 + i / beta end, "this is the precision"},
    {function(beta, i) return math.sqrt(1 + i / beta) end, "this is the root of the precision"},
    {function(beta, i) return 1 / math.sqrt(1 + i / beta ^ 2) end, "it is beta, not beta squared"},
}})
check.expect("tempered", "missing", nil)
check.expect("tempered", "right", function(beta, i) return math.sqrt(beta / (beta + i)) end)
check.expect("tempered", "almost", function(beta, i) return 1 / (1 + i / beta) end)
check.expect("tempered", "almost", function(beta, i) return 1 / math.sqrt(1 + i * beta) end)
check.expect("tempered", "almost", function(beta, i) return 1 / math.sqrt(beta + i) end)
check.expect("tempered", "almost", function(beta, i) return 1 / math.sqrt(1 / beta + i) end)
check.expect("tempered", "almost", function(beta, i) return (1 + i) ^ -0.5 end)
check.expect("tempered", "almost", function(beta, i) return math.sqrt(beta / (1 + i)) end)
check.expect("tempered", "almost", function(beta, i) return math.sqrt(beta / i) end)
check.expect("tempered", "almost", function(beta, i) return 1 + i / beta end)
check.expect("tempered", "wrong", function(beta, i) return 1 end)
check.expect("tempered", "wrong", function(beta) return 1 / beta end)
check.expect("tempered", "wrong", function(beta, i) return i:sqrt() end)
check.expect("tempered", "wrong type", function(beta, i) return torch.tensor{1 + i / beta} end)
check.expect("tempered", "wrong type", 0.333)

-- %%
check("tempered", tempered)

-- %% [markdown]
-- ## Kept for later
-- The posterior's parameters: of the line the mean and both covariances, of the network (all weights) means and
-- log-variances by name. `study.write_text` makes the folder, too. Read again, the network answers as before.

-- %%
study.write_text("course/lesson-3.txt", "line.*: the posterior of intercept and slope; network.*: that of a network "
    .. "2 -> 50 -> 1, by layer weight (the means) and log_variance; gap.*: its points\n")
local kept = {["line.mean"] = line_mean, ["line.covariance"] = line_covariance, ["gap.x"] = gap_x, ["gap.y"] = gap_y,
    ["line.mean_field_covariance"] = hand_covariance}
for name, tensor in pairs(network:state_dict()) do kept["network." .. name] = tensor:detach() end
torch.save(kept, "course/lesson-3.safetensors", {metadata = {lesson = "3", noise = tostring(gap_noise)}})

local again, state = all_bayesian(), {}
for name, tensor in pairs(torch.load("course/lesson-3.safetensors")) do
    if name:match("^network") then state[name:gsub("network.", "", 1)] = tensor end
end
again:load_state_dict(state)
bayes.set_mode(network, "mean")
assert(torch.equal(network(rows(wide_x)), again(rows(wide_x))))
print("kept in course/lesson-3.safetensors")

-- %% [markdown]
-- ## What you have learnt
-- - A posterior weighs prior and data by their precisions. A prior matters most where there are few points, for
--   better or for worse.
-- - The posterior of a network cannot be computed. Variational inference trains a $q$ by the ELBO: expected log
--   likelihood less the divergence from the prior.
-- - Gradients go through draws by reparameterisation, with the least noise where each result is drawn by itself.
-- - A mean field makes each *weight* too narrow where weights correlate. Its *answers* are too wide at the points, on
--   the whole, and too sure in gaps.
-- - $\beta$ says how much a point counts: for $1 / \beta$ points.
--
-- ## What comes next
-- All priors here were $\mathcal{N}(0, \sigma^2)$, chosen by hand, and knew nothing but a size. The next lessons put
-- a prior over whole *kernels* in that place, learnt from trained networks: $p(w) = \int p(w \mid z)\, p(z)\, dz$.
-- The ELBO stays as it is. But such a prior has no formula for $\mathrm{KL}(q \| p)$, only draws and one more bound.
-- And the question stays that of the three priors above: is it about right, and is it as unsure as it should be?
