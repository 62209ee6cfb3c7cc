import Foundation
import Inference
import Layers
import Support
import TestSupport
import Tensors
import Testing

/// The prior around a source network's weights: its density, its draws, its files, and which layers it is of.
@Suite struct SourcePosteriorTests {
    static let forms: [SourcePosterior.Form] = [
        .isotropic(deviation: 0.3), .isotropic(deviation: nil), .diagonal(least: 0.1), .lowRank(3, least: 0.2),
        .lowRank(20, least: 0.05),
    ]

    private static let paths = ["a", "b"]

    /// Five snapshots of two layers of 3 and 4 kernels of 2x2: 28 weights, which move together and by themselves.
    private func snapshots(_ count: Int = 5) throws -> [[String: Tensor]] {
        let generator = RandomGenerator(seed: 3)
        let (start, step) = (
            try Tensor.randn([7, 1, 2, 2], generator: generator), try Tensor.randn([7, 1, 2, 2], generator: generator)
        )
        return try (0..<count).map { _ in
            let far = try Tensor.randn([1], generator: generator)
            let all = try start + step * far + Tensor.randn([7, 1, 2, 2], generator: generator).scaled(by: 0.2)
            return ["a.weight": try all.slice(1, 1, 3), "b.weight": try all.slice(1, 4, 7).reshaped([2, 2, 2, 2])]
        }
    }

    private func prior(
        _ form: SourcePosterior.Form, scale: Float = 1, scalesOf bank: KernelBank? = nil
    ) throws -> SourcePosterior {
        let source = try KernelBank(snapshots: snapshots(), at: Self.paths)
        return try SourcePosterior(source, layers: Self.paths, form: form, scale: scale, scalesOf: bank)
    }

