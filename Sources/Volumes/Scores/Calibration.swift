import Support
/// How well predicted probabilities are calibrated: of the voxels whose probability of being in the mask is 0.8, 80 %
/// should be in it.
///
/// The bins of equal width, each with its mean confidence and the observed frequency, make the reliability curve (Guo
/// et al., "On calibration of modern neural networks", ICML 2017). The confidence is the probability of being in the
/// mask, from 0 to 1, not that of the likelier class.
public struct Calibration: Equatable, Sendable {
    /// The voxels of which the probability is in a range.
    public struct Bin: Equatable, Sendable {
        /// The least probability of the bin.
        public let lower: Double
        /// The probability where the next bin begins; 1 belongs to the last bin.
        public let upper: Double
        /// The number of voxels.
        public let count: Int
        /// The mean of their probabilities; nil where there are none.
        public let meanConfidence: Double?
        /// The share of them that is in the true mask; nil where there are none.
        public let observedFrequency: Double?
    }

    /// The bins, from probability 0 to 1.
    public let bins: [Bin]

    /// How far probabilities may be beyond 0 and 1, as by rounding; they count as 0 and 1.
    private static let slack: Float = 1e-5

    /// Compares `probability` with `truth`, a voxel being in the mask where its value is above `threshold` (default
    /// 0.5), in `bins` bins of equal width (default 15).
    ///
    /// Throws where the numbers of voxels differ or are 0, where a probability is not between 0 and 1, and where there
    /// are not 1 to 10,000 bins.
    public init(
        probability: [Float], truth: [Float], bins: Int = 15, threshold: Float = 0.5
    ) throws(VolumeError) {
        try VolumeError.require((1...10_000).contains(bins), "bins", bins, "1 to 10000")
        try VolumeError.require(
            probability.count == truth.count && !truth.isEmpty, "probability", "\(probability.count) voxels",
            "\(truth.count), as the truth, and not 0")
        var counts = [Int](repeating: 0, count: bins)
        var inMask = counts
        var sums = [Double](repeating: 0, count: bins)
        for (p, t) in zip(probability, truth) {
            guard p >= -Self.slack, p <= 1 + Self.slack else {
                throw .parameter("probability", value: "\(p) in a voxel", expected: "numbers from 0 to 1")
            }
            let confidence = min(max(Double(p), 0), 1)
            let bin = min(Int(confidence * Double(bins)), bins - 1)
            counts[bin] += 1
            sums[bin] += confidence
            if t > threshold { inMask[bin] += 1 }
        }
        self.bins = (0..<bins).map { bin in
            let count = counts[bin]
            return Bin(
                lower: Double(bin) / Double(bins), upper: Double(bin + 1) / Double(bins), count: count,
                meanConfidence: count > 0 ? sums[bin] / Double(count) : nil,
                observedFrequency: count > 0 ? Double(inMask[bin]) / Double(count) : nil)
        }
    }

    /// The expected calibration error: the mean over voxels of their bin's |mean confidence - observed frequency|.
    public var expectedError: Double {
        var (sum, count) = (0.0, 0)
        for bin in bins {
            guard let confidence = bin.meanConfidence, let frequency = bin.observedFrequency else { continue }
            sum += Double(bin.count) * abs(confidence - frequency)
            count += bin.count
        }
        return sum / Double(count)
    }
}
