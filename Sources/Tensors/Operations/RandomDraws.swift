import Kernels
import Support

/// Draws from distributions whose parameters are tensors; the same generator gives the same bits, whatever the layout.
extension Tensor {
    /// 1 with the probability that each element is, 0 otherwise; no gradient flows.
    public func bernoulli(generator: RandomGenerator) throws(TensorError) -> Tensor {
        try requireAll("bernoulli", "p", expected: "probabilities from 0 to 1") { $0 >= 0 && $0 <= 1 }
        let result = try Tensor.rand(shape, generator: generator).compared(.less, self)
        result.isMask = false
        return result
    }

    /// Independent numbers of the exponential distribution of the rate 1; none is 0.
    public static func exponential(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try Tensor(uninitialised: shape).filled(generator, by: RandomNumbers.exponential)
    }

    /// A number of the exponential distribution of each element's rate; the gradient goes to the rates.
    public func exponential(generator: RandomGenerator) throws(TensorError) -> Tensor {
        try requireAll("exponential", "rate", expected: "positive, finite numbers") { $0 > 0 && $0.isFinite }
        return try Tensor.exponential(shape, generator: generator) / self
    }

    /// A number of the gamma distribution of each element's concentration, and of the rate 1.
    ///
    /// The gradient goes to the concentrations: a draw moves with them so that the share of the distribution below it
    /// stays (Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", 2018).
    public func standardGamma(generator: RandomGenerator) throws(TensorError) -> Tensor {
        try requireAll("standard_gamma", "concentration", expected: "positive, finite numbers") {
            $0 > 0 && $0.isFinite
        }
        let concentrations = try detached().contiguous()
        let result = try Tensor(uninitialised: shape)
        GammaNumbers.draw(
            count: count, seed: generator.split().seed, concentrations: concentrations.pointer, out: result.pointer)
        let draws = result.detached()
        return try result.recorded(.standardGamma, [self], keeping: [concentrations, draws]) {
            gradient throws(TensorError) in
            let slopes = try concentrations.zipped(draws, "standard_gamma") {
                $0.map { $0.lanes($1, IncompleteFunctions.gammaDrawSlope) }
            }
            return [try gradient * slopes]
        }
    }

    /// `count` indices, counted from 1, drawn from each row with the probabilities that the row's numbers are
    /// proportional to: once each, or any number of times with `replacement`. A vector counts as one row.
    public func multinomial(
        _ count: Int, replacement: Bool = false, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        guard rank == 1 || rank == 2, let size = shape.last, size > 0 else {
            throw .shape(
                operation: "multinomial", parameter: "weights", shape: shape,
                expected: "one or two dimensions, the last of at least one element")
        }
        try positive(count, "multinomial", "n")
        try requireAll("multinomial", "weights", expected: "finite numbers of 0 or more") { $0 >= 0 && $0.isFinite }
        let weights = try detached().reshaped([-1, size])
        let choices = try weights.compared(.notEqual, Tensor(0)).sum([2])
        let least = choices.count == 0 ? size : Int(try choices.min().item())
        try require(least > 0, "multinomial", "weights", "0 in all of a row", expected: "a positive number in each row")
        if !replacement {
            try require(
                count <= least, "multinomial", "n", count,
                expected: "at most \(least), as many as are not 0 in each row, or replacement")
            // The first to come of processes with these rates (Efraimidis and Spirakis 2006), by logarithms, as
            // quotients could overflow.
            let times = try Tensor.exponential(weights.shape, generator: generator).log() - weights.log()
            return try times.topk(count, 2, largest: false).indices.reshaped(shape.dropLast() + [count])
        }
        return try weights.drawnWithReplacement(count, generator).reshaped(shape.dropLast() + [count])
    }

