import Support

/// The fibres of an array [outer, length, inner] along its middle axis, which are to such an array what columns are to
/// a matrix (Kolda and Bader, "Tensor decompositions and applications", 2009): `outer` times `inner` of them, each with
/// `length` elements that lie `inner` apart.
///
/// Sixteen fibres are worked on at a time, one in each lane. The class scores of a voxel in channels-last activations
/// are a fibre, with an `inner` of 1.
public struct Fibres: Sendable, Hashable {
    /// The size of the axes before the fibres'.
    public let outer: Int
    /// The number of elements of a fibre.
    public let length: Int
    /// The size of the axes after the fibres': so many fibres lie side by side.
    public let inner: Int

    /// Makes the fibres of an array [outer, length, inner].
    public init(outer: Int, length: Int, inner: Int = 1) {
        self.outer = outer
        self.length = length
        self.inner = inner
    }

    /// The number of fibres; fibre f begins at f / inner * length * inner + f % inner.
    public var count: Int { outer * inner }

    /// Up to sixteen fibres.
    struct Group {
        /// The number of the first.
        let fibre: Int
        /// How many there are.
        let lanes: Int
        /// The offset of the first one's first element.
        let start: Int
        /// The step from one fibre to the next.
        let laneStride: Int
        /// The step from one element of a fibre to the next.
        let step: Int

        /// The element `index` of each fibre.
        @inline(__always)
        func load(_ source: UnsafePointer<Float>, _ index: Int) -> Vector {
            switch interleaved {
            case 2: InterleavedRow.pairs(source + start, index)
            case 3: InterleavedRow.triples(source + start, index)
            case 4: InterleavedRow.quadruples(source + start, index)
            default: VectorLoop.load(source + start + index &* step, laneStride, lanes)
            }
        }

        /// Stores the element `index` of each fibre.
        @inline(__always)
        func store(_ value: Vector, _ target: UnsafeMutablePointer<Float>, _ index: Int) {
            switch interleaved {
            case 2: InterleavedRow.setPairs(target + start, index, value)
            case 3: InterleavedRow.setTriples(target + start, index, value)
            case 4: InterleavedRow.setQuadruples(target + start, index, value)
            default: VectorLoop.store(value, target + start + index &* step, laneStride, lanes)
            }
        }

        /// The length of sixteen fibres that lie one after another, as those of class scores do: short ones are read as
        /// a whole, instead of lane by lane. 0 for fewer, or others.
        @inline(__always)
        private var interleaved: Int { step == 1 && lanes == 16 ? laneStride : 0 }

        /// The vector, with 0 in the lanes beyond the last fibre.
        @inline(__always)
        func masked(_ value: Vector) -> Vector {
            var result = value
            for lane in lanes..<16 { result[lane] = 0 }
            return result
        }
    }

    /// The groups of a block of `inner` fibres; where `inner` is 1, all fibres are one block.
    private var groupsPerBlock: Int { (inner == 1 ? outer : inner).pieces(of: 16) }
    private var groups: Int { inner == 1 ? groupsPerBlock : outer * groupsPerBlock }
    /// The groups of a piece: the borders of pieces do not depend on the number of threads.
    private var groupsPerPiece: Int { max(1, 2048 / max(length, 1)) }
    private var pieces: Int { groups.pieces(of: groupsPerPiece) }

    @inline(__always)
    private func group(_ index: Int) -> Group {
        if inner == 1 {
            let first = index &* 16
            return Group(
                fibre: first, lanes: min(16, outer &- first), start: first &* length, laneStride: length, step: 1)
        }
        let (block, part) = index.quotientAndRemainder(dividingBy: groupsPerBlock)
        let first = part &* 16
        return Group(
            fibre: block &* inner &+ first, lanes: min(16, inner &- first),
            start: block &* length &* inner &+ first, laneStride: 1, step: inner)
    }

    /// Calls `body` for every group.
    @inline(__always)
    func forEachGroup(_ body: (Group) -> Void) {
        ThreadPool.shared.run(groups, ranges: groupsPerPiece) { range in
            for index in range { body(group(index)) }
        }
    }

    /// Calls `body` for every fibre, with its number and the offset of its first element, as tasks.
    @inline(__always)
    func forEachFibre(_ body: (_ fibre: Int, _ start: Int) -> Void) {
        ThreadPool.shared.run(count, ranges: max(1, (1 << 15) / max(length, 1))) { range in
            for fibre in range {
                let (block, place) = fibre.quotientAndRemainder(dividingBy: inner)
                body(fibre, block &* length &* inner &+ place)
            }
        }
    }

    /// `count` sums, to which `body` adds for every group: in the order of the groups within a piece, and then of the
    /// pieces.
    @inline(__always)
    func sums(_ count: Int, _ body: (Group, UnsafeMutablePointer<Double>) -> Void) -> [Double] {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(pieces * count, 1)) { sums in
            sums.initialize(repeating: 0)
            guard let base = sums.baseAddress else { return [] }
            ThreadPool.shared.run(groups, ranges: groupsPerPiece) { range in
                let sums = base + range.lowerBound / groupsPerPiece * count
                for index in range { body(group(index), sums) }
            }
            return (0..<count).map { number in
                var total = 0.0
                for piece in 0..<pieces { total += sums[piece * count + number] }
                return total
            }
        }
    }
}
