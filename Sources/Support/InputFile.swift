import Foundation

/// A file that is read from its start to its end, with errors that name it.
///
/// It is read, not mapped: a mapped file that another program cuts short ends the process.
public final class InputFile {
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
        guard let file = fopen(path, "rb") else {
            throw FileError(path: path, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        guard fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            fclose(file)
            throw FileError(path: path, reason: "not a regular file")
        }
        self.file = file
        size = Int(status.st_size)
        remaining = size
    }

    deinit { fclose(file) }

    private var ended: FileError { FileError(path: path, reason: "the file ends before its contents do") }

    /// Fills `buffer` with the next bytes; an error where the file holds fewer.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
        guard buffer.count <= remaining, fread(buffer.baseAddress, 1, buffer.count, file) == buffer.count else {
            throw ended
        }
        remaining -= buffer.count
    }

    /// The next `count` bytes; an error where the file holds fewer.
    public func read(_ count: Int) throws(FileError) -> [UInt8] {
        guard (0...remaining).contains(count) else { throw ended }
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in try read(into: buffer) }
        }
        try result.get()
        return bytes
    }
}
