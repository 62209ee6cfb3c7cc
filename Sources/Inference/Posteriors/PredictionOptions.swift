import Layers
import Tensors

/// How a prediction goes through a volume, and what it tells of it.
public struct PredictionOptions: Sendable {
    /// Along which directions of the volume copies of it are mirrored.
    public enum Mirroring: Equatable, Sendable {
        /// Along none.
        case none
        /// Along all.
        case all
        /// Along those that are true, of as many as the volume has: depth, height, width.
        case along([Bool])
    }

    /// The windows in which networks take the volume; nil for the whole of it.
    public var window: SlidingWindow?
    /// What the outputs stand for: one region each; nil for classes that exclude each other.
    public var regions: Regions?
    /// Test-time augmentation: each network predicts for every combination of these mirrorings, 2^k of k directions,
    /// and its probabilities are the mean of what it says, mirrored back.
    public var flips: Mirroring
    /// Whether standard deviations are computed; they take as much memory as the probabilities.
    public var hasDeviation: Bool

    /// By default a softmax over the whole volume as it is, with deviations.
    public init(
        window: SlidingWindow? = nil, regions: Regions? = nil, flips: Mirroring = .none, hasDeviation: Bool = true
    ) {
        self.window = window
        self.regions = regions
        self.flips = flips
        self.hasDeviation = hasDeviation
    }

    /// The dimensions, counted from 1, along which each copy of a volume N x C x ... is mirrored; the first is as it
    /// is.
    func mirrorings(of volume: Tensor) throws(TensorError) -> [[Int]] {
        if flips == .none { return [[]] }
        let directions = max(volume.rank - 2, 0)
        guard (1...3).contains(directions) else {
            throw .shape(
                operation: "predict", parameter: "volume", shape: volume.shape,
                expected: "N x C and one to three directions that it could be mirrored along")
        }
        var chosen = [Bool](repeating: true, count: directions)
        if case .along(let given) = flips {
            try require(
                given.count == directions, "predict", "flips", "a list of \(given.count)",
                expected: "\(directions), one for each direction of the volume \(volume.shape.shapeText)")
            chosen = given
        }
        return chosen.indices.filter { chosen[$0] }.reduce(into: [[]]) { mirrorings, direction in
            mirrorings += mirrorings.map { $0 + [direction + 3] }
        }
    }
}
