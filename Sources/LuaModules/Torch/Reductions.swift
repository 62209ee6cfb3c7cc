import LuaBridge
import Tensors

/// Reductions: methods, and functions of `torch` under the same names.
extension Tensor {
    private static let dims = Parameter("dim", Integers?.self, "the dimension, or a list; all by default")
    private static let dim = Parameter("dim", Int?.self, "the dimension; all of them by default")
    private static let keep = Option(
        "keepdim", Bool.self, default: false, "whether a dimension that is reduced stays as size 1")
    private static let unbiased = Option(
        "unbiased", Bool.self, default: true, "whether to divide by one less than the number of elements")

    private static let alongDim = Parameter("dim", Int.self, "the dimension")

    private static func scan(
        _ name: String, _ summary: String, gives y: Float,
        _ body: @escaping (Tensor, Int) throws(TensorError) -> Tensor
    ) -> LuaFunction {
        LuaFunction(
            name, summary, this, alongDim, returns: "a tensor",
            example: "torch.full({3}, 2):\(name)(1)[3]:item() == \(y)", body: body)
    }

    static let luaReductions = [
        LuaFunction(
            "sum", "The sum.", this, dims, keep, returns: "a tensor", example: "torch.ones(2, 3):sum(1)[1]:item() == 2"
        ) { x, dims, keep in try x.sum(dims?.values, keepDims: keep) },
        LuaFunction(
            "mean", "The mean.", this, dims, keep, returns: "a tensor",
            example: "torch.tensor({1, 2, 3}):mean():item() == 2"
        ) { x, dims, keep in try x.mean(dims?.values, keepDims: keep) },
        LuaFunction(
            "var", "The variance.", this, dims, unbiased, keep, returns: "a tensor",
            example: "torch.tensor({1, 3}):var():item() == 2"
        ) { x, dims, unbiased, keep in try x.variance(dims?.values, unbiased: unbiased, keepDims: keep) },
        LuaFunction(
            "std", "The standard deviation.", this, dims, unbiased, keep, returns: "a tensor",
            example: "torch.tensor({1, 3}):std({unbiased = false}):item() == 1"
        ) { x, dims, unbiased, keep in try x.standardDeviation(dims?.values, unbiased: unbiased, keepDims: keep) },
        LuaFunction(
            "norm", "The Euclidean norm.", this, dims, keep, returns: "a tensor",
            example: "torch.tensor({3, 4}):norm():item() == 5"
        ) { x, dims, keep in try x.norm(dims?.values, keepDims: keep) },
        LuaFunction(
            "logsumexp", "log(the sum of e^x).", this, dims, keep, returns: "a tensor",
            example: "torch.zeros(1):logsumexp():item() == 0"
        ) { x, dims, keep in try x.logSumExp(dims?.values, keepDims: keep) },
        LuaFunction.variable(
            "max", "The largest elements along a dimension, and their indices; or the largest of all.", this, dim, keep,
            returns: "a tensor, and a tensor of indices where a dimension is named",
            example: "torch.tensor({3, 5, 4}):max():item() == 5"
        ) { x, dim, keep -> LuaResults in
            guard let dim else { return LuaResults([try x.max()]) }
            let (values, indices) = try x.max(dim, keepDims: keep)
            return LuaResults([values, indices])
        },
        LuaFunction.variable(
            "min", "The smallest elements along a dimension, and their indices; or the smallest of all.", this, dim,
            keep,
            returns: "a tensor, and a tensor of indices where a dimension is named",
            example: "torch.tensor({3, 5, 4}):min():item() == 3"
        ) { x, dim, keep -> LuaResults in
            guard let dim else { return LuaResults([try x.min()]) }
            let (values, indices) = try x.min(dim, keepDims: keep)
            return LuaResults([values, indices])
        },
        LuaFunction(
            "argmax", "The indices of the largest elements along a dimension, or among all.", this, dim, keep,
            returns: "a tensor of indices", example: "torch.tensor({3, 5, 4}):argmax():item() == 2"
        ) { x, dim, keep -> Tensor in
            if let dim { return try x.argmax(dim, keepDims: keep) }
            return try x.reshaped([-1]).argmax(1)
        },
        LuaFunction(
            "argmin", "The indices of the smallest elements along a dimension, or among all.", this, dim, keep,
            returns: "a tensor of indices", example: "torch.tensor({3, 5, 4}):argmin():item() == 1"
        ) { x, dim, keep -> Tensor in
            if let dim { return try x.argmin(dim, keepDims: keep) }
            return try x.reshaped([-1]).argmin(1)
        },
        LuaFunction(
            "prod", "The product along a dimension, or of all elements.", this, dim, keep, returns: "a tensor",
            example: "torch.tensor({2, 3, 4}):prod():item() == 24"
        ) { x, dim, keep -> Tensor in
            if let dim { return try x.product(dim, keepDims: keep) }
            return try x.product()
        },
        scan("cumsum", "The running sums along a dimension: x1 + ... + xk.", gives: 6) { x, dim throws(TensorError) in
            try x.cumsum(dim)
        },
        scan("cumprod", "The running products along a dimension: x1 ... xk.", gives: 8) { x, dim throws(TensorError) in
            try x.cumprod(dim)
        },
        LuaFunction(
            "logcumsumexp", "The running log(e^x1 + ... + e^xk) along a dimension.", this, alongDim,
            returns: "a tensor", example: "torch.zeros(1):logcumsumexp(1)[1]:item() == 0"
        ) { x, dim in try x.logCumSumExp(dim) },
        LuaFunction(
            "any", "Whether an element is not 0.", this, returns: "a boolean", example: "torch.tensor({0, 2}):any()"
        ) { x in x.any },
        LuaFunction(
            "all", "Whether no element is 0.", this, returns: "a boolean", example: "not torch.tensor({0, 2}):all()"
        ) { x in x.all },
        LuaFunction(
            "equal", "Whether two tensors have the same shape and elements.", this,
            Parameter("other", Tensor.self, "the other"), returns: "a boolean",
            example: "torch.zeros(2):equal(torch.zeros(2))"
        ) { x, other in x.isEqual(to: other) },
        LuaFunction(
            "allclose", "Whether two tensors have the same shape, and |a - b| <= atol + rtol |b| for all elements.",
            this,
            Parameter("other", Tensor.self, "b"),
            Option("rtol", Float.self, default: 1e-5, "the relative tolerance"),
            Option("atol", Float.self, default: 1e-8, "the absolute tolerance"), returns: "a boolean",
            example: "torch.ones(2):allclose(torch.full({2}, 1.01), {rtol = 0.1})"
        ) { x, other, relative, absolute in x.isClose(to: other, relative: relative, absolute: absolute) },
        LuaFunction(
            "matmul", "The matrix product of the last two dimensions; those before them are batches.", this,
            Parameter("other", Tensor.self, "the right factor"), returns: "a tensor",
            example: "torch.ones(2, 3):matmul(torch.ones(3, 4)):sum():item() == 24"
        ) { x, other in try x.matmul(other) },
    ]
}
