import Layers
import Support
import Tensors

/// Banks in files: the kernels of each layer under its path.
extension KernelBank {
    /// Writes the bank to the file at `path`, which is replaced whole or not at all.
    public func save(to path: String) throws {
        let configuration = Configuration(
            kind: "KernelBank",
            ["kernel_shape": .integers(kernelShape), "layers": .texts(layers.map(\.path))])
        try LunetteFile(kind: .kernels, configuration: configuration)
            .write(layers.map { ($0.path, $0.kernels) }, to: path)
    }

    /// Reads the bank that the file at `path` holds.
    public static func load(from path: String) throws -> KernelBank {
        let (file, tensors) = try LunetteFile.read(.kernels, path)
        do {
            return try bank(file.configuration, tensors)
        } catch let error where error != .interrupted {
            throw FileError(path: path, reason: error.description)
        }
    }

    private static func bank(
        _ configuration: Configuration, _ tensors: [String: Tensor]
    ) throws(TensorError) -> KernelBank {
        var layers: [(path: String, kernels: Tensor)] = []
        for name in try configuration.texts("layers") { layers.append((name, try tensors.required(name))) }
        return try KernelBank(kernelShape: configuration.integers("kernel_shape"), layers: layers)
    }
}
