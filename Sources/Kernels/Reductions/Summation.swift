import Support

/// Sums over some dimensions of a strided array, accumulated in Double.
///
/// Each sum is made of the sums of pieces, added in order. The pieces depend on the shape alone, so the bits do not
/// depend on the number of threads.
public enum Summation {
    /// Up to this many sums are made together where their addends lie side by side.
    private static let widest = 1024
    /// With at least this many sums (or groups of `widest`), each is made by one thread; with fewer, threads share
    /// each.
    private static let manySums = 16

    /// out[kept] = scale * (sum over the reduced dimensions of input).
    public static func sum(
        out: UnsafeMutablePointer<Float>, input: UnsafePointer<Float>, keptShape: [Int],
        keptStrides: (out: [Int], input: [Int]), reducedShape: [Int], reducedStrides: [Int], scale: Double
    ) {
        // The first operand decides the order of the loop: the input's is best, as it is larger.
        let kept = StridedLoop(shape: keptShape, strides: keptStrides.input, keptStrides.out)
        let reduced = StridedLoop(shape: reducedShape, strides: reducedStrides)
        let (inStep, outStep) = (kept.rowStrides[0], kept.rowStrides[1])
        let wide = inStep == 1 && reduced.rowStrides[0] != 1
        let many = kept.rows * kept.rowLength >= manySums * (wide ? widest : 1)

        // Short sums are made at once: what partial sums need would take longer than they do.
        let short = !wide && reduced.rows == 1 && reduced.pieces == 1

        func rows(_ at: StridedLoop.Offsets, _ length: Int) {
            if short {
                for i in 0..<length {
                    let row = input + at[0] + i * inStep
                    (out + at[1])[i * outStep] =
                        Float(VectorLoop.sum(reduced.rowLength, row, reduced.rowStrides[0]) * scale)
                }
                return
            }
            let most = wide ? widest : 1
            for first in stride(from: 0, to: length, by: most) {
                let width = min(most, length - first)
                let sums = partialSums(of: reduced, width: width, input: input + at[0] + first * inStep)
                for i in 0..<width { (out + at[1])[(first + i) * outStep] = Float(sums[i] * scale) }
            }
        }
        if many {
            kept.forEachPiece(rows)
        } else {
            for piece in 0..<kept.pieces { kept.forEachRow(inPiece: piece, rows) }
        }
    }

    /// The sums over `loop` of `width` elements that lie side by side.
    private static func partialSums(of loop: StridedLoop, width: Int, input: UnsafePointer<Float>) -> [Double] {
        let pieces = loop.pieces
        let step = loop.rowStrides[0]
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, pieces) * width) { sums in
            sums.initialize(repeating: 0)
            ThreadPool.shared.run(pieces) { piece in
                let target = sums.extracting(piece * width..<(piece + 1) * width)
                loop.forEachRow(inPiece: piece) { at, length in
                    if width == 1 {
                        target[0] += VectorLoop.sum(length, input + at[0], step)
                    } else {
                        add(length, rows: input + at[0], step, to: target)
                    }
                }
            }
            var result = Array(sums.prefix(width))
            for piece in 1..<max(pieces, 1) { for i in 0..<width { result[i] += sums[piece * width + i] } }
            return result
        }
    }

    /// Adds `count` rows of numbers, `step` apart, to a row of sums.
    private static func add(
        _ count: Int, rows: UnsafePointer<Float>, _ step: Int, to sums: UnsafeMutableBufferPointer<Double>
    ) {
        for j in 0..<count {
            let row = rows + j * step
            for i in sums.indices { sums[i] += Double(row[i]) }
        }
    }
}
