import Foundation
import Support

extension Volume {
    /// Reads the volume in the file at `path`: NIfTI-1 or -2 (.nii, or a pair .hdr and .img by either name, each with
    /// or without .gz), NRRD (.nrrd, or .nhdr with its data file) or MGH (.mgh, .mgz).
    ///
    /// Formats are known by their first bytes, only pairs by their names. Integers and floats of 8 to 64 bits in either
    /// byte order are read; of NIfTI, scl_slope and scl_inter are applied unless the slope is 0 or not finite. Values
    /// that are not finite stay so. A warning names values that single precision cannot hold, fields of the header that
    /// are ignored, and sizes of voxels that no scan has. The affine is in mm, and its world is right, anterior,
    /// superior: of NIfTI the sform where its code is positive, otherwise the qform where its code is positive,
    /// otherwise the pixdim; one that cannot be inverted is ignored, which is said, as is a qform that leads elsewhere
    /// than the sform. A file of several volumes needs `frame`, which counts from 1. Nothing larger than the file can
    /// fill is allocated. Throws `VolumeError` with the path and what is wrong.
    public init(contentsOf path: String, frame: Int? = nil) throws(VolumeError) {
        let stored = try StoredVoxels.found(in: path)
        if !stored.grid.spacing.allSatisfy({ (0.005...100).contains($0) }) {
            let sizes = stored.grid.spacing.map { "\(Float($0))" }.joined(separator: " x ")
            StandardStream.warnOnce("\(path.shown): voxels of \(sizes) mm; is the header's unit right?")
        }
        self = try stored.volume(frame: frame)
    }
}

extension StoredVoxels {
    /// The voxels of the file at `path`, whose header has been read and checked; see `Volume.init(contentsOf:)`.
    /// Warnings about a NIfTI file name it as `name` (default: its path), for one that is to be moved.
    static func found(in path: String, shownAs name: String? = nil) throws(VolumeError) -> StoredVoxels {
        let files = try NiftiFiles(reading: path)
        let reader = try HeaderReader(files.header)
        guard files.isSingle else { return try NiftiReader(files, reader, shownAs: name).voxels }
        if reader.bytes.starts(with: NrrdReader.magic) { return try NrrdReader(reader).voxels() }
        if reader.bytes.starts(with: MghReader.magic) { return try MghReader(reader).voxels() }
        if reader.bytes.count < 4 || NiftiHeader.begins(reader.bytes) {
            return try NiftiReader(files, reader, shownAs: name).voxels
        }
        throw .malformed(path: path, .unknown(isDICOM: reader.bytes.dropFirst(128).starts(with: "DICM".utf8)))
    }
}

/// The first bytes of a file, unpacked where it is compressed.
struct HeaderReader {
    /// The file.
    let path: String
    /// Its first bytes, at most `length`.
    let bytes: [UInt8]
    /// Whether the file is compressed as a whole.
    let isCompressed: Bool

    /// As many as the longest header of fixed length has: that of NIfTI-2.
    static let length = 540

    /// Reads the first bytes of the file at `path`.
    init(_ path: String) throws(VolumeError) {
        self.path = path
        let file = try VolumeError.wrapping { try CompressedFile(reading: path) }
        var bytes = [UInt8](repeating: 0, count: Self.length)
        do throws(FormatDefect) {
            let count = try bytes.withUnsafeMutableBufferPointer { buffer throws(FormatDefect) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            bytes.removeLast(bytes.count - count)
        } catch {
            throw .malformed(path: path, error)
        }
        self.bytes = bytes
        isCompressed = file.isCompressed
    }
}
