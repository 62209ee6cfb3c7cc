import Foundation
import Testing
import Volumes

@Suite struct LesionScoreTests {
    /// A row of voxels of 2 mm^3, in a volume of three rows.
    private func row(_ text: String) throws -> Volume {
        let values = text.map { $0 == "#" ? Float(1) : 0 }
        let empty = [Float](repeating: 0, count: values.count)
        return try Volume(
            empty + values + empty, grid: Grid(shape: [1, 3, values.count], affine: Affine(spacing: [2, 1, 1])))
    }

    private func options(
        dilation: Int = 1, minVolume: Double = 0, penalty: Double = 374
    ) -> LesionWiseScore.Options {
        var options = LesionWiseScore.Options()
        (options.dilation, options.minVolume, options.penalty) = (dilation, minVolume, penalty)
        return options
    }

    @Test func dilationJoinsLesionsAndFindsThem() throws {
        // Two lesions that one step of dilation joins (their gap is of two voxels), a missed one, and a made-up one.
        let truth = try row("##__##______#________")
        let prediction = try row("#_______________####_")
        let score = try LesionWiseScore(prediction: prediction, truth: truth, options: options())
        #expect(score.counts.truePositives == 1 && score.counts.falseNegatives == 1 && score.counts.falsePositives == 1)
        #expect(score.lesions.map(\.volume) == [8, 2])
        // One voxel of four was found: 2 / 5.
        #expect(score.lesions.map(\.dice) == [0.4, 0] && abs(score.dice - 0.4 / 3) < 1e-12)
        #expect(score.lesions[1].hausdorff95 == 374)
        #expect(abs(score.hausdorff95 - (score.lesions[0].hausdorff95 + 748) / 3) < 1e-9)
        #expect(score.counts.f1 == 0.5)
        // Without dilation they are three, of which one is found.
        let apart = try LesionWiseScore(prediction: prediction, truth: truth, options: options(dilation: 0))
        #expect(apart.counts.truePositives == 1 && apart.counts.falseNegatives == 2)
        #expect(abs(apart.dice - 2.0 / 3 / 4) < 1e-12)
    }

    @Test func touchingALesionIsFindingIt() throws {
        // Beside the lesion: no voxel in common, but within its dilation.
        let score = try LesionWiseScore(prediction: row("___##_"), truth: row("_##___"), options: options())
        #expect(score.counts.truePositives == 1 && score.counts.falsePositives == 0 && score.dice == 0)
        #expect(score.hausdorff95 == 4)
    }

    @Test func smallLesionsAreLeftOutButNotMadeUp() throws {
        let (truth, prediction) = (try row("#_____###_"), try row("#_____###_"))
        let score = try LesionWiseScore(prediction: prediction, truth: truth, options: options(minVolume: 2))
        #expect(score.lesions.map(\.volume) == [6] && score.dice == 1 && score.hausdorff95 == 0)
        #expect(score.counts.falsePositives == 0 && score.counts.truePositives == 1)
        let none = try LesionWiseScore(prediction: prediction, truth: truth)
        #expect(none.lesions.isEmpty && none.dice == 1 && none.hausdorff95 == 0 && none.counts.f1 == 1)
        let missed = try LesionWiseScore(
            prediction: row("__________"), truth: truth, options: options(minVolume: 2, penalty: 10))
        #expect(missed.dice == 0 && missed.hausdorff95 == 10 && missed.counts.f1 == 0)
    }

    @Test func matchesAreOneToOneFromTheBest() throws {
        // Two parts of one lesion overlap with it by 3 and 2 of its 6 voxels; the larger is its match.
        let (truth, prediction) = (try row("_######___"), try row("_##_###_#_"))
        let quality = try PanopticQuality(prediction: prediction, truth: truth, overlap: 0.2)
        #expect(quality.counts.truePositives == 1 && quality.counts.falsePositives == 2)
        #expect(quality.segmentationQuality == 0.5 && abs(quality.dice - 2.0 / 3) < 1e-12)
        #expect(quality.recognitionQuality == 0.5 && quality.panopticQuality == 0.25)
        // The distances of the match: 0, 0, 0 and 6, 4, 2, 0, 0, 0 mm.
        let distances: [Double] = [0, 0, 0, 0, 0, 0, 2, 4, 6]
        #expect(abs(quality.hausdorff95 - (distances[7] + 0.6 * (distances[8] - distances[7]))) < 1e-6)
        // Dice is larger than IoU, so that a pair may match by the one and not by the other.
        for (metric, matches) in [(PanopticQuality.Metric.iou, 0), (.dice, 1)] {
            let one = try PanopticQuality(prediction: prediction, truth: truth, metric: metric, overlap: 0.6)
            #expect(one.counts.truePositives == matches)
        }
        #expect(try PanopticQuality(prediction: prediction, truth: truth, overlap: 0.5).counts.truePositives == 1)
    }

