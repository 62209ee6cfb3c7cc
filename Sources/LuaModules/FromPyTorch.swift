/// The chapter of the manual for those who know PyTorch: what is there and under which name, what differs, and what to
/// use instead of what is left out.
public enum FromPyTorch {
    /// The chapter, as Markdown; names in the second column of its tables are those of the manual.
    public static let markdown = """
        # From PyTorch

        Names are PyTorch's, in snake_case as there. What differs:

        - Dimensions, indices and places count from 1; negative ones from the end. Ranges include both ends. Classes, of
          losses and of `dist.Categorical`, are numbered from 0 as in PyTorch.
        - Options come in a table at the end: `nn.Conv3d(16, 32, 3, {padding = 1})`. Those that PyTorch's users write by
          position can be so here: `nn.Conv3d(16, 32, 3, 1, 1)`, `nn.Dropout(0.3)`, `nn.MaxPool3d(2, 2)`.
        - `x[{1, {2, 3}}]` is `x[0, 1:3]`, `x:sum(1)` is `x.sum(0)`; methods are called with a colon.
        - Numbers are of single precision. There are neither integer tensors nor Boolean ones: masks and indices are
          numbers, and a mask that was computed selects as in PyTorch.
        - What may be forgotten is an error: an image without its batch, an option that is unknown, an optimiser of nothing.
        - `sample` of a distribution carries gradients where `has_rsample` is true, as `rsample` does.

        ## Tensors

        | PyTorch | Lunette | what differs |
        |---|---|---|
        | `tensor`, `zeros`, `full`, `eye`, `linspace` | `torch.tensor`, `torch.zeros`, `torch.full`, `torch.eye`, `torch.linspace` | a float32 tensor always |
        | `arange(0, 5)` | `torch.arange` | `torch.arange(5)` gives 1 to 5: the last number is included |
        | `rand`, `randn`, `randint`, `randperm`, `multinomial`, `bernoulli` | `torch.rand`, `torch.randn`, `torch.randint`, `torch.randperm`, `torch.multinomial`, `torch.bernoulli` | option `generator` |
        | `manual_seed`, `Generator` | `torch.manual_seed`, `torch.Generator` | the same seed gives the same bits for any number of threads |
        | `cat`, `stack`, `split`, `where`, `meshgrid` | `torch.cat`, `torch.stack`, `Tensor:split`, `torch.where`, `torch.meshgrid` | |
        | `chunk`, `unbind` | `Tensor:split`, `Tensor:select` | left out |
        | `x.view`, `reshape`, `permute`, `transpose`, `flatten`, `squeeze`, `unsqueeze`, `expand` | `Tensor:view`, `Tensor:reshape`, `Tensor:permute`, `Tensor:transpose`, `Tensor:flatten`, `Tensor:squeeze`, `Tensor:unsqueeze`, `Tensor:expand` | |
        | `x[a:b:c]`, `narrow` | `Tensor:slice` | first and last, both included |
        | `gather`, `scatter`, `scatter_add`, `index_select`, `masked_select`, `roll`, `flip` | `Tensor:gather`, `Tensor:scatter`, `Tensor:scatter_add`, `Tensor:index_select`, `Tensor:masked_select`, `Tensor:roll`, `Tensor:flip` | indices from 1 |
        | `repeat`, `tile` | `Tensor:expand`, `torch.cat` | left out |
        | `sort`, `topk`, `argmax`, `median`, `quantile`, `unique`, `histc` | `Tensor:sort`, `Tensor:topk`, `Tensor:argmax`, `Tensor:median`, `Tensor:quantile`, `Tensor:unique`, `Tensor:histc` | places from 1 |
        | `sum`, `mean`, `var`, `std`, `norm`, `prod`, `cumsum`, `logsumexp`, `amax` | `Tensor:sum`, `Tensor:mean`, `Tensor:var`, `Tensor:std`, `Tensor:norm`, `Tensor:prod`, `Tensor:cumsum`, `Tensor:logsumexp`, `Tensor:max` | `max` of a dimension gives values and places |
        | `==`, `<`, `&`, `~` | `Tensor:eq`, `Tensor:lt`, `torch.logical_and`, `torch.logical_not` | Lua's `==` gives one Boolean: use `eq` |
        | `x.numpy()`, `x.tolist()`, `x.item()` | `Tensor:save`, `Tensor:tolist`, `Tensor:item` | files `.npy`, `.npz`, `.safetensors` |
        | `torch.save`, `torch.load` | `torch.save`, `torch.load` | safetensors and NumPy, no pickle |
        | `no_grad`, `detach`, `requires_grad_`, `backward` | `torch.no_grad`, `Tensor:detach`, `Tensor:requires_grad_`, `Tensor:backward` | `no_grad` takes a function |
        | `autograd.grad`, `create_graph` | `Tensor:backward` | left out: there are no second derivatives |
        | `cuda.memory_allocated`, `cuda.set_per_process_memory_fraction` | `torch.memory_stats`, `torch.set_memory_limit` | in bytes; Lua's values count, too |
        | `x.to(device)`, `x.half()`, `compile`, `vmap` | `torch.set_num_threads` | left out: there is one device, the processor |

        ## Linear algebra

        | PyTorch | Lunette | what differs |
        |---|---|---|
        | `@`, `matmul`, `einsum`, `cdist` | `torch.matmul`, `torch.einsum`, `torch.cdist` | `*` is element by element, as there |
        | `linalg.cholesky`, `solve`, `solve_triangular`, `inv`, `slogdet`, `lstsq` | `torch.linalg.cholesky`, `torch.linalg.solve`, `torch.linalg.solve_triangular`, `torch.linalg.inv`, `torch.linalg.slogdet`, `torch.linalg.lstsq` | computed in double precision |
        | `linalg.eigh`, `svd`, `qr`, `norm` | `torch.linalg.eigh`, `torch.linalg.svd`, `torch.linalg.qr`, `torch.linalg.norm` | |
        | `linalg.eig`, `fft` | `torch.linalg.eigh` | left out: there are no complex numbers |

        ## Layers

        | PyTorch | Lunette | what differs |
        |---|---|---|
        | `Conv1d` to `Conv3d`, `ConvTranspose1d` to `ConvTranspose3d` | `nn.Conv1d`, `nn.Conv3d`, `nn.ConvTranspose1d`, `nn.ConvTranspose3d` | no `dilation`, no `groups`; `padding` in numbers |
        | `BatchNorm3d`, `GroupNorm`, `LayerNorm` | `nn.BatchNorm3d`, `nn.GroupNorm`, `nn.LayerNorm` | |
        | `InstanceNorm3d(8)` | `nn.InstanceNorm3d` | without channels, weights and running statistics: `nn.InstanceNorm3d()` |
        | `MaxPool3d`, `AvgPool3d`, `AdaptiveAvgPool3d` | `nn.MaxPool3d`, `nn.AvgPool3d`, `nn.AdaptiveAvgPool3d` | not in one direction |
        | `Upsample`, `interpolate` | `nn.Upsample`, `nn.functional.upsample` | linear, by whole factors; corners are aligned by default |
        | `Linear`, `Embedding`, `Flatten`, `Identity`, `Dropout` | `nn.Linear`, `nn.Embedding`, `nn.Flatten`, `nn.Identity`, `nn.Dropout` | indices of `Embedding` from 1 |
        | `ReLU`, `LeakyReLU`, `ELU`, `GELU`, `SiLU`, `PReLU`, `Softmax` | `nn.ReLU`, `nn.LeakyReLU`, `nn.ELU`, `nn.GELU`, `nn.SiLU`, `nn.PReLU`, `nn.Softmax` | |
        | `MultiheadAttention`, `Transformer`, `LSTM`, `GRU` | `nn.class`, `torch.einsum` | left out: write them as a class |
        | `Module`, `Parameter`, `Sequential`, `ModuleList`, `register_buffer` | `nn.class`, `nn.Parameter`, `nn.Sequential`, `nn.ModuleList`, `ScriptedModule:register_buffer` | `init` and `forward` |
        | `state_dict`, `load_state_dict`, `train`, `eval`, `parameters` | `Module:state_dict`, `Module:load_state_dict`, `Module:train`, `Module:eval`, `Module:parameters` | `Module:load_state_dict` also takes a file |
        | `CrossEntropyLoss` | `nn.functional.cross_entropy`, `nn.SegmentationLoss` | means or sums; no weights of classes |
        | `BCEWithLogitsLoss`, several labels a voxel | `nn.SegmentationLoss` | option `regions`: one map of class numbers, and sets of classes that may overlap; with Dice |
        | `conv1.weight = ...` for other channels or classes | `nn.adapt` | a new network; what is known by name is copied |
        | `mse_loss`, `l1_loss`, `binary_cross_entropy_with_logits` | `Tensor:square`, `Tensor:abs`, `Tensor:softplus` | left out: `(x - y):square():mean()` |
        | `nn.init` | `Tensor:normal_`, `Tensor:fill_` | left out; layers take `initial_scale` and `generator` |

        ## Optimisers and data

        | PyTorch | Lunette | what differs |
        |---|---|---|
        | `Adam`, `SGD` | `optim.Adam`, `optim.SGD` | and `optim.SGLD`, `optim.IVON`; a module or a list of tensors; see their options |
        | `AdamW` | `optim.Adam` | `weight_decay` is added to the gradient, as in `Adam`; the cookbook has the other |
        | `lr_scheduler` | `optim.StepDecay`, `optim.CosineDecay`, `optim.LinearDecay`, `optim.CyclicalCosine` | `optimizer:step(schedule(step))`: the factor of all groups' rates |
        | `clip_grad_norm_` | `Optimizer:clip_grad_norm` | |
        | `Dataset`, `DataLoader`, `RandomSampler` | `volumes.dataset`, `volumes.PatchSampler`, `study.RandomSampler` | a loop in Lua |
        | `tqdm` | `progress` | |

        ## Distributions

        | PyTorch | Lunette | what differs |
        |---|---|---|
        | `Normal`, `Laplace`, `Cauchy`, `StudentT`, `Uniform` | `dist.Normal`, `dist.Laplace`, `dist.Cauchy`, `dist.StudentT`, `dist.Uniform` | parameters may be numbers or lists |
        | `Gamma`, `InverseGamma`, `Exponential`, `LogNormal`, `HalfNormal`, `HalfCauchy`, `Beta` | `dist.Gamma`, `dist.InverseGamma`, `dist.Exponential`, `dist.LogNormal`, `dist.HalfNormal`, `dist.HalfCauchy`, `dist.Beta` | `Distribution:icdf` of Gamma, Beta and StudentT is there, too |
        | `Bernoulli`, `Categorical`, `Dirichlet` | `dist.Bernoulli`, `dist.Categorical`, `dist.Dirichlet` | |
        | `MultivariateNormal`, `LowRankMultivariateNormal` | `dist.MultivariateNormal`, `dist.LowRankMultivariateNormal`, `dist.MultivariateStudentT` | |
        | `Independent`, `MixtureSameFamily`, `TransformedDistribution` | `dist.Independent`, `dist.Mixture`, `dist.Transformed` | a mixture takes a list, too |
        | `ExpTransform`, `AffineTransform`, `ComposeTransform` | `dist.Exp`, `dist.Affine`, `dist.Compose` | and flows: `dist.Coupling`, `dist.Spline` |
        | `kl_divergence` | `dist.kl` | where there is no formula, by draws |
        | `Poisson`, `Binomial`, `Weibull`, `Gumbel`, `Wishart` | `dist.Transformed`, `torch.exponential` | left out |
        """ + "\n\n"
}
