import Support
import Tensors

/// Where a kernel of a bank was found; everything counts from 1.
public struct KernelOrigin: Hashable, Sendable {
    /// The training run of the source network.
    public var run: Int32
    /// Which of the run's snapshots.
    public var snapshot: Int32
    /// The place in the layer's weight: (output channel - 1) x input channels + input channel.
    public var place: Int32

    /// Names an origin.
    public init(run: Int32, snapshot: Int32, place: Int32) {
        self.run = run
        self.snapshot = snapshot
        self.place = place
    }
}

/// The kernels of trained networks, by the layer that they come from.
///
/// Layers differ in scale by factors of 2 to 3, so a prior is learnt on kernels divided by their layer's scale, the
/// root of the mean square of its weights.
public struct KernelBank {
    /// The kernels of one layer.
    public struct LayerKernels {
        /// The dotted path of the layer.
        public let path: String
        /// The kernels as they are in the networks, n x `kernelShape`.
        public let kernels: Tensor
        /// Where each kernel was found.
        public let origins: [KernelOrigin]

        /// Names kernels and where they were found.
        public init(path: String, kernels: Tensor, origins: [KernelOrigin]) {
            self.path = path
            self.kernels = kernels
            self.origins = origins
        }
    }

    /// The shape of one kernel.
    public let kernelShape: [Int]
    /// The kernels of each layer.
    public let layers: [LayerKernels]
    /// How many kernels were left out for their small norm when the bank was collected; parts of a bank say 0.
    public let dropped: Int

    /// A bank of the given kernels, of one layer at least: each layer's must be n x `kernelShape` of finite numbers,
    /// with n origins, and no layer comes twice.
    public init(kernelShape: [Int], layers: [LayerKernels], dropped: Int = 0) throws(TensorError) {
        try require(!layers.isEmpty, "kernel_bank", "layers", "empty", expected: "the kernels of a layer")
        var seen: Set<String> = []
        for layer in layers {
            try layer.kernels.requireFinite("kernel_bank", layer.path)
            let shape = layer.kernels.shape
            guard !shape.isEmpty, Array(shape.dropFirst()) == kernelShape, layer.kernels.count > 0 else {
                throw .shape(
                    operation: "kernel_bank", parameter: layer.path, shape: shape,
                    expected: "n x \(kernelShape.shapeText), n of 1 or more")
            }
            try require(
                layer.origins.count == shape[0], "kernel_bank", "origins of \(layer.path)",
                "a list of \(layer.origins.count)", expected: "one for each of \(shape[0]) kernels")
            try require(
                seen.insert(layer.path).inserted, "kernel_bank", "layers", "'\(layer.path)' twice",
                expected: "each layer once")
        }
        self.kernelShape = kernelShape
        self.layers = layers
        self.dropped = dropped
    }

    /// A bank of kernels that nothing more is known of: each counts as the only snapshot of a place of one run.
    public init(_ layers: [(path: String, kernels: Tensor)]) throws(TensorError) {
        // Kernels without elements take no memory of their own, but their origins do.
        for layer in layers {
            try Shape.requireMemory(layer.kernels.shape.first ?? 0, 2 * MemoryLayout<KernelOrigin>.stride)
        }
        try self.init(
            kernelShape: Array(layers.first?.kernels.shape.dropFirst() ?? []),
            layers: layers.map { path, kernels in
                let count = Int32(clamping: kernels.shape.first ?? 0)
                return LayerKernels(
                    path: path, kernels: kernels,
                    origins: (0..<count).map { KernelOrigin(run: 1, snapshot: 1, place: $0 + 1) })
            })
    }

    /// The number of kernels.
    public var count: Int { layers.reduce(0) { $0 + $1.kernels.shape[0] } }

    /// The numbers of the runs from which there are kernels, ascending.
    public var runs: [Int] {
        var found: Set<Int32> = []
        for layer in layers {
            // Kernels of one run follow each other, so only changes of the run are inserted.
            var last: Int32?
            for origin in layer.origins where origin.run != last {
                found.insert(origin.run)
                last = origin.run
            }
        }
        return found.map(Int.init).sorted()
    }

    /// What the bank holds of the layer at `path`.
    public func layer(_ path: String) throws(TensorError) -> LayerKernels {
        guard let layer = layers.first(where: { $0.path == path }) else {
            throw .argument(
                operation: "kernel_bank", parameter: "layer", value: "'\(path)'",
                expected: "one of \(layers.map(\.path).joined(separator: ", "))")
        }
        return layer
    }

    /// The kernels of the layer at `path`.
    public func kernels(of path: String) throws(TensorError) -> Tensor { try layer(path).kernels }

    /// The Euclidean norm of each kernel of the layer at `path`.
    public func norms(of path: String) throws(TensorError) -> Tensor { try Self.norms(kernels(of: path)) }

    /// The Euclidean norms of `kernels`, n x a kernel's shape.
    static func norms(_ kernels: Tensor) throws(TensorError) -> Tensor {
        let rows = try kernels.detached().contiguous()
        let norms = try Tensor(uninitialised: [rows.shape[0]])
        let size = rows.shape.dropFirst().reduce(1, *)
        for row in 0..<rows.shape[0] {
            let kernel = rows.pointer + row * size
            var sum = 0.0
            for i in 0..<size { sum += Double(kernel[i]) * Double(kernel[i]) }
            norms.pointer[row] = Float(sum.squareRoot())
        }
        return norms
    }

    /// The root of the mean square of the weights at `path`; an error where they are all 0.
    public func scale(of path: String) throws(TensorError) -> Float {
        let meanSquare = try kernels(of: path).detached().square().mean().item()
        try require(
            meanSquare > 0 && meanSquare.isFinite, "kernel_bank", "scale of \(path)", meanSquare.squareRoot(),
            expected: "a finite number above 0")
        return meanSquare.squareRoot()
    }

    /// The layers at `paths` with their scales, as a `PriorGroup` takes them.
    public func scales(of paths: [String]) throws(TensorError) -> [(path: String, scale: Float)] {
        try paths.map { path throws(TensorError) in (path, try scale(of: path)) }
    }

    /// The kernels of the layers at `paths`, each divided by its layer's scale: n x `kernelShape`.
    ///
    /// - Parameter bank: The bank by whose scales they are divided, such as the one that this is a part of; by default
    ///   this one.
    public func standardised(_ paths: [String], scalesOf bank: KernelBank? = nil) throws(TensorError) -> Tensor {
        try require(!paths.isEmpty, "kernel_bank", "layers", "empty", expected: "the path of a layer")
        let parts = try (bank ?? self).scales(of: paths).map { path, scale throws(TensorError) in
            try kernels(of: path).scaled(by: 1 / scale)
        }
        return try Tensor.concatenate(parts, dim: 1)
    }

    /// `count` kernels of the layer at `path`, drawn with replacement.
    public func draw(_ count: Int, from path: String, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let kernels = try kernels(of: path)
        return try kernels.indexSelect(1, (0..<max(count, 0)).map { _ in generator.below(kernels.shape[0]) + 1 })
    }
}
