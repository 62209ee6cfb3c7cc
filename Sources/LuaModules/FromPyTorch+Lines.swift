extension FromPyTorch {
    /// The chapter that has whole lines of PyTorch, MONAI and Pyro beside Lunette's, as Markdown.
    public static let lineByLine = #"""
        # Line by line: PyTorch, MONAI, Pyro

        What one writes there, and what one writes here. The names and what is left out are in the chapter From PyTorch.

        ## Lua and tensors

        | in PyTorch | in Lunette | what differs |
        |---|---|---|
        | `x[0, 1:3]` | `x[{1, {2, 3}}]` | from 1, both ends included, one table |
        | `x[:, -1]`, `x[::2]` | `x[{{}, -1}]`, `x[{{1, -1, 2}}]` | steps are positive; `x:flip(1)` reverses |
        | `x[..., 0]` | `x:select(-1, 1)` | an index has no `...` |
        | `x[:, [2, 0]]` | `x:index_select(2, {3, 1})` | or `x[{{}, torch.tensor{3, 1}}]`; a list is a range |
        | `x[(x > 1) & (x < 4)] = 0` | `x[x:gt(1) & x:lt(4)] = 0` | no `x > 1` of several; `and` would give the second mask |
        | `x.shape[0]`, `print(x.shape)` | `x.shape[1]`, `print(table.concat(x.shape, "x"))` | a plain list; `#x` is `len(x)` |
        | `for i, row in enumerate(x):` | `for i = 1, #x do rows[i] = x[i] end` | `ipairs(x)` ends with an error |
        | `f"{loss.item():.3f}"` | `("%.3f"):format(loss:item())` | `..` joins texts, and no tensors |
        | `a if c else b`, `x is None` | `c and a or b`, `x == nil` | only `nil` and `false` are false: `0` is true |
        | `x.sum(0, keepdim=True)` | `x:sum(1, {keepdim = true})` | dimensions count from 1, too |
        | `values, places = x.max(dim=1)` | `values, places = x:max(2)` | two results; places count from 1 |
        | `torch.arange(5)` | `torch.arange(0, 4)` | the last number is included; `torch.arange(5)` is 1 to 5 |
        | `torch.randint(0, 10, (3,))` | `torch.randint(0, 9, {3})` | both ends are included |
        | `x.nonzero()` | `torch.arange(#x)[x:ne(0)]` | left out; this is for one dimension |
        | `x.repeat(2, 1)` | `torch.cat{x, x}` | left out |
        | `F.pad(x, (1, 1, 0, 2))` | `x:pad({0, 1}, {2, 1})` | all dimensions, the first one first |
        | `x.double()`, `x.to("cuda")` | `torch.set_num_threads(2)` | left out: float32, on the processor |
        | `np.save("x.npy", x.numpy())` | `x:save("x.npy")` | `torch.save` writes `.npz` and `.safetensors`, no pickle |
        | `g = torch.Generator().manual_seed(1)` | `g = torch.Generator(1)` | an option of all that draws |

        ## Networks and training

        | in PyTorch | in Lunette | what differs |
        |---|---|---|
        | `class Net(nn.Module):` | `Net = nn.class("Net")` | with `function Net:init(...)` and `function Net:forward(x)` |
        | `nn.Conv3d(1, 8, 3, padding="same")` | `nn.Conv3d(1, 8, 3, {padding = 1})` | no `dilation`, no `groups` |
        | `F.relu(x)`, `F.softmax(x, dim=1)` | `x:relu()`, `x:softmax(2)` | or of `torch`; not in `nn.functional` |
        | `F.mse_loss(x, y)` | `(x - y):square():mean()` | left out |
        | `F.binary_cross_entropy_with_logits(z, y)` | `(z:softplus() - z * y):mean()` | left out |
        | `F.cross_entropy(logits, y)` | `nn.functional.cross_entropy(logits, y)` | classes from 0 as there; no `weight` |
        | `with torch.no_grad(): w -= g` | `torch.no_grad(function() w:sub_(g) end)` | takes a function, and gives its results |
        | `loss.backward(retain_graph=True)` | `loss:backward(nil, {retain_graph = true})` | no second derivatives |
        | `optim.Adam(net.parameters(), lr=1e-3)` | `optim.Adam(net, {lr = 1e-3})` | a module, or a list of tensors |
        | `Adam([{"params": a, "lr": r}, {"params": b}])` | `optim.Adam{{params = a, lr = r}, {params = b}}` | nothing else |
        | `AdamW(params, weight_decay=0.1)` | `torch.no_grad(function() w:mul_(1 - lr * 0.1) end)` | before the step, each w |
        | `CosineAnnealingLR(opt, 100)` | `schedule = optim.CosineDecay(100)` | then `optimizer:step(schedule(step))`, from 1 |
        | `clip_grad_norm_(net.parameters(), 1.0)` | `optimizer:clip_grad_norm(1)` | an error where one is not finite |
        | `net.down1.requires_grad_(False)` | `net:freeze{"down1"}` | `net:freeze(nil, {except = {"out"}})`: all but these |
        | `torch.save(net.state_dict(), path)` | `net:save(path)` | with the architecture: `nn.load(path)` |
        | `net.load_state_dict(state, strict=False)` | `net:load_state_dict(path, {strict = false})` | or a table; gives names |
        | `copy.deepcopy(net)` | `net:save(path); copy = nn.load(path)` | left out |
        | `sum(p.numel() for p in net.parameters())` | `net.num_parameters` | `print(net)` shows them by layer |
        | `DataLoader(data, shuffle=True)` | `sampler = study.RandomSampler(5); i = sampler:next()` | a loop in Lua |
        | `for step in tqdm(range(9)):` | `for step, bar in progress(9) do bar:set{loss = 1 / step} end` | from 1 to 9 |

        ## MONAI and nibabel

        | in MONAI | in Lunette | what differs |
        |---|---|---|
        | `nib.load(path).affine` | `volumes.read(path).affine` | of width, height, depth, from 0; tensors are D x H x W |
        | `Orientationd(keys, axcodes="RAS")` | `scan:orient("RAS")` | of width, height, depth, as there |
        | `Spacingd(keys, pixdim=(1, 1, 2))` | `scan:resample(nil, {spacing = {2, 1, 1}})` | depth, height, width |
        | `Spacingd(keys, mode="nearest")` | `labels:resample_like(scan, {labels = true})` | the label of the largest share |
        | `ScaleIntensityRange(-100, 300, 0, 1, clip=True)` | `((x + 100) / 400):clamp(0, 1)` | left out |
        | `CropForegroundd`, `NormalizeIntensityd` | `sample = volumes.prepare(scan, labels)` | orientation and padding, too |
        | `RandCropByPosNegLabeld` | `draw = volumes.PatchSampler({sample}, {size = {8, 8, 8}})` | then `draw(step)` |
        | `RandAffined`, `RandFlipd` | `volumes.augment(image, label, {rotate = 15, noise = 0.1})` | angles in degrees |
        | `sliding_window_inference(x, roi, 4, net)` | `volumes.sliding_window(x, net, {window = {8, 8, 8}})` | overlap 0.5 |
        | `UNet(3, 1, 2, (8, 16, 32, 64), strides)` | `nn.UNet{channels = {1, 8, 16, 32, 64}}` | residual; any size of volumes |
        | `DiceCELoss(softmax=True)` | `nn.SegmentationLoss()` | labels N x D x H x W; `regions` for sigmoids |
        | `HausdorffDistanceMetric(percentile=95)` | `volumes.scores(mask, truth).hd95` | mm by `spacing`; the 95th alone |
        | `RemoveSmallObjects(10)` | `volumes.remove_small(mask, {min_volume = 10})` | mm^3, not voxels |
        | `FillHoles()` | `volumes.fill_holes(mask)` | gives their number, too |
        | `Invertd`, `SaveImaged` | `volumes.write(path, sample:restore(label))` | `restore` undoes `prepare` |

        ## Pyro and torch.distributions

        | in Pyro | in Lunette | what differs |
        |---|---|---|
        | `dist.Normal(0, 1).rsample((3,))` | `dist.Normal(0, 1):sample(3)` | `sample` is `rsample` where there is one |
        | `dist.Normal(m, 1).to_event(1)` | `dist.Independent(dist.Normal(m, 1))` | |
        | `MixtureSameFamily(Categorical(p), Normal(m, s))` | `dist.Mixture(p, dist.Normal(m, s))` | |
        | `kl_divergence(p, q)` | `value, how, error = dist.kl(p, q)` | by draws where there is no formula |
        | `pyro.sample("w", normal)` | `prior.of(dist.Independent(dist.Normal(zeros, 1), 2))` | no tracing, but `log_prob(w)` |
        | `AutoDiagonalNormal(model)` | `bayes.UNet{channels = {1, 2, 2, 2, 2}}` | of 3x3x3 kernels alone |
        | `Trace_ELBO()`, `poutine.scale` | `bayes.Objective(priors, {volumes = 5, voxels = 512, beta = 0.1})` | a loop in Lua |
        | `Predictive(model, num_samples=8)` | `bayes.predict(net, image, {samples = 8})` | with entropy and std |
        """# + "\n\n"
}
