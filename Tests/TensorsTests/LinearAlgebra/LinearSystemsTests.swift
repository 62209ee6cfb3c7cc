import Support
import Tensors
import Testing

/// Linear systems, Cholesky's factors and determinants: what they solve, shapes, and errors that name the matrix.
@Suite struct LinearSystemsTests {
    private static func random(_ shape: [Int], seed: UInt64 = 1) throws -> Tensor {
        try Tensor.randn(shape, generator: RandomGenerator(seed: seed))
    }

    /// Matrices that are far from singular, in several layouts.
    private static func regular(_ size: Int, batch: [Int] = []) throws -> [Tensor] {
        let shift = try Tensor.eye(size).scaled(by: Float(2 * size))
        let plain = try random(batch + [size, size]) + shift
        let wide = try random(batch + [size, 2 * size + 1]).slice(-1, 2, 2 * size, step: 2) + shift
        return [plain, try plain.transposed(-1, -2), wide]
    }

    private static func expectEqual(_ a: Tensor, _ b: Tensor, tolerance: Float = 2e-5) {
        #expect(a.shape == b.shape)
        #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) <= tolerance }, "\(a) is not \(b)")
    }

    @Test(arguments: [1, 2, 5, 27, 49])
    func solutions(_ size: Int) throws {
        for a in try Self.regular(size) + Self.regular(size, batch: [3]) {
            let b = try Self.random([2, 1, size, 4], seed: 2)
            Self.expectEqual(try a.matmul(a.solve(b)), try b.expanded(to: [2, a.rank == 3 ? 3 : 1, size, 4]))
            let row = try b.transposed(-1, -2)
            Self.expectEqual(
                try a.solve(row, left: false).matmul(a), try row.expanded(to: [2, a.rank == 3 ? 3 : 1, 4, size]))
            Self.expectEqual(try a.inverse().matmul(a), try (a - a) + Tensor.eye(size))
            let product = try a.matmul(a.transposed(-1, -2))
            let lower = try product.cholesky()
            Self.expectEqual(
                try lower.matmul(lower.transposed(-1, -2)), product, tolerance: Float(size * size) * 1e-5)
            Self.expectEqual(try product.cholesky(upper: true), try lower.transposed(-1, -2), tolerance: 1e-3)
            let logarithm = try lower.signAndLogDeterminant().logarithm.scaled(by: 2)
            Self.expectEqual(try product.logDeterminant(), logarithm, tolerance: 1e-3)
        }
    }

