import CNifti
import Foundation
import Support

/// How the voxels of a file are stored.
public enum VoxelType: String, CaseIterable, Sendable {
    /// 32-bit floats.
    case float32
    /// 16-bit signed integers.
    case int16
    /// 8-bit unsigned integers: for masks and labels.
    case uint8

    /// The NIfTI code.
    var code: Int32 {
        switch self {
        case .float32: DT_FLOAT32
        case .int16: DT_INT16
        case .uint8: DT_UINT8
        }
    }

    /// Bytes a voxel.
    var bytes: Int {
        switch self {
        case .float32: 4
        case .int16: 2
        case .uint8: 1
        }
    }
}

extension Volume {
    /// Writes the volume as a NIfTI file at `path`: .nii, or the pair .hdr and .img, with .gz compressed.
    ///
    /// The affine is written as sform, and as qform too where its directions stand at right angles. Integer types
    /// store whole numbers within their range as they are; others are scaled to the whole range, with scl_slope and
    /// scl_inter to undo it, so that the error is at most half a step. `version` (default 1) is 1 or 2; NIfTI-1
    /// allows 32,767 voxels along an axis. The file appears whole or not at all. Throws `VolumeError`.
    public func write(to path: String, type: VoxelType = .float32, version: Int = 1) throws(VolumeError) {
        guard version == 1 || version == 2 else {
            throw .parameter("version", value: "\(version)", expected: "1 or 2, for NIfTI-1 or NIfTI-2")
        }
        guard version == 2 || shape.allSatisfy({ $0 <= 32_767 }) else {
            throw .parameter("version", value: "1", expected: "2, as the shape is \(shape) and NIfTI-1 ends at 32767")
        }
        guard type == .float32 || values.allSatisfy(\.isFinite) else {
            throw .parameter("type", value: type.rawValue, expected: "float32, as some values are not finite")
        }
        let files = try NiftiFiles(path, existing: false)
        let scale = type == .float32 ? VoxelScale(slope: 1, intercept: 0) : VoxelScale(values, type)
        let header = niftiHeader(type, scale, version: version, isSingle: files.isSingle)
        do {
            if files.isSingle {
                try WholeFile.replace(path) { try write(header + [0, 0, 0, 0], type, scale, to: $0) }
            } else {
                try WholeFile.replace(files.image) { try write([], type, scale, to: $0) }
                try WholeFile.replace(files.header) { temporary in
                    try CompressedFile.write(header + [0, 0, 0, 0], [], to: temporary)
                }
            }
        } catch let error as VolumeError {
            throw error
        } catch {
            throw .system(path: path, reason: (error as? FileError)?.reason ?? "\(error)")
        }
    }

    private func write(_ prefix: [UInt8], _ type: VoxelType, _ scale: VoxelScale, to path: String) throws {
        switch type {
        case .float32: try CompressedFile.write(prefix, values, to: path)
        case .int16: try CompressedFile.write(prefix, scale.stored(values, as: Int16.self), to: path)
        case .uint8: try CompressedFile.write(prefix, scale.stored(values, as: UInt8.self), to: path)
        }
    }

    /// The bytes of the header, which the library makes from its own description of an image.
    private func niftiHeader(_ type: VoxelType, _ scale: VoxelScale, version: Int, isSingle: Bool) -> [UInt8] {
        var image = nifti_image()
        (image.ndim, image.nx, image.ny, image.nz) = (3, Int64(shape[2]), Int64(shape[1]), Int64(shape[0]))
        (image.nt, image.nu, image.nv, image.nw) = (1, 1, 1, 1)
        image.dim = (3, image.nx, image.ny, image.nz, 1, 1, 1, 1)
        image.nvox = Int64(grid.count)
        (image.nbyper, image.datatype) = (Int32(type.bytes), type.code)
        (image.dx, image.dy, image.dz) = (affine.spacing.x, affine.spacing.y, affine.spacing.z)
        (image.dt, image.du, image.dv, image.dw) = (1, 1, 1, 1)
        image.pixdim = (0, image.dx, image.dy, image.dz, 1, 1, 1, 1)
        (image.scl_slope, image.scl_inter) = (scale.slope, scale.intercept)
        image.xyz_units = NIFTI_UNITS_MM
        (image.sform_code, image.sto_xyz) = (max(affine.code, 1), affine.matrix)
        if affine.isOrthogonal {
            image.qform_code = image.sform_code
            var (dx, dy, dz) = (0.0, 0.0, 0.0)
            nifti_dmat44_to_quatern(
                affine.matrix, &image.quatern_b, &image.quatern_c, &image.quatern_d, &image.qoffset_x,
                &image.qoffset_y, &image.qoffset_z, &dx, &dy, &dz, &image.qfac)
        }
        let first = version == 1 ? NIFTI_FTYPE_NIFTI1_1 : NIFTI_FTYPE_NIFTI2_1
        let second = version == 1 ? NIFTI_FTYPE_NIFTI1_2 : NIFTI_FTYPE_NIFTI2_2
        image.nifti_type = Int32(isSingle ? first : second)
        image.iname_offset = isSingle ? (version == 1 ? 352 : 544) : 0
        guard version == 2 else {
            var header = nifti_1_header()
            nifti_convert_nim2n1hdr(&image, &header)
            header.vox_offset = Float(image.iname_offset)
            return withUnsafeBytes(of: header) { Array($0.prefix(348)) }
        }
        var header = nifti_2_header()
        nifti_convert_nim2n2hdr(&image, &header)
        header.vox_offset = image.iname_offset
        return withUnsafeBytes(of: header) { Array($0.prefix(540)) }
    }
}

/// What a stored integer stands for: value = stored slope + intercept.
private struct VoxelScale {
    let slope: Double
    let intercept: Double

    init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    /// None where all values are whole numbers in the type's range, otherwise that which uses the whole range.
    init(_ values: [Float], _ type: VoxelType) {
        let (low, high) = type == .uint8 ? (0.0, 255.0) : (-32_768.0, 32_767.0)
        let least = Double(values.min() ?? 0)
        let most = Double(values.max() ?? 0)
        if least >= low, most <= high, values.allSatisfy({ $0 == $0.rounded() }) {
            self.init(slope: 1, intercept: 0)
        } else {
            // The header keeps single precision: what is stored must be computed with the numbers that are kept.
            let slope = max(Double(Float((most - least) / (high - low)).nextUp), Double(Float.leastNormalMagnitude))
            self.init(slope: slope, intercept: Double(Float(least - low * slope)))
        }
    }

    func stored<Value: FixedWidthInteger>(_ values: [Float], as: Value.Type) -> [Value] {
        values.map { Value(clamping: Int64(((Double($0) - intercept) / slope).rounded())) }
    }
}

extension CompressedFile {
    /// Writes `prefix` and then `values` to a new file at `path`, compressed where its name ends in .gz.
    fileprivate static func write<Value>(_ prefix: [UInt8], _ values: [Value], to path: String) throws(FileError) {
        errno = 0
        guard let file = CompressedFile(path: path, mode: "wb", compressed: NiftiFiles.isCompressed(path)) else {
            throw FileError(path: path, reason: String(cString: strerror(errno)))
        }
        let isWritten = prefix.withUnsafeBytes(file.write) && values.withUnsafeBytes(file.write)
        guard file.close(), isWritten else {
            throw FileError(path: path, reason: errno == 0 ? "could not be written" : String(cString: strerror(errno)))
        }
    }
}
