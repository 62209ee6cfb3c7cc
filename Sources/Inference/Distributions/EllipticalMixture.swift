import Foundation
import Kernels
import Support
import Tensors

/// A mixture of Gaussians, or of multivariate t distributions, whose elements may all be correlated.
///
/// The density of a component with mean m, matrix S and squared distance q = (w - m)ᵀ S⁻¹ (w - m) is that of a
/// Gaussian of covariance S or, with v degrees of freedom, of a t, whose covariance is v / (v - 2) times S: (1 + q / v)
/// to the power of -(v + d) / 2, up to its constant (Peel and McLachlan, "Robust mixture modelling using the t
/// distribution", 2000, equation 1). One component makes a multivariate Gaussian or t.
public struct EllipticalMixture: Distribution {
    /// The shape of one value.
    public let eventShape: [Int]
    /// The probability of each component.
    public let weights: Tensor
    /// The mean of each component: components x the shape of a value.
    public let means: Tensor
    /// For each component its lower triangular L, where S = L Lᵀ: components x elements x elements.
    public let factors: Tensor
    /// The degrees of freedom v of each component; nil for Gaussians.
    public let degreesOfFreedom: Tensor?
    private let components: WhitenedComponents
    /// The logarithms of the weights and of the densities' constants.
    private let constants: Tensor

    /// A mixture of components with the given probabilities.
    ///
    /// - Parameters:
    ///   - weights: One above 0 for each component; they are divided by their sum.
    ///   - means: Components x the shape of a value.
    ///   - factors: For each component its lower triangular L, components x elements x elements.
    ///   - degreesOfFreedom: A number above 0 for each component, which makes them t distributions.
    public init(
        weights: Tensor, means: Tensor, factors: Tensor, degreesOfFreedom: Tensor? = nil
    ) throws(TensorError) {
        guard means.rank >= 1, means.shape[0] > 0 else {
            throw .shape(
                operation: "mixture", parameter: "means", shape: means.shape, expected: "components x a value's shape")
        }
        let given = try Self.positive(weights, "weights", count: means.shape[0])
        let degrees = try degreesOfFreedom.map { tensor throws(TensorError) in
            try Self.positive(tensor, "degrees_of_freedom", count: means.shape[0])
        }
        let sum = given.reduce(0, +)
        try means.requireFinite("mixture", "means")
        eventShape = Array(means.shape.dropFirst())
        components = try WhitenedComponents(means: means.detached().reshaped([given.count, -1]), factors: factors)
        (self.weights, self.means, self.factors, self.degreesOfFreedom) = (weights, means, factors, degreesOfFreedom)
        let size = components.size
        let logDeterminants = components.logDeterminants
        constants = try Tensor(
            given.indices.map { k in
                let constant = Self.logConstant(size: size, degrees?[k] ?? .infinity)
                return Float(log(given[k] / sum) - 0.5 * logDeterminants[k] + constant)
            }, shape: weights.shape)
    }

    /// The numbers of `tensor`; an error where they are not `count` finite ones above 0.
    private static func positive(_ tensor: Tensor, _ name: String, count: Int) throws(TensorError) -> [Double] {
        guard tensor.shape == [count] else {
            throw .shape(
                operation: "mixture", parameter: name, shape: tensor.shape,
                expected: "a number for each component, \(count)")
        }
        let values = tensor.values.map(Double.init)
        if let wrong = values.first(where: { !($0 > 0 && $0.isFinite) }) {
            throw .argument(
                operation: "mixture", parameter: name, value: "\(wrong)", expected: "finite numbers above 0")
        }
        return values
    }

    /// The logarithm of the density at a component's mean, where the determinant of S is 1.
    static func logConstant(size: Int, _ degrees: Double) -> Double {
        let d = Double(size)
        guard degrees.isFinite else { return -0.5 * d * log(2 * Double.pi) }
        return SpecialFunctions.logGamma((degrees + d) / 2) - SpecialFunctions.logGamma(degrees / 2)
            - 0.5 * d * log(degrees * Double.pi)
    }

    /// The log density of each of `values`, exactly.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        return try matrix.mappedRows(components.rowsAtOnce) { rows throws(TensorError) in
            try logDensities(components.squaredDistances(rows)).logSumExp([2])
        }.reshaped(leading)
    }

    /// The log density of each component, times its weight, from the squared distances: rows x components.
    private func logDensities(_ squares: Tensor) throws(TensorError) -> Tensor {
        guard let degreesOfFreedom else { return try squares.scaled(by: -0.5) + constants }
        let powers = try degreesOfFreedom.offset(by: Float(components.size)).scaled(by: -0.5)
        return try (squares / degreesOfFreedom).offset(by: 1).log() * powers + constants
    }

    /// -E_q log p, summed over the values of q: estimated with the draw that belongs to standard normal `noise` for
    /// each value, without bias.
    ///
    /// At the distances q that are expected, log p has slopes -c; a draw's deviation from what these say, c times
    /// (drawn - expected distances), is 0 on average and taken away (a control variate). So for one Gaussian the result
    /// is exact, and where one component is by far the likeliest almost so.
    func crossEntropy(_ q: Normal, noise: Tensor) throws(TensorError) -> Tensor {
        let inputs = [try rows(q.mean).matrix, try rows(q.logVariance).matrix, try rows(noise).matrix]
        return try ChunkedSum.of(inputs, parameters: [], rows: components.rowsAtOnce) {
            parts, _, _ throws(TensorError) in
            let posterior = try Normal(mean: parts[0], logVariance: parts[1])
            let drawn = try components.squaredDistances(posterior.sample(noise: parts[2]))
            let expected = try components.squaredDistances(ofMeans: parts[0], variances: parts[1].exp())
            var slopes = try logDensities(expected).softmax(2)
            if let degreesOfFreedom {
                slopes =
                    try slopes * degreesOfFreedom.offset(by: Float(components.size)) / (degreesOfFreedom + expected)
            }
            return try (slopes * (expected - drawn)).sum().scaled(by: 0.5) - logDensities(drawn).logSumExp([2]).sum()
        }
    }

    /// Independent draws: a component, then its mean + L x noise; for a t, the noise is divided by the square root of
    /// a gamma number of mean 1.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let chosen = try weights.values.chosen(at: Tensor.rand([count], generator: generator).values)
        var noise = try Tensor.randn([count, components.size], generator: generator)
        if let degreesOfFreedom {
            let halves = try degreesOfFreedom.detached().indexSelect(1, chosen.map { $0 + 1 }).scaled(by: 0.5)
            noise = try noise * (halves / halves.standardGamma(generator: generator)).sqrt().reshaped([count, 1])
        }
        return try components.values(chosen, noise: noise).reshaped([count] + eventShape)
    }
}

extension [Float] {
    /// Which of these weights a number in [0, 1) falls to, each taking a share of that interval in proportion; indices
    /// from 0.
    func chosen(at places: [Float]) -> [Int] {
        var (sum, ends): (Double, [Double]) = (0, [])
        for weight in self {
            sum += Double(weight)
            ends.append(sum)
        }
        return places.map { place in
            Swift.min(ends.firstIndex { Double(place) * sum < $0 } ?? count - 1, count - 1)
        }
    }
}
