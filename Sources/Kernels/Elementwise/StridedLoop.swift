import Support

/// The rows of an n-dimensional loop over up to four operands, each with its own strides.
///
/// Dimensions are ordered by the first operand's strides, dimensions of size 1 are dropped, and neighbouring dimensions
/// are merged where the strides of every operand allow it: a loop over dense tensors of one layout is a single row.
public struct StridedLoop {
    /// A number for each operand: a stride, or an offset.
    public typealias Offsets = SIMD4<Int>

    /// The length of a row.
    public private(set) var rowLength = 1
    /// Each operand's step within a row.
    public private(set) var rowStrides = Offsets.zero
    /// The number of rows.
    public private(set) var rows = 1
    private var outerSizes: [Int] = []
    private var outerStrides: [Offsets] = []

    /// A loop over operands of the same layout without gaps: one row of `count` elements.
    public init(dense count: Int) {
        rowLength = count
        rowStrides = Offsets(repeating: 1)
        rows = count > 0 ? 1 : 0
    }

    /// A loop over `shape`, with the strides of each operand, one for each dimension (0 where the operand is
    /// broadcast).
    public init(shape: [Int], strides a: [Int], _ b: [Int]? = nil, _ c: [Int]? = nil, _ d: [Int]? = nil) {
        guard !shape.contains(0) else {
            rows = 0
            return
        }
        var dims: [(size: Int, step: Offsets)] = []
        for dim in shape.indices where shape[dim] != 1 {
            dims.append((shape[dim], Offsets(a[dim], b?[dim] ?? 0, c?[dim] ?? 0, d?[dim] ?? 0)))
        }
        // The sort is stable: among equal strides the order of the dimensions stays.
        dims.sort { Self.isSlower($0.step, $1.step) }
        var merged = 0
        for dim in dims.indices.dropFirst() {
            if dims[merged].step == dims[dim].step &* dims[dim].size {
                dims[merged] = (dims[merged].size * dims[dim].size, dims[dim].step)
            } else {
                merged += 1
                dims[merged] = dims[dim]
            }
        }
        dims.removeLast(max(0, dims.count - merged - 1))
        if let row = dims.popLast() { (rowLength, rowStrides) = (row.size, row.step) }
        for dim in dims {
            outerSizes.append(dim.size)
            outerStrides.append(dim.step)
            rows *= dim.size
        }
    }

    /// The same loop with its longest dimension as the row, where the row is shorter than a vector: for functions of
    /// elements, which do not depend on the order.
    public var withLongRows: StridedLoop {
        guard rowLength < 16, let longest = outerSizes.indices.max(by: { outerSizes[$0] < outerSizes[$1] }),
            outerSizes[longest] >= 16
        else { return self }
        var loop = self
        (loop.rowLength, loop.outerSizes[longest]) = (outerSizes[longest], rowLength)
        (loop.rowStrides, loop.outerStrides[longest]) = (outerStrides[longest], rowStrides)
        loop.rows = rows / outerSizes[longest] * rowLength
        return loop
    }

    /// Whether dimension a has the larger stride, by the first operand whose strides in a and b differ.
    private static func isSlower(_ a: Offsets, _ b: Offsets) -> Bool {
        for operand in 0..<4 where a[operand] != b[operand] { return a[operand] > b[operand] }
        return false
    }

    /// The elements of a piece: the borders of pieces do not depend on the number of threads.
    private static let elementsPerPiece = 1 << 15

    /// The pieces of a row; 1 where pieces hold whole rows.
    private var piecesPerRow: Int { max(1, rowLength.pieces(of: Self.elementsPerPiece)) }

    /// The whole rows of a piece.
    private var rowsPerPiece: Int { max(1, Self.elementsPerPiece / max(rowLength, 1)) }

    /// The number of pieces: some rows each, or parts of one row.
    public var pieces: Int {
        piecesPerRow > 1 ? rows * piecesPerRow : rows.pieces(of: rowsPerPiece)
    }

    /// Calls `body(offsets, length)` for the rows of piece `piece`, or the part of a row that it is.
    public func forEachRow(inPiece piece: Int, _ body: (_ offsets: Offsets, _ length: Int) -> Void) {
        if piecesPerRow > 1 {
            let (row, part) = piece.quotientAndRemainder(dividingBy: piecesPerRow)
            let start = part * Self.elementsPerPiece
            forEachRow(row..<row + 1) { offsets in
                body(offsets &+ rowStrides &* start, min(Self.elementsPerPiece, rowLength - start))
            }
        } else {
            let first = piece * rowsPerPiece
            forEachRow(first..<min(first + rowsPerPiece, rows)) { body($0, rowLength) }
        }
    }

    /// Calls `body(offsets, length)` for every row, or part of one, with the pieces as tasks.
    public func forEachPiece(_ body: (_ offsets: Offsets, _ length: Int) -> Void) {
        let pieces = pieces
        if pieces == 1, rows == 1 {
            body(.zero, rowLength)
        } else {
            ThreadPool.shared.run(pieces) { forEachRow(inPiece: $0, body) }
        }
    }

    /// Calls `body` with the offsets of the rows in `range`, one after another.
    private func forEachRow(_ range: Range<Int>, _ body: (_ offsets: Offsets) -> Void) {
        guard !range.isEmpty else { return }
        var offset = Offsets.zero
        var index = outerSizes
        var rest = range.lowerBound
        for dim in outerSizes.indices.reversed() {
            index[dim] = rest % outerSizes[dim]
            offset &+= outerStrides[dim] &* index[dim]
            rest /= outerSizes[dim]
        }
        for _ in range {
            body(offset)
            var dim = outerSizes.count - 1
            while dim >= 0 {
                index[dim] += 1
                offset &+= outerStrides[dim]
                if index[dim] < outerSizes[dim] { break }
                offset &-= outerStrides[dim] &* outerSizes[dim]
                index[dim] = 0
                dim -= 1
            }
        }
    }
}
