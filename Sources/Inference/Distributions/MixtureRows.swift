import Foundation
import Kernels
import Support
import Tensors

/// Kernels as the fit of a mixture reads them: a row of numbers each, less their mean and divided by the root of their
/// mean variance, so that single precision serves kernels of any size.
struct MixtureRows {
    /// The numbers, row by row.
    let values: [Float]
    /// The number of rows.
    let count: Int
    /// The length of a row.
    let size: Int
    /// What was subtracted from each row.
    let center: [Double]
    /// What each row was divided by after that.
    let scale: Double

    /// The rows of `kernels`, which are at least two, finite, and not all alike.
    init(_ kernels: Tensor, _ operation: String) throws(TensorError) {
        guard kernels.rank >= 1, kernels.shape[0] >= 2, kernels.count > 0 else {
            throw .shape(
                operation: operation, parameter: "kernels", shape: kernels.shape, expected: "two kernels or more")
        }
        try kernels.requireFinite(operation, "kernels")
        let size = try Shape.count(Array(kernels.shape.dropFirst()), operation: operation)
        let given = try kernels.numbers()
        let count = kernels.shape[0]
        var (center, squares) = ([Double](repeating: 0, count: size), 0.0)
        for n in 0..<count { for i in 0..<size { center[i] += Double(given[n * size + i]) } }
        for i in 0..<size { center[i] /= Double(count) }
        for n in 0..<count {
            for i in 0..<size {
                let deviation = Double(given[n * size + i]) - center[i]
                squares += deviation * deviation
            }
        }
        let scale = (squares / Double(given.count)).squareRoot()
        try require(
            scale > Double(Float.leastNormalMagnitude), operation, "kernels", "\(count) times the same kernel",
            expected: "kernels that differ")
        values = given.indices.map { Float((Double(given[$0]) - center[$0 % size]) / scale) }
        (self.count, self.size, self.center, self.scale) = (count, size, center, scale)
    }

    private init(of rows: MixtureRows, at places: [Int]) {
        (count, size, center, scale) = (places.count, rows.size, rows.center, rows.scale)
        let size = size
        values = places.flatMap { rows.values[$0 * size..<($0 + 1) * size] }
    }

    /// Some of the rows, by their indices from 0.
    func rows(_ places: [Int]) -> MixtureRows { MixtureRows(of: self, at: places) }

    /// Which of `count` groups each row belongs to at the start: those of the nearest of `count` centers, which are
    /// drawn far from each other and moved to their groups' means a few times.
    ///
    /// Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", 2007, and Lloyd's steps.
    func groups(_ groups: Int, steps: Int = 10, generator: RandomGenerator) throws(TensorError) -> [Int] {
        var centers: [Float] = []
        var distances = [Float](repeating: .infinity, count: count)
        var nearest = [Int](repeating: 0, count: count)
        for group in 0..<min(groups, count) {
            let row = group == 0 ? generator.below(count) : distances.chosen(at: [generator.uniform()])[0]
            let center = Array(values[row * size..<(row + 1) * size])
            centers += center
            try assign(center, first: group, &nearest, &distances)
        }
        for _ in 0..<steps {
            var (sums, members) = ([Double](repeating: 0, count: centers.count), [Int](repeating: 0, count: groups))
            for n in 0..<count {
                members[nearest[n]] += 1
                for i in 0..<size { sums[nearest[n] * size + i] += Double(values[n * size + i]) }
            }
            // A group without rows keeps its center.
            for i in centers.indices where members[i / size] > 0 {
                centers[i] = Float(sums[i] / Double(members[i / size]))
            }
            let before = nearest
            distances = [Float](repeating: .infinity, count: count)
            try assign(centers, first: 0, &nearest, &distances)
            if nearest == before { break }
        }
        return nearest
    }

    /// Gives rows that are nearer to one of `centers` than `distances` says to its group, the first being `first`.
    private func assign(
        _ centers: [Float], first: Int, _ nearest: inout [Int], _ distances: inout [Float]
    ) throws(TensorError) {
        let (size, count, groups) = (size, count, centers.count / size)
        values.withUnsafeBufferPointer { values in
            centers.withUnsafeBufferPointer { centers in
                nearest.withUnsafeMutableBufferPointer { nearest in
                    distances.withUnsafeMutableBufferPointer { distances in
                        guard let rows = values.baseAddress, let centers = centers.baseAddress else { return }
                        ThreadPool.shared.run((count + 1023) / 1024) { block in
                            for n in block * 1024..<min((block + 1) * 1024, count) {
                                for group in 0..<groups {
                                    let distance = squaredDistance(rows + n * size, centers + group * size, size)
                                    guard distance < distances[n] else { continue }
                                    (distances[n], nearest[n]) = (distance, first + group)
                                }
                            }
                        }
                    }
                }
            }
        }
        if Interrupt.isRequested { throw .interrupted }
    }
}

/// The sum of the squares of a - b, eight numbers at a time, as a single sum waits for each addition.
@inline(__always)
func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    var i = 0
    while i &+ 8 <= count {
        let x = UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self)
        let y = UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self)
        let difference = x - y
        sums.addProduct(difference, difference)
        i &+= 8
    }
    var sum = sums.sum()
    while i < count {
        sum += (a[i] - b[i]) * (a[i] - b[i])
        i &+= 1
    }
    return sum
}
