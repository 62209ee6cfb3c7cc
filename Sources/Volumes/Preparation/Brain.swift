import Support
/// The part of a scan that is brain (or head, where the skull was not removed), and the statistics of its intensities.
///
/// The background level is the median of the eight corner voxels; brain is what differs from it by more than 2 % of
/// the 99th percentile of such differences. So the background need not be exactly 0.
public struct Brain: Equatable, Sendable {
    /// The level of the background.
    public let background: Float
    /// The least difference of a voxel of the brain from it.
    public let threshold: Float
    /// The first voxel of the bounding box: [depth, height, width].
    public let start: [Int]
    /// The shape of the bounding box. Slices with at most 0.1 % of brain do not count; where all are such, it is the
    /// volume's.
    public let shape: [Int]
    /// The mean over the brain.
    public let mean: Float
    /// The standard deviation over the brain; 1 where it would be 0.
    public let standardDeviation: Float

    /// Finds the brain in `volume`; throws where all voxels are alike, or all of the brain, and where one is not
    /// finite; errors name the volume as the parameter `name` (default "image").
    public init(in volume: Volume, named name: String = "image") throws(VolumeError) {
        self = try volume.withValues { values throws(VolumeError) in try Brain(in: values, shape: volume.shape, name) }
    }

    private init(in values: UnsafeBufferPointer<Float>, shape: [Int], _ name: String) throws(VolumeError) {
        let wrong = values.count { !$0.isFinite }
        try VolumeError.require(wrong == 0, name, "NaN or infinite in \(wrong) voxels", "finite numbers")
        guard let level = values.first, !values.allSatisfy({ $0 == level }) else {
            throw .parameter(
                name, value: "\(values.first ?? 0) in every voxel",
                expected: "a scan whose voxels differ: there is nothing to see in it")
        }
        let (d, h, w) = (shape[0], shape[1], shape[2])
        let corners = [0, d - 1].flatMap { z in
            [0, h - 1].flatMap { y in [0, w - 1].map { x in values[(z * h + y) * w + x] } }
        }.sorted()
        let background = (corners[3] + corners[4]) / 2
        // Every step-th voxel is enough for a percentile; the step is odd so as not to follow a row.
        let step = max(1, values.count / 20_000) | 1
        let differences = stride(from: 0, to: values.count, by: step).map { abs(values[$0] - background) }.sorted()
        let threshold = 0.02 * differences[min(differences.count - 1, differences.count * 99 / 100)]
        var planes = [d, h, w].map { [Int](repeating: 0, count: $0) }
        var (count, sum, squares) = (0.0, 0.0, 0.0)
        var (least, largest) = (Float.infinity, -Float.infinity)
        for z in 0..<d {
            for y in 0..<h {
                for x in 0..<w {
                    let value = values[(z * h + y) * w + x]
                    guard abs(value - background) > threshold else { continue }
                    planes[0][z] += 1
                    planes[1][y] += 1
                    planes[2][x] += 1
                    (least, largest) = (min(least, value), max(largest, value))
                    count += 1
                    // Differences from the background keep digits where the level is far from 0.
                    let difference = Double(value - background)
                    sum += difference
                    squares += difference * difference
                }
            }
        }
        let ranges = planes.map { counts in
            let least = values.count / counts.count / 1000
            let first = counts.firstIndex { $0 > least } ?? 0
            let last = counts.lastIndex { $0 > least } ?? counts.count - 1
            return first...last
        }
        try VolumeError.require(
            least < largest, name, "\(least) in all of the brain, \(background) around it",
            "a scan whose brain has more than one intensity: there is nothing to see in it")
        let mean = sum / count
        let deviation = max(squares / count - mean * mean, 0).squareRoot()
        self.background = background
        self.threshold = threshold
        self.start = ranges.map(\.lowerBound)
        self.shape = ranges.map(\.count)
        self.mean = Float(mean) + background
        self.standardDeviation = deviation > 0 ? Float(deviation) : 1
    }

    /// The value of a voxel at mean 0 and standard deviation 1 of the brain; 0, the brain's mean, for the background.
    public func standardised(_ value: Float) -> Float { contains(value) ? (value - mean) / standardDeviation : 0 }

    /// Whether a voxel of this value is brain.
    public func contains(_ value: Float) -> Bool { abs(value - background) > threshold }
}
