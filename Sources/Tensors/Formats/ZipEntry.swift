import CZip
import Support

/// One file within a zip archive, as it is unpacked; only while the archive is open.
final class ZipEntry: ByteSource {
    let path: String
    /// The entry's own name.
    let name: String
    private(set) var remaining: Int
    private let file: OpaquePointer

    /// Deflate unpacks one byte to at most 1032: an entry that claims more is refused before anything is reserved.
    private static let mostExpansion = 1032

    /// Opens entry `index` of `archive`, which is the file at `archivePath`.
    init(_ archive: OpaquePointer, index: UInt64, archivePath: String) throws(FileError) {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat_index(archive, index, 0, &status) == 0, let start = status.name else {
            throw FileError(path: archivePath, reason: String(cString: zip_strerror(archive)))
        }
        name = String(rawBytes: start)
        path = "\(archivePath)/\(name)"
        guard let size = Int(exactly: status.size), let packed = Int(exactly: status.comp_size),
            size / Self.mostExpansion <= packed
        else { throw FileError(path: path, reason: "\(status.size) bytes cannot come of \(status.comp_size)") }
        guard let file = zip_fopen_index(archive, index, 0) else {
            throw FileError(path: path, reason: String(cString: zip_strerror(archive)))
        }
        self.file = file
        remaining = size
    }

    deinit { zip_fclose(file) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
        guard buffer.count <= remaining else { throw .ended(path) }
        var filled = 0
        while filled < buffer.count {
            guard let target = buffer.baseAddress else { return }
            guard !Interrupt.isRequested else { throw .interrupted(path) }
            let count = Int(zip_fread(file, target + filled, UInt64(min(buffer.count - filled, 4 << 20))))
            guard count > 0 else { throw count == 0 ? .ended(path) : failure }
            filled += count
        }
        remaining -= filled
        // The checksum is compared when the end is read.
        var extra: UInt8 = 0
        if remaining == 0, zip_fread(file, &extra, 1) != 0 { throw failure }
    }

    private var failure: FileError { FileError(path: path, reason: String(cString: zip_file_strerror(file))) }
}