    /// `count` indices, counted from 1, for each row of a matrix of weights.
    private func drawnWithReplacement(_ count: Int, _ generator: RandomGenerator) throws(TensorError) -> Tensor {
        let (rows, size) = (shape[0], shape[1])
        let result = try Tensor(uninitialised: [rows, count])
        let numbers = try numbers()
        for row in 0..<rows {
            var (sums, sum) = ([Double](), 0.0)
            for weight in numbers[row * size..<(row + 1) * size] {
                sum += Double(weight)
                sums.append(sum)
            }
            for draw in 0..<count {
                if draw & 0xFFFF == 0, Interrupt.isRequested { throw .interrupted }
                let block = generator.nextBlock()
                let share = Double(UInt64(block[0]) << 21 | UInt64(block[1]) >> 11) * 0x1p-53 * sum
                // The first sum above the share, so that a weight of 0 is never drawn.
                var (low, high) = (0, size - 1)
                while low < high {
                    let middle = (low + high) / 2
                    if sums[middle] > share { high = middle } else { low = middle + 1 }
                }
                result.pointer[row * count + draw] = Float(low + 1)
            }
        }
        return result
    }

    /// Throws where `holds` is false for an element, which the error names.
    private func requireAll(
        _ operation: String, _ parameter: String, expected: String, _ holds: (Float) -> Bool
    ) throws(TensorError) {
        guard let wrong = try numbers().first(where: { !holds($0) }) else { return }
        throw .argument(operation: operation, parameter: parameter, value: "\(wrong)", expected: expected)
    }
}

/// Distribution functions; none has a gradient by a parameter of the distribution.
extension Tensor {
    /// The share of the gamma distribution of `concentration` and the rate 1 that lies below `x`: the regularised lower
    /// incomplete gamma function.
    public static func gammainc(_ concentration: Tensor, _ x: Tensor) throws(TensorError) -> Tensor {
        try withoutGradient([concentration], "gammainc")
        let (a, z, target) = (concentration.detached(), x.detached(), GradientTarget(x))
        return try a.zipped(z, "gammainc") { $0.map { $0.lanes($1, IncompleteFunctions.gamma) } }
            .recorded(.gammainc, [x], keeping: [a, z]) { gradient throws(TensorError) in
                let density = try a.zipped(z, "gammainc") {
                    $0.map { $0.lanes($1, IncompleteFunctions.gammaDensity) }
                }
                return [try (gradient * density).summed(to: target)]
            }
    }

    /// The share of the beta distribution of the concentrations `a` and `b` that lies below `x`: the regularised
    /// incomplete beta function, in the order of SciPy's arguments.
    public static func betainc(_ a: Tensor, _ b: Tensor, _ x: Tensor) throws(TensorError) -> Tensor {
        try withoutGradient([a, b], "betainc")
        let (first, second, z, target) = (a.detached(), b.detached(), x.detached(), GradientTarget(x))
        return try combined(first, second, z, IncompleteFunctions.beta)
            .recorded(.betainc, [x], keeping: [first, second, z]) { gradient throws(TensorError) in
                [try (gradient * combined(first, second, z, IncompleteFunctions.betaDensity)).summed(to: target)]
            }
    }

    /// `function` of each three elements, which broadcast.
    private static func combined(
        _ a: Tensor, _ b: Tensor, _ c: Tensor, _ function: (Double, Double, Double) -> Double
    ) throws(TensorError) -> Tensor {
        let shape = try Shape.broadcast(
            try Shape.broadcast(a.shape, b.shape, operation: "betainc"), c.shape, operation: "betainc")
        let (x, y, z) = try (a.expanded(to: shape), b.expanded(to: shape), c.expanded(to: shape))
        let result = try Tensor(uninitialised: shape)
        let loop = StridedLoop(shape: shape, strides: result.strides, x.strides, y.strides, z.strides)
        let (out, steps) = (result.pointer, loop.rowStrides)
        let (first, second, third) = (x.pointer, y.pointer, z.pointer)
        loop.forEachPiece { at, length in
            for i in 0..<length {
                let p = Double(first[at[1] + i * steps[1]])
                let q = Double(second[at[2] + i * steps[2]])
                out[at[0] + i * steps[0]] = Float(function(p, q, Double(third[at[3] + i * steps[3]])))
            }
        }
        return result
    }

    private static func withoutGradient(_ parameters: [Tensor], _ operation: String) throws(TensorError) {
        guard GradientMode.isEnabled, parameters.contains(where: \.requiresGradient) else { return }
        throw .gradient(reason: "\(operation): no gradient flows to the distribution's parameters (detach them)")
    }
}
