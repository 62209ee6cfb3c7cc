import Kernels

/// Normalisations over other elements than those of one channel of one volume, with weights: y = (x - mean) /
/// sqrt(variance + epsilon) * weight + bias, where the variance is the mean squared distance from the mean.
extension Tensor {
    /// Group normalisation (Wu and He 2018) of N x C x ...: the channels of each sample in `groups` groups.
    ///
    /// - Parameters:
    ///   - groups: The number of groups, which divides the channels.
    ///   - weight: What each channel is multiplied by; 1 by default.
    ///   - bias: What is added to each channel; 0 by default.
    ///   - epsilon: What is added to the variance.
    public func groupNorm(
        _ groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Float = 1e-5
    ) throws(TensorError) -> Tensor {
        let channels = try channels("group_norm", vectors: [("weight", weight), ("bias", bias)])
        try require(
            groups >= 1 && channels % groups == 0, "group_norm", "num_groups", groups,
            expected: "a number that divides the \(channels) channels")
        let kernel = InstanceNormalisation(
            batch: shape[0], voxels: shape[2...].reduce(1, *), channels: channels, groups: groups, relu: false)
        let statistics = try InstanceStatistics(
            try detached().channelsLast(), kernel, epsilon: epsilon, "group_norm")
        return try normalised(by: statistics, .groupNorm, strides: Shape.channelsLastStrides(shape))
            .affine(weight: alongChannels(weight), bias: alongChannels(bias))
    }

    /// Batch normalisation (Ioffe and Szegedy 2015) of N x C or N x C x ...: each channel over all samples.
    ///
    /// - Parameters:
    ///   - runningMean: The mean of each channel over the training so far. In training it moves towards the batch's,
    ///     else it takes its place.
    ///   - runningVariance: The same of the variance; it moves towards the batch's variance without bias (Bessel).
    ///   - weight: What each channel is multiplied by; 1 by default.
    ///   - bias: What is added to each channel; 0 by default.
    ///   - isTraining: Whether mean and variance are the batch's.
    ///   - momentum: The share of the batch's mean and variance in the new running ones.
    ///   - epsilon: What is added to the variance.
    public func batchNorm(
        runningMean: Tensor? = nil, runningVariance: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
        isTraining: Bool, momentum: Float = 0.1, epsilon: Float = 1e-5
    ) throws(TensorError) -> Tensor {
        let channels = try channels(
            "batch_norm",
            vectors: [
                ("running_mean", runningMean), ("running_var", runningVariance), ("weight", weight), ("bias", bias),
            ])
        guard isTraining else {
            guard let runningMean, let runningVariance else {
                throw .argument(
                    operation: "batch_norm", parameter: "running_mean or running_var", value: "missing",
                    expected: "both, as it is not training")
            }
            let inverse = try runningVariance.detached().offset(by: epsilon).sqrt().reciprocal()
            let scale = if let weight { try weight * inverse } else { inverse }
            let mean = try runningMean.detached().reshaped(alongChannels)
            return try (self - mean).affine(weight: alongChannels(scale), bias: alongChannels(bias))
        }
        let elements = count / Swift.max(channels, 1)
        guard elements > 1 else {
            throw .shape(
                operation: "batch_norm", parameter: "input", shape: shape,
                expected: "more than one element of each channel in training")
        }
        // Channels-last, the voxels of all samples follow each other as those of one.
        let kernel = InstanceNormalisation(batch: 1, voxels: elements, channels: channels, relu: false)
        let variances = try Tensor(uninitialised: [channels])
        let statistics = try InstanceStatistics(
            try detached().channelsLast(), kernel, epsilon: epsilon, variances: variances, "batch_norm")
        let result = try normalised(by: statistics, .batchNorm, strides: Shape.channelsLastStrides(shape))
            .affine(weight: alongChannels(weight), bias: alongChannels(bias))
        try GradientMode.disabled { () throws(TensorError) in
            try runningMean?.move(to: statistics.channelMeans.reshaped([channels]), by: momentum)
            let unbiased = try variances.scaled(by: Float(Double(elements) / Double(elements - 1)))
            try runningVariance?.move(to: unbiased, by: momentum)
        }
        return result
    }

    /// The number of channels of N x C or N x C x ..., where each of `vectors` holds a number for each.
    private func channels(_ operation: String, vectors: [(name: String, tensor: Tensor?)]) throws(TensorError) -> Int {
        guard rank >= 2, !shape[1...].contains(0) else {
            throw .shape(
                operation: operation, parameter: "input", shape: shape,
                expected: "N x C or N x C x ..., with channels and elements")
        }
        for (name, tensor) in vectors {
            guard let tensor, tensor.shape != [shape[1]] else { continue }
            throw .shape(
                operation: operation, parameter: name, shape: tensor.shape,
                expected: "\(shape[1]), one number for each channel")
        }
        return shape[1]
    }

    /// A shape for a number for each channel, in which it broadcasts to this tensor.
    private var alongChannels: [Int] { [shape[1]] + [Int](repeating: 1, count: rank - 2) }

    private func alongChannels(_ vector: Tensor?) throws(TensorError) -> Tensor? { try vector?.reshaped(alongChannels) }

    private func affine(weight: Tensor?, bias: Tensor?) throws(TensorError) -> Tensor {
        let scaled = if let weight { try self * weight } else { self }
        return if let bias { try scaled + bias } else { scaled }
    }

    /// Moves the elements by a share of the way to `target`.
    private func move(to target: Tensor, by share: Float) throws(TensorError) {
        try assign(scaled(by: 1 - share) + target.scaled(by: share))
    }
}
