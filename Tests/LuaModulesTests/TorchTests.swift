import Testing

/// What the module `torch` computes.
@Suite struct TorchTests {
    @Test(arguments: [
        Transcript("#torch.zeros(4, 2)", "4"),
        Transcript("table.concat(torch.zeros({4, 2}).shape, 'x')", "4x2"),
        Transcript("2 - torch.tensor({1, 4})", "{ 1, -2} [2]"),
        Transcript("2 / torch.tensor({1, 4})", "{2.0000, 0.5000} [2]"),
        Transcript("(torch.tensor({49}) / 49):item()", "1.0"),
        Transcript("2 ^ torch.tensor(3)", "8 [scalar]"),
        Transcript("torch.tensor(3) ^ 2", "9 [scalar]"),
        Transcript("-torch.tensor(3)", "-3 [scalar]"),
        Transcript("torch.arange(5)[{{2, -1, 2}}]", "{2, 4} [2]"),
        Transcript("torch.eye(3)[2][-2]", "1 [scalar]"),
        Transcript("torch.eye(3)[{{}, 2}]", "{0, 1, 0} [3]"),
        Transcript("local t = torch.zeros(2, 3); t[{{}, 2}] = {5, 6}; return t[2]", "{0, 6, 0} [3]"),
        Transcript("local t = torch.arange(3); t[torch.tensor({1, 0, 0})] = -1; return t[1]", "-1 [scalar]"),
        Transcript("torch.tensor(true)", "1 [scalar]"),
        Transcript("torch.zeros(2) == torch.zeros(2)", "false"),
        Transcript("torch.zeros(2, 3)[{}]", "{{0, 0, 0},\n {0, 0, 0}} [2x3]"),
        Transcript("local t = torch.zeros(2); t:free(); return tostring(t)", "released Tensor"),
        Transcript("torch.linspace(0, 1, 1)", "{0} [1]"),
        Transcript("torch.zeros(0):mean()", "nan [scalar]"),
        Transcript("torch.zeros(0):sum()", "0 [scalar]"),
        Transcript("torch.tensor({1, 2, 3})", "{1, 2, 3} [3]"),
        Transcript("torch.tensor(3.5, {requires_grad = true})", "3.5000 [scalar, requires_grad]"),
        Transcript("torch.Generator(3)", "Generator(seed = 3, counter = 0)"),
        Transcript("torch.zeros(3):slice(1, 2, 1):size(1)", "0"),
        Transcript("torch.tensor({{}, {}}):size(2)", "0"),
        Transcript("torch.arange(5):max(1)", "5 [scalar]"),
        Transcript("torch.arange(0)", "{} [0]"),
        Transcript("torch.arange(5, 1, -2)", "{5, 3, 1} [3]"),
        Transcript("torch.arange(5, 1)", "{} [0]"),
        Transcript("torch.ones(2, 2):max(2)", "{1, 1} [2]"),
        Transcript("torch.zeros(2):equal(torch.zeros(3))", "false"),
        Transcript("torch.arange(6):reshape(2, 3):permute(2, 1):flatten():totable()[2]", "4.0"),
        Transcript("torch.cat({torch.ones(1, 2), torch.zeros(2, 2)}):sum(1):totable()[1]", "1.0"),
        Transcript("torch.stack({torch.ones(2), torch.zeros(2)}, 2):size(2)", "2"),
        Transcript("torch.where(torch.tensor({1, 0}), torch.tensor({5, 5}), 0 / 0)", "{  5, nan} [2]"),
        Transcript("torch.linspace(1, 2, 3)", "{1.0000, 1.5000, 2.0000} [3]"),
        Transcript("torch.tensor({{1, 5}, {7, 2}}):argmax(2)", "{2, 1} [2]"),
        Transcript("torch.tensor({{1, 5}, {7, 2}}):max(1, {keepdim = true})", "{{7, 5}} [1x2]"),
        Transcript("torch.tensor({1, 2}):gt(1)", "{0, 1} [2]"),
        Transcript("torch.tensor({3, 4}):norm()", "5 [scalar]"),
        Transcript("torch.tensor({1, 2, 3, 4}):var({unbiased = false})", "1.2500 [scalar]"),
        Transcript("torch.zeros(3, {requires_grad = true}):clone()", "{0, 0, 0} [3, requires_grad]"),
        Transcript("torch.ones(3):add_(2, {alpha = 3}):sub_(1):mul_(2):div_(4)", "{3, 3, 3} [3]"),
        Transcript("torch.arange(6)[torch.arange(6):gt(4)]", "{5, 6} [2]"),
        Transcript("select(2, torch.tensor({1, 3, 2}):max(1))", "2 [scalar]"),
        Transcript(
            "local x = torch.tensor({1, 2}, {requires_grad = true}); local y = (x * x):sum(); y:backward({retain_graph = true}); y:backward(); return x.grad",
            "{4, 8} [2]"),
        Transcript(
            "local x = torch.tensor({1, 2}, {requires_grad = true}); x:sum():backward(); x.grad = nil; return x.grad",
            "nil"),
        Transcript(
            "local x = torch.tensor({1, 2}, {requires_grad = true}); (x * 3):backward(torch.tensor({1, 10})); return x.grad",
            "{ 3, 30} [2]"),
        Transcript(
            "local x = torch.zeros(2, {requires_grad = true}); torch.no_grad(function() x[1] = 5 end); return x",
            "{5, 0} [2, requires_grad]"),
        Transcript("return select('#', torch.no_grad(function() return 1, nil, 3 end))", "3"),
        Transcript(
            "local g = torch.Generator(4); local a = torch.randn(3, {generator = g}); local s = g:get_state(); local b = torch.rand(2, {generator = g}); g:set_state(s); return b:equal(torch.rand(2, {generator = g}))",
            "true"),
        Transcript("local a = torch.randn(4); torch.manual_seed(0); return a:equal(torch.randn(4))", "true"),
        Transcript("torch.Generator(-3)", "Generator(seed = -3, counter = 0)"),
        Transcript(
            "local p = os.tmpname() .. '.npz'; torch.save({a = torch.ones(2), b = torch.zeros(1, 3)}, p); local t = torch.load(p); os.remove(p); return t.b:size(2) + t.a:sum():item()",
            "5.0"),
        Transcript(
            "local p = os.tmpname() .. '.safetensors'; torch.save({a = torch.ones(2)}, p, {metadata = {by = 'me'}}); local t, m = torch.load(p); os.remove(p); return m.by .. #t.a",
            "me2"),
        Transcript(
            "local p = os.tmpname() .. '.npy'; torch.eye(2):save(p); local t = torch.load(p); os.remove(p); return t",
            "{{1, 0},\n {0, 1}} [2x2]"),
        Transcript("torch.randint(1, 3, {1000}):min():item() + torch.randint(1, 3, {1000}):max():item()", "4.0"),
        Transcript("torch.zeros(2, 3):summary()", "tensor 2x3 float32, min 0, mean 0, max 0: 0, 0, 0, 0, ..."),
        Transcript(
            "local n = torch.get_num_threads(); torch.set_num_threads(1); local a = torch.randn(100000); torch.set_num_threads(2); torch.manual_seed(0); local same = a:equal(torch.randn(100000)); torch.set_num_threads(n); return same",
            "true"),
    ])
    func values(_ transcript: Transcript) throws { try transcript.check() }
}
