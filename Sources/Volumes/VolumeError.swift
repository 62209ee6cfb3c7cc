import Support
import Tensors

/// What can go wrong with volumes and their files.
public enum VolumeError: ParameterError, Equatable, Sendable, CustomStringConvertible {
    /// A file or folder does not exist.
    case missing(path: String)
    /// A file could not be read or written, in the system's words.
    case system(path: String, reason: String)
    /// A file is not what it should be.
    case malformed(path: String, NiftiDefect)
    /// A folder, or the index file of one, does not hold the data set it should.
    case dataset(folder: String, expected: String)
    /// A mask holds a label that it should not; `known` are those it may hold (nil: every whole number from 0).
    case label(path: String, value: Float, known: [Int]?)
    /// A mask, or another sequence, has another number of voxels than the scan.
    case shape(path: String, shape: [Int], scan: String, expected: [Int])
    /// A mask, or another sequence, lies elsewhere in the world than the scan: corners differ by up to `distance` mm.
    case position(path: String, scan: String, distance: Double, tolerance: Double)
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
            "\(path.shown): \(shape.shapeText) voxels, but \(scan.shown) has \(expected.shapeText)"
        case .position(let path, let scan, let distance, let tolerance):
            "\(path.shown): lies up to \(distance.text(decimals: 3)) mm from \(scan.shown) (at most "
                + "\(tolerance.text(decimals: 6)); the option resample brings it there)"
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

/// What is wrong with a file that should be NIfTI.
public enum NiftiDefect: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name ends in none of .nii, .hdr, .img, with or without .gz.
    case name
    /// The first four bytes are not a header's size.
    case notNifti
    /// The file ends within the header.
    case shortHeader(bytes: Int)
    /// The magic string is another.
    case magic(String, expected: String)
    /// The sizes are not positive, or too many.
    case dimensions([Int])
    /// There are several volumes in the file and none was chosen, or one that is not there.
    case frames(count: Int, dimensions: [Int], chosen: Int?)
    /// The type of the voxels is one that is not a number, or that is unknown.
    case type(String)
    /// The number of bits per voxel is not that of the type.
    case bits(Int, expected: Int)
    /// The header says that the voxels begin at an impossible byte.
    case offset(Double)
    /// The header promises more bytes than the file can hold.
    case promises(bytes: Int, available: Int)
    /// The file ends within the voxels.
    case truncated(voxels: Int, expected: Int)
    /// The compressed data are damaged, at or before byte `packed` of the file; zlib gives the reason.
    case damaged(reason: String, packed: Int)
    /// The compressed data are cut off: the file ends after `packed` bytes.
    case cutOff(packed: Int)

    /// The defect in words.
    public var description: String {
        switch self {
        case .name: "the name does not end in .nii, .nii.gz, .hdr, .hdr.gz, .img or .img.gz"
        case .notNifti: "not a NIfTI-1 or NIfTI-2 file (the header's size is neither 348 nor 540)"
        case .shortHeader(let bytes): "the file ends within the header, after \(bytes) bytes"
        case .magic(let text, let expected): "the magic string is '\(text)', expected '\(expected)'"
        case .dimensions(let sizes): "the dimensions \(sizes) are not 1 to 7 positive sizes of a possible volume"
        case .frames(let count, let sizes, nil):
            "holds \(count) volumes (dimensions \(sizes)): choose one with frame = 1 ... \(count)"
        case .frames(let count, let sizes, let chosen?):
            "frame \(chosen) is not among the \(count) volumes (dimensions \(sizes))"
        case .type(let name): "voxels of type \(name) are not supported, only integers and floats of 8 to 64 bits"
        case .bits(let bits, let expected): "\(bits) bits a voxel, but its type has \(expected)"
        case .offset(let offset): "the voxels cannot begin at byte \(offset)"
        case .promises(let bytes, let available):
            "the header promises \(bytes) bytes, the file holds at most \(available)"
        case .truncated(let voxels, let expected): "the file ends after \(voxels) of \(expected) voxels"
        case .damaged(let reason, let packed):
            "the compressed data are damaged, at or before byte \(packed) of the file (\(reason))"
        case .cutOff(let packed): "the compressed data are cut off: the file ends after \(packed) bytes"
        }
    }
}
