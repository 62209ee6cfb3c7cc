import CNifti

/// A NIfTI header that has passed all checks, so that its voxels can be read safely.
struct NiftiHeader {
    /// Sizes of the first three dimensions, in the order x, y, z.
    let size: [Int]
    /// How many volumes of that size the file holds.
    let frames: Int
    /// All dimensions as the header lists them.
    let dimensions: [Int]
    /// The NIfTI code of the voxels' type.
    let type: Int32
    /// The byte at which the voxels begin.
    let offset: Int
    /// value = slope * stored + intercept; nil where values are as stored, also for a slope that is 0 or not finite.
    let scale: (slope: Double, intercept: Double)?
    /// The unit of space in mm; 1 where the header names none.
    let unit: Double
    /// A sentence for each field that makes no sense and is therefore ignored.
    let doubts: [String]
    /// The distances between voxels along x, y and z as the header gives them, in its unit.
    let spacing: [Double]

    /// The fields to check, of a header of either version, in this machine's byte order.
    private struct Fields {
        let dim: [Int]
        let type: Int32
        let bits: Int
        let offset: Double
        let magic: [UInt8]
        let version: Int
        let slope: Double
        let intercept: Double
        let units: Int
        let pixdim: [Double]
        let qform: (code: Int, values: [Double])
        let sform: (code: Int, rows: [Double])
    }

    /// Whether `bytes` begin with a header's size, in either byte order.
    static func begins(_ bytes: [UInt8]) -> Bool {
        [[0x5C, 1, 0, 0], [0, 0, 1, 0x5C], [0x1C, 2, 0, 0], [0, 0, 2, 0x1C]].contains { bytes.starts(with: $0) }
    }

    /// Checks the header in `bytes` and hands it to the library, whose own description is returned beside ours.
    ///
    /// The caller frees the library's description with `nifti_image_free`.
    static func parse(
        _ bytes: [UInt8], isSingle: Bool
    ) throws(FormatDefect) -> (NiftiHeader, UnsafeMutablePointer<nifti_image>) {
        guard bytes.count >= 4 else { throw .shortHeader(bytes: bytes.count) }
        let size = UInt32(bytes[0]) | UInt32(bytes[1]) << 8 | UInt32(bytes[2]) << 16 | UInt32(bytes[3]) << 24
        switch (Int32(bitPattern: size).littleEndian, Int32(bitPattern: size).bigEndian) {
        case (348, _), (_, 348):
            let raw = try load(bytes, as: nifti_1_header())
            var header = raw
            if header.sizeof_hdr != 348 { nifti_swap_as_nifti1(&header) }
            let dim = withUnsafeBytes(of: header.dim) { $0.bindMemory(to: Int16.self).map(Int.init) }
            let fields = Fields(
                dim: dim, type: Int32(header.datatype), bits: Int(header.bitpix), offset: Double(header.vox_offset),
                magic: withUnsafeBytes(of: header.magic) { Array($0) }, version: 1, slope: Double(header.scl_slope),
                intercept: Double(header.scl_inter), units: Int(header.xyzt_units),
                pixdim: withUnsafeBytes(of: header.pixdim) { $0.bindMemory(to: Float.self).map(Double.init) },
                qform: (
                    Int(header.qform_code),
                    [
                        header.quatern_b, header.quatern_c, header.quatern_d, header.qoffset_x, header.qoffset_y,
                        header.qoffset_z,
                    ].map(Double.init)
                ),
                sform: (
                    Int(header.sform_code),
                    withUnsafeBytes(of: (header.srow_x, header.srow_y, header.srow_z)) {
                        $0.bindMemory(to: Float.self).map(Double.init)
                    }
                ))
            return try (checked(fields, isSingle: isSingle), converted(nifti_convert_n1hdr2nim(raw, nil)))
        case (540, _), (_, 540):
            let raw = try load(bytes, as: nifti_2_header())
            var header = raw
            if header.sizeof_hdr != 540 { nifti_swap_as_nifti2(&header) }
            let dim = withUnsafeBytes(of: header.dim) { $0.bindMemory(to: Int64.self).map { Int($0) } }
            let fields = Fields(
                dim: dim, type: Int32(header.datatype), bits: Int(header.bitpix), offset: Double(header.vox_offset),
                magic: withUnsafeBytes(of: header.magic) { Array($0) }, version: 2, slope: header.scl_slope,
                intercept: header.scl_inter, units: Int(header.xyzt_units),
                pixdim: withUnsafeBytes(of: header.pixdim) { Array($0.bindMemory(to: Double.self)) },
                qform: (
                    Int(header.qform_code),
                    [
                        header.quatern_b, header.quatern_c, header.quatern_d, header.qoffset_x, header.qoffset_y,
                        header.qoffset_z,
                    ]
                ),
                sform: (
                    Int(header.sform_code),
                    withUnsafeBytes(of: (header.srow_x, header.srow_y, header.srow_z)) {
                        Array($0.bindMemory(to: Double.self))
                    }
                ))
            return try (checked(fields, isSingle: isSingle), converted(nifti_convert_n2hdr2nim(raw, nil)))
        default:
            throw .notNifti
        }
    }

