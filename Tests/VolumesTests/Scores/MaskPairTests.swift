import Testing
import Volumes

/// The measures against those of MONAI and SciPy, on 200 pairs of random masks.
@Suite struct MaskPairTests {
    struct Pair: Decodable, Sendable, CustomTestStringConvertible {
        struct Overlap: Decodable {
            let dice, iou, sensitivity, precision, hd95, surfaceDice: Double
        }

        struct Surface: Decodable {
            let hd95, surfaceDice: Double?
        }

        let kind: String
        let shape: [Int]
        let spacing: [Double]
        let tolerance: Double
        let prediction, truth: PackedMask
        let monai: Overlap
        let scipy: Surface

        var testDescription: String { "\(kind) \(shape) \(spacing)" }

        var masks: (prediction: [Float], truth: [Float]) {
            let count = shape.reduce(1, *)
            return (prediction.voxels(count), truth.voxels(count))
        }

        var grid: Grid {
            get throws { try Grid(shape: shape, affine: Affine(spacing: [spacing[2], spacing[1], spacing[0]])) }
        }
    }

    static let pairs = Result { try ScoreFixture<Pair>.load("masks") }

    @Test func thereAre200Pairs() throws {
        let pairs = try Self.pairs.get()
        #expect(pairs.count == 200)
        #expect(Set(pairs.map(\.kind)).count == 14)
    }

    @Test(arguments: (try? pairs.get()) ?? [])
    func agreesWithMONAIAndSciPy(_ pair: Pair) throws {
        let (prediction, truth) = pair.masks
        let overlap = try SegmentationScore(prediction: prediction, truth: truth)
        let surfaces = try SurfaceDistances(prediction: prediction, truth: truth, grid: pair.grid)
        let surfaceDice = try surfaces.dice(tolerance: pair.tolerance)
        let values = [
            overlap.dice, overlap.iou, overlap.sensitivity, overlap.precision, surfaceDice, surfaces.hausdorff95,
        ]
        switch (prediction.contains(1), truth.contains(1)) {
        case (true, true):
            let expected = pair.monai
            #expect(isClose(overlap.dice, expected.dice) && isClose(overlap.iou, expected.iou))
            #expect(isClose(overlap.sensitivity, expected.sensitivity))
            #expect(isClose(overlap.precision, expected.precision))
            #expect(isClose(surfaces.hausdorff95, expected.hd95))
            #expect(isClose(surfaceDice, expected.surfaceDice))
            #expect(isClose(surfaces.hausdorff95, try #require(pair.scipy.hd95)))
            #expect(isClose(surfaceDice, try #require(pair.scipy.surfaceDice)))
        case (false, false):
            // MONAI has no value here; ours are those of perfect agreement.
            #expect(pair.monai.hd95.isNaN && pair.monai.surfaceDice.isNaN && pair.monai.dice.isNaN)
            #expect(values == [1, 1, 1, 1, 1, 0])
        case (let isPredicted, _):
            // MONAI has no finite distance, and no sensitivity or precision of an empty mask; ours are the worst.
            #expect(!pair.monai.hd95.isFinite)
            #expect((isPredicted ? pair.monai.sensitivity : pair.monai.precision).isNaN)
            let sides = zip(pair.shape, pair.spacing).map { Double($0) * $1 }
            let diagonal = sides.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(values.dropLast() == [0, 0, 0, 0, 0])
            #expect(isClose(surfaces.hausdorff95, diagonal))
        }
    }

    @Test(arguments: (try? pairs.get())?.filter { ["similar", "speckled", "no truth"].contains($0.kind) } ?? [])
    func whichMaskIsPredictedMattersOnlyToSensitivityAndPrecision(_ pair: Pair) throws {
        let (prediction, truth) = pair.masks
        let (overlap, swapped) = (
            try SegmentationScore(prediction: prediction, truth: truth),
            try SegmentationScore(prediction: truth, truth: prediction)
        )
        #expect(overlap.dice == swapped.dice && overlap.iou == swapped.iou)
        #expect(overlap.sensitivity == swapped.precision && overlap.precision == swapped.sensitivity)
        let (there, back) = (
            try SurfaceDistances(prediction: prediction, truth: truth, grid: pair.grid),
            try SurfaceDistances(prediction: truth, truth: prediction, grid: pair.grid)
        )
        #expect(there.fromPrediction == back.fromTruth && there.fromTruth == back.fromPrediction)
        #expect(there.hausdorff95 == back.hausdorff95)
        #expect(try there.dice(tolerance: pair.tolerance) == back.dice(tolerance: pair.tolerance))
    }

    @Test(arguments: (try? pairs.get())?.filter { ["shifted", "border", "full"].contains($0.kind) } ?? [])
    func emptySpaceAroundMakesNoDifference(_ pair: Pair) throws {
        let larger = zip(pair.shape, [3, 2, 5]).map { $0 + $1 }
        func padded(_ mask: [Float]) -> [Float] {
            var result = [Float](repeating: 0, count: larger.reduce(1, *))
            for (index, value) in mask.enumerated() {
                let (z, y, x) = (
                    index / pair.shape[2] / pair.shape[1], index / pair.shape[2] % pair.shape[1],
                    index % pair.shape[2]
                )
                result[((z + 1) * larger[1] + y + 2) * larger[2] + x] = value
            }
            return result
        }
        let (prediction, truth) = pair.masks
        let grid = try pair.grid
        let surfaces = try SurfaceDistances(prediction: prediction, truth: truth, grid: grid)
        let inSpace = try SurfaceDistances(
            prediction: padded(prediction), truth: padded(truth), grid: Grid(shape: larger, affine: grid.affine))
        #expect(surfaces.fromPrediction == inSpace.fromPrediction && surfaces.fromTruth == inSpace.fromTruth)
        #expect(surfaces.diagonal < inSpace.diagonal)
    }
}
