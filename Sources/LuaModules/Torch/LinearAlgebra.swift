import LuaBridge
import Tensors

extension LuaModule {
    /// `torch.linalg`: factors of matrices, linear systems, determinants and norms.
    static let linalg = LuaModule(
        "linalg",
        "Linear algebra of matrices, the last two dimensions of tensors; those before them are batches, which broadcast. "
            + "Numbers are computed in double precision, and errors name the matrix by its index in the batch.",
        functions: linalgSystems + linalgFactors + linalgNorms)

    private static let a = Parameter("A", Tensor.self, "... x n x n")
    private static let upper = Option(
        "upper", Bool.self, default: false, "whether the factor is the upper triangle U, with A = U' U")

    private static let linalgSystems = [
        LuaFunction(
            "cholesky",
            "The lower triangular factor L of A = L L', for symmetric positive definite A; its own triangle of A is read.",
            a, upper, returns: "a tensor of the shape of A",
            example: "torch.linalg.cholesky(torch.tensor({{4, 0}, {2, 10}}))[{2, 2}]:item() == 3"
        ) { a, upper in try a.cholesky(upper: upper) },
        LuaFunction(
            "solve", "The X of A X = B; an error where a matrix A is singular.", a,
            Parameter("B", Tensor.self, "... x n x k, or vectors: one of n elements, or one for each A"),
            Option("left", Bool.self, default: true, "whether A stands on the left; X A = B otherwise"),
            returns: "a tensor",
            example: "torch.linalg.solve(torch.eye(2) * 4, torch.tensor({4, 8}))[2]:item() == 2"
        ) { a, b, left in try a.solve(b, left: left) },
        LuaFunction(
            "solve_triangular", "The X of A X = B for triangular A; the other triangle of A is not read.", a,
            Parameter("B", Tensor.self, "... x n x k"),
            Option("upper", Bool.self, "whether A is the upper triangle; must be given"),
            Option("left", Bool.self, default: true, "whether A stands on the left; X A = B otherwise"),
            Option("unitriangular", Bool.self, default: false, "whether the diagonal counts as ones"),
            returns: "a tensor",
            example: "torch.linalg.solve_triangular(torch.ones(2, 2), torch.ones(2, 1), {upper = false})[2]:item() == 0"
        ) { a, b, upper, left, unitriangular in
            try a.solveTriangular(b, upper: upper, left: left, unitriangular: unitriangular)
        },
        LuaFunction(
            "inv", "The inverse matrices; an error where a matrix is singular.", a, returns: "a tensor",
            example: "torch.linalg.inv(torch.eye(2) * 4)[{1, 1}]:item() == 0.25"
        ) { a in try a.inverse() },
        LuaFunction(
            "det", "The determinants.", a, returns: "a tensor of the batches' shape",
            example: "torch.linalg.det(torch.eye(2) * 4):item() == 16"
        ) { a in try a.determinant() },
        LuaFunction(
            "slogdet", "The signs of the determinants, and the logarithms of their magnitudes.", a,
            returns: "a tensor of signs, which carries no gradient, and one of logarithms",
            example: "local sign, log = torch.linalg.slogdet(torch.eye(2) * -1); assert((sign + log):item() == 1)"
        ) { a in try a.signAndLogDeterminant() },
        LuaFunction(
            "lstsq", "The X that minimise |A X - B|; of several, the one of smallest norm.", matrices,
            Parameter("B", Tensor.self, "... x m x k, or vectors: one of m elements, or one for each A"), rcond,
            returns: "a tensor, ... x n x k",
            example: "torch.linalg.lstsq(torch.ones(2, 1), torch.tensor({1, 3}))[1]:item() > 1.999"
        ) { a, b, rcond in try a.leastSquares(b, tolerance: rcond) },
        LuaFunction(
            "pinv", "The Moore-Penrose inverses.", matrices, rcond, returns: "a tensor, ... x n x m",
            example: "torch.linalg.pinv(torch.ones(2, 2)):sum():item() > 0.999"
        ) { a, rcond in try a.pseudoinverse(tolerance: rcond) },
    ]

    private static let matrices = Parameter("A", Tensor.self, "... x m x n")
    private static let symmetric = Parameter(
        "A", Tensor.self, "... x n x n, symmetric matrices, of which the lower triangle is read")
    private static let rcond = Option(
        "rcond", Double?.self,
        "singular values up to so many times the largest one count as 0; 2^-23 times the larger of m and n by default")

