import CNifti
import Foundation
import Support

/// Checks the header of an NRRD file, .nrrd with its data behind it or .nhdr with a data file.
struct NrrdReader {
    /// The first bytes of every version.
    static let magic = Array("NRRD".utf8)

    /// NIfTI's codes of the types, by their names.
    private static let types: [String: Int32] = {
        let names: [(Int32, [String])] = [
            (DT_INT8, ["signed char", "int8", "int8_t"]), (DT_UINT8, ["uchar", "unsigned char", "uint8", "uint8_t"]),
            (DT_INT16, ["short", "short int", "signed short", "signed short int", "int16", "int16_t"]),
            (DT_UINT16, ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"]),
            (DT_INT32, ["int", "signed int", "int32", "int32_t"]),
            (DT_UINT32, ["uint", "unsigned int", "uint32", "uint32_t"]),
            (
                DT_INT64,
                [
                    "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64",
                    "int64_t",
                ]
            ),
            (DT_UINT64, ["ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"]),
            (DT_FLOAT32, ["float"]), (DT_FLOAT64, ["double"]),
        ]
        return Dictionary(uniqueKeysWithValues: names.flatMap { code, names in names.map { ($0, code) } })
    }()

    private let path: String
    private let header: NrrdHeader

    /// Reads the header of a file that begins with `magic`.
    init(_ reader: HeaderReader) throws(VolumeError) {
        path = reader.path
        guard !reader.isCompressed else {
            let defect = FormatDefect.field(
                "magic", value: "NRRD within gzip", expected: "a file whose data alone are compressed; unpack it first")
            throw .malformed(path: path, defect)
        }
        header = try NrrdHeader.read(path)
    }

    /// What the header says, checked.
    func voxels() throws(VolumeError) -> StoredVoxels {
        do throws(FormatDefect) {
            let type = try type
            let sizes = try sizes
            let axes = try NrrdAxes(header, sizes: sizes, path: path)
            let size = axes.spatial.map { sizes[$0] }
            let run = sizes[..<(axes.frame ?? 3)].reduce(1, *)
            let (file, offset, encoding) = try data(type: type, voxels: sizes.reduce(1, *))
            return StoredVoxels(
                path: file, grid: Grid(shape: size.reversed(), affine: try axes.affine(), header: nil),
                frames: axes.frame.map { sizes[$0] } ?? 1, dimensions: sizes, run: run, type: type,
                isSwapped: try isSwapped(type), scale: nil, offset: offset, encoding: encoding)
        } catch {
            throw .malformed(path: path, error)
        }
    }

    private var type: Int32 {
        get throws(FormatDefect) {
            let name = try header.required("type")
            guard let type = Self.types[name.lowercased()] else { throw .type("'\(String(name.prefix(40)).shown)'") }
            return type
        }
    }

    private var sizes: [Int] {
        get throws(FormatDefect) {
            guard let dimension = Int(try header.required("dimension")), (3...4).contains(dimension) else {
                throw header.wrong("dimension", expected: "3, or 4 where one axis counts frames")
            }
            _ = try header.required("sizes")
            let words = header.words("sizes") ?? []
            let sizes = words.compactMap { Int($0) }
            guard sizes.count == words.count, sizes.count == dimension, Grid.count(of: sizes) != nil else {
                throw header.wrong("sizes", expected: "\(dimension) positive sizes of a possible volume")
            }
            return sizes
        }
    }

    private func isSwapped(_ type: Int32) throws(FormatDefect) -> Bool {
        guard (NiftiType.bytes[type] ?? 1) > 1, !isText else { return false }
        switch try header.required("endian").lowercased() {
        case "little": return 1.littleEndian != 1
        case "big": return 1.bigEndian != 1
        default: throw header.wrong("endian", expected: "little or big")
        }
    }

    private var isText: Bool { ["ascii", "text", "txt"].contains(header["encoding"]?.lowercased() ?? "") }

    /// The file of the data, the byte at which voxels begin in what is unpacked, and how they are packed.
    private func data(
        type: Int32, voxels: Int
    ) throws(FormatDefect) -> (path: String, offset: Int, StoredVoxels.Encoding) {
        let isDetached = header["data file"] != nil
        let file = try isDetached ? detached() : path
        guard isDetached || header.isEnded else {
            throw .field("header", value: "without an end", expected: "an empty line before the data, or a data file")
        }
        let start = isDetached ? 0 : header.length
        if let skipped = header["line skip"], Int(skipped) != 0 {
            throw header.wrong("line skip", expected: "0: text before the data is not skipped")
        }
        guard let skip = header["byte skip"].map({ Int($0) }) ?? 0, (-1..<1 << 40).contains(skip) else {
            throw header.wrong("byte skip", expected: "a number of bytes, or -1")
        }
        switch try header.required("encoding").lowercased() {
        case "raw":
            guard skip < 0 else { return (file, start + skip, .raw) }
            let bytes = voxels * (NiftiType.bytes[type] ?? 1)
            return (file, max((FileSystem.size(file) ?? 0) - bytes, start), .raw)
        case "gzip", "gz":
            guard skip >= 0 else { throw header.wrong("byte skip", expected: "at least 0 before compressed data") }
            return (file, skip, .gzip(at: start))
        case "ascii", "text", "txt":
            guard skip == 0 else { throw header.wrong("byte skip", expected: "0 before text") }
            return (file, 0, .text(at: start))
        default: throw header.wrong("encoding", expected: "raw, gzip or ascii; others, such as bzip2, are not read")
        }
    }

    /// The path of the data file, which is below the header's folder or absolute.
    private func detached() throws(FormatDefect) -> String {
        let name = try header.required("data file")
        let isList = name.uppercased().hasPrefix("LIST") || name.contains("%")
        guard !name.isEmpty, !isList else {
            throw header.wrong("data file", expected: "the name of one file; several are not read")
        }
        let file = name.hasPrefix("/") ? name : "\(path.parentPath)/\(name)"
        guard FileSystem.kind(file) == .file else {
            let state = FileSystem.exists(file) ? "is not a regular file" : "is missing"
            throw header.wrong("data file", expected: "a file, but \(file.shown) \(state)")
        }
        return file
    }
}
