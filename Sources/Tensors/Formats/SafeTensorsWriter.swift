import Support

extension SafeTensors {
    /// Writes tensors, as float32 and in the order given, to the file at `path`, which is replaced whole or not at all.
    ///
    /// The same tensors and metadata give the same bytes. Throws `TensorError` where a name comes twice or is the
    /// format's own "__metadata__", `FileError` where the file cannot be written.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
    ) throws {
        let header = try header(tensors, metadata)
        try WholeFile.replace(path) { (file: OutputFile) in
            try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
            try file.write(header)
            for (_, tensor) in tensors {
                if Interrupt.isRequested { throw TensorError.interrupted }
                let dense = try tensor.detached().contiguous()
                try file.write(UnsafeRawBufferPointer(start: dense.pointer, count: dense.count * 4))
            }
        }
    }

    private static func header(
        _ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String]
    ) throws(TensorError) -> [UInt8] {
        var members: [JSON.Member] = []
        if !metadata.isEmpty {
            let items = metadata.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }
            members.append(JSON.Member(metadataName, .object(items)))
        }
        var names: Set<String> = [metadataName]
        var start = 0
        for (name, tensor) in tensors {
            guard names.insert(name).inserted else {
                throw .argument(
                    operation: "save", parameter: "name", value: "'\(name)'",
                    expected: name == metadataName ? "another, as the format uses this one" : "each name once")
            }
            let end = start + tensor.count * 4
            members.append(
                JSON.Member(
                    name,
                    .object([
                        JSON.Member("dtype", .string("F32")),
                        JSON.Member("shape", .array(tensor.shape.map { .number(Double($0)) })),
                        JSON.Member("data_offsets", .array([.number(Double(start)), .number(Double(end))])),
                    ])))
            start = end
        }
        var header = Array(JSON.object(members).description.utf8)
        // Spaces at the end let the numbers begin at a multiple of 8.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }
}
