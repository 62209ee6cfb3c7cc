import Foundation
import Inference
import Support
import Tensors
import Testing

/// The 7x7 kernels that the authors of the deep weight prior published, where they are there.
@Suite struct PublishedKernelsTests {
    private static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/shared/data/kernels/"

    private static let isThere = FileManager.default.fileExists(atPath: folder + "conv7x7_train.npy")

    /// Minutes long: asked for by name.
    private static let isLong = ProcessInfo.processInfo.environment["LUNETTE_LONG_TESTS"] != nil

    private let training: Tensor
    private let test: Tensor

    init() throws {
        training = try NumPyFile.read(Self.folder + "conv7x7_train.npy").reshaped([-1, 7, 7])
        test = try NumPyFile.read(Self.folder + "conv7x7_test.npy").reshaped([-1, 7, 7])
    }

    /// Values computed in double precision: 9.1746 and 91.828 nats a kernel.
    @Test(.enabled(if: isThere)) func gaussiansReachTheKnownDensities() throws {
        let independent = try Normal(fitting: training).logProbability(test).mean().number()
        let full = try FullCovarianceGaussian(fitting: training, shrinkage: 0).logProbability(test).mean().number()
        #expect(abs(independent - 9.1746) < 1e-3)
        #expect(abs(full - 91.828) < 5e-3)
    }

    @Test(.enabled(if: isThere)) func theKernelsHaveStructure() throws {
        for kernels in [training, test] {
            let found = try KernelBank([("conv1", kernels)]).diagnose()
            #expect(found.verdict == .structure, "\(found.summary)")
            #expect(found.gain > 30)
        }
    }

    @Test(.enabled(if: isThere && isLong)) func theAutoencoderLearnsThePrior() throws {
        let autoencoder = try KernelVAE(KernelArchitecture(.size7x7), generator: RandomGenerator(seed: 1))
        try KernelVAETraining(learningRate: 3e-3).train(
            autoencoder, on: training, generator: RandomGenerator(seed: 2))
        let generator = RandomGenerator(seed: 3)
        let bounds = try (0..<20).map { _ in try autoencoder.meanBound(test, generator: generator) }
        #expect(meanAndError(bounds).mean > 45, "\(meanAndError(bounds))")
    }
}
