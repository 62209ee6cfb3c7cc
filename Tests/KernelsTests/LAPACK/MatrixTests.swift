import Kernels
import Testing

/// Matrices of Doubles: products, and factors that give them again.
@Suite struct MatrixTests {
    /// Numbers between -1 and 1 without an order.
    private static func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(rows: rows, columns: columns) { row, column in
            Double((row * 7919 + column * 104_729 + row * column * 31) % 2003) / 1001 - 1
        }
    }

    private static func distance(_ a: Matrix, _ b: Matrix) -> Double {
        (a - b).elements.map(abs).max() ?? 0
    }

    @Test(arguments: [(1, 1, 1), (2, 3, 4), (17, 5, 9), (0, 2, 2), (2, 0, 3)])
    func products(_ rows: Int, _ depth: Int, _ columns: Int) throws {
        let (a, b) = (Self.matrix(rows, depth), Self.matrix(depth, columns))
        let expected = Matrix(rows: rows, columns: columns) { row, column in
            (0..<depth).reduce(0) { $0 + a[row, $1] * b[$1, column] }
        }
        #expect(try Self.distance(a * b, expected) < 1e-13)
        #expect(try Self.distance(b.transposed * a.transposed, expected.transposed) < 1e-13)
    }

    @Test func floatsAreReadAndWrittenInAnyOrder() {
        let floats: [Float] = [1, 2, 3, 4, 5, 6]
        let matrix = floats.withUnsafeBufferPointer {
            $0.baseAddress.map { Matrix($0, rows: 2, columns: 3, rowStride: 3, columnStride: 1) }
        }
        #expect(matrix?.elements == [1, 4, 2, 5, 3, 6] && matrix?[1, 2] == 6)
        var written = [Float](repeating: 0, count: 6)
        matrix?.transposed.write(to: &written)
        #expect(written == [1, 4, 2, 5, 3, 6])
    }

    @Test(arguments: [0, 1, 3, 27, 49])
    func factors(_ size: Int) throws {
        let a = Self.matrix(size, size) + Double(size + 1) * Matrix.identity(size)
        let symmetric = try a * a.transposed
        let lower = try symmetric.cholesky()
        #expect(try Self.distance(lower * lower.transposed, symmetric) < 1e-10 && lower == lower.lowerTriangle)
        let identity = Matrix.identity(size)
        #expect(try Self.distance(a * LowerUpperFactors(a).solve(identity), identity) < 1e-12)
        #expect(
            try Self.distance(a.transposed * LowerUpperFactors(a).solve(identity, isTransposed: true), identity) < 1e-12
        )
        #expect(try Self.distance(lower * lower.solveTriangular(identity, isUpper: false), identity) < 1e-12)
        let (values, vectors) = try symmetric.symmetricEigen()
        #expect(try Self.distance(vectors.scalingColumns(by: values) * vectors.transposed, symmetric) < 1e-9)
        #expect(values == values.sorted())
        #expect(zip(values, try symmetric.symmetricEigen(vectors: false).values).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test(arguments: [(3, 3), (5, 2), (2, 5), (31, 17), (4, 0), (0, 3)], [false, true])
    func decompositions(_ sizes: (Int, Int), _ full: Bool) throws {
        let (rows, columns) = sizes
        let a = Self.matrix(rows, columns)
        let (u, values, vt) = try a.singularValues(full: full)
        let k = min(rows, columns)
        #expect(values.count == k && u.columns == (full ? rows : k) && vt.rows == (full ? columns : k))
        let product = try u.prefix(columns: k).scalingColumns(by: values) * vt.prefix(rows: k)
        #expect(Self.distance(product, a) < 1e-12)
        #expect(try Self.distance(u.transposed * u, .identity(u.columns)) < 1e-12)
        #expect(try Self.distance(vt * vt.transposed, .identity(vt.rows)) < 1e-12)
        guard rows >= columns else { return }
        let (q, r) = try a.orthogonalTriangular()
        #expect(try Self.distance(q * r, a) < 1e-12 && r == r.upperTriangle)
    }

    @Test func errors() throws {
        let indefinite = Matrix(diagonal: [1, 2, -1])
        #expect(throws: MatrixError.notPositiveDefinite(order: 3)) { try indefinite.cholesky() }
        let singular = try LowerUpperFactors(Matrix(diagonal: [1, 0]))
        #expect(throws: MatrixError.singular) { try singular.solve(.identity(2)) }
        #expect(singular.determinant == 0 && singular.signAndLogarithm == (0, -.infinity))
        #expect(throws: MatrixError.singular) { try Matrix(diagonal: [0]).solveTriangular(.identity(1), isUpper: true) }
        #expect(try LowerUpperFactors(indefinite).determinant == -2)
    }
}
