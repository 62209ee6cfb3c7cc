import Foundation

/// A file that is being written, with errors that name it.
public final class OutputFile {
    private let name: String
    private var file: UnsafeMutablePointer<FILE>?

    /// Makes the file at `path`; errors call it `name`.
    init(_ path: String, as name: String) throws(FileError) {
        self.name = name
        file = path.withSystemPath { fopen($0, "wbe") }
        guard file != nil else { throw .system(name) }
    }

    deinit {
        if let file { fclose(file) }
    }

    /// Writes bytes after those already written.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        for piece in bytes.pieces {
            guard !Interrupt.isRequested else { throw .interrupted(name) }
            guard let file, fwrite(piece.baseAddress, 1, piece.count, file) == piece.count else { throw .system(name) }
        }
    }

    /// Writes bytes after those already written.
    public func write(_ bytes: [UInt8]) throws(FileError) {
        try bytes.withUnsafeBytes { buffer in Result { () throws(FileError) in try write(buffer) } }.get()
    }

    /// Writes what is still buffered, and closes the file.
    func close() throws(FileError) {
        guard let open = file else { return }
        file = nil
        guard fclose(open) == 0 else { throw .system(name) }
    }
}

extension UnsafeRawBufferPointer {
    /// A long buffer in pieces of at most 4 MB, between which reading and writing poll `Interrupt`.
    public var pieces: [UnsafeRawBufferPointer] {
        let size = 4 << 20
        return stride(from: 0, to: count, by: size).map { start in
            UnsafeRawBufferPointer(rebasing: self[start...].prefix(size))
        }
    }
}
