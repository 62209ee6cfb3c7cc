/// The chapter of the manual with recipes; the code of each runs as it stands, by itself.
public enum Cookbook {
    /// The chapter, as Markdown.
    public static let markdown = introduction + tensors + networks + volumes + priors + inference + figures

    private static let introduction = """
        # Cookbook: thirty recipes

        Short recipes for those who come from PyTorch, MONAI or Pyro. Each stands alone: it makes its own small data, runs
        in less than a second, and ends with an `assert` that fails where something is wrong. Copy one into a file for
        `lunette FILE`, and put your scan, network or training in the place of the small one.

        """
}

extension Cookbook {
    static let tensors = #"""
        ## Tensors and Lua

        ### How to index and slice from 1
        Indices count from 1 and negative ones from the end, ranges are `{first, last, step}` and include both ends, `{}` is
        all of a dimension. An index of several dimensions is one table: `x[{1, 2}]`, not `x[1, 2]`.

        ```lua
        local x = torch.arange(24):reshape(2, 3, 4)
        print("x[0, 1, 2]", x[{1, 2, 3}]:item())                -- in Python, and here
        print("x[:, -1, 0:2]", x[{{}, -1, {1, 2}}])
        print("x[0, :, ::2]", x[{1, {}, {1, -1, 2}}])
        print("x[..., [3, 0]]", x:index_select(3, {4, 1})[{2, 3}])
        print("x[x > 20]", x[x:gt(20)])
        for i = 1, #x do print("row", i, x[i]:sum():item()) end  -- ipairs(x) would end with an error
        assert(x[{1, 2, 3}]:item() == 7 and x[-1]:sum():item() == 222)
        assert(x[{{}, -1, {1, 2}}]:equal(torch.tensor{{9, 10}, {21, 22}}))
        assert(x[{1, {}, {1, -1, 2}}]:equal(torch.tensor{{1, 3}, {5, 7}, {9, 11}}))
        ```

        ### How to broadcast, and to change a tensor in place
        Shapes broadcast as in NumPy, and `keepdim` is an option. `x[1]` and slices are views: what is done to them by
        methods that end in `_` is done to `x`. A parameter may be changed within `torch.no_grad` only.

        ```lua
        local x = torch.tensor{{1, 2, 3}, {4, 6, 8}}
        local centred = x - x:mean(2, {keepdim = true})          -- 2x3 minus 2x1
        local before, row = x:clone(), x[1]                      -- a copy, and a view
        row:mul_(10)
        x[{2, 3}] = -1
        x[x:gt(5) & x:lt(25)] = 0                                -- & of masks; `and` would give the second one
        local weight = torch.ones(3, {requires_grad = true})
        torch.no_grad(function() weight:sub_(x[2], {alpha = 0.5}) end)
        print(centred, x, weight)
        assert(centred:equal(torch.tensor{{-1, 0, 1}, {-2, 0, 2}}) and before:sum():item() == 24)
        assert(x:equal(torch.tensor{{0, 0, 30}, {4, 0, -1}}) and weight:detach():equal(torch.tensor{-1, 1, 1.5}))
        ```

        ### How to save and load tensors
        A `.safetensors` file holds tensors by name and texts beside them, and PyTorch reads it, too. NumPy reads `.npy` and
        `.npz`. There is no pickle: what is not a tensor goes into the metadata, as text.

        ```lua
        local path = os.tmpname()
        local state = {["conv.weight"] = torch.randn(2, 1, 3, 3, 3), ["conv.bias"] = torch.zeros(2)}
        torch.save(state, path .. ".safetensors", {metadata = {epoch = "7"}})
        torch.arange(6):reshape(2, 3):save(path .. ".npy")       -- in Python: numpy.load(path)
        local tensors, metadata = torch.load(path .. ".safetensors")
        local array = torch.load(path .. ".npy")
        for name, tensor in pairs(tensors) do print(name, table.concat(tensor.shape, "x")) end
        print("epoch", metadata.epoch, array)
        for _, ending in ipairs{"", ".npy", ".safetensors"} do os.remove(path .. ending) end
        assert(tensors["conv.weight"]:equal(state["conv.weight"]) and math.tointeger(metadata.epoch) == 7)
        assert(array:equal(torch.tensor{{1, 2, 3}, {4, 5, 6}}))
        ```

        ### How to draw the same random numbers again
        `torch.manual_seed` is for everything that draws, with any number of threads. A `torch.Generator` is a source of its
        own, which nothing else disturbs. Lua's `math.random` is none of these: `torch.randint` takes its place.

        ```lua
        torch.manual_seed(1)
        local first = torch.randn(4)
        local state = torch.get_rng_state()
        local second = torch.randn(4)
        torch.set_rng_state(state)
        local again = torch.randn(4)
        local own = torch.Generator(7)
        local layer = nn.Linear(4, 2, {generator = own})         -- first weights of a seed of their own
        local die = torch.randint(1, 6, {5}, {generator = own})  -- both ends are included
        print(first, second, die)
        torch.manual_seed(1)
        assert(torch.randn(4):equal(first) and again:equal(second) and not first:equal(second))
        assert(layer.weight:equal(nn.Linear(4, 2, {generator = torch.Generator(7)}).weight))
        ```

        """#
}
