import Testing

/// Losses, predictions and networks of regions and of several sequences, from Lua.
@Suite struct RegionTests {
    @Test(arguments: [
        Transcript(
            "nn.SegmentationLoss{regions = {{1, 2, 3}, {1, 3}, {3}}}",
            "SegmentationLoss(ce_weight = 1.0, dice_weight = 1.0, reduction = mean, eps = 0.001, "
                + "regions = {{1, 2, 3}, {1, 3}, {3}})"),
        Transcript(
            "local x, y = torch.randn(1, 2, 3, 3), torch.randint(0, 2, {1, 3, 3}) local options = {regions = {{1, 2}, {2}}} "
                + "return torch.equal(nn.SegmentationLoss(options)(x, y), nn.functional.segmentation_loss(x, y, options))",
            "true"),
        Transcript(
            "nn.SegmentationLoss{regions = {{1, 2}, {2}}}(torch.zeros(1, 2, 3), torch.tensor{{0, 1, 3}})",
            "test:1: segmentation_loss: labels is 3.0 at a voxel (expected whole numbers from 0 to 2, the largest class of "
                + "the regions {{1, 2}, {2}})"),
        Transcript(
            "nn.SegmentationLoss{regions = {{1, 2}, {2, 1}}}",
            "test:1: regions: region 2 is {2, 1} (expected other classes than those of region 1)"),
        Transcript(
            "nn.SegmentationLoss{regions = {1, 2}}",
            "test:1: bad option 'regions' to 'SegmentationLoss' (list of integers expected, got number at index 1)"),
        Transcript(
            "local net = nn.Conv3d(4, 3, 1) local x = torch.randn(1, 4, 4, 4, 4) "
                + "local found = bayes.predict(net, x, {regions = {{1, 2, 3}, {1, 3}, {3}}, flips = true, std = false}) "
                + "local p = torch.no_grad(function() return net(x):sigmoid() end) "
                + "return tostring((found.probability - p):abs():max():item() < 1e-6) .. tostring(found.std) .. found.entropy:size(2)",
            "truenil1"),
        Transcript(
            "bayes.predict(nn.Conv3d(1, 2, 1), torch.ones(1, 1, 2, 2, 2), {flips = {true, false}})",
            "test:1: predict: flips is a list of 2 (expected 3, one for each direction of the volume 1x1x2x2x2)"),
        Transcript(
            "local net = bayes.UNet{variant = 'full', channels = {1, 2, 2, 2, 2}, posterior = 'low_rank'} "
                + "local to = {'t1', 't1ce', 't2', 'flair'} "
                + "local new = nn.adapt(net, {channels = {from = {'flair'}, to = to}, "
                + "classes = {from = {'background', 'lesion'}, to = {'WT', 'TC', 'ET'}}}) "
                + "local found = bayes.predict(new, torch.randn(1, 4, 8, 8, 8), "
                + "{samples = 2, regions = {{1, 2, 3}, {1, 3}, {3}}}) "
                + "return tostring(new):match('^UNet%b()') .. found.probability:size(2) .. #new.kernel_layers "
                + ".. tostring(torch.equal(new.init_conv.weight:slice(2, 4, 4), net.init_conv.weight))",
            "UNet(full, channels = {4, 2, 2, 2, 2}, classes = 3)37true"),
        Transcript(
            "local own = {} function own:log_prob(w) return w:flatten(2):sum(2) end "
                + "function own:sample(n) return torch.full({n, 3, 3}, 7) end "
                + "local net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()) "
                + "return nn.adapt(net, {channels = {from = {'a'}, to = {'b', 'a'}}, prior = own})[1].weight[{1, 1, 1, 1}]:item()",
            "7.0"),
        Transcript(
            "nn.adapt(nn.UNet{channels = {1, 2, 2, 2, 2}}, {channels = {from = {'flair', 't1'}, to = {'t1'}}})",
            "test:1: adapt: channels.from is {flair, t1} (expected 1 name, one for each channel of the input of "
                + "UNet(short, channels = {1, 2, 2, 2, 2}, classes = 2))"),
        Transcript(
            "nn.adapt(nn.UNet{channels = {1, 2, 2, 2, 2}}, {channels = {form = {'flair'}, to = {'t1'}}})",
            "test:1: bad option 'channels' to 'adapt' (unknown field 'form', did you mean 'from'?)"),
        Transcript(
            "local Own = nn.class('Own') function Own:forward(x) return x end "
                + "nn.adapt(Own(), {channels = {from = {'flair'}, to = {'t1'}}})",
            "test:1: adapt: network is Own() (expected a convolution, a U-Net, or a Sequential of such layers)"),
    ])
    func scripts(_ line: Transcript) throws {
        #expect(try Transcript.run(line.code) == line.expected)
    }
}
