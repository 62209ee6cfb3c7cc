import Support

/// What the scans of a training set looked like, so that one which does not look like them is found.
///
/// A feature is a number of a scan: the sizes of its voxels, the extent of the brain, and quantiles of the z-scores of
/// each sequence, which tell one contrast from another. The set keeps the least and the largest of each.
public struct Fingerprint: Equatable, Sendable {
    /// A feature of one scan.
    public struct Feature: Equatable, Sendable {
        /// Its name, as in "z-score of flair at the 95th percentile".
        public let name: String
        /// Its value.
        public let value: Double
        /// Whether it is a length in mm, and not a z-score.
        let isLength: Bool
    }

    /// The least and the largest value of a feature.
    private struct Range: Equatable, Sendable {
        let name: String
        let least: Double
        let largest: Double
    }

    /// The number of scans.
    public let count: Int
    private let ranges: [Range]

    /// The rule in words.
    public static let rule = """
        A scan is flagged where a feature (size of its voxels, extent of the brain, quantiles of the z-scores of a \
        sequence) lies beyond those of the training set by more than the width of their range, and sizes and extents \
        by more than a factor of 1.5, quantiles by more than 0.25 standard deviations.
        """

    /// Collects the features of scans, each list as `features` gives it; throws where there is none or they differ.
    public init(_ scans: [[Feature]]) throws(VolumeError) {
        guard let first = scans.first, scans.allSatisfy({ $0.map(\.name) == first.map(\.name) }) else {
            throw .parameter("scans", value: "\(scans.count)", expected: "at least one, all with the same sequences")
        }
        count = scans.count
        ranges = first.indices.map { index in
            let values = scans.map { $0[index].value }.filter(\.isFinite)
            return Range(name: first[index].name, least: values.min() ?? .nan, largest: values.max() ?? .nan)
        }
    }

    /// The features of a subject; those of a missing sequence are NaN.
    public static func features(
        of scans: [Volume?], _ sequences: [String], _ preparation: Preparation
    ) throws(VolumeError) -> [Feature] {
        let axes = ["depth", "height", "width"]
        var features: [Feature] = []
        for (axis, spacing) in zip(axes, preparation.cropped.spacing) {
            features.append(Feature(name: "voxel \(axis) in mm", value: spacing, isLength: true))
        }
        let brains = preparation.brains.compactMap { $0 }
        for axis in 0..<3 {
            let extent = Double(brains.map { $0.shape[axis] }.max() ?? 0) * preparation.cropped.spacing[axis]
            features.append(Feature(name: "brain \(axes[axis]) in mm", value: extent, isLength: true))
        }
        for (index, name) in sequences.enumerated() {
            let scan = index < scans.count ? scans[index] : nil
            let brain = index < preparation.brains.count ? preparation.brains[index] : nil
            let quantiles =
                if let scan, let brain { quantiles(of: scan, brain) } else { shares.map { _ in Double.nan } }
            for (share, value) in zip(shares, quantiles) {
                let title = "z-score of \(name) at the \(Int((share * 100).rounded()))th percentile"
                features.append(Feature(name: title, value: value, isLength: false))
            }
        }
        return features
    }

    private static let shares = [0.05, 0.25, 0.5, 0.75, 0.95]

    /// Quantiles of the z-scores of the brain, by at most some 50,000 of its voxels.
    private static func quantiles(of scan: Volume, _ brain: Brain) -> [Double] {
        let step = max(1, scan.grid.count / 200_000) | 1
        let scores = scan.withValues { values in
            stride(from: 0, to: values.count, by: step).compactMap { index -> Float? in
                let score = brain.standardised(values[index])
                return score == 0 ? nil : score
            }
        }
        return shares.map { share in scores.quantile(share).map { Double($0) } ?? .nan }
    }

    /// What of a scan lies beyond the training set, by the rule, a sentence each.
    func differences(from features: [Feature]) -> [String] {
        features.compactMap { feature in
            guard let range = ranges.first(where: { $0.name == feature.name }), feature.value.isFinite,
                range.least.isFinite
            else { return nil }
            let width = range.largest - range.least
            let below = max(width, feature.isLength ? range.least - range.least / 1.5 : 0.25)
            let above = max(width, feature.isLength ? range.largest / 2 : 0.25)
            guard feature.value < range.least - below || feature.value > range.largest + above else { return nil }
            let (least, largest) = (range.least.text(decimals: 2), range.largest.text(decimals: 2))
            return "\(feature.name) is \(feature.value.text(decimals: 2)); in training it was "
                + (least == largest ? "always \(least)" : "\(least) to \(largest)")
        }
    }

    /// The ranges as JSON.
    var json: JSON {
        .record([
            "scans": .number(Double(count)),
            "features": .array(
                ranges.map { range in
                    .record([
                        "name": .string(range.name), "least": .number(range.least), "largest": .number(range.largest),
                    ])
                }),
        ])
    }

    /// The ranges in `json`, of the file at `path`.
    init(_ json: JSON, path: String) throws(VolumeError) {
        guard let count = json["scans"]?.integer, count > 0, let list = json["features"]?.elements else {
            throw .parameter("\(path): training", value: json.description, expected: "scans and features")
        }
        self.count = count
        ranges = try list.map { entry throws(VolumeError) in
            guard let name = entry["name"]?.text else {
                throw .parameter("\(path): training", value: entry.description, expected: "features with names")
            }
            return Range(
                name: name, least: entry["least"]?.number ?? .nan, largest: entry["largest"]?.number ?? .nan)
        }
    }
}

extension Dataset {
    /// What all subjects look like, with their scans prepared by `options`: the fingerprint, and the median size of the
    /// voxels in mm along each axis (depth, height, width). Throws where a subject does not load.
    public func surveyed(
        _ options: Preparation.Options
    ) throws(VolumeError) -> (fingerprint: Fingerprint, medianSpacing: [Double]) {
        let names = sequences
        let looks = ThreadPool.shared.map(subjects.count) { index -> Look in
            do throws(VolumeError) {
                let scans = try subjects[index].load().scans
                let preparation = try Preparation(of: scans, options)
                return Look(
                    features: try Fingerprint.features(of: scans, names, preparation),
                    spacing: preparation.cropped.spacing)
            } catch {
                return Look(error: error)
            }
        }
        guard !Interrupt.isRequested, looks.count == subjects.count else { throw .interrupted }
        if let error = looks.lazy.compactMap(\.error).first { throw error }
        let median = (0..<3).map { axis in looks.map { $0.spacing[axis] }.quantile(0.5) ?? 1 }
        return (try Fingerprint(looks.map(\.features)), median)
    }
}

/// What one subject looks like, or why it cannot be looked at.
private struct Look {
    var features: [Fingerprint.Feature] = []
    var spacing: [Double] = [1, 1, 1]
    var error: VolumeError?
}
