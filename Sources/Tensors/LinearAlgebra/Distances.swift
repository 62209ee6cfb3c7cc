import Kernels

/// Distances between points.
extension Tensor {
    /// The distance of each point to each of `other`: ... x P x M and ... x R x M give ... x P x R; batches broadcast.
    ///
    /// Euclidean distances among more than 25 points are computed by a product of matrices, as in PyTorch: that takes a
    /// fraction of the time and of the memory, but loses digits where points are much nearer to each other than to the
    /// origin. The derivative of the distance 0 is 0.
    /// - Parameters:
    ///   - other: The other points.
    ///   - order: The p of the norm (see `vectorNorm`) of the differences, 0 or more.
    public func distances(to other: Tensor, order: Float = 2) throws(TensorError) -> Tensor {
        try requireMatrices("cdist", "x1")
        try other.requireMatrices("cdist", "x2")
        guard other.shape[other.rank - 1] == shape[rank - 1] else {
            throw .shape(
                operation: "cdist", parameter: "x2", shape: other.shape,
                expected: "... x R x \(shape[rank - 1]), to match \(shape.shapeText)")
        }
        try require(order >= 0, "cdist", "p", order, expected: "a number of 0 or more")
        if order == 2, Swift.max(shape[rank - 2], other.shape[other.rank - 2]) > 25 {
            return try euclideanDistances(to: other)
        }
        let differences = try unsqueezed(-2) - other.unsqueezed(-3)
        // Points without coordinates have no largest difference, but the distance 0.
        let isNothing = order == .infinity && shape[rank - 1] == 0
        return try isNothing ? differences.sum([-1]) : differences.vectorNorm(order, dims: [-1])
    }

    /// The roots of |x|² + |y|² - 2 x y.
    private func euclideanDistances(to other: Tensor) throws(TensorError) -> Tensor {
        let (x, y) = (detached(), other.detached())
        let squares = try x.square().sum([-1], keepDims: true) + y.square().sum([-1], keepDims: true).adjoint()
        let result = try (squares - x.matmul(y.adjoint()).scaled(by: 2)).clamped(minimum: 0).sqrt()
        let (distances, first, second) = (result.detached(), GradientTarget(self), GradientTarget(other))
        return try result.recorded(.distances, [self, other], keeping: [x, y, distances]) {
            gradient throws(TensorError) in
            let ratio = try gradient.zipped(distances, "cdist") {
                $0.map { ($0 / $1).replacing(with: 0, where: $1 .== 0) }
            }
            let (across, down) = (ratio, try ratio.adjoint())
            return [
                try first.requiresGradient
                    ? (x * across.sum([-1], keepDims: true) - across.matmul(y)).summed(to: first) : nil,
                try second.requiresGradient
                    ? (y * down.sum([-1], keepDims: true) - down.matmul(x)).summed(to: second) : nil,
            ]
        }
    }
}
