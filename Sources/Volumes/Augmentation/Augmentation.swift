import Foundation
import Support
import Tensors

/// Random changes of a training example, so that a network sees more than the volumes there are.
///
/// All but the flips are off by default. Each change draws random numbers of its own, so turning one on does not alter
/// the others; the same state of the generator gives the same bits with any number of threads.
public struct Augmentation: Equatable, Sendable {
    /// Which of depth, height and width may be reversed, each with probability 1/2 (default all).
    public var flip = [true, true, true]
    /// The largest angles about the axes depth, height and width in degrees, drawn uniformly up to them.
    public var rotation: [Double] = [0, 0, 0]
    /// The largest relative change of size s: the factor's logarithm is uniform within +- log(1 + s).
    public var scaling = 0.0
    /// The standard deviation of the elastic displacement in mm along each axis; folds appear beyond about a fifth of
    /// `elasticCell`.
    public var elastic = 0.0
    /// The distance in mm of the points between which the displacement is a cubic spline (default 32).
    public var elasticCell = 32.0
    /// The largest relative change of contrast g: intensities are multiplied by a number within 1 +- g.
    public var gain = 0.0
    /// The largest number added to the intensities, of either sign.
    public var offset = 0.0
    /// The largest change of gamma g: the exponent's logarithm is uniform within +- log(1 + g).
    public var gamma = 0.0
    /// The largest standard deviation of normal noise; it is drawn uniformly up to this.
    public var noise = 0.0
    /// The probability with which each map of an image, a sequence, is left out (set to 0), but never all of them.
    public var dropout = 0.0
    /// The probability with which each change but the flips is made (default 1).
    public var probability = 1.0
    /// The distances of the voxels in mm (depth, height, width; default 1), for the angles and the warp.
    public var spacing: [Double] = [1, 1, 1]

    /// Flips only; set the properties for more.
    public init() {}

    /// Changes an image (... x D x H x W) and its label (of the same D x H x W): images are interpolated trilinearly,
    /// labels get the nearest value, what comes from outside is 0, and intensities change for each map by itself.
    ///
    /// Throws where a setting is not possible, or the label's shape does not fit. No gradient flows through.
    public func callAsFunction(
        _ image: Tensor, label: Tensor? = nil, generator: RandomGenerator
    ) throws(VolumeError) -> (image: Tensor, label: Tensor?) {
        try check()
        try requireVolume(image)
        let flips = Flips(from: generator, allowed: flip)
        // Flips alone draw no further numbers.
        let draws = changesMore ? Draws(generator: generator.split(), probability: probability) : nil
        let transform = try spatialTransform(Array(image.shape.suffix(3)), flips, draws)
        let moved = try transform.apply(to: image, .trilinear)
        let label = try label.map { label throws(VolumeError) in try transform.apply(to: label, .nearest) }
        guard let draws else { return (moved, label) }
        let changed =
            gain + offset + gamma + noise > 0
            ? try VolumeError.wrapping { try intensitiesChanged(moved, draws) } : moved
        return (dropout > 0 ? try VolumeError.wrapping { try thinned(changed, draws) } : changed, label)
    }

    private var changesMore: Bool {
        rotation.reduce(0, +) + scaling + elastic + gain + offset + gamma + noise + dropout > 0
    }

    private func spatialTransform(
        _ shape: [Int], _ flips: Flips, _ draws: Draws?
    ) throws(VolumeError) -> SpatialTransform {
        guard let draws else { return try SpatialTransform(shape: shape, flips: flips) }
        let rotation = rotation.map { draws.upTo($0) }
        let factor = exp(draws.upTo(log(1 + scaling)))
        let warps = draws.decides()
        let field = draws.generator.split()
        var warp: [[Float]] = []
        if warps, elastic > 0 {
            // Three components, each in the units of the spline, in mm and in voxels.
            try Grid(shape: shape).requireMemory(
                9 * MemoryLayout<Float>.stride, for: "a displacement of \(shape.shapeText) voxels")
            for _ in 0..<3 {
                warp.append(
                    try SmoothNoise.field(shape, spacing: spacing, cell: elasticCell, field).map { $0 * Float(elastic) }
                )
            }
        }
        return try SpatialTransform(
            shape: shape, spacing: spacing, flips: flips, rotation: rotation, factor: factor, warp: warp)
    }

