import CNifti
import Foundation
import Support
import Tensors

extension Volume {
    /// Reads the NIfTI-1 or -2 file at `path`: .nii, or a pair .hdr and .img (either name), each with or without .gz.
    ///
    /// Integers and floats of 8 to 64 bits in either byte order are read; scl_slope and scl_inter are applied unless
    /// the slope is 0 or not finite. Values that are not finite stay so. A warning names values that single precision
    /// cannot hold, and fields of the header that are ignored. The affine is the sform where its code is positive,
    /// otherwise the qform where its code is positive, otherwise the pixdim; one that cannot be inverted is ignored. It
    /// is in mm, whatever the file's unit. A file of several volumes needs `frame`, which counts from 1. Nothing larger
    /// than the file can fill is allocated. Throws `VolumeError` with the path and what is wrong.
    public init(contentsOf path: String, frame: Int? = nil) throws(VolumeError) {
        self = try NiftiReader(NiftiFiles(path, existing: true)).volume(frame: frame)
    }
}

/// Reads one image. Our checks come first, so that the library sees only headers that it can handle.
final class NiftiReader {
    let files: NiftiFiles
    let header: NiftiHeader
    private let image: UnsafeMutablePointer<nifti_image>

    /// The library reports on standard error unless told not to.
    private static let silence: Void = nifti_set_debug_level(0)

    /// The most bytes to which one byte of gzip data can expand (deflate's limit).
    private static let largestExpansion = 1032

    /// Voxels are read and converted in pieces of this many.
    private static let piece = 1 << 16

    /// Reads and checks the header.
    init(_ files: NiftiFiles) throws(VolumeError) {
        Self.silence
        self.files = files
        let file = try VolumeError.wrapping { try CompressedFile(reading: files.header) }
        var bytes = [UInt8](repeating: 0, count: 540)
        do throws(NiftiDefect) {
            let count = try bytes.withUnsafeMutableBufferPointer { buffer throws(NiftiDefect) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            bytes.removeLast(bytes.count - count)
            (header, image) = try NiftiHeader.parse(bytes, isSingle: files.isSingle)
        } catch {
            throw .malformed(path: files.header, error)
        }
        for doubt in header.doubts { StandardStream.warnOnce("\(files.header.shown): \(doubt)") }
    }

    deinit { nifti_image_free(image) }

    /// The number and the positions of the voxels, with the header.
    var grid: Grid {
        Grid(shape: header.size.reversed(), affine: affine.measured(in: header.unit), header: ScanHeader(image))
    }

    /// Where the voxels lie: the first of sform, qform and pixdim that is set and can be inverted.
    private var affine: Affine {
        let pointee = image.pointee
        let forms = [(pointee.sto_xyz, pointee.sform_code), (pointee.qto_xyz, pointee.qform_code)]
        let pixdim = Affine(spacing: SIMD3(abs(pointee.dx), abs(pointee.dy), abs(pointee.dz)))
        let candidates = forms.filter { $0.1 > 0 }.map { Affine($0, code: $1) } + [pixdim]
        return candidates.first(where: \.isInvertible) ?? Affine(spacing: .one)
    }

    /// The only volume, or volume `frame` (from 1), its values scaled as the header says.
    func volume(frame: Int?) throws(VolumeError) -> Volume {
        guard let index = frame ?? (header.frames == 1 ? 1 : nil), (1...header.frames).contains(index) else {
            throw defect(.frames(count: header.frames, dimensions: header.dimensions, chosen: frame))
        }
        let count = header.size[0] * header.size[1] * header.size[2]
        let start = header.offset + (index - 1) * count * header.bytesPerVoxel
        let file = try VolumeError.wrapping { try CompressedFile(reading: files.image) }
        try check(promised: header.offset + header.frames * count * header.bytesPerVoxel, file)
        let purpose = "\(files.image.shown), of \(header.size.shapeText) voxels"
        var decoder = VoxelDecoder(type: header.type, isSwapped: isSwapped, scale: header.scale)
        let volume = try Volume(on: grid, for: purpose) { values throws(VolumeError) in
            guard file.seek(to: start) else { throw defect(.truncated(voxels: 0, expected: count)) }
            do throws(NiftiDefect) {
                try read(count, of: file, with: &decoder, into: values)
            } catch {
                throw defect(error)
            }
            guard !Interrupt.isRequested else { throw .interrupted }
        }
        if decoder.lossCount > 0 {
            StandardStream.warnOnce(
                "\(files.image.shown): \(decoder.lossCount) of \(count) voxels are beyond single precision, such as "
                    + decoder.firstLoss)
        }
        return volume
    }

    /// Reads `count` voxels piece by piece, and decodes them to `values`.
    private func read(
        _ count: Int, of file: CompressedFile, with decoder: inout VoxelDecoder,
        into values: UnsafeMutablePointer<Float>
    ) throws(NiftiDefect) {
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.piece, count) * header.bytesPerVoxel, alignment: 16)
        defer { raw.deallocate() }
        for first in stride(from: 0, to: count, by: Self.piece) where !Interrupt.isRequested {
            let wanted = min(Self.piece, count - first) * header.bytesPerVoxel
            let part = UnsafeMutableRawBufferPointer(rebasing: raw[..<wanted])
            guard try file.read(into: part) == wanted else { throw .truncated(voxels: first, expected: count) }
            decoder.decode(UnsafeRawBufferPointer(part), to: values + first)
        }
        // Where the data end here, asking for more makes zlib compare gzip's checksum.
        if !Interrupt.isRequested { _ = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: raw[..<1])) }
    }

    private var isSwapped: Bool { image.pointee.byteorder != nifti_short_order() }

    /// Refuses a header that promises more than the file can hold, before anything of that size is allocated.
    private func check(promised: Int, _ file: CompressedFile) throws(VolumeError) {
        let size = FileSystem.size(files.image) ?? 0
        let available = file.isCompressed ? size * Self.largestExpansion : size
        guard promised <= available else { throw defect(.promises(bytes: promised, available: available)) }
    }

    private func defect(_ defect: NiftiDefect) -> VolumeError { .malformed(path: files.image, defect) }
}

extension Affine {
    /// The map in the first three rows of one of the library's matrices.
    init(_ matrix: nifti_dmat44, code: Int32) {
        let (row0, row1, row2) = (matrix.m.0, matrix.m.1, matrix.m.2)
        self.init(
            x: [row0.0, row1.0, row2.0], y: [row0.1, row1.1, row2.1], z: [row0.2, row1.2, row2.2],
            origin: [row0.3, row1.3, row2.3], code: code)
    }

    /// The library's matrix of this map.
    var matrix: nifti_dmat44 {
        nifti_dmat44(
            m: (
                (x.x, y.x, z.x, origin.x), (x.y, y.y, z.y, origin.y), (x.z, y.z, z.z, origin.z), (0, 0, 0, 1)
            ))
    }
}
