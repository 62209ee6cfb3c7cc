import CNifti
import CZlib
import Foundation
import Support

/// A file that is read or written through zlib, compressed or not.
final class CompressedFile {
    private var handle: gzFile?
    private let path: String

    /// Opens the file at `path` for reading; whether it is compressed is seen by its first bytes.
    convenience init(reading path: String) throws(FileError) { try self.init(path, as: path, mode: "rbe") }

    /// Opens the file at `path` for writing, replacing its contents; errors call it `name`. The name's ending says
    /// whether it is compressed.
    convenience init(writing path: String, as name: String) throws(FileError) {
        try self.init(path, as: name, mode: NiftiFiles.isCompressed(name) ? "wbe" : "wbeT")
    }

    /// Opens the file at `path` for reading from byte `start` on, where compressed data may begin.
    init(reading path: String, from start: Int) throws(FileError) {
        self.path = path
        let descriptor = path.withSystemPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .system(path) }
        if lseek(descriptor, start, SEEK_SET) >= 0 { handle = gzdopen(descriptor, "rb") }
        guard let handle else {
            let error = FileError.system(path)
            Foundation.close(descriptor)
            throw error
        }
        gzbuffer(handle, Self.buffer)
    }

    private init(_ path: String, as name: String, mode: String) throws(FileError) {
        self.path = name
        handle = path.withSystemPath { gzopen($0, mode) }
        guard let handle else { throw .system(name) }
        gzbuffer(handle, Self.buffer)
    }

    deinit { gzclose(handle) }

    private static let buffer: UInt32 = 1 << 17
    private static let piece = 1 << 30

    /// Whether the file's data are compressed.
    var isCompressed: Bool { gzdirect(handle) == 0 }

    /// Fills `buffer` with the next bytes, and returns how many there were before the end; throws where compressed data
    /// are damaged or cut off, and says how and where.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatDefect) -> Int {
        var filled = 0
        while filled < buffer.count, let start = buffer.baseAddress {
            let count = gzread(handle, start + filled, UInt32(min(buffer.count - filled, Self.piece)))
            guard count > 0 else { break }
            filled += Int(count)
        }
        if filled < buffer.count { try requireNoError() }
        return filled
    }

    /// Throws where what was read is damaged: gzip's checksum is compared at the end of the data.
    func requireNoError() throws(FormatDefect) {
        var code: Int32 = 0
        let text = gzerror(handle, &code).map { String(cString: $0) } ?? ""
        guard code != Z_OK, code != Z_STREAM_END else { return }
        let packed = Int(gzoffset(handle))
        switch code {
        case Z_BUF_ERROR: throw .cutOff(packed: packed)
        case Z_ERRNO: throw .unreadable(reason: String(cString: strerror(errno)))
        default:
            // zlib puts the file's name before its reason.
            let reason = text.components(separatedBy: ": ").last ?? text
            throw .damaged(reason: reason, packed: packed)
        }
    }

    /// Goes to byte `position` of the uncompressed data; false where that fails.
    func seek(to position: Int) -> Bool { gzseek(handle, position, SEEK_SET) >= 0 }

    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        for piece in bytes.pieces {
            guard !Interrupt.isRequested else { throw .interrupted(path) }
            errno = 0
            guard gzwrite(handle, piece.baseAddress, UInt32(piece.count)) == piece.count else { throw failure }
        }
    }

    /// Writes what is still buffered, and closes the file.
    func close() throws(FileError) {
        errno = 0
        let code = gzclose(handle)
        handle = nil
        guard code == Z_OK else { throw failure }
    }

    private var failure: FileError {
        errno == 0 ? FileError(path: path, reason: "could not be written") : .system(path)
    }
}
