import Kernels

/// How the losses of voxels become one.
public enum Reduction: String, CaseIterable, Sendable {
    /// Their mean.
    case mean
    /// Their sum.
    case sum
    /// They stay as they are, one a voxel.
    case none
}

/// Losses of scores (logits) N x C x ..., one for each class or region, given the class number, counted from 0, of
/// every voxel.
extension Tensor {
    /// The cross entropy -log softmax(x)[label], its mean or sum over all voxels, or one number a voxel.
    ///
    /// - Parameter labels: N x ..., whole numbers from 0 to C - 1; they get no gradient.
    public func crossEntropy(labels: Tensor, reduction: Reduction = .mean) throws(TensorError) -> Tensor {
        // Made first: the profile counts an operation's time from its first allocation.
        let result = try Tensor(uninitialised: reduction == .none ? labels.shape : [])
        let scores = try ClassScores("cross_entropy", logits: self, labels: labels, classes: 1)
        let sum = CrossEntropy.forward(
            scores.fibres, logits: scores.logits.pointer, labels: scores.labels.pointer,
            losses: reduction == .none ? result.pointer : nil)
        let voxels = Double(labels.count)
        if reduction != .none { result.pointer[0] = Float(reduction == .mean ? sum / voxels : sum) }
        return try result.recorded(.crossEntropy, [self, labels]) { gradient throws(TensorError) in
            let inputGradient = try Tensor(uninitialised: scores.logits.shape, strides: scores.strides)
            let weights = reduction == .none ? try gradient.contiguous() : nil
            let scale = reduction == .none ? 1 : Double(gradient.pointer[0]) / (reduction == .mean ? voxels : 1)
            CrossEntropy.backward(
                scores.fibres, logits: scores.logits.pointer, labels: scores.labels.pointer, scale: Float(scale),
                weights: weights?.pointer, gradient: inputGradient.pointer)
            return [inputGradient, nil]
        }
    }

    /// The soft Dice loss: the mean over the classes 1, 2, ... of 1 - (2 sum p t + epsilon) / (sum p + sum t +
    /// epsilon), where p is the softmax of the class, t is 1 where the label is that class and 0 elsewhere, and the
    /// sums are over all voxels of the batch. Class 0, the background, does not count.
    ///
    /// It is MONAI's DiceLoss(include_background = False, softmax = True, batch = True) with epsilon for both of its
    /// smoothing numbers.
    ///
    /// - Parameter labels: N x ..., whole numbers from 0 to C - 1; they get no gradient.
    public func diceLoss(labels: Tensor, epsilon: Float = 1e-3) throws(TensorError) -> Tensor {
        try require(epsilon > 0 && epsilon.isFinite, "dice_loss", "eps", epsilon, expected: "a positive number")
        // Made first, as in `crossEntropy`.
        let result = try Tensor(uninitialised: [])
        let scores = try ClassScores("dice_loss", logits: self, labels: labels, classes: 2)
        let dice = DiceLoss(
            scores.fibres, logits: scores.logits.pointer, labels: scores.labels.pointer, epsilon: Double(epsilon))
        result.pointer[0] = Float(dice.loss)
        return try result.recorded(.diceLoss, [self, labels]) { gradient throws(TensorError) in
            let inputGradient = try Tensor(uninitialised: scores.logits.shape, strides: scores.strides)
            dice.backward(
                scores.fibres, logits: scores.logits.pointer, labels: scores.labels.pointer,
                scale: gradient.pointer[0], gradient: inputGradient.pointer)
            return [inputGradient, nil]
        }
    }

