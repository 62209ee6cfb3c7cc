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

    /// Calls `body` with the start and length of each run of sixteen elements, or fewer at the end.
    @inline(__always)
    private static func forEachVector(_ count: Int, _ body: (_ start: Int, _ length: Int) -> Void) {
        ThreadPool.shared.run(count, ranges: taskSize) { range in
            VectorLoop.forEachVector(range.count) { first, lanes in body(range.lowerBound &+ first, lanes) }
        }
    }
}
