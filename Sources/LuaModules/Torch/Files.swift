import LuaBridge
import Support
import Tensors

/// Files of tensors: .npy holds one, .npz and .safetensors hold several by name.
extension LuaModule {
    private static let path = Parameter(
        "path", Path.self, "a file; .npy holds one tensor, .npz and .safetensors hold several")

    static let torchFiles = [
        LuaFunction(
            "save", "Writes tensors to a file, whole or not at all.",
            Parameter(
                "tensors", LuaEither<Tensor, [String: Tensor]>.self, "a table of names and tensors; a tensor for .npy"),
            path, Option("metadata", [String: String].self, default: [:], "texts kept in a .safetensors file"),
            example: """
                local path = os.tmpname(); torch.save({a = torch.ones(2)}, path .. ".safetensors"); \
                os.remove(path .. ".safetensors"); os.remove(path)
                """
        ) { tensors, path, metadata in try TensorFile(path.text).write(tensors, metadata: metadata) },
        LuaFunction.variable(
            "load", "Reads the tensors of a file.", path,
            returns: "a table of names and tensors and a table of metadata; of .npy the tensor alone",
            example: """
                local path = os.tmpname(); local file = path .. ".npy"; torch.save(torch.ones(2), file); \
                assert(torch.load(file):sum():item() == 2); os.remove(file); os.remove(path)
                """
        ) { path in try TensorFile(path.text).read() },
    ]
}

extension Tensor {
    static let luaFiles = [
        LuaFunction(
            "save", "Writes the tensor to a .npy file, whole or not at all.", this,
            Parameter("path", Path.self, "the file, of the ending .npy"),
            example: """
                local path = os.tmpname(); torch.ones(2):save(path .. ".npy"); os.remove(path .. ".npy"); os.remove(path)
                """
        ) { tensor, path in try TensorFile(path.text).write(.first(tensor), metadata: [:]) }
    ]
}

/// A file of tensors, whose format its ending names.
private struct TensorFile {
    private enum Format: String, CaseIterable { case npy, npz, safetensors }
    private let path: String
    private let format: Format

    init(_ path: String) throws {
        guard let format = Format.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else {
            throw LuaArgumentError(
                "path", "a file of the ending .safetensors, .npz or .npy expected, got '\(path.shown)'")
        }
        (self.path, self.format) = (path, format)
    }

    func write(_ tensors: LuaEither<Tensor, [String: Tensor]>, metadata: [String: String]) throws {
        switch (tensors, format) {
        case (.first(let tensor), .npy): try NumPyFile.write(tensor, to: path)
        case (.second(let table), .npz): try NumPyArchive.write(sorted(table), to: path)
        case (.second(let table), .safetensors):
            try SafeTensors.write(sorted(table), metadata: metadata, to: path)
        case (.first, _):
            throw LuaArgumentError("path", "an .npy file expected for a single tensor, got '\(path.shown)'")
        case (.second, .npy):
            throw LuaArgumentError("tensors", "a single tensor expected for an .npy file, got a table")
        }
    }

    func read() throws -> LuaResults {
        switch format {
        case .npy: return LuaResults([try NumPyFile.read(path)])
        case .npz:
            return LuaResults([Dictionary(try NumPyArchive.read(path).map { ($0.name, $0.tensor) }) { _, last in last }]
            )
        case .safetensors:
            let file = try SafeTensors.read(path)
            return LuaResults([file.tensors, file.metadata])
        }
    }

    private func sorted(_ table: [String: Tensor]) -> [(name: String, tensor: Tensor)] {
        table.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
    }
}
