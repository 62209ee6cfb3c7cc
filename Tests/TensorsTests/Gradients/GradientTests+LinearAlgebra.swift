import Tensors

extension GradientTests {
    /// Square matrices that are far from singular: what is drawn, and 4 on the diagonal.
    private static func regular(_ x: Tensor) throws -> Tensor {
        try x + Tensor.eye(x.shape[x.rank - 1]).scaled(by: 4)
    }

    /// Symmetric positive definite matrices.
    private static func definite(_ x: Tensor) throws -> Tensor {
        try regular(x.matmul(x.transposed(-1, -2)))
    }

    static func linearSystems(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .solve:
            [
                GradientCase([[3, 3], [3, 2]]) { try regular($0[0]).solve($0[1]) },
                GradientCase([[2, 1, 3, 3], [4, 3, 1]]) { try regular($0[0]).solve($0[1]) },
                GradientCase([[2, 3, 3], [2, 3]]) { try regular($0[0]).solve($0[1]) },
                GradientCase([[3, 3], [2, 5, 3]]) { try regular($0[0]).solve($0[1], left: false) },
                GradientCase([[2, 3, 3]]) { try regular($0[0]).inverse() },
            ]
        case .solveTriangular:
            [(true, true, false), (false, true, false), (true, false, false), (false, true, true), (true, false, true)]
                .flatMap { upper, left, unitriangular in
                    [[3, 3], [2, 3, 3]].map { shape in
                        GradientCase([shape, left ? [3, 2] : [4, 3]]) {
                            try regular($0[0]).solveTriangular(
                                $0[1], upper: upper, left: left, unitriangular: unitriangular)
                        }
                    }
                }
        case .cholesky:
            [
                GradientCase([[3, 3]]) { try definite($0[0]).cholesky() },
                GradientCase([[2, 4, 2]]) { try definite($0[0]).cholesky(upper: true) },
            ]
        case .determinant:
            [
                GradientCase([[3, 3]]) { try $0[0].determinant() },
                GradientCase([[2, 1, 4, 4]]) { try regular($0[0]).determinant().scaled(by: 0.01) },
            ]
        case .logDeterminant:
            [
                GradientCase([[2, 3, 3]]) { try regular($0[0]).signAndLogDeterminant().logarithm },
                GradientCase([[3, 3]]) { try definite($0[0]).logDeterminant() },
            ]
        case .leastSquares:
            [
                GradientCase([[3, 3], [3, 2]]) { try regular($0[0]).leastSquares($0[1]) },
                GradientCase([[2, 2, 3], [5, 2]]) { try tall($0[0]).leastSquares($0[1]) },
                GradientCase([[2, 3], [2, 3, 2]]) { try tall($0[0]).transposed(1, 2).leastSquares($0[1]) },
                GradientCase([[2, 3], [5]]) { try tall($0[0]).leastSquares($0[1]) },
                GradientCase([[2, 3]]) { try tall($0[0]).pseudoinverse() },
                // Four rows of rank 3.
                GradientCase([[2, 3], [4, 1]]) {
                    let a = try tall($0[0])
                    return try a.matmul(a.transposed(1, 2)).slice(1, 1, 4).leastSquares($0[1], tolerance: 1e-4)
                },
            ]
        default: []
        }
    }

    /// Matrices whose columns are far from dependent: what is drawn, and below it a diagonal matrix.
    private static func tall(_ x: Tensor) throws -> Tensor {
        let n = x.shape[x.rank - 1]
        let ladder = try Tensor.arange(3, Double(n) + 2).reshaped([1, n])
        let diagonal = try Tensor.eye(n) * ladder
        return try Tensor.concatenate([x, diagonal.expanded(to: x.shape.dropLast(2) + [n, n])], dim: -2)
    }

    /// Symmetric matrices whose eigenvalues are near 3, 6, 9 ...
    private static func spread(_ x: Tensor) throws -> Tensor {
        let n = x.shape[x.rank - 1]
        return try (x + x.transposed(-1, -2)).scaled(by: 0.2)
            + Tensor.eye(n) * Tensor.arange(3, Double(3 * n), step: 3)
    }

    static func factors(_ operation: Operation) -> [GradientCase] {
        let shapes = [[3, 3], [2, 3, 3]]
        switch operation {
        case .eigenvalues:
            return shapes.map { GradientCase([$0]) { try spread($0[0]).symmetricEigenvalues() } }
        case .eigenvectors:
            return shapes.map { GradientCase([$0]) { try spread($0[0]).symmetricEigen().vectors.square() } }
        case .leftSingularVectors:
            // Squares, as signs may change within a difference.
            return (shapes + [[2, 2, 3]]).map { shape in
                GradientCase([shape]) {
                    try wide($0[0]).transposed(-1, -2).singularValueDecomposition(fullMatrices: false).u.square()
                }
            } + [
                GradientCase([[2, 3]]) {
                    try wide($0[0]).transposed(-1, -2).singularValueDecomposition().u.slice(-1, 1, 2).square()
                },
                GradientCase([[2, 3]]) { try wide($0[0]).singularValueDecomposition().u.square() },
            ]
        case .singularValues:
            return (shapes + [[2, 2, 3]]).map { shape in
                GradientCase([shape]) { try wide($0[0]).singularValueDecomposition().values }
            } + [GradientCase([[2, 3]]) { try wide($0[0]).transposed(-1, -2).singularValues() }]
        case .rightSingularVectors:
            return (shapes + [[2, 2, 3]]).map { shape in
                GradientCase([shape]) { try wide($0[0]).singularValueDecomposition(fullMatrices: false).vt.square() }
            } + [
                GradientCase([[2, 3]]) { try wide($0[0]).singularValueDecomposition().vt.slice(-2, 1, 2).square() }
            ]
        case .orthogonalFactor:
            return [
                GradientCase([[3, 3]]) { try regular($0[0]).orthogonalTriangular().q },
                GradientCase([[2, 2, 3]]) { try tall($0[0]).orthogonalTriangular().q },
                GradientCase([[2, 3]]) { try wide($0[0]).orthogonalTriangular().q },
            ]
        case .triangularFactor:
            return [
                GradientCase([[3, 3]]) { try regular($0[0]).orthogonalTriangular().r },
                GradientCase([[2, 2, 3]]) { try tall($0[0]).orthogonalTriangular().r },
                GradientCase([[2, 3]]) { try wide($0[0]).orthogonalTriangular().r },
            ]
        case .vectorNorm:
            return [1, 3, 0.5, 2.5, -1].flatMap { order in
                [
                    GradientCase([[2, 3, 2]], .awayFromZero, step: 0x1p-6) { try $0[0].vectorNorm(order) },
                    GradientCase([[2, 3, 2]], .awayFromZero, step: 0x1p-6) {
                        try $0[0].vectorNorm(order, dims: [1, -1], keepDims: true)
                    },
                ]
            }
                + [.infinity, -.infinity].map { order in
                    GradientCase([[3, 4]], .distinct, expands: false, step: 0x1p-7) {
                        try $0[0].offset(by: 0.03).vectorNorm(order, dims: [2])
                    }
                } + [
                    GradientCase([[3, 2, 4]], .distinct, expands: false, step: 0x1p-7) {
                        try $0[0].offset(by: 0.03).matrixNorm(.number(1), dims: [3, 1])
                    },
                    GradientCase([[2, 3]]) { try wide($0[0]).matrixNorm(.number(2), keepDims: true) },
                ]
        default: return []
        }
    }

    /// Matrices of no more rows than columns, whose singular values are near 3, 6, 9 ...
    private static func wide(_ x: Tensor) throws -> Tensor {
        let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
        return try x.scaled(by: 0.3)
            + (Tensor.eye(n) * Tensor.arange(3, Double(3 * n), step: 3)).slice(1, 1, m)
    }
}
