import Testing
import Volumes

@Suite struct OrientationTests {
    /// A volume of different values, whose voxels are of three sizes, turned by some degrees where `isOblique`.
    private func volume(isOblique: Bool = false) throws -> Volume {
        let turn = isOblique ? 0.2 : 0.0
        let affine = Affine(
            x: [1, turn, 0], y: [-2 * turn, 2, 0], z: [0, 0, 3], origin: [-7, 5, 11], code: 1)
        return try Volume((0..<60).map { Float($0) }, grid: Grid(shape: [3, 4, 5], affine: affine))
    }

    @Test func codes() {
        #expect(Orientation.all.count == 48)
        #expect(Set(Orientation.all.map(\.description)).count == 48)
        for orientation in Orientation.all { #expect(Orientation(orientation.description) == orientation) }
        #expect(Orientation("ras") == .ras)
        for code in ["", "RA", "RAX", "RLS", "RASS", "R A"] { #expect(Orientation(code) == nil) }
    }

    /// Every voxel keeps its value and its place in the world, whichever way the axes run.
    @Test(arguments: Orientation.all, [false, true]) func movesNothing(orientation: Orientation, isOblique: Bool) throws
    {
        let volume = try volume(isOblique: isOblique)
        let turned = try volume.oriented(to: orientation)
        #expect(turned.grid.orientation == orientation)
        let (values, turnedValues) = (volume.values, turned.values)
        let inverse = try #require(turned.affine.inverse())
        for z in 0..<3 {
            for y in 0..<4 {
                for x in 0..<5 {
                    let place = inverse.world(volume.affine.world([Double(x), Double(y), Double(z)]))
                    let (i, j, k) = (Int(place.x.rounded()), Int(place.y.rounded()), Int(place.z.rounded()))
                    let there = turnedValues[(k * turned.shape[1] + j) * turned.shape[2] + i]
                    #expect(there == values[(z * 4 + y) * 5 + x])
                }
            }
        }
        let back = try turned.oriented(to: volume.grid.orientation)
        #expect(back.values == volume.values && back.grid.distance(to: volume.grid) < 1e-9)
    }

    @Test(arguments: [
        (Affine(spacing: [1, 1, 1]), 0.0, 90.0),
        (Affine(x: [0.8, 0.6, 0], y: [-0.6, 0.8, 0], z: [0, 0, 1]), 36.87, 90),
        (Affine(x: [1, 0, 0], y: [0.5, 1, 0], z: [0, 0, 1]), 26.57, 63.43),
    ])
    func anglesAreTold(affine: Affine, oblique: Double, least: Double) {
        #expect(abs(affine.obliqueness - oblique) < 0.01)
        #expect(abs((affine.angles.min() ?? 0) - least) < 0.01)
    }

    /// A scan as any program may have written it is prepared to the same input, and what comes back lies on its grid.
    @Test(arguments: Orientation.all) func preparationSeesOneOrientation(orientation: Orientation) throws {
        let phantom = try Phantom(.tumour, seed: 2, shape: [12, 14, 16])
        let (scan, mask) = (try phantom.image(.t2), phantom.labels)
        let options = Preparation.Options(spacing: [12, 11, 10])
        let expected = try Preparation(of: scan, options)
        let (turnedScan, turnedMask) = (try scan.oriented(to: orientation), try mask.oriented(to: orientation))
        let preparation = try Preparation(of: turnedScan, options)
        #expect(preparation.prepared.distance(to: expected.prepared) < 1e-9)
        #expect(try preparation.image(turnedScan).values == expected.image(scan).values)
        #expect(try preparation.mask(turnedMask).values == expected.mask(mask).values)
        let input = try expected.image(scan)
        let (restored, reference) = (try preparation.restore(input), try expected.restore(input))
        #expect(restored.grid == turnedScan.grid)
        #expect(try restored.oriented(to: .ras).values == reference.values)
    }

    @Test func shearIsRefusedByName() throws {
        let sheared = Affine(x: [1, 0, 0], y: [0.2, 1, 0], z: [0, 0, 1])
        let scan = try Volume((0..<60).map { Float($0) }, grid: Grid(shape: [3, 4, 5], affine: sheared))
        let error = #expect(throws: VolumeError.self) { try Preparation(of: scan) }
        #expect(
            error?.description
                == "'image' is sheared: two of its axes stand at 78.69 degrees: expected 90, as after scan:upright()")
        #expect(try Preparation(of: scan.upright(), .init(crop: false)).original.orientation == .ras)
    }
}
