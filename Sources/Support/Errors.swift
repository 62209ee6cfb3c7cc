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

/// An error that tells which parameter is wrong, its value, and what was expected.
public protocol ParameterError: Error {
    /// The error of a parameter.
    static func parameter(_ name: String, value: String, expected: String) -> Self
}

extension ParameterError {
    /// Throws the error of a parameter unless `condition` holds.
    public static func require(
        _ condition: Bool, _ name: String, _ value: @autoclosure () -> Any, _ expected: @autoclosure () -> String
    ) throws(Self) {
        guard condition else { throw .parameter(name, value: "\(value())", expected: expected()) }
    }
}
