import Testing
import Volumes

/// Lesions against MONAI, panoptica, SciPy and the rule of BraTS 2023, on 200 pairs of masks of
/// Fixtures/make_lesions.py.
@Suite struct LesionFixtureTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct Monai: Decodable { let dice, hd95, surfaceDice: Double }
        struct Brats: Decodable { let tp, fp, fn: Int, dice, hd95: Double }
        struct Panoptica: Decodable { let tp, fp, fn: Int, rq, sq, pq, dice, hd95: Double }
        struct SciPy: Decodable { let components: [Int], cleaned: [[Int]], dilated, filled: Int }

        let kind: String
        let shape: [Int]
        let spacing: [Double]
        let prediction, truth: [[Int]]
        let voxels: [Int]
        let dilation: Int
        let minVolume: Double
        let metric: String
        let overlap: Double
        let monai: Monai
        let brats: Brats
        let panoptica: Panoptica
        let scipy: SciPy

        var testDescription: String { "\(kind) \(shape) \(spacing)" }

        /// The mask of some ellipsoids, drawn as make_lesions.py draws them.
        func mask(_ ellipsoids: [[Int]]) throws -> Volume {
            var values = [Float](repeating: 0, count: shape.reduce(1, *))
            for one in ellipsoids {
                func square(_ number: Int) -> Int { number * number }
                let (rz, ry, rx) = (one[3], one[4], one[5])
                for index in values.indices {
                    let (z, y, x) = (index / shape[2] / shape[1], index / shape[2] % shape[1], index % shape[2])
                    let squares =
                        square((z - one[0]) * ry * rx) + square((y - one[1]) * rz * rx) + square((x - one[2]) * rz * ry)
                    if 4 * squares <= square(rz * ry * rx) { values[index] = Float(one[6]) }
                }
            }
            let affine = Affine(spacing: [spacing[2], spacing[1], spacing[0]])
            return try Volume(values, grid: Grid(shape: shape, affine: affine))
        }
    }

    static let cases = Result { try ScoreFixture<Case>.load("lesions") }
    static let all = (try? cases.get()) ?? []

    @Test func thereAre200Cases() throws {
        let cases = try Self.cases.get()
        #expect(cases.count == 200 && Set(cases.map(\.kind)).count == 11)
    }

    @Test(arguments: all)
    func agreesWithBraTSAndPanoptica(_ one: Case) throws {
        let (prediction, truth) = (try one.mask(one.prediction), try one.mask(one.truth))
        #expect([prediction.voxelsInMask, truth.voxelsInMask] == one.voxels)
        var options = LesionWiseScore.Options()
        (options.dilation, options.minVolume) = (one.dilation, one.minVolume)
        let brats = try LesionWiseScore(prediction: prediction, truth: truth, options: options)
        #expect(brats.counts.truePositives == one.brats.tp && brats.counts.falsePositives == one.brats.fp)
        #expect(brats.counts.falseNegatives == one.brats.fn && brats.lesions.count == one.brats.tp + one.brats.fn)
        #expect(abs(brats.dice - one.brats.dice) < 1e-12 && isClose(brats.hausdorff95, one.brats.hd95))

        let metric = try #require(PanopticQuality.Metric(rawValue: one.metric))
        let quality = try PanopticQuality(prediction: prediction, truth: truth, metric: metric, overlap: one.overlap)
        #expect(quality.counts.truePositives == one.panoptica.tp && quality.counts.falsePositives == one.panoptica.fp)
        #expect(quality.counts.falseNegatives == one.panoptica.fn)
        let values = [quality.recognitionQuality, quality.segmentationQuality, quality.panopticQuality, quality.dice]
        let expected = [one.panoptica.rq, one.panoptica.sq, one.panoptica.pq, one.panoptica.dice]
        if one.voxels == [0, 0] {
            // panoptica has no value here; ours are those of perfect agreement.
            #expect(values == [1, 1, 1, 1] && quality.hausdorff95 == 0 && expected.allSatisfy(\.isNaN))
        } else {
            #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 })
            if one.panoptica.hd95 == .infinity {
                let sides = zip(one.shape, one.spacing).map { Double($0) * $1 }
                #expect(isClose(quality.hausdorff95, sides.reduce(0) { $0 + $1 * $1 }.squareRoot()))
            } else {
                #expect(isClose(quality.hausdorff95, one.panoptica.hd95))
            }
        }
    }

    @Test(arguments: all)
    func agreesWithMONAIAndSciPy(_ one: Case) throws {
        let (prediction, truth) = (try one.mask(one.prediction), try one.mask(one.truth))
        if !one.voxels.contains(0) {
            let score = try RegionScore(Region("all", [1]), prediction: prediction, truth: truth)
            #expect(isClose(score.overlap.dice, one.monai.dice) && isClose(score.surfaces.hausdorff95, one.monai.hd95))
            #expect(isClose(try score.surfaces.dice(tolerance: 2), one.monai.surfaceDice))
        }
        for (rank, connectivity) in ConnectedComponents.Connectivity.allCases.enumerated() {
            let components = try ConnectedComponents(of: prediction, connectivity)
            #expect(components.sizes.count == one.scipy.components[rank])
            let cleaned = try prediction.removingComponents(below: one.minVolume, connectivity)
            #expect([cleaned.removed, cleaned.volume.voxelsInMask] == one.scipy.cleaned[rank])
        }
        #expect(try truth.dilated(steps: 2).voxelsInMask == one.scipy.dilated)
        let whole = try prediction.fillingHoles()
        #expect(whole.filled == one.scipy.filled)
        #expect(whole.volume.voxelsInMask == one.voxels[0] + one.scipy.filled)
    }
}

extension Volume {
    /// How many voxels are not 0.
    fileprivate var voxelsInMask: Int { values.count { $0 != 0 } }
}
