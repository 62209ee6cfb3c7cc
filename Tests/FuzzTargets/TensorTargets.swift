import Layers
import Support
import Tensors

extension FuzzTarget {
    /// Tensors in files, and networks, whose configuration is in the metadata.
    static let tensors = [
        FuzzTarget("safetensors") { bytes, folder in
            _ = try SafeTensors.read(write(bytes, to: "raw.safetensors", in: folder))
        },
        // The header's text up to a line feed, then the numbers: its length is right, whatever is in it.
        FuzzTarget("safetensors-header") { bytes, folder in
            let header = bytes.prefix { $0 != 0x0A }
            let whole = safeTensors(header: header, data: bytes.dropFirst(header.count + 1))
            let (tensors, metadata) = try SafeTensors.read(write(whole, to: "header.safetensors", in: folder))
            let copy = "\(folder)/copy.safetensors"
            try SafeTensors.write(tensors.map { (name: $0.key, tensor: $0.value) }, metadata: metadata, to: copy)
            let again = try SafeTensors.read(copy)
            try BrokenPromise.unless(
                again.metadata == metadata && again.tensors.mapValues(\.shape) == tensors.mapValues(\.shape),
                "what was written can be read")
        },
        FuzzTarget("npy") { bytes, folder in _ = try NumPyFile.read(write(bytes, to: "array.npy", in: folder)) },
        FuzzTarget("npz") { bytes, folder in _ = try NumPyArchive.read(write(bytes, to: "arrays.npz", in: folder)) },
        // The configuration of a network, whose file holds no parameters.
        FuzzTarget("network") { bytes, folder in
            let metadata = JSON.record([
                "kind": .string("network"), "configuration": .string(String(decoding: bytes, as: UTF8.self)),
            ])
            let header = JSON.record(["__metadata__": metadata]).description
            _ = try Network.load(
                write(safeTensors(header: header.utf8, data: []), to: "net.safetensors", in: folder))
        },
    ]

    /// The bytes of a safetensors file.
    static func safeTensors(header: some Collection<UInt8>, data: some Collection<UInt8>) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
    }
}
