import CNifti
import Support

/// The header of an MGH file (.mgh, or .mgz where it is compressed), FreeSurfer's format: 284 bytes, big-endian
/// throughout.
///
/// Source: FreeSurfer's `mriio.cpp` and the wiki page FsTutorial/MghFormat.
struct MghReader {
    /// Version 1, the only one.
    static let magic: [UInt8] = [0, 0, 0, 1]

    private static let length = 284
    /// NIfTI's codes of the types, by those of the format.
    private static let types = [0: DT_UINT8, 1: DT_INT32, 3: DT_FLOAT32, 4: DT_INT16, 10: DT_UINT16]

    private let path: String
    private let bytes: [UInt8]

    /// Takes a header that begins with `magic`.
    init(_ reader: HeaderReader) throws(VolumeError) {
        (path, bytes) = (reader.path, reader.bytes)
        guard bytes.count >= Self.length else { throw .malformed(path: path, .shortHeader(bytes: bytes.count)) }
    }

    /// What the header says, checked.
    func voxels() throws(VolumeError) -> StoredVoxels {
        do throws(FormatDefect) {
            let sizes = (1...4).map { integer(at: 4 * $0) }
            guard Grid.count(of: sizes) != nil else {
                throw .field(
                    "width, height, depth, nframes", value: "\(sizes)", expected: "positive sizes of a possible volume")
            }
            guard let type = Self.types[integer(at: 20)] else {
                throw .type("\(integer(at: 20)) of MGH")
            }
            let size = Array(sizes.prefix(3))
            return StoredVoxels(
                path: path, grid: Grid(shape: size.reversed(), affine: try affine(of: size), header: nil),
                frames: sizes[3], dimensions: sizes[3] == 1 ? size : sizes, run: size[0] * size[1] * size[2],
                type: type,
                isSwapped: true, scale: nil, offset: Self.length, encoding: .detected)
        } catch {
            throw .malformed(path: path, error)
        }
    }

    /// Where the voxels lie: the centre of the volume, index (width, height, depth) / 2, is at c_ras.
    private func affine(of size: [Int]) throws(FormatDefect) -> Affine {
        guard Int16(truncatingIfNeeded: integer(at: 26)) > 0 else {
            StandardStream.warnOnce(
                "\(path.shown): goodRASFlag is not 1; the scan counts as coronal, with voxels of 1 mm around 0")
            return affine(of: size, columns: [[-1, 0, 0], [0, 0, -1], [0, 1, 0]], centre: .zero)
        }
        let spacing = (0..<3).map { float(at: 30 + 4 * $0) }
        guard spacing.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw .field("spacing", value: "\(spacing)", expected: "three positive distances in mm")
        }
        let directions = (0..<3).map { vector(at: 42 + 12 * $0) }
        let centre = vector(at: 78)
        let affine = affine(of: size, columns: zip(directions, spacing).map { $0 * $1 }, centre: centre)
        guard affine.isInvertible else {
            throw .field(
                "x_ras, y_ras, z_ras, c_ras", value: "\((directions + [centre]).map(\.text))",
                expected: "finite numbers, and three directions that span space")
        }
        return affine
    }

    private func affine(of size: [Int], columns: [SIMD3<Double>], centre: SIMD3<Double>) -> Affine {
        var affine = Affine(x: columns[0], y: columns[1], z: columns[2], code: 1)
        affine.origin = centre - affine.world(SIMD3(Double(size[0]), Double(size[1]), Double(size[2])) / 2)
        return affine
    }

    private func integer(at place: Int) -> Int { Int(Int32(bitPattern: bits(at: place))) }

    private func float(at place: Int) -> Double { Double(Float(bitPattern: bits(at: place))) }

    private func vector(at place: Int) -> SIMD3<Double> {
        SIMD3(float(at: place), float(at: place + 4), float(at: place + 8))
    }

    private func bits(at place: Int) -> UInt32 { bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }
}

extension SIMD3<Double> {
    /// "(1.0, 0.0, 0.0)".
    var text: String { "(\(x), \(y), \(z))" }
}
