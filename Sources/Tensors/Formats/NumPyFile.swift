import Support

/// Single arrays in NumPy's own format, .npy (NEP 1; versions 1 to 3).
public enum NumPyFile {
    /// Reads the array in the file at `path`, as float32.
    ///
    /// All boolean, integer and floating types of at most 8 bytes are read, in either byte order and either order of
    /// dimensions; doubles and integers beyond 2^24 are rounded to the nearest float. Throws `FileError` where the
    /// file cannot be read or is malformed, `TensorError` where memory is short or the user interrupts.
    public static func read(_ path: String) throws -> Tensor { try read(from: try InputFile(path)) }

    /// Writes a tensor as float32 to the file at `path`, which is replaced whole or not at all.
    public static func write(_ tensor: Tensor, to path: String) throws {
        let dense = try tensor.detached().contiguous()
        try WholeFile.replace(path) { (file: OutputFile) in
            try file.write(NumPyHeader.bytes(shape: dense.shape))
            try file.write(UnsafeRawBufferPointer(start: dense.pointer, count: dense.count * 4))
        }
    }

    /// Reads the array that takes all of `source`.
    static func read(from source: some ByteSource) throws -> Tensor {
        func malformed(_ reason: String) -> FileError {
            FileError(path: source.path, reason: "not a valid NumPy array: \(reason)")
        }
        let start = NumPyHeader.magic.count + 2
        guard source.remaining >= start else { throw malformed("\(source.remaining) bytes are too few") }
        let head = try source.read(start)
        guard head.starts(with: NumPyHeader.magic), (1...3).contains(head[start - 2]) else {
            throw malformed("it does not begin as one of version 1 to 3")
        }
        let length = try source.read(head[start - 2] == 1 ? 2 : 4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= source.remaining else {
            throw malformed("its header claims \(length) bytes, and \(source.remaining) follow")
        }
        let header: NumPyHeader
        let text = try source.read(length)
        do { header = try NumPyHeader(parsing: text) } catch { throw malformed(error.reason) }
        let count = try? Shape.count(header.shape, operation: "load")
        let bytes = count?.multipliedReportingOverflow(by: header.type.size)
        guard let count, let bytes, !bytes.overflow, bytes.partialValue == source.remaining else {
            throw malformed("\(source.remaining) bytes follow its header, which tells of \(header.shape.shapeText)")
        }
        let order = Array(header.shape.indices)
        let strides = Shape.strides(header.shape, order: header.fortranOrder ? order.reversed() : order)
        // Asked here, so that the error names the file. The count is at most 2^48, so the product does not overflow.
        try source.requireMemory(count * MemoryLayout<Float>.stride)
        let tensor = try Tensor(uninitialised: header.shape, strides: strides)
        try header.type.read(count, from: source, swapped: header.swapped, to: tensor.pointer)
        return tensor
    }
}
