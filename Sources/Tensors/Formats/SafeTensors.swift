import Support

/// Named tensors in one file, with text beside them: the safetensors format of Hugging Face.
///
/// A file is the length of its header (8 bytes, little-endian), the header (JSON: type, shape and place of each
/// tensor, and "__metadata__"), and the numbers. Nothing in it is ever run, unlike in PyTorch's own files.
public enum SafeTensors {
    static let metadataName = "__metadata__"
    /// The longest header that is read, as in the reference implementation.
    private static let longestHeader = 100_000_000

    private static let types: [String: ElementType] = [
        "BOOL": .bool, "U8": .uint8, "I8": .int8, "U16": .uint16, "I16": .int16, "U32": .uint32, "I32": .int32,
        "U64": .uint64, "I64": .int64, "F16": .float16, "BF16": .bfloat16, "F32": .float32, "F64": .float64,
    ]

    /// A tensor as the header tells of it.
    private struct Entry {
        let name: String
        let type: ElementType
        let shape: [Int]
        let count: Int
        let start: Int
        let end: Int
    }

    /// Reads all tensors of the file at `path`, as float32, and its metadata.
    ///
    /// Types BOOL, U8 to U64, I8 to I64, F16, BF16, F32 and F64 are read; doubles and integers beyond 2^24 are rounded
    /// to the nearest float. Throws `FileError` where the file cannot be read or is malformed (nothing is reserved
    /// before the header has been compared with the file's size), `TensorError` where memory is short or the user
    /// interrupts.
    public static func read(_ path: String) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
        let file = try InputFile(path)
        let (entries, metadata) = try header(of: file)
        // No overflow: each count is at most 2^48, and the file has the bytes of all.
        try file.requireMemory(entries.reduce(0) { $0 &+ $1.count * MemoryLayout<Float>.stride })
        var tensors: [String: Tensor] = [:]
        for entry in entries {
            let tensor = try Tensor(uninitialised: entry.shape)
            try entry.type.read(entry.count, from: file, to: tensor.pointer)
            tensors[entry.name] = tensor
        }
        return (tensors, metadata)
    }

    private static func header(of file: InputFile) throws(FileError) -> ([Entry], metadata: [String: String]) {
        func malformed(_ reason: String) -> FileError {
            FileError(path: file.path, reason: "not a valid safetensors file: \(reason)")
        }
        guard file.size >= 8 else { throw malformed("\(file.size) bytes are too few") }
        let length = try file.read(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= min(longestHeader, file.remaining) else {
            throw malformed("its header claims \(length) bytes, and \(file.remaining) follow")
        }
        let text = try file.read(Int(length))
        let members: [JSON.Member]?
        do { members = try JSON(parsing: text).members } catch { throw malformed("\(error)") }
        guard let members else { throw malformed("its header is not a JSON object") }
        var metadata: [String: String] = [:]
        var entries: [Entry] = []
        for member in members {
            if member.name == metadataName {
                for item in member.value.members ?? [] {
                    guard let text = item.value.text else { throw malformed("metadata '\(item.name)' is not text") }
                    metadata[item.name] = text
                }
            } else {
                entries.append(try entry(member, malformed))
            }
        }
        entries.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        var end = 0
        for entry in entries {
            guard entry.start == end else {
                throw malformed("tensor '\(entry.name)' starts at byte \(entry.start) (expected \(end))")
            }
            end = entry.end
        }
        guard end == file.remaining else {
            throw malformed("its tensors take \(end) bytes, and \(file.remaining) follow the header")
        }
        return (entries, metadata)
    }

    private static func entry(_ member: JSON.Member, _ malformed: (String) -> FileError) throws(FileError) -> Entry {
        func refused(_ reason: String) -> FileError { malformed("tensor '\(member.name)' \(reason)") }
        let (name, value) = (member.name, member.value)
        guard let typeName = value["dtype"]?.text else { throw refused("has no dtype") }
        guard let type = types[typeName] else { throw refused("has the unsupported dtype \(typeName)") }
        guard let sizes = value["shape"]?.elements?.map(\.integer), let offsets = value["data_offsets"]?.elements else {
            throw refused("lacks a shape or data_offsets")
        }
        let shape = sizes.compactMap { $0 }
        guard shape.count == sizes.count, let count = try? Shape.count(shape, operation: "safetensors") else {
            throw refused("has an impossible shape")
        }
        guard offsets.count == 2, let start = offsets[0].integer, let end = offsets[1].integer, start >= 0, end >= start
        else { throw refused("has impossible data_offsets") }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: type.size)
        guard !overflow, bytes == end - start else {
            throw refused("of shape \(shape.shapeText) and dtype \(typeName) cannot take \(end - start) bytes")
        }
        return Entry(name: name, type: type, shape: shape, count: count, start: start, end: end)
    }
}
