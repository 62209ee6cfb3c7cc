import Support

/// The largest or smallest elements; NaN counts as more extreme than any number, as in PyTorch.
public enum Extremes {
    /// The largest or smallest element of each fibre (which has at least one), and its index, counted from 1; the first
    /// of equal ones.
    public static func ofFibres(
        _ fibres: Fibres, largest: Bool, input: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>,
        indices: UnsafeMutablePointer<Float>
    ) {
        fibres.forEachGroup { group in
            var best = group.load(input, 0)
            var index = Vector(repeating: 1)
            for k in 1..<max(fibres.length, 1) {
                let x = group.load(input, k)
                let wins = replaces(x, best, largest)
                best.replace(with: x, where: wins)
                index.replace(with: Float(k + 1), where: wins)
            }
            VectorLoop.store(best, values + group.fibre, 1, group.lanes)
            VectorLoop.store(index, indices + group.fibre, 1, group.lanes)
        }
    }

    /// The gradient of the input: that of each fibre goes to the chosen element, the others get 0.
    public static func backward(
        _ fibres: Fibres, indices: UnsafePointer<Float>, valueGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        fibres.forEachGroup { group in
            let index = VectorLoop.load(indices + group.fibre, 1, group.lanes)
            let gradient = VectorLoop.load(valueGradient + group.fibre, 1, group.lanes)
            for k in 0..<fibres.length {
                group.store(Vector.zero.replacing(with: gradient, where: index .== Float(k + 1)), inputGradient, k)
            }
        }
    }

    /// The largest or smallest of `count` elements, which is at least 1.
    public static func ofAll(count: Int, largest: Bool, input: UnsafePointer<Float>) -> Float {
        let perTask = 1 << 16
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count.pieces(of: perTask), 1)) { found in
            found.initialize(repeating: input[0])
            ThreadPool.shared.run(count, ranges: perTask) { range in
                var best = Vector(repeating: input[range.lowerBound])
                for i in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
                    let lanes = min(16, range.upperBound - i)
                    var x = VectorLoop.load(input + i, 1, lanes)
                    for lane in lanes..<16 { x[lane] = x[0] }
                    best.replace(with: x, where: replaces(x, best, largest))
                }
                found[range.lowerBound / perTask] = (0..<16).reduce(best[0]) { chosen($0, best[$1], largest) }
            }
            return found.reduce(found[0]) { chosen($0, $1, largest) }
        }
    }

    @inline(__always)
    private static func replaces(_ x: Vector, _ best: Vector, _ largest: Bool) -> SIMDMask<SIMD16<Int32>> {
        let wins = largest ? x .> best : x .< best
        return wins .| ((x .!= x) .& (best .== best))
    }

    private static func chosen(_ a: Float, _ b: Float, _ largest: Bool) -> Float {
        if a.isNaN || b.isNaN { return .nan }
        return largest ? max(a, b) : min(a, b)
    }
}
