import Foundation
import Support
import Tensors
import TestSupport
import Testing

/// Regions, and their loss by its definition.
@Suite struct RegionsTests {
    @Test(arguments: [
        ([], "regions: regions is empty (expected a list of lists of classes)"),
        ([[1], []], "regions: region 2 is empty (expected at least one class)"),
        ([[1, 0]], "regions: a class of region 1 is 0 (expected from 1 to 65535; 0 is the background)"),
        ([[65536]], "regions: a class of region 1 is 65536 (expected from 1 to 65535; 0 is the background)"),
        ([[1], [2, 3, 2]], "regions: region 2 is {2, 3, 2} (expected each class once)"),
        ([[1], [2, 3], [3, 2]], "regions: region 3 is {3, 2} (expected other classes than those of region 2)"),
    ])
    func wrongOnesAreNamed(_ classes: [[Int]], message: String) {
        let error = #expect(throws: TensorError.self) { try Regions(classes) }
        #expect(error?.description == message)
    }

    @Test func areWrittenAsInScripts() throws {
        let regions = try Regions([[1, 2, 3], [1, 3], [3]])
        #expect(regions.description == "{{1, 2, 3}, {1, 3}, {3}}")
        #expect(regions.count == 3 && regions.largestClass == 3)
    }

    /// Counts of outputs that are read by shuffles, and one that is not; voxels that fill vectors and that do not.
    @Test(arguments: [1, 2, 3, 4, 5], [Reduction.mean, .sum])
    func lossIsThatOfTheDefinition(_ count: Int, _ reduction: Reduction) throws {
        let regions = try Regions([[1, 2, 3], [1, 3], [3], [2, 4], [5]].prefix(count).map { $0 })
        let generator = RandomGenerator(seed: 6)
        let logits = try Tensor.randn([2, count, 5, 7], generator: generator).scaled(by: 3)
        let known = regions.largestClass + 1
        let labels = try Tensor((0..<70).map { _ in Float(generator.below(known)) }, shape: [2, 5, 7])
        let (x, label) = (Naive.Reader(logits), Naive.Reader(labels))
        var expected = 0.0
        for (region, classes) in regions.classes.enumerated() {
            var (entropy, overlap, total) = (0.0, 0.0, 0.0)
            for voxel in Naive.indices(of: labels.shape) {
                let isInside = classes.contains(Int(label[voxel] ?? 0))
                let p = 1 / (1 + exp(-(x[[voxel[0], region, voxel[1], voxel[2]]] ?? .nan)))
                entropy -= log(isInside ? p : 1 - p)
                overlap += isInside ? p : 0
                total += p + (isInside ? 1 : 0)
            }
            let share = reduction == .mean ? entropy / 70 : entropy
            expected += (0.3 * share + 2 * (1 - (2 * overlap + 0.5) / (total + 0.5))) / Double(count)
        }
        for input in try layouts(of: logits) {
            let found = try input.regionLoss(
                labels: labels, regions: regions, crossEntropyWeight: 0.3, diceWeight: 2, reduction: reduction,
                epsilon: 0.5)
            try expectClose(found, Tensor(Float(expected)), "the loss")
        }
    }
}
