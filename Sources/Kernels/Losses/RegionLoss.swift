/// The loss of regions, which are sets of classes and may overlap, from one score for each: [voxels, regions], with
/// labels, one class number for each voxel.
///
/// It is the sum over the regions of two losses, each with a factor: the binary cross entropy log(1 + e^x) - t x,
/// summed over the voxels, where t is 1 where the label is of the region and 0 elsewhere; and the soft Dice loss 1 - (2
/// sum p t + epsilon) / (sum p + sum t + epsilon) with p = 1 / (1 + e^-x).
public struct RegionLoss: Sendable {
    /// The sums over all voxels of which the loss of a region is made.
    struct Sums: Sendable {
        var crossEntropy: Double
        var overlap: Double
        var predicted: Double
        var labelled: Double
    }

    /// The classes of all regions, one region after another, and where those of each begin and the last ones end.
    private let classes: [Float]
    private let borders: [Int]
    /// The sums of each region.
    private let sums: [Sums]
    /// What cross entropy and Dice loss of each region are multiplied by.
    private let factors: (crossEntropy: Double, dice: Double)
    private let epsilon: Double

    /// Computes the sums for the scores `logits`, one for each of `regions`.
    public init(
        _ scores: Fibres, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>, regions: [[Int]],
        factors: (crossEntropy: Double, dice: Double), epsilon: Double
    ) {
        let classes = regions.joined().map { Float($0) }
        let borders = regions.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        let totals = scores.sums(4 * scores.length) { group, sums in
            let label = VectorLoop.load(labels + group.fibre, 1, group.lanes)
            for region in 0..<scores.length {
                let isInside = Self.isOne(of: classes, borders[region]..<borders[region + 1], label)
                let x = group.load(logits, region)
                let sigmoid = Sigmoid(x)
                let p = group.masked(sigmoid.probability)
                let sums = sums + 4 &* region
                sums[0] += group.masked(sigmoid.softplus - Vector.zero.replacing(with: x, where: isInside)).wideSum
                sums[1] += Vector.zero.replacing(with: p, where: isInside).wideSum
                sums[2] += p.wideSum
                sums[3] += group.masked(Vector.zero.replacing(with: 1, where: isInside)).wideSum
            }
        }
        sums = stride(from: 0, to: totals.count, by: 4).map {
            Sums(
                crossEntropy: totals[$0], overlap: totals[$0 + 1], predicted: totals[$0 + 2], labelled: totals[$0 + 3])
        }
        (self.classes, self.borders, self.factors, self.epsilon) = (classes, borders, factors, epsilon)
    }

    /// The loss.
    public var loss: Double {
        sums.reduce(0) { loss, sum in
            let dice = 1 - (2 * sum.overlap + epsilon) / (sum.predicted + sum.labelled + epsilon)
            return loss + factors.crossEntropy * sum.crossEntropy + factors.dice * dice
        }
    }

    /// The gradient of the logits, times `scale`.
    ///
    /// The cross entropy changes with x by p - t. The Dice loss changes with p by -(2 t U - 2 overlap - epsilon) / U^2,
    /// where U is predicted + labelled + epsilon, and p with x by p (1 - p).
    public func backward(
        _ scores: Fibres, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>, scale: Float,
        gradient: UnsafeMutablePointer<Float>
    ) {
        let entropyScale = Float(factors.crossEntropy) * scale
        let slopes = sums.map { sum in
            let union = sum.predicted + sum.labelled + epsilon
            let outside = factors.dice * (2 * sum.overlap + epsilon) / (union * union)
            return (outside: Float(outside) * scale, inside: Float(outside - 2 * factors.dice / union) * scale)
        }
        scores.forEachGroup { group in
            let label = VectorLoop.load(labels + group.fibre, 1, group.lanes)
            for region in 0..<scores.length {
                let isInside = Self.isOne(of: classes, borders[region]..<borders[region + 1], label)
                let sigmoid = Sigmoid(group.load(logits, region))
                let (outside, inside) = slopes[region]
                let slope = Vector(repeating: outside).replacing(with: inside, where: isInside)
                let error = sigmoid.probability.replacing(with: -sigmoid.complement, where: isInside)
                let dice = slope * sigmoid.probability * sigmoid.complement
                group.store(dice.addingProduct(error, Vector(repeating: entropyScale)), gradient, region)
            }
        }
    }

    /// Where `label` is one of the classes in `range`.
    @inline(__always)
    private static func isOne(of classes: [Float], _ range: Range<Int>, _ label: Vector) -> SIMDMask<SIMD16<Int32>> {
        var result = SIMDMask<SIMD16<Int32>>(repeating: false)
        for index in range { result .|= label .== classes[index] }
        return result
    }
}

/// p = 1 / (1 + e^-x), 1 - p and log(1 + e^x), from one exponential, without overflow and with all their digits.
struct Sigmoid {
    /// p.
    let probability: Vector
    /// 1 - p.
    let complement: Vector
    /// log(1 + e^x).
    let softplus: Vector

    @inline(__always)
    init(_ x: Vector) {
        let e = VectorMath.exp(-VectorMath.absolute(x))
        let u = e + 1
        let (near, far) = (1 / u, e / u)
        let isNegative = x .< 0
        probability = near.replacing(with: far, where: isNegative)
        complement = far.replacing(with: near, where: isNegative)
        // As in `VectorMath.softplus`.
        softplus = VectorMath.larger(x, .zero) + (VectorMath.log(u) + (e - (u - 1)) / u)
    }
}
