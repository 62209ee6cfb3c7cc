import Testing

/// Layers, losses, optimizers and schedules, from Lua.
@Suite struct NNTests {
    @Test(arguments: [
        Transcript(
            "nn.Conv3d(16, 32, 3, {padding = 1}).num_parameters",
            "13856"),
        Transcript(
            "nn.Conv3d(1, 4, 3, 2, {1, 0, 1})",
            "Conv3d(1, 4, kernel_size = 3, stride = 2, padding = {1, 0, 1})  [weight 4x1x3x3x3, bias 4, 112 parameters]"
        ),
        Transcript("nn.ConvTranspose2d(1, 4, 3, 2, 1, 1)(torch.ones(1, 1, 4, 4)):size(3)", "8"),
        Transcript("nn.Dropout(0.3)", "Dropout(p = 0.3)"),
        Transcript("nn.Dropout{p = 0.3}", "Dropout(p = 0.3)"),
        Transcript("nn.LeakyReLU(0.1)", "LeakyReLU(negative_slope = 0.1)"),
        Transcript("nn.PReLU(3, 0.5).weight:sum():item()", "1.5"),
        Transcript("nn.MaxPool3d(2, 2, 1)(torch.ones(1, 1, 4, 4, 4)):size(3)", "3"),
        Transcript("nn.AvgPool2d(3, {1, 2}, 1)(torch.ones(1, 1, 4, 4)):size(4)", "2"),
        Transcript("nn.GroupNorm(4, 8, 1e-3)", "GroupNorm(4, 8, eps = 0.001)  [weight 8, bias 8, 16 parameters]"),
        Transcript("nn.LayerNorm({4, 4}, 1e-3).num_parameters", "32"),
        Transcript("nn.BatchNorm3d(8, 1e-3, 0.2).num_parameters", "16"),
        Transcript("nn.Embedding(10, 3, 1)(torch.tensor{1}):abs():sum():item()", "0.0"),
        Transcript(
            "nn.UNet{variant = \"short\"}.num_parameters",
            "726480"),
        Transcript(
            "#nn.UNet{channels = {1, 2, 2, 2, 2}}.kernel_layers",
            "7"),
        Transcript(
            "local net = nn.Sequential(nn.Linear(2, 3), nn.ReLU()) return tostring(net[1] == net:layer(\"0\"))",
            "true"),
        Transcript(
            "nn.Linear(2, 3, {bias = false})",
            "Linear(2, 3, bias = false)  [weight 3x2, 6 parameters]"),
        Transcript(
            "optim.Adam(nn.Linear(2, 3), {lr = 0.5})",
            "Adam(lr = 0.5, 2 tensors, 9 numbers)"),
        Transcript(
            "optim.CyclicalCosine(4):ends_cycle(8)",
            "true"),
        Transcript(
            "torch.manual_seed(1) local net = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(3)) local x = torch.ones(4, 3) "
                + "local a = net(x) torch.manual_seed(1) local b = net(x) net:eval() "
                + "return tostring(torch.equal(a, b)) .. ' ' .. tostring(torch.equal(net[1](x), x)) .. ' ' "
                + ".. net[2].num_batches_tracked:item()",
            "true true 2.0"),
        Transcript(
            "local path = os.tmpname() nn.Sequential(nn.Dropout()):save(path) local net = nn.load(path) os.remove(path) "
                + "local x = torch.ones(20) torch.manual_seed(1) local a = net(x) torch.manual_seed(1) "
                + "return tostring(torch.equal(a, net(x)))",
            "true"),
        Transcript(
            "local net = nn.UNet{channels = {1, 2, 2, 2, 2}, norm = 'batch', activation = 'prelu'} "
                + "local names = {} for name in pairs(net:state_dict()) do "
                + "if name:find('^up3.conv_2') then names[#names + 1] = name end end table.sort(names) "
                + "return table.concat(names, ' ')",
            "up3.conv_2.conv.0.bias up3.conv_2.conv.0.num_batches_tracked up3.conv_2.conv.0.running_mean "
                + "up3.conv_2.conv.0.running_var up3.conv_2.conv.0.weight up3.conv_2.conv.1.weight "
                + "up3.conv_2.conv.2.weight"),
        Transcript(
            "nn.SegmentationLoss()",
            "SegmentationLoss(ce_weight = 1.0, dice_weight = 1.0, reduction = mean, eps = 0.001)"),
        Transcript(
            "local net = nn.UNet{channels = {1, 2, 2, 2, 2}} net:freeze(nil, {except = {\"out\"}}) local n = 0 for _, t in ipairs(net:parameters()) do if t.requires_grad then n = n + 1 end end return tostring(n)",
            "1"),
        Transcript(
            "local path = os.tmpname() local a = nn.Linear(2, 3) a:save(path, {notes = {by = \"us\"}}) local b = nn.load(path) os.remove(path) return tostring(torch.equal(a.weight, b.weight))",
            "true"),
    ])
    func behaves(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript(
            "nn.Conv3d(1, 2)",
            "test:1: bad argument #3 'kernel_size' to 'Conv3d' (integer or list of integers expected, got no value)"),
        Transcript(
            "nn.Conv3d(1, 2, 3, {padidng = 1})",
            "test:1: bad argument #4 to 'Conv3d' (unknown option 'padidng', did you mean 'padding'?)"),
        Transcript(
            "nn.Dropout(1.5)", "test:1: bad option 'p' to 'Dropout' (from 0 to 1 expected, got 1.5)"),
        Transcript(
            "nn.Dropout(0.5, {p = 0.2})",
            "test:1: bad argument #2 to 'Dropout' ('p' is given by its position, too)"),
        Transcript(
            "nn.InstanceNorm3d(8)", "test:1: bad argument #1 to 'InstanceNorm3d' (at most 0 arguments expected, got 1)"),
        Transcript(
            "nn.Conv3d(0, 2, 3)",
            "test:1: bad argument #1 'in_channels' to 'Conv3d' (1 or more expected, got 0)"),
        Transcript(
            "nn.Conv3d(\"a\", 2, 3)",
            "test:1: bad argument #1 'in_channels' to 'Conv3d' (integer expected, got string)"),
        Transcript(
            "nn.Conv3d(1, 2, 3)(torch.ones(1, 3, 4, 4, 4))",
            "test:1: conv3d: weight has shape 2x1x3x3x3 (expected out x 3 and 3 kernel sizes, for an input of 3 channels)"
        ),
        Transcript(
            "nn.Conv3D(1,2,3)",
            "test:1: module 'nn' has no member 'Conv3D' (did you mean 'Conv3d'?)"),
        Transcript(
            "nn.Conv3d(1, 2, 5)(torch.ones(1, 1, 4, 4, 4))",
            "test:1: conv3d: kernel_size is 5x5x5 (expected no more than the padded input: 4x4x4 voxels with 0x0x0 before and after)"
        ),
        Transcript(
            "nn.UNet{variant = \"medium\"}",
            "test:1: bad option 'variant' to 'UNet' ('full' or 'short' expected, got 'medium')"),
        Transcript(
            "nn.UNet{norm = \"layer\"}",
            "test:1: bad option 'norm' to 'UNet' ('instance', 'batch', 'group' or 'none' expected, got 'layer')"),
        Transcript(
            "nn.UNet{channels = {1, 2}}",
            "test:1: UNet: channels is {1, 2} (expected five numbers of 1 or more: those of the input and of the four levels)"
        ),
        Transcript(
            "nn.UNet{channels = {1, 2, 2, 2, 2}}(torch.ones(1, 2, 8, 8, 8))",
            "test:1: UNet: input has shape 1x2x8x8x8 (expected N x 1 x D x H x W, none of them 0)"),
        Transcript(
            "nn.UNet{channels = {1, 2, 2, 2, 2}}.down7",
            "test:1: Module has no member 'down7' (did you mean 'down1'?)"),
        Transcript(
            "nn.Linear(2, 3):load_state_dict{weight = torch.ones(3, 2)}",
            "test:1: load_state_dict: bias is missing (one of 1) (expected a tensor of shape 3)"),
        Transcript(
            "nn.Linear(2, 3):load_state_dict(\"/nonexistent\")",
            "test:1: /nonexistent: No such file or directory"),
        Transcript(
            "local path = os.tmpname() local file = io.open(path, 'w') file:write(('x'):rep(40)) file:close() "
                + "local _, message = pcall(function() nn.load(path) end) os.remove(path) "
                + "return (message:gsub(path, 'FILE', 1))",
            "test:1: FILE: not a valid safetensors file: its header claims 8680820740569200760 bytes, and 32 follow"),
        Transcript(
            "nn.SegmentationLoss{reduction = \"none\"}",
            "test:1: segmentation_loss: reduction is 'none' (expected 'mean' or 'sum')"),
        Transcript(
            "nn.SegmentationLoss{reduction = \"avg\"}",
            "test:1: bad option 'reduction' to 'SegmentationLoss' ('mean', 'sum' or 'none' expected, got 'avg')"),
        Transcript(
            "nn.SegmentationLoss()(torch.full({1, 2, 2, 2, 2}, 0/0), torch.zeros(1, 2, 2, 2))",
            "test:1: training: loss is nan (expected a finite number; the input may hold NaN, or the learning rate be too high)"
        ),
        Transcript(
            "nn.SegmentationLoss()(torch.zeros(1, 2, 2, 2, 2), torch.zeros(1, 2, 2, 3))",
            "test:1: cross_entropy: labels has shape 1x2x2x3 (expected 1x2x2x2, a class number for each voxel of the input 1x2x2x2x2)"
        ),
        Transcript(
            "nn.SegmentationLoss()(torch.zeros(1, 2, 2, 2, 2), torch.full({1, 2, 2, 2}, 5))",
            "test:1: cross_entropy: labels is 5.0 at a voxel (expected whole numbers from 0 to 1)"),
        Transcript(
            "optim.Adam(nn.Linear(2, 3), {lr = -1})",
            "test:1: bad option 'lr' to 'Adam' (0 or more expected, got -1)"),
        Transcript(
            "optim.Adam(3)",
            "test:1: bad argument #1 'params' to 'Adam' (module, list of tensors or list of groups expected, got number)"
        ),
        Transcript(
            "optim.SGD({torch.ones(2)}, {momentum = 2})",
            "test:1: bad option 'momentum' to 'SGD' (at least 0 and less than 1 expected, got 2)"),
        Transcript(
            "optim.CosineDecay(0)",
            "test:1: bad argument #1 'steps' to 'CosineDecay' (1 or more expected, got 0)"),
        Transcript(
            "optim.Adam({torch.ones(2)}):save(\"/nonexistent/x\")",
            "test:1: /nonexistent/x: No such file or directory"),
        Transcript(
            "nn.Linear(2, 3):save(\"/proc/x\")",
            "test:1: /proc/x: No such file or directory"),
        Transcript(
            "nn.functional.conv3d(torch.ones(1,1,4,4), torch.ones(1,1,3,3,3))",
            "test:1: conv3d: input has shape 1x1x4x4 (expected N x C x D x H x W)"),
        Transcript(
            "nn.Sequential(nn.ReLU(), 3)",
            "test:1: bad argument #2 'layers' to 'Sequential' (Layer expected, got number)"),
        Transcript(
            "nn.Flatten()(3)",
            "test:1: bad argument #2 'input' to '__call' (Tensor expected, got number)"),
    ])
    func namesWhatIsWrong(_ transcript: Transcript) throws { try transcript.check() }
}