    private static func load<Header>(_ bytes: [UInt8], as empty: Header) throws(FormatDefect) -> Header {
        var header = empty
        let size = min(MemoryLayout<Header>.size, 540)
        guard bytes.count >= size else { throw .shortHeader(bytes: bytes.count) }
        withUnsafeMutableBytes(of: &header) { $0.copyBytes(from: bytes[..<size]) }
        return header
    }

    private static func converted(
        _ image: UnsafeMutablePointer<nifti_image>?
    ) throws(FormatDefect) -> UnsafeMutablePointer<nifti_image> {
        guard let image else { throw .notNifti }
        return image
    }

    private static func checked(_ fields: Fields, isSingle: Bool) throws(FormatDefect) -> NiftiHeader {
        let expected = (isSingle ? "n+" : "ni") + "\(fields.version)"
        guard fields.magic.starts(with: Array(expected.utf8) + [0]) else {
            guard fields.magic.contains(where: { $0 != 0 }) else { throw .magic("", expected: expected) }
            let text = fields.magic.prefix(3).map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "?" }
            throw .magic(text.joined(), expected: expected)
        }
        let count = fields.dim[0]
        guard (1...7).contains(count), let voxels = Grid.count(of: Array(fields.dim[1...count])) else {
            throw .dimensions(Array((1...7).contains(count) ? fields.dim[1...count] : fields.dim[...]))
        }
        let dimensions = Array(fields.dim[1...count])
        let size = (0..<3).map { $0 < count ? dimensions[$0] : 1 }
        guard let bytes = NiftiType.bytes[fields.type] else { throw .type(NiftiType.name(fields.type)) }
        guard fields.bits == bytes * 8 else { throw .bits(fields.bits, expected: bytes * 8) }
        var doubts: [String] = []
        if scale(fields) != nil, !fields.intercept.isFinite {
            let intercept = fields.intercept.isNaN ? "nan" : "\(fields.intercept)"
            doubts.append("scl_inter is \(intercept) beside scl_slope \(fields.slope); it counts as 0")
        }
        let unit = units[fields.units & 7]
        let spacing = try spacing(fields, count: count, doubts: &doubts)
        if unit == nil { doubts.append("xyzt_units is \(fields.units), an unknown unit of space; it counts as mm") }
        return NiftiHeader(
            size: size, frames: voxels / (size[0] * size[1] * size[2]), dimensions: dimensions,
            type: fields.type, offset: try offset(fields, isSingle: isSingle),
            scale: scale(fields), unit: unit ?? 1, doubts: doubts, spacing: spacing)
    }

    private static func scale(_ fields: Fields) -> (slope: Double, intercept: Double)? {
        guard fields.slope != 0, fields.slope.isFinite else { return nil }
        let intercept = fields.intercept.isFinite ? fields.intercept : 0
        return fields.slope == 1 && fields.intercept == 0 ? nil : (fields.slope, intercept)
    }

    /// The positive distances between voxels; throws where a number that says where voxels lie is not finite.
    ///
    /// The library would take 0 or 1 for such a number, and the scan would lie elsewhere without a word.
    private static func spacing(
        _ fields: Fields, count: Int, doubts: inout [String]
    ) throws(FormatDefect) -> [Double] {
        for (row, name) in ["srow_x", "srow_y", "srow_z"].enumerated() where fields.sform.code > 0 {
            let values = Array(fields.sform.rows[(4 * row)..<(4 * row + 4)])
            guard values.allSatisfy(\.isFinite) else {
                throw .field(name, value: "\(values)", expected: "finite numbers")
            }
        }
        if fields.qform.code > 0, !fields.qform.values.allSatisfy(\.isFinite) {
            throw .field("quatern, qoffset", value: "\(fields.qform.values)", expected: "finite numbers")
        }
        return try (1...3).map { axis throws(FormatDefect) in
            guard axis <= count else { return 1 }
            let distance = fields.pixdim[axis]
            guard distance.isFinite || fields.sform.code > 0 else {
                throw .field("pixdim[\(axis)]", value: "\(distance)", expected: "a distance between voxels")
            }
            guard !(distance > 0 && distance.isFinite) else { return distance }
            let positive = distance.isFinite && distance != 0 ? -distance : 1
            doubts.append("pixdim[\(axis)] is \(distance); it counts as \(positive)")
            return positive
        }
    }

    /// The units of space in mm, by their codes: 0 unnamed, 1 metre, 2 millimetre, 3 micrometre.
    private static let units = [0: 1, 1: 1000, 2: 1, 3: 0.001]

    /// The byte at which the voxels begin: in a single file after the header and four bytes that announce extensions; 0
    /// in the header means right after these.
    private static func offset(_ fields: Fields, isSingle: Bool) throws(FormatDefect) -> Int {
        let least = isSingle ? (fields.version == 1 ? 352 : 544) : 0
        guard fields.offset != 0 else { return least }
        guard let offset = Int(exactly: fields.offset), offset >= least, offset < 1 << 40 else {
            throw .offset(fields.offset)
        }
        return offset
    }
}