    @Test func surfaceElementsOfABox() throws {
        // A voxel of 1 x 2 x 3 mm against the same one two voxels of 3 mm on: all elements are 6 mm apart.
        let grid = try Grid(shape: [1, 1, 3], affine: Affine(spacing: [3, 2, 1]))
        let distance = { (a: [Float], b: [Float]) in
            try SurfaceElementDistances(prediction: a, truth: b, grid: grid).hausdorff95
        }
        #expect(try distance([1, 0, 0], [0, 0, 1]) == 6 && distance([1, 0, 0], [1, 1, 1]) == 6)
        #expect(try distance([0, 1, 0], [0, 1, 0]) == 0 && distance([0, 0, 0], [0, 0, 0]) == 0)
        #expect(try distance([0, 1, 0], [0, 0, 0]) == .infinity && distance([0, 0, 0], [0, 1, 0]) == .infinity)
    }

    @Test func regionsJoinClasses() throws {
        let grid = try Grid(shape: [1, 1, 6], affine: Affine(spacing: [10, 10, 10]))
        let (prediction, truth) = (
            try Volume([1, 2, 3, 0, 0, 0], grid: grid), try Volume([1, 1, 3, 3, 0, 2], grid: grid)
        )
        let whole = try RegionScore(
            Region("WT", [1, 2, 3]), prediction: prediction, truth: truth, lesions: options(dilation: 0))
        #expect(whole.overlap.dice == 6.0 / 8 && whole.predictedVolume == 3 && whole.trueVolume == 5)
        #expect(whole.lesions?.counts.truePositives == 1 && whole.lesions?.counts.falseNegatives == 1)
        let core = try RegionScore(Region("TC", [1, 3]), prediction: prediction, truth: truth)
        #expect(core.overlap.dice == 4.0 / 6 && core.lesions == nil)
        let each = try Region.each(of: (prediction, truth), names: nil)
        #expect(each.map(\.name) == ["1", "2", "3"] && each.map(\.classes) == [[1], [2], [3]])
        let named = try Region.each(of: (prediction, truth), names: ["a", "b", "c", "d"])
        #expect(named.map(\.name) == ["a", "b", "c", "d"])
        let absent = try RegionScore(named[3], prediction: prediction, truth: truth)
        #expect(absent.overlap.dice == 1 && absent.surfaces.hausdorff95 == 0)
    }

    @Test func impossibleInput() throws {
        let (one, longer) = (try row("#__"), try row("#___"))
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return "nothing thrown"
        }
        let shape = "'prediction' is of shape 1x3x3: expected 1x3x4, as the truth"
        #expect(message { _ = try LesionWiseScore(prediction: one, truth: longer) } == shape)
        #expect(message { _ = try PanopticQuality(prediction: one, truth: longer) } == shape)
        #expect(message { _ = try RegionScore(Region("a", [1]), prediction: one, truth: longer) } == shape)
        let broken = try Volume([.nan, 1, 0], grid: Grid(shape: [1, 1, 3]))
        let fine = try Volume([0, 1, 0], grid: Grid(shape: [1, 1, 3]))
        let numbers = "'truth' is NaN in 1 voxels: expected numbers"
        #expect(message { _ = try LesionWiseScore(prediction: fine, truth: broken) } == numbers)
        #expect(message { _ = try PanopticQuality(prediction: fine, truth: broken) } == numbers)
        #expect(
            message { _ = try LesionWiseScore(prediction: one, truth: one, options: options(dilation: -1)) }
                == "'dilation' is -1: expected 0 to 1000 steps")
        #expect(
            message { _ = try LesionWiseScore(prediction: one, truth: one, options: options(penalty: .nan)) }
                == "'penalty' is nan: expected a finite number, 0 or more")
        #expect(
            message { _ = try PanopticQuality(prediction: one, truth: one, overlap: 1.5) }
                == "'overlap' is 1.5: expected a number from 0 to 1")
        #expect(message { _ = try Region("a", []) } == "'regions' is [] of 'a': expected class numbers from 1 to 65535")
        #expect(message { _ = try Region("a", [0]) }.hasPrefix("'regions' is [0] of 'a'"))
        #expect(
            message { _ = try Region.each(of: (one, one), names: []) }
                == "'classes' is a list of 0: expected 1 names, as there is class 1")
        #expect(
            message { _ = try SurfaceElementDistances(prediction: [1], truth: [1, 0], grid: fine.grid) }
                == "'prediction' is 1 voxels: expected 3, as the grid")
    }
}