    /// Mean and covariance by their definitions, all 28 weights in the order of the layers.
    private func naive(_ form: SourcePosterior.Form, scale: Double) throws -> (mean: [Double], covariance: [[Double]]) {
        let rows = try snapshots().map { snapshot in
            try Self.paths.flatMap { path in try #require(snapshot["\(path).weight"]).doubles }
        }
        let (size, count) = (rows[0].count, Double(rows.count))
        let mean = (0..<size).map { i in rows.reduce(0) { $0 + $1[i] } / count }
        let variance = (0..<size).map { i in rows.reduce(0) { $0 + pow($1[i] - mean[i], 2) } / count }
        let average = variance.reduce(0, +) / Double(size)
        var covariance = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
        for i in 0..<size {
            for j in 0..<size {
                let own =
                    switch form {
                    case .isotropic(let deviation): deviation.map { pow(Double($0), 2) } ?? average
                    case .diagonal(let least): max(variance[i], Double(least) * average)
                    case .lowRank(_, let least): max(variance[i], Double(least) * average) / 2
                    }
                covariance[i][j] = i == j ? scale * own : 0
                guard case .lowRank(let rank, _) = form else { continue }
                let last = rows.suffix(rank)
                let product = last.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) }
                covariance[i][j] += scale * product / Double(2 * (last.count - 1))
            }
        }
        return (mean, covariance)
    }

    /// Of a positive definite matrix: the logarithm of its determinant, and its inverse, by Gauss and Jordan.
    private func inverse(_ matrix: [[Double]]) -> (logDeterminant: Double, inverse: [[Double]]) {
        let size = matrix.count
        var (a, b, logarithm) = (matrix, matrix, 0.0)
        for i in 0..<size { for j in 0..<size { b[i][j] = i == j ? 1 : 0 } }
        for i in 0..<size {
            let pivot = a[i][i]
            logarithm += log(pivot)
            for j in 0..<size { (a[i][j], b[i][j]) = (a[i][j] / pivot, b[i][j] / pivot) }
            for k in 0..<size where k != i {
                let factor = a[k][i]
                for j in 0..<size { (a[k][j], b[k][j]) = (a[k][j] - factor * a[i][j], b[k][j] - factor * b[i][j]) }
            }
        }
        return (logarithm, b)
    }

    @Test(arguments: forms, [1, 4] as [Float])
    func densityAndCrossEntropyAreThoseOfTheDenseGaussian(_ form: SourcePosterior.Form, scale: Float) throws {
        let prior = try prior(form, scale: scale)
        let (mean, covariance) = try naive(form, scale: Double(scale))
        let (logDeterminant, precision) = inverse(covariance)
        let kernels = try Tensor.randn([7, 2, 2], generator: RandomGenerator(seed: 8))
        let deviations = zip(kernels.doubles, mean).map(-)
        var (square, trace) = (0.0, 0.0)
        for i in mean.indices {
            for j in mean.indices { square += deviations[i] * precision[i][j] * deviations[j] }
            trace += precision[i][i] * exp(-3)
        }
        let constant = logDeterminant + Double(mean.count) * log(2 * Double.pi)
        let density = try prior.logDensity(kernels).number()
        #expect(abs(density + 0.5 * (constant + square)) < 1e-4 * abs(square) + 1e-2)
        let posterior = try Normal(mean: kernels, logVariance: Tensor.full([7, 2, 2], -3))
        let found = try prior.crossEntropy(posterior, generator: RandomGenerator(seed: 1)).number()
        #expect(abs(found - 0.5 * (constant + square + trace)) < 1e-4 * (square + trace) + 1e-2)
    }

    /// The closed form is the mean of the density over draws of the posterior.
    @Test(arguments: forms) func crossEntropyIsThatOfDraws(_ form: SourcePosterior.Form) throws {
        let prior = try prior(form)
        let posterior = try Normal(mean: prior.independent.mean, logVariance: Tensor.full([7, 2, 2], -2))
        let generator = RandomGenerator(seed: 4)
        let values = try (0..<2000).map { _ in
            -(try prior.logDensity(posterior.sample(noise: Tensor.randn([7, 2, 2], generator: generator))).number())
        }
        expectMean(values, try prior.crossEntropy(posterior, generator: generator).number())
    }

    @Test(arguments: forms) func drawsHaveMeanAndCovariance(_ form: SourcePosterior.Form) throws {
        let prior = try prior(form)
        let (mean, covariance) = try naive(form, scale: 1)
        let generator = RandomGenerator(seed: 6)
        let draws = try (0..<3000).map { _ in try prior.sample(7, generator: generator).doubles }
        for (i, j) in [(0, 0), (3, 3), (27, 27), (0, 1), (2, 26), (13, 14)] {
            expectMean(draws.map { $0[i] }, mean[i], "mean \(i)")
            expectMean(
                draws.map { ($0[i] - mean[i]) * ($0[j] - mean[j]) }, covariance[i][j], "covariance \(i), \(j)")
        }
        #expect(try prior.sample(7, generator: RandomGenerator(seed: 1)).doubles != draws[0])
    }

    @Test(arguments: forms) func gradientsAreThoseOfDifferences(_ form: SourcePosterior.Form) throws {
        let prior = try prior(form)
        let mean = try Tensor.randn([7, 2, 2], generator: RandomGenerator(seed: 2)).requireGradient()
        let logVariance = try Tensor.randn([7, 2, 2], generator: RandomGenerator(seed: 3)).requireGradient()
        func bound(_ mean: Tensor, _ logVariance: Tensor) throws -> Tensor {
            try prior.bound(
                Normal(mean: mean, logVariance: logVariance), generator: RandomGenerator(seed: 1))
        }
        try bound(mean, logVariance).backward()
        for tensor in [mean, logVariance] {
            let direction = try Tensor.randn([7, 2, 2], generator: RandomGenerator(seed: 5))
            func value(_ step: Float) throws -> Double {
                let moved = try tensor.detached() + direction.scaled(by: step)
                return try tensor === mean
                    ? bound(moved, logVariance.detached()).number() : bound(mean.detached(), moved).number()
            }
            let expected = try (value(0x1p-6) - value(-0x1p-6)) / 0x1p-5
            let found = try (#require(tensor.gradient) * direction).sum().number()
            #expect(abs(found - expected) < 0.01 * max(abs(expected), 10), "\(found), by differences \(expected)")
        }
    }

    /// The kernels of a bank are divided by its scales, and the group has to have the same.
    @Test func layersAreDividedByTheirScales() throws {
        let bank = try KernelBank(snapshots: snapshots(), at: Self.paths)
        let scales = try bank.scales(of: Self.paths)
        let divided = try prior(.isotropic(deviation: 0.5), scalesOf: bank)
        let plain = try prior(.isotropic(deviation: 0.5))
        try expectClose(
            divided.independent.mean.slice(1, 4, 7).scaled(by: scales[1].scale), plain.independent.mean.slice(1, 4, 7),
            "b")
        _ = try PriorGroup(name: "g", layers: scales, prior: divided)
        #expect(
            thrownMessage { _ = try PriorGroup(name: "g", layers: [("a", 1), ("b", 1)], prior: divided) }
                == "prior_group: scale of a is 1.0 (expected \(scales[0].scale), by which its source posterior was "
                + "divided: the same bank for both, or none)")
        #expect(
            thrownMessage { _ = try PriorGroup(name: "g", layers: [("b", 1), ("a", 1)], prior: plain) }
                == "prior_group: layers of 'g' is b, a (expected those of its source posterior, in their order: a, b)")
    }

    /// A posterior that starts at draws of the prior has them at their places, in the units of the weights.
    @Test func aPosteriorStartsAtItsPlaces() throws {
        func layer(_ inputs: Int, _ outputs: Int) throws -> BayesianConvolution {
            try BayesianConvolution(
                ConvolutionSpecification(
                    dimensions: 2, inputChannels: inputs, outputChannels: outputs, kernelSize: [2]),
                generator: RandomGenerator(seed: 1))
        }
        let network = try Sequential([layer(1, 3), layer(2, 2)])
        let states = try snapshots().map { snapshot in
            try ["0.weight": #require(snapshot["a.weight"]), "1.weight": #require(snapshot["b.weight"])]
        }
        let bank = try KernelBank(snapshots: states, at: ["0", "1"])
        // The group's order is not that of the network.
        let order = ["1", "0"]
        let prior = try SourcePosterior(bank, layers: order, form: .isotropic(deviation: 1e-4), scalesOf: bank)
        let group = try PriorGroup(name: "g", layers: bank.scales(of: order), prior: prior)
        try network.startPosterior(mean: .prior(PriorSet([group])), generator: RandomGenerator(seed: 2))
        for (path, layer) in network.bayesianLayers {
            let wanted = try bank.kernels(of: path).reshaped([5] + layer.weight.shape).mean([1])
            let most = zip(layer.weight.values, wanted.values).map { abs($0 - $1) }.max() ?? 1
            #expect(most < 1e-3, "\(path): \(most)")
        }
        let wider = try Sequential([layer(1, 3), layer(2, 3)])
        #expect(
            thrownMessage {
                try wider.startPosterior(mean: .prior(PriorSet([group])), generator: RandomGenerator(seed: 2))
            } == "prior_set: kernels of 1 has shape 4x2x2 (expected 6, as the network has: a source posterior is of "
                + "networks of the same sizes)")
    }

    @Test(arguments: forms) func comesBackFromItsFile(_ form: SourcePosterior.Form) throws {
        let prior = try prior(form)
        let folder = try TemporaryFolder()
        let path = folder.path("priors.safetensors")
        try PriorSet([PriorGroup(name: "g", layers: [("a", 1), ("b", 1)], prior: prior)]).save(to: path)
        let loaded = try #require(try PriorSet.load(from: path).groups.first?.prior as? SourcePosterior)
        let kernels = try Tensor.ones([7, 2, 2])
        #expect(try loaded.logDensity(kernels).number() == prior.logDensity(kernels).number())
        #expect(
            try loaded.sample(7, generator: RandomGenerator(seed: 1)).values
                == prior.sample(7, generator: RandomGenerator(seed: 1)).values)
    }

    /// Snapshots of one run alone have a mean, and all places must be there.
    @Test func refusesWhatHasNoMean() throws {
        let bank = try KernelBank(snapshots: snapshots(), at: Self.paths)
        func twoRuns(dropping row: Int? = nil) throws -> KernelBank {
            try KernelBank(
                kernelShape: [2, 2],
                layers: bank.layers.map { layer in
                    var origins = layer.origins + layer.origins
                    for i in layer.origins.count..<origins.count { origins[i].run = 2 }
                    var rows = Array(1...origins.count)
                    if let row { rows.remove(at: row) }
                    return KernelBank.LayerKernels(
                        path: layer.path,
                        kernels: try Tensor.concatenate([layer.kernels, layer.kernels], dim: 1).indexSelect(1, rows),
                        origins: rows.map { origins[$0 - 1] })
                })
        }
        func message(
            _ bank: KernelBank, _ form: SourcePosterior.Form = .diagonal(least: 0.1), run: Int? = nil
        ) -> String? {
            thrownMessage { _ = try SourcePosterior(bank, layers: ["a", "b"], form: form, run: run) }
        }
        #expect(
            message(try twoRuns())
                == "source_posterior: run is nil (expected one of 1, 2: the weights of different runs have no mean that "
                + "means anything)")
        #expect(message(try twoRuns(), run: 2) == nil)
        #expect(message(try twoRuns(), run: 3) == "select: runs is 3 (expected runs of the bank: 1, 2)")
        #expect(
            message(try twoRuns(dropping: 4), run: 1)
                == "source_posterior: kernels of a is 14 (expected each of 3 places in each of 5 snapshots: a bank "
                + "collected with threshold = 0)")
        let one = try KernelBank(snapshots: snapshots(1), at: Self.paths)
        #expect(message(one, .isotropic(deviation: 1)) == nil)
        for form in [SourcePosterior.Form.isotropic(deviation: nil), .diagonal(least: 0.1), .lowRank(5, least: 0.1)] {
            #expect(
                message(one, form)
                    == "source_posterior: snapshots is 1 (expected 2 or more for the form '\(form.name.rawValue)': one does "
                    + "not tell how far weights move; with a sigma, 'isotropic' needs no more)")
        }
        #expect(
            message(one, .isotropic(deviation: 1e-20))
                == "source_posterior: the logarithm of a variance is -92.1034 (expected from -80 to 80)")
    }

    @Test func aKernelAloneHasNoDensity() throws {
        let prior = try prior(.diagonal(least: 0.1))
        #expect(
            thrownMessage { _ = try prior.sample(3, generator: RandomGenerator(seed: 1)) }
                == "source_posterior: count is 3 (expected 7, the kernels of its layers: they differ from place to place)"
        )
        let kernels = try Tensor.randn([9, 2, 2], generator: RandomGenerator(seed: 1))
        let posterior = try Normal(mean: kernels, logVariance: kernels)
        #expect(
            thrownMessage { _ = try prior.crossEntropy(posterior, generator: RandomGenerator(seed: 1)) }
                == "source_posterior: posterior has shape 9x2x2 (expected 7x2x2, the kernels of its layers)")
        let comparison = try PriorComparison(training: kernels, heldOut: kernels, generator: RandomGenerator(seed: 1))
        #expect(
            thrownMessage { _ = try comparison.measures(of: prior, name: "source") }
                == "compare: prior is SourcePosterior (expected a prior with a density, or a bound, of a kernel wherever it "
                + "stands)")
    }
}