/// The types of voxels that are read.
enum NiftiType {
    /// Bytes a voxel, by NIfTI code, of the integers and floats of 8 to 64 bits.
    static let bytes: [Int32: Int] = [
        DT_UINT8: 1, DT_INT8: 1, DT_INT16: 2, DT_UINT16: 2, DT_INT32: 4, DT_UINT32: 4, DT_INT64: 8, DT_UINT64: 8,
        DT_FLOAT32: 4, DT_FLOAT64: 8,
    ]

    /// The library's name of a type.
    static func name(_ code: Int32) -> String { "\(String(cString: nifti_datatype_to_string(code))) (code \(code))" }
}

/// What the header of a scan says beside its size and its voxels' type: how and in which unit it lies in the world,
/// what it is meant for, and its notes. A map of the scan is written with the same.
final class ScanHeader: Sendable {
    private let header: nifti_2_header

    /// Keeps what the library's description of a scan says.
    init(_ image: UnsafeMutablePointer<nifti_image>) {
        var header = nifti_2_header()
        nifti_convert_nim2n2hdr(image, &header)
        // The range of the scan's grey levels is not that of a map.
        (header.cal_min, header.cal_max) = (0, 0)
        (header.scl_slope, header.scl_inter) = (0, 0)
        self.header = header
    }

    /// Whether NIfTI-1, whose codes and numbers are shorter, has room for all of it.
    var fitsFirstVersion: Bool {
        let codes = [header.intent_code, header.qform_code, header.sform_code]
        let slices = [header.slice_start, header.slice_end]
        let (x, y, z, size) = (header.srow_x, header.srow_y, header.srow_z, header.pixdim)
        let rows = [x.0, x.1, x.2, x.3, y.0, y.1, y.2, y.3, z.0, z.1, z.2, z.3, size.0, size.1, size.2, size.3]
        let quaternion = [header.quatern_b, header.quatern_c, header.quatern_d]
        let offset = [header.qoffset_x, header.qoffset_y, header.qoffset_z, header.toffset]
        let others = [header.intent_p1, header.intent_p2, header.intent_p3, header.slice_duration]
        return codes.allSatisfy { Int16(exactly: $0) != nil } && slices.allSatisfy { Int16(exactly: $0) != nil }
            && [header.slice_code, header.xyzt_units].allSatisfy { Int8(exactly: $0) != nil }
            && (rows + quaternion + offset + others).allSatisfy { Float($0).isFinite }
    }

    /// The library's description of an image of this header; nil where it cannot make one.
    var image: nifti_image? {
        guard let image = nifti_convert_n2hdr2nim(header, nil) else { return nil }
        defer { nifti_image_free(image) }
        var copy = image.pointee
        (copy.fname, copy.iname, copy.data, copy.ext_list, copy.num_ext) = (nil, nil, nil, nil, 0)
        return copy
    }
}
