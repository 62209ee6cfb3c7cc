import Foundation
import TestSupport
import Testing
import Volumes

@Suite struct NiftiWriterTests {
    private let folder: TemporaryFolder
    private let affine = Affine(x: [0, -2, 0], y: [3, 0, 0], z: [0, 0, -4], origin: [5, -6, 7.5], code: 1)

    init() throws { folder = try TemporaryFolder() }

    @Test(
        arguments: ["a.nii", "a.nii.gz", "a.hdr", "a.img", "a.hdr.gz", "a.img.gz"],
        [(VoxelType.float32, 1), (.int16, 1), (.uint8, 1), (.float32, 2), (.int16, 2), (.uint8, 2)])
    func readsBackWhatItWrote(name: String, form: (type: VoxelType, version: Int)) throws {
        let volume = try Volume((0..<24).map { Float($0) }, grid: Grid(shape: [2, 3, 4], affine: affine))
        let path = "\(folder.path)/\(name)"
        try volume.write(to: path, type: form.type, version: form.version)
        #expect(try Volume(contentsOf: path) == volume)
        let expected =
            name.hasPrefix("a.nii") ? [name] : name.hasSuffix("gz") ? ["a.hdr.gz", "a.img.gz"] : ["a.hdr", "a.img"]
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == expected)
    }

    /// The qform must say the same as the sform, and stand alone when other software reads only it.
    @Test(arguments: [1, 2]) func writesTheSameQformAndSform(version: Int) throws {
        let volume = try Volume([1, 2], grid: Grid(shape: [1, 1, 2], affine: affine))
        let path = folder.path + "/a.nii"
        try volume.write(to: path, version: version)
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let sformCode = version == 1 ? 254 : 348
        #expect(bytes[sformCode] == 1 && bytes[version == 1 ? 252 : 344] == 1)
        bytes[sformCode] = 0
        let qform = try Volume(contentsOf: folder.write(bytes, to: "q.nii")).affine
        for (a, b) in [(qform.x, affine.x), (qform.y, affine.y), (qform.z, affine.z), (qform.origin, affine.origin)] {
            #expect(((a - b) * (a - b)).sum() < 1e-10)
        }
    }

    @Test func leavesOutAQformThatCannotSayIt() throws {
        let sheared = Affine(x: [1, 0, 0], y: [0.5, 1, 0], z: [0, 0, 1])
        let volume = try Volume([1], grid: Grid(shape: [1, 1, 1], affine: sheared))
        let path = folder.path + "/a.nii"
        try volume.write(to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path))[252] == 0)
        #expect(try Volume(contentsOf: path).affine == sheared)
    }

    @Test(arguments: [VoxelType.int16, .uint8]) func scalesWhatIsNotWhole(type: VoxelType) throws {
        let values: [Float] = [-0.25, 0, 0.5, 3.75, 100.125]
        let volume = try Volume(values, grid: Grid(shape: [1, 1, 5]))
        let path = folder.path + "/a.nii"
        try volume.write(to: path, type: type, isScaled: true)
        let step = Float(100.375) / (type == .int16 ? 65535 : 255)
        for (a, b) in zip(try Volume(contentsOf: path).values, values) { #expect(abs(a - b) <= step * 0.51) }
        let constant = try Volume([0.3, 0.3], grid: Grid(shape: [1, 1, 2]))
        try constant.write(to: path, type: type, isScaled: true)
        #expect(try Volume(contentsOf: path).values == [0.3, 0.3])
    }

    @Test func refusesIntegersBeyondTheType() throws {
        let path = folder.path + "/a.nii"
        for (values, type, named) in [
            ([0, 256], VoxelType.uint8, "256.0"), ([-1, 5], .uint8, "-1.0"), ([0, 40_000], .int16, "40000.0"),
            ([0.5, 1], .uint8, "0.5"),
        ] as [([Float], VoxelType, String)] {
            let volume = try Volume(values, grid: Grid(shape: [1, 1, 2]))
            let error = try #require(throws: VolumeError.self) { try volume.write(to: path, type: type) }
            #expect("\(error)".contains("\(type.rawValue): expected a type that holds \(named), or the option scale"))
            try volume.write(to: path, type: type, isScaled: true)
            for (read, value) in zip(try Volume(contentsOf: path).values, values) { #expect(abs(read - value) < 0.6) }
        }
    }

    /// A map on the grid of a scan has the scan's header, whatever codes and units it has.
    @Test(arguments: [1, 2], [false, true]) func keepsTheHeaderOfTheScan(version: Int, isBig: Bool) throws {
        for (sform, qform) in [(0, 0), (1, 0), (0, 4), (3, 2)] {
            for units in [0, 1, 2, 3, 10, 18, 26] {
                var nifti = HandMadeNifti(version: version, isBigEndian: isBig, pixdim: [-1, 2, 3, 4, 2.5, 1, 1, 1])
                nifti.quaternion = (qform, 0, 0, qform == 0 ? 0 : 1, qform == 0 ? [0, 0, 0] : [10, 20, 30])
                if sform != 0 { nifti.sform = (sform, [0, 2, 0, 5, 3, 0, 0, 6, 0, 0, 4, 7]) }
                if qform == 0 { nifti.pixdim[0] = 0 }
                (nifti.units, nifti.intent, nifti.description) = (units, 1002, "of a scanner")
                let scan = try folder.write(nifti.header + nifti.data([Float](repeating: 1, count: 24)), to: "a.nii")
                let map = try Volume(contentsOf: scan).map { $0 * 0.5 }
                let path = folder.path + "/b.nii"
                try map.write(to: path, version: version)
                #expect(try Volume(contentsOf: path) == map)
                nifti.isBigEndian = false
                (nifti.slope, nifti.intercept) = (1, 0)
                let (written, expected) = (Array(try folder.bytes("b.nii")[..<nifti.header.count]), nifti.header)
                let places = zip(written, expected).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
                // Byte 38 of version 1 is `regular`, which says nothing.
                #expect(places.filter { version == 2 || $0 != 38 } == [], "\(sform) \(qform) \(units)")
            }
        }
    }

    /// What NIfTI-1 has no room for is left out of its header, and kept by NIfTI-2.
    @Test(arguments: [(intent: 1 << 20, number: 1.0), (1002, 1e300)])
    func leavesOutWhatTheVersionCannotHold(intent: Int, number: Double) throws {
        var nifti = HandMadeNifti(version: 2)
        nifti.intent = intent
        // An sform that cannot be inverted says nothing, and may hold any number.
        nifti.sform = (2, [1, 0, 0, 0, 2, 0, 0, 0, number, 0, 0, 0])
        let scan = try folder.write(nifti.header + nifti.data([Float](repeating: 1, count: 24)), to: "a.nii")
        let map = try Volume(contentsOf: scan)
        for version in [1, 2] {
            let path = folder.path + "/b.nii"
            try map.write(to: path, version: version)
            #expect(try Volume(contentsOf: path).values == map.values)
            let (bytes, place) = (try folder.bytes("b.nii"), version == 1 ? 68 : 504)
            #expect((bytes[place..<(place + 2)].elementsEqual([0, 0])) == (version == 1 || intent == 1 << 20))
        }
    }

    /// An affine that single precision cannot hold is NIfTI-2's alone.
    @Test func refusesAnAffineThatTheVersionCannotHold() throws {
        let far = Affine(x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1], origin: [1e200, 0, 0])
        let volume = try Volume([1], grid: Grid(shape: [1, 1, 1], affine: far))
        #expect(throws: VolumeError.self) { try volume.write(to: folder.path + "/a.nii") }
        try volume.write(to: folder.path + "/a.nii", version: 2)
        #expect(try Volume(contentsOf: folder.path + "/a.nii").affine.origin == far.origin)
    }

    @Test func refusesWhatCannotBeWritten() throws {
        let volume = try Volume([1, .nan], grid: Grid(shape: [1, 1, 2]))
        #expect(throws: VolumeError.self) { try volume.write(to: folder.path + "/a.nii", type: .uint8) }
        #expect(throws: VolumeError.self) { try volume.write(to: folder.path + "/a.nii", version: 3) }
        #expect(throws: VolumeError.malformed(path: "a.txt", .name)) { try volume.write(to: "a.txt") }
        #expect(throws: VolumeError.system(path: "/nowhere/a.nii.gz", reason: "No such file or directory")) {
            try volume.write(to: "/nowhere/a.nii.gz")
        }
        let long = try Volume([Float](repeating: 0, count: 40_000), grid: Grid(shape: [1, 1, 40_000]))
        #expect(throws: VolumeError.self) { try long.write(to: folder.path + "/a.nii") }
        try long.write(to: folder.path + "/long.nii", version: 2)
        #expect(try Volume(contentsOf: folder.path + "/long.nii").shape == [1, 1, 40_000])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["long.nii"])
    }
}
