import Foundation
import Inference
import Layers
import Support
import TestSupport
import Tensors
import Testing

/// Normalising flows as priors.
@Suite struct FlowPriorTests {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case affine, spline

        var testDescription: String { rawValue }

        var form: FlowPrior.Form { self == .affine ? .affine : .spline(pieces: 6) }
    }

    /// Pairs on a bent line: x is standard normal, y is x squared plus noise of deviation 0.3.
    private func curve(_ count: Int, seed: UInt64) throws -> Tensor {
        let generator = RandomGenerator(seed: seed)
        let x = try Tensor.randn([count, 1], generator: generator)
        let noise = try Tensor.randn([count, 1], generator: generator).scaled(by: 0.3)
        return try .concatenate([x, x.square() + noise], dim: 2)
    }

    private func fit(
        _ kind: Kind, to kernels: Tensor, epochs: Int = 30, rate: Double = 5e-3
    ) throws -> FlowPrior {
        try FlowPrior(
            fitting: kernels, form: kind.form, couplings: 4, hidden: 16, dropout: 0,
            training: LikelihoodTraining(epochs: epochs, batchSize: 100, learningRate: rate),
            generator: RandomGenerator(seed: 3))
    }

    /// A flow follows the curve: it is likelier than the Gaussian by most of what there is to gain, no likelier than
    /// the true density.
    @Test(arguments: Kind.allCases) func followsACurve(_ kind: Kind) throws {
        let (training, test) = (try curve(1500, seed: 1), try curve(2000, seed: 2))
        let flow = try fit(kind, to: training).logProbability(test).doubles
        let gaussian = try FullCovarianceGaussian(fitting: training).logProbability(test).mean().number()
        let values = test.doubles
        let truth = (0..<2000).map { row -> Double in
            let (x, y) = (values[2 * row], values[2 * row + 1])
            return -0.5 * (x * x + (y - x * x) * (y - x * x) / 0.09) - log(2 * .pi * 0.3)
        }
        let lost = meanAndError(zip(truth, flow).map { $0 - $1 })
        #expect(lost.mean < 0.35 && lost.mean > -4 * lost.error, "\(lost)")
        #expect(meanAndError(flow).mean > gaussian + 0.8, "\(meanAndError(flow)), \(gaussian)")
    }

    /// Before it has learnt anything a flow is the Gaussian of full covariance.
    @Test(arguments: Kind.allCases) func startsAsTheGaussian(_ kind: Kind) throws {
        let kernels = try Tensor.randn([40, 3, 3], generator: RandomGenerator(seed: 4))
        let flow = try fit(kind, to: kernels, epochs: 1, rate: 1e-9)
        let expected = try FullCovarianceGaussian(fitting: kernels).logProbability(kernels).doubles
        for (a, b) in zip(try flow.logProbability(kernels).doubles, expected) { #expect(abs(a - b) < 1e-4) }
    }

    /// Draws are mapped from standard normal numbers, and their density is that of these numbers times a determinant:
    /// differences tell it.
    @Test(arguments: Kind.allCases) func densityIsThatOfItsDraws(_ kind: Kind) throws {
        let flow = try fit(kind, to: curve(300, seed: 5))
        func draws(_ noise: Tensor) throws -> [Double] {
            try flow.kernels(fromNoise: noise).doubles
        }
        let (u, v, step): (Float, Float, Float) = (0.4, -0.7, 0x1p-7)
        let sides = try draws(
            Tensor([u + step, v, u - step, v, u, v + step, u, v - step, u, v], shape: [5, 2]))
        func slope(_ row: Int, _ column: Int) -> Double {
            (sides[4 * row + column] - sides[4 * row + 2 + column]) / Double(2 * step)
        }
        let determinant = slope(0, 0) * slope(1, 1) - slope(0, 1) * slope(1, 0)
        let base = -0.5 * Double(u * u + v * v) - log(2 * .pi)
        let found = try flow.logProbability(Tensor([Float(sides[8]), Float(sides[9])], shape: [2])).number()
        #expect(abs(found - (base - log(abs(determinant)))) < 0.01, "\(found)")
    }

    @Test(arguments: Kind.allCases) func theSameSeedGivesTheSameBits(_ kind: Kind) throws {
        let kernels = try curve(120, seed: 6)
        func fitted(_ seed: UInt64) throws -> FlowPrior {
            try FlowPrior(
                fitting: kernels, form: kind.form, couplings: 2, hidden: 8, dropout: 0.2,
                training: LikelihoodTraining(epochs: 3, batchSize: 50), generator: RandomGenerator(seed: seed))
        }
        let values = try fitted(1).logProbability(kernels).values
        #expect(try fitted(1).logProbability(kernels).values == values)
        #expect(try fitted(2).logProbability(kernels).values != values)
    }

    /// Nothing of it is trained further, and a file holds it to the last bit.
    @Test(arguments: Kind.allCases) func comesBackFromItsFileToTheBit(_ kind: Kind) throws {
        let kernels = try curve(120, seed: 7)
        let flow = try fit(kind, to: kernels, epochs: 3)
        #expect(flow.parameters.isEmpty && flow.tensors.allSatisfy { !$0.tensor.requiresGradient })
        let folder = try TemporaryFolder()
        let path = folder.path("priors.safetensors")
        try PriorSet([PriorGroup(name: "g", layers: [("layer", 1)], prior: flow)]).save(to: path)
        let loaded = try #require(try PriorSet.load(from: path).groups[0].prior as? FlowPrior)
        #expect(try loaded.logProbability(kernels).values == flow.logProbability(kernels).values)
    }

    @Test func refusesWhatDoesNotFit() throws {
        let numbers = try Tensor.randn([20, 1], generator: RandomGenerator(seed: 8))
        #expect(throws: TensorError.self) { try fit(.affine, to: numbers) }
        let flow = try fit(.spline, to: curve(120, seed: 9), epochs: 1)
        let tensors = Dictionary(uniqueKeysWithValues: flow.tensors.map { ($0.name, $0.tensor) })
        func load(_ tensors: [String: Tensor], _ configuration: Configuration) throws {
            _ = try FlowPrior(configuration, tensors: tensors, decoder: PriorDecoder())
        }
        try load(tensors, flow.configuration)
        var wrong = tensors
        wrong["coupling2.layer3.weight"] = try Tensor.zeros([3, 16])
        #expect(throws: TensorError.self) { try load(wrong, flow.configuration) }
        wrong["coupling2.layer3.weight"] = nil
        #expect(throws: TensorError.self) { try load(wrong, flow.configuration) }
        for orders in [[[1, 1]], [[1, 2, 3]], [[0, 1]]] {
            let configuration = Configuration(
                kind: "FlowPrior", JSON.Member("orders", orders.json), JSON.Member("pieces", 6.json))
            #expect(throws: TensorError.self) { try load(tensors, configuration) }
        }
    }
}
