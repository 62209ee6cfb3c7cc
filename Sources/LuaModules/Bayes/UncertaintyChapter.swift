/// The chapter of the manual on how sure a network is: all that `bayes.predict` averages over; its code runs as it
/// stands.
public enum UncertaintyChapter {
    /// The chapter, as Markdown. Its blocks of code are one session.
    public static let markdown = """
        # How sure a network is

        `bayes.predict(p, volume, {samples = n})` averages over n draws of the distribution of networks p, and gives for each
        voxel the mean `probability` of each class, its `entropy` in nats, the `mutual_information`, which is the part of the
        entropy that comes from disagreement, and the `std` of the probabilities. Without `samples` the mean network predicts.
        `temperature` multiplies the variance of the draws where they have one.

        ```lua
        volume, mask = torch.randn(1, 1, 16, 16, 16), torch.randn(1, 16, 16, 16):gt(1)
        function train(net, optimizer, steps, after)
            for step = 1, steps do
                local loss = nn.functional.cross_entropy(net(volume), mask)
                optimizer:zero_grad()
                loss:backward()
                optimizer:step()
                if after then after(step) end
            end
            return net
        end
        function unet(options)
            local all = {channels = {1, 2, 2, 2, 2}}
            for name, value in pairs(options or {}) do all[name] = value end
            return nn.UNet(all)
        end
        function show(name, p, options)
            local found = bayes.predict(p, volume, options)
            print(name, found.entropy:mean():item(), found.mutual_information:mean():item())
        end
        ```

        ## Posteriors of kernels
        The kernels of `bayes.UNet` have a posterior each: `mean_field` by default, `full_covariance`, `low_rank` (with `rank`)
        or `radial`. The field `weight` of a layer is its mean, `log_variance` the logarithm of its variances. A network starts
        in the mode 'mean'; `bayes.set_mode(net, 'train')` draws, and is another thing than `net:train()`.

        ```lua
        function bayesian(posterior, steps)
            local net = bayes.UNet{channels = {1, 2, 2, 2, 2}, posterior = posterior}
            local priors = bayes.PriorSet{{name = "all", layers = net.bayesian_layers, prior = prior.Normal({3, 3, 3})}}
            local objective = bayes.Objective(priors, {volumes = 1, voxels = 16 ^ 3})
            bayes.start_posterior(net, {share = 0.1})
            bayes.set_mode(net, "train")
            local optimizer = optim.Adam(net, {lr = 3e-3})
            for step = 1, steps do
                local total = objective(nn.functional.cross_entropy(net(volume), mask), net, step)
                optimizer:zero_grad()
                total:backward()
                optimizer:step()
            end
            return net
        end
        for _, posterior in ipairs{"mean_field", "full_covariance", "low_rank", "radial"} do
            show(posterior, bayesian(posterior, 2), {samples = 3, temperature = 0.5})
        end
        ```

        `bayes.use_latent_posterior(net, priors)` puts codes of autoencoders in place of the kernels of a Bayesian network: the
        posterior is that of the codes, and its optimizer is made afterwards.

        ## Rivals
        Of plain networks: a deep ensemble; dropout that is drawn as the network predicts; SWAG, a Gaussian around the weights
        that a training passes through; Laplace's approximation of the last layer; IVON, an optimizer that learns variances;
        and snapshots of cyclical stochastic gradient Langevin dynamics.

        ```lua
        local function trained(options)
            local net = unet(options)
            return train(net, optim.Adam(net, {lr = 3e-3}), 3)
        end
        show("ensemble", bayes.Ensemble{trained(), trained()})
        show("dropout", bayes.MCDropout(trained{dropout = 0.1}), {samples = 3})

        local net = trained()
        swag = bayes.SWAG(net, {rank = 5})
        train(net, optim.SGD(net, {lr = 0.05}), 4, function() swag:collect() end)
        show("SWAG", swag, {samples = 3})
        show("Laplace", bayes.LastLayerLaplace(trained(), {volume}), {samples = 3})

        local net, snapshots, cycles = trained(), bayes.Ensemble(), optim.CyclicalCosine(4)
        local langevin = optim.SGLD(net, 16 ^ 3, {lr = 0.05})
        for step = 1, 8 do
            train(net, langevin, 1)
            langevin.lr = 0.05 * cycles(step + 1)
            if cycles:ends_cycle(step) then snapshots:collect(net) end
        end
        show("cyclical SGLD", snapshots)

        local net = unet()
        local ivon = optim.IVON(net, 16 ^ 3, {lr = 0.05})
        for step = 1, 3 do
            ivon:sample()
            train(net, ivon, 1)
        end
        show("IVON", bayes.IVONPosterior(net, ivon), {samples = 3})
        ```

        `p:save(path)` and `bayes.load_posterior(path)` keep a rival with its networks, `p.networks`; a Bayesian network is
        kept by `net:save` and `bayes.load`. `Scripts/uncertainty.lua` compares all on a toy segmentation.
        """ + "\n\n"
}
