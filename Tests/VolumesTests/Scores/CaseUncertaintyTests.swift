import Support
import Testing
import Volumes

@Suite struct CaseUncertaintyTests {
    @Test(arguments: [[5, 6, 7], [1, 9, 4], [12, 3, 11]], [1, 2, 3, 10])
    func largestPatchAgreesWithEveryPatch(shape: [Int], size: Int) throws {
        let generator = RandomGenerator(seed: UInt64(size + shape[0]))
        let values = (0..<shape.reduce(1, *)).map { _ in Float(generator.below(1000)) / 1000 }
        let patch = shape.map { min($0, size) }
        var largest = 0.0
        for z in 0...(shape[0] - patch[0]) {
            for y in 0...(shape[1] - patch[1]) {
                for x in 0...(shape[2] - patch[2]) {
                    var sum = 0.0
                    for voxel in 0..<patch.reduce(1, *) {
                        let (dz, dy, dx) = (
                            voxel / patch[2] / patch[1], voxel / patch[2] % patch[1], voxel % patch[2]
                        )
                        sum += Double(values[((z + dz) * shape[1] + y + dy) * shape[2] + x + dx])
                    }
                    largest = max(largest, sum / Double(patch.reduce(1, *)))
                }
            }
        }
        let map = try Volume(values, grid: Grid(shape: shape))
        #expect(abs(try CaseUncertainty.largestPatch(of: map, size: size) - largest) < 1e-12)
    }

    @Test func meansOfTheOtherRules() throws {
        let grid = try Grid(shape: [1, 1, 6])
        let map = try Volume([0.5, 0.25, 0, 1, 0.5, 0.75], grid: grid)
        #expect(try CaseUncertainty.aboveThreshold(0.5, of: map) == 2.75 / 4)
        #expect(try CaseUncertainty.aboveThreshold(2, of: map) == 0)
        let prediction = try Volume([0.9, 0.5, 0, 0, 0, 0], grid: grid)
        #expect(try CaseUncertainty.aroundPrediction(prediction, of: map, dilation: 0) == 0.5)
        #expect(try CaseUncertainty.aroundPrediction(prediction, of: map) == 0.375)
        #expect(try CaseUncertainty.aroundPrediction(prediction, of: map, threshold: 0.4) == 0.25)
        #expect(try CaseUncertainty.aroundPrediction(Volume([0, 0, 0, 0, 0, 0], grid: grid), of: map) == 0.5)
    }

    @Test func impossibleInput() throws {
        let (map, broken) = (
            try Volume([0, 1], grid: Grid(shape: [1, 1, 2])), try Volume([0, .nan], grid: Grid(shape: [1, 1, 2]))
        )
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return "nothing thrown"
        }
        let numbers = "'uncertainty' is NaN or infinite in 1 voxels: expected finite numbers"
        #expect(message { _ = try CaseUncertainty.largestPatch(of: broken) } == numbers)
        #expect(message { _ = try CaseUncertainty.aboveThreshold(0, of: broken) } == numbers)
        #expect(message { _ = try CaseUncertainty.aroundPrediction(map, of: broken) } == numbers)
        #expect(
            message { _ = try CaseUncertainty.largestPatch(of: map, size: 0) }
                == "'size' is 0: expected 1 voxel or more")
        let other = try Volume([1, 1, 1], grid: Grid(shape: [1, 1, 3]))
        #expect(
            message { _ = try CaseUncertainty.aroundPrediction(other, of: map) }
                == "'prediction' is of shape 1x1x3: expected 1x1x2, as the uncertainty")
    }
}
