import Layers
import Support
import Tensors

/// Banks in files that other programs read too: safetensors, with five tensors for each layer, under its path.
///
/// | name | type | shape | |
/// |---|---|---|---|
/// | `PATH` | F32 | n x kernel | the kernels as they are in the networks |
/// | `PATH.norm` | F32 | n | their Euclidean norms |
/// | `PATH.run` | I32 | n | the source run of each, from 1 |
/// | `PATH.snapshot` | I32 | n | the snapshot of that run, from 1 |
/// | `PATH.place` | I32 | n | (output channel - 1) x input channels + input channel, from 1 |
///
/// The file's metadata has "kind" ("kernels") and "configuration", a JSON object: `kernel_shape`, `layers` (the paths
/// in order), `scales` (the root mean square of each layer's weights, by which kernels are standardised) and `dropped`
/// (how many kernels were left out for their norm).
extension KernelBank {
    /// Writes the bank to the file at `path`, which is replaced whole or not at all.
    public func save(to path: String) throws {
        let paths = layers.map(\.path)
        let configuration = Configuration(
            kind: "KernelBank", JSON.Member("kernel_shape", kernelShape.json), JSON.Member("layers", paths.json),
            JSON.Member("scales", try scales(of: paths).map(\.scale).json), JSON.Member("dropped", dropped.json))
        var tensors: [(name: String, tensor: Tensor)] = []
        var integers: Set<String> = []
        for layer in layers {
            tensors.append((layer.path, layer.kernels))
            tensors.append((layer.path + ".norm", try Self.norms(layer.kernels)))
            for (name, field) in Self.fields {
                let numbers = try Tensor(layer.origins.map { Float($0[keyPath: field]) }, shape: [layer.origins.count])
                tensors.append((layer.path + name, numbers))
                integers.insert(layer.path + name)
            }
        }
        try LunetteFile(kind: .kernels, configuration: configuration).write(tensors, integers: integers, to: path)
    }

    /// Reads the bank that the file at `path` holds.
    ///
    /// Throws `FileError` with the path where the file is not a bank's, or where its contents do not fit together: a
    /// missing tensor, an origin that is no number from 1, a norm that is not that of its kernel.
    public static func load(from path: String) throws -> KernelBank {
        let (file, tensors) = try LunetteFile.read(.kernels, path)
        return try inFile(path) { () throws(TensorError) in try bank(file.configuration, tensors) }
    }

    /// The names of a layer's origins in files.
    private static var fields: [(name: String, field: WritableKeyPath<KernelOrigin, Int32>)] {
        [(".run", \.run), (".snapshot", \.snapshot), (".place", \.place)]
    }

    private static func bank(
        _ configuration: Configuration, _ tensors: [String: Tensor]
    ) throws(TensorError) -> KernelBank {
        var layers: [LayerKernels] = []
        for path in try configuration.value("layers", as: [String].self) {
            let kernels = try tensors.required(path)
            var origins = [KernelOrigin](
                repeating: KernelOrigin(run: 1, snapshot: 1, place: 1), count: kernels.shape.first ?? 0)
            for (name, field) in fields {
                let numbers = try tensors.required(path + name)
                try requireOne(path + name, numbers, forEachOf: origins.count)
                for (row, value) in numbers.values.enumerated() {
                    guard let number = Int32(exactly: value), number >= 1 else {
                        throw .argument(
                            operation: "load", parameter: path + name, value: "\(value) for kernel \(row + 1)",
                            expected: "a whole number from 1")
                    }
                    origins[row][keyPath: field] = number
                }
            }
            layers.append(LayerKernels(path: path, kernels: kernels, origins: origins))
        }
        let bank = try KernelBank(
            kernelShape: configuration.value("kernel_shape"), layers: layers,
            dropped: configuration.value("dropped"))
        for layer in bank.layers { try checkNorms(layer, tensors.required(layer.path + ".norm")) }
        return bank
    }

    /// An error where a stored norm is not that of its kernel, as where the weights were damaged.
    private static func checkNorms(_ layer: LayerKernels, _ stored: Tensor) throws(TensorError) {
        let norms = try norms(layer.kernels).values
        try requireOne(layer.path + ".norm", stored, forEachOf: norms.count)
        for (row, (norm, stored)) in zip(norms, stored.values).enumerated()
        where !(abs(norm - stored) <= 1e-4 * norm) {
            throw .argument(
                operation: "load", parameter: layer.path + ".norm", value: "\(stored) for kernel \(row + 1)",
                expected: "\(norm), as its weights say")
        }
    }

    /// An error where `numbers` are not one for each of `count` kernels.
    private static func requireOne(
        _ name: String, _ numbers: Tensor, forEachOf count: Int
    ) throws(TensorError) {
        try require(
            numbers.shape == [count], "load", name, "of shape \(numbers.shape.shapeText)",
            expected: "\(count), a number for each kernel")
    }
}
