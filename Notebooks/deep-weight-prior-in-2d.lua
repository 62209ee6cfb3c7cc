-- %% [markdown]
-- # The deep weight prior on small images
-- Suppose you have to learn digits from *twenty* images, two of each. A network that starts from random numbers has
-- little to go by. But you have seen other images: letters. Strokes, corners and edges are the same in both, so the
-- convolution kernels that a network finds on letters should be good for digits, too.
--
-- This notebook takes that idea from end to end:
--
-- 1. networks learn letters, and we look at their kernels;
-- 2. a small model learns what such kernels look like: the *prior*;
-- 3. a Bayesian network learns digits from 20, 50 and 100 images, with that prior and with others;
-- 4. kernels drawn from the prior are tried without any Bayes: as fixed features, and as first weights.
--
-- The idea is that of Atanov et al., *The Deep Weight Prior* (ICLR 2019), who used notMNIST and MNIST. Here the images
-- are characters of fonts, so that they can be made on any machine. It takes about two minutes.
--
--     lunette notebook run Notebooks/deep-weight-prior-in-2d.lua

-- %% tags=["parameters"]
-- How often each experiment is repeated, how long networks learn letters and digits, and the weight of
-- the prior.
repetitions = 5
source_steps = 250
steps = 150
beta = 0.01
seed = 1

-- %% [markdown]
-- ## Letters and digits
-- `plot.glyphs` draws characters in several fonts, and turns, shears, stretches, shifts and bends each a little. An
-- image has 28x28 pixels, from 0 (black) to 1 (white). Letters are the *source*: we have thousands. Digits are the
-- *target*: we have few.

-- %%
torch.manual_seed(seed)
letters, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
letter_images, letter_labels = plot.glyphs(letters, {count = 4000})
test_images, test_labels = plot.glyphs(digits, {count = 1000})
few_images = plot.glyphs(digits, {count = 20})
plot.images({
    {title = "letters: some of 4000", images = letter_images, limit = 40},
    {title = "digits: all that a network may get to see", images = few_images},
}, {columns = 20, pixel = 1.2})

-- %% [markdown]
-- ## Networks learn the letters
-- The network is that of the paper: a convolution with 7x7 kernels, one with 5x5 kernels, each followed by LeakyReLU
-- and max-pooling, and a linear layer to the classes. The letter networks are wider than the digit networks will be;
-- that does not matter, as we are after single kernels.
--
-- The first weights are ten times smaller than usual (`initial_scale`), because large ones would hide what training
-- adds. Four networks learn from different random starts.

-- %%
function network(channels, classes, options)
    options = options or {}
    local conv = options.conv or nn.Conv2d
    local first = {initial_scale = options.initial_scale}
    return nn.Sequential(
        conv(1, channels[1], 7, first), nn.LeakyReLU(), nn.MaxPool2d(2),
        conv(channels[1], channels[2], 5, first), nn.LeakyReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(9 * channels[2], classes))
end
conv_layers = {"0", "3"}                            -- the paths of the two convolutions

--- The share of images whose most probable class is the right one.
function accuracy(scores, labels) return scores:argmax(2):eq(labels + 1):mean():item() end

--- Random 64 of the images, or all where there are fewer.
function batch(images, labels)
    if images:size(1) <= 64 then return images, labels end
    local chosen = torch.randint(1, images:size(1), {64})
    return images:index_select(1, chosen), labels:index_select(1, chosen)
end

