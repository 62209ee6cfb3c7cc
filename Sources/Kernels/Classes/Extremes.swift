import Support

/// The largest or smallest elements; NaN counts as more extreme than any number, as in PyTorch.
public enum Extremes {
    /// The largest or smallest element of each column (which has at least one), and its place in it, counted from 1;
    /// the first of equal ones.
    public static func ofColumns(
        _ columns: Columns, largest: Bool, input: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>,
        indices: UnsafeMutablePointer<Float>
    ) {
        columns.forEachGroup { group in
            var best = group.load(input, 0)
            var place = Vector(repeating: 1)
            for k in 1..<max(columns.length, 1) {
                let x = group.load(input, k)
                let wins = replaces(x, best, largest)
                best.replace(with: x, where: wins)
                place.replace(with: Float(k + 1), where: wins)
            }
            Rows.store(best, values + group.column, 1, group.lanes)
            Rows.store(place, indices + group.column, 1, group.lanes)
        }
    }

    /// The gradient of the input: each column's goes to its chosen element, the others get 0.
    public static func backward(
        _ columns: Columns, indices: UnsafePointer<Float>, valueGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        columns.forEachGroup { group in
            let place = Rows.load(indices + group.column, 1, group.lanes)
            let gradient = Rows.load(valueGradient + group.column, 1, group.lanes)
            for k in 0..<columns.length {
                group.store(Vector.zero.replacing(with: gradient, where: place .== Float(k + 1)), inputGradient, k)
            }
        }
    }

    /// The largest or smallest of `count` elements, which is at least 1.
    public static func ofAll(count: Int, largest: Bool, input: UnsafePointer<Float>) -> Float {
        let perTask = 1 << 16
        let tasks = (count + perTask - 1) / perTask
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: max(tasks, 1)) { found in
            found.initialize(repeating: input[0])
            ThreadPool.shared.run(tasks) { task in
                let end = min((task + 1) * perTask, count)
                var best = Vector(repeating: input[task * perTask])
                for i in stride(from: task * perTask, to: end, by: 16) {
                    let lanes = min(16, end - i)
                    var x = Rows.load(input + i, 1, lanes)
                    for lane in lanes..<16 { x[lane] = x[0] }
                    best.replace(with: x, where: replaces(x, best, largest))
                }
                found[task] = (0..<16).reduce(best[0]) { chosen($0, best[$1], largest) }
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