    private static let linalgFactors = [
        LuaFunction(
            "eigh",
            "The eigenvalues of symmetric matrices, smallest first, and the eigenvectors as columns, unique up to the sign.",
            symmetric, returns: "a tensor of values, ... x n, and one of vectors, ... x n x n",
            example: "local values = torch.linalg.eigh(torch.eye(2) * 3); assert(values[1]:item() == 3)"
        ) { a in try a.symmetricEigen() },
        LuaFunction(
            "eigvalsh", "The eigenvalues of symmetric matrices, smallest first.", symmetric,
            returns: "a tensor, ... x n", example: "torch.linalg.eigvalsh(torch.eye(2) * 3)[1]:item() == 3"
        ) { a in try a.symmetricEigenvalues() },
        LuaFunction(
            "svd",
            "The factors U, S and Vh of A = U diag(S) Vh, the values S from the largest on; columns of U are unique up to "
                + "the sign, with rows of Vh.", matrices,
            Option(
                "full_matrices", Bool.self, default: true,
                "whether U and Vh are square; k columns of U and rows of Vh otherwise, as many as there are values"),
            returns: "three tensors",
            example: "local U, S, Vh = torch.linalg.svd(torch.ones(2, 3)); assert(Vh:size(1) == 3 and #S == 2)"
        ) { a, full in try a.singularValueDecomposition(fullMatrices: full) },
        LuaFunction(
            "svdvals", "The singular values, from the largest on.", matrices, returns: "a tensor, ... x k",
            example: "torch.linalg.svdvals(torch.eye(2) * -3)[1]:item() == 3"
        ) { a in try a.singularValues() },
        LuaFunction(
            "qr",
            "The reduced factors of A = Q R: Q has orthonormal columns, unique up to the sign with rows of R, and R is "
                + "upper triangular.", matrices, returns: "two tensors, ... x m x k and ... x k x n",
            example: "local Q, R = torch.linalg.qr(torch.ones(3, 2)); assert(R[{2, 1}]:item() == 0)"
        ) { a in try a.orthogonalTriangular() },
    ]

    private static let anyTensor = Parameter("A", Tensor.self, "a tensor")
    private static let keep = Option(
        "keepdim", Bool.self, default: false, "whether a dimension that is reduced stays as size 1")

    private static let linalgNorms = [
        LuaFunction(
            "norm", "The norm of vectors or, over two dimensions, of matrices.", anyTensor,
            Parameter("ord", NormName?.self, "a number, 'fro' or 'nuc'; the Euclidean norm of all elements by default"),
            Parameter("dim", Integers?.self, "the dimension of vectors, or the two of matrices; all by default"), keep,
            returns: "a tensor", example: "torch.linalg.norm(torch.tensor({3, -4}), math.huge):item() == 4"
        ) { x, order, dims, keep in try x.norm(order: order?.order, dims: dims?.values, keepDims: keep) },
        LuaFunction(
            "vector_norm", "(The sum of |x|^ord)^(1/ord); the largest or smallest |x| for infinite ord.", anyTensor,
            Parameter("ord", Float.self, default: 2, "a number"),
            Parameter("dim", Integers?.self, "the dimension, or a list; all by default"), keep, returns: "a tensor",
            example: "torch.linalg.vector_norm(torch.tensor({3, -4}), 1):item() == 7"
        ) { x, order, dims, keep in try x.vectorNorm(order, dims: dims?.values, keepDims: keep) },
        LuaFunction(
            "matrix_norm",
            "The norm of matrices: 'fro' of all elements; 'nuc', 2 and -2 of singular values (sum, largest, smallest); 1 "
                + "and -1 of sums of |x| in columns, and inf and -inf in rows (largest, smallest).", matrices,
            Parameter("ord", NormName.self, default: NormName(order: .frobenius), "a number, 'fro' or 'nuc'"),
            Parameter("dim", Integers.self, default: Integers([-2, -1]), "the dimensions of rows and of columns"), keep,
            returns: "a tensor", example: "torch.linalg.matrix_norm(torch.ones(2, 3), 1):item() == 2"
        ) { x, order, dims, keep in try x.matrixNorm(order.order, dims: dims.values, keepDims: keep) },
    ]
}

/// A norm as scripts name it: a number, 'fro' or 'nuc'.
struct NormName: LuaDecodable, CustomStringConvertible {
    let order: NormOrder

    static let luaTypeName = "number, 'fro' or 'nuc'"

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> NormName {
        if let number = try? Float.decode(stack, at: index) { return NormName(order: .number(number)) }
        switch try? String.decode(stack, at: index) {
        case "fro": return NormName(order: .frobenius)
        case "nuc": return NormName(order: .nuclear)
        case .some(let name): throw LuaMismatch("\(luaTypeName) expected, got '\(name)'")
        case .none: throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
    }

    var description: String { order.text }
}
