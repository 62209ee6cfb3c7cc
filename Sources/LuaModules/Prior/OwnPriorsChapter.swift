/// The chapter of the manual that leads from an idea to a prior that a network is trained with; its code runs as it
/// stands.
public enum OwnPriorsChapter {
    /// The chapter, as Markdown. Its blocks of code are one session.
    public static let markdown = """
        # A prior of your own

        A prior is anything with `log_prob(w)`: it takes kernels, n x kernel, and gives n log densities in nats. The density
        has to integrate to 1, or its nats and bounds mean nothing. Tensors with `requires_grad` among its fields are fitted.
        The kernels here are made up; `bayes.KernelBank` collects those of trained networks, and `bank:standardized(layers)`
        divides them by their layers' scales.

        ```lua
        torch.manual_seed(1)
        smooth = torch.tensor{{1, 0.6, 0.2}, {0.6, 1, 0.6}, {0.2, 0.6, 1}}
        sizes = torch.standard_gamma(torch.full({600, 1, 1, 1}, 2)):sqrt()
        kernels = torch.einsum("nabc,ai,bj,ck->nijk", torch.randn(600, 3, 3, 3), smooth, smooth, smooth) * sizes * 0.2
        train, test = kernels[{{1, 450}}], kernels[{{451, 600}}]
        ```

        ## Five priors in at most ten lines
        Weights that are mostly small and sometimes large, each at a scale of its own that is learnt:

        ```lua
        laplace = {log_scale = torch.zeros(3, 3, 3, {requires_grad = true})}
        function laplace:density() return dist.Independent(dist.Laplace(0, self.log_scale:exp()), 3) end
        function laplace:log_prob(w) return self:density():log_prob(w) end
        function laplace:sample(n) return self:density():sample(n) end
        ```

        The horseshoe, most weights near 0 and heavy tails: a normal distribution whose deviation is half-Cauchy, here as the
        mixture over 40 of its quantiles.

        ```lua
        horseshoe = {log_scale = torch.zeros(1, {requires_grad = true})}
        horseshoe.deviations = dist.HalfCauchy(1):icdf(torch.linspace(0.01, 0.99, 40))
        function horseshoe:density()
            return dist.Mixture(torch.full({40}, 1 / 40), dist.Normal(0, self.log_scale:exp() * self.deviations))
        end
        function horseshoe:log_prob(w) return self:density():log_prob(w):flatten(2):sum(2) end
        function horseshoe:sample(n) return self:density():sample(n, 3, 3, 3) end
        ```

        A mixture of four Gaussians with independent weights:

        ```lua
        mixture = {logits = torch.zeros(4, {requires_grad = true}), mean = nn.Parameter(torch.randn(4, 27) * 0.1)}
        mixture.log_deviation = nn.Parameter(torch.randn(4, 27) * 0.1 - 1)
        function mixture:density()
            return dist.Mixture(self.logits:softmax(1), dist.Independent(dist.Normal(self.mean, self.log_deviation:exp())))
        end
        function mixture:log_prob(w) return self:density():log_prob(w:flatten(2)) end
        function mixture:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end
        ```

        A Gaussian whose covariance is diagonal plus one of rank 6:

        ```lua
        low_rank = {factor = nn.Parameter(torch.randn(27, 6) * 0.2), log_variance = nn.Parameter(torch.zeros(27) - 2)}
        function low_rank:density()
            return dist.LowRankMultivariateNormal(torch.zeros(27), self.factor, self.log_variance:exp())
        end
        function low_rank:log_prob(w) return self:density():log_prob(w:flatten(2)) end
        function low_rank:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end
        ```

        A flow: normal numbers through two couplings, each of which shifts and scales some weights by a network of the others.

        ```lua
        flow = {a = nn.Linear(14, 26), b = nn.Linear(14, 26), log_scale = nn.Parameter(torch.zeros(27) - 1)}
        function flow:density()
            local base, reversed = dist.Independent(dist.Normal(torch.zeros(27), 1)), {}
            for i = 1, 27 do reversed[i] = 28 - i end
            return dist.Transformed(base, {dist.Coupling(14, self.a), dist.Permutation(reversed), dist.Coupling(14, self.b),
                dist.Affine(0, self.log_scale:exp())})
        end
        function flow:log_prob(w) return self:density():log_prob(w:flatten(2)) end
        function flow:sample(n) return self:density():sample(n):reshape(n, 3, 3, 3) end
        ```

        ## Fitted and judged
        `prior.compare` fits them to `train`, beside two of the zoo, and judges all on `test`. Each keeps what it learnt.

        ```lua
        own = {laplace = laplace, horseshoe = horseshoe, mixture = mixture, low_rank = low_rank, flow = flow}
        candidates = {full = prior.FullCovariance, t = prior.MultivariateT}
        for name, p in pairs(own) do candidates[name] = p end
        found = prior.compare(train, candidates, {test = test, lr = 0.02})
        print(found)
        ```

        ## Step 4: a network with it
        The objective is the loss plus the bound on the divergence from the prior. Parameters of a prior that are given to the
        optimizer are learnt with the network; without them it stays as it was fitted. `net.bayesian_layers` are all layers
        with a posterior, `net.kernel_layers` those of a U-Net in groups.

        ```lua
        function train_with(p, steps)
            local net = bayes.UNet{channels = {1, 2, 2, 2, 2}}
            local layers = net.kernel_layers[1]
            local priors = bayes.PriorSet{{name = "all", layers = layers, prior = p}}
            local objective = bayes.Objective(priors, {volumes = 1, voxels = 16 ^ 3, partial = true})
            local optimizer = optim.Adam{{params = net, lr = 3e-3}, {params = priors:parameters(), lr = 1e-3}}
            local image, mask = torch.randn(1, 1, 16, 16, 16), torch.randn(1, 16, 16, 16):gt(1)
            bayes.set_mode(net, "train")
            local first, last
            for step = 1, steps do
                local total, bounds, beta = objective(nn.functional.cross_entropy(net(image), mask), net, step)
                optimizer:zero_grad()
                total:backward()
                optimizer:step()
                first, last = first or bounds.all, bounds.all
            end
            return first, last
        end
        for name, p in pairs(own) do print(name, train_with(p, 3)) end
        ```

        `priors:save(path)` keeps functions, tensors and layers of your own; `Scripts/study.lua --prior FILE.lua` makes a file
        that returns a prior a method of the study.
        """ + "\n\n"
}
