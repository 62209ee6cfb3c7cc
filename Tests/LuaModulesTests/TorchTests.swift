import Testing

/// The module `torch`.
@Suite struct TorchTests {
    @Test(arguments: [
        Transcript("#torch.zeros(4, 2)", "4"),
        Transcript("table.concat(torch.zeros({4, 2}).shape, 'x')", "4x2"),
        Transcript("(2 - torch.tensor({1, 4})):totable()[2]", "-2.0"),
        Transcript("(2 / torch.tensor({1, 4})):totable()[2]", "0.5"),
        Transcript("(torch.tensor({49}) / 49):item()", "1.0"),
        Transcript("(2 ^ torch.tensor({3})):item()", "8.0"),
        Transcript("(torch.tensor({3}) ^ 2):item()", "9.0"),
        Transcript("(-torch.tensor({3})):item()", "-3.0"),
        Transcript("torch.arange(5)[{{2, -1, 2}}]:totable()[2]", "4.0"),
        Transcript("torch.eye(3)[2][-2]:item()", "1.0"),
        Transcript("#torch.arange(5)[torch.tensor({1, 0, 1, 0, 0})]", "2"),
        Transcript("local t = torch.zeros(2, 3); t[{{}, 2}] = {5, 6}; return tostring(t[2][2]:item())", "6.0"),
        Transcript("local t = torch.arange(3); t[torch.tensor({1, 0, 0})] = -1; return tostring(t[1]:item())", "-1.0"),
        Transcript(
            "local t = torch.tensor(2, {requires_grad = true}); (t ^ 3):backward(); return tostring(t.grad:item())",
            "12.0"),
        Transcript("torch.tensor(true):item()", "1.0"),
        Transcript("torch.zeros(2) == torch.zeros(2)", "false"),
    ])
    func values(_ transcript: Transcript) throws { try transcript.check() }

    @Test(arguments: [
        Transcript(
            "torch.tensor({{1, 2}, {3}})",
            "test:1: bad argument #1 'data' to 'tensor' (a list of 2 expected at [2], got a list of 1)"),
        Transcript("torch.tensor({1, 'a'})", ""),
        Transcript("local t = {}; t[1] = t; torch.tensor(t)", ""),
        Transcript("torch.zeros(2, 'x')", ""),
        Transcript("torch.zeros(-1)", ""),
        Transcript("torch.zeros(2^40, 2^40)", ""),
        Transcript("torch.zeros(2, {requires_grd = true})", ""),
        Transcript("torch.zeros(2, 3)[3]", ""),
        Transcript("torch.zeros(2, 3)[{1, 2, 3}]", ""),
        Transcript("torch.zeros(2, 3)[{{1}}]", ""),
        Transcript("torch.zeros(2, 3)[1.5]", ""),
        Transcript("torch.zeros(2, 3) + torch.zeros(2, 4)", ""),
        Transcript("torch.zeros(2, 3) + {}", ""),
        Transcript("torch.zeros(2):backward()", ""),
        Transcript("torch.zeros(2).shpe", ""),
        Transcript("torch.zeros(2, {requires_grad = true})[1] = 3", ""),
        Transcript("local t = torch.zeros(2); t:free(); return t:numel()", ""),
    ])
    func errors(_ transcript: Transcript) throws { try transcript.check() }
}
