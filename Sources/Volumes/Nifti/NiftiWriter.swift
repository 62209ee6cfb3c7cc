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

    /// The whole numbers that an integer type holds; nil for floats.
    var range: ClosedRange<Double>? {
        switch self {
        case .float32: nil
        case .int16: -32_768...32_767
        case .uint8: 0...255
        }
    }
}

extension Volume {
    /// Writes the volume as a NIfTI file at `path`: .nii, or the pair .hdr and .img, with .gz compressed.
    ///
    /// On the grid of a scan that was read, the header is the scan's: codes, units, sizes, intent and description.
    /// Otherwise the affine is written as sform, and as qform too where its directions stand at right angles.
    ///
    /// Integer types store whole numbers as they are. With `isScaled`, what they cannot store is scaled to the whole
    /// range, with scl_slope and scl_inter to undo it, so that the error is at most half a step; without it (the
    /// default) these are an error. `version` (default 1) is 1 or 2; NIfTI-1 allows 32,767 voxels along an axis. The
    /// file appears whole or not at all. Throws `VolumeError`.
    public func write(
        to path: String, type: VoxelType = .float32, version: Int = 1, isScaled: Bool = false
    ) throws(VolumeError) {
        try VolumeError.require(version == 1 || version == 2, "version", version, "1 or 2, for NIfTI-1 or NIfTI-2")
        try VolumeError.require(
            version == 2 || shape.allSatisfy { $0 <= 32_767 }, "version", 1,
            "2, as the shape is \(shape) and NIfTI-1 ends at 32767")
        try VolumeError.require(
            version == 2 || affine.isSinglePrecision, "version", 1,
            "2, as the affine has numbers that single precision cannot hold")
        try VolumeError.require(
            type == .float32 || nonFiniteCount == 0, "type", type.rawValue, "float32, as some values are not finite")
        let files = try NiftiFiles(writing: path)
        let scale = try withValues { values throws(VolumeError) in
            try VoxelScale(for: values, type, isScaled: isScaled)
        }
        let header = niftiHeader(type, scale, version: version, isSingle: files.isSingle)
        let hadHeader = files.isSingle || FileSystem.exists(files.header)
        let oldHeader = try VolumeError.wrapping { () throws(FileError) in
            files.isSingle || FileSystem.kind(files.header) != .file ? nil : try InputFile.bytes(of: files.header)
        }
        let oldTime = FileSystem.modificationTime(files.image)
        do {
            try WholeFile.replace(files.image) { temporary in
                let prefix = files.isSingle ? header + [0, 0, 0, 0] : []
                let file = try CompressedFile(writing: temporary, as: files.image)
                try write(prefix, type, scale, to: file)
                // The header is on the disk before the image replaces the old one: both are new, or neither.
                if !files.isSingle { try Self.write(header + [0, 0, 0, 0], to: files.header) }
            }
        } catch {
            // Another header would make something else of the old image, where that is still there.
            if FileSystem.modificationTime(files.image) == oldTime {
                if let oldHeader { try? WholeFile.replace(files.header, with: Data(oldHeader)) }
                if !hadHeader { FileSystem.remove(files.header) }
            }
            let failed = (error as? FileError)?.path == files.header ? files.header : path
            throw error as? VolumeError ?? .system(path: failed, reason: (error as? FileError)?.reason ?? "\(error)")
        }
    }

    private func write(_ prefix: [UInt8], _ type: VoxelType, _ scale: VoxelScale, to file: CompressedFile) throws {
        try prefix.withUnsafeBytes { try file.write($0) }
        switch type {
        case .float32: try withValues { try file.write(UnsafeRawBufferPointer($0)) }
        case .int16: try withValues { try scale.write($0, as: Int16.self, to: file) }
        case .uint8: try withValues { try scale.write($0, as: UInt8.self, to: file) }
        }
        try file.close()
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try WholeFile.replace(path) { temporary in
            let file = try CompressedFile(writing: temporary, as: path)
            try bytes.withUnsafeBytes { try file.write($0) }
            try file.close()
        }
    }

