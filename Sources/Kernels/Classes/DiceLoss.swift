/// The Dice loss of class 1, from class scores, whose columns are [voxels, classes], and labels that count from 0.
public enum DiceLoss {
    /// What the loss is made of: sums over all voxels of p t, p and t, where p is the softmax of class 1 and t is 1
    /// where the label is 1, 0 elsewhere.
    public struct Sums: Sendable, Hashable {
        /// The sum of p t.
        public var overlap: Double
        /// The sum of p.
        public var predicted: Double
        /// The sum of t.
        public var labelled: Double

        /// 1 - (2 overlap + epsilon) / (predicted + labelled + epsilon).
        public func loss(epsilon: Double) -> Double {
            1 - (2 * overlap + epsilon) / (predicted + labelled + epsilon)
        }
    }

    /// The sums that the loss is made of.
    public static func sums(_ scores: Columns, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>) -> Sums {
        let sums = scores.sum { group in
            let label = Rows.load(labels + group.column, 1, group.lanes)
            let largest = Softmax.largest(scores, group, logits)
            let total = Softmax.sumOfExponentials(scores, group, logits, largest)
            let p = group.masked(VectorMath.exp(group.load(logits, 1) - largest) / total)
            let isOne = label .== 1
            return SIMD4(
                p.replacing(with: 0, where: .!isOne).wideSum, p.wideSum,
                Vector.zero.replacing(with: 1, where: isOne).wideSum, 0)
        }
        return Sums(overlap: sums[0], predicted: sums[1], labelled: sums[2])
    }

    /// The gradient of the logits, times `scale`: the loss changes with p by -(2 t U - 2 overlap - epsilon) / U^2,
    /// where U is predicted + labelled + epsilon, and p with score k by p (1 - p) for k = 1, -p p_k for the others.
    public static func backward(
        _ scores: Columns, sums: Sums, epsilon: Double, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>,
        scale: Float, gradient: UnsafeMutablePointer<Float>
    ) {
        let union = sums.predicted + sums.labelled + epsilon
        let outside = Float((2 * sums.overlap + epsilon) / (union * union)) * scale
        let inside = Float((2 * sums.overlap + epsilon - 2 * union) / (union * union)) * scale
        scores.forEachGroup { group in
            let label = Rows.load(labels + group.column, 1, group.lanes)
            let largest = Softmax.largest(scores, group, logits)
            let inverse = 1 / Softmax.sumOfExponentials(scores, group, logits, largest)
            let one = VectorMath.exp(group.load(logits, 1) - largest) * inverse
            let factor = one * Vector(repeating: outside).replacing(with: inside, where: label .== 1)
            for k in 0..<scores.length {
                let p = VectorMath.exp(group.load(logits, k) - largest) * inverse
                group.store(k == 1 ? factor * (1 - one) : -factor * p, gradient, k)
            }
        }
    }
}
