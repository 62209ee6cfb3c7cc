import Support

/// The rows of an n-dimensional loop over several operands, each with its own strides.
///
/// Dimensions are ordered by the first operand's strides, those of size 1 dropped and neighbours merged wherever every
/// operand allows, so that a loop over dense tensors of one layout is a single row.
public struct StridedLoop {
    /// The length of a row.
    public private(set) var rowLength = 1
    /// Each operand's step within a row.
    public private(set) var rowStrides: [Int]
    /// The number of rows.
    public private(set) var rows = 1
    private var outerSizes: [Int] = []
    private var outerStrides: [[Int]] = []

    /// A loop over `shape`; `strides` holds each operand's strides, one for each dimension (0 where it is broadcast).
    public init(shape: [Int], strides: [[Int]]) {
        rowStrides = strides.map { _ in 0 }
        guard !shape.contains(0) else {
            rows = 0
            return
        }
        let order = shape.indices.filter { shape[$0] != 1 }.sorted { a, b in
            for operand in strides where operand[a] != operand[b] { return operand[a] > operand[b] }
            return a < b
        }
        var sizes: [Int] = []
        var steps: [[Int]] = []
        for dim in order {
            let step = strides.map { $0[dim] }
            if let last = steps.last, zip(last, step).allSatisfy({ $0 == $1 &* shape[dim] }) {
                sizes[sizes.count - 1] *= shape[dim]
                steps[steps.count - 1] = step
            } else {
                sizes.append(shape[dim])
                steps.append(step)
            }
        }
        if let length = sizes.popLast(), let step = steps.popLast() {
            rowLength = length
            rowStrides = step
        }
        outerSizes = sizes
        outerStrides = steps
        rows = sizes.reduce(1, *)
    }

    /// Each operand's offset at the start of row `row`.
    private func offsets(row: Int) -> [Int] {
        var result = rowStrides.map { _ in 0 }
        var rest = row
        for dim in outerSizes.indices.reversed() {
            let index = rest % outerSizes[dim]
            rest /= outerSizes[dim]
            for operand in result.indices { result[operand] += index * outerStrides[dim][operand] }
        }
        return result
    }

    /// Elements in a piece: borders depend on the loop alone, never on the number of threads.
    private static let elementsPerPiece = 1 << 15

    /// Pieces that a row is cut into; 1 where a piece holds whole rows.
    private var piecesPerRow: Int { max(1, (rowLength - 1) / Self.elementsPerPiece + 1) }

    /// Whole rows in a piece.
    private var rowsPerPiece: Int { max(1, Self.elementsPerPiece / max(rowLength, 1)) }

    /// The number of pieces: some rows each, or parts of one row.
    public var pieces: Int {
        piecesPerRow > 1 ? rows * piecesPerRow : (rows + rowsPerPiece - 1) / rowsPerPiece
    }

    /// Calls `body(offsets, length)` for the rows of piece `piece`, or the part of a row that it is.
    public func forEachRow(inPiece piece: Int, _ body: (_ offsets: [Int], _ length: Int) -> Void) {
        if piecesPerRow > 1 {
            let (row, part) = piece.quotientAndRemainder(dividingBy: piecesPerRow)
            let start = part * Self.elementsPerPiece
            var offset = offsets(row: row)
            for operand in offset.indices { offset[operand] += start * rowStrides[operand] }
            body(offset, min(Self.elementsPerPiece, rowLength - start))
        } else {
            let first = piece * rowsPerPiece
            forEachRow(first..<min(first + rowsPerPiece, rows)) { body($0, rowLength) }
        }
    }

    /// Calls `body(offsets, length)` for every row, or part of one, pieces side by side.
    public func forEachPiece(_ body: (_ offsets: [Int], _ length: Int) -> Void) {
        ThreadPool.shared.run(pieces) { forEachRow(inPiece: $0, body) }
    }

    /// Calls `body` with the offsets of the rows in `range`, one after another.
    private func forEachRow(_ range: Range<Int>, _ body: (_ offsets: [Int]) -> Void) {
        guard !range.isEmpty else { return }
        var offset = offsets(row: range.lowerBound)
        var index = outerSizes.map { _ in 0 }
        var rest = range.lowerBound
        for dim in outerSizes.indices.reversed() {
            index[dim] = rest % outerSizes[dim]
            rest /= outerSizes[dim]
        }
        for _ in range {
            body(offset)
            var dim = outerSizes.count - 1
            while dim >= 0 {
                index[dim] += 1
                let step = outerStrides[dim]
                for operand in offset.indices { offset[operand] += step[operand] }
                if index[dim] < outerSizes[dim] { break }
                for operand in offset.indices { offset[operand] -= step[operand] * outerSizes[dim] }
                index[dim] = 0
                dim -= 1
            }
        }
    }
}
