import LuaBridge
import Tensors

/// Elements at indices: methods, and functions of `torch` under the same names.
extension Tensor {
    private static let dim = Parameter("dim", Int.self, "the dimension")
    private static let index = Parameter("index", Tensor.self, "an index for each element, counted from 1")

    static let luaPlacing = [
        LuaFunction(
            "gather", "The elements at indices of a dimension, one index for each; in the other dimensions they stay.",
            this, dim, index, returns: "a tensor of the index's shape",
            example: "torch.tensor({{5, 6}, {7, 8}}):gather(2, torch.tensor({{2}, {1}}))[{1, 1}]:item() == 6"
        ) { x, dim, index in try x.gather(dim, index) },
        LuaFunction(
            "scatter", "A copy with elements put at indices of a dimension, as `gather` finds them.", this, dim, index,
            Parameter("src", Operand.self, "a tensor of the index's shape, or a number"), returns: "a tensor",
            example: "torch.zeros(3):scatter(1, torch.tensor({2}), 5)[2]:item() == 5"
        ) { x, dim, index, source -> Tensor in
            switch source {
            case .first(let tensor): return try x.scatter(dim, index, tensor)
            case .second(let number): return try x.scatter(dim, index, Tensor.full(index.shape, number))
            }
        },
        LuaFunction(
            "scatter_add", "A copy with elements added at indices of a dimension, as `gather` finds them.", this, dim,
            index, Parameter("src", Tensor.self, "a tensor of the index's shape"), returns: "a tensor",
            example: "torch.zeros(3):scatter_add(1, torch.tensor({2, 2}), torch.ones(2))[2]:item() == 2"
        ) { x, dim, index, source in try x.scatterAdd(dim, index, source) },
        LuaFunction(
            "roll", "The elements moved along dimensions, those that leave one end coming in at the other.", this,
            Parameter("shifts", Integers.self, "by how many places, or a list of numbers"),
            Parameter("dims", Integers?.self, "the dimensions; by default all elements are moved as one dimension"),
            returns: "a tensor", example: "torch.arange(5):roll(2)[1]:item() == 4"
        ) { x, shifts, dims in try x.rolled(shifts.values, dims?.values) },
        LuaFunction(
            "one_hot", "1 in the place of each class number and 0 elsewhere, along a new last dimension.",
            Parameter("self", Tensor.self, "class numbers from 0, as losses take labels"),
            Parameter("num_classes", Int?.self, "its size; one more than the largest class by default"),
            returns: "a tensor", example: "torch.tensor({0, 2}):one_hot()[{2, 3}]:item() == 1"
        ) { x, classes in try x.oneHot(classes: classes) },
    ]
}
