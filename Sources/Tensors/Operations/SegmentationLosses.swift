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

/// Losses of class scores (logits) N x C x ..., given the class number, counted from 0, of every voxel.
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
}

/// Class scores and labels, checked and laid out for the kernels.
private struct ClassScores {
    /// The scores with the classes of a voxel side by side.
    let logits: Tensor
    /// The labels, contiguous.
    let labels: Tensor

    init(_ operation: String, logits: Tensor, labels: Tensor, classes: Int) throws(TensorError) {
        guard logits.rank >= 2, logits.shape[1] >= classes else {
            throw .shape(
                operation: operation, parameter: "input", shape: logits.shape,
                expected: "N x C x ..., with at least \(classes) classes")
        }
        guard labels.shape == logits.dropped([1]) else {
            throw .shape(
                operation: operation, parameter: "labels", shape: labels.shape,
                expected: "\(logits.dropped([1]).shapeText), a class number for each voxel of the input "
                    + logits.shape.shapeText)
        }
        self.logits = try logits.detached().channelsLast()
        self.labels = try labels.detached().contiguous()
        let invalid = CrossEntropy.firstInvalid(
            self.labels.pointer, count: labels.count, classes: logits.shape[1])
        if let invalid {
            throw .argument(
                operation: operation, parameter: "labels", value: "\(invalid) at a voxel",
                expected: "whole numbers from 0 to \(logits.shape[1] - 1)")
        }
    }

    /// The classes of each voxel as a column.
    var fibres: Fibres { Fibres(outer: labels.count, length: logits.shape[1]) }
    /// The strides of the gradient.
    var strides: [Int] { Shape.channelsLastStrides(logits.shape) }
}
