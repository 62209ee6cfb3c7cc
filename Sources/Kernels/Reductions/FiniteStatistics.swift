import Support

/// The minimum, maximum and sum of the finite numbers in an array, and the number of those that are not finite.
public struct FiniteStatistics: Equatable, Sendable {
    /// The smallest finite number; infinity where there is none.
    public private(set) var minimum = Float.infinity
    /// The largest finite number; -infinity where there is none.
    public private(set) var maximum = -Float.infinity
    /// The sum of all finite numbers.
    public private(set) var sum = 0.0
    /// The number of NaNs.
    public private(set) var nanCount = 0
    /// The number of infinities of both signs.
    public private(set) var infinityCount = 0

    /// Reads a strided array once, in pieces as tasks, whose statistics are then joined in order.
    public init(_ input: UnsafePointer<Float>, shape: [Int], strides: [Int]) {
        let loop = StridedLoop(shape: shape, strides: strides)
        let pieces = loop.pieces
        let step = loop.rowStrides[0]
        withUnsafeTemporaryAllocation(of: FiniteStatistics.self, capacity: max(pieces, 1)) { parts in
            parts.initialize(repeating: FiniteStatistics())
            ThreadPool.shared.run(pieces) { piece in
                loop.forEachRow(inPiece: piece) { at, length in
                    parts[piece].add(row: input + at[0], step, length)
                }
            }
            for part in parts.prefix(pieces) { add(part) }
        }
    }

    private init() {}

    private mutating func add(_ other: FiniteStatistics) {
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        sum += other.sum
        nanCount += other.nanCount
        infinityCount += other.infinityCount
    }

    private mutating func add(row: UnsafePointer<Float>, _ step: Int, _ length: Int) {
        var (low, high) = (Vector(repeating: .infinity), Vector(repeating: -.infinity))
        var i = 0
        while i &+ 16 <= length {
            // Each lane sums at most 256 numbers before the sums go on in Double; so few are counted exactly in floats.
            let end = min(i &+ 4096, length &- 15)
            var (sums, nans, infinities) = (Vector.zero, Vector.zero, Vector.zero)
            while i < end {
                let x = VectorLoop.load(row + i &* step, step, 16)
                let isNaN = x .!= x
                let isInfinite = VectorMath.absolute(x) .== .infinity
                let isOdd = isNaN .| isInfinite
                low = VectorMath.smaller(low, x.replacing(with: .infinity, where: isOdd))
                high = VectorMath.larger(high, x.replacing(with: -.infinity, where: isOdd))
                sums += x.replacing(with: 0, where: isOdd)
                nans += Vector.zero.replacing(with: 1, where: isNaN)
                infinities += Vector.zero.replacing(with: 1, where: isInfinite)
                i &+= 16
            }
            for lane in 0..<16 {
                sum += Double(sums[lane])
                nanCount += Int(nans[lane])
                infinityCount += Int(infinities[lane])
            }
        }
        for lane in 0..<16 {
            minimum = min(minimum, low[lane])
            maximum = max(maximum, high[lane])
        }
        while i < length {
            let x = row[i &* step]
            if x.isNaN {
                nanCount += 1
            } else if x.isInfinite {
                infinityCount += 1
            } else {
                minimum = min(minimum, x)
                maximum = max(maximum, x)
                sum += Double(x)
            }
            i &+= 1
        }
    }
}
