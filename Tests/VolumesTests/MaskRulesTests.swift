import Foundation
import TestSupport
import Testing
import Volumes

@Suite struct MaskRulesTests {
    private let folder: TemporaryFolder
    private let grid: Grid

    init() throws {
        folder = try TemporaryFolder()
        grid = try Grid(shape: [2, 3, 4], affine: Affine(spacing: [1, 1, 3]))
    }

    private func labels(_ first: Float) throws -> Volume {
        try Volume([first] + [Float](repeating: 0, count: 23), grid: grid)
    }

    /// Writes a pair of files of scan and mask.
    private func write(_ id: String, _ mask: Volume) throws {
        for name in ["images", "masks"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        }
        try Volume([Float](repeating: 7, count: 24), grid: grid).write(to: "\(folder.path)/images/\(id).nii.gz")
        try mask.write(to: "\(folder.path)/masks/\(id).nii.gz")
    }

    @Test(arguments: [
        (Float(3), [0, 1, 2, 4], "m.nii: label 3 is not among 0, 1, 2, 4"), (-1, nil, "not a whole number from 0"),
        (0.5, nil, "m.nii: label 0.5 is not a whole number from 0"), (.nan, nil, "label nan"),
        (.infinity, nil, "label inf"),
        (1e30, [0, 1], "label 1e+30 is not among 0, 1"), (1.01, [0, 1], "label 1.01 is not among 0, 1"),
    ])
    func namesAnUnknownLabel(value: Float, known: [Int]?, text: String) throws {
        let rules = try MaskRules(known: known)
        let error = #expect(throws: VolumeError.self) { try rules.target(in: labels(value), path: "m.nii") }
        #expect(error?.description.contains(text) == true, "\(String(describing: error))")
    }

    @Test func marksTheTarget() throws {
        let values: [Float] = [0, 0, 1, 1, 2, 4, 4, 0, 3, 1.0004]
        let volume = try Volume(values, grid: Grid(shape: [1, 1, 10]))
        #expect(try MaskRules.standard.target(in: volume, path: "").values == [0, 0, 1, 1, 1, 1, 1, 0, 1, 1])
        let rules = try MaskRules(scheme: LabelScheme([.init("a", [3, 4])], areRegions: false))
        #expect(try rules.target(in: volume, path: "").values == [0, 0, 0, 0, 0, 1, 1, 0, 1, 0])
    }

    /// A study goes on with the subjects that are whole, and knows of each of the others what is wrong.
    @Test func separatesTheGoodFromTheBad() throws {
        let good = try labels(1)
        try write("good", good)
        try write("label", labels(0.5))
        try write("nan", labels(.nan))
        try write("shape", Volume([Float](repeating: 0, count: 24), grid: Grid(shape: [2, 4, 3])))
        let moved = Affine(x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 3], origin: [0, 0.5, 0])
        try write("place", Volume(good.values, grid: Grid(shape: [2, 3, 4], affine: moved)))
        let turned = Affine(x: [-1, 0, 0], y: [0, 1, 0], z: [0, 0, 3])
        try write("turned", Volume(good.values, grid: Grid(shape: [2, 3, 4], affine: turned)))
        let nudged = Affine(x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 3], origin: [0, 0.0005, 0])
        try write("nudged", Volume(good.values, grid: Grid(shape: [2, 3, 4], affine: nudged)))
        try write("damaged", good)
        let file = URL(fileURLWithPath: folder.path + "/images/damaged.nii.gz")
        try Data(contentsOf: file).dropLast(12).write(to: file)
        let size = try Data(contentsOf: file).count
        try write("alone", good)
        try FileManager.default.removeItem(atPath: folder.path + "/masks/alone.nii.gz")

        let paths = ["image": "images/{id}.nii.gz", "mask": "masks/{id}.nii.gz"]
        let data = try DatasetLayout.pairs.dataset(in: folder.path, paths)
        #expect(data.rejected.map(\.id) == ["alone"])
        let checked = try data.checked()
        #expect(checked.subjects.map(\.id) == ["good", "nudged"])
        #expect(try checked.subjects[1].load().mask?.grid == grid)
        let root = folder.path
        let expected = [
            "alone": "\(root)/masks/alone.nii.gz: no such file or folder",
            "damaged":
                "\(root)/images/damaged.nii.gz: the compressed data are cut off: the file ends after \(size) bytes",
            "label": "\(root)/masks/label.nii.gz: label 0.5 is not a whole number from 0",
            "nan": "\(root)/masks/nan.nii.gz: label nan is not a whole number from 0",
            "place": "\(root)/masks/place.nii.gz: lies up to 0.5 mm from \(root)/images/place.nii.gz "
                + "(at most 0.001; the option resample brings it there)",
            "shape": "\(root)/masks/shape.nii.gz: 2x4x3 voxels, but \(root)/images/shape.nii.gz has 2x3x4 "
                + "(the option resample brings it to that grid)",
            "turned": "\(root)/masks/turned.nii.gz: lies up to 6 mm from \(root)/images/turned.nii.gz "
                + "(at most 0.001; the option resample brings it there)",
        ]
        let found = Dictionary(uniqueKeysWithValues: checked.rejected.map { ($0.id, $0.error.description) })
        #expect(found == expected)
        #expect(checked.rejected.map(\.id) == found.keys.sorted())
        let tolerant = try MaskRules(tolerance: .infinity)
        let loose = try DatasetLayout.pairs.dataset(in: folder.path, paths, rules: tolerant)
        #expect(try loose.checked().subjects.map(\.id) == ["good", "nudged", "place", "turned"])
        #expect(throws: VolumeError.self) { try MaskRules(tolerance: -1) }
        #expect(throws: VolumeError.self) { try MaskRules(tolerance: .nan) }
    }
}
