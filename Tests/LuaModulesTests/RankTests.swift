import Testing

/// The gradients of a group of ranks, which is this process alone here.
@Suite struct RankTests {
    @Test(arguments: [
        // The same as the mean loss's own gradients, up to rounding; what does not depend on the loss gets zeros.
        Transcript(
            "torch.manual_seed(1) local net, spare = nn.Linear(3, 2), torch.ones(2, {requires_grad = true}) "
                + "local x = torch.randn(4, 3) "
                + "local function loss(i) return net(x[{{i, i}}]):square():sum() end "
                + "local parameters = {net.weight, net.bias, spare} "
                + "local mean = mpi.group():backward(parameters, 4, loss) local own = net.weight.grad:clone() "
                + "net.weight.grad:mul_(0) local total = (loss(1) + loss(2) + loss(3) + loss(4)) / 4 total:backward() "
                + "return tostring((own - net.weight.grad):abs():max():item() < 1e-5 "
                + "and math.abs(mean - total:item()) < 1e-5 and spare.grad:abs():sum():item() == 0)", "true"),
        // What a sample draws depends on its place alone, and what is drawn later on neither samples nor draws.
        Transcript(
            "local function draws(samples, each) torch.manual_seed(7) local found = {} "
                + "local w = torch.ones(1, {requires_grad = true}) "
                + "mpi.group():backward({w}, samples, function(i) found[i] = torch.rand(each)[1]:item() "
                + "return w:sum() end) found.after = torch.rand(1):item() return found end "
                + "local a, b = draws(2, 1), draws(3, 50) "
                + "return tostring(a[1] == b[1] and a[2] == b[2] and a[1] ~= a[2] and a.after == b.after)", "true"),
        Transcript("local g = mpi.group() return g.rank .. ' of ' .. g.size", "0 of 1"),
    ])
    func gradients(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            "mpi.group():backward({}, 1, print)",
            "test:1: bad argument #1 'parameters' to 'backward' (one parameter at least expected)"),
        Transcript(
            "mpi.group():backward(nn.Linear(1, 1), 0, print)",
            "test:1: bad argument #2 'samples' to 'backward' (from 1 to 65536 expected, got 0)"),
        Transcript(
            "mpi.group():backward(nn.Linear(1, 1), 1, function() return 3 end)",
            "test:1: bad result of the function called back (Tensor expected, got number)"),
    ])
    func mistakes(_ line: Transcript) throws { try line.check() }
}
