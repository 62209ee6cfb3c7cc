import Foundation
import Inference
import Layers
import Support
import Tensors
import Testing

@Suite struct KernelVAETrainingTests {
    /// Kernels along one direction, with little noise: an autoencoder of one code can learn them.
    private func bank(_ count: Int, seed: UInt64) throws -> Tensor {
        let generator = RandomGenerator(seed: seed)
        let shape = try Tensor.randn([1, 7, 7], generator: RandomGenerator(seed: 81))
        return try shape * Tensor.randn([count, 1, 1], generator: generator)
            + Tensor.randn([count, 7, 7], generator: generator).scaled(by: 0.1)
    }

    private func autoencoder() throws -> KernelVAE {
        try KernelVAE(
            KernelArchitecture(.size7x7, latentSize: 1, hiddenChannels: 4), generator: RandomGenerator(seed: 82))
    }

    @Test func learnsMoreThanIndependentGaussians() throws {
        let autoencoder = try autoencoder()
        let (kernels, test) = (try bank(600, seed: 83), try bank(200, seed: 84))
        let training = KernelVAETraining(epochs: 30, batchSize: 32, learningRate: 1e-2)
        var numbers: [Int] = []
        let best = try training.train(autoencoder, on: kernels, generator: RandomGenerator(seed: 85)) { epoch in
            numbers.append(epoch.number)
        }
        #expect(numbers == Array(1...30))
        let independent = try Normal(fitting: kernels).logProbability(test).mean().number()
        let bound = try autoencoder.meanBound(test, generator: RandomGenerator(seed: 86))
        #expect(bound > independent + 5, "\(bound) and \(independent), best \(best)")
    }

    @Test func theSameSeedGivesTheSameParametersWithAnyNumberOfThreads() throws {
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        func trained(_ threads: Int) throws -> [[Float]] {
            ThreadPool.shared.threads = threads
            let autoencoder = try autoencoder()
            try KernelVAETraining(epochs: 2).train(
                autoencoder, on: bank(200, seed: 83), generator: RandomGenerator(seed: 1))
            return autoencoder.namedParameters.map(\.tensor.values)
        }
        let one = try trained(1)
        #expect(try trained(1) == one)
        #expect(try trained(3) == one)
    }

    @Test func theBestEpochIsKept() throws {
        let autoencoder = try autoencoder()
        var bounds: [Double] = []
        let training = KernelVAETraining(epochs: 8, batchSize: 16, learningRate: 0.02)
        let best = try training.train(autoencoder, on: bank(100, seed: 83), generator: RandomGenerator(seed: 1)) {
            epoch in
            bounds.append(epoch.heldOutBound ?? .nan)
        }
        #expect(best.heldOutBound == bounds.max())
    }

    /// Few kernels, which are soon known by heart: the training ends `patience` epochs after the best one, which is
    /// kept, and goes on from each of its states to the same bits.
    @Test func patienceEndsTheTraining() throws {
        let kernels = try Tensor.randn([40, 7, 7], generator: RandomGenerator(seed: 5))
        let training = KernelVAETraining(epochs: 300, batchSize: 16, learningRate: 0.02, patience: 5)
        let whole = try autoencoder()
        var bounds: [Double] = []
        let best = try training.train(whole, on: kernels, generator: RandomGenerator(seed: 1)) { epoch in
            bounds.append(epoch.heldOutBound ?? .nan)
        }
        #expect(bounds.count < 300 && bounds.count == best.number + 5)
        #expect(best.heldOutBound == bounds.max() && bounds[best.number - 1] == bounds.max())
        for done in [1, best.number, bounds.count - 1, bounds.count] {
            let drawn = RandomGenerator(seed: 1)
            let run = try training.start(autoencoder(), on: kernels, generator: drawn)
            for _ in 0..<done { _ = try run.epoch() }
            let (second, again) = (try autoencoder(), RandomGenerator(seed: 99))
            let resumed = try training.start(second, on: kernels, generator: again)
            try resumed.load(run.state)
            again.restore(seed: drawn.seed, counter: drawn.counter)
            while !resumed.isFinished { _ = try resumed.epoch() }
            #expect(resumed.epochsDone == bounds.count)
            #expect(try resumed.finish().number == best.number)
            let same = second.namedParameters.map(\.tensor.values) == whole.namedParameters.map(\.tensor.values)
            #expect(same)
            #expect(throws: TensorError.self) { try resumed.epoch() }
        }
    }

