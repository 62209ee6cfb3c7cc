import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite struct KernelBankTests {
    private func network(_ seed: UInt64) throws -> UNet {
        try UNet(.short, channels: [1, 2, 3, 3, 4], generator: RandomGenerator(seed: seed))
    }

    @Test func collectsEveryKernelOfEveryNetwork() throws {
        let networks = try [network(1), network(2)]
        let groups = networks[0].kernelLayers
        let bank = try KernelBank(collecting: groups.flatMap { $0 }, from: [networks])
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
        let bank = try KernelBank(collecting: ["init_conv"], from: [[network]])
        #expect(bank.count == weight.shape[0] * weight.shape[1] - 1)
        #expect(throws: TensorError.self) {
            try KernelBank(collecting: ["init_conv"], from: [[network]], threshold: 1e9)
        }
    }

    @Test func standardisedLayersHaveUnitMeanSquare() throws {
        let network = try network(1)
        let paths = network.kernelLayers[1]
        let bank = try KernelBank(collecting: paths, from: [[network]])
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
        let bank = try KernelBank(collecting: network.kernelLayers[3], from: [[network]])
        let (training, heldOut) = try bank.split(heldOut: 0.25, generator: RandomGenerator(seed: 1))
        for layer in bank.layers {
            let (path, kernels) = (layer.path, layer.kernels)
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
        let other = try self.network(2)
        _ = try GradientMode.disabled { try other.stateDictionary["init_conv.weight"]?.select(1, 2).fill(1e-4) }
        let bank = try KernelBank(collecting: network.kernelLayers[0], from: [[network, other], [other]])
        let path = NSTemporaryDirectory() + "bank-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try bank.save(to: path)
        let loaded = try KernelBank.load(from: path)
        #expect(loaded.kernelShape == [3, 3, 3])
        #expect(loaded.layers.map(\.path) == bank.layers.map(\.path))
        for (a, b) in zip(loaded.layers, bank.layers) {
            #expect(a.kernels.isEqual(to: b.kernels))
            #expect(a.origins == b.origins)
        }
        #expect(loaded.dropped == 2 && bank.dropped == 2)
        #expect(throws: FileError.self) { try PriorSet.load(from: path) }
        #expect(throws: TensorError.self) { try bank.kernels(of: "up9") }
    }

    @Test func runsAndSnapshotsAreKept() throws {
        let networks = try [network(1), network(2), network(3)]
        let bank = try KernelBank(collecting: ["init_conv"], from: [[networks[0], networks[1]], [networks[2]]])
        #expect(bank.runs == [1, 2] && bank.dropped == 0)
        func weight(_ index: Int) throws -> [Float] {
            try #require(networks[index].stateDictionary["init_conv.weight"]).values
        }
        let second = try bank.select(runs: [2])
        #expect(try second.kernels(of: "init_conv").values == weight(2))
        #expect(second.runs == [2])
        let snapshot = try bank.select(runs: [1], snapshots: [2])
        #expect(try snapshot.kernels(of: "init_conv").values == weight(1))
        #expect(snapshot.layers[0].origins.map(\.place) == [1, 2])
        #expect(throws: TensorError.self) { try bank.select(runs: [3]) }
        #expect(throws: TensorError.self) { try bank.select(snapshots: [9]) }
    }

    @Test func snapshotsOfAKernelAreNotSplit() throws {
        let networks = try [network(1), network(2)]
        let paths = ["down1.conv_2.conv.2"]
        let bank = try KernelBank(collecting: paths, from: [networks, networks])
        let (training, heldOut) = try bank.split(heldOut: 0.5, generator: RandomGenerator(seed: 1))
        func places(_ bank: KernelBank) -> Set<[Int32]> { Set(bank.layers[0].origins.map { [$0.run, $0.place] }) }
        #expect(places(training).isDisjoint(with: places(heldOut)))
        #expect(training.count + heldOut.count == bank.count)
    }

    @Test func divergedNetworksAreNamed() throws {
        let network = try network(1)
        _ = try GradientMode.disabled { try network.stateDictionary["init_conv.weight"]?.fill(.nan) }
        let error = #expect(throws: TensorError.self) {
            try KernelBank(collecting: ["init_conv"], from: [[try self.network(2)], [network]])
        }
        #expect(error?.description.contains("weight of init_conv is not finite in snapshot 1 of run 2") == true)
    }

    /// The bank as an initialisation: the same draws for a plain network and for the means of a Bayesian one.
    @Test func initialisesPlainNetworksAsPosteriors() throws {
        let source = try network(1)
        let paths = source.kernelLayers.flatMap { $0 }
        let bank = try KernelBank(collecting: paths, from: [[source]])
        let plain = try UNet(.short, channels: [1, 2, 2, 2, 4], generator: RandomGenerator(seed: 5))
        let before = try #require(plain.stateDictionary["out.conv.2.weight"] ?? plain.stateDictionary["out.weight"])
            .values
        try bank.initialise(plain, generator: RandomGenerator(seed: 6))
        let bayesian = try UNet(
            .short, channels: [1, 2, 2, 2, 4], convolution: bayesianConvolution,
            generator: RandomGenerator(seed: 5))
        try bayesian.startPosterior(mean: .bank(bank), generator: RandomGenerator(seed: 6))
        for path in paths {
            let weight = try #require(plain.stateDictionary[path + ".weight"])
            #expect(weight.isEqual(to: try #require(bayesian.stateDictionary[path + ".weight"])), "\(path)")
            let known = try Set(bank.kernels(of: path).split(1, dim: 1).map(\.values))
            let drawn = try weight.detached().reshaped([-1, 3, 3, 3]).split(1, dim: 1).map(\.values)
            #expect(drawn.allSatisfy { known.contains($0) }, "\(path)")
        }
        #expect((plain.stateDictionary["out.conv.2.weight"] ?? plain.stateDictionary["out.weight"])?.values == before)
        #expect(throws: TensorError.self) {
            try bank.initialise(Sequential([]), generator: RandomGenerator(seed: 1))
        }
    }

    @Test(arguments: [
        ("init_conv.norm", "init_conv.norm is"), ("init_conv.run", "init_conv.run is 0.5 for kernel 1"),
        ("init_conv.place", "init_conv.place is missing"),
    ]) func damagedFilesAreRefused(_ name: String, _ reason: String) throws {
        let bank = try KernelBank(collecting: ["init_conv"], from: [[try network(1)]])
        let path = NSTemporaryDirectory() + "bank-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try bank.save(to: path)
        let (tensors, metadata) = try SafeTensors.read(path)
        var damaged = tensors
        damaged[name] = name.hasSuffix("place") ? nil : try tensors[name]?.detached().fill(0.5)
        try SafeTensors.write(damaged.map { ($0.key, $0.value) }, metadata: metadata, to: path)
        let error = #expect(throws: FileError.self) { try KernelBank.load(from: path) }
        #expect(error?.path == path && error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }
}
