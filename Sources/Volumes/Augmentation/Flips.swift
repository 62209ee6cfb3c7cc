import Support

/// Random flips, the same for an image and its mask.
public struct Flips: Equatable, Sendable {
    /// Whether each of the axes depth, height and width is reversed.
    public let axes: [Bool]

    /// Reverses the axes that `axes` = [depth, height, width] says.
    public init(axes: [Bool]) { self.axes = axes }

    /// Draws each axis with probability 1/2 from `generator`, of those that `allowed` says (default all).
    public init(from generator: RandomGenerator, allowed: [Bool] = [true, true, true]) {
        axes = allowed.map { generator.uniform() < 0.5 && $0 }
    }

    /// `volume` with the axes reversed, on the same grid.
    public func apply(to volume: Volume) -> Volume {
        let (d, h, w) = (volume.shape[0], volume.shape[1], volume.shape[2])
        var result: [Float] = []
        result.reserveCapacity(volume.values.count)
        let isReversed = (0..<3).map { $0 < axes.count && axes[$0] }
        for z in 0..<d {
            for y in 0..<h {
                let row = ((isReversed[0] ? d - 1 - z : z) * h + (isReversed[1] ? h - 1 - y : y)) * w
                let values = volume.values[row..<(row + w)]
                if isReversed[2] { result.append(contentsOf: values.reversed()) } else { result += values }
            }
        }
        return Volume(unchecked: result, grid: volume.grid)
    }
}