    private func intensitiesChanged(_ image: Tensor, _ draws: Draws) throws(TensorError) -> Tensor {
        let result = try image.detached().contiguous().cloned()
        let count = image.shape.suffix(3).reduce(1, *)
        for map in 0..<(result.count / count) {
            let change = IntensityTransform(
                gamma: Float(exp(draws.upTo(log(1 + gamma)))), gain: 1 + Float(draws.upTo(gain)),
                offset: Float(draws.upTo(offset)), noise: abs(Float(draws.upTo(noise))))
            try change.apply(to: result.pointer + map * count, count: count, generator: draws.generator.split())
        }
        return result
    }

    /// The image without some of its sequences; one, drawn at random, always stays.
    private func thinned(_ image: Tensor, _ draws: Draws) throws(TensorError) -> Tensor {
        let generator = draws.generator.split()
        let count = image.shape.suffix(3).reduce(1, *)
        let maps = image.count / max(count, 1)
        let kept = generator.below(max(maps, 1))
        let isLeftOut = (0..<maps).map { Double(generator.uniform()) < dropout && $0 != kept }
        guard isLeftOut.contains(true) else { return image }
        let result = try image.detached().contiguous().cloned()
        for map in 0..<maps where isLeftOut[map] {
            (result.pointer + map * count).update(repeating: 0, count: count)
        }
        return result
    }

    /// Throws the error of the first setting that is not possible.
    private func check() throws(VolumeError) {
        try VolumeError.require(flip.count == 3, "flip", flip, "true or false for each of depth, height and width")
        try VolumeError.require(
            rotation.count == 3 && rotation.allSatisfy { (0...180).contains($0) }, "rotation", rotation,
            "three angles from 0 to 180 degrees")
        try VolumeError.require((0...9).contains(scaling), "scaling", scaling, "a number from 0 to 9")
        try VolumeError.require((0...1e3).contains(elastic), "elastic", elastic, "a number of mm from 0 to 1000")
        try VolumeError.require(
            spacing.count == 3 && spacing.allSatisfy { (1e-3...1e3).contains($0) }, "spacing", spacing,
            "three distances in mm from 0.001 to 1000")
        let coarsest = spacing.max() ?? 1
        try VolumeError.require(
            (coarsest...1e6).contains(elasticCell), "elastic_cell", elasticCell,
            "a number of mm from \(coarsest), the distance of the voxels, to 1000000")
        try VolumeError.require((0..<1).contains(gain), "gain", gain, "a number from 0 to below 1")
        try VolumeError.require((0...1e6).contains(offset), "offset", offset, "a number from 0 to 1000000")
        try VolumeError.require((0...9).contains(gamma), "gamma", gamma, "a number from 0 to 9")
        try VolumeError.require((0...1e6).contains(noise), "noise", noise, "a number from 0 to 1000000")
        try VolumeError.require((0..<1).contains(dropout), "dropout", dropout, "a share from 0 to below 1")
        try VolumeError.require((0...1).contains(probability), "probability", probability, "a number from 0 to 1")
    }
}

/// Throws unless `image` has the shape ... x D x H x W.
func requireVolume(_ image: Tensor) throws(VolumeError) {
    try VolumeError.require(
        image.rank >= 3 && Grid.count(of: image.shape.suffix(3)) != nil, "image",
        "of shape \(image.shape.shapeText)", "... x D x H x W")
}

/// The random numbers of one example; a setting draws as many of them whatever its value.
private struct Draws {
    let generator: RandomGenerator
    let probability: Double

    /// Whether a change is made.
    func decides() -> Bool { Double(generator.uniform()) < probability }

    /// A uniform number within +- `bound`, or 0 where the change is not made.
    func upTo(_ bound: Double) -> Double {
        let isMade = decides()
        let number = (2 * Double(generator.uniform()) - 1) * bound
        return isMade ? number : 0
    }
}
