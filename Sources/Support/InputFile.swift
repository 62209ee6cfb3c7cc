import Foundation

/// Bytes that are read from their start to their end.
public protocol ByteSource: AnyObject {
    /// The file that they come from.
    var path: String { get }
    /// The number of bytes that have not been read.
    var remaining: Int { get }
    /// Fills `buffer` with the next bytes; an error where there are fewer.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError)
}

extension ByteSource {
    /// The next `count` bytes; an error where there are fewer, or no memory for them.
    public func read(_ count: Int) throws(FileError) -> [UInt8] {
        guard (0...remaining).contains(count) else { throw .ended(path) }
        try requireMemory(count)
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in try read(into: buffer) }
        }
        try result.get()
        return bytes
    }

    /// Throws where there is no memory for `bytes`, the size in memory of what is about to be read.
    public func requireMemory(_ bytes: Int) throws(FileError) {
        do throws(MemoryError) {
            try AvailableMemory.require(bytes, for: path)
        } catch {
            throw FileError(path: path, reason: error.reason)
        }
    }
}

/// A file that is read from its start to its end, with errors that name it.
///
/// It is read, not mapped: a mapped file that another program cuts short ends the process.
public final class InputFile: ByteSource {
    /// The file's path.
    public let path: String
    /// The number of bytes in it.
    public let size: Int
    /// The number of bytes that have not been read.
    public private(set) var remaining: Int
    private let file: UnsafeMutablePointer<FILE>

    /// Opens a regular file.
    public init(_ path: String) throws(FileError) {
        self.path = path
        // The kind is checked before opening, as opening a pipe would wait for a writer.
        guard let status = FileSystem.status(path) else { throw .system(path) }
        guard FileSystem.kind(status) == .file else { throw FileError(path: path, reason: "not a regular file") }
        guard let file = path.withSystemPath({ fopen($0, "rbe") }) else { throw .system(path) }
        self.file = file
        size = Int(status.st_size)
        remaining = size
    }

    deinit { fclose(file) }

    /// All bytes of the regular file at `path`.
    public static func bytes(of path: String) throws(FileError) -> [UInt8] {
        let file = try InputFile(path)
        return try file.read(file.size)
    }

    /// Fills `buffer` with the next bytes; an error where the file holds fewer.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
        guard buffer.count <= remaining else { throw .ended(path) }
        for piece in UnsafeRawBufferPointer(buffer).pieces {
            guard !Interrupt.isRequested else { throw .interrupted(path) }
            let target = UnsafeMutableRawPointer(mutating: piece.baseAddress)
            guard fread(target, 1, piece.count, file) == piece.count else {
                throw ferror(file) == 0 ? .ended(path) : .system(path)
            }
        }
        remaining -= buffer.count
    }
}
