import Foundation
import Kernels
import Support
import Tensors
import Testing

/// Draws from distributions: their distribution functions, seeds, and what is refused.
@Suite struct RandomDrawsTests {
    private func generator(_ seed: UInt64 = 5) -> RandomGenerator { RandomGenerator(seed: seed) }

    /// The largest distance between the shares of draws that lie below each of them, and those that should.
    private func distance(_ shares: [Float]) -> Double {
        let count = Double(shares.count)
        return shares.sorted().enumerated().map { abs(Double($0.element) - (Double($0.offset) + 0.5) / count) }.max()
            ?? 1
    }

    /// Kolmogorov and Smirnov's limit for 20,000 draws, which one sample in a million passes.
    private let limit = 2.7 / 20_000.squareRoot()

    @Test(arguments: [0.05, 0.6, 1, 3.5, 80, 2e5] as [Float])
    func gammaNumbersFollowTheirDistribution(_ concentration: Float) throws {
        let concentrations = try Tensor.full([20_000], concentration)
        let draws = try concentrations.standardGamma(generator: generator())
        #expect(draws.values.allSatisfy { $0 > 0 && $0.isFinite })
        #expect(distance(try Tensor.gammainc(concentrations, draws).values) < limit)
    }

    @Test func exponentialNumbersFollowTheirDistribution() throws {
        let draws = try Tensor.full([20_000], 4).exponential(generator: generator())
        #expect(draws.values.allSatisfy { $0 > 0 })
        #expect(distance(draws.values.map { Float(-expm1(-4 * Double($0))) }) < limit)
        let rate = try Tensor(2).requireGradient()
        let draw = try rate.exponential(generator: generator())
        try draw.backward()
        #expect(try #require(rate.gradient).item() == -(try draw.item()) / 2)
    }

    @Test func bernoulliNumbersAreNoMask() throws {
        let draws = try Tensor.full([20_000], 0.3).bernoulli(generator: generator())
        #expect(!draws.isMask && draws.values.allSatisfy { $0 == 0 || $0 == 1 })
        #expect(abs(try draws.mean().item() - 0.3) < 0.02)
        #expect(try Tensor([0, 1], shape: [2]).bernoulli(generator: generator()).values == [0, 1])
    }

    @Test(arguments: [false, true])
    func indicesComeAsOftenAsTheirWeightsSay(_ replacement: Bool) throws {
        let weights = try Tensor([0, 1, 3, 0, 4], shape: [1, 5]).expanded(to: [20_000, 5])
        let draws = try weights.multinomial(1, replacement: replacement, generator: generator())
        #expect(draws.shape == [20_000, 1])
        let shares = try draws.histogram(bins: 5, minimum: 0.5, maximum: 5.5).scaled(by: 1 / 20_000).values
        #expect(zip(shares, [0, 0.125, 0.375, 0, 0.5]).allSatisfy { abs($0 - $1) < 0.02 })
        #expect(shares[0] == 0 && shares[3] == 0)
    }

    @Test func withoutReplacementAnIndexComesOnce() throws {
        let draws = try Tensor([1e-38, 0, 1e38, 2], shape: [4]).multinomial(3, generator: generator())
        #expect(draws.values == [3, 4, 1])
    }

    @Test func bitsDependOnNeitherLayoutNorThreads() throws {
        let matrix = try Tensor.arange(1, 30_000).reshaped([300, 100]).scaled(by: 0.001)
        let copy = try matrix.permuted([2, 1]).contiguous().permuted([2, 1])
        let draws = try matrix.standardGamma(generator: generator())
        #expect(draws.isEqual(to: try copy.standardGamma(generator: generator())))
        #expect(try matrix.bernoulliOfShares().isEqual(to: copy.bernoulliOfShares()))
        let threads = ThreadPool.shared.threads
        ThreadPool.shared.threads = 1
        defer { ThreadPool.shared.threads = threads }
        #expect(draws.isEqual(to: try matrix.standardGamma(generator: generator())))
    }

    @Test func whatHasNoDistributionIsRefused() throws {
        let zero = try Tensor([1, 0], shape: [2])
        for body in [
            { try zero.standardGamma(generator: $0) }, { try zero.exponential(generator: $0) },
            { try Tensor(1.5).bernoulli(generator: $0) }, { try Tensor(.nan).bernoulli(generator: $0) },
            { try Tensor.zeros([2]).multinomial(1, generator: $0) }, { try zero.multinomial(2, generator: $0) },
            { try Tensor([.nan, 1], shape: [2]).multinomial(1, generator: $0) },
            { try Tensor([-1, 1], shape: [2]).multinomial(1, generator: $0) },
            { try Tensor(1).multinomial(1, generator: $0) }, { try zero.multinomial(0, generator: $0) },
        ] as [(RandomGenerator) throws -> Tensor] {
            #expect(throws: TensorError.self) { _ = try body(generator()) }
        }
        let parameter = try Tensor(2).requireGradient()
        #expect(throws: TensorError.self) { _ = try Tensor.gammainc(parameter, Tensor(1)) }
        #expect(throws: TensorError.self) { _ = try Tensor.betainc(Tensor(1), parameter, Tensor(0.5)) }
    }
}

extension Tensor {
    fileprivate func bernoulliOfShares() throws -> Tensor {
        try sigmoid().bernoulli(generator: RandomGenerator(seed: 2))
    }
}
