import Support

extension SafeTensors {
    /// Writes tensors, as float32 and in the order given, to the file at `path`, which is replaced whole or not at all.
    ///
    /// The same tensors and metadata give the same bytes. Throws `TensorError` where a name comes twice or is the
    /// format's own "__metadata__", or where a tensor named in `integers` holds other numbers, and `FileError` where
    /// the file cannot be written.
    ///
    /// - Parameter integers: The names of tensors that are written as 32-bit integers; their elements must be whole
    ///   numbers below 2^31 in size.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], integers: Set<String> = [], metadata: [String: String] = [:],
        to path: String
    ) throws {
        let header = try header(tensors, integers, metadata)
        try WholeFile.replace(path) { (file: OutputFile) in
            try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
            try file.write(header)
            for (name, tensor) in tensors {
                if Interrupt.isRequested { throw TensorError.interrupted }
                let dense = try tensor.detached().contiguous()
                if integers.contains(name) {
                    try whole(dense, name).withUnsafeBytes { try file.write($0) }
                } else {
                    try file.write(UnsafeRawBufferPointer(start: dense.pointer, count: dense.count * 4))
                }
            }
        }
    }

    private static func whole(_ tensor: Tensor, _ name: String) throws(TensorError) -> [Int32] {
        var numbers: [Int32] = []
        numbers.reserveCapacity(tensor.count)
        for value in UnsafeBufferPointer(start: tensor.pointer, count: tensor.count) {
            guard let number = Int32(exactly: value) else {
                throw .argument(
                    operation: "save", parameter: name, value: "\(value)", expected: "a whole number below 2^31 in size"
                )
            }
            numbers.append(number.littleEndian)
        }
        return numbers
    }

    private static func header(
        _ tensors: [(name: String, tensor: Tensor)], _ integers: Set<String>, _ metadata: [String: String]
    ) throws(TensorError) -> [UInt8] {
        var members: [JSON.Member] = []
        if !metadata.isEmpty {
            let items = metadata.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }
            members.append(JSON.Member(metadataName, .object(items)))
        }
        var names: Set<String> = [metadataName]
        var start = 0
        for (name, tensor) in tensors {
            try require(
                names.insert(name).inserted, "save", "name", "'\(name)'",
                expected: name == metadataName ? "another, as the format uses this one" : "each name once")
            let end = start + tensor.count * 4
            let value = JSON.record([
                "dtype": .string(integers.contains(name) ? "I32" : "F32"),
                "shape": .array(tensor.shape.map { .number(Double($0)) }),
                "data_offsets": .array([.number(Double(start)), .number(Double(end))]),
            ])
            members.append(JSON.Member(name, value))
            start = end
        }
        var header = Array(JSON.object(members).description.utf8)
        // Spaces at the end let the numbers begin at a multiple of 8.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }
}
