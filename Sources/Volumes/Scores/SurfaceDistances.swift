import Support

/// How far the surfaces of a predicted mask and of the truth are from each other.
///
/// A mask's surface is those of its voxels that have one of their six neighbours outside it; a distance is Euclidean,
/// between the centres of voxels, in single precision, as MONAI (1.6.1) defines them.
public struct SurfaceDistances: Equatable, Sendable {
    /// From each voxel of the prediction's surface to the nearest of the truth's, in mm; empty where a mask is empty.
    public let fromPrediction: [Float]
    /// From each voxel of the truth's surface to the nearest of the prediction's, in mm; empty where a mask is empty.
    public let fromTruth: [Float]
    /// The distance between opposite corners of the volume, the outer ones of its voxels, in mm.
    public let diagonal: Double

    private let predictionIsEmpty: Bool
    private let truthIsEmpty: Bool

    /// Measures the distances between two masks on `grid`: a voxel is in a mask where its value is above `threshold`
    /// (default 0.5).
    ///
    /// Throws where there is not one value a voxel, voxels are not between 1e-6 and 1e6 mm apart, or memory is short.
    public init(
        prediction: [Float], truth: [Float], grid: Grid, threshold: Float = 0.5
    ) throws(VolumeError) {
        try grid.requireSurfaces(prediction: prediction, truth: truth)
        let spacing = grid.spacing
        diagonal = grid.diagonal
        let box = try MaskBox(prediction: prediction, truth: truth, shape: grid.shape, threshold: threshold)
        predictionIsEmpty = box?.prediction.voxels.contains(true) != true
        truthIsEmpty = box?.truth.voxels.contains(true) != true
        guard let box, !predictionIsEmpty, !truthIsEmpty else {
            (fromPrediction, fromTruth) = ([], [])
            return
        }
        let (predicted, actual) = (box.prediction.surface, box.truth.surface)
        let shape = box.prediction.shape
        fromPrediction = try DistanceTransform.distances(from: predicted, to: actual, shape: shape, spacing: spacing)
        fromTruth = try DistanceTransform.distances(from: actual, to: predicted, shape: shape, spacing: spacing)
    }

    /// The 95th percentile of the Hausdorff distance in mm: that of the distances in one direction or in the other,
    /// whichever is larger. `EmptyMaskRule` decides where a mask is empty, the worst value being the diagonal.
    public var hausdorff95: Double {
        let percentiles = [fromPrediction, fromTruth].compactMap { $0.quantile(0.95) }
        return EmptyMaskRule.value(
            predictionIsEmpty: predictionIsEmpty, truthIsEmpty: truthIsEmpty, best: 0, worst: diagonal)
            ?? percentiles.reduce(0, max)
    }

    /// The surface Dice at a tolerance (normalised surface distance): the share of the voxels of both surfaces that are
    /// at most `tolerance` mm from the other surface. `EmptyMaskRule` decides where a mask is empty.
    ///
    /// Nikolov et al., "Clinically applicable segmentation of head and neck anatomy", J Med Internet Res 23(7), 2021;
    /// counted in voxels, as MONAI does by default. Throws where the tolerance is negative or not finite.
    public func dice(tolerance: Double) throws(VolumeError) -> Double {
        try VolumeError.require(
            tolerance >= 0 && tolerance.isFinite, "tolerance", tolerance, "a number of mm, 0 or more")
        let all = fromPrediction.count + fromTruth.count
        let near = [fromPrediction, fromTruth].map { $0.count(where: { $0 <= Float(tolerance) }) }.reduce(0, +)
        return EmptyMaskRule.value(predictionIsEmpty: predictionIsEmpty, truthIsEmpty: truthIsEmpty)
            ?? Double(near) / Double(all)
    }
}

extension Grid {
    /// The distance between opposite corners of the volume, the outer ones of its voxels, in mm.
    var diagonal: Double {
        zip(shape, spacing).map { Double($0) * $1 }.map { $0 * $0 }.reduce(0, +).squareRoot()
    }

    /// Throws where two masks do not have one value a voxel, or voxels are not between 1e-6 and 1e6 mm apart, so that
    /// squares of distances are exact enough.
    func requireSurfaces(prediction: [Float], truth: [Float]) throws(VolumeError) {
        for (name, values) in [("prediction", prediction), ("truth", truth)] {
            try VolumeError.require(
                values.count == count, name, "\(values.count) voxels", "\(count), as the grid")
        }
        try VolumeError.require(
            spacing.allSatisfy((1e-6...1e6).contains), "spacing", spacing, "three numbers from 1e-6 to 1e6 mm")
    }
}
