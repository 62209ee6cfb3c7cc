import CNifti
import Foundation
import Support
import Tensors

extension Volume {
    /// Reads the NIfTI-1 or -2 file at `path`: .nii, or a pair .hdr and .img (either name), each with or without .gz.
    ///
    /// Integers and floats of 8 to 64 bits in either byte order are read; scl_slope and scl_inter are applied unless
    /// the slope is 0 or not finite, and a value that is not finite becomes 0 unless `keepsNonFinite` (default false).
    /// The affine is the sform where its code is positive, otherwise the qform where its code is positive, otherwise
    /// the pixdim; one that cannot be inverted is passed over. A file of several volumes needs `frame`, which counts
    /// from 1. Nothing larger than the file can fill is allocated. Throws `VolumeError` with the path and what is wrong.
    public init(contentsOf path: String, frame: Int? = nil, keepsNonFinite: Bool = false) throws(VolumeError) {
        let reader = try NiftiReader(NiftiFiles(path, existing: true), keepsNonFinite: keepsNonFinite)
        let grid = try Grid(shape: reader.header.size.reversed(), affine: reader.affine)
        self.init(unchecked: try reader.voxels(frame: frame), grid: grid)
    }
}

/// Reads one image: our checks come first, so that the library sees only headers it can handle.
final class NiftiReader {
    let files: NiftiFiles
    let header: NiftiHeader
    private let image: UnsafeMutablePointer<nifti_image>
    private let keepsNonFinite: Bool

    /// The library reports on standard error unless told not to.
    private static let silence: Void = nifti_set_debug_level(0)

    /// The most that a byte of gzip data can become (deflate's limit).
    private static let largestExpansion = 1032

    /// Voxels are read and converted in pieces of this many.
    private static let piece = 1 << 16

    /// Reads and checks the header; values that are not finite will become 0 unless they are to be kept.
    init(_ files: NiftiFiles, keepsNonFinite: Bool = false) throws(VolumeError) {
        Self.silence
        self.files = files
        self.keepsNonFinite = keepsNonFinite
        let file = try Self.open(files.header)
        let bytes = [UInt8](unsafeUninitializedCapacity: 540) { buffer, count in
            count = file.read(into: UnsafeMutableRawBufferPointer(buffer)) ?? 0
        }
        do throws(NiftiDefect) {
            (header, image) = try NiftiHeader.parse(bytes, isSingle: files.isSingle)
        } catch {
            throw .malformed(path: files.header, error)
        }
    }

    deinit { nifti_image_free(image) }

    /// Where the voxels lie: the first of sform, qform and pixdim that is set and can be inverted.
    var affine: Affine {
        let pointee = image.pointee
        if pointee.sform_code > 0 {
            let sform = Affine(pointee.sto_xyz, code: pointee.sform_code)
            if sform.isInvertible { return sform }
        }
        if pointee.qform_code > 0 {
            let qform = Affine(pointee.qto_xyz, code: pointee.qform_code)
            if qform.isInvertible { return qform }
        }
        let spacing = SIMD3(abs(pointee.dx), abs(pointee.dy), abs(pointee.dz))
        let pixdim = Affine(spacing: spacing)
        return pixdim.isInvertible ? pixdim : Affine(spacing: .one)
    }

