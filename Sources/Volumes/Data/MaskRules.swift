import Support
/// When a mask fits its scan, and which of its labels are the target.
public struct MaskRules: Equatable, Sendable {
    /// The labels that may occur; nil: those of the data set's layout, or else every whole number from 0.
    public let known: Set<Int>?
    /// The labels that are the target; nil: every positive one.
    public let foreground: Set<Int>?
    /// How far apart the corners of scan and mask may lie in the world, in voxels of the scan.
    public let tolerance: Double

    /// Any labels, of which the positive ones are the target, and corners within a tenth of a voxel.
    public static let standard = MaskRules(unchecked: nil, foreground: nil, tolerance: 0.1)

    /// Makes rules; throws where a label of the target is not among the known ones, or the tolerance (default 0.1) is
    /// negative.
    public init(known: [Int]? = nil, foreground: [Int]? = nil, tolerance: Double = 0.1) throws(VolumeError) {
        let (known, foreground) = (known.map { Set($0) }, foreground.map { Set($0) })
        try VolumeError.require(tolerance >= 0, "tolerance", tolerance, "a number of voxels, at least 0")
        for (name, labels) in [("labels", known), ("foreground", foreground)] {
            try VolumeError.require(labels?.isEmpty != true, name, "empty", "at least one label")
        }
        if let known, let label = foreground?.subtracting(known).min() {
            throw .parameter(
                "foreground", value: "\(label)", expected: "one of the labels \(known.sorted().labelText)")
        }
        self.init(unchecked: known, foreground: foreground, tolerance: tolerance)
    }

    private init(unchecked known: Set<Int>?, foreground: Set<Int>?, tolerance: Double) {
        self.known = known
        self.foreground = foreground
        self.tolerance = tolerance
    }

    /// These rules, with `labels` as the known ones where none were given.
    func knowing(_ labels: [Int]) throws(VolumeError) -> MaskRules {
        try MaskRules(
            known: known.map { Array($0) } ?? labels, foreground: foreground.map { Array($0) }, tolerance: tolerance)
    }

    /// The target in `labels`, 1 there and 0 elsewhere; throws where a label is unknown, which is named with `path`.
    ///
    /// A label may be off a whole number by 1/1000, because files with scaled values are rounded.
    public func target(in labels: Volume, path: String) throws(VolumeError) -> Volume {
        try Volume(on: labels.grid) { result throws(VolumeError) in
            try labels.withValues { values throws(VolumeError) in
                // Neighbours mostly have the same label, so the answer for the last voxel is kept; NaN equals no label.
                var (last, target) = (Float.nan, Float(0))
                for (index, value) in values.enumerated() {
                    if value != last {
                        guard let found = self.target(of: value) else {
                            throw .label(path: path, value: value, known: known?.sorted())
                        }
                        (last, target) = (value, found)
                    }
                    result[index] = target
                }
            }
        }
    }

    /// Throws unless `mask`, read from `path`, has the shape and the position of `scan`, read from `scanPath`.
    public func check(
        _ mask: Grid, path: String, against scan: Grid, scanPath: String
    ) throws(VolumeError) {
        guard mask.shape == scan.shape else {
            throw .shape(path: path, shape: mask.shape, scan: scanPath, expected: scan.shape)
        }
        let distance = scan.distance(to: mask) / (scan.spacing.min() ?? 1)
        guard distance <= tolerance else {
            throw .position(path: path, scan: scanPath, distance: distance, tolerance: tolerance)
        }
    }

    /// 1 for a label of the target, 0 for another; nil for an unknown one.
    private func target(of value: Float) -> Float? {
        let whole = value.rounded()
        guard abs(value - whole) <= 1e-3, let label = Int(exactly: whole), known?.contains(label) ?? (label >= 0) else {
            return nil
        }
        return foreground?.contains(label) ?? (label > 0) ? 1 : 0
    }
}

extension [Int] {
    /// "0, 1, 2, 4".
    fileprivate var labelText: String { map(String.init).joined(separator: ", ") }
}
