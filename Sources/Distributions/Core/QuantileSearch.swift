import Tensors

/// Quantiles where no formula has them: found by bisection of the distribution function.
extension Distribution {
    /// The quantiles of positive numbers; 0 where `p` is 0, infinity where it is 1.
    func positiveQuantile(_ p: Tensor) throws(TensorError) -> Tensor {
        // Bisected on the logarithm, which has all magnitudes of single precision.
        let found = try bisected(p) { t throws(TensorError) in try t.exp() }
        let isEnd = try p.compared(.equal, Tensor(0))
        let inside = try Tensor.select(p.compared(.equal, Tensor(1)), Tensor(.infinity), found)
        return try withGradient(p, .select(isEnd, Tensor(0), inside))
    }

    /// The quantiles of numbers from 0 to 1.
    func unitQuantile(_ p: Tensor) throws(TensorError) -> Tensor {
        let found = try bisected(p) { t throws(TensorError) in try t.sigmoid() }
        let isEnd = try (p * p).compared(.equal, p)
        return try withGradient(p, .select(isEnd, p, found))
    }

    /// x(t) where the distribution function of the increasing `x` is `p`, for t within -87 and 88; nothing is recorded.
    func bisected(_ p: Tensor, _ x: (Tensor) throws(TensorError) -> Tensor) throws(TensorError) -> Tensor {
        try GradientMode.disabled { () throws(TensorError) in
            let shape = try Shape.broadcast(p.shape, batchShape, operation: "icdf")
            var (low, high) = (try Tensor.full(shape, -87), try Tensor.full(shape, 88))
            // Each step gains a bit: as many as t has in single precision, and some for its sign and exponent.
            for _ in 0..<34 {
                let middle = try (low + high).scaled(by: 0.5)
                let isBelow = try cdf(x(middle)).compared(.less, p)
                (low, high) = (try .select(isBelow, middle, low), try .select(isBelow, high, middle))
            }
            return try x((low + high).scaled(by: 0.5))
        }
    }

    /// The quantiles `found` with their gradients, by the implicit function theorem: (dp - dF) / density, of which no
    /// parameter gets one that the distribution function has none of.
    func withGradient(_ p: Tensor, _ found: Tensor) throws(TensorError) -> Tensor {
        guard GradientMode.isEnabled, p.requiresGradient || parameters.contains(where: \.tensor.requiresGradient) else {
            return found
        }
        let probability = try cdf(found)
        let density = try logProbability(found).exp().detached()
        // Both differences are 0, and carry gradients; at the ends of the support there are none.
        let difference = try ((p - p.detached()) - (probability - probability.detached())) / density
        return try found
            + .select(density.compared(.greater, Tensor(0)) * density.isFinite(), difference, Tensor(0))
    }
}