    /// Kernels of their own choose the epoch; all others are trained on.
    @Test func otherKernelsCanChooseTheEpoch() throws {
        let (kernels, others) = (try bank(60, seed: 83), try bank(30, seed: 84))
        let (autoencoder, training) = (try autoencoder(), KernelVAETraining(epochs: 4, batchSize: 32))
        let run = try training.start(
            autoencoder, on: kernels, validation: others, generator: RandomGenerator(seed: 1))
        while !run.isFinished { _ = try run.epoch() }
        let normals = try Normal(fitting: kernels).logProbability(others).mean().number()
        let found = try #require(try run.independentNormals())
        #expect(abs(Double(normals) - found) < 1e-5)
        let state = run.state
        for count in [20, 30] {
            let other = try training.start(
                self.autoencoder(), on: kernels, validation: others.slice(1, 1, count),
                generator: RandomGenerator(seed: 2))
            if count == 30 {
                try other.load(state)
                #expect(try other.finish().heldOutBound == run.finish().heldOutBound)
            } else {
                #expect(throws: TensorError.self) { try other.load(state) }
            }
        }
    }

    /// 128 kernels of noise, four snapshots of each 32: trained on and on, an autoencoder knows them by heart and is
    /// wrong on others by hundreds of nats. The least variance bounds that, and with kernels that resemble none of them
    /// to choose the epoch by it is worth what independent normals are.
    @Test func fewKernelsAreNotLearntByHeart() throws {
        let generator = RandomGenerator(seed: 11)
        let places = try Tensor.randn([32, 3, 3, 3], generator: generator)
        var snapshots: [Tensor] = []
        for _ in 0..<4 {
            snapshots.append(try places + Tensor.randn([32, 3, 3, 3], generator: generator).scaled(by: 0.05))
        }
        let kernels = try Tensor.concatenate(snapshots, dim: 1)
        let others = try Tensor.randn([30, 3, 3, 3], generator: generator)
        let test = try Tensor.randn([400, 3, 3, 3], generator: generator)
        let normals = try Double(Normal(fitting: kernels).logProbability(test).mean().number())
        func bound(_ training: KernelVAETraining, choosing: Tensor? = nil) throws -> Double {
            let autoencoder = try KernelVAE(
                KernelArchitecture(.size3x3x3, hiddenChannels: 16), generator: RandomGenerator(seed: 13))
            try training.train(autoencoder, on: kernels, validation: choosing, generator: RandomGenerator(seed: 14))
            return try autoencoder.meanBound(test, generator: RandomGenerator(seed: 15))
        }
        func training(patience: Int = 0, minimumVariance: Double) -> KernelVAETraining {
            KernelVAETraining(
                epochs: 150, batchSize: 32, learningRate: 4e-3, heldOut: 0, patience: patience,
                minimumVariance: minimumVariance)
        }
        let byHeart = try bound(training(minimumVariance: 0))
        let limited = try bound(training(minimumVariance: 0.05))
        let chosen = try bound(training(patience: 20, minimumVariance: 0.05), choosing: others)
        #expect(byHeart < 10 * normals && limited > byHeart / 2, "\(byHeart), \(limited)")
        #expect(chosen > normals - 1, "\(chosen), normals \(normals)")
    }

    @Test(arguments: [
        ("patience", -1, 0.05), ("min_variance", 0, -0.1), ("min_variance", 0, .nan), ("min_variance", 0, 2),
    ])
    func refusesWrongSettings(name: String, patience: Int, minimum: Double) throws {
        let training = KernelVAETraining(epochs: 1, patience: patience, minimumVariance: minimum)
        do {
            _ = try training.start(autoencoder(), on: bank(20, seed: 83), generator: RandomGenerator(seed: 1))
            Issue.record("nothing thrown")
        } catch {
            #expect("\(error)".contains(name))
        }
    }

