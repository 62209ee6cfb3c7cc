import Kernels
import Support
import Testing

/// A layout that a loop must get through: a shape, and an operand's strides, broadcast and reversed ones among them.
struct Layout: CustomTestStringConvertible, Sendable {
    let shape: [Int]
    let strides: [Int]

    var testDescription: String { "\(shape) by \(strides)" }

    /// The offset of each element, in the order of logical indices, the last dimension running fastest.
    var places: [Int] {
        var places = [0]
        for (size, stride) in zip(shape, strides) {
            places = places.flatMap { p in (0..<size).map { p + $0 * stride } }
        }
        return places
    }

    static let awkward = [
        Layout(shape: [], strides: []), Layout(shape: [0], strides: [1]),
        Layout(shape: [3, 0, 2], strides: [0, 2, 1]),
        Layout(shape: [1], strides: [7]), Layout(shape: [1, 1, 1], strides: [5, 0, -3]),
        Layout(shape: [17], strides: [1]), Layout(shape: [17], strides: [0]), Layout(shape: [17], strides: [-3]),
        Layout(shape: [4, 5], strides: [5, 1]), Layout(shape: [4, 5], strides: [1, 4]),
        Layout(shape: [4, 5], strides: [0, 1]), Layout(shape: [4, 5], strides: [1, 0]),
        Layout(shape: [4, 5], strides: [-5, -1]), Layout(shape: [4, 5], strides: [20, 2]),
        Layout(shape: [2, 3, 4], strides: [12, 4, 1]), Layout(shape: [2, 3, 4], strides: [12, 1, 3]),
        Layout(shape: [2, 3, 4], strides: [1, 2, 6]), Layout(shape: [2, 3, 4], strides: [4, 0, 1]),
        Layout(shape: [3, 1, 4, 1, 5], strides: [20, 9, 5, 9, 1]),
        Layout(shape: [2, 3, 4, 5, 6], strides: [360, 1, 90, 18, 3]),
        Layout(shape: [2, 3, 2, 2, 2, 2, 2], strides: [96, -32, 16, 8, -4, 2, 1]),
        Layout(shape: [70_001], strides: [1]), Layout(shape: [3, 40_000], strides: [40_001, 1]),
        Layout(shape: [40_000, 3], strides: [3, 1]), Layout(shape: [40_000, 3], strides: [1, 40_000]),
    ]
}

struct StridedLoopTests {
    /// The offset in the second operand that the loop meets with each offset in the first, which is dense.
    private func walk(_ layout: Layout, first: [Int]) -> [Int] {
        var found = [Int](repeating: .min, count: layout.shape.reduce(1, *))
        let loop = StridedLoop(shape: layout.shape, strides: first, layout.strides)
        found.withUnsafeMutableBufferPointer { found in
            // Each piece writes to elements of its own.
            nonisolated(unsafe) let found = found
            loop.forEachPiece { at, length in
                for i in 0..<length { found[at[0] + i * loop.rowStrides[0]] = at[1] + i * loop.rowStrides[1] }
            }
        }
        return found
    }

    @Test(arguments: Layout.awkward)
    func everyElementIsMetOnceInItsPlace(layout: Layout) {
        var dense = layout.shape
        var step = 1
        for dim in dense.indices.reversed() {
            dense[dim] = step
            step *= max(layout.shape[dim], 1)
        }
        #expect(walk(layout, first: dense) == layout.places)
    }

    @Test(arguments: Layout.awkward)
    func theOrderOfTheFirstOperandMakesNoDifference(layout: Layout) {
        // In the first operand the first dimension runs fastest.
        var reversed = layout.shape
        var step = 1
        for dim in reversed.indices {
            reversed[dim] = step
            step *= max(layout.shape[dim], 1)
        }
        let found = walk(layout, first: reversed)
        let places = Layout(shape: layout.shape, strides: reversed).places
        #expect(places.map { found[$0] } == layout.places)
    }

    @Test func denseLoopsAreOneRow() {
        let loop = StridedLoop(shape: [2, 3, 4], strides: [12, 1, 3], [12, 1, 3])
        #expect(loop.rows == 1)
        #expect(loop.rowLength == 24)
        let broadcast = StridedLoop(shape: [6, 4, 5], strides: [20, 5, 1], [0, 5, 1])
        #expect(broadcast.rows == 6)
        #expect(broadcast.rowLength == 20)
        #expect(StridedLoop(dense: 0).pieces == 0)
        #expect(StridedLoop(dense: 100).rowStrides == SIMD4(repeating: 1))
    }

    @Test func fourOperandsGoTogether() {
        let loop = StridedLoop(shape: [2, 3], strides: [3, 1], [1, 2], [0, 1], [-3, -1])
        var rows: [[Int]] = []
        for piece in 0..<loop.pieces {
            loop.forEachRow(inPiece: piece) { at, length in
                for i in 0..<length { rows.append((0..<4).map { at[$0] + i * loop.rowStrides[$0] }) }
            }
        }
        #expect(
            rows == [[0, 0, 0, 0], [1, 2, 1, -1], [2, 4, 2, -2], [3, 1, 0, -3], [4, 3, 1, -4], [5, 5, 2, -5]])
    }
}
