import Support
import Testing
import Volumes

@Suite struct SurfaceDistancesTests {
    @Test func byHand() throws {
        // Two voxels in a row of ten of 2 mm, against one of them and another three steps on.
        var (prediction, truth) = ([Float](repeating: 0, count: 10), [Float](repeating: 0, count: 10))
        for index in [2, 3] { prediction[index] = 0.9 }
        for index in [2, 6] { truth[index] = 1 }
        let grid = try Grid(shape: [1, 1, 10], affine: Affine(spacing: [2, 1, 1]))
        let surfaces = try SurfaceDistances(prediction: prediction, truth: truth, grid: grid)
        #expect(surfaces.fromPrediction == [0, 2])
        #expect(surfaces.fromTruth == [0, 6])
        // The 95th percentiles of {0, 2} and {0, 6}.
        #expect(abs(surfaces.hausdorff95 - 5.7) < 1e-12)
        #expect(try [0, 1.99, 2, 5.99, 6].map { try surfaces.dice(tolerance: $0) } == [0.5, 0.5, 0.75, 0.75, 1])
        #expect(abs(surfaces.diagonal - 402.0.squareRoot()) < 1e-12)
    }

    @Test func theInsideIsNoSurface() throws {
        // A block of 5 x 5 x 5 has 27 voxels inside, of which one is the other mask.
        let grid = try Grid(shape: [5, 5, 5])
        let block = [Float](repeating: 1, count: 125)
        var voxel = [Float](repeating: 0, count: 125)
        voxel[62] = 1
        let surfaces = try SurfaceDistances(prediction: block, truth: voxel, grid: grid)
        #expect(surfaces.fromPrediction.count == 98 && surfaces.fromTruth == [2])
        #expect(surfaces.fromPrediction.max() == Float(12.0.squareRoot()))
    }

    @Test func impossibleInput() throws {
        let grid = try Grid(shape: [1, 1, 2])
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return "nothing thrown"
        }
        #expect(
            message { _ = try SurfaceDistances(prediction: [1], truth: [1, 0], grid: grid) }
                == "'prediction' is 1 voxels: expected 2, as the grid")
        #expect(
            message { _ = try SurfaceDistances(prediction: [1, 0], truth: [], grid: grid) }
                == "'truth' is 0 voxels: expected 2, as the grid")
        for spacing in [0, 1e-300, 1e300, .nan, .infinity] {
            #expect(throws: VolumeError.self) {
                try SurfaceDistances(
                    prediction: [1, 0], truth: [0, 1],
                    grid: Grid(shape: [1, 1, 2], affine: Affine(spacing: [spacing, 1, 1])))
            }
        }
        let surfaces = try SurfaceDistances(prediction: [1, 0], truth: [0, 1], grid: grid)
        for tolerance in [-1, .nan, .infinity] {
            #expect(
                message { _ = try surfaces.dice(tolerance: tolerance) }
                    == "'tolerance' is \(tolerance): expected a number of mm, 0 or more")
        }
    }
}

@Suite struct DistanceTransformTests {
    static let shapes = [
        [1, 1, 1], [1, 1, 9], [1, 9, 1], [9, 1, 1], [1, 7, 6], [5, 1, 8], [6, 5, 1], [2, 3, 4], [7, 8, 9],
        [15, 16, 17],
    ]

    @Test(arguments: shapes, [0.002, 0.1, 0.9, 1])
    func isTheNearestOfAll(shape: [Int], density: Float) throws {
        let generator = RandomGenerator(seed: UInt64(shape[0] * 100 + shape[1] * 10 + shape[2]))
        let spacing = (0..<3).map { _ in Double(generator.uniform()) * 4 + 0.2 }
        let count = shape.reduce(1, *)
        let voxels = (0..<count).map { _ in generator.uniform() < 0.2 }
        let targets = (0..<count).map { _ in generator.uniform() < density }
        func place(_ index: Int) -> SIMD3<Double> {
            SIMD3(
                Double(index / shape[2] / shape[1]), Double(index / shape[2] % shape[1]), Double(index % shape[2]))
                * SIMD3(spacing[0], spacing[1], spacing[2])
        }
        let places = targets.indices.filter { targets[$0] }.map(place)
        let expected = voxels.indices.filter { voxels[$0] }.map { voxel in
            let squares = places.map { target in
                let offset = target - place(voxel)
                return (offset * offset).sum()
            }
            return (squares.min() ?? .infinity).squareRoot()
        }
        let distances = try DistanceTransform.distances(from: voxels, to: targets, shape: shape, spacing: spacing)
        #expect(distances.count == expected.count)
        let wrong = zip(distances, expected).filter { Double($0) != $1 && !(abs(Double($0) - $1) <= 1e-6 * $1) }
        #expect(wrong.isEmpty, "\(wrong.count) of \(distances.count) differ, such as \(wrong.prefix(3))")
    }
}