    @Test func progressCanStopTheTraining() throws {
        let autoencoder = try autoencoder()
        #expect(throws: TensorError.interrupted) {
            try KernelVAETraining(epochs: 100).train(
                autoencoder, on: bank(50, seed: 83), generator: RandomGenerator(seed: 1)
            ) { epoch throws(TensorError) in
                if epoch.number == 2 { throw .interrupted }
            }
        }
    }

    @Test(arguments: [0, 1, 3, 5, 6], [0, 0.1])
    func goesOnFromAStateToTheSameBits(_ done: Int, _ heldOut: Double) throws {
        let training = KernelVAETraining(epochs: 6, batchSize: 32, learningRate: 0.02, heldOut: heldOut)
        let kernels = try bank(100, seed: 83)
        let (whole, generator) = (try autoencoder(), RandomGenerator(seed: 1))
        let best = try training.train(whole, on: kernels, generator: generator)

        let (first, second) = (try autoencoder(), try autoencoder())
        let drawn = RandomGenerator(seed: 1)
        let run = try training.start(first, on: kernels, generator: drawn)
        for _ in 0..<done { _ = try run.epoch() }
        // Another division and other parameters, which the state replaces.
        let again = RandomGenerator(seed: 99)
        let resumed = try training.start(second, on: kernels, generator: again)
        _ = try resumed.epoch()
        try resumed.load(run.state)
        again.restore(seed: drawn.seed, counter: drawn.counter)
        #expect(resumed.epochsDone == done)
        while !resumed.isFinished { _ = try resumed.epoch() }
        let kept = try resumed.finish()
        #expect(kept.number == best.number && kept.trainingBound == best.trainingBound)
        #expect(kept.heldOutBound == best.heldOutBound)
        let same = second.namedParameters.map(\.tensor.values) == whole.namedParameters.map(\.tensor.values)
        #expect(same)
        #expect(throws: TensorError.self) { try resumed.epoch() }
    }

    @Test func refusesTheStateOfAnotherTraining() throws {
        let kernels = try bank(40, seed: 83)
        let generator = RandomGenerator(seed: 1)
        let run = try KernelVAETraining(epochs: 2).start(autoencoder(), on: kernels, generator: generator)
        _ = try run.epoch()
        let autoencoder = try autoencoder()
        let before = autoencoder.namedParameters.map(\.tensor.values)
        func refusal(_ state: TrainingState, _ epochs: Int = 2, kernels count: Int = 40) throws -> String? {
            let other = try KernelVAETraining(epochs: epochs).start(
                autoencoder, on: kernels.slice(1, 1, count), generator: generator)
            do { try other.load(state) } catch { return "\(error)" }
            return nil
        }
        #expect(try refusal(run.state, 3) == "train_vae: epochs is 2 (expected 3)")
        #expect(try refusal(run.state, kernels: 30) == "train_vae: kernels is 40 (expected 30)")
        var broken = run.state
        broken.tensors["parameters/\(autoencoder.namedParameters[0].name)"] = try Tensor.zeros([1])
        #expect(try refusal(broken)?.contains("has shape 1") == true)
        broken = run.state
        let memory = try #require(broken.tensors.keys.sorted().first { $0.hasPrefix("optimizer/") })
        broken.tensors[memory] = nil
        #expect(try refusal(broken)?.contains("exp_avg") == true)
        let same = autoencoder.namedParameters.map(\.tensor.values) == before
        #expect(same)
    }

    @Test func refusesWhatDoesNotFit() throws {
        let autoencoder = try autoencoder()
        let generator = RandomGenerator(seed: 1)
        let kernels = try bank(20, seed: 83)
        #expect(throws: TensorError.self) {
            try KernelVAETraining(epochs: 1).train(autoencoder, on: Tensor.zeros([20, 5, 5]), generator: generator)
        }
        #expect(throws: TensorError.self) {
            try KernelVAETraining(epochs: 0).train(autoencoder, on: kernels, generator: generator)
        }
        #expect(throws: TensorError.self) {
            try KernelVAETraining(epochs: 1, heldOut: 1).train(autoencoder, on: kernels, generator: generator)
        }
        let broken = try kernels.scaled(by: .infinity)
        #expect(throws: TensorError.self) {
            try KernelVAETraining(epochs: 1).train(autoencoder, on: broken, generator: generator)
        }
    }
}
