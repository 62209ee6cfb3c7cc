import Foundation
import Inference
import Layers
import Support
import Tensors
import Testing

@Suite struct KernelBankTests {
    private func network(_ seed: UInt64) throws -> UNet {
        try UNet(.short, channels: [1, 2, 3, 3, 4], generator: RandomGenerator(seed: seed))
    }

    @Test func collectsEveryKernelOfEveryNetwork() throws {
        let networks = try [network(1), network(2)]
        let groups = networks[0].kernelLayers
        let bank = try KernelBank(collecting: groups.flatMap { $0 }, from: networks)
        let expected = try groups.flatMap { $0 }.reduce(0) { sum, path in
            let weight = try #require(networks[0].stateDictionary[path + ".weight"])
            return sum + 2 * weight.shape[0] * weight.shape[1]
        }
        #expect(bank.count == expected)
        let weight = try #require(networks[1].stateDictionary["up1.conv_1.conv.2.weight"])
        let kernels = try bank.kernels(of: "up1.conv_1.conv.2")
        #expect(Array(kernels.values.suffix(weight.count)) == weight.values)
    }

    @Test func smallKernelsAreLeftOut() throws {
        let network = try network(1)
        let weight = try #require(network.stateDictionary["init_conv.weight"])
        _ = try GradientMode.disabled { try weight.select(1, 2).fill(1e-4) }
        let bank = try KernelBank(collecting: ["init_conv"], from: [network])
        #expect(bank.count == weight.shape[0] * weight.shape[1] - 1)
        #expect(throws: TensorError.self) { try KernelBank(collecting: ["init_conv"], from: [network], threshold: 1e9) }
    }

    @Test func standardisedLayersHaveUnitMeanSquare() throws {
        let network = try network(1)
        let paths = network.kernelLayers[1]
        let bank = try KernelBank(collecting: paths, from: [network])
        let kernels = try bank.standardised(paths)
        var start = 1
        for path in paths {
            let count = try bank.kernels(of: path).shape[0]
            let part = try kernels.slice(1, start, start + count - 1)
            #expect(abs(try part.square().mean().number() - 1) < 1e-4, "\(path)")
            try expectClose(part.scaled(by: bank.scale(of: path)), bank.kernels(of: path), path)
            start += count
        }
    }

    @Test func splitKeepsEveryKernelOnce() throws {
        let network = try network(1)
        let bank = try KernelBank(collecting: network.kernelLayers[3], from: [network])
        let (training, heldOut) = try bank.split(heldOut: 0.25, generator: RandomGenerator(seed: 1))
        for (path, kernels) in bank.layers {
            func set(_ bank: KernelBank) throws -> Set<[Float]> {
                try Set(bank.kernels(of: path).split(1, dim: 1).map(\.values))
            }
            let (first, second) = (try set(training), try set(heldOut))
            #expect(first.isDisjoint(with: second))
            #expect(first.count + second.count == kernels.shape[0])
            #expect(second.count == max(1, kernels.shape[0] / 4))
        }
        #expect(throws: TensorError.self) { try bank.split(heldOut: 1, generator: RandomGenerator(seed: 1)) }
    }

    @Test func comesBackFromItsFile() throws {
        let network = try network(1)
        let bank = try KernelBank(collecting: network.kernelLayers[0], from: [network])
        let path = NSTemporaryDirectory() + "bank-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try bank.save(to: path)
        let loaded = try KernelBank.load(from: path)
        #expect(loaded.kernelShape == [3, 3, 3])
        #expect(loaded.layers.map(\.path) == bank.layers.map(\.path))
        for (a, b) in zip(loaded.layers, bank.layers) { #expect(a.kernels.values == b.kernels.values) }
        #expect(throws: FileError.self) { try PriorSet.load(from: path) }
        #expect(throws: TensorError.self) { try bank.kernels(of: "up9") }
    }

    /// Initialisation noise has the uniform's kurtosis and no structure; smooth kernels have some.
    @Test func structureTellsNoiseFromKernels() throws {
        let generator = RandomGenerator(seed: 61)
        let noise = try Tensor.rand([3000, 3, 3, 3], generator: generator).offset(by: -0.5)
        let flat = try KernelStructure(
            noise, heldOut: Tensor.rand([500, 3, 3, 3], generator: generator).offset(by: -0.5))
        #expect(abs(flat.kurtosis - 1.8) < 0.02)
        #expect(flat.gain < 0.5)
        // The sum of one number for the whole kernel and one for each weight: correlation 1/2, log determinant
        // log((1/2)^27 x 28) against 0.
        func smooth(_ count: Int) throws -> Tensor {
            try Tensor.randn([count, 3, 3, 3], generator: generator)
                + Tensor.randn([count, 1, 1, 1], generator: generator)
        }
        let structured = try KernelStructure(smooth(3000), heldOut: smooth(5000))
        #expect(abs(structured.kurtosis - 3) < 0.2)
        #expect(abs(structured.gain - 0.5 * (27 * log(2) - log(28))) < 0.5)
    }
}
