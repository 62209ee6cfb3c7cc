import Distributions
import Support
import Tensors
import TestSupport
import Testing

/// Every bijector goes through the same tests: its inverse undoes it, and its determinant is that of differences.
@Suite struct BijectorTests {
    /// A bijector of vectors of three numbers, or of each of them.
    struct Example: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let make: @Sendable () throws -> any Bijector

        init(_ name: String, make: @escaping @Sendable () throws -> any Bijector) {
            (testDescription, self.make) = (name, make)
        }
    }

    /// A function of ... x 1 with `outputs` results.
    private static func network(_ outputs: Int) -> Conditioner {
        Conditioner("network") { input throws(TensorError) in
            let weights = try Tensor.randn([1, outputs], generator: RandomGenerator(seed: 8))
            return try input.matmul(weights).tanh().scaled(by: 1.5)
        }
    }

    private static func spline(bound: Float = 3) throws -> SplineTransform {
        let generator = RandomGenerator(seed: 9)
        return try SplineTransform(
            widths: .randn([3, 6], generator: generator), heights: .randn([3, 6], generator: generator),
            slopes: .randn([3, 5], generator: generator), bound: bound)
    }

    private static func affine() throws -> AffineTransform {
        try AffineTransform(loc: Tensor([1, 0, -2], shape: [3]), scale: Tensor([0.5, -2, 1.5], shape: [3]))
    }

    static let examples =
        ElementwiseTransform.all.indices.map { place in
            Example(ElementwiseTransform.all[place].kind) { ElementwiseTransform.all[place] }
        } + [
            Example("Affine") { try affine() },
            Example("Permutation") { try PermutationTransform([3, 1, 2]) },
            Example("Spline") { try spline() },
            Example("Coupling") { try Coupling(split: 1, network: network(4), form: .affine(limit: 2)) },
            Example("SplineCoupling") {
                try Coupling(split: 1, network: network(34), form: .spline(pieces: 6, bound: 3))
            },
            Example("Inverse") { InvertedTransform(try spline()) },
            Example("Compose") {
                ComposeTransform([
                    ElementwiseTransform.all[3], try affine(),
                    try Coupling(split: 1, network: network(4), form: .affine(limit: 2)),
                    try PermutationTransform([2, 3, 1]),
                ])
            },
        ]

    private let points = Result { try Tensor.randn([5, 3], generator: RandomGenerator(seed: 2)).scaled(by: 1.2) }

    @Test(arguments: examples) func inverseUndoesIt(_ example: Example) throws {
        let (bijector, x) = (try example.make(), try points.get())
        let (y, logDeterminant) = try bijector.map(x)
        #expect(y.shape == x.shape)
        #expect(logDeterminant.shape == Array(x.shape.dropLast(bijector.eventRank)))
        let (back, inverseLogDeterminant) = try bijector.unmap(y)
        expectEqual(back, x, "inverse", within: 2e-4)
        expectEqual(inverseLogDeterminant, try logDeterminant.negated(), "log_det of the inverse", within: 1e-3)
        #expect(try bijector.image.contains(y).all)
        #expect(try bijector.domain.contains(x).all)
    }

    /// The Jacobian by backward passes, one for each element of the result.
    @Test(arguments: examples) func determinantIsThatOfTheJacobian(_ example: Example) throws {
        let (bijector, x) = (try example.make(), try points.get())
        let (_, logDeterminant) = try bijector.map(x)
        let perVector = try bijector.eventRank == 0 ? logDeterminant.sum([-1]) : logDeterminant
        for row in 1...x.shape[0] {
            let leaf = try x.select(1, row).cloned().detached().requireGradient()
            let matrix = try (1...3).map { place in
                let result = try bijector.forward(leaf).select(1, place)
                return result.requiresGradient ? try result.gradients(of: [leaf])[0].values : [0, 0, 0]
            }
            let (a, b, c) = (matrix[0], matrix[1], matrix[2])
            let determinant =
                a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
                + a[2] * (b[0] * c[1] - b[1] * c[0])
            let expected = try Tensor([abs(determinant)], shape: []).log()
            expectEqual(try perVector.select(1, row), expected, "row \(row)", within: 1e-3)
        }
    }

    @Test func splineIsThatOfThePaper() throws {
        let reference = try Reference.file.get().under("spline.")
        let spline = try SplineTransform(
            widths: reference.get("widths"), heights: reference.get("heights"), slopes: reference.get("slopes"),
            bound: 3)
        let (y, logDeterminant) = try spline.map(reference.get("x").unsqueezed(2))
        expectEqual(y, try reference.get("y"), "y", within: 2e-5)
        expectEqual(logDeterminant, try reference.get("log_det"), "log_det", within: 1e-4)
    }

    /// A log-normal distribution is a normal one transformed by exp, and one that is moved is moved.
    @Test func transformedIsTheKnownDistribution() throws {
        let (loc, scale) = (try Tensor([0.5, -1], shape: [2]), try Tensor([0.3, 0.8], shape: [2]))
        let known = try LogNormal(loc: loc, scale: scale)
        let parts: [any Bijector] = [ElementwiseTransform.all[0]]
        let transformed = try Transformed(Normal(loc: loc, scale: scale), parts)
        let values = try Tensor([0.2, 3, -1, 0], shape: [2, 2])
        expectEqual(try transformed.logProbability(values), try known.logProbability(values), "log_prob")
        let moved = try Transformed(
            known, [AffineTransform(loc: Tensor([1, 1], shape: [2]), scale: Tensor(-2))])
        let images = try values.scaled(by: -2).offset(by: 1)
        expectEqual(
            try moved.logProbability(images), try known.logProbability(values).offset(by: -0.6931472), "moved")
    }

    @Test func namesWhatIsWrong() throws {
        #expect(
            thrownMessage { _ = try AffineTransform(loc: Tensor(0), scale: Tensor([1, 0], shape: [2])) }
                == "Affine: scale[2] is 0 (expected a number other than 0)")
        #expect(
            thrownMessage { _ = try PermutationTransform([1, 1]) }
                == "Permutation: order is [1, 1] (expected each of the numbers from 1 to their count once)")
        #expect(
            thrownMessage {
                _ = try Coupling(split: 1, network: Self.network(3), form: .affine(limit: 2)).map(points.get())
            }
                == "Coupling: result of the network has shape 5x3 (expected 5x4, for its input of 5x1)")
        #expect(
            thrownMessage {
                _ = try Transformed(
                    Normal(loc: Tensor(0), scale: Tensor(1)), [InvertedTransform(ElementwiseTransform.all[0])])
            }
                == "Transformed: transforms is Compose(Inverse(Exp())) (expected bijectors that take all numbers, as "
                + "Normal(loc: scalar, scale: scalar) gives them)")
        #expect(
            thrownMessage {
                _ = try Transformed(Normal(loc: Tensor(0), scale: Tensor(1)), [Self.affine()])
            }
                == "Transformed: the result of transforms has shape 3 (expected scalar, the shape of the base distribution)"
        )
    }
}
