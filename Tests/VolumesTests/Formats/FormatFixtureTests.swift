import Foundation
import TestSupport
import Testing
import Volumes

/// A case of Fixtures/formats.json: files that nibabel or pynrrd wrote, and what they hold.
struct FormatCase: Decodable {
    let path: String
    let files: [[String]]
    let frame: Int?
    let shape: [Int]
    let values: [Float]
    let affine: [[Double]]

    /// All cases.
    static let all: [FormatCase] = (try? ScoreFixture<FormatCase>.load("formats")) ?? []

    /// Writes the files into a folder, and returns the path of the one to read.
    func write(to folder: TemporaryFolder) throws -> String {
        for file in files {
            try folder.write(Array(#require(Data(base64Encoded: file[1]))), to: file[0])
        }
        return folder.path(path)
    }

    /// The bytes of the first file, and its name.
    func main() throws -> (name: String, bytes: [UInt8]) {
        (files[0][0], Array(try #require(Data(base64Encoded: files[0][1]))))
    }
}

/// Volumes as nibabel and pynrrd write them.
@Suite struct FormatFixtureTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func hasCasesOfEachFormat() {
        let endings = Set(FormatCase.all.map { $0.path })
        #expect(endings == ["a.nrrd", "a.nhdr", "a.mgh", "a.mgz", "a.nii", "a.nii.gz"])
        #expect(FormatCase.all.count == 97)
    }

    @Test(arguments: FormatCase.all.indices) func readsWhatOthersWrote(index: Int) throws {
        let expected = FormatCase.all[index]
        let path = try expected.write(to: folder)
        let volume = try Volume(contentsOf: path, frame: expected.frame)
        #expect(volume.shape == expected.shape)
        #expect(volume.values == expected.values)
        try compare(volume.affine, expected.affine)
        // What is written of it as NIfTI lies in the same place, by the sform and by the qform.
        try volume.write(to: folder.path("b.nii"), version: 2)
        let back = try Volume(contentsOf: folder.path("b.nii"))
        #expect(back.values == expected.values)
        try compare(back.affine, expected.affine)
        if volume.affine.isOrthogonal, !path.contains(".nii") {
            var bytes = try folder.bytes("b.nii")
            #expect(bytes[344] > 0)
            bytes.replaceSubrange(348..<352, with: [0, 0, 0, 0])
            try compare(Volume(contentsOf: folder.write(bytes, to: "c.nii")).affine, expected.affine)
        }
        guard let frame = expected.frame else { return }
        for wrong in [nil, 0, frame + 3] {
            let error = #expect(throws: VolumeError.self) { try Volume(contentsOf: path, frame: wrong) }
            #expect("\(error, default: "")".contains("volumes (dimensions"))
        }
    }

    /// Compares the columns of two maps, up to the rounding of single precision.
    private func compare(_ affine: Affine, _ rows: [[Double]]) throws {
        for (column, values) in [affine.x, affine.y, affine.z, affine.origin].enumerated() {
            for axis in 0..<3 {
                let limit = 2e-6 * max(1, abs(rows[axis][column]), column == 3 ? 100 : 1)
                #expect(abs(values[axis] - rows[axis][column]) <= limit, "column \(column)")
            }
        }
    }

    /// Cut short at any byte, a file is an error that names it.
    @Test(arguments: ["a.nrrd", "a.nhdr", "a.mgh", "a.mgz", "a.nii", "a.nii.gz"])
    func refusesFilesThatAreCutShort(path: String) throws {
        let example = try #require(FormatCase.all.first { $0.path == path && $0.values.count > 4 && $0.frame == nil })
        let whole = try example.write(to: folder)
        _ = try Volume(contentsOf: whole)
        let bytes = try folder.bytes(path)
        // The line end behind the last field may go, and so may what follows the voxels in MGH.
        let voxelBytes = [0: 1, 1: 4, 3: 4, 4: 2][bytes[23]] ?? 0
        let needed =
            switch path {
            case "a.nhdr": bytes.count - 2
            case "a.mgh": 284 + example.values.count * voxelBytes
            default: bytes.count
            }
        for count in 0..<needed {
            let cut = try folder.write(Array(bytes[..<count]), to: path)
            let error = #expect(throws: VolumeError.self, "\(count) bytes") { try Volume(contentsOf: cut) }
            #expect("\(error, default: "")".contains(cut))
        }
    }

    /// Whatever a file's bytes are, reading it ends in a volume or an error that names a file.
    @Test(arguments: ["a.nrrd", "a.nhdr", "a.mgh", "a.mgz"]) func survivesMutations(path: String) throws {
        var refused = 0
        for example in FormatCase.all.filter({ $0.path == path }).prefix(8) {
            _ = try example.write(to: folder)
            let (name, bytes) = try example.main()
            let header = name.hasSuffix("nrrd") || name.hasSuffix("nhdr") ? bytes.count : 284
            try folder.damage(bytes, count: 60, headerBytes: header, seed: 5) { damaged in
                do throws(VolumeError) {
                    _ = try Volume(contentsOf: damaged, frame: example.frame)
                } catch {
                    #expect("\(error)".contains(folder.path))
                    refused += 1
                }
            }
        }
        #expect(refused > 100)
    }
}