    /// The bytes of the header, which the library makes from its own description of an image.
    private func niftiHeader(_ type: VoxelType, _ scale: VoxelScale, version: Int, isSingle: Bool) -> [UInt8] {
        func image(_ start: nifti_image) -> nifti_image {
            var image = start
            (image.ndim, image.nx, image.ny, image.nz) = (3, Int64(shape[2]), Int64(shape[1]), Int64(shape[0]))
            (image.nt, image.nu, image.nv, image.nw) = (1, 1, 1, 1)
            image.dim = (3, image.nx, image.ny, image.nz, 1, 1, 1, 1)
            image.nvox = Int64(grid.count)
            image.datatype = type.code
            nifti_datatype_sizes(type.code, &image.nbyper, &image.swapsize)
            (image.scl_slope, image.scl_inter) = (scale.slope, scale.intercept)
            let first = version == 1 ? NIFTI_FTYPE_NIFTI1_1 : NIFTI_FTYPE_NIFTI2_1
            let second = version == 1 ? NIFTI_FTYPE_NIFTI1_2 : NIFTI_FTYPE_NIFTI2_2
            image.nifti_type = Int32(isSingle ? first : second)
            image.iname_offset = isSingle ? (version == 1 ? 352 : 544) : 0
            return image
        }
        let isKept = version == 2 || grid.header?.fitsFirstVersion ?? true
        if !isKept {
            StandardStream.warnOnce(
                "a scan's NIfTI-2 header has codes that NIfTI-1 has no room for; they are left out (version 2 keeps them)"
            )
        }
        var description = image((isKept ? grid.header?.image : nil) ?? described)
        guard version == 2 else {
            var header = nifti_1_header()
            nifti_convert_nim2n1hdr(&description, &header)
            header.vox_offset = Float(description.iname_offset)
            return withUnsafeBytes(of: header) { Array($0.prefix(348)) }
        }
        var header = nifti_2_header()
        nifti_convert_nim2n2hdr(&description, &header)
        header.vox_offset = description.iname_offset
        // The rest of the magic string, by which line ends changed in a transfer are seen; the library leaves it out.
        (header.magic.4, header.magic.5, header.magic.6, header.magic.7) = (13, 10, 26, 10)
        return withUnsafeBytes(of: header) { Array($0.prefix(540)) }
    }
}

extension Affine {
    /// Whether all its numbers are within the range of single precision.
    fileprivate var isSinglePrecision: Bool {
        [x, y, z, origin].allSatisfy { column in (0..<3).allSatisfy { Float(column[$0]).isFinite } }
    }
}

extension Volume {
    /// The library's description of where the volume lies, without sizes and type.
    private var described: nifti_image {
        var image = nifti_image()
        (image.dx, image.dy, image.dz) = (affine.spacing.x, affine.spacing.y, affine.spacing.z)
        (image.dt, image.du, image.dv, image.dw) = (1, 1, 1, 1)
        image.pixdim = (0, image.dx, image.dy, image.dz, 1, 1, 1, 1)
        image.xyz_units = NIFTI_UNITS_MM
        (image.sform_code, image.sto_xyz) = (max(Int32(Int16(clamping: affine.code)), 1), affine.matrix)
        if affine.isOrthogonal {
            image.qform_code = image.sform_code
            var (dx, dy, dz) = (0.0, 0.0, 0.0)
            nifti_dmat44_to_quatern(
                affine.matrix, &image.quatern_b, &image.quatern_c, &image.quatern_d, &image.qoffset_x,
                &image.qoffset_y, &image.qoffset_z, &dx, &dy, &dz, &image.qfac)
        }
        return image
    }
}

/// What a stored integer stands for: value = slope * stored + intercept.
private struct VoxelScale {
    let slope: Double
    let intercept: Double

    /// Values are stored as they are.
    static let none = VoxelScale(slope: 1, intercept: 0)
}

extension VoxelScale {

    /// Decides how `values` become numbers of `type`; see `Volume.write`.
    init(for values: UnsafeBufferPointer<Float>, _ type: VoxelType, isScaled: Bool) throws(VolumeError) {
        guard let range = type.range else {
            self = .none
            return
        }
        let least = values.min() ?? 0
        let most = values.max() ?? 0
        let broken = values.first { $0 != $0.rounded() }
        if broken == nil, range.contains(Double(least)), range.contains(Double(most)) {
            self = .none
            return
        }
        guard isScaled else {
            let value = broken ?? (range.contains(Double(least)) ? most : least)
            throw .parameter(
                "type", value: type.rawValue,
                expected: "a type that holds \(value), or the option scale (\(type.rawValue) holds whole numbers from "
                    + "\(Int(range.lowerBound)) to \(Int(range.upperBound)))")
        }
        self.init(from: least, to: most, range)
    }

    /// Uses all of a type's `range` for values from `least` to `most`.
    init(from least: Float, to most: Float, _ range: ClosedRange<Double>) {
        let (least, most) = (Double(least), Double(most))
        // The header holds both numbers in single precision, so the stored integers must be computed with them rounded.
        let step = Float((most - least) / (range.upperBound - range.lowerBound)).nextUp
        let slope = max(Double(step), Double(Float.leastNormalMagnitude))
        self.init(slope: slope, intercept: Double(Float(least - range.lowerBound * slope)))
    }

    /// Writes `values` as integers, piece by piece.
    func write<Value: FixedWidthInteger>(
        _ values: UnsafeBufferPointer<Float>, as: Value.Type, to file: CompressedFile
    ) throws {
        for first in stride(from: 0, to: values.count, by: Self.piece) {
            let stored = values[first..<min(first + Self.piece, values.count)].map {
                Value(clamping: Int64(((Double($0) - intercept) / slope).rounded()))
            }
            try stored.withUnsafeBytes { try file.write($0) }
        }
    }

    /// The number of voxels in a piece.
    private static let piece = 1 << 16
}
