import Foundation
import Report
import Support
import Tensors
import Testing

/// What a viewer keeps of volumes: orientation, values, and how many bytes it takes.
@Suite struct VolumeViewerTests {
    private static func frame(
        _ shape: [Int], spacing: SIMD3<Double> = [1, 1, 1]
    ) throws -> VoxelFrame {
        try VoxelFrame(
            shape: shape, x: [spacing.x, 0, 0], y: [0, spacing.y, 0], z: [0, 0, spacing.z], origin: [0, 0, 0])
    }

    private static func unpacked(
        _ values: [Float], _ shape: [Int], _ overlays: [VolumeViewer.Overlay] = [], limit: Int = 1_000_000
    ) throws -> UnpackedViewer {
        try UnpackedViewer(
            VolumeViewer(scan: Tensor(values, shape: shape), frame: frame(shape), overlays: overlays, limit: limit))
    }

    /// Noise around 100 in a ball, 0 around it.
    private static func ball(_ side: Int, seed: UInt64 = 1) -> [Float] {
        let generator = RandomGenerator(seed: seed)
        return (0..<(side * side * side)).map { index in
            let place = [index % side, index / side % side, index / side / side].map { Double(2 * $0 + 1 - side) }
            let isInside = place.reduce(0) { $0 + $1 * $1 } < 0.6 * Double(side * side)
            return isInside ? 100 + 50 * Float(generator.uniform()) : 0
        }
    }

