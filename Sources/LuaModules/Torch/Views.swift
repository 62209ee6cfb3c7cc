import LuaBridge
import Tensors

/// Tensors of other shapes, and parts of tensors: methods, and functions of `torch` under the same names.
extension Tensor {
    private static let sizes = Variadic("size", Int.self, "the size of each dimension; one may be -1")
    private static let dim = Parameter("dim", Int.self, "the dimension")

    static let luaViews = [
        LuaFunction(
            "reshape", "The same elements under another shape.", this, sizes, returns: "a tensor",
            example: "torch.arange(6):reshape(2, -1):size(2) == 3"
        ) { x, shape in try x.reshaped(shape) },
        LuaFunction(
            "view", "The same elements under another shape, as `reshape`.", this, sizes, returns: "a tensor",
            example: "torch.arange(6):view(2, -1):size(2) == 3"
        ) { x, shape in try x.reshaped(shape) },
        LuaFunction(
            "flatten", "Makes one of several dimensions.", this,
            Parameter("start_dim", Int.self, default: 1, "the first of them"),
            Parameter("end_dim", Int.self, default: -1, "the last of them"), returns: "a tensor",
            example: "#torch.zeros(2, 3):flatten() == 6"
        ) { x, first, last in try x.flattened(from: first, to: last) },
        LuaFunction(
            "permute", "The dimensions in another order.", this,
            Variadic("dims", Int.self, "for each new dimension, which it was"), returns: "a tensor",
            example: "torch.zeros(2, 3, 4):permute(3, 1, 2):size(1) == 4"
        ) { x, dims in try x.permuted(dims) },
        LuaFunction(
            "transpose", "Two dimensions exchanged.", this, Parameter("dim0", Int.self, "the one"),
            Parameter("dim1", Int.self, "the other"), returns: "a tensor",
            example: "torch.zeros(2, 3):transpose(1, 2):size(1) == 3"
        ) { x, first, second in try x.transposed(first, second) },
        LuaFunction(
            "t", "A matrix transposed; a vector or a scalar stays as it is.", this, returns: "a tensor",
            example: "torch.zeros(2, 3):t():size(1) == 3"
        ) { x -> Tensor in
            guard x.rank <= 2 else {
                throw TensorError.shape(
                    operation: "t", parameter: "self", shape: x.shape, expected: "at most two dimensions")
            }
            return try x.rank == 2 ? x.transposed(1, 2) : x.permuted(Array(1..<(x.rank + 1)))
        },
        LuaFunction(
            "squeeze", "Without a dimension of size 1, or without all of them.", this,
            Parameter("dim", Int?.self, "the dimension; all by default"), returns: "a tensor",
            example: "torch.zeros(1, 3, 1):squeeze():dim() == 1"
        ) { x, dim in try x.squeezed(dim) },
        LuaFunction(
            "unsqueeze", "With a new dimension of size 1.", this,
            Parameter("dim", Int.self, "the dimension that it becomes"), returns: "a tensor",
            example: "torch.zeros(3):unsqueeze(-1):size(2) == 1"
        ) { x, dim in try x.unsqueezed(dim) },
        LuaFunction(
            "expand", "Repeats dimensions of size 1, without a copy.", this,
            Variadic("size", Int.self, "the size of each dimension; -1 for the one it has"), returns: "a tensor",
            example: "torch.ones(3, 1):expand(3, 4):sum():item() == 12"
        ) { x, shape in try x.expanded(to: shape) },
        LuaFunction(
            "contiguous", "The same elements without gaps, the last dimension running fastest.", this,
            returns: "the tensor, or a copy", example: "torch.zeros(2, 3):t():contiguous():is_contiguous()"
        ) { x in try x.contiguous() },
        LuaFunction(
            "clone", "A copy; gradients flow through.", this, returns: "a tensor",
            example: "local a = torch.zeros(2); local b = a:clone(); b[1] = 1; assert(a[1]:item() == 0)"
        ) { x in try x.cloned() },
        LuaFunction(
            "select", "The part with one index of a dimension, without that dimension.", this, dim,
            Parameter("index", Int.self, "the index"), returns: "a tensor, sharing memory",
            example: "torch.eye(3):select(2, -1):sum():item() == 1"
        ) { x, dim, index in try x.select(dim, index) },
        LuaFunction(
            "slice", "Every `step`-th index of a dimension from `first` to `last`, both included.", this, dim,
            Parameter("first", Int.self, "the first index"), Parameter("last", Int.self, "the last index"),
            Parameter("step", Int.self, default: 1, "from one to the next"), returns: "a tensor, sharing memory",
            example: "#torch.arange(10):slice(1, 2, -1, 4) == 3"
        ) { x, dim, first, last, step in try x.slice(dim, first, last, step: step) },
        LuaFunction(
            "index_select", "Some indices of a dimension, in any order, copied.", this, dim,
            Parameter("indices", IndexList.self, "the indices, as a list or a tensor"), returns: "a tensor",
            example: "torch.arange(5):index_select(1, {5, 1, 1})[1]:item() == 5"
        ) { x, dim, indices in try x.indexSelect(dim, indices.values) },
        LuaFunction(
            "masked_select", "The elements where a mask is not 0, in a tensor of one dimension.", this,
            Parameter("mask", Tensor.self, "a tensor that broadcasts with it"), returns: "a tensor",
            example: "local t = torch.arange(5); assert(#t:masked_select(t:gt(3)) == 2)"
        ) { x, mask in try x.maskedSelect(mask) },
        LuaFunction(
            "split", "Parts of a dimension.", this, Parameter("size", Int.self, "of each part but the last"),
            Parameter("dim", Int.self, default: 1, "the dimension"), returns: "a list of tensors, sharing memory",
            example: "#torch.arange(5):split(2) == 3"
        ) { x, size, dim in try x.split(size, dim: dim) },
        LuaFunction(
            "flip", "The order of the indices reversed.", this,
            Variadic("dims", Int.self, "the dimensions"), returns: "a tensor",
            example: "torch.arange(5):flip(1)[1]:item() == 5"
        ) { x, dims in try x.flipped(dims) },
        LuaFunction(
            "pad", "The tensor within a border, or without one where numbers are negative.", this,
            Parameter("before", [Int].self, "how many elements more at the start of each dimension"),
            Parameter("after", [Int].self, "how many more at the end"),
            Option("value", Float.self, default: 0, "of the border"), returns: "a tensor",
            example: "torch.ones(2):pad({1}, {2}, {value = 3}):sum():item() == 11"
        ) { x, before, after, value in try x.padded(before: before, after: after, value: value) },
    ]
}

/// Indices as a list or as a tensor of whole numbers.
struct IndexList: LuaDecodable {
    let values: [Int]

    static let luaTypeName = "list of integers or Tensor"

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> IndexList {
        guard let tensor = try? Tensor.decode(stack, at: index) else {
            return IndexList(values: try [Int].decode(stack, at: index))
        }
        var values: [Int] = []
        for element in try tensor.luaNumbers() {
            guard let value = Int(exactly: element) else { throw LuaMismatch("whole numbers expected, got \(element)") }
            values.append(value)
        }
        return IndexList(values: values)
    }
}
