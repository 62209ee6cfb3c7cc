import Layers
import Support
import Tensors

/// Collects banks from networks, and initialises networks from banks.
extension KernelBank {
    /// Collects the kernels of the layers at `paths`: one for each output and input channel of each network.
    ///
    /// - Parameters:
    ///   - runs: The networks by training run, the snapshots of a run in their order. Snapshots of one run resemble
    ///     each other, and only another run can tell whether what they have in common is more than their common start.
    ///   - threshold: Kernels of a smaller Euclidean norm are left out. By default the published 0.01 in 3D, 0.1 for
    ///     7x7, 0.05 for other 2D kernels.
    public init(
        collecting paths: [String], from runs: [[any Layer]], threshold: Float? = nil
    ) throws(TensorError) {
        try require(
            !paths.isEmpty && runs.contains(where: { !$0.isEmpty }), "kernel_bank",
            paths.isEmpty ? "layers" : "networks", "empty", expected: "at least one")
        var layers: [LayerKernels] = []
        var dropped = 0
        for path in paths {
            var parts: [Tensor] = []
            var origins: [KernelOrigin] = []
            for (run, networks) in runs.enumerated() {
                for (snapshot, network) in networks.enumerated() {
                    let kernels = try Self.kernels(of: network, at: path)
                    let places = try Self.places(kernels, of: path, threshold: threshold, run, snapshot)
                    dropped += kernels.shape[0] - places.count
                    parts.append(
                        places.count == kernels.shape[0] ? kernels : try kernels.indexSelect(1, places))
                    origins += places.map {
                        KernelOrigin(
                            run: Int32(clamping: run + 1), snapshot: Int32(clamping: snapshot + 1),
                            place: Int32(clamping: $0))
                    }
                }
            }
            try require(
                !origins.isEmpty, "kernel_bank", "threshold", threshold.map { "\($0)" } ?? "the default",
                expected: "a norm that some kernel of \(path) reaches")
            // Joining copies, so that a network that is trained further does not change the bank.
            layers.append(
                LayerKernels(path: path, kernels: try Tensor.concatenate(parts, dim: 1), origins: origins))
        }
        try self.init(
            kernelShape: Array(layers.first?.kernels.shape.dropFirst() ?? []), layers: layers, dropped: dropped)
    }

    /// Replaces the kernels of each layer of `network` that the bank has by the bank's kernels of that layer, drawn
    /// with replacement: the bank as an initialisation, without any prior. Other parameters stay.
    ///
    /// The numbers of channels may differ from the source network's; every layer of the bank must be in `network`.
    public func initialise(_ network: any Layer, generator: RandomGenerator) throws(TensorError) {
        for layer in layers { _ = try Self.kernels(of: network, at: layer.path) }
        let own = Set(layers.map(\.path))
        for (path, layer) in network.namedLayers where own.contains(path) {
            guard let weight = layer.kernelWeight else { continue }
            let drawn = try draw(weight.shape[0] * weight.shape[1], from: path, generator: generator)
            try GradientMode.disabled { () throws(TensorError) in
                _ = try weight.assign(drawn.reshaped(weight.shape))
            }
        }
    }

    /// The kernels of the layer at `path`, n x a kernel's shape; a view of its weight where that is possible.
    private static func kernels(of network: any Layer, at path: String) throws(TensorError) -> Tensor {
        guard let weight = try network.layer(at: path).kernelWeight else {
            throw .argument(
                operation: "kernel_bank", parameter: "paths", value: "'\(path)'",
                expected: "a layer with convolution kernels")
        }
        return try weight.detached().reshaped([-1] + Array(weight.shape.dropFirst(2)))
    }

    /// The indices from 1 of the kernels whose norm reaches the threshold.
    private static func places(
        _ kernels: Tensor, of path: String, threshold: Float?, _ run: Int, _ snapshot: Int
    ) throws(TensorError) -> [Int] {
        let shape = Array(kernels.shape.dropFirst())
        let limit = threshold ?? (shape.count == 3 ? 0.01 : shape == [7, 7] ? 0.1 : 0.05)
        let norms = try norms(kernels).values
        try require(
            norms.allSatisfy(\.isFinite), "kernel_bank", "weight of \(path)",
            "not finite in snapshot \(snapshot + 1) of run \(run + 1)",
            expected: "networks whose training did not diverge")
        return norms.indices.filter { norms[$0] >= limit }.map { $0 + 1 }
    }
}

extension Layer {
    /// The weight of a convolution of 2 or 3 dimensions; nil for other layers.
    fileprivate var kernelWeight: Tensor? {
        parameters.first { $0.name == "weight" && $0.tensor.rank > 3 }?.tensor
    }
}
