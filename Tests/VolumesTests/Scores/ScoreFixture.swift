import Foundation

/// A file of reference values that Fixtures/make.py computed with MONAI and SciPy.
struct ScoreFixture<Case: Decodable>: Decodable {
    let cases: [Case]

    /// The cases of a file in Fixtures.
    static func load(_ name: String) throws -> [Case] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(name).json"))
        return try decoder.decode(ScoreFixture.self, from: data).cases
    }
}

/// A mask as the files hold it: eight voxels a byte.
struct PackedMask: Decodable {
    private let bytes: [UInt8]

    init(from decoder: any Decoder) throws { bytes = [UInt8](try decoder.singleValueContainer().decode(Data.self)) }

    /// The first `count` voxels, 0 or 1.
    func voxels(_ count: Int) -> [Float] { (0..<count).map { bytes[$0 / 8] & (128 >> ($0 % 8)) != 0 ? 1 : 0 } }
}

/// Whether `value` is `expected` up to 1e-5, of the value where that is above 1.
func isClose(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) <= 1e-5 * max(1, abs(expected)) }