    /// The loss of regions from one logit for each: the weighted sum of binary cross entropy and soft Dice loss, both
    /// with p = 1 / (1 + e^-x), averaged over the regions.
    ///
    /// The cross entropy of a region is -log p in its voxels and -log (1 - p) elsewhere, the mean or the sum over all
    /// voxels; its Dice loss is that of `diceLoss`. Means are PyTorch's binary_cross_entropy_with_logits, and sums that
    /// over the number of regions; the Dice loss is MONAI's DiceLoss(sigmoid = True, batch = True).
    ///
    /// - Parameters:
    ///   - labels: N x ..., whole numbers from 0 to the largest class of `regions`; they get no gradient.
    ///   - reduction: Mean or sum; none is an error.
    public func regionLoss(
        labels: Tensor, regions: Regions, crossEntropyWeight: Float = 1, diceWeight: Float = 1,
        reduction: Reduction = .mean, epsilon: Float = 1e-3
    ) throws(TensorError) -> Tensor {
        let operation = Operation.regionLoss.rawValue
        try require(epsilon > 0 && epsilon.isFinite, operation, "eps", epsilon, expected: "a positive number")
        try require(reduction != .none, operation, "reduction", "'none'", expected: "'mean' or 'sum'")
        // Made first, as in `crossEntropy`.
        let result = try Tensor(uninitialised: [])
        let scores = try ClassScores(operation, logits: self, labels: labels, regions: regions)
        let share = 1 / Double(regions.count)
        let loss = RegionLoss(
            scores.fibres, logits: scores.logits.pointer, labels: scores.labels.pointer, regions: regions.classes,
            factors: (
                Double(crossEntropyWeight) * share / (reduction == .mean ? Double(labels.count) : 1),
                Double(diceWeight) * share
            ), epsilon: Double(epsilon))
        result.pointer[0] = Float(loss.loss)
        return try result.recorded(.regionLoss, [self, labels]) { gradient throws(TensorError) in
            let inputGradient = try Tensor(uninitialised: scores.logits.shape, strides: scores.strides)
            loss.backward(
                scores.fibres, logits: scores.logits.pointer, labels: scores.labels.pointer,
                scale: gradient.pointer[0], gradient: inputGradient.pointer)
            return [inputGradient, nil]
        }
    }
}

/// Class scores and labels, checked and laid out for the kernels.
private struct ClassScores {
    /// The scores with the classes of a voxel side by side.
    let logits: Tensor
    /// The labels, contiguous.
    let labels: Tensor

    /// Scores of `classes` classes at least.
    init(_ operation: String, logits: Tensor, labels: Tensor, classes: Int) throws(TensorError) {
        try Self.require(
            logits.rank >= 2 && logits.shape[1] >= classes, operation, logits, "at least \(classes) classes")
        let last = logits.shape[1] - 1
        try self.init(operation, logits, labels, last: last, expected: "whole numbers from 0 to \(last)")
    }

    /// Scores of regions.
    init(_ operation: String, logits: Tensor, labels: Tensor, regions: Regions) throws(TensorError) {
        try Self.require(
            logits.rank >= 2 && logits.shape[1] == regions.count, operation, logits,
            "C = \(regions.count), one for each of the regions \(regions)")
        let last = regions.largestClass
        try self.init(
            operation, logits, labels, last: last,
            expected: "whole numbers from 0 to \(last), the largest class of the regions \(regions)")
    }

    private static func require(
        _ holds: Bool, _ operation: String, _ logits: Tensor, _ what: String
    ) throws(TensorError) {
        guard holds else {
            throw .shape(
                operation: operation, parameter: "input", shape: logits.shape, expected: "N x C x ..., with \(what)")
        }
    }

    private init(
        _ operation: String, _ logits: Tensor, _ labels: Tensor, last: Int, expected: String
    ) throws(TensorError) {
        guard labels.shape == logits.dropped([1]) else {
            throw .shape(
                operation: operation, parameter: "labels", shape: labels.shape,
                expected: "\(logits.dropped([1]).shapeText), a class number for each voxel of the input "
                    + logits.shape.shapeText)
        }
        self.logits = try logits.detached().channelsLast()
        self.labels = try labels.detached().contiguous()
        let invalid = CrossEntropy.firstInvalid(self.labels.pointer, count: labels.count, classes: last + 1)
        if let invalid {
            throw .argument(
                operation: operation, parameter: "labels", value: "\(invalid) at a voxel", expected: expected)
        }
    }

    /// The scores of each voxel as a column.
    var fibres: Fibres { Fibres(outer: labels.count, length: logits.shape[1]) }
    /// The strides of the gradient.
    var strides: [Int] { Shape.channelsLastStrides(logits.shape) }
}
