import COpenBLAS
import Support

/// A matrix in memory, row by row.
public struct MatrixView {
    /// Its first element.
    public let start: UnsafePointer<Float>
    /// The distance from a row to the next, in elements.
    public let rowStride: Int
    /// Whether the product takes its transpose.
    public let isTransposed: Bool

    /// Makes a view of a matrix whose rows begin `rowStride` elements apart.
    public init(_ start: UnsafePointer<Float>, rowStride: Int, isTransposed: Bool = false) {
        self.start = start
        self.rowStride = rowStride
        self.isTransposed = isTransposed
    }

    /// The part that begins at an element of the matrix, transposed where it is.
    func from(row: Int, column: Int) -> MatrixView {
        advanced(by: isTransposed ? column &* rowStride &+ row : row &* rowStride &+ column)
    }

    /// The view moved on by `elements`.
    func advanced(by elements: Int) -> MatrixView {
        MatrixView(start + elements, rowStride: rowStride, isTransposed: isTransposed)
    }
}

extension BLAS {
    /// Sets c to a b in each of `count` products of the given rows, columns and depth (the length of their sums).
    ///
    /// What c held does not matter, not even NaN; with depth 0 the products are 0. The sizes alone decide how c is cut
    /// into blocks for the threads, so the bits do not depend on the number of threads.
    /// - Parameters:
    ///   - a: rows by depth, after its transposition where it is transposed.
    ///   - strideA: the distance from a product's `a` to the next one's, in elements; 0 where they share it.
    ///   - b: depth by columns, after its transposition where it is transposed.
    ///   - strideB: as `strideA`, for `b`.
    ///   - c: its rows begin `rowStride` elements apart.
    ///   - strideC: as `strideA`, for `c`, whose matrices may not overlap.
    public static func multiply(
        count: Int, rows: Int, columns: Int, depth: Int, _ a: MatrixView, stride strideA: Int,
        _ b: MatrixView, stride strideB: Int, into c: UnsafeMutablePointer<Float>, rowStride: Int, stride strideC: Int
    ) {
        guard count > 0, rows > 0, columns > 0 else { return }
        let block = blockSize(rows: rows, columns: columns)
        let (down, across) = (rows.pieces(of: block.rows), columns.pieces(of: block.columns))
        // Several small products are one task, so that its work outweighs its start.
        let work = block.rows &* block.columns &* max(depth, 1)
        let together = down &* across == 1 ? max(1, min(count, (1 << 21) / work)) : 1
        ThreadPool.shared.run(count.pieces(of: together) &* down &* across) { task in
            let (group, index) = task.quotientAndRemainder(dividingBy: down &* across)
            let (row, column) = (index / across &* block.rows, index % across &* block.columns)
            for product in group &* together..<min((group &+ 1) &* together, count) {
                multiplyBlock(
                    rows: min(block.rows, rows &- row), columns: min(block.columns, columns &- column), depth: depth,
                    a.advanced(by: product &* strideA).from(row: row, column: 0),
                    b.advanced(by: product &* strideB).from(row: 0, column: column),
                    into: c + (product &* strideC &+ row &* rowStride &+ column), rowStride: rowStride)
            }
        }
    }

    /// The blocks of the result: about 512 by 512, longer where the other side is short. A result of one such block is
    /// cut in two, for two threads, if a side is 256 or longer.
    private static func blockSize(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
        if rows <= 512, columns <= 512 {
            if rows >= 256 { return (rows.pieces(of: 2), columns) }
            return (rows, columns >= 256 ? columns.pieces(of: 2) : columns)
        }
        let area = 1 << 15
        return (
            min(rows, max(512, area / max(columns, 1))), min(columns, max(512, area / max(rows, 1)))
        )
    }

    private static func multiplyBlock(
        rows: Int, columns: Int, depth: Int, _ a: MatrixView, _ b: MatrixView,
        into c: UnsafeMutablePointer<Float>, rowStride: Int
    ) {
        guard depth > 0, !ReferenceKernels.areInUse, let multiply = library.multiply,
            let rowCount = Int32(exactly: rows), let columnCount = Int32(exactly: columns),
            let depthCount = Int32(exactly: depth), let strideA = Int32(exactly: max(a.rowStride, 1)),
            let strideB = Int32(exactly: max(b.rowStride, 1)), let strideC = Int32(exactly: rowStride)
        else {
            return ReferenceMatrix.multiply(
                rows: rows, columns: columns, depth: depth, a, b, into: c, rowStride: rowStride)
        }
        let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
        multiply(
            rowMajor, a.isTransposed ? transposed : plain, b.isTransposed ? transposed : plain, rowCount, columnCount,
            depthCount, 1, a.start, strideA, b.start, strideB, 0, c, strideC)
    }
}

/// Matrix products as their definition says, with sums in double precision: what tests compare with, and what stands in
/// where there is no OpenBLAS, or `ReferenceKernels.areInUse`.
package enum ReferenceMatrix {
    /// Sets c to a b: see `BLAS.multiply`.
    package static func multiply(
        rows: Int, columns: Int, depth: Int, _ a: MatrixView, _ b: MatrixView,
        into c: UnsafeMutablePointer<Float>, rowStride: Int
    ) {
        for row in 0..<rows {
            for column in 0..<columns {
                var sum = 0.0
                for k in 0..<depth {
                    sum +=
                        Double(a.from(row: row, column: k).start[0]) * Double(b.from(row: k, column: column).start[0])
                }
                c[row &* rowStride &+ column] = Float(sum)
            }
        }
    }
}
