extension Cookbook {
    static let inference = #"""
        ## Variational inference

        ### How to learn the posterior of a U-Net, and weigh its prior by beta
        The objective is the loss plus `beta` times the bound on KL(posterior || prior), per voxel. `beta = 1` is the ELBO,
        less lets the posterior go further from the prior. `bayes.set_mode` makes it draw; `net:train()` is for dropout.

        ```lua
        local image, label, nats = torch.randn(1, 1, 8, 8, 8), torch.randn(1, 8, 8, 8):gt(1), {}
        for _, beta in ipairs{1, 0.001} do
            local net = bayes.UNet{channels = {1, 2, 2, 2, 2}, generator = torch.Generator(1)}
            local groups = {{name = "all", layers = net.bayesian_layers, prior = prior.Normal({3, 3, 3}, {std = 0.1})}}
            local settings = {volumes = 1, voxels = label:numel(), beta = beta, warm_up = 5}
            local objective, optimizer = bayes.Objective(bayes.PriorSet(groups), settings), optim.Adam(net, {lr = 1e-2})
            bayes.set_mode(net, "train")
            for step = 1, 15 do
                local total, bounds = objective(nn.functional.segmentation_loss(net(image), label), net, step)
                optimizer:zero_grad(); total:backward(); optimizer:step()
                nats[beta] = bounds.all
            end
        end
        print("nats between posterior and prior: beta 1", nats[1], "beta 0.001", nats[0.001])
        assert(nats[1] < nats[0.001])
        ```

        ### How to predict by Monte Carlo, and tell what a network is unsure of
        `bayes.predict` averages over networks drawn from the posterior. Entropy is all uncertainty, mutual information the
        part of it in which the draws disagree. By hand it is a loop over the mode "sample".

        ```lua
        local net, scan, draws = bayes.UNet{channels = {1, 2, 2, 2, 2}}, torch.randn(1, 1, 8, 8, 8), {}
        bayes.start_posterior(net, {share = 0.3})                -- stands for a training
        local found = bayes.predict(net, scan, {samples = 6, generator = torch.Generator(2)})
        local generator = torch.Generator(2)
        for i = 1, 6 do
            bayes.set_mode(net, "sample", {generator = generator})                   -- other weights
            draws[i] = net(scan):softmax(2):detach()
        end
        local all = torch.cat(draws)
        local function entropy(p, dim) return -(p * p:log()):sum(dim) end
        local total, expected = entropy(all:mean(1), 1), entropy(all, 2):mean(1)
        print("entropy", total:mean():item(), "of it disagreement", (total - expected):mean():item())
        print("one number for the case", volumes.case_uncertainty(found.entropy[{1, 1}], nil, {size = 4}))
        assert(found.probability[1]:allclose(all:mean(1), {atol = 1e-5}))
        assert(found.mutual_information[{1, 1}]:allclose(total - expected, {atol = 1e-5}))
        ```

        ### How to measure calibration, and mend it by a temperature
        `volumes.calibration` gives the expected calibration error and the bins of the reliability curve. The temperature is
        the one of least cross entropy; here the logits are three times too large.

        ```lua
        torch.manual_seed(1)
        local honest = torch.randn(20, 20, 20) * 2
        local truth, logits, log_temperature = torch.bernoulli(honest:sigmoid()), honest * 3, nn.Parameter(torch.zeros(1))
        local optimizer = optim.Adam({log_temperature}, {lr = 0.1})
        for step = 1, 80 do
            local z = logits / log_temperature:exp()
            local loss = (z:softplus() - z * truth):mean()       -- binary cross entropy of logits
            optimizer:zero_grad(); loss:backward(); optimizer:step()
        end
        local temperature = log_temperature:exp():item()
        local function calibration(t) return volumes.calibration((logits / t):sigmoid(), truth) end
        local before, after = calibration(1), calibration(temperature)
        print("temperature", temperature, "ECE before", before.ece, "after", after.ece)
        plot.reliability{before = before.bins, after = after.bins}:show()
        assert(math.abs(temperature - 3) < 0.3 and after.ece < 0.03 and before.ece > 0.1)
        ```

        ### How to draw with local reparameterisation
        In the mode "train" a Bayesian convolution draws its results, not its weights: their mean and variance are those of
        two plain convolutions. Gradients are less noisy so, as each voxel has noise of its own.

        ```lua
        torch.manual_seed(1)
        local conv, x, draws = bayes.Conv3d(2, 3, 3, {padding = 1}), torch.randn(1, 2, 4, 4, 4), {}
        bayes.start_posterior(conv, {log_variance = -3})
        bayes.set_mode(conv, "train")
        for i = 1, 400 do draws[i] = conv(x):detach() end
        local all = torch.cat(draws)
        local mean = nn.functional.conv3d(x, conv.weight, conv.bias, {padding = 1})[1]
        local std = nn.functional.conv3d(x ^ 2, conv.log_variance:exp(), nil, {padding = 1}):sqrt()[1]
        local z = (all:mean(1) - mean) / std * 400 ^ 0.5         -- of 192 normal numbers
        print("means, in standard errors", z:std():item(), "deviations", (all:std(1) / std):mean():item())
        local noise = torch.randn(1, 3, 4, 4, 4)
        local by_hand = nn.functional.bayesian_conv(x, conv.weight, conv.log_variance, noise, {padding = 1})
        print("by hand", (by_hand[1] + conv.bias:reshape(3, 1, 1, 1) - mean - std * noise[1]):abs():max():item())
        assert(math.abs(z:std():item() - 1) < 0.15 and math.abs((all:std(1) / std):mean():item() - 1) < 0.02)
        ```

        ### How to make a deep ensemble
        Networks that differ in their first weights are averaged. `bayes.predict` takes an ensemble as it takes a Bayesian
        network, and `ensemble:save` keeps it. The average is never worse, in nats, than its members are on average.

        ```lua
        local image, ensemble, alone = torch.randn(1, 1, 8, 8, 8), bayes.Ensemble(), 0
        local label = (image[1] + torch.randn(1, 8, 8, 8)):gt(0.5)
        for member = 1, 3 do
            local net = nn.Sequential(nn.Conv3d(1, 4, 3, 1, 1), nn.ReLU(), nn.Conv3d(4, 2, 1))
            local optimizer = optim.Adam(net, {lr = 3e-2})
            local function loss() return nn.functional.cross_entropy(net(image), label) end
            for step = 1, 30 do optimizer:zero_grad(); loss():backward(); optimizer:step() end
            ensemble:collect(net)
            alone = alone + loss():item() / 3
        end
        local found = bayes.predict(ensemble, image)
        local together = nn.functional.cross_entropy(found.probability:log(), label):item()
        print("nats a voxel: a member", alone, "the ensemble", together, "Dice", volumes.dice(found.probability[{1, 2}], label))
        print("disagreement", found.mutual_information:mean():item(), "of an entropy of", found.entropy:mean():item())
        assert(#ensemble == 3 and together < alone and found.mutual_information:min():item() >= 0)
        ```

        """#
}
