import Support
import Tensors

/// What can go wrong with a study's folder and its jobs.
public enum StudyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file or folder could not be read or written, in the system's words.
    case file(FileError)
    /// A file is not what was written: its checksum differs, or its contents make no sense.
    case damaged(path: String, reason: String)
    /// Another process, or another object of this one, works in the folder.
    case inUse(path: String, process: Int?)
    /// Something was started with other values than those given now.
    case changed(path: String, subject: String, differences: [StoredDifference])
    /// A job's name cannot be a path in the folder.
    case name(String, expected: String)
    /// A value that files cannot keep.
    case value(place: String, found: String, expected: String)
    /// A tensor operation failed.
    case tensor(TensorError)

    /// One sentence that names the file, the job or the value, and what was expected.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .damaged(let path, let reason): "\(path.shown): damaged: \(reason)"
        case .inUse(let path, let process):
            "\(path.shown): process \(process.map(String.init) ?? "?") works in this folder; one at a time may"
        case .changed(let path, let subject, let differences):
            "\(path.shown): \(subject) with other values: \(differences.map(\.description).joined(separator: ", ")) "
                + "(take another folder, or the old values)"
        case .name(let name, let expected): "job '\(name)': \(expected) expected in its name"
        case .value(let place, let found, let expected):
            "\(place.isEmpty ? "the value" : place): \(expected) expected, got \(found)"
        case .tensor(let error): error.description
        }
    }

    /// An error of what reads and writes files, as one of a study.
    static func wrapping(_ error: any Error, path: String) -> StudyError {
        switch error {
        case let error as StudyError: error
        case let error as FileError: .file(error)
        case let error as TensorError: .tensor(error)
        default: .file(FileError(path: path, reason: "\(error)"))
        }
    }
}
