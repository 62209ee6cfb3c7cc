import Kernels
import Support
import Testing

@Suite(.serialized) struct BLASTests {
    /// Rows, columns, depth.
    static let sizes: [[Int]] = [
        [1, 1, 1], [3, 5, 7], [16, 17, 15], [33, 31, 32], [1, 300, 20], [600, 2, 33], [513, 300, 10], [2000, 16, 27],
        [7, 2000, 64], [5, 6, 0], [0, 4, 3], [4, 0, 3],
    ]

    @Test func libraryIsNamed() {
        #expect(BLAS.description.isEmpty == false)
        if BLAS.isAvailable { #expect(BLAS.description.hasPrefix("OpenBLAS ")) }
    }

    @Test(arguments: sizes, [(false, false), (true, false), (false, true), (true, true)])
    func productIsTheDefinition(_ size: [Int], _ transposed: (Bool, Bool)) {
        let (rows, columns, depth) = (size[0], size[1], size[2])
        // Rows are longer than the matrix is wide: the numbers between them must stay as they are.
        let strides = ((transposed.0 ? rows : depth) + 3, (transposed.1 ? depth : columns) + 2, columns + 1)
        let a = random((transposed.0 ? depth : rows) * strides.0, 1)
        let b = random((transposed.1 ? columns : depth) * strides.1, 2)
        for number in [Float.nan, 7] {
            let start = [Float](repeating: number, count: rows * strides.2)
            var result = start
            var expected = start
            withMatrices(a, strides.0, transposed.0, b, strides.1, transposed.1) { a, b in
                BLAS.multiply(
                    count: 1, rows: rows, columns: columns, depth: depth, a, stride: 0, b, stride: 0, into: &result,
                    rowStride: strides.2, stride: 0)
                ReferenceMatrix.multiply(
                    rows: rows, columns: columns, depth: depth, a, b, into: &expected, rowStride: strides.2)
            }
            for place in result.indices {
                if place % strides.2 < columns {
                    #expect(abs(result[place] - expected[place]) <= 1e-5 * Float(max(depth, 1)))
                } else {
                    #expect(result[place].bitPattern == start[place].bitPattern)
                }
            }
        }
    }

    @Test func batchedProductsAreTheirOwn() {
        let (count, rows, columns, depth) = (37, 5, 6, 4)
        let (a, b) = (random(count * rows * depth, 1), random(depth * columns, 2))
        var result = [Float](repeating: .nan, count: count * rows * columns)
        var expected = result
        withMatrices(a, depth, false, b, columns, false) { a, b in
            BLAS.multiply(
                count: count, rows: rows, columns: columns, depth: depth, a, stride: rows * depth, b, stride: 0,
                into: &result, rowStride: columns, stride: rows * columns)
            // The products share b, so they are one product of a tall matrix.
            ReferenceMatrix.multiply(
                rows: count * rows, columns: columns, depth: depth, a, b, into: &expected, rowStride: columns)
        }
        for (value, truth) in zip(result, expected) { #expect(abs(value - truth) <= 1e-5) }
    }

    @Test(arguments: sizes)
    func threadsDoNotChangeABit(_ size: [Int]) {
        let (rows, columns, depth) = (size[0], size[1], size[2])
        let (a, b) = (random(rows * depth, 1), random(depth * columns, 2))
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        let results = [1, 2, 3].map { threads in
            ThreadPool.shared.threads = threads
            var result = [Float](repeating: 0, count: rows * columns)
            withMatrices(a, depth, false, b, columns, false) { a, b in
                BLAS.multiply(
                    count: 1, rows: rows, columns: columns, depth: depth, a, stride: 0, b, stride: 0, into: &result,
                    rowStride: columns, stride: 0)
            }
            return result
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }

    private func withMatrices(
        _ a: [Float], _ strideA: Int, _ transposedA: Bool, _ b: [Float], _ strideB: Int, _ transposedB: Bool,
        _ body: (MatrixView, MatrixView) -> Void
    ) {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                guard let a = a.baseAddress, let b = b.baseAddress else { return }
                body(
                    MatrixView(a, rowStride: strideA, isTransposed: transposedA),
                    MatrixView(b, rowStride: strideB, isTransposed: transposedB))
            }
        }
    }
}
