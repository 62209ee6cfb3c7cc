import LuaBridge
import Tensors

/// Order along a dimension: methods, and functions of `torch` under the same names.
extension Tensor {
    private static let lastDim = Parameter("dim", Int.self, default: -1, "the dimension")
    private static let anyDim = Parameter("dim", Int?.self, "the dimension; all of them by default")
    private static let keep = Option(
        "keepdim", Bool.self, default: false, "whether a dimension that is reduced stays as size 1")
    private static let descending = Option("descending", Bool.self, default: false, "whether the largest comes first")

    static let luaOrdering = [
        LuaFunction(
            "sort",
            "The elements in order along a dimension, and the indices that they had; NaN counts as the largest.",
            this, lastDim, descending, returns: "a tensor, and a tensor of indices",
            example: "torch.tensor({3, 1, 2}):sort()[3]:item() == 3"
        ) { x, dim, descending in try x.sorted(dim, descending: descending) },
        LuaFunction(
            "argsort", "The indices that put the elements in order along a dimension.", this, lastDim, descending,
            returns: "a tensor of indices", example: "torch.tensor({3, 1, 2}):argsort()[1]:item() == 2"
        ) { x, dim, descending in try x.argsort(dim, descending: descending) },
        LuaFunction(
            "topk", "The k largest elements along a dimension, the largest first, and their indices.", this,
            Parameter("k", Int.self, "how many"), lastDim,
            Option("largest", Bool.self, default: true, "false for the smallest, the smallest first"),
            returns: "a tensor, and a tensor of indices", example: "torch.arange(9):topk(2)[2]:item() == 8"
        ) { x, count, dim, largest in try x.topk(count, dim, largest: largest) },
        LuaFunction.variable(
            "median", "The medians along a dimension, the lower of two, and their indices; or the median of all.", this,
            anyDim, keep, returns: "a tensor, and a tensor of indices where a dimension is named",
            example: "torch.tensor({4, 1, 3, 2}):median():item() == 2"
        ) { x, dim, keep -> LuaResults in
            guard let dim else { return LuaResults([try x.median()]) }
            let (values, indices) = try x.median(dim, keepDims: keep)
            return LuaResults([values, indices])
        },
        LuaFunction(
            "quantile", "The quantiles along a dimension, or of all elements, with linear interpolation.", this,
            Parameter("q", TensorData.self, "a number from 0 to 1, or a list of them for a new first dimension"),
            anyDim,
            keep, returns: "a tensor", example: "torch.arange(5):quantile(0.25):item() == 2"
        ) { x, shares, dim, keep in try x.quantile(shares.tensor, dim, keepDims: keep) },
        LuaFunction(
            "histc", "How many elements lie in each of some intervals of equal width.", this,
            Parameter("bins", Int.self, default: 100, "how many intervals"),
            Parameter("min", Float.self, default: 0, "where they begin; the smallest element where min is max"),
            Parameter("max", Float.self, default: 0, "where they end; the largest element where min is max"),
            returns: "a tensor", example: "torch.arange(10):histc(2, 0, 5)[2]:item() == 3"
        ) { x, bins, minimum, maximum in try x.histogram(bins: bins, minimum: minimum, maximum: maximum) },
        LuaFunction.variable(
            "unique", "The distinct elements in ascending order.", this,
            Option("return_inverse", Bool.self, default: false, "whether to return each element's index among them"),
            Option("return_counts", Bool.self, default: false, "whether to return how often each is there"),
            returns: "a tensor, and the tensors that are asked for, the indices first",
            example: "#torch.tensor({3, 1, 3}):unique() == 2"
        ) { x, returnsInverse, returnsCounts -> LuaResults in
            let (values, inverse, counts) = try x.unique()
            return LuaResults([values] + (returnsInverse ? [inverse] : []) + (returnsCounts ? [counts] : []))
        },
    ]
}
