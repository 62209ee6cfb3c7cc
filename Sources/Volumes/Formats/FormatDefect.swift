import Support

/// What is wrong with a file that should hold a volume: NIfTI, NRRD or MGH.
public enum FormatDefect: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name of a file to write ends in none of .nii, .hdr, .img, with or without .gz.
    case name
    /// The file begins as none of the formats that are read.
    case unknown(isDICOM: Bool)
    /// A field of the header is not what it should be, or contradicts the file.
    case field(String, value: String, expected: String)
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
    /// The system does not let the file be read, and says why.
    case unreadable(reason: String)
    /// The compressed data are damaged, at or before byte `packed` of the file; zlib gives the reason.
    case damaged(reason: String, packed: Int)
    /// The compressed data are cut off: the file ends after `packed` bytes.
    case cutOff(packed: Int)

    /// The defect in words.
    public var description: String {
        switch self {
        case .name: "only NIfTI is written: the name does not end in .nii, .nii.gz, .hdr, .hdr.gz, .img or .img.gz"
        case .unknown(isDICOM: true): "a DICOM file: volumes.import_dicom makes NIfTI files of a folder of them"
        case .unknown(isDICOM: false): "not a volume: it begins neither as NIfTI nor as NRRD or MGH"
        case .field(let name, let value, let expected): "\(name) is \(value): expected \(expected)"
        case .notNifti: "not a NIfTI-1 or NIfTI-2 file (the header's size is neither 348 nor 540)"
        case .shortHeader(let bytes): "the file ends within the header, after \(bytes) bytes"
        case .magic("", let expected): "there is no magic string '\(expected)', as in Analyze files, which are not read"
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
        case .unreadable(let reason): "the file cannot be read (\(reason))"
        case .damaged(let reason, let packed):
            "the compressed data are damaged, at or before byte \(packed) of the file (\(reason))"
        case .cutOff(let packed): "the compressed data are cut off: the file ends after \(packed) bytes"
        }
    }
}
