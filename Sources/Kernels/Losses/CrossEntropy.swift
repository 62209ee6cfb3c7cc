/// The cross entropy of class scores, [voxels, classes], with labels, one class number for each voxel.
///
/// Labels count from 0 and are whole numbers below the number of classes: `firstInvalid` looks for others.
public enum CrossEntropy {
    /// The first label that is not a class number, if there is one.
    public static func firstInvalid(_ labels: UnsafePointer<Float>, count: Int, classes: Int) -> Float? {
        for first in stride(from: 0, to: count, by: 16) {
            let label = VectorLoop.load(labels + first, 1, min(16, count - first))
            // NaN compares false and so counts as invalid.
            let valid = (label .>= 0) .& (label .< Float(classes)) .& (label.rounded(.down) .== label)
            guard all(valid) else { return (0..<16).lazy.filter { !valid[$0] }.map { label[$0] }.first }
        }
        return nil
    }

    /// The sum over all voxels of log(sum of e^x) - x[label]; the loss of each voxel goes to `losses` where that is
    /// given.
    public static func forward(
        _ scores: Fibres, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>,
        losses: UnsafeMutablePointer<Float>? = nil
    ) -> Double {
        scores.sums(1) { group, sum in
            let label = VectorLoop.load(labels + group.fibre, 1, group.lanes)
            let largest = Softmax.largest(scores, group, logits)
            var chosen = Vector.zero
            for k in 0..<scores.length { chosen.replace(with: group.load(logits, k), where: label .== Float(k)) }
            let total = Softmax.sumOfExponentials(scores, group, logits, largest)
            let loss = VectorMath.log(total) - (chosen - largest)
            if let losses { VectorLoop.store(loss, losses + group.fibre, 1, group.lanes) }
            sum[0] += group.masked(loss).wideSum
        }[0]
    }

    /// The gradient of the logits: `scale` times each voxel's weight (1 where none are given) times softmax(x) - 1
    /// for the voxel's class, softmax(x) for the others.
    public static func backward(
        _ scores: Fibres, logits: UnsafePointer<Float>, labels: UnsafePointer<Float>, scale: Float,
        weights: UnsafePointer<Float>? = nil, gradient: UnsafeMutablePointer<Float>
    ) {
        scores.forEachGroup { group in
            let label = VectorLoop.load(labels + group.fibre, 1, group.lanes)
            let inverse = Softmax.exponentials(scores, group, logits, to: gradient)
            let factor =
                if let weights { VectorLoop.load(weights + group.fibre, 1, group.lanes) * scale } else {
                    Vector(repeating: scale)
                }
            for k in 0..<scores.length {
                let p = group.load(gradient, k) * inverse
                group.store(factor * p.replacing(with: p - 1, where: label .== Float(k)), gradient, k)
            }
        }
    }
}
