import Foundation
import Inference
import Support
import Tensors
import Testing

@Suite struct KernelDiagnosisTests {
    enum Noise: String, CaseIterable, Sendable {
        case uniform, normal

        func kernels(_ count: Int, _ generator: RandomGenerator) throws -> Tensor {
            switch self {
            case .uniform: try Tensor.rand([count, 3, 3, 3], generator: generator).offset(by: -0.5).scaled(by: 0.2)
            case .normal: try Tensor.randn([count, 3, 3, 3], generator: generator).scaled(by: 0.02)
            }
        }

        var kurtosis: Double { self == .uniform ? 1.8 : 3 }
    }

    /// One number for the whole kernel and one for each weight: any two weights have the correlation 1/2.
    private func smooth(_ count: Int, _ generator: RandomGenerator) throws -> Tensor {
        try Tensor.randn([count, 3, 3, 3], generator: generator) + Tensor.randn([count, 1, 1, 1], generator: generator)
    }

    /// A bank of one layer whose kernels are divided among `runs`, each with `snapshots` equal snapshots.
    private func bank(_ kernels: Tensor, runs: Int, snapshots: Int = 1) throws -> KernelBank {
        let places = kernels.shape[0] / runs
        var rows: [Int] = []
        var origins: [KernelOrigin] = []
        for run in 0..<runs {
            for snapshot in 1...snapshots {
                for place in 1...places {
                    rows.append(run * places + place)
                    origins.append(
                        KernelOrigin(run: Int32(run + 1), snapshot: Int32(snapshot), place: Int32(place)))
                }
            }
        }
        let layer = KernelBank.LayerKernels(
            path: "conv", kernels: try kernels.indexSelect(1, rows), origins: origins)
        return try KernelBank(kernelShape: Array(kernels.shape.dropFirst()), layers: [layer])
    }

    @Test(arguments: Noise.allCases, [100, 1000, 10000]) func noiseIsCalledNoise(_ noise: Noise, _ count: Int) throws {
        for seed in 1...8 {
            let kernels = try noise.kernels(count, RandomGenerator(seed: UInt64(seed)))
            for runs in [1, 2, 5] {
                // Snapshots that only repeat the kernels must not pass for evidence.
                let found = try bank(kernels, runs: runs, snapshots: runs == 1 ? 3 : 1).diagnose()
                #expect(found.verdict == .initialisationNoise, "seed \(seed), \(found.summary)")
                #expect(abs(found.gain) < 0.3, "seed \(seed), \(found.summary)")
                #expect(abs(found.kurtosis - noise.kurtosis) < (count > 500 ? 0.15 : 0.5))
                let spread = 1 / (351.0 * Double(max(runs * (runs - 1) / 2, 1))).squareRoot()
                #expect(abs(found.agreement ?? 0) < 5 * spread)
                #expect((found.agreement == nil) == (runs == 1))
            }
        }
    }

    @Test(arguments: [100, 1000, 10000]) func smoothKernelsAreStructure(_ count: Int) throws {
        for seed in 1...5 {
            let kernels = try smooth(count, RandomGenerator(seed: UInt64(seed)))
            for runs in [1, 2, 4] {
                let found = try bank(kernels, runs: runs).diagnose()
                #expect(found.verdict == .structure, "seed \(seed), \(found.summary)")
            }
        }
    }

    /// The log determinant of the correlations is log((1/2)^27 x 28).
    @Test func measuresAreTheKnownOnes() throws {
        let kernels = try smooth(20000, RandomGenerator(seed: 3))
        let found = try bank(kernels, runs: 2).diagnose()
        let expected = 0.5 * (27 * log(2) - log(28))
        #expect(abs(found.gain - expected) < 4 * found.gainError + 0.05, "\(found.summary)")
        for correlation in found.neighbourCorrelation { #expect(abs(correlation - 0.5) < 0.03) }
        #expect(found.neighbourCorrelation.count == 3)
        #expect(found.agreement ?? 0 > 0.99)
        #expect(found.meanShare < 0.001)
        #expect(abs(found.kurtosis - 3) < 0.1)
        // Independent normals of variance 1, the scale being that of the layer.
        #expect(abs(found.independent + 0.5 * 27 * (log(2 * Double.pi) + 1)) < 0.2)
        #expect(abs(found.fullCovariance - found.independent - found.gain) < 1e-12)
    }

    @Test func errorCountsSnapshotsOnce() throws {
        let kernels = try smooth(600, RandomGenerator(seed: 4))
        let (one, ten) = (try bank(kernels, runs: 2).diagnose(), try bank(kernels, runs: 2, snapshots: 10).diagnose())
        #expect(abs(one.gain - ten.gain) < 1e-6 && abs(one.gainError - ten.gainError) < 1e-6)
        #expect(ten.count == 10 * one.count)
    }

    /// Neighbours along the width only; a mean kernel that is smooth along it.
    @Test func axesAreTold() throws {
        let generator = RandomGenerator(seed: 5)
        let rows = try Tensor.randn([4000, 3, 3, 1], generator: generator)
        let mean = try Tensor([-1, 0, 1], shape: [1, 1, 1, 3])
        let kernels = try Tensor.randn([4000, 3, 3, 3], generator: generator) + rows + mean
        let found = try bank(kernels, runs: 2).diagnose()
        let expected = [0, 0, 0.5]
        for (a, b) in zip(found.neighbourCorrelation, expected) { #expect(abs(a - b) < 0.05, "\(found.summary)") }
        // Variance 2 and a mean square of 2/3.
        #expect(abs(found.meanShare - 0.25) < 0.02)
        // Equal along two axes, -1 0 1 along the third: (18 x 1 + 18 x 1 + 18 x 0) / 54.
        #expect(abs(found.meanCorrelation - 2.0 / 3) < 0.1)
    }

    @Test func runsThatDisagreeHaveNoStructureInCommon() throws {
        let generator = RandomGenerator(seed: 6)
        let first = try Tensor.randn([500, 3, 3, 3], generator: generator)
        let depth = try Tensor.randn([500, 1, 3, 3], generator: generator)
        let width = try Tensor.randn([500, 3, 3, 1], generator: generator)
        let kernels = try Tensor.concatenate([first + depth.scaled(by: 3), first + width.scaled(by: 3)], dim: 1)
        let found = try bank(kernels, runs: 2).diagnose()
        #expect(found.verdict == .initialisationNoise, "\(found.summary)")
        #expect(abs(found.agreement ?? 1) < 0.25)
    }

    @Test func theThreadsDoNotMatter() throws {
        let kernels = try smooth(20000, RandomGenerator(seed: 7))
        let bank = try bank(kernels, runs: 2)
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        ThreadPool.shared.threads = 1
        let alone = try bank.diagnose()
        ThreadPool.shared.threads = 3
        #expect(try bank.diagnose() == alone)
    }

    @Test func refusesWhatCannotBeJudged() throws {
        let few = try KernelBank([("conv", Tensor.randn([19, 3, 3], generator: RandomGenerator(seed: 1)))])
        #expect(
            (#expect(throws: TensorError.self) { try few.diagnose() })?.description
                == "diagnose: layers is 19 independent kernels (expected 20 or more)")
        let constant = try KernelBank([("conv", Tensor.ones([40, 3, 3]))])
        #expect(
            (#expect(throws: TensorError.self) { try constant.diagnose() })?.description
                == "diagnose: kernels is the same in one of their weights (expected weights that vary in every run)")
        #expect(throws: TensorError.self) { try few.diagnose(["other"]) }
    }
}
