import Foundation
import Testing
import Volumes

@Suite struct GridResamplingTests {
    /// Linear functions of the place in the world are interpolated without an error, on any grid inside.
    @Test(arguments: Orientation.all.filter { $0.description.hasPrefix("R") || $0.description.hasPrefix("I") })
    func linearFunctionsStay(orientation: Orientation) throws {
        func function(_ place: SIMD3<Double>) -> Float { Float(3 + place.x - 2 * place.y + 0.5 * place.z) }
        func field(_ grid: Grid) throws -> Volume {
            let (d, h, w) = (grid.shape[0], grid.shape[1], grid.shape[2])
            return try Volume(
                (0..<d * h * w).map { index in
                    function(
                        grid.affine.world([Double(index % w), Double(index / w % h), Double(index / (w * h))]))
                }, grid: grid)
        }
        let source = try field(Grid(shape: [9, 10, 11], affine: Affine(spacing: [1, 1.5, 2]))).oriented(to: orientation)
        let angle = 0.3
        let turned = Affine(
            x: [0.7 * cos(angle), 0.7 * sin(angle), 0], y: [-0.7 * sin(angle), 0.7 * cos(angle), 0],
            z: [0, 0, 1.1], origin: [4, 4, 4])
        let target = try Grid(shape: [4, 5, 3], affine: turned)
        let expected = try field(target).values
        for (value, wanted) in zip(try source.resampled(onto: target).values, expected) {
            #expect(abs(value - wanted) < 1e-4)
        }
    }

    @Test func whatLiesOutsideIsNothing() throws {
        let volume = try Volume([Float](repeating: 1, count: 8), grid: Grid(shape: [2, 2, 2]))
        var affine = Affine(spacing: [1, 1, 1])
        affine.origin = [1.4, 0, 0]
        let moved = try volume.resampled(onto: Grid(shape: [1, 1, 2], affine: affine), outside: -1)
        #expect(moved.values == [1, -1])
    }

    /// Labels are those with the largest share; none is made up in between.
    @Test func labelsAreChosen() throws {
        let labels = try Volume([1, 4, 4, 0], grid: Grid(shape: [1, 1, 4]))
        var affine = Affine(spacing: [1, 1, 1])
        affine.origin = [0.4, 0, 0]
        #expect(try labels.labelsResampled(onto: Grid(shape: [1, 1, 3], affine: affine)).values == [1, 4, 4])
        affine.origin = [0.6, 0, 0]
        #expect(try labels.labelsResampled(onto: Grid(shape: [1, 1, 3], affine: affine)).values == [4, 4, 0])
    }

    @Test(arguments: [[2.0, 1, 1], [1, 3, 0.5], [4, 4, 4], [1.0004, 1, 1]])
    func voxelsGetTheSizeThatIsAskedFor(spacing: [Double]) throws {
        let volume = try Volume((0..<8 * 9 * 10).map { Float($0 % 7) }, grid: Grid(shape: [8, 9, 10]))
        let resampled = try volume.resampled(toSpacing: spacing)
        guard abs(spacing[0] - 1) > 1e-3 || spacing[1] != 1 else {
            // Sizes that were rounded in a header do not blur a volume.
            #expect(resampled == volume)
            return
        }
        for (size, wanted) in zip(resampled.spacing, spacing) { #expect(abs(size - wanted) < 1e-9) }
        // The outer corner stays where it is.
        let corner = resampled.affine.world([-0.5, -0.5, -0.5]) - volume.affine.world([-0.5, -0.5, -0.5])
        #expect((corner * corner).sum() < 1e-18)
    }

    /// Class numbers on coarser voxels: the largest share, and a voxel of every lesion that would vanish.
    @Test(arguments: [1.0, 2, 3]) func lesionsDoNotVanish(size: Double) throws {
        var labels = [Float](repeating: 0, count: 24 * 24 * 24)
        func index(_ z: Int, _ y: Int, _ x: Int) -> Int { (z * 24 + y) * 24 + x }
        labels[index(3, 4, 5)] = 1  // One voxel.
        labels[index(20, 20, 20)] = 2
        labels[index(20, 20, 21)] = 2
        for z in 8..<14 { for y in 8..<14 { for x in 8..<14 { labels[index(z, y, x)] = 3 } } }
        let scan = try Volume((0..<labels.count).map { Float($0 % 11) }, grid: Grid(shape: [24, 24, 24]))
        let mask = try Volume(labels, grid: scan.grid)
        let preparation = try Preparation(
            of: scan, .init(spacing: [size, size, size], crop: false, multiple: 1))
        let prepared = try preparation.mask(mask, classes: 3)
        let parts = try ConnectedComponents(of: prepared)
        #expect(parts.values == [1, 3, 2])
        let block = 216 / (size * size * size)
        #expect(abs(Double(parts.sizes[1]) - block) <= (size == 1 ? 0 : block))
    }
}
