import Foundation
import Support
import Tensors

/// A mixture of Gaussians of mean 0 whose standard deviations differ: a sharp peak at 0 with heavy tails.
///
/// Each weight draws its own deviation (Blundell, Cornebise, Kavukcuoglu and Wierstra, "Weight uncertainty in neural
/// networks", 2015, equation 7), or one is drawn for all weights of a kernel, so that kernels differ in size.
public struct ScaleMixture: Distribution {
    /// What draws a deviation.
    public enum Unit: String, CaseIterable, Sendable {
        /// Each weight its own.
        case weight
        /// All weights of a kernel one.
        case kernel
    }

    /// The shape of one value.
    public let eventShape: [Int]
    /// What draws a deviation.
    public let unit: Unit
    /// The standard deviations.
    public let deviations: Tensor
    /// The probability of each.
    public let weights: Tensor

    /// A mixture of `deviations` above 0, and as many `weights` above 0, which are divided by their sum.
    public init(eventShape: [Int], unit: Unit, deviations: Tensor, weights: Tensor) throws(TensorError) {
        for (name, tensor) in [("deviations", deviations), ("weights", weights)] {
            guard tensor.rank == 1, tensor.shape == deviations.shape, tensor.count > 0 else {
                throw .shape(
                    operation: "scale_mixture", parameter: name, shape: tensor.shape, expected: "equally long lists")
            }
            if let wrong = tensor.values.first(where: { !($0 > 0 && $0.isFinite) }) {
                throw .argument(
                    operation: "scale_mixture", parameter: name, value: "\(wrong)", expected: "finite numbers above 0")
            }
        }
        _ = try Shape.count(eventShape, operation: "scale_mixture")
        (self.eventShape, self.unit, self.deviations, self.weights) = (eventShape, unit, deviations, weights)
    }

    /// The weights that share a deviation.
    private var unitSize: Int { unit == .kernel ? eventSize : 1 }

    /// The log density of each of `values`.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        let total = weights.values.reduce(0) { $0 + Double($1) }
        let size = Double(unitSize)
        let perComponent = [deviations.count, 1, 1]
        let constants = try Tensor(
            zip(deviations.values, weights.values).map { deviation, weight in
                Float(log(Double(weight) / total) - size * (log(Double(deviation)) + 0.5 * log(2 * Double.pi)))
            }, shape: perComponent)
        let slopes = try Tensor(deviations.values.map { -0.5 / ($0 * $0) }, shape: perComponent)
        let (event, inside) = (eventSize, unitSize)
        return try matrix.mappedRows(max(1, (1 << 20) / max(event, 1))) { rows throws(TensorError) in
            let squares = inside == 1 ? try rows.square() : try rows.square().sum([2], keepDims: true)
            // The components come first, so that each step runs along whole rows.
            return try (squares.unsqueezed(1) * slopes + constants).logSumExp([1]).sum([2])
        }.reshaped(leading)
    }

    /// Independent draws: deviations, then deviation x noise.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let units = eventSize / max(unitSize, 1)
        let places = try Tensor.rand([count * units], generator: generator).values
        let values = deviations.values
        let drawn = try Tensor(weights.values.chosen(at: places).map { values[$0] }, shape: [count, units, 1])
        let noise = try Tensor.randn([count, units, unitSize], generator: generator)
        return try (noise * drawn).reshaped([count] + eventShape)
    }
}

/// The fit to kernels.
extension ScaleMixture {
    /// The mixture of greatest likelihood for `kernels`, n x the kernel's shape, by EM.
    ///
    /// - Parameters:
    ///   - components: How many deviations there are; they start a factor of 2 apart.
    ///   - tolerance: The least gain of a step, in nats a kernel.
    ///   - iterations: The most steps.
    public init(
        fitting kernels: Tensor, unit: Unit, components: Int, tolerance: Double, iterations: Int
    ) throws(TensorError) {
        guard kernels.rank >= 1, kernels.shape[0] >= 1, kernels.count > 0 else {
            throw .shape(
                operation: "scale_mixture", parameter: "kernels", shape: kernels.shape,
                expected: "n x the kernel's shape")
        }
        try kernels.requireFinite("scale_mixture", "kernels")
        try positive(components, "scale_mixture", "components")
        let eventShape = Array(kernels.shape.dropFirst())
        let size = unit == .kernel ? try Shape.count(eventShape, operation: "scale_mixture") : 1
        let values = try kernels.numbers()
        // The mean square of each unit, of which its density is a function.
        let squares = (0..<values.count / size).map { unit in
            values[unit * size..<(unit + 1) * size].reduce(0) { $0 + Double($1) * Double($1) } / Double(size)
        }
        let mean = squares.reduce(0, +) / Double(squares.count)
        try require(mean > 0, "scale_mixture", "kernels", "0 throughout", expected: "kernels that are not")
        var variances = (0..<components).map { mean * pow(4, Double($0) - 0.5 * Double(components - 1)) }
        var weights = [Double](repeating: 1 / Double(components), count: components)
        var before = -Double.infinity
        for _ in 0..<iterations {
            let step = try Self.step(squares, size: Double(size), variances, weights)
            let gain = (step.logDensity - before) / Double(kernels.shape[0])
            (variances, weights, before) = (step.variances, step.weights, step.logDensity)
            // No deviation may shrink to the weights that are 0, which would have an infinite density.
            for k in 0..<components { variances[k] = max(variances[k], 1e-8 * mean) }
            if gain < tolerance { break }
        }
        try self.init(
            eventShape: eventShape, unit: unit,
            deviations: Tensor(variances.map { Float($0.squareRoot()) }, shape: [components]),
            weights: Tensor(weights.map { Float(max($0, 1e-12)) }, shape: [components]))
    }

    /// A step of EM, and the log density before it.
    private static func step(
        _ squares: [Double], size: Double, _ variances: [Double], _ weights: [Double]
    ) throws(TensorError) -> (logDensity: Double, variances: [Double], weights: [Double]) {
        let components = variances.count
        let constants = (0..<components).map { log(weights[$0]) - 0.5 * size * log(2 * Double.pi * variances[$0]) }
        let length = 4096
        let pieces = ThreadPool.shared.map((squares.count + length - 1) / length) { piece -> [Double] in
            // The log density, then mass and mass times square of each component.
            var sums = [Double](repeating: 0, count: 1 + 2 * components)
            var logs = constants
            for square in squares[piece * length..<min((piece + 1) * length, squares.count)] {
                for k in 0..<components { logs[k] = constants[k] - 0.5 * size * square / variances[k] }
                let largest = logs.max() ?? 0
                let sum = logs.reduce(0) { $0 + exp($1 - largest) }
                sums[0] += largest + log(sum)
                for k in 0..<components {
                    let responsibility = exp(logs[k] - largest) / sum
                    sums[1 + 2 * k] += responsibility
                    sums[2 + 2 * k] += responsibility * square
                }
            }
            return sums
        }
        guard pieces.count * length >= squares.count else { throw .interrupted }
        var sums = [Double](repeating: 0, count: 1 + 2 * components)
        for piece in pieces { for i in sums.indices { sums[i] += piece[i] } }
        return (
            sums[0],
            (0..<components).map { sums[1 + 2 * $0] > 0 ? sums[2 + 2 * $0] / sums[1 + 2 * $0] : variances[$0] },
            (0..<components).map { max(sums[1 + 2 * $0] / Double(squares.count), 1e-300) }
        )
    }
}
