extension Cookbook {
    static let priors = #"""
        ## Priors over kernels

        ### How to fit a prior, draw kernels from it, and judge it
        Priors are judged by their log density of kernels that they were not fitted to, in nats a kernel. `prior.` and Tab
        lists the zoo; a prior of it is given to `prior.compare` as the function that fits it.

        ```lua
        torch.manual_seed(1)
        local smooth = torch.tensor{{1, 0.6, 0.2}, {0.6, 1, 0.6}, {0.2, 0.6, 1}}
        local kernels = torch.einsum("nab,ai,bj->nij", torch.randn(400, 3, 3), smooth, smooth)
        local fitted = prior.FullCovariance(kernels[{{1, 300}}])
        print(fitted, "nats a kernel", fitted:log_prob(kernels[{{301, 400}}]):mean():item())
        plot.kernels({{title = "kernels", kernels = kernels[{{1, 16}}]}, {title = "drawn", kernels = fitted:sample(16)}}):show()
        local found = prior.compare(kernels, {full = prior.FullCovariance, normals = prior.IndependentNormals,
            mixture = function(w) return prior.GaussianMixture(w, {components = 2}) end})
        print(found)
        local drawn, given = fitted:sample(5000):flatten(2), kernels:flatten(2)
        assert((drawn:t():mm(drawn) / 5000 - given:t():mm(given) / 400):abs():max():item() < 0.6)
        assert(found.rows[1].name == "full" and found.rows[#found].name == "normals")
        ```

        ### How to write a prior of my own
        A prior is a table with `log_prob(w)`: n kernels, n log densities. Tensors with `requires_grad` among its fields are
        fitted. The density must integrate to 1, which a sum over a grid tells for kernels of one weight.

        ```lua
        torch.manual_seed(1)
        local laplace = {log_scale = torch.zeros(1, {requires_grad = true})}
        function laplace:log_prob(w)
            return (-w:abs() / self.log_scale:exp() - self.log_scale - math.log(2)):flatten(2):sum(2)
        end
        local kernels = dist.Laplace(0, 0.3):sample(500, 3, 3)
        local found = prior.fit(laplace, kernels, {epochs = 40, lr = 0.05, held_out = 0})    -- the last epoch, not the best
        local scale, size = laplace.log_scale:exp():item(), kernels:abs():mean():item()
        print("scale", scale, "mean size of a weight", size, "nats a kernel", found.log_prob)
        print(prior.compare(kernels, {laplace = laplace, normals = prior.IndependentNormals}, {fit = false}))
        local grid = torch.linspace(-10, 10, 20001)              -- in steps of 0.001
        local area = laplace:log_prob(grid:reshape(-1, 1, 1)):exp():sum():item() * 0.001
        assert(math.abs(area - 1) < 1e-3 and math.abs(scale / size - 1) < 0.01)
        ```

        ### How to give each group of layers the prior of its own kernels, and save them
        A bank collects kernels of trained networks, by layer. `kernel_layers` are the 3x3x3 convolutions of a U-Net in seven
        groups. With `bank` in a group, its weights are divided by their layers' scales before the prior sees them.

        ```lua
        torch.manual_seed(1)
        local function trained() return nn.UNet{channels = {1, 4, 4, 4, 4}} end      -- stands for a network that has learnt
        local runs, groups, layers, path = {{trained()}, {trained()}}, {}, {}, os.tmpname()
        for _, paths in ipairs(runs[1][1].kernel_layers) do table.move(paths, 1, #paths, #layers + 1, layers) end
        local bank = bayes.KernelBank(runs, layers)
        for i, paths in ipairs(runs[1][1].kernel_layers) do
            local fitted = prior.FullCovariance(bank:standardized(paths))
            groups[i] = {name = "group " .. i, layers = paths, bank = bank, prior = fitted}
        end
        bayes.PriorSet(groups):save(path)
        local read, kernels = bayes.load_priors(path), bank:standardized(groups[7].layers)
        local own, other = read:prior("group 7"):log_prob(kernels), read:prior("group 1"):log_prob(kernels)
        print(bank, "these are", bank:diagnose(groups[7].layers).verdict, read)
        assert(#read == 7 and #bank == 2 * (1 * 4 + 18 * 4 * 4))
        assert(own:equal(groups[7].prior:log_prob(kernels)) and own:mean() > other:mean())
        ```

        ### How to fit a mixture, and choose the number of its components
        A list of numbers is tried on kernels held out. Here are two kinds of kernels, edges and blobs, and one Gaussian of
        full covariance would describe their mean.

        ```lua
        torch.manual_seed(1)
        local edge, blob = torch.tensor{{1, 1, 1}, {0, 0, 0}, {-1, -1, -1}}, torch.tensor{{0, 1, 0}, {1, 2, 1}, {0, 1, 0}}
        local function kernels(n)
            local kind = torch.bernoulli(torch.full({n, 1, 1}, 0.5))
            return torch.where(kind, edge, blob) + torch.randn(n, 3, 3) * 0.3
        end
        local train, test = kernels(400), kernels(200)
        local mixture = prior.GaussianMixture(train, {components = {1, 2, 4}, starts = 2})
        local gaussian = prior.FullCovariance(train)
        local gain = mixture:log_prob(test):mean():item() - gaussian:log_prob(test):mean():item()
        print(mixture, gaussian, "gain in nats a kernel", gain)
        plot.kernels({{title = "drawn from the mixture", kernels = mixture:sample(16)}}):show()
        assert(gain > 0.5)
        ```

        ### How to train an autoencoder over kernels, and read its bound
        Its density has no formula, so it is judged by a bound from below: the ELBO, or with more `samples` the tighter
        importance-weighted one. The true density of these kernels is known, and no bound exceeds it.

        ```lua
        torch.manual_seed(1)
        local truth = dist.LowRankMultivariateNormal(torch.zeros(25), torch.ones(25, 1), torch.full({25}, 0.1))
        local train, test = truth:sample(200):reshape(-1, 5, 5), truth:sample(100):reshape(-1, 5, 5)
        local vae = bayes.KernelVAE({5, 5}, {hidden_channels = 4})
        vae:train(train, {epochs = 25, batch_size = 64, lr = 1e-2})
        local normals = prior.IndependentNormals(train):log_prob(test):mean():item()
        local elbo, tighter = vae:elbo(test), vae:elbo(test, {samples = 100})
        local exact = truth:log_prob(test:flatten(2)):mean():item()
        print(("nats: normals %.1f, ELBO %.1f, of 100 samples %.1f, the truth %.1f"):format(normals, elbo, tighter, exact))
        plot.kernels({{title = "kernels", kernels = test[{{1, 8}}]}, {title = "drawn", kernels = vae:sample(8)}}):show()
        assert(normals < elbo and elbo < tighter and tighter < exact)
        ```

        """#
}