    @Test func triangularOnesReadOneTriangle() throws {
        let a = try Tensor([2, .pi, 3, 4], shape: [2, 2])
        let b = try Tensor([2, 11], shape: [2, 1])
        #expect(try a.solveTriangular(b, upper: false).values == [1, 2])
        #expect(try a.transposed(1, 2).solveTriangular(b, upper: true).values == [(2 - 3 * 2.75) / 2, 2.75])
        #expect(try a.solveTriangular(b, upper: false, unitriangular: true).values == [2, 5])
        #expect(
            try a.solveTriangular(b.transposed(1, 2), upper: false, left: false).values == [(2 - 3 * 2.75) / 2, 2.75])
    }

    /// Many columns are solved in parts, which changes neither the solutions nor the gradients.
    @Test(arguments: [1024, 1500]) func partsOfManyColumns(_ columns: Int) throws {
        let (a, b) = (try Self.regular(5)[0], try Self.random([5, columns], seed: 2))
        let weights = try Self.random([5, columns], seed: 3)
        func outcome(_ solve: (Tensor, Tensor) throws -> Tensor) throws -> [Tensor] {
            let leaves = try [a, b].map { try $0.cloned().detached().requireGradient() }
            let x = try solve(leaves[0], leaves[1])
            return try [x.detached()] + (x * weights).sum().gradients(of: leaves)
        }
        let together = try outcome { try $0.solveTriangular($1, upper: false) }
        let apart = try outcome { a, b in
            try a.solveTriangular(b.transposed(1, 2).unsqueezed(-1), upper: false).squeezed(-1).transposed(1, 2)
        }
        for (one, other) in zip(together, apart) { Self.expectEqual(one, other, tolerance: 1e-4) }
        #expect(throws: TensorError.self) { try (a - a).solveTriangular(b, upper: false) }
    }

    @Test func vectorsAndDeterminants() throws {
        let a = try Tensor([0, 2, 1, 0, 3, 0, 0, -1], shape: [2, 2, 2])
        #expect(try a.solve(Tensor([2, 3], shape: [2])).values == [3, 1, 2.0 / 3, -3])
        #expect(try a.solve(Tensor([2, 3, 6, 1], shape: [2, 2])).values == [3, 1, 2, -1])
        #expect(try a.determinant().values == [-2, -3])
        let (sign, logarithm) = try a.signAndLogDeterminant()
        #expect(try sign.values == [-1, -1] && logarithm.exp().isClose(to: Tensor([2, 3], shape: [2])))
        #expect(try a.logDeterminant().values.allSatisfy(\.isNaN))
        // Rounding leaves no more than rounding of the last pivot: that is 0.
        let equalRows = try Tensor([0.932, 0.239, 0.932, 0.239], shape: [2, 2])
        #expect(try equalRows.determinant().item() == 0)
        let singular = try Tensor([1, 2, 2, 4], shape: [2, 2])
        #expect(try singular.determinant().item() == 0 && singular.logDeterminant().item() == -.infinity)
    }

    /// The gradient of a determinant is that of the cofactors also where the matrix has no inverse.
    @Test func gradientOfZeroDeterminants() throws {
        let a = try Tensor([1, 0, 0, 0, 2, 0, 0, 0, 0], shape: [3, 3]).requireGradient()
        try a.determinant().backward()
        Self.expectEqual(try #require(a.gradient), try Tensor([0, 0, 0, 0, 0, 0, 0, 0, 2], shape: [3, 3]))
        let zero = try Tensor.zeros([3, 3]).requireGradient()
        try zero.determinant().backward()
        #expect(zero.gradient?.values == [Float](repeating: 0, count: 9))
    }

    @Test func emptyOnes() throws {
        let (none, empty) = (try Tensor.zeros([0, 3, 3]), try Tensor.zeros([2, 0, 0]))
        #expect(try none.cholesky().shape == [0, 3, 3] && none.inverse().shape == [0, 3, 3])
        #expect(try none.determinant().shape == [0])
        #expect(try empty.cholesky().shape == [2, 0, 0] && empty.inverse().shape == [2, 0, 0])
        #expect(try empty.determinant().values == [1, 1] && empty.logDeterminant().values == [0, 0])
        #expect(try empty.solve(Tensor.zeros([0, 3])).shape == [2, 0, 3])
    }

    private static func ones(_ shape: Int...) throws -> Tensor { try Tensor.ones(shape) }

    static let errors = [
        ErrorCase("linalg.cholesky: A has shape 2x3 (expected square matrices, ... x n x n)") {
            _ = try ones(2, 3).cholesky()
        },
        ErrorCase(
            "linalg.cholesky: matrix 3 is not positive definite (expected positive leading minors, and that of order 2 is not)"
        ) {
            let a = try Tensor.eye(2).expanded(to: [4, 2, 2]).cloned()
            try a.select(1, 3).select(1, 2).select(1, 2).fill(-1)
            _ = try a.cholesky()
        },
        ErrorCase("linalg.inv: matrix {2, 1} is singular (expected one that has an inverse)") {
            _ = try Tensor.concatenate([Tensor.eye(2).reshaped([1, 1, 2, 2]), ones(1, 1, 2, 2)], dim: 1).inverse()
        },
        ErrorCase("linalg.solve: the matrix is singular (expected one that has an inverse)") {
            _ = try ones(2, 2).solve(ones(2))
        },
        ErrorCase("linalg.solve: B has shape 3x1 (expected ... x 2 x k, to match 2x2)") {
            _ = try ones(2, 2).solve(ones(3, 1))
        },
        ErrorCase("linalg.solve: B has shape 3 (expected 2 elements, to match 2x2)") {
            _ = try ones(2, 2).solve(ones(3))
        },
        ErrorCase("linalg.solve: left is false (expected true where B is a vector)") {
            _ = try Tensor.eye(2).solve(ones(2), left: false)
        },
        ErrorCase("linalg.solve_triangular: the matrix is singular (expected one that has an inverse)") {
            _ = try Tensor.zeros([2, 2]).solveTriangular(ones(2, 1), upper: true)
        },
        ErrorCase("linalg.solve: the matrix is NaN or infinite in 1 of 2 elements (expected finite numbers)") {
            _ = try Tensor.eye(2).solve(Tensor([1, .nan], shape: [2]))
        },
        ErrorCase("linalg.det: matrix 2 is NaN or infinite in 4 of 4 elements (expected finite numbers)") {
            _ = try (Tensor.eye(2) / Tensor([1, 0], shape: [2, 1, 1])).determinant()
        },
        ErrorCase("linalg.slogdet: the matrix is singular (expected one that has an inverse)") {
            try ones(2, 2).requireGradient().signAndLogDeterminant().logarithm.backward()
        },
    ]

    @Test(arguments: errors)
    func message(_ example: ErrorCase) { example.check() }
}
