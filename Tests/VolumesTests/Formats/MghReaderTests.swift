import TestSupport
import Testing
import Volumes

/// What MGH headers written by hand say, and which are refused.
@Suite struct MghReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file of two voxels of type short, 7 and -2.
    private func bytes(
        sizes: [Int32] = [2, 1, 1, 1], type: Int32 = 4, isGood: Int16 = 1, spacing: [Float] = [2, 3, 4],
        directions: [Float] = [-1, 0, 0, 0, 0, -1, 0, 1, 0], centre: [Float] = [10, 20, 30]
    ) -> [UInt8] {
        func big<Value>(_ value: Value) -> [UInt8] { withUnsafeBytes(of: value) { $0.reversed() } }
        var bytes = ([1] + sizes + [type, 0]).flatMap { big($0) } + big(isGood)
        bytes += (spacing + directions + centre).flatMap { big($0) }
        return bytes + [UInt8](repeating: 0, count: 284 - bytes.count) + [0, 7, 255, 254]
    }

    private func read(_ bytes: [UInt8]) throws -> Volume {
        try Volume(contentsOf: folder.write(bytes, to: "a.mgh"))
    }

    @Test func placesTheCentre() throws {
        let volume = try read(bytes())
        #expect(volume.values == [7, -2] && volume.shape == [1, 1, 2])
        #expect(
            volume.affine == Affine(x: [-2, 0, 0], y: [0, 0, -3], z: [0, 4, 0], origin: [12, 18, 31.5], code: 1))
        // Without a flag the scan is coronal, with voxels of 1 mm around 0.
        let plain = Affine(x: [-1, 0, 0], y: [0, 0, -1], z: [0, 1, 0], origin: [1, -0.5, 0.5], code: 1)
        #expect(try read(bytes(isGood: 0, centre: [.nan, 0, 0])).affine == plain)
        #expect(try read(bytes(type: 10)).values == [7, 65534])
    }

    @Test func refusesWhatIsImpossible() throws {
        let cases: [([UInt8], String)] = [
            (bytes(sizes: [2, 0, 1, 1]), "width, height, depth, nframes is [2, 0, 1, 1]"),
            (bytes(sizes: [2, -1, 1, 1]), "width, height, depth, nframes is"),
            (bytes(sizes: [.max, .max, .max, .max]), "width, height, depth, nframes is"),
            (bytes(sizes: [2000, 2000, 1, 1]), "promises 8000284 bytes, the file holds at most 288"),
            (bytes(type: 2), "voxels of type 2 of MGH are"), (bytes(type: 3), "promises 292 bytes"),
            (bytes(spacing: [1, 0, 1]), "spacing is"), (bytes(spacing: [1, .nan, 1]), "spacing is"),
            (bytes(directions: [1, 0, 0, 1, 0, 0, 0, 0, 1]), "x_ras, y_ras, z_ras, c_ras is"),
            (bytes(directions: [1, 0, 0, 0, .nan, 0, 0, 0, 1]), "x_ras, y_ras, z_ras, c_ras is"),
            (bytes(centre: [0, .infinity, 0]), "x_ras, y_ras, z_ras, c_ras is"),
            (Array(bytes().prefix(100)), "the file ends within the header, after 100 bytes"),
            ([0, 0, 0, 2] + bytes().dropFirst(4), "not a volume"),
        ]
        for (bytes, expected) in cases {
            let error = #expect(throws: VolumeError.self) { try read(bytes) }
            let text = "\(error, default: "")"
            #expect(text.hasPrefix("\(folder.path)/a.mgh: ") && text.contains(expected), "\(text)")
        }
    }
}
