import Foundation

/// A file that could not be read or written, and why.
public struct FileError: Error, CustomStringConvertible, Equatable {
    /// The file.
    public let path: String
    /// What went wrong, in the system's or the format's own words.
    public let reason: String

    /// Names a file and what went wrong with it.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// The system's last error (errno), for the file at `path`.
    public static func system(_ path: String) -> FileError {
        FileError(path: path, reason: String(cString: strerror(errno)))
    }

    /// Fewer bytes than the contents need.
    public static func ended(_ path: String) -> FileError {
        FileError(path: path, reason: "the file ends before its contents do")
    }

    /// The user stopped the reading or writing of the file at `path`.
    public static func interrupted(_ path: String) -> FileError { FileError(path: path, reason: "interrupted") }

    /// "PATH: REASON".
    public var description: String { "\(path.shown): \(reason)" }
}
