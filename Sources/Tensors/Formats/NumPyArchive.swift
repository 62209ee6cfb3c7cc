import CZip
import Support

/// Named arrays in a zip archive: NumPy's .npz.
public enum NumPyArchive {
    private static let ending = ".npy"

    /// Reads all arrays of the archive at `path`, as float32, in the archive's order.
    ///
    /// Throws what `NumPyFile.read` throws, and `FileError` where the archive is damaged, holds something else than
    /// arrays, or a name twice.
    public static func read(_ path: String) throws -> [(name: String, tensor: Tensor)] {
        var code: Int32 = 0
        guard let archive = path.withSystemPath({ zip_open($0, Int32(ZIP_RDONLY), &code) }) else {
            throw FileError.zip(path, code)
        }
        defer { zip_discard(archive) }
        var arrays: [(name: String, tensor: Tensor)] = []
        var names: Set<String> = []
        for index in 0..<UInt64(max(zip_get_num_entries(archive, 0), 0)) {
            let entry = try ZipEntry(archive, index: index, archivePath: path)
            guard entry.path.hasSuffix(ending) else { throw FileError(path: entry.path, reason: "not an array (.npy)") }
            let name = String(decoding: entry.name.utf8.dropLast(ending.utf8.count), as: UTF8.self)
            guard names.insert(name).inserted else { throw FileError(path: entry.path, reason: "the name comes twice") }
            arrays.append((name, try NumPyFile.read(from: entry)))
        }
        return arrays
    }

    /// Writes tensors as float32, compressed, to the archive at `path`, which is replaced whole or not at all.
    ///
    /// The same tensors give the same bytes. Throws `TensorError` where there is no tensor, a name comes twice, or the
    /// user interrupts; `FileError` where the file cannot be written.
    public static func write(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws {
        guard !tensors.isEmpty else {
            throw TensorError.argument(
                operation: "save", parameter: "tensors", value: "empty", expected: "at least one tensor")
        }
        var names: Set<String> = []
        // The zip format has two bytes for the length of a name, and libzip ends it at a zero.
        for (name, _) in tensors where name.utf8.contains(0) || name.utf8.count + ending.utf8.count > 65535 {
            throw TensorError.argument(
                operation: "save", parameter: "name", value: "'\(name.shown.prefix(40))'",
                expected: "a name without zero bytes, of at most \(65535 - ending.utf8.count) bytes")
        }
        for (name, _) in tensors where !names.insert(name).inserted {
            throw TensorError.argument(
                operation: "save", parameter: "name", value: "'\(name)'", expected: "each name once")
        }
        let parts = try tensors.map { (name, tensor) in
            ArchivePart(name: name + ending, tensor: try tensor.detached().contiguous())
        }
        try WholeFile.replace(path) { (temporary: String) in try write(parts, to: temporary, as: path) }
    }

    private static func write(_ parts: [ArchivePart], to path: String, as name: String) throws {
        var code: Int32 = 0
        guard let archive = path.withSystemPath({ zip_open($0, Int32(ZIP_CREATE | ZIP_TRUNCATE), &code) }) else {
            throw FileError.zip(name, code)
        }
        func failure() -> FileError { FileError(path: name, reason: String(cString: zip_strerror(archive))) }
        do {
            for part in parts { guard part.add(to: archive) else { throw failure() } }
            zip_register_cancel_callback_with_state(archive, { _, _ in Interrupt.isRequested ? 1 : 0 }, nil, nil)
            // libzip reads the bytes of the parts only now.
            guard zip_close(archive) == 0 else { throw Interrupt.isRequested ? TensorError.interrupted : failure() }
        } catch {
            zip_discard(archive)
            throw error
        }
        withExtendedLifetime(parts) {}
    }
}

/// An array on its way into an archive: its head and its numbers stay where they are until the archive is closed.
private final class ArchivePart {
    private let name: String
    private let tensor: Tensor
    private let head: UnsafeMutableBufferPointer<UInt8>

    init(name: String, tensor: Tensor) {
        self.name = name
        self.tensor = tensor
        let bytes = NumPyHeader.bytes(shape: tensor.shape)
        head = .allocate(capacity: bytes.count)
        _ = head.initialize(from: bytes)
    }

    deinit { head.deallocate() }

    /// Names this array as an entry of `archive`, compressed (fast, as floats hardly compress) and undated; false where
    /// the archive refuses.
    func add(to archive: OpaquePointer) -> Bool {
        let fragments = [
            zip_buffer_fragment_t(data: head.baseAddress, length: UInt64(head.count)),
            zip_buffer_fragment_t(
                data: UnsafeMutableRawPointer(tensor.pointer).assumingMemoryBound(to: UInt8.self),
                length: UInt64(tensor.count * 4)),
        ]
        guard let source = zip_source_buffer_fragment(archive, fragments, UInt64(fragments.count), 0) else {
            return false
        }
        let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            return false
        }
        // 1 January 1980, the first day that the format knows.
        return zip_set_file_compression(archive, UInt64(index), Int32(ZIP_CM_DEFLATE), 1) == 0
            && zip_file_set_dostime(archive, UInt64(index), 0, 0x21, 0) == 0
    }
}

extension FileError {
    /// What libzip's error `code` says about the file at `path`.
    fileprivate static func zip(_ path: String, _ code: Int32) -> FileError {
        var error = zip_error_t()
        zip_error_init_with_code(&error, code)
        defer { zip_error_fini(&error) }
        return FileError(path: path, reason: String(cString: zip_error_strerror(&error)))
    }
}
