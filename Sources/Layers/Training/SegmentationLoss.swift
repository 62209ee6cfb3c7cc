import Tensors

/// The loss of a segmentation: a weighted sum of cross entropy and Dice loss, both from logits.
///
/// Dice loss = 1 - (2 sum p t + eps) / (sum p + sum t + eps) over the batch, where p is the softmax of class 1 and t
/// its mask; of more than two classes, the mean over all classes but 0. The default is mean cross entropy + Dice loss;
/// the published loss is 0.01 * cross entropy (sum) + 0.99 * Dice loss.
///
/// With `regions`, sets of classes that may overlap, there is one logit for each: both losses are those of its sigmoid,
/// and averaged over the regions (`Tensor.regionLoss`).
public struct SegmentationLoss: Equatable, Sendable {
    /// What the cross entropy is multiplied by.
    public let crossEntropyWeight: Float
    /// What the Dice loss is multiplied by.
    public let diceWeight: Float
    /// Whether the cross entropy is a mean over voxels or their sum.
    public let reduction: Reduction
    /// What is added to the numerator and the denominator of Dice's fraction.
    public let epsilon: Float
    /// The regions that the logits stand for; nil where they stand for classes that exclude each other.
    public let regions: Regions?

    /// Makes a loss; an error where a weight is negative, both are 0, `epsilon` is not positive, or `reduction` none.
    public init(
        crossEntropyWeight: Float = 1, diceWeight: Float = 1, reduction: Reduction = .mean, epsilon: Float = 1e-3,
        regions: Regions? = nil
    ) throws(TensorError) {
        for (name, value) in [("ce_weight", crossEntropyWeight), ("dice_weight", diceWeight)] {
            try require(value >= 0 && value.isFinite, "segmentation_loss", name, value, expected: "0 or more")
        }
        try require(
            crossEntropyWeight + diceWeight > 0, "segmentation_loss", "ce_weight, dice_weight", "0, 0",
            expected: "one of them above 0: the loss would always be 0")
        try require(epsilon > 0 && epsilon.isFinite, "segmentation_loss", "eps", epsilon, expected: "a positive number")
        try require(reduction != .none, "segmentation_loss", "reduction", "'none'", expected: "'mean' or 'sum'")
        self.crossEntropyWeight = crossEntropyWeight
        self.diceWeight = diceWeight
        self.reduction = reduction
        self.epsilon = epsilon
        self.regions = regions
    }

    /// The loss of `logits`, N x classes (or regions) x D x H x W, for `labels`, N x D x H x W, class numbers from 0.
    ///
    /// Labels that are no class, or beyond the largest of the regions, are an error.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) throws(TensorError) -> Tensor {
        if let regions {
            return try logits.regionLoss(
                labels: labels, regions: regions, crossEntropyWeight: crossEntropyWeight, diceWeight: diceWeight,
                reduction: reduction, epsilon: epsilon)
        }
        let entropy = try logits.crossEntropy(labels: labels, reduction: reduction).scaled(by: crossEntropyWeight)
        return try entropy + logits.diceLoss(labels: labels, epsilon: epsilon).scaled(by: diceWeight)
    }
}

extension Tensor {
    /// The value of this loss; an error where it is not a finite number, as nothing can be learnt from then on.
    public func finiteLoss() throws(TensorError) -> Float {
        let value = try item()
        try require(
            value.isFinite, "training", "loss", value,
            expected: "a finite number; the input may hold NaN, or the learning rate be too high")
        return value
    }
}
