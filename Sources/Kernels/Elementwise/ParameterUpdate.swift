import Support

/// One step of an optimiser on one parameter: a single pass over the parameter, its gradient and the optimiser's state.
///
/// Elements do not depend on each other, so the bits do not depend on the number of threads.
public enum ParameterUpdate {
    /// The elements of a task.
    private static let taskSize = 1 << 15

    /// Adam (Kingma and Ba 2015), in place:
    ///
    ///     g = gradient + weightDecay * parameter
    ///     first = beta1 * first + (1 - beta1) * g
    ///     second = beta2 * second + (1 - beta2) * g^2
    ///     parameter -= stepSize * first / (sqrt(second) * secondScale + epsilon)
    ///
    /// - Parameters:
    ///   - stepSize: The learning rate / (1 - beta1^t) in step t, counted from 1.
    ///   - secondScale: 1 / sqrt(1 - beta2^t).
    public static func adam(
        count: Int, parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
        first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>, stepSize: Float, secondScale: Float,
        beta1: Double, beta2: Double, epsilon: Float, weightDecay: Float
    ) {
        // 1 - beta is rounded once, from Double: 1 - 0.999 in Float would be off by 5e-5 of itself.
        let (new1, new2, old2) = (Float(1 - beta1), Vector(repeating: Float(1 - beta2)), Float(beta2))
        forEachVector(count) { at, n in
            let p = VectorLoop.load(parameter + at, 1, n)
            let g = VectorLoop.load(gradient + at, 1, n).addingProduct(p, Vector(repeating: weightDecay))
            let m0 = VectorLoop.load(first + at, 1, n)
            let m = m0.addingProduct(g - m0, Vector(repeating: new1))
            let v = (VectorLoop.load(second + at, 1, n) * old2).addingProduct(g * g, new2)
            let scale = Vector(repeating: epsilon).addingProduct(
                VectorMath.squareRoot(v), Vector(repeating: secondScale))
            VectorLoop.store(m, first + at, 1, n)
            VectorLoop.store(v, second + at, 1, n)
            VectorLoop.store(p.addingProduct(m / scale, Vector(repeating: -stepSize)), parameter + at, 1, n)
        }
    }

    /// Gradient descent with momentum, in place:
    ///
    ///     velocity = momentum * velocity + gradient + weightDecay * parameter
    ///     parameter -= learningRate * velocity
    ///
    /// Without a `velocity`, gradient + weightDecay * parameter takes its place.
    public static func momentum(
        count: Int, parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
        velocity: UnsafeMutablePointer<Float>?, learningRate: Float, momentum: Float, weightDecay: Float
    ) {
        forEachVector(count) { at, n in
            let p = VectorLoop.load(parameter + at, 1, n)
            var g = VectorLoop.load(gradient + at, 1, n).addingProduct(p, Vector(repeating: weightDecay))
            if let velocity {
                g = g.addingProduct(VectorLoop.load(velocity + at, 1, n), Vector(repeating: momentum))
                VectorLoop.store(g, velocity + at, 1, n)
            }
            VectorLoop.store(p.addingProduct(g, Vector(repeating: -learningRate)), parameter + at, 1, n)
        }
    }

    /// IVON's natural-gradient step (Shen et al. 2024, Algorithm 1, lines 2 to 6), in place:
    ///
    ///     estimate = gradient * deviation * precision * (hessian + weightDecay)
    ///     first = beta1 * first + (1 - beta1) * gradient
    ///     change = (1 - beta2) * (estimate - hessian)
    ///     hessian += change + change^2 / (2 * (hessian + weightDecay))
    ///     parameter -= stepSize * (first * firstScale + weightDecay * parameter) / (hessian + weightDecay)
    ///
    /// - Parameters:
    ///   - parameter: The mean.
    ///   - gradient: The gradient at the mean + `deviation`.
    ///   - precision: The effective sample size: 1 / (precision * (hessian + weightDecay)) is the variance.
    ///   - firstScale: 1 / (1 - beta1^t) in step t, counted from 1.
    public static func ivon(
        count: Int, parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
        deviation: UnsafePointer<Float>, first: UnsafeMutablePointer<Float>, hessian: UnsafeMutablePointer<Float>,
        stepSize: Float, precision: Float, firstScale: Float, beta1: Double, beta2: Double, weightDecay: Float
    ) {
        let (new1, new2) = (Vector(repeating: Float(1 - beta1)), Float(1 - beta2))
        forEachVector(count) { at, n in
            let p = VectorLoop.load(parameter + at, 1, n)
            let g = VectorLoop.load(gradient + at, 1, n)
            let m0 = VectorLoop.load(first + at, 1, n)
            let h0 = VectorLoop.load(hessian + at, 1, n)
            let curvature = h0 + weightDecay
            let estimate = g * VectorLoop.load(deviation + at, 1, n) * precision * curvature
            let change = (estimate - h0) * new2
            // h + change + change^2 / (2 curvature) stays above -weightDecay, whatever the estimate.
            let h = h0 + change.addingProduct(change, change / (curvature + curvature))
            let m = m0.addingProduct(g - m0, new1)
            let direction = (m * firstScale).addingProduct(p, Vector(repeating: weightDecay))
            VectorLoop.store(m, first + at, 1, n)
            VectorLoop.store(h, hessian + at, 1, n)
            VectorLoop.store(
                p.addingProduct(direction / (h + weightDecay), Vector(repeating: -stepSize)), parameter + at, 1, n)
        }
    }

    /// Calls `body` with the start and length of each run of sixteen elements, or fewer at the end.
    @inline(__always)
    private static func forEachVector(_ count: Int, _ body: (_ start: Int, _ length: Int) -> Void) {
        ThreadPool.shared.run(count, ranges: taskSize) { range in
            VectorLoop.forEachVector(range.count) { first, lanes in body(range.lowerBound &+ first, lanes) }
        }
    }
}
