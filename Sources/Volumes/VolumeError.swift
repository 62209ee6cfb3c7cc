import Support
import Tensors

/// What can go wrong with volumes and their files.
public enum VolumeError: ParameterError, Equatable, Sendable, CustomStringConvertible {
    /// A file or folder does not exist.
    case missing(path: String)
    /// A file could not be read or written, in the system's words.
    case system(path: String, reason: String)
    /// A file is not what it should be.
    case malformed(path: String, FormatDefect)
    /// A folder, or the index file of one, does not hold the data set it should.
    case dataset(folder: String, expected: String)
    /// A mask holds a label that it should not; `known` are those it may hold (nil: every whole number from 0).
    case label(path: String, value: Float, known: [Int]?)
    /// A mask, or another sequence, has another number of voxels than the scan.
    case shape(path: String, shape: [Int], scan: String, expected: [Int])
    /// A mask, or another sequence, lies elsewhere in the world than the scan: corners differ by up to `distance` mm.
    case position(path: String, scan: String, distance: Double, tolerance: Double)
    /// A mask, or another sequence, has the scan's voxels in another order: its axes point elsewhere.
    case axes(path: String, axes: String, scan: String, expected: String)
    /// A parameter has a value that is not possible.
    case parameter(String, value: String, expected: String)
    /// A volume, or the work on it, takes more memory than there is.
    case memory(MemoryError)
    /// An operation on tensors failed.
    case tensor(TensorError)
    /// The user asked to stop.
    case interrupted

    /// One sentence that names the file or the parameter, and what was expected.
    public var description: String {
        switch self {
        case .missing(let path): "\(path.shown): no such file or folder"
        case .system(let path, let reason): "\(path.shown): \(reason)"
        case .malformed(let path, let defect): "\(path.shown): \(defect)"
        case .dataset(let folder, let expected): "\(folder.shown): expected \(expected)"
        case .label(let path, let value, let known?):
            "\(path.shown): label \(value.labelText) is not among \(known.map(String.init).joined(separator: ", "))"
        case .label(let path, let value, nil): "\(path.shown): label \(value.labelText) is not a whole number from 0"
        case .shape(let path, let shape, let scan, let expected):
            "\(path.shown): \(shape.shapeText) voxels, but \(scan.shown) has \(expected.shapeText) (the option resample "
                + "brings it to that grid)"
        case .position(let path, let scan, let distance, let tolerance):
            "\(path.shown): lies up to \(distance.text(decimals: 3)) mm from \(scan.shown) (at most "
                + "\(tolerance.text(decimals: 6)); the option resample brings it there)"
        case .axes(let path, let axes, let scan, let expected):
            "\(path.shown): lies where \(scan.shown) does, but its axes are \(axes), not \(expected) (the option "
                + "resample puts them in that order)"
        case .parameter(let name, let value, let expected): "'\(name)' is \(value): expected \(expected)"
        case .memory(let error): error.description
        case .tensor(let error): error.description
        case .interrupted: "interrupted"
        }
    }
}

extension VolumeError {
    /// Runs `body`; what fails in it becomes an error of volumes. That of a file names `path`, or else the path that it
    /// has.
    static func wrapping<Result>(path: String? = nil, _ body: () throws -> Result) throws(VolumeError) -> Result {
        do {
            return try body()
        } catch let error as TensorError {
            throw .tensor(error)
        } catch let error as MemoryError {
            throw .memory(error)
        } catch let error as FileError {
            throw .system(path: path ?? error.path, reason: error.reason)
        } catch {
            throw error as? VolumeError ?? .system(path: path ?? "", reason: "\(error)")
        }
    }
}

extension Float {
    /// The number as people write a label, whole ones without a point.
    fileprivate var labelText: String { abs(self) < 1e6 && self == rounded() ? "\(Int(self))" : "\(self)" }
}