    static let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].flatMap { order in
        (0..<8).map { (order, $0) }
    }

    /// A volume stored in each of the 48 ways is shown alike, and a point's voxel is where it was stored.
    @Test(arguments: orders) func everyOrderOfTheAxes(order: [Int], bits: Int) throws {
        // Towards right, anterior and superior: sizes, spacing in mm, and the world of the first voxel.
        let (size, spacing, first) = ([3, 4, 5], [1.0, 2.0, 3.0], [-7.0, 11.0, 13.0])
        let isFlipped = (0..<3).map { bits & 1 << $0 != 0 }
        func value(_ point: [Int]) -> Float { Float(1 + point[0] + 3 * point[1] + 12 * point[2]) }
        // Axis a of the voxels (0 width, 1 height, 2 depth) lies along direction order[a].
        let shape = [size[order[2]], size[order[1]], size[order[0]]]
        var values: [Float] = []
        for k in 0..<shape[0] {
            for j in 0..<shape[1] {
                for i in 0..<shape[2] {
                    var point = [0, 0, 0]
                    for (axis, index) in [i, j, k].enumerated() {
                        let direction = order[axis]
                        point[direction] = isFlipped[axis] ? size[direction] - 1 - index : index
                    }
                    values.append(value(point))
                }
            }
        }
        var (columns, origin) = ([SIMD3<Double>](repeating: .zero, count: 3), SIMD3(first))
        for axis in 0..<3 {
            let direction = order[axis]
            columns[axis][direction] = isFlipped[axis] ? -spacing[direction] : spacing[direction]
            if isFlipped[axis] { origin[direction] += spacing[direction] * Double(size[direction] - 1) }
        }
        let frame = try VoxelFrame(shape: shape, x: columns[0], y: columns[1], z: columns[2], origin: origin)
        let viewer = try UnpackedViewer(VolumeViewer(scan: Tensor(values, shape: shape), frame: frame))
        let start = try viewer.numbers("start").map { Int($0) }
        let cut = try viewer.numbers("size").map { Int($0) }
        #expect(try viewer.numbers("voxels") == size.map(Double.init) && viewer.numbers("spacing") == spacing)
        #expect(try viewer.numbers("origin") == first)
        let shown = try viewer.values(0)
        for (index, shownValue) in shown.enumerated() {
            let point = [
                start[0] + index % cut[0], start[1] + index / cut[0] % cut[1], start[2] + index / cut[0] / cut[1],
            ]
            #expect(shownValue == Double(value(point)))
        }
        let axes = try viewer.numbers("axes").map { Int($0) }
        #expect(axes.indices.allSatisfy { order[axes[$0]] == $0 })
        #expect(viewer.header["flipped"]?.elements == axes.map { .bool(isFlipped[$0]) })
        #expect(viewer.notes.isEmpty)
    }

    @Test(arguments: [(0.3, 17), (0.0, 0), (0.7, 40), (0.9, 38)])
    func theNearestAxesAreTaken(angle: Double, tilt: Int) throws {
        let (c, s) = (cos(angle), sin(angle))
        let frame = try VoxelFrame(shape: [2, 3, 4], x: [c, s, 0], y: [-s, c, 0], z: [0, 0, 2], origin: .zero)
        let viewer = try UnpackedViewer(
            VolumeViewer(scan: Tensor((0..<24).map { Float($0 + 1) }, shape: [2, 3, 4]), frame: frame))
        #expect(try viewer.numbers("axes") == (angle < .pi / 4 ? [0, 1, 2] : [1, 0, 2]))
        #expect(try viewer.numbers("spacing").map { ($0 * 1e9).rounded() / 1e9 } == [1, 1, 2])
        let expected = "The volume lies obliquely, by up to \(tilt) degrees: the letters name the nearest directions."
        #expect(viewer.notes == (tilt == 0 ? [] : [expected]))
    }

    @Test func valuesAreKept() throws {
        let side = 12
        let scan = Self.ball(side)
        let shape = [side, side, side]
        let classes = scan.enumerated().map { $1 > 130 ? Float($0 % 3) : 0 }
        let map = scan.map { $0 / 150 }
        let viewer = try Self.unpacked(
            scan, shape,
            [
                .init("m", .mask, Tensor(classes, shape: shape)), .init("p", .prediction, Tensor(map, shape: shape)),
                .init("u", .uncertainty, Tensor(classes, shape: shape)),
            ])
        let start = try viewer.numbers("start").map { Int($0) }
        let size = try viewer.numbers("size").map { Int($0) }
        func cut(_ values: [Float]) -> [Float] {
            (0..<size.reduce(1, *)).map { index in
                let z = start[2] + index / size[0] / size[1]
                let y = start[1] + index / size[0] % size[1]
                return values[(z * side + y) * side + start[0] + index % size[0]]
            }
        }
        for (index, values) in [scan, classes, map, classes].enumerated() {
            let step = try #require(viewer.layer(index, "step")?.number)
            let isExact = viewer.layer(index, "isExact") == .bool(true)
            let errors = try zip(viewer.values(index), cut(values)).map { abs($0 - Double($1)) }
            #expect(errors.max() ?? 1 <= (isExact ? 0 : step * 0.500001))
            // All that is cut off is background.
            #expect(cut(values).reduce(0, +) == values.reduce(0, +) || !isExact)
            #expect(cut(values).count { $0 != 0 } == values.count { $0 != 0 })
        }
        #expect((0..<4).map { viewer.layer($0, "isLabels") } == [false, true, false, false].map { .bool($0) })
        #expect((0..<4).map { viewer.layer($0, "isExact") } == [false, true, false, true].map { .bool($0) })
        #expect(try UnpackedViewer.numbers(viewer.layer(1, "classes")) == [1, 2])
        // Twelve bits where there is room: 4,094 steps of the scan, 254 of a map.
        #expect(viewer.layer(0, "levels")?.integer == 4095 && viewer.layer(2, "levels")?.integer == 255)
    }

    @Test(arguments: [
        [1, 1, 1], [1, 1, 9], [9, 1, 1], [1, 9, 1], [2, 1, 3],
    ])
    func thinVolumes(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let values = (0..<count).map { Float($0) * 0.25 }
        let viewer = try Self.unpacked(values, shape)
        #expect(try viewer.numbers("voxels") == shape.reversed().map(Double.init))
        #expect(try viewer.values(0).allSatisfy { value in values.contains { abs(Double($0) - value) < 1e-4 } })
    }

    @Test(arguments: [
        ([Float](repeating: 7, count: 27), 0), ([Float](repeating: 0.3, count: 27), 0),
        ([Float](repeating: .nan, count: 27), 27), ([3, .infinity, -.infinity, .nan] + (0..<23).map { Float($0) }, 3),
        ([-Float.greatestFiniteMagnitude, .greatestFiniteMagnitude] + (0..<25).map { Float($0) }, 0),
    ])
    func specialValues(values: [Float], others: Int) throws {
        let shape = [3, 3, 3]
        let overlays = [VolumeViewer.Role.mask, .prediction, .uncertainty].map {
            VolumeViewer.Overlay($0.rawValue, $0, Tensor(values, shape: shape))
        }
        let viewer = try Self.unpacked(values, shape, overlays)
        try #require(viewer.codes.allSatisfy { $0.count == 27 })
        for index in 0..<4 {
            let step = try #require(viewer.layer(index, "step")?.number)
            for (shown, value) in zip(try viewer.values(index), values) {
                #expect(value.isFinite ? abs(shown - Double(value)) <= step * 0.500001 : shown.isNaN)
            }
        }
        let names = ["scan", "mask", "prediction", "uncertainty"]
        #expect(
            viewer.notes
                == (others == 0 ? [] : names.map { "\($0): \(others) voxels are not finite, drawn in violet." }))
    }

    /// Voxels are joined until the data fit: means of the scan, the most frequent labels.
    @Test func largeVolumesAreJoined() throws {
        let side = 30
        let scan = Self.ball(side)
        let shape = [side, side, side]
        let classes = scan.indices.map { scan[$0] > 0 ? Float(($0 / 7) % 3) : 0 }
        let mask = VolumeViewer.Overlay("mask", .mask, try Tensor(classes, shape: shape))
        let whole = try VolumeViewer(
            scan: Tensor(scan, shape: shape), frame: Self.frame(shape), overlays: [mask], limit: 100_000)
        #expect(try UnpackedViewer(whole).numbers("factor") == [1, 1, 1])
        let limit = UnpackedViewer.characters(of: whole) / 4
        let joined = try VolumeViewer(
            scan: Tensor(scan, shape: shape), frame: Self.frame(shape), overlays: [mask], limit: limit)
        #expect(UnpackedViewer.characters(of: joined) <= limit + 100)
        let viewer = try UnpackedViewer(joined)
        let factor = Int(try viewer.numbers("factor")[0])
        #expect(try factor > 1 && viewer.numbers("factor") == [Double](repeating: Double(factor), count: 3))
        #expect(viewer.notes.first?.hasPrefix("Shown at a lower resolution: \(factor) x \(factor) x \(factor)") == true)
        let start = try viewer.numbers("start").map { Int($0) }
        let size = try viewer.numbers("size").map { Int($0) }
        let (means, modes) = (try viewer.values(0), try viewer.values(1))
        let step = try #require(viewer.layer(0, "step")?.number)
        for index in means.indices {
            let block = [index % size[0], index / size[0] % size[1], index / size[0] / size[1]]
            let ranges = (0..<3).map { axis in
                (block[axis] + start[axis]) * factor..<min((block[axis] + start[axis] + 1) * factor, side)
            }
            let places = ranges[2].flatMap { z in
                ranges[1].flatMap { y in ranges[0].map { (z * side + y) * side + $0 } }
            }
            let mean = places.reduce(0) { $0 + Double(scan[$1]) } / Double(places.count)
            #expect(abs(means[index] - mean) <= step * 0.50001)
            let counts = (0..<3).map { label in places.count { classes[$0] == Float(label) } }
            #expect(counts[Int(modes[index])] == counts.max())
        }
    }

    /// Browsers are given at most 32 million voxels, whatever few bytes they take; thick slices are joined last.
    @Test func hugeVolumesAreBounded() throws {
        let shape = [60, 480, 480]
        let values = try Tensor.zeros(shape)
        let viewer = try UnpackedViewer(
            VolumeViewer(
                scan: values, frame: Self.frame(shape, spacing: [0.5, 0.5, 3]),
                overlays: [.init("mask", .mask, values), .init("uncertainty", .uncertainty, values)]))
        #expect(try viewer.numbers("factor") == [2, 2, 1])
        #expect(try viewer.numbers("size") == [240, 240, 60])
    }

    /// A few bright voxels do not take the steps of all others, and are marked.
    @Test func extremesAreCut() throws {
        var values = (0..<8000).map { Float($0 % 100) + 0.5 }
        values[17] = 1e6
        let viewer = try Self.unpacked(values, [20, 20, 20], limit: 4000)
        #expect(viewer.layer(0, "isCut") == .array([.bool(false), .bool(true)]))
        #expect(try #require(viewer.layer(0, "step")?.number) < 2)
        #expect(try viewer.values(0)[17] < 101)
    }

    @Test func wrongInput() throws {
        let scan = try Tensor.zeros([2, 3, 4])
        let frame = try Self.frame([2, 3, 4])
        #expect(throws: ReportError.parameter("scan", value: "2x3x4", expected: "the scan's 4x3x2")) {
            try VolumeViewer(scan: scan, frame: Self.frame([4, 3, 2]))
        }
        #expect(throws: ReportError.parameter("m", value: "3", expected: "the scan's 2x3x4")) {
            try VolumeViewer(scan: scan, frame: frame, overlays: [.init("m", .mask, Tensor.zeros([3]))])
        }
        for column in [SIMD3<Double>(0, 0, 0), [0, 1, 0], [.nan, 0, 0], [.infinity, 0, 0]] {
            #expect(throws: ReportError.self) {
                try VoxelFrame(shape: [2, 3, 4], x: column, y: [0, 1, 0], z: [0, 0, 1], origin: .zero)
            }
        }
    }
}
