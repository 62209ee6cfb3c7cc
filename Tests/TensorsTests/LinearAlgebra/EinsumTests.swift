import Support
import TestSupport
import Tensors
import Testing

/// Sums of products, diagonals, triangles and distances.
@Suite struct EinsumTests {
    private static func random(_ shape: [Int], seed: UInt64 = 1) throws -> Tensor {
        try Tensor.randn(shape, generator: RandomGenerator(seed: seed))
    }

    @Test func equations() throws {
        let (a, b) = (try Self.random([3, 4]), try Self.random([4, 5], seed: 2))
        let (batch, square) = (try Self.random([2, 3, 4], seed: 3), try Self.random([3, 3], seed: 4))
        let (closing, point) = (try Self.random([5, 3], seed: 5), try Self.random([2, 1], seed: 6))
        let (row, column) = (try a.select(1, 1), try a.select(2, 1))
        let pairs: [(String, [Tensor], Tensor)] = [
            ("ij,jk->ik", [a, b], try a.matmul(b)), ("ij,jk", [a, b], try a.matmul(b)),
            ("ij,jk->ki", [a, b], try a.matmul(b).transposed(1, 2)), ("bij,jk->bik", [batch, b], try batch.matmul(b)),
            ("...j,jk->...k", [batch, b], try batch.matmul(b)), ("ii", [square], try square.trace()),
            ("ii->i", [square], try square.diagonal()), ("ij->", [a], try a.sum()), ("ij->j", [a], try a.sum([1])),
            ("ba", [a], try a.transposed(1, 2)), ("ij,ij->ij", [a, a], try a * a),
            ("bij,ij->b", [batch, a], try (batch * a).sum([2, 3])), ("i,j->ij", [column, row], try column.outer(row)),
            ("ij,jk,ki->", [a, b, closing], try a.matmul(b).matmul(closing).trace()),
            ("ij, kj -> ik", [a, point], try a.sum([2], keepDims: true) * point.transposed(1, 2)),
            ("...->", [batch], try batch.sum()), (",i", [try Tensor(2), row], try row.scaled(by: 2)),
        ]
        for (equation, operands, expected) in pairs {
            try expectClose(Tensor.einsum(equation, operands), expected, equation)
        }
    }

    private static func wrong(_ equation: String, _ shapes: [Int]..., says message: String) -> ErrorCase {
        ErrorCase("einsum: " + message) { _ = try Tensor.einsum(equation, shapes.map { try Tensor.ones($0) }) }
    }

    static let errors = [
        wrong("ij", [1, 1], [1], says: "equation is 'ij' (expected the letters of 2 tensors, parted by commas)"),
        wrong("ij", [2], says: "equation is 'ij' (expected a letter for each dimension of tensor 1, of shape 2)"),
        wrong("i,i", [2], [3], says: "tensor 2 has shape 3 (expected the size 2 for 'i', which another dimension has)"),
        wrong("i->j", [2], says: "equation is 'i->j' (expected letters of the tensors after '->', and 'j' is none)"),
        wrong("i->ii", [2], says: "equation is 'i->ii' (expected each letter once after '->')"),
        wrong("i1", [2, 2], says: "equation is 'i1' (expected letters, and '...' at most once for a tensor)"),
        wrong("i->i->i", [2], says: "equation is 'i->i->i' (expected at most one '->')"),
        wrong("ii", [2, 3], says: "a tensor has shape 2x3 (expected one size in the dimensions 1 and 2, both 'i')"),
        wrong("", says: "equation is '' (expected the letters of 0 tensors, parted by commas)"),
    ]

    @Test(arguments: errors)
    func message(_ example: ErrorCase) { example.check() }

    @Test func diagonalsAndTriangles() throws {
        let a = try Tensor.arange(1, 6).reshaped([2, 3])
        #expect(try a.diagonal().values == [1, 5] && a.diagonal(offset: 1).values == [2, 6])
        #expect(try a.diagonal(offset: -1).values == [4] && a.diagonal(offset: 9).values == [])
        #expect(try a.diagonal(offset: .min).shape == [0] && a.diagonal(offset: .max).shape == [0])
        #expect(try a.triangle(.lower).values == [1, 0, 0, 4, 5, 0])
        #expect(try a.triangle(.upper, diagonal: 1).values == [0, 2, 3, 0, 0, 6])
        #expect(try a.triangle(.lower, diagonal: .max).isEqual(to: a))
        #expect(try Tensor([1, 2], shape: [2]).diag(offset: -1).values == [0, 0, 0, 1, 0, 0, 0, 2, 0])
        #expect(throws: TensorError.self) { try Tensor.ones([2]).diag(offset: .min) }
        // A view: what is written to it is in the matrix.
        let matrix = try Tensor.zeros([2, 2])
        try matrix.diagonal().fill(3)
        #expect(matrix.values == [3, 0, 0, 3])
    }

    /// Both ways to compute Euclidean distances agree.
    @Test func distances() throws {
        let (x, y) = (try Self.random([2, 30, 3]), try Self.random([7, 3], seed: 2))
        let parts = try x.split(15, dim: 2).map { try $0.distances(to: y) }
        try expectClose(x.distances(to: y), Tensor.concatenate(parts, dim: 2), "distances")
        #expect(try Tensor.ones([2, 0]).distances(to: Tensor.ones([3, 0])).values == [0, 0, 0, 0, 0, 0])
        let same = try x.cloned().requireGradient()
        try same.distances(to: x).sum().backward()
        #expect(same.gradient?.values.allSatisfy(\.isFinite) == true)
    }
}
