/// Running moments, over networks, of the probabilities that each gives for every voxel: their mean, the mean of their
/// entropies, and the sum of squared deviations from the mean (Welford 1962), in one pass over memory a network.
///
/// The entropy of a voxel, in nats, is that of its outputs where these exclude each other, and else the mean of the
/// outputs' binary entropies.
public struct ProbabilityMoments {
    /// The results of the moments, dense: N x outputs x voxels, and for `entropy` N x voxels.
    public struct Results {
        let mean: UnsafeMutablePointer<Float>
        let entropy: UnsafeMutablePointer<Float>
        let squares: UnsafeMutablePointer<Float>?

        /// Where the results are, zeros at first; `squares` is nil where the deviations are not wanted.
        public init(
            mean: UnsafeMutablePointer<Float>, entropy: UnsafeMutablePointer<Float>,
            squares: UnsafeMutablePointer<Float>?
        ) {
            (self.mean, self.entropy, self.squares) = (mean, entropy, squares)
        }
    }

    /// The voxels of all volumes, by their places in a network's sums, in the weights, in maps of all outputs and in
    /// those of one.
    private let voxels: StridedLoop
    private let outputs: Int
    /// The steps from one output to the next, in a network's sums and in the results.
    private let steps: (sums: Int, results: Int)
    private let areExclusive: Bool

    /// Describes sums and their weights.
    ///
    /// - Parameters:
    ///   - shape: N x outputs x any sizes.
    ///   - sums: The strides of a network's sums.
    ///   - weights: The strides of the weights along the sizes after the outputs.
    ///   - areExclusive: Whether one output excludes the others.
    public init(shape: [Int], sums: [Int], weights: [Int], areExclusive: Bool) {
        let space = Array(shape[2...])
        let map = space.reduce(1, *)
        let dense = space.indices.map { space[($0 + 1)...].reduce(1, *) }
        voxels = StridedLoop(
            shape: [shape[0]] + space, strides: [sums[0]] + sums[2...], [0] + weights, [shape[1] * map] + dense,
            [map] + dense)
        outputs = shape[1]
        steps = (sums[1], map)
        self.areExclusive = areExclusive
    }

    /// Takes network number `index`, from 0, whose probabilities are `sums` divided by `weights`, 1 where there are
    /// none.
    public func add(
        _ index: Int, sums: UnsafePointer<Float>, weights: UnsafePointer<Float>?, to results: Results
    ) {
        let share = Vector(repeating: 1 / Float(index + 1))
        let strides = voxels.rowStrides
        voxels.forEachPiece { at, length in
            VectorLoop.forEachVector(length) { first, lanes in
                let places = at &+ strides &* first
                let weight = weights.map { VectorLoop.load($0 + places[1], strides[1], lanes) }
                var entropy = Vector.zero
                for output in 0..<outputs {
                    var p = VectorLoop.load(sums + places[0] + output &* steps.sums, strides[0], lanes)
                    if let weight { p = p / weight }
                    let place = places[2] + output &* steps.results
                    let former = VectorLoop.load(results.mean + place, strides[2], lanes)
                    let deviation = p - former
                    let mean = former.addingProduct(deviation, share)
                    VectorLoop.store(mean, results.mean + place, strides[2], lanes)
                    if let squares = results.squares {
                        let sum = VectorLoop.load(squares + place, strides[2], lanes)
                        VectorLoop.store(
                            sum.addingProduct(deviation, p - mean), squares + place, strides[2], lanes)
                    }
                    entropy = entropy + term(p)
                }
                let target = results.entropy + places[3]
                let former = VectorLoop.load(target, strides[3], lanes)
                VectorLoop.store(former.addingProduct(entropy - former, share), target, strides[3], lanes)
            }
        }
    }

    /// Ends after `count` networks: the entropy of the mean goes to `whole`, what it has more than the mean of the
    /// networks' entropies (at least 0) in place of that, and standard deviations (0 for one network) in place of
    /// squares.
    public func finish(_ count: Int, _ results: Results, whole: UnsafeMutablePointer<Float>) {
        let strides = voxels.rowStrides
        let share = 1 / Float(max(count - 1, 1))
        voxels.forEachPiece { at, length in
            VectorLoop.forEachVector(length) { first, lanes in
                let places = at &+ strides &* first
                var entropy = Vector.zero
                for output in 0..<outputs {
                    let place = places[2] + output &* steps.results
                    entropy = entropy + term(VectorLoop.load(results.mean + place, strides[2], lanes))
                    if let squares = results.squares {
                        let variance = VectorLoop.load(squares + place, strides[2], lanes) * share
                        let deviation = VectorMath.squareRoot(VectorMath.larger(variance, .zero))
                        VectorLoop.store(deviation, squares + place, strides[2], lanes)
                    }
                }
                VectorLoop.store(entropy, whole + places[3], strides[3], lanes)
                let within = VectorLoop.load(results.entropy + places[3], strides[3], lanes)
                VectorLoop.store(
                    VectorMath.larger(entropy - within, .zero), results.entropy + places[3], strides[3], lanes)
            }
        }
    }

    /// What an output of probability p adds to the entropy of its voxel.
    @inline(__always)
    private func term(_ p: Vector) -> Vector {
        if areExclusive { return -(p * Self.logarithm(p)) }
        let q = 1 - p
        return (p * Self.logarithm(p) + q * Self.logarithm(q)) * (-1 / Float(outputs))
    }

    /// The logarithm where it is to be multiplied by p: 0 log 0 is 0.
    @inline(__always)
    private static func logarithm(_ p: Vector) -> Vector {
        VectorMath.log(VectorMath.larger(p, Vector(repeating: 1e-30)))
    }
}
