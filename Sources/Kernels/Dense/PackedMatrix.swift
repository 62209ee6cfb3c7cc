/// A matrix as `GatherKernel` reads it, [block of columns][row][column], for products with rows of numbers.
///
/// Rows and columns are filled up with zeros to whole vectors.
struct PackedMatrix {
    /// The length of the rows that are multiplied, and of those of the result.
    let rows: Int
    let columns: Int
    private let blocks: [ChannelBlock]
    private let floats: Scratch.Floats

    /// The numbers up to a whole vector.
    static func padded(_ count: Int) -> Int { (count &+ 15) / 16 &* 16 }

    /// Packs a matrix of `rows` x `columns` numbers.
    init(rows: Int, columns: Int, value: (_ row: Int, _ column: Int) -> Float) {
        self.rows = Self.padded(rows)
        self.columns = Self.padded(columns)
        blocks = ChannelBlock.blocks(of: self.columns)
        floats = Scratch.Floats(count: self.rows &* self.columns)
        floats.start.update(repeating: 0, count: floats.count)
        for block in blocks {
            for row in 0..<rows {
                let start = floats.start + (self.rows &* block.firstChannel &+ row &* block.width)
                for column in 0..<min(block.channels, max(0, columns &- block.firstChannel)) {
                    start[column] = value(row, block.firstChannel &+ column)
                }
            }
        }
    }

    /// Where `count` rows and their products lie, one after another.
    func positions(_ count: Int) -> PositionTable {
        let box = Box(batch: 0..<1, size: Size3(1, 1, count))
        return PositionTable(
            box, source: LinearPlace(in: box, stride: rows), target: LinearPlace(in: box, stride: columns))
    }

    /// Rows that stay in the first cache, in 12 KB, while all blocks meet them; whole tiles.
    private var rowsAtATime: Int { max(1, min(4, 128 / rows)) &* PositionTable.padding }

    /// Sets `result` to `bias` plus the products of some rows of `values`, or adds the products to it.
    func multiply(
        _ values: UnsafePointer<Float>, _ positions: PositionTable, bias: UnsafePointer<Float>,
        to result: UnsafeMutablePointer<Float>, adding: Bool = false
    ) {
        let kernel = GatherKernel(
            source: values, positions: positions, runs: [TapRun(source: 0, weight: 0)], length: rows)
        for first in stride(from: 0, to: positions.count, by: rowsAtATime) {
            for block in blocks {
                kernel.run(
                    block, positions: first..<min(first &+ rowsAtATime, positions.count), runs: 0..<1,
                    continues: adding, weights: floats.start + rows &* block.firstChannel,
                    bias: bias + block.firstChannel, target: result, factor: nil)
            }
        }
    }
}
