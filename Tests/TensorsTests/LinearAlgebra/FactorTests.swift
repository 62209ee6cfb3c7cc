import Foundation
import Support
import Tensors
import Testing

/// Eigenvalues, singular values, orthogonal factors, least squares and norms.
@Suite struct FactorTests {
    private static func random(_ shape: [Int], seed: UInt64 = 1) throws -> Tensor {
        try Tensor.randn(shape, generator: RandomGenerator(seed: seed))
    }

    private static func expectEqual(_ a: Tensor, _ b: Tensor, tolerance: Float = 3e-5) {
        #expect(a.shape == b.shape)
        #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) <= tolerance }, "\(a) is not \(b)")
    }

    @Test(arguments: [[3, 3], [5, 2], [2, 7], [2, 3, 4], [3, 0, 2], [0, 2, 2], [27, 27]])
    func factorsGiveTheMatrix(_ shape: [Int]) throws {
        let plain = try Self.random(shape)
        for a in [plain, try plain.transposed(-1, -2), try Self.random([2] + shape).select(1, 2)] {
            let k = a.shape.suffix(2).min() ?? 0
            for full in [false, true] {
                let (u, values, vt) = try a.singularValueDecomposition(fullMatrices: full)
                #expect(try a.singularValues().isClose(to: values))
                #expect(u.shape[u.rank - 1] == (full ? a.shape[a.rank - 2] : k))
                guard k > 0 else { continue }
                let left = try u.slice(-1, 1, k) * values.unsqueezed(-2)
                Self.expectEqual(try left.matmul(vt.slice(-2, 1, k)), a)
            }
            let (q, r) = try a.orthogonalTriangular()
            Self.expectEqual(try q.matmul(r), a)
            #expect(try r.isEqual(to: r.triangle(.upper)))
        }
    }

    @Test func eigenvaluesAreOrdered() throws {
        let x = try Self.random([4, 6, 6])
        let a = try x + x.transposed(-1, -2)
        let (values, vectors) = try a.symmetricEigen()
        Self.expectEqual(try (vectors * values.unsqueezed(-2)).matmul(vectors.transposed(-1, -2)), a)
        #expect(try a.symmetricEigenvalues().isClose(to: values, absolute: 1e-6))
        // The lower triangle is read.
        #expect(try a.triangle(.lower).symmetricEigenvalues().isEqual(to: a.symmetricEigenvalues()))
        #expect(try values.slice(-1, 2, 6).compared(.greaterOrEqual, values.slice(-1, 1, 5)).sum().item() == 20)
    }

    @Test func leastSquaresOfAllKinds() throws {
        // A line through four points, by the normal equations.
        let a = try Tensor([1, 1, 1, 2, 1, 3, 1, 4], shape: [4, 2])
        let b = try Tensor([6, 5, 7, 10], shape: [4])
        Self.expectEqual(try a.leastSquares(b), try Tensor([3.5, 1.4], shape: [2]))
        // Of many solutions, that of smallest norm; columns that depend on each other.
        Self.expectEqual(
            try Tensor.ones([1, 2]).leastSquares(Tensor([4], shape: [1])), try Tensor([2, 2], shape: [2]))
        Self.expectEqual(try Tensor.ones([3, 2]).pseudoinverse(), try Tensor.full([2, 3], 1.0 / 6))
        #expect(try Tensor.zeros([2, 3]).leastSquares(Tensor.ones([2, 1])).values == [0, 0, 0])
        #expect(try Tensor.zeros([2, 0]).leastSquares(Tensor.ones([2, 1])).shape == [0, 1])
        #expect(try Tensor.zeros([0, 2]).pseudoinverse().shape == [2, 0])
    }

    @Test func norms() throws {
        let a = try Tensor([3, -4, 0, 0, 0, 0], shape: [2, 3])
        let expected: [(NormOrder?, Float)] = [
            (nil, 5), (.frobenius, 5), (.nuclear, 5), (.number(2), 5), (.number(-2), 0), (.number(1), 4),
            (.number(-1), 0), (.number(.infinity), 7), (.number(-.infinity), 0),
        ]
        for (order, value) in expected {
            #expect(try abs(a.norm(order: order).item() - value) < 1e-5, "\(String(describing: order))")
        }
        #expect(try a.vectorNorm(0).item() == 2 && a.vectorNorm(1).item() == 7 && a.vectorNorm(.infinity).item() == 4)
        #expect(try abs(a.vectorNorm(3).item() - pow(91, 1.0 / 3)) < 1e-5)
        #expect(try a.norm(order: .number(1), dims: [2], keepDims: true).values == [7, 0])
        #expect(try a.matrixNorm(.number(1), dims: [2, 1], keepDims: true).shape == [1, 1])
    }

    static let errors = [
        ErrorCase("linalg.svd: A has shape 3 (expected at least two dimensions)") {
            _ = try Tensor.ones([3]).singularValueDecomposition()
        },
        ErrorCase("linalg.eigh: matrix 2 is NaN or infinite in 1 of 1 elements (expected finite numbers)") {
            _ = try Tensor([1, .infinity], shape: [2, 1, 1]).symmetricEigen()
        },
        ErrorCase(
            "linalg.eigh: the matrix is one of equal eigenvalues or singular values "
                + "(expected different ones, for the gradient of their vectors)"
        ) {
            let vectors = try Tensor.eye(2).requireGradient().symmetricEigen().vectors
            try vectors.backward(gradient: Tensor([0, 1, 0, 0], shape: [2, 2]))
        },
        ErrorCase("linalg.qr: the matrix is singular (expected one that has an inverse)") {
            try Tensor.zeros([2, 2]).requireGradient().orthogonalTriangular().q.sum().backward()
        },
        ErrorCase("linalg.lstsq: B has shape 3x1 (expected ... x 2 x k or vectors of 2 elements, to match 2x3)") {
            _ = try Tensor.ones([2, 3]).leastSquares(Tensor.ones([3, 1]))
        },
        ErrorCase("linalg.lstsq: rcond is -1.0 (expected a number of 0 or more)") {
            _ = try Tensor.ones([2, 3]).leastSquares(Tensor.ones([2, 1]), tolerance: -1)
        },
        ErrorCase("linalg.norm: ord is 'nuc' (expected a number for a norm of vectors)") {
            _ = try Tensor.ones([3]).norm(order: .nuclear)
        },
        ErrorCase("linalg.norm: A has shape 1x1x1 (expected one or two dimensions, where ord is given without dim)") {
            _ = try Tensor.ones([1, 1, 1]).norm(order: .number(1))
        },
        ErrorCase(
            "linalg.matrix_norm: ord is 3.0 (expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf for a norm of matrices)"
        ) {
            _ = try Tensor.ones([2, 2]).matrixNorm(.number(3))
        },
        ErrorCase("linalg.vector_norm: x has shape 2x0 (expected at least one element, for ord inf)") {
            _ = try Tensor.ones([2, 0]).vectorNorm(.infinity, dims: [2])
        },
    ]

    @Test(arguments: errors)
    func message(_ example: ErrorCase) { example.check() }
}