sources, losses = {}, {}
for run = 1, 4 do
    local net = network({32, 64}, #letters, {initial_scale = 0.1})
    local optimizer = optim.Adam(net, {lr = 3e-3, weight_decay = 1e-4})
    local schedule = optim.CosineDecay(source_steps)
    local curve = {}
    for step = 1, source_steps do
        local images, labels = batch(letter_images, letter_labels)
        local loss = nn.functional.cross_entropy(net(images), labels)
        optimizer:zero_grad()
        loss:backward()
        optimizer:step(schedule(step))
        curve[step] = loss:item()
    end
    sources[run], losses["network " .. run] = {net}, curve
end
unseen_images, unseen_labels = plot.glyphs(letters, {count = 1040})
for run, net in ipairs(sources) do
    local right = accuracy(torch.no_grad(function() return net[1](unseen_images) end), unseen_labels)
    print(("network %d: %.1f%% of unseen letters right"):format(run, 100 * right))
end
plot.curves(losses, {title = "The networks learn letters", x = "step", y = "cross entropy", smooth = 9})

-- %% [markdown]
-- ## The kernels, and a prior over them
-- A **kernel bank** collects the kernels of a layer from all networks, and divides them by the layer's scale. Three
-- networks teach the prior, the fourth will judge it.
--
-- The prior is a **variational autoencoder** (VAE): it draws a few hidden numbers, the *code* $z$, from a standard
-- Gaussian, and a decoder turns them into a kernel, $p(w) = \int p(w \mid z)\, p(z)\, dz$. How it is trained, and what
-- its bound means, is the matter of [kernels have structure](kernels-have-structure.lua).

-- %%
banks, vaes, gaussians, examples = {}, {}, {}, {}
settings = {["0"] = {epochs = 300, batch_size = 32, lr = 2e-3}, ["3"] = {epochs = 30, lr = 2e-3}}
print("log density of kernels of the network that no prior saw (nats a kernel, larger is better)")
for _, layer in ipairs(conv_layers) do
    banks[layer] = bayes.KernelBank(sources, {layer})
    local seen = banks[layer]:select{runs = {1, 2, 3}}:standardized{layer}
    local unseen = banks[layer]:select{runs = {4}}:standardized{layer}
    local side = seen:size(2)
    vaes[layer] = bayes.KernelVAE({side, side}, {latent_size = 4, hidden_channels = 16})
    vaes[layer]:train(seen, settings[layer])
    gaussians[layer] = bayes.FullCovariance(seen)
    local independent = bayes.IndependentNormals(seen)
    print(("%dx%d, %5d kernels: independent %.2f, VAE at least %.2f, full covariance %.2f"):format(
        side, side, seen:size(1), independent:log_prob(unseen):mean():item(),
        vaes[layer]:elbo(unseen, {samples = 20}), gaussians[layer]:log_prob(unseen):mean():item()))
    local shown = torch.randperm(seen:size(1))[{{1, 16}}]
    local function show(title, kernels) examples[#examples + 1] = {title = title, kernels = kernels} end
    show(side .. "x" .. side .. " of the bank", seen:index_select(1, shown))
    show("drawn from the VAE, means", vaes[layer]:sample(16, {noisy = false}))
    show("drawn from the VAE", vaes[layer]:sample(16))
end
plot.kernels(examples, {columns = 16, cell = 4, title = "Kernels: blue is negative, red positive"})

-- %% [markdown]
-- The kernels of the bank are smooth: edges and blobs. Independent weights cannot say that; the VAE can, and so can a
-- Gaussian that knows the covariance of every two weights of a kernel. Compare their numbers above: the simple
-- Gaussian is a strong rival. (The first line of draws shows the means of $p(w \mid z)$; a true draw has their noise,
-- too.)
--
-- ## A network whose weights are distributions
-- A plain network has *one* number for each weight, and with 20 images there are very many settings of the weights
-- that fit them all. **Bayes' rule** says what to do with a prior $p(w)$: weigh each setting by how probable it was
-- before, times how well it explains the images. The result is a distribution over weights, the **posterior**, and
-- predictions are averages over it.
--
-- The posterior cannot be computed. **Variational inference** takes the best of a simple family: here each weight of
-- the convolutions has a Gaussian $q(w) = \mathcal{N}(\mu, \sigma^2)$ of its own, and $\mu$ and $\sigma$ are trained
-- by gradients. The loss for $n$ images is
--
-- $$\frac{1}{n} \sum_{i=1}^{n} -\log p(y_i \mid x_i, w) + \frac{\beta}{n} \mathrm{KL}\left(q(w) \,\|\, p(w)\right),
-- \qquad w \sim q$$
--
-- The first term is the cross entropy. The second, the *Kullback-Leibler divergence*, says how far the posterior has
-- moved away from the prior; for the VAE it is bounded from above. Bayes' rule has $\beta = 1$. A smaller $\beta$
-- trusts the prior less: that is common practice (a "cold" posterior), and exercise 1 shows what would happen without.
--
-- Three priors, and two plain networks for comparison:
--
-- | method | what it believes of kernels before it sees a digit |
-- |---|---|
-- | deep weight prior | they look like kernels of letter networks |
-- | N(0, sigma) | weights are independent, as large as in letter networks |
-- | log-uniform | weights are independent, of any magnitude |
-- | no prior | a plain network, from PyTorch's usual first weights |
-- | no prior, kernels drawn | a plain network whose first kernels are drawn from the VAE |
--
-- The last line is there to be fair. Posteriors *start* at draws from their prior; how much of what the deep weight
-- prior gains is owed to the start alone?

-- %%
priors = {}
priors["deep weight prior"] = function(layer)
    -- A random share of the kernels stands for all of them in a step, which is faster.
    return bayes.VAEPrior(vaes[layer], {share = 128, control = gaussians[layer]})
end
priors["N(0, sigma)"] = function(layer) return bayes.NormalPrior(vaes[layer]:sample(1)[1]:size()) end
priors["log-uniform"] = function(layer) return bayes.LogUniform(vaes[layer]:sample(1)[1]:size()) end

--- The priors of both convolutions; the bank tells the scale of each.
function prior_set(kind)
    local groups = {}
    for i, layer in ipairs(conv_layers) do
        groups[i] = {name = layer, layers = {layer}, prior = priors[kind](layer), bank = banks[layer]}
    end
    return bayes.PriorSet(groups)
end

--- Replaces the kernels of a plain network by what `draw` gives for a layer and a number of kernels.
function set_kernels(net, draw)
    torch.no_grad(function()
        for _, layer in ipairs(conv_layers) do
            local weight = net:layer(layer).weight
            local kernels = draw(layer, weight:size(1) * weight:size(2))
            weight:copy_(kernels:reshape(table.unpack(weight:size())))
        end
    end)
end
function from_vae(layer, count) return vaes[layer]:sample(count) * banks[layer]:scale(layer) end

--- Trains for `count` steps on images; `objective` adds the divergence from the prior to the loss.
function learn(net, images, labels, count, parameters, objective)
    local optimizer, schedule = optim.Adam(parameters or net, {lr = 3e-3}), optim.CosineDecay(count)
    for step = 1, count do
        local x, y = batch(images, labels)
        local loss = nn.functional.cross_entropy(net(x), y)
        if objective then loss = objective(loss, net, step) end
        optimizer:zero_grad()
        loss:backward()
        optimizer:step(schedule(step))
    end
    return net
end

function learn_bayesian(kind, images, labels, weight_of_prior)
    local net, set = network({16, 32}, #digits, {conv = bayes.Conv2d}), prior_set(kind)
    -- Draws from the log-uniform prior have any magnitude: there PyTorch's first weights are the start.
    bayes.start_posterior(net, {prior = kind ~= "log-uniform" and set or nil, share = 0.1})
    bayes.set_mode(net, "train")
    local weights, log_variances = {}, {}
    for _, parameter in ipairs(net:named_parameters()) do
        table.insert(parameter[1]:match("log_variance$") and log_variances or weights, parameter[2])
    end
    local parameters = {{params = weights, lr = 3e-3}, {params = log_variances, lr = 1e-2}}
    if #set:parameters() > 0 then parameters[3] = {params = set:parameters(), lr = 5e-4} end
    local objective = bayes.Objective(set, {volumes = images:size(1), beta = weight_of_prior or beta})
    return learn(net, images, labels, steps, parameters, objective)
end

function learn_plain(images, labels, draw)
    local net = network({16, 32}, #digits)
    if draw then set_kernels(net, draw) end
    return learn(net, images, labels, steps)
end

--- The probabilities of the test images' classes, averaged over 10 draws of Bayesian weights.
function predict(net, is_bayesian)
    return bayes.predict(net, test_images, {samples = is_bayesian and 10 or nil})
end

-- %% [markdown]
-- ## Accuracy against the number of images
-- Each repetition draws other training images and other first weights; within a repetition all methods get the same
-- images. The test images, and the priors, are the same throughout. Error bars are standard errors over the
-- repetitions.

-- %%
order = {"deep weight prior", "N(0, sigma)", "log-uniform", "no prior", "no prior, kernels drawn"}
numbers = {20, 50, 100}

--- Repeats an experiment for each number of images; `run(method, images, labels)` gives a score.
function repeat_for(methods, run)
    local found = {}
    for i, method in ipairs(methods) do
        found[i] = {name = method, x = numbers, y = {}, errors = {}, scores = {}}
    end
    for place, count in ipairs(numbers) do
        local scores = {}
        for i in ipairs(methods) do scores[i] = {} end
        for repetition = 1, repetitions do
            torch.manual_seed(seed * 1000 + repetition)
            local images, labels = plot.glyphs(digits, {count = count})
            for i, method in ipairs(methods) do scores[i][repetition] = run(method, images, labels) end
        end
        for i, curve in ipairs(found) do
            local all = torch.tensor(scores[i])
            curve.y[place] = all:mean():item()
            curve.errors[place] = repetitions > 1 and all:std():item() / math.sqrt(repetitions) or 0
            curve.scores[place] = scores[i]
        end
    end
    return found
end

--- The curves as lines of text, and as a figure without the single scores.
function show(curves, title)
    print(("%-28s"):format("images:") .. ("%15d"):rep(#numbers):format(table.unpack(numbers)))
    local drawn = {}
    for i, curve in ipairs(curves) do
        local cells = {}
        for place in ipairs(numbers) do
            cells[place] = ("%6.3f +- %.3f"):format(curve.y[place], curve.errors[place])
        end
        print(("%-28s  %s"):format(curve.name, table.concat(cells, "")))
        drawn[i] = {name = curve.name, x = curve.x, y = curve.y, errors = curve.errors}
    end
    return plot.curves(drawn,
        {title = title, x = "training images", y = "accuracy on unseen digits", size = {560, 320}})
end

compared = repeat_for(order, function(method, images, labels)
    if priors[method] then
        last = predict(learn_bayesian(method, images, labels), true)
        if method == "deep weight prior" then sure = last end
        return accuracy(last.probability, test_labels)
    end
    local net = learn_plain(images, labels, method == "no prior, kernels drawn" and from_vae or nil)
    return accuracy(predict(net).probability, test_labels)
end)
show(compared, "Digits from few images")

-- %% [markdown]
-- Are the differences more than chance? All methods saw the same images in each repetition, so we can look at the
-- differences one by one. The interval is a *bootstrap* interval: what the mean difference would be, had other
-- repetitions come up.

-- %%
for _, other in ipairs{2, 3, 4, 5} do
    for place, count in ipairs(numbers) do
        local found = stats.bootstrap(compared[1].scores[place], compared[other].scores[place])
        print(("deep weight prior - %-24s n = %3d: %+.3f  (95%%: %+.3f to %+.3f)"):format(
            order[other] .. ",", count, found.mean, found.low, found.high))
    end
end

-- %% [markdown]
-- An interval that lies above 0 speaks for the deep weight prior, one below 0 against it, and one that holds 0 leaves
-- the question open. (With few repetitions, such intervals are somewhat too narrow.)
--
-- ## It knows when it does not know
-- Each draw of the weights gives its own opinion. Where the opinions differ, or each is torn, the averaged
-- probabilities are spread over several digits: their *entropy* is high. Here are the test digits of which the last
-- network with the deep weight prior was most and least sure.

-- %%
entropy = sure.entropy:reshape(-1)
ranks = {}
for i, value in ipairs(entropy:totable()) do ranks[i] = {place = i, entropy = value} end
table.sort(ranks, function(a, b) return a.entropy < b.entropy end)
function places(first, last)
    local chosen = {}
    for rank = first, last do chosen[#chosen + 1] = ranks[rank].place end
    return torch.tensor(chosen)
end
for _, part in ipairs{{"surest half", 1, 500}, {"other half", 501, 1000}} do
    local chosen = places(part[2], part[3])
    local right = accuracy(sure.probability:index_select(1, chosen), test_labels:index_select(1, chosen))
    print(("%s of the test digits: %.1f%% right"):format(part[1], 100 * right))
end
plot.images({
    {title = "surest", images = test_images:index_select(1, places(1, 24))},
    {title = "least sure", images = test_images:index_select(1, places(977, 1000))},
}, {columns = 12})

-- %% [markdown]
-- **Exercise 1.** Bayes' rule has $\beta = 1$. Try it, and smaller ones, with 50 images. Which prior suffers most, and
-- why? Hint: the network has 13,584 weights in its convolutions, and a probability of 1/10 for the right digit costs
-- $\log 10 \approx 2.3$ nats an image.

-- %% tags=["solution"]
-- 50 images are worth about 50 * 2.3 = 115 nats: that is all the cross entropy that can be saved. A
-- divergence of a hundredth of a nat for each weight costs more. With beta = 1 it pays to stay at the
-- prior and to ignore the images. If that prior says nothing but "independent weights", the kernels are
-- then noise, another one at each draw; draws from the deep weight prior at least are edges and blobs.
for _, weight in ipairs{1, 0.1, 0.01} do
    for _, kind in ipairs{"deep weight prior", "N(0, sigma)", "log-uniform"} do
        torch.manual_seed(seed)
        local images, labels = plot.glyphs(digits, {count = 50})
        local prediction = predict(learn_bayesian(kind, images, labels, weight), true)
        local right = accuracy(prediction.probability, test_labels)
        print(("beta %-5g %-20s %.3f"):format(weight, kind, right))
    end
end

-- %% [markdown]
-- ## Random features
-- A harder test of the kernels alone, without Bayes: draw all kernels at random, *freeze* them, and train only the
-- linear layer on top. It can but choose among the features that the random kernels happen to compute. The usual
-- random kernels are Xavier's, independent numbers of a variance that keeps signals at their size.

-- %%
function xavier(layer, count)
    local outputs, side = layer == "0" and 16 or 32, vaes[layer]:sample(1):size(2)
    local inputs = count // outputs
    return torch.randn(count, side, side) * math.sqrt(2 / ((inputs + outputs) * side * side))
end

function learn_features(draw, images, labels)
    local net = network({16, 32}, #digits)
    set_kernels(net, draw)
    -- As no kernel changes, the features of an image need to be computed only once.
    local function features(x)
        return torch.no_grad(function()
            for i = 1, #net - 1 do x = net[i](x) end
            return x
        end)
    end
    local last_layer = learn(net[#net], features(images), labels, 600)
    return accuracy(last_layer(features(test_images)), test_labels)
end

draws = {
    ["drawn from the VAE"] = from_vae, ["Xavier"] = xavier,
    ["taken from the bank"] = function(layer, count)
        local kernels = banks[layer]:kernels(layer)
        return kernels:index_select(1, torch.randint(1, kernels:size(1), {count}))
    end,
}
origins = {"taken from the bank", "drawn from the VAE", "Xavier"}
features = repeat_for(origins, function(method, images, labels)
    return learn_features(draws[method], images, labels)
end)
show(features, "Random kernels, only the last layer is trained")

-- %% [markdown]
-- **Exercise 2.** Is it the *shape* of the kernels that helps, or only that their numbers have a better size? Destroy
-- the shape and keep the numbers: put the weights within the kernels in another order.

-- %% tags=["solution"]
-- One random order of the places for all kernels of a layer: each kernel has the same numbers as before,
-- but no longer edges and blobs.
function shuffled(layer, count)
    local kernels = from_vae(layer, count)
    local side = kernels:size(2)
    return kernels:reshape(count, side * side):index_select(2, torch.randperm(side * side))
end
local without = repeat_for({"drawn from the VAE, shuffled"}, function(_, images, labels)
    return learn_features(shuffled, images, labels)
end)
show({features[2], without[1]}, "Kernels with and without their shape")

-- %% [markdown]
-- ## A faster start
-- Last, the prior as nothing but an *initialisation* where there is no shortage of images: a plain network learns from
-- 2000 digits. We look at how fast it gets there.

-- %%
many_images, many_labels = plot.glyphs(digits, {count = 2000})
function convergence(draw)
    local net = network({16, 32}, #digits)
    set_kernels(net, draw)
    local optimizer, curve = optim.Adam(net, {lr = 1e-3}), {}
    for step = 1, 120 do
        local images, labels = batch(many_images, many_labels)
        local loss = nn.functional.cross_entropy(net(images), labels)
        optimizer:zero_grad()
        loss:backward()
        optimizer:step()
        if step % 10 == 0 then curve[#curve + 1] = accuracy(predict(net).probability, test_labels) end
    end
    return torch.tensor(curve)
end
started, at = {}, {}
for point = 1, 12 do at[point] = 10 * point end
for i, method in ipairs(origins) do
    local curves = {}
    for repetition = 1, 4 do
        torch.manual_seed(seed * 1000 + repetition)
        curves[repetition] = convergence(draws[method])
    end
    local all = torch.stack(curves)
    started[i] = {name = method, x = at, y = all:mean(1), errors = all:std(1) / 2}
end
plot.curves(started, {title = "First kernels and how fast a plain network learns", x = "step",
    y = "accuracy on unseen digits", size = {560, 320}})

-- %% [markdown]
-- **Exercise 3.** The table of densities said that a Gaussian of full covariance is a good model of kernels, too. Is
-- the autoencoder needed at all? Use `gaussians` as the prior of a Bayesian network with 50 images.

-- %% tags=["solution"]
priors["full covariance"] = function(layer) return gaussians[layer] end
local scores = {}
for repetition = 1, repetitions do
    torch.manual_seed(seed * 1000 + repetition)
    local images, labels = plot.glyphs(digits, {count = 50})
    local prediction = predict(learn_bayesian("full covariance", images, labels), true)
    scores[repetition] = accuracy(prediction.probability, test_labels)
end
-- The same images as in the comparison above, so we can pair the scores.
local found = stats.bootstrap(compared[1].scores[2], scores)
print(("VAE - full covariance: %+.3f  (95%%: %+.3f to %+.3f)"):format(found.mean, found.low, found.high))

-- %% [markdown]
-- ## What this shows, and what not
-- A prior over kernels can carry knowledge from letters to digits, and it can be used in three ways: as a prior, as
-- features, as first weights. The figures above say how much each is worth here.
--
-- It is a small experiment. Letters and digits come from the *same* fonts, so source and target are closer than in
-- most of life. All repetitions share one set of letter networks and one prior, so the error bars do not cover what
-- other letter networks would have given. And $\beta$ was chosen by looking at results like these. How the method does
-- on volumes, where source and target are different diseases, is the matter of [knowledge transfer in
-- MRI](knowledge-transfer-in-mri.lua).
