import LuaBridge
import Tensors

/// Operations on matrices: methods, and functions of `torch` under the same names.
extension Tensor {
    private static let matrix = Parameter("other", Tensor.self, "a matrix")
    private static let vector = Parameter("other", Tensor.self, "a vector")

    static let luaMatrices =
        [
            LuaFunction(
                "mm", "The product of two matrices.", this, matrix, returns: "a matrix",
                example: "torch.ones(2, 3):mm(torch.ones(3, 1))[{1, 1}]:item() == 3"
            ) { a, b in try a.mm(b) },
            LuaFunction(
                "bmm", "The products of matrices in two batches of one size.", this,
                Parameter("other", Tensor.self, "N x k x m, where self is N x n x k"), returns: "a tensor, N x n x m",
                example: "torch.ones(2, 1, 3):bmm(torch.ones(2, 3, 1)):sum():item() == 6"
            ) { a, b in try a.bmm(b) },
            LuaFunction(
                "mv", "The product of a matrix and a vector.", this, vector, returns: "a vector",
                example: "torch.ones(2, 3):mv(torch.ones(3))[1]:item() == 3"
            ) { a, b in try a.mv(b) },
            LuaFunction(
                "dot", "The scalar product of two vectors.", this, vector, returns: "a scalar tensor",
                example: "torch.arange(3):dot(torch.ones(3)):item() == 6"
            ) { a, b in try a.dot(b) },
            LuaFunction(
                "outer", "The products of each element of a vector with each of another one.", this, vector,
                returns: "a matrix", example: "torch.arange(2):outer(torch.arange(3))[{2, 3}]:item() == 6"
            ) { a, b in try a.outer(b) },
            LuaFunction(
                "addmm", "`beta` times self, which broadcasts, plus `alpha` times the product of two matrices.", this,
                Parameter("mat1", Tensor.self, "a matrix"), Parameter("mat2", Tensor.self, "a matrix"),
                Option("beta", Float.self, default: 1, "the factor of self; at 0, what self holds does not matter"),
                Option("alpha", Float.self, default: 1, "the factor of the product"), returns: "a matrix",
                example: "torch.ones(2):addmm(torch.ones(1, 3), torch.ones(3, 2), {alpha = 2})[{1, 1}]:item() == 7"
            ) { x, a, b, beta, alpha in try x.addmm(a, b, beta: beta, alpha: alpha) },
            LuaFunction(
                "logdet", "The logarithms of determinants: -infinity where one is 0, NaN where it is negative.", this,
                returns: "a tensor of the batches' shape", example: "torch.eye(2):logdet():item() == 0"
            ) { a in try a.logDeterminant() },
            LuaFunction(
                "trace", "The sum of a matrix's diagonal.", this, returns: "a scalar tensor",
                example: "torch.eye(3):trace():item() == 3"
            ) { a in try a.trace() },
            LuaFunction(
                "diag", "A copy of a matrix's diagonal, or the matrix with a vector on its diagonal.", this,
                Parameter("diagonal", Int.self, default: 0, "which one: so many above the main one, below if negative"),
                returns: "a tensor", example: "torch.arange(2):diag()[{2, 2}]:item() == 2"
            ) { a, offset in try a.diag(offset: offset) },
            LuaFunction(
                "diagonal", "The elements with equal indices in two dimensions, as one last dimension.", this,
                Parameter(
                    "offset", Int.self, default: 0, "which diagonal: so many above the main one, below if negative"),
                Parameter("dim1", Int.self, default: 1, "the rows"),
                Parameter("dim2", Int.self, default: 2, "the columns"), returns: "a tensor, sharing memory",
                example: "torch.eye(3):diagonal(1):sum():item() == 0"
            ) { a, offset, first, second in try a.diagonal(offset: offset, dim1: first, dim2: second) },
        ]
        + [(Triangle.lower, "below", "above"), (.upper, "above", "below")].map { triangle, inside, outside in
            LuaFunction(
                triangle.rawValue,
                "The elements on the diagonal of matrices and \(inside) it, with zeros \(outside); matrices are the last two "
                    + "dimensions.", this,
                Parameter("diagonal", Int.self, default: 0, "which one: so many above the main one, below if negative"),
                returns: "a tensor", example: "torch.ones(2, 2):\(triangle.rawValue)():sum():item() == 3"
            ) { a, offset in try a.triangle(triangle, diagonal: offset) }
        }
}

/// Operations on several matrices.
extension LuaModule {
    static let torchMatrices = [
        LuaFunction(
            "einsum",
            "The sum of products that an equation describes: each dimension has a letter, dimensions of one letter have one "
                + "index, and letters that are not after '->' are summed over; '...' stands for any dimensions.",
            Parameter("equation", String.self, "such as 'bij,bjk->bik'"),
            Variadic("tensors", Tensor.self, "as many as the equation has"), returns: "a tensor",
            example: "torch.einsum('ij,j->i', torch.ones(2, 3), torch.arange(3))[1]:item() == 6"
        ) { equation, tensors in try Tensor.einsum(equation, tensors) },
        LuaFunction(
            "cdist",
            "The distance of each point of one set to each of another; batches broadcast. Euclidean distances among more "
                + "than 25 points are computed by a product of matrices.",
            Parameter("x1", Tensor.self, "... x P x M, points in rows"), Parameter("x2", Tensor.self, "... x R x M"),
            Option(
                "p", Float.self, default: 2,
                "of the norm of the differences, 0 or more; for 0, a count, there is no gradient"),
            returns: "a tensor, ... x P x R",
            example: "torch.cdist(torch.zeros(1, 2), torch.tensor({{3, 4}})):item() == 5"
        ) { x, y, order in try x.distances(to: y, order: order) },
    ]
}
