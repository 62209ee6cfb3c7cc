import Testing
import Volumes

/// Thick slices and blur, on small arrays.
@Suite struct ThickSliceTests {
    private func shift(_ set: (inout AcquisitionShift) -> Void) -> AcquisitionShift {
        var shift = AcquisitionShift()
        set(&shift)
        return shift
    }

    /// Slices 0 to 5, a mm apart.
    private func stack(_ affine: Affine = Affine(spacing: [2, 3, 1])) throws -> Volume {
        try Volume((0..<6).flatMap { [Float($0), Float(10 * $0)] }, grid: Grid(shape: [6, 1, 2], affine: affine))
    }

    @Test(
        arguments: [
            (2.0, [Float(0.5), 2.5, 4.5]), (3, [1, 4]), (6, [2.5]),
            // Half of slice 2 is in the first and half in the second; the last holds slice 5 alone.
            (2.5, [0.8, 3.2, 5]), (4, [1.5, 4.5]),
        ] as [(Double, [Float])])
    func slicesAreMeansOverSlabs(thickness: Double, means: [Float]) throws {
        let scan = try stack()
        let found = try #require(try shift { $0.thickness = thickness }([scan], mask: nil).scans[0])
        #expect(found.shape == [means.count, 1, 2] && found.spacing == [thickness, 3, 2])
        for (index, mean) in means.enumerated() {
            #expect(abs(found.values[2 * index] - mean) < 1e-6 && abs(found.values[2 * index + 1] - 10 * mean) < 1e-5)
        }
        // The first slice begins where the scan does, half a voxel before its first centre.
        #expect(abs(found.affine.world([0, 0, 0]).z - (thickness / 2 - 0.5)) < 1e-12)
    }

    /// Where the axis runs down, the incomplete slice is still at the top.
    @Test func slicesBeginAtTheFeet() throws {
        let down = try stack(Affine(x: [2, 0, 0], y: [0, 3, 0], z: [0, 0, -1]))
        let found = try #require(try shift { $0.thickness = 4 }([down], mask: nil).scans[0])
        // The feet are at slice 5: 5, 4, 3 and 2 are one slab, 1 and 0 the incomplete one.
        #expect(found.values == [0.5, 5, 3.5, 35])
        #expect(
            abs(found.affine.world([0, 0, 1]).z + 3.5) < 1e-12 && abs(found.affine.world([0, 0, 0]).z - 0.5) < 1e-12)
    }

    @Test(
        arguments: [(12, 1.25, 2.5), (12, 1.25, 3.75), (15, 1, 7.5), (24, 0.75, 4.5), (9, 2, 2.25)]
            as [(Int, Double, Double)])
    func slicesKeepTheSum(count: Int, spacing: Double, thickness: Double) throws {
        let phantom = try Phantom(.ms, seed: 3, shape: [count, 10, 12], spacing: [spacing, 12, 11])
        let scan = try phantom.image(.flair)
        let found = try #require(try shift { $0.thickness = thickness }([scan], mask: phantom.labels).scans[0])
        func total(_ volume: Volume) -> Double {
            volume.values.reduce(0) { $0 + Double($1) } * abs(volume.affine.determinant)
        }
        #expect(found.shape[0] == Int((Double(count) * spacing / thickness).rounded()))
        #expect(abs(total(found) - total(scan)) < 1e-5 * abs(total(scan)))
    }

    @Test func masksKeepLesions() throws {
        // Label 7 fills most of the first slab, 2 the half of the second, 9 is one voxel in the third.
        let labels: [Float] = [7, 7, 7, 0, 2, 2, 0, 0, 0, 9, 0, 0]
        let grid = try Grid(shape: [12, 1, 1])
        let scan = try Volume((0..<12).map { Float($0) }, grid: grid)
        let result = try shift { $0.thickness = 4 }([scan], mask: Volume(labels, grid: grid))
        let mask = try #require(result.mask)
        #expect(mask.values == [7, 2, 9])
        #expect(mask.grid == result.scans[0]?.grid)
    }

    @Test func blurHasItsWidthInMillimetres() throws {
        let shape = [21, 25, 45]
        var values = [Float](repeating: 0, count: 21 * 25 * 45)
        let middle = (10 * 25 + 12) * 45 + 22
        values[middle] = 1000
        // Half of 4 mm is 4 voxels along x, 2 along y, and 1 along z.
        let scan = try Volume(values, grid: Grid(shape: shape, affine: Affine(spacing: [0.5, 1, 2])))
        let found = try #require(try shift { $0.blur = 4 }([scan], mask: nil).scans[0]).values
        // Half the width away from the middle there is half the height, and a width away a sixteenth.
        for step in [25 * 45, 2 * 45, 4] {
            #expect(abs(found[middle + step] / found[middle] - 0.5) < 1e-5)
            #expect(abs(found[middle + 2 * step] / found[middle] - 0.0625) < 1e-5)
        }
        #expect(abs(found.reduce(0) { $0 + Double($1) } - 1000) < 0.01)
        // What is even stays so, to the edges.
        let even = try scan.map { _ in 5 }
        let same = try #require(try shift { $0.blur = 4 }([even], mask: nil).scans[0])
        #expect(same.values.allSatisfy { abs($0 - 5) < 1e-5 } && same.grid == even.grid)
    }
}
