import Testing
import Volumes

@Suite struct SegmentationScoreTests {
    @Test(
        arguments: [
            ([1, 1, 0, 0], [1, 0, 1, 0], 0.5, 1.0 / 3), ([1, 1, 1, 0], [1, 1, 1, 0], 1, 1),
            ([0, 0, 0, 0], [0, 0, 0, 0], 1, 1), ([0, 0, 0, 0], [1, 0, 0, 0], 0, 0),
            ([1, 0, 0, 0], [0, 0, 0, 0], 0, 0),
            ([1, 1, 1, 1], [1, 0, 0, 0], 0.4, 0.25),
        ] as [([Float], [Float], Double, Double)])
    func scoresByHand(prediction: [Float], truth: [Float], dice: Double, iou: Double) throws {
        let score = try SegmentationScore(prediction: prediction, truth: truth)
        #expect(abs(score.dice - dice) < 1e-12 && abs(score.iou - iou) < 1e-12)
    }

    @Test func countsTheFourCases() throws {
        let score = try SegmentationScore(prediction: [0.6, 0.9, 0.2, 0.5, 0], truth: [1, 0, 1, 0, 0])
        #expect(score.truePositives == 1 && score.falsePositives == 1)
        #expect(score.falseNegatives == 1 && score.trueNegatives == 2)
        #expect(throws: VolumeError.self) { try SegmentationScore(prediction: [1], truth: [1, 0]) }
        // A voxel that is no number has no class.
        #expect(throws: VolumeError.self) { try SegmentationScore(prediction: [1, .nan], truth: [1, 0]) }
    }

    @Test(
        arguments: [
            ([1, 1, 1, 0], [1, 1, 0, 0], 1, 2.0 / 3), ([1, 0, 0, 0], [1, 0, 1, 1], 1.0 / 3, 1),
            ([0, 0, 0, 0], [0, 0, 0, 0], 1, 1), ([0, 0, 0, 0], [1, 0, 0, 0], 0, 0),
            ([1, 0, 0, 0], [0, 0, 0, 0], 0, 0),
        ] as [([Float], [Float], Double, Double)])
    func sensitivityAndPrecisionByHand(
        prediction: [Float], truth: [Float], sensitivity: Double, precision: Double
    ) throws {
        let score = try SegmentationScore(prediction: prediction, truth: truth)
        #expect(abs(score.sensitivity - sensitivity) < 1e-12 && abs(score.precision - precision) < 1e-12)
    }

    @Test func theRuleForEmptyMasksNamesEveryMeasure() {
        for name in ["Dice", "IoU", "sensitivity", "precision", "surface Dice", "HD95"] {
            #expect(EmptyMaskRule.text.contains(name))
        }
    }
}
