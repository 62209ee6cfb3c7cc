import Testing

/// What the module `torch` says of wrong input.
@Suite struct TorchErrorTests {
    @Test(arguments: [
        Transcript(
            "torch.tensor({1, 'a'})",
            "test:1: bad argument #1 'data' to 'tensor' (number or list of numbers expected, got string at index 2)"),
        Transcript(
            "local t = {}; t[1] = t; torch.tensor(t)",
            "test:1: bad argument #1 'data' to 'tensor' (lists nested too deeply)"),
        Transcript(
            "torch.tensor({{1, 2}, 3})",
            "test:1: bad argument #1 'data' to 'tensor' (a list of 2 expected at [2], got the number 3.0)"),
        Transcript(
            "torch.tensor('x')",
            "test:1: bad argument #1 'data' to 'tensor' (Tensor, number or list of numbers expected, got string)"),
        Transcript("torch.zeros(2, 'x')", "test:1: bad argument #2 'size' to 'zeros' (integer expected, got string)"),
        Transcript("torch.zeros(-1)", "test:1: tensor: shape is -1 (expected sizes of 0 or more)"),
        Transcript(
            "torch.zeros(2, {requires_grd = true})",
            "test:1: bad argument #2 to 'zeros' (unknown option 'requires_grd', did you mean 'requires_grad'?)"),
        Transcript("torch.zeros(2, 3)[3]", "test:1: select: index is 3 (expected 1 to 2, or -2 to -1)"),
        Transcript(
            "torch.zeros(2, 3)[{1, 2, 3}]",
            "test:1: index: index is for 3 dimensions (expected at most 2 for the shape 2x3)"),
        Transcript(
            "torch.zeros(2, 3)[{{1}}]",
            "test:1: bad argument #2 'index' to '__index' (index, {first, last[, step]}, {} or Tensor of indices expected, got a list of 1: torch.tensor makes indices of a list at index 1)"
        ),
        Transcript(
            "torch.zeros(2, 3)[1.5]",
            "test:1: bad argument #2 'index' to '__index' (integer, Tensor, or list of indices and ranges expected, got number)"
        ),
        Transcript("torch.zeros(2, 3)['x']", "test:1: Tensor has no member 'x' (did you mean 't'?)"),
        Transcript("torch.zeros(2, 3)[torch.zeros(3)]", "test:1: index: mask has shape 3 (expected 2)"),
        Transcript(
            "torch.zeros(2, 3) + torch.zeros(2, 4)",
            "test:1: add: second operand has shape 2x4 (expected one that broadcasts with 2x3)"),
        Transcript(
            "torch.zeros(2, 3) + {}", "test:1: bad argument #2 'b' to '__add' (Tensor or number expected, got table)"),
        Transcript(
            "torch.zeros(2, 3) + '1'", "test:1: bad argument #2 'b' to '__add' (Tensor or number expected, got string)"),
        Transcript(
            "torch.zeros(2, 3) < 3",
            "test:1: < or >: an operand has shape 2x3 (expected one element, as the answer is true or false: lt and gt compare all)"
        ),
        Transcript(
            "torch.zeros(2) >= torch.zeros(2)",
            "test:1: <= or >=: an operand has shape 2 (expected one element, as the answer is true or false: le and ge compare all)"
        ),
        Transcript(
            "torch.zeros(2) == torch.zeros(2)",
            "test:1: ==: an operand has shape 2 (expected one element, as the answer is true or false: eq compares all, and equal and allclose ask whether they are alike)"
        ),
        Transcript(
            "'loss ' .. torch.zeros(2)",
            "test:1: ..: an operand is a tensor (expected tostring(t) or t:item() for a text, torch.cat for one tensor of several)"
        ),
        Transcript(
            "torch.zeros(2) & torch.zeros(2)",
            "test:1: &: an operand is a tensor of numbers (expected a mask, as comparisons such as t:gt(0) give; t:ne(0) makes one)"
        ),
        Transcript(
            "torch.arange(3)[torch.ones(3)]",
            "test:1: index: index is a tensor of ones (expected m:ne(0) for a mask, or index_select for indices, as it could be either)"
        ),
        Transcript(
            "torch.arange(3)[torch.tensor({4})]", "test:1: index: index is 4 (expected 1 to 3, or -3 to -1)"),
        Transcript(
            "torch.arange(3)[torch.tensor({1.5})]", "test:1: index: index is 1.5 (expected whole numbers, or a mask)"),
        Transcript(
            "torch.zeros(3)[{1, torch.tensor({1, 2})}]",
            "test:1: index: index is for 1 dimensions (expected at most 0 for the shape scalar)"),
        Transcript(
            "torch.zeros(3)[torch.tensor({1, 2})] = {1, 2, 3}",
            "test:1: expand: self has shape 3 (expected one that broadcasts to 2)"),
        Transcript(
            "torch.zeros(2):backward()",
            "test:1: backward: nothing that this tensor was computed from requires a gradient"),
        Transcript("torch.zeros(2).shpe", "test:1: Tensor has no member 'shpe' (did you mean 'shape'?)"),
        Transcript("torch.zeros(2).shape = 3", "test:1: property 'shape' of Tensor cannot be set"),
        Transcript(
            "torch.zeros(2, {requires_grad = true})[1] = 3",
            "test:1: copy_: a tensor that requires a gradient can be changed in place within no_grad only"),
        Transcript(
            "torch.zeros(2)[1] = 'x'",
            "test:1: bad argument #3 'value' to '__newindex' (Tensor, number or list of numbers expected, got string)"),
        Transcript("torch.zeros(2)[3] = 1", "test:1: select: index is 3 (expected 1 to 2, or -2 to -1)"),
        Transcript(
            "torch.zeros(2)[1] = {1, 2}", "test:1: expand: self has shape 2 (expected one that broadcasts to scalar)"),
        Transcript(
            "torch.zeros(2)[{1, {1, 2}}] = 1",
            "test:1: index: index is for 2 dimensions (expected at most 1 for the shape 2)"),
        Transcript(
            "local t = torch.zeros(2); t:free(); return t:numel()",
            "test:1: calling 'numel' on bad self (Tensor expected, got released Tensor)"),
        Transcript(
            "local t = torch.zeros(2); do local s <close> = t end return t[1]",
            "test:1: bad argument #1 'self' to '__index' (Tensor expected, got released Tensor)"),
        Transcript("torch.randperm(-1)", "test:1: randperm: n is -1 (expected 0 to 16777216)"),
        Transcript(
            "torch.randint(3, 1, {2})", "test:1: randint: high is 1 (expected at least low, 3, and at most 16777216)"),
        Transcript(
            "torch.randn(2, {generator = 3})",
            "test:1: bad option 'generator' to 'randn' (Generator expected, got number)"),
        Transcript(
            "torch.set_num_threads(0)", "test:1: bad argument #1 'n' to 'set_num_threads' (must be 1 to 256, got 0)"),
        Transcript(
            "torch.manual_seed('x')", "test:1: bad argument #1 'seed' to 'manual_seed' (integer expected, got string)"),
        Transcript(
            "torch.manual_seed(2^64)",
            "test:1: bad argument #1 'seed' to 'manual_seed' (number has no integer representation)"),
        Transcript(
            "torch.set_rng_state({seed = 1})",
            "test:1: bad argument #1 'state' to 'set_rng_state' (the fields seed and counter expected)"),
        Transcript("torch.cat({})", "test:1: cat: tensors is an empty list (expected at least one tensor)"),
        Transcript(
            "torch.cat({torch.zeros(2), torch.zeros(2, 2)})",
            "test:1: cat: tensors has shape 2x2 (expected 2 in all dimensions but 1)"),
        Transcript(
            "torch.cat(torch.zeros(2))",
            "test:1: bad argument #1 'tensors' to 'cat' (list of Tensors expected, got Tensor)"),
        Transcript(
            "torch.stack({torch.zeros(2), 3})",
            "test:1: bad argument #1 'tensors' to 'stack' (Tensor expected, got number at index 2)"),
        Transcript("torch.arange(5, 1)", "test:1: arange: step is 1.0 (expected a step that leads from 5.0 to 1.0)"),
        Transcript("torch.arange(1, 5, 0)", "test:1: arange: step is 0.0 (expected a step that leads from 1.0 to 5.0)"),
        Transcript(
            "torch.arange(1, 1e300, 1e-300)",
            "test:1: arange: step is 1e-300 (expected a step that leads from 1.0 to 1e+300)"),
        Transcript("torch.linspace(0, 1, -3)", "test:1: tensor: shape is -3 (expected sizes of 0 or more)"),
        Transcript("torch.eye(-1)", "test:1: tensor: shape is -1x-1 (expected sizes of 0 or more)"),
        Transcript(
            "torch.zeros(2, 3):reshape(4, -1)", "test:1: reshape: shape is 4x-1 (expected 6 elements, as in 2x3)"),
        Transcript("torch.zeros(2, 3):reshape(-1, -1)", "test:1: reshape: shape is 1x-1 (expected sizes of 0 or more)"),
        Transcript(
            "torch.zeros(2, 3):expand(-1, 4)",
            "test:1: expand: self has shape 2x3 (expected one that broadcasts to 2x4)"),
        Transcript(
            "torch.zeros(2, 3):permute(1, 1)",
            "test:1: permute: dims is [1, 1] (expected each of the 2 dimensions once)"),
        Transcript("torch.zeros(2, 3, 4):t()", "test:1: t: self has shape 2x3x4 (expected at most two dimensions)"),
        Transcript("torch.zeros(2, 3):sum(3)", "test:1: sum: dim is 3 (expected 1 to 2, or -2 to -1)"),
        Transcript("torch.zeros(2, 3):sum({1, 1})", "test:1: sum: dim is [1, 1] (expected each dimension once)"),
        Transcript(
            "torch.zeros(2, 3):sum('x')",
            "test:1: bad argument #1 'dim' to 'sum' (integer or list of integers expected, got string)"),
        Transcript("torch.zeros(2, 3):item()", "test:1: item: self has shape 2x3 (expected a tensor of one element)"),
        Transcript(
            "torch.zeros(2, 3):matmul(torch.zeros(2, 3))",
            "test:1: matmul: other has shape 2x3 (expected 3 rows in its last two dimensions, to match 2x3)"),
        Transcript("torch.zeros(2, 3):split(0)", "test:1: split: size is 0 (expected 1 or more)"),
        Transcript("torch.zeros(0):max()", "test:1: max: self has shape 0 (expected at least one element)"),
        Transcript(
            "torch.zeros(2):pad({1}, {1, 2})",
            "test:1: pad: padding is [1] and [1, 2] (expected one number before and one after for each of the 1 dimensions)"
        ),
        Transcript(
            "torch.zeros(2):pad({math.maxinteger}, {1})",
            "test:1: pad: padding is [9223372036854775807] and [1] (expected no more cropped than there is in 2)"),
        Transcript("torch.zeros(2):clamp(2, 1)", "test:1: clamp: min is 2.0 (expected no more than max, 1.0)"),
        Transcript(
            "torch.zeros(2):index_select(1, {3})", "test:1: index_select: index is 3 (expected 1 to 2, or -2 to -1)"),
        Transcript(
            "torch.zeros(2):index_select(1, torch.tensor(1.5))",
            "test:1: bad argument #2 'indices' to 'index_select' (whole numbers expected, got 1.5)"),
        Transcript(
            "torch.save({a = 1}, 'x.safetensors')",
            "test:1: bad argument #1 'tensors' to 'save' (Tensor or table of Tensors expected, got table)"),
        Transcript(
            "torch.save(torch.zeros(2), 'x.safetensors')",
            "test:1: bad argument #2 'path' to 'save' (an .npy file expected for a single tensor, got 'x.safetensors')"),
        Transcript(
            "torch.save({a = torch.zeros(2)}, 'x.npy')",
            "test:1: bad argument #1 'tensors' to 'save' (a single tensor expected for an .npy file, got a table)"),
        Transcript(
            "torch.save({a = torch.zeros(2)}, 'x')",
            "test:1: bad argument #2 'path' to 'save' (a file of the ending .safetensors, .npz or .npy expected, got 'x')"
        ),
        Transcript(
            "torch.save({a = torch.zeros(2)}, '/nowhere/x.npz')",
            "test:1: /nowhere/x.npz: No such file or directory"),
        Transcript("torch.load('/nowhere/x.npz')", "test:1: /nowhere/x.npz: No such file"),
        Transcript(
            "torch.load('/etc/passwd')",
            "test:1: bad argument #1 'path' to 'load' (a file of the ending .safetensors, .npz or .npy expected, got '/etc/passwd')"
        ),
        Transcript("torch.no_grad(3)", "test:1: bad argument #1 'f' to 'no_grad' (function expected, got number)"),
        Transcript("torch.no_grad(function() error('mine') end)", "test:1: mine"),
        Transcript(
            "torch.where(torch.zeros(2), torch.zeros(3), 1)",
            "test:1: where: second operand has shape 2 (expected one that broadcasts with 3)"),
        Transcript("torch.exp(3)", "test:1: bad argument #1 'self' to 'exp' (Tensor expected, got number)"),
        Transcript("torch.ones(2):exp(1)", "test:1: bad argument #1 to 'exp' (at most 1 argument expected, got 2)"),
        Transcript("torch.ones(2).exp()", "test:1: bad argument #1 'self' to 'exp' (Tensor expected, got no value)"),
        Transcript(
            "torch.ones(2):add_(torch.ones(3))", "test:1: expand: self has shape 3 (expected one that broadcasts to 2)"),
        Transcript(
            "torch.ones(2):expand(3, 2):add_(1)",
            "test:1: add_: an expanded tensor cannot be changed in place (clone it first)"),
        Transcript(
            "(torch.ones(2, {requires_grad = true}) * 2):requires_grad_(false)",
            "test:1: requires_grad can be set on leaves only, and this is a result of scale"),
        Transcript(
            "torch.ones(2, {requires_grad = true}):backward(torch.ones(3))",
            "test:1: backward: gradient has shape 3 (expected 2)"),
        Transcript(
            "local x = torch.ones(2, {requires_grad = true}); local y = (x * x):sum(); y:backward(); y:backward()",
            "test:1: backward: the graph was freed by an earlier backward (pass retain_graph = true to keep it)"),
        Transcript(
            "local x = torch.ones(2, {requires_grad = true}); x.grad = torch.ones(3)",
            "test:1: grad: grad has shape 3 (expected 2)"),
        Transcript(
            "local n = 0 for i, v in ipairs(torch.ones(3)) do n = n + v:item() end return n",
            "select: index is 4 (expected 1 to 3, or -3 to -1)"),
        Transcript("torch.zeros(3)[{{0, 2}}]", "test:1: slice: start is 0 (expected 1 to 3, or -3 to -1)"),
        Transcript("torch.zeros(3)[{{1, 2, -1}}]", "test:1: slice: step is -1 (expected 1 or more)"),
        Transcript("torch.zeros(3)[{{1, 2, 0}}]", "test:1: slice: step is 0 (expected 1 or more)"),
        Transcript(
            "torch.tensor({[2] = 1})",
            "test:1: bad argument #1 'data' to 'tensor' (list of numbers or lists of numbers expected, got a table with other keys)"
        ),
        Transcript(
            "torch.zeros({[2] = 1})", "test:1: bad argument #1 to 'zeros' (an option's name expected, got a number)"),
        Transcript("torch.full({2}, 'x')", "test:1: bad argument #2 'value' to 'full' (number expected, got string)"),
        Transcript(
            "torch.full(2, 1)", "test:1: bad argument #1 'size' to 'full' (list of integers expected, got number)"),
        Transcript(
            "torch.tensor({{{1, 2}}, {{1, 2, 3}}})",
            "test:1: bad argument #1 'data' to 'tensor' (a list of 2 expected at [2][1], got a list of 3)"),
        Transcript(
            "torch.tensor({{1, {2}}, {1, 2}})",
            "test:1: bad argument #1 'data' to 'tensor' (a number expected at [1], got a list of 1)"),
        Transcript(
            "torch.zeros(2)[1] = {{1}, {1, 2}}",
            "test:1: bad argument #3 'value' to '__newindex' (a list of 1 expected at [2], got a list of 2)"),
        Transcript(
            "torch.ones(2, 3):expand(4, 3)", "test:1: expand: self has shape 2x3 (expected one that broadcasts to 4x3)"),
    ])
    func errors(_ transcript: Transcript) throws { try transcript.check() }

    @Test func impossibleSizesAreRefused() throws {
        for code in ["torch.zeros(2^30, 2^20)", "torch.zeros(2^40, 2^40)", "torch.ones(2, 1):expand(2, 2^50)"] {
            let text = try Transcript.run(code)
            #expect(text.hasPrefix("test:1: out of memory: "), "\(code) gave \(text)")
        }
        let sizes = "(" + Array(repeating: "1", count: 65).joined(separator: ", ") + ")"
        #expect(
            try Transcript.run("torch.zeros" + sizes)
                == "test:1: tensor: shape is one of 65 dimensions (expected at most 64)")
    }
}
