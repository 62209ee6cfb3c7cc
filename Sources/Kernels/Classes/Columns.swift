import Support

/// The columns of an array [outer, length, inner]: `outer` times `inner` of them, of `length` elements `inner` apart.
///
/// Kernels work on sixteen columns at a time, one in each lane. Class scores of channels-last activations are columns
/// with an `inner` of 1.
public struct Columns: Sendable, Hashable {
    /// The number of blocks of columns.
    public let outer: Int
    /// The number of elements of a column.
    public let length: Int
    /// The number of columns that lie side by side.
    public let inner: Int

    /// Makes the columns of an array [outer, length, inner].
    public init(outer: Int, length: Int, inner: Int = 1) {
        self.outer = outer
        self.length = length
        self.inner = inner
    }

    /// The number of columns; column c begins at c / inner * length * inner + c % inner.
    public var count: Int { outer * inner }

    /// Up to sixteen columns.
    struct Group {
        /// The number of the first.
        let column: Int
        /// How many there are.
        let lanes: Int
        /// The place of the first one's first element.
        let start: Int
        /// The step from one column to the next.
        let laneStride: Int
        /// The step from one element of a column to the next.
        let step: Int

        /// The element `index` of each column.
        @inline(__always)
        func load(_ source: UnsafePointer<Float>, _ index: Int) -> Vector {
            if isPaired {
                let pairs = UnsafeRawPointer(source + start).loadUnaligned(as: SIMD32<Float>.self)
                return index == 0 ? pairs.evenHalf : pairs.oddHalf
            }
            return Rows.load(source + start + index &* step, laneStride, lanes)
        }

        /// Puts the element `index` of each column.
        @inline(__always)
        func store(_ value: Vector, _ target: UnsafeMutablePointer<Float>, _ index: Int) {
            if isPaired {
                let place = UnsafeMutableRawPointer(target + start)
                var pairs = place.loadUnaligned(as: SIMD32<Float>.self)
                if index == 0 { pairs.evenHalf = value } else { pairs.oddHalf = value }
                place.storeBytes(of: pairs, as: SIMD32<Float>.self)
            } else {
                Rows.store(value, target + start + index &* step, laneStride, lanes)
            }
        }

        /// Whether sixteen columns of two elements lie one behind the other, as those of two classes do.
        @inline(__always)
        private var isPaired: Bool { laneStride == 2 && step == 1 && lanes == 16 }

        /// 0 in the lanes beyond the last column.
        @inline(__always)
        func masked(_ value: Vector) -> Vector {
            var result = value
            for lane in lanes..<16 { result[lane] = 0 }
            return result
        }
    }

    /// Groups in a block of columns; where columns lie one behind the other, all of them are one block.
    private var groupsPerBlock: Int { ((inner == 1 ? outer : inner) + 15) / 16 }
    private var groups: Int { inner == 1 ? groupsPerBlock : outer * groupsPerBlock }
    /// Groups in a piece: borders depend on the columns alone, never on the number of threads.
    private var groupsPerPiece: Int { max(1, 2048 / max(length, 1)) }
    private var pieces: Int { (groups + groupsPerPiece - 1) / groupsPerPiece }

    @inline(__always)
    private func group(_ index: Int) -> Group {
        if inner == 1 {
            let first = index &* 16
            return Group(
                column: first, lanes: min(16, outer &- first), start: first &* length, laneStride: length, step: 1)
        }
        let (block, part) = index.quotientAndRemainder(dividingBy: groupsPerBlock)
        let first = part &* 16
        return Group(
            column: block &* inner &+ first, lanes: min(16, inner &- first),
            start: block &* length &* inner &+ first, laneStride: 1, step: inner)
    }

    /// Calls `body` for every group.
    @inline(__always)
    func forEachGroup(_ body: (Group) -> Void) {
        ThreadPool.shared.run(pieces) { piece in
            for index in piece * groupsPerPiece..<min((piece + 1) * groupsPerPiece, groups) { body(group(index)) }
        }
    }

    /// Sums of `count` numbers, which `body` adds to for every group: in the order of the groups within a piece, and of
    /// the pieces.
    @inline(__always)
    func sums(_ count: Int, _ body: (Group, UnsafeMutablePointer<Double>) -> Void) -> [Double] {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(pieces * count, 1)) { sums in
            sums.initialize(repeating: 0)
            guard let base = sums.baseAddress else { return [] }
            ThreadPool.shared.run(pieces) { piece in
                for index in piece * groupsPerPiece..<min((piece + 1) * groupsPerPiece, groups) {
                    body(group(index), base + piece * count)
                }
            }
            return (0..<count).map { number in
                var total = 0.0
                for piece in 0..<pieces { total += sums[piece * count + number] }
                return total
            }
        }
    }
}
