import Foundation
import TestSupport
import Testing
import Volumes

@Suite struct DatasetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func writesAndReadsBothLayouts() throws {
        let source = try DatasetLayout.ms.writePhantoms(
            to: folder.path + "/MS", count: 3, seed: 1, shape: [16, 20, 18])
        #expect(source.subjects.map(\.id) == ["00101", "00201", "00301"])
        let target = try DatasetLayout.brats.writePhantoms(
            to: folder.path + "/B", count: 4, seed: 2, shape: [16, 20, 18], contrasts: [.t2, .flair])
        #expect(target.subjects.count == 4)
        #expect(target.subjects.count { $0.imagePath.contains("/LGG/") } == 1)
        #expect(try DatasetLayout.brats.dataset(in: folder.path + "/B", ["modality": "flair"]).subjects.count == 4)
        for subject in source.subjects + target.subjects {
            let loaded = try subject.load()
            let (image, mask) = (try #require(loaded.scans[0]), try #require(loaded.mask))
            #expect(image.shape == [16, 20, 18] && mask.grid == image.grid)
            #expect(mask.values.allSatisfy { $0 == 0 || $0 == 1 } && mask.values.contains(1))
        }
        // The grades' folders may be left out.
        #expect(try DatasetLayout.brats.dataset(in: folder.path + "/B/HGG").subjects.count == 3)
    }

    @Test func namesWhatIsMissing() throws {
        let path = folder.path + "/MS"
        try DatasetLayout.ms.writePhantoms(to: path, count: 2, seed: 1, shape: [8, 8, 8])
        try FileManager.default.removeItem(atPath: path + "/00201/mask_crop.nii.gz")
        let data = try DatasetLayout.ms.dataset(in: path)
        let missing = VolumeError.missing(path: path + "/00201/mask_crop.nii.gz")
        #expect(data.subjects.map(\.id) == ["00101"])
        #expect(data.rejected.map(\.id) == ["00201"] && data.rejected.map(\.error) == [missing])
        // Where no subject is whole, the folder is not what it should be.
        try FileManager.default.removeItem(atPath: path + "/00101")
        #expect(throws: missing) { try DatasetLayout.ms.dataset(in: path) }
        #expect(throws: VolumeError.missing(path: "/nowhere")) { try DatasetLayout.brats.dataset(in: "/nowhere") }
        try FileManager.default.createDirectory(atPath: folder.path + "/empty", withIntermediateDirectories: true)
        #expect(throws: VolumeError.self) { try DatasetLayout.ms.dataset(in: folder.path + "/empty") }
        #expect(throws: VolumeError.self) { try DatasetLayout.brats.dataset(in: folder.path + "/empty") }
    }

    @Test func splitsWithoutOverlap() throws {
        let all = Dataset((0..<30).map { Subject(id: "s\($0)", imagePath: "", labelPath: "") })
        let (few, test) = try all.split(train: 5, test: 10, seed: 3)
        let (many, sameTest) = try all.split(train: 20, test: 10, seed: 3)
        #expect(test == sameTest)
        #expect(few.subjects.allSatisfy(many.subjects.contains))
        #expect(Set((many.subjects + test.subjects).map(\.id)).count == 30)
        #expect(try all.split(train: 5, test: 10, seed: 4).test != test)
        #expect(throws: VolumeError.self) { try all.split(train: 21, test: 10, seed: 3) }
        #expect(throws: VolumeError.self) { try all.split(train: .max, test: 10, seed: 3) }
        #expect(throws: VolumeError.self) { try all.split(train: -1, test: 10, seed: 3) }
    }

    /// From files to what a network sees, and back to a mask on the scan's own grid.
    @Test func whatIsReadCanBePreparedAndRestored() throws {
        let shape = [81, 98, 80]
        let source = try DatasetLayout.ms.writePhantoms(to: folder.path + "/MS", count: 1, seed: 3, shape: shape)
        let target = try DatasetLayout.brats.writePhantoms(to: folder.path + "/B", count: 1, seed: 4, shape: shape)
        for subject in source.subjects + target.subjects {
            let loaded = try subject.load()
            let (image, mask) = (try #require(loaded.scans[0]), try #require(loaded.mask))
            #expect(image.shape == shape && mask.values.contains(1))
            let preparation = try Preparation(of: image, .init(factor: 0.5))
            let prepared = try preparation.mask(mask)
            let restored = try preparation.restore(prepared)
            #expect(restored.grid == image.grid)
            #expect(try SegmentationScore(prediction: restored.values, truth: mask.values).dice > 0.5)
        }
    }
}
