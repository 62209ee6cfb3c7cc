/// The soft Dice loss of class scores, [voxels, classes], with labels that count from 0: the mean of the losses of all
/// classes but 0, each over all voxels.
public struct DiceLoss: Sendable {
    /// The sums over all voxels of which the loss of a class is made: of p t, p and t, where p is the softmax of the
    /// class and t is 1 where the label is that class, 0 elsewhere.
    struct Sums: Sendable {
        var overlap: Double
        var predicted: Double
        var labelled: Double
    }

    /// The sums of the classes 1, 2, ...
    let sums: [Sums]
    /// What is added to the numerator and the denominator of each class.
    let epsilon: Double

    /// Computes the sums for the scores `logits` of two classes or more.
    public init(
        _ scores: Fibres, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>, epsilon: Double
    ) {
        let totals = scores.sums(3 * (scores.length - 1)) { group, sums in
            let label = VectorLoop.load(labels + group.fibre, 1, group.lanes)
            let largest = Softmax.largest(scores, group, logits)
            let total = Softmax.sumOfExponentials(scores, group, logits, largest)
            for k in 1..<scores.length {
                let p = group.masked(VectorMath.exp(group.load(logits, k) - largest) / total)
                let isClass = label .== Float(k)
                let sums = sums + 3 &* (k &- 1)
                sums[0] += p.replacing(with: 0, where: .!isClass).wideSum
                sums[1] += p.wideSum
                sums[2] += Vector.zero.replacing(with: 1, where: isClass).wideSum
            }
        }
        sums = stride(from: 0, to: totals.count, by: 3).map {
            Sums(overlap: totals[$0], predicted: totals[$0 + 1], labelled: totals[$0 + 2])
        }
        self.epsilon = epsilon
    }

    /// The mean over the classes but 0 of 1 - (2 overlap + epsilon) / (predicted + labelled + epsilon).
    public var loss: Double {
        sums.reduce(0) { $0 + 1 - (2 * $1.overlap + epsilon) / ($1.predicted + $1.labelled + epsilon) }
            / Double(sums.count)
    }

    /// The gradient of the logits, times `scale`.
    ///
    /// The loss of a class changes with p by -(2 t U - 2 overlap - epsilon) / U^2, where U is predicted + labelled +
    /// epsilon, and p of class k with the score of class j by p_k (1 - p_k) for j = k, -p_k p_j for the others.
    public func backward(
        _ scores: Fibres, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>, scale: Float,
        gradient: UnsafeMutablePointer<Float>
    ) {
        // The slopes by class, 0 for class 0: where the label is another class, and where it is this one.
        let share = scale / Float(sums.count)
        let slopes = sums.map { sum in
            let union = sum.predicted + sum.labelled + epsilon
            return (
                outside: Float((2 * sum.overlap + epsilon) / (union * union)) * share,
                inside: Float((2 * sum.overlap + epsilon - 2 * union) / (union * union)) * share
            )
        }
        let (outside, inside) = ([0] + slopes.map(\.outside), [0] + slopes.map(\.inside))
        scores.forEachGroup { group in
            let label = VectorLoop.load(labels + group.fibre, 1, group.lanes)
            let inverse = Softmax.exponentials(scores, group, logits, to: gradient)
            func change(_ k: Int, _ p: Vector) -> Vector {
                p * Vector(repeating: outside[k]).replacing(with: inside[k], where: label .== Float(k))
            }
            var sum = Vector.zero
            for k in 1..<scores.length { sum += change(k, group.load(gradient, k) * inverse) }
            for k in 0..<scores.length {
                let p = group.load(gradient, k) * inverse
                group.store(change(k, p) - p * sum, gradient, k)
            }
        }
    }
}
