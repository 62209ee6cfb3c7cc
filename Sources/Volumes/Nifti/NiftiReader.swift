import CNifti
import Support

/// Reads the header of one image. Our checks come first, so that the library sees only headers that it can handle.
final class NiftiReader {
    private let files: NiftiFiles
    private let header: NiftiHeader
    private let image: UnsafeMutablePointer<nifti_image>
    /// How warnings name the file.
    private let name: String

    /// The library reports on standard error unless told not to.
    private static let silence: Void = nifti_set_debug_level(0)

    /// Checks the header, which `reader` has read; warnings name the file as `name` (default: its path).
    init(_ files: NiftiFiles, _ reader: HeaderReader, shownAs name: String? = nil) throws(VolumeError) {
        Self.silence
        self.files = files
        self.name = (name ?? files.header).shown
        do throws(FormatDefect) {
            (header, image) = try NiftiHeader.parse(reader.bytes, isSingle: files.isSingle)
        } catch {
            throw .malformed(path: files.header, error)
        }
        for doubt in header.doubts { StandardStream.warnOnce("\(self.name): \(doubt)") }
    }

    deinit { nifti_image_free(image) }

    /// Where the voxels are, how they are stored, and where they lie.
    var voxels: StoredVoxels {
        let grid = Grid(
            shape: header.size.reversed(), affine: affine.measured(in: header.unit), header: ScanHeader(image))
        warnOfForms(grid)
        return StoredVoxels(
            path: files.image, grid: grid, frames: header.frames, dimensions: header.dimensions, run: grid.count,
            type: header.type, isSwapped: image.pointee.byteorder != nifti_short_order(), scale: header.scale,
            offset: header.offset, encoding: .detected)
    }

    /// Says where sform and qform are both set and lead to other places, by more than 0.1 mm, and where neither is set.
    private func warnOfForms(_ grid: Grid) {
        let pointee = image.pointee
        if pointee.sform_code <= 0, pointee.qform_code <= 0 {
            StandardStream.warnOnce("\(name): neither sform nor qform says where its axes point; they are taken as RAS")
        }
        guard pointee.sform_code > 0, pointee.qform_code > 0 else { return }
        let (sform, qform) = (Affine(pointee.sto_xyz, code: 0), measured(Affine(pointee.qto_xyz, code: 0)))
        guard sform.isInvertible, qform.isInvertible else { return }
        let distance = Grid(shape: grid.shape, affine: sform.measured(in: header.unit), header: nil)
            .distance(to: Grid(shape: grid.shape, affine: qform.measured(in: header.unit), header: nil))
        guard distance > 0.1 else { return }
        StandardStream.warnOnce(
            "\(name): sform and qform differ, by up to \(distance.text(decimals: 1)) mm; the sform is used")
    }

    /// A qform with the distances of the header: the library takes 1 for one that is below 0, which counts as positive.
    private func measured(_ qform: Affine) -> Affine {
        var result = qform
        for (axis, column) in [\Affine.x, \.y, \.z].enumerated() {
            let length = (qform[keyPath: column] * qform[keyPath: column]).sum().squareRoot()
            let distance = header.spacing[axis]
            guard length > 0, abs(length - distance) > 1e-3 * distance else { continue }
            result[keyPath: column] *= distance / length
        }
        return result
    }

    /// Where the voxels lie: the first of sform, qform and pixdim that is set and can be inverted.
    private var affine: Affine {
        let pointee = image.pointee
        let forms = [
            ("sform", Affine(pointee.sto_xyz, code: pointee.sform_code), pointee.sform_code),
            ("qform", measured(Affine(pointee.qto_xyz, code: pointee.qform_code)), pointee.qform_code),
        ]
        for (name, affine, code) in forms where code > 0 {
            if affine.isInvertible { return affine }
            StandardStream.warnOnce("\(self.name): \(name) cannot be inverted; it is ignored")
        }
        let affine = Affine(spacing: SIMD3(header.spacing[0], header.spacing[1], header.spacing[2]))
        if affine.isInvertible { return affine }
        StandardStream.warnOnce("\(name): pixdim \(header.spacing) is impossible; voxels count as 1 mm")
        return Affine(spacing: .one)
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