    /// The voxels of the only volume, or of volume `frame` (from 1), scaled as the header says.
    func voxels(frame: Int?) throws(VolumeError) -> [Float] {
        guard let index = frame ?? (header.frames == 1 ? 1 : nil), (1...header.frames).contains(index) else {
            throw defect(.frames(count: header.frames, dimensions: header.dimensions, chosen: frame))
        }
        let count = header.size[0] * header.size[1] * header.size[2]
        let start = header.offset + (index - 1) * count * header.bytesPerVoxel
        try check(promised: header.offset + header.frames * count * header.bytesPerVoxel)
        try Grid(shape: header.size).requireMemory(for: "\(files.image), of \(header.size.shapeText) voxels")
        let file = try Self.open(files.image)
        guard file.seek(to: start) else { throw defect(.truncated(voxels: 0, expected: count)) }
        var values: [Float] = []
        values.reserveCapacity(count)
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.piece, count) * header.bytesPerVoxel, alignment: 16)
        defer { raw.deallocate() }
        while values.count < count {
            guard !Interrupt.isRequested else { throw .interrupted }
            let wanted = min(Self.piece, count - values.count) * header.bytesPerVoxel
            let part = UnsafeMutableRawBufferPointer(rebasing: raw[..<wanted])
            guard file.read(into: part, as: image) else {
                let truncation = NiftiDefect.truncated(voxels: values.count, expected: count)
                throw defect(try Self.isCompressed(files.image) ? .damaged : truncation)
            }
            append(part, to: &values)
        }
        // Where the data end here, asking for more compares gzip's checksum, and closing tells whether one was there.
        let rest = file.read(into: UnsafeMutableRawBufferPointer(rebasing: raw[..<1]))
        guard let rest, rest > 0 || file.close() else { throw defect(.damaged) }
        return values
    }

    /// Refuses a header that promises more than the file can hold, before anything of that size is allocated.
    private func check(promised: Int) throws(VolumeError) {
        let size = try Self.size(files.image)
        let available = try Self.isCompressed(files.image) ? size * Self.largestExpansion : size
        guard promised <= available else { throw defect(.promises(bytes: promised, available: available)) }
    }

    private func append(_ raw: UnsafeMutableRawBufferPointer, to values: inout [Float]) {
        switch header.type {
        case DT_UINT8: append(raw, as: UInt8.self, to: &values)
        case DT_INT8: append(raw, as: Int8.self, to: &values)
        case DT_UINT16: append(raw, as: UInt16.self, to: &values)
        case DT_INT16: append(raw, as: Int16.self, to: &values)
        case DT_UINT32: append(raw, as: UInt32.self, to: &values)
        case DT_INT32: append(raw, as: Int32.self, to: &values)
        case DT_UINT64: append(raw, as: UInt64.self, to: &values)
        case DT_INT64: append(raw, as: Int64.self, to: &values)
        case DT_FLOAT32: append(raw.bindMemory(to: Float.self).map { Double($0) }, to: &values)
        default: append(Array(raw.bindMemory(to: Double.self)), to: &values)
        }
    }

    private func append<Value: FixedWidthInteger>(
        _ raw: UnsafeMutableRawBufferPointer, as: Value.Type, to values: inout [Float]
    ) {
        append(raw.bindMemory(to: Value.self).map { Double($0) }, to: &values)
    }

    private func append(_ stored: [Double], to values: inout [Float]) {
        let slope = image.pointee.scl_slope
        let isScaled = slope != 0 && slope.isFinite
        let intercept = isScaled && image.pointee.scl_inter.isFinite ? image.pointee.scl_inter : 0
        for number in stored {
            let value = Float(isScaled ? number * slope + intercept : number)
            values.append(value.isFinite || keepsNonFinite ? value : 0)
        }
    }

    private func defect(_ defect: NiftiDefect) -> VolumeError { .malformed(path: files.image, defect) }

    private static func open(_ path: String) throws(VolumeError) -> CompressedFile {
        guard let file = CompressedFile(path: path, mode: "rb", compressed: try isCompressed(path)) else {
            throw .system(path: path, reason: String(cString: strerror(errno)))
        }
        return file
    }

    /// Whether the file begins as gzip data do; its name is not asked.
    private static func isCompressed(_ path: String) throws(VolumeError) -> Bool {
        guard let file = CompressedFile(path: path, mode: "rb", compressed: false) else {
            throw .system(path: path, reason: String(cString: strerror(errno)))
        }
        var magic = (UInt8(0), UInt8(0))
        let count = withUnsafeMutableBytes(of: &magic) { file.read(into: $0) }
        return count == 2 && magic == (0x1f, 0x8b)
    }

    private static func size(_ path: String) throws(VolumeError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system(path: path, reason: String(cString: strerror(errno))) }
        return Int(status.st_size)
    }
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
