import Support
/// When the files of a subject fit together, and what the labels of its mask mean.
public struct MaskRules: Equatable, Sendable {
    /// The labels that may occur; nil: those of the data set's layout, or else every whole number from 0.
    public let known: Set<Int>?
    /// The classes or regions that labels belong to.
    public let scheme: LabelScheme
    /// How far apart the corners of the mask, or of another sequence, and of the first scan may lie in the world, in
    /// mm.
    public let tolerance: Double
    /// Whether files on another grid are brought to that of the first scan, and not refused.
    public let resamples: Bool

    /// Any labels, of which the positive ones are the target, and corners within 0.001 mm.
    public static let standard = MaskRules(unchecked: nil, scheme: .foreground, tolerance: 1e-3, resamples: false)

    /// Makes rules; throws where a label of the scheme is not among the known ones, or the tolerance (default 0.001 mm)
    /// is negative.
    public init(
        known: [Int]? = nil, scheme: LabelScheme = .foreground, tolerance: Double = 1e-3, resamples: Bool = false
    ) throws(VolumeError) {
        let known = known.map { Set($0) }
        try VolumeError.require(tolerance >= 0, "tolerance", tolerance, "a number of mm, at least 0")
        try VolumeError.require(known?.isEmpty != true, "labels", "empty", "at least one label")
        for structure in scheme.structures {
            if let known, let label = structure.labels?.subtracting(known).min() {
                throw .parameter(
                    structure.name, value: "\(label)", expected: "one of the labels \(known.sorted().labelText)")
            }
        }
        self.init(unchecked: known, scheme: scheme, tolerance: tolerance, resamples: resamples)
    }

    private init(unchecked known: Set<Int>?, scheme: LabelScheme, tolerance: Double, resamples: Bool) {
        (self.known, self.scheme, self.tolerance, self.resamples) = (known, scheme, tolerance, resamples)
    }

    /// These rules, with `labels` as the known ones where none were given.
    func knowing(_ labels: [Int]) throws(VolumeError) -> MaskRules {
        try MaskRules(
            known: known.map { Array($0) } ?? labels, scheme: scheme, tolerance: tolerance, resamples: resamples)
    }

    /// These rules for another scheme.
    func with(_ scheme: LabelScheme) throws(VolumeError) -> MaskRules {
        try MaskRules(
            known: known.map { Array($0) }, scheme: scheme, tolerance: tolerance, resamples: resamples)
    }

    /// The class numbers of `labels`, 0 where a label belongs to no structure; throws where a label is unknown, which
    /// is named with `path`.
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

    /// `volume`, read from `path`, on the grid of a scan, read from `scanPath`: as it is where it lies there, up to the
    /// tolerance, or resampled where that is wanted, labels to those with the largest share; otherwise an error.
    func aligned(
        _ volume: Volume, path: String, to scan: Grid, scanPath: String, areLabels: Bool
    ) throws(VolumeError) -> Volume {
        let distance = volume.shape == scan.shape ? scan.distance(to: volume.grid) : nil
        if let distance, distance <= tolerance { return try volume.on(scan) }
        guard resamples else {
            if let axes = try axes(of: volume.grid, on: scan) {
                throw .axes(path: path, axes: axes, scan: scanPath, expected: "\(scan.orientation)")
            }
            guard let distance else {
                throw .shape(path: path, shape: volume.shape, scan: scanPath, expected: scan.shape)
            }
            throw .position(path: path, scan: scanPath, distance: distance, tolerance: tolerance)
        }
        StandardStream.warnOnce("\(path.shown): brought to the grid of \(scanPath.shown)")
        return areLabels ? try volume.labelsResampled(onto: scan) : try volume.resampled(onto: scan)
    }

    /// The orientation of `grid` where it has the voxels of `scan`, up to the tolerance, but for the order of its axes;
    /// otherwise nil.
    private func axes(of grid: Grid, on scan: Grid) throws(VolumeError) -> String? {
        guard grid.orientation != scan.orientation else { return nil }
        let turned = try grid.changed(grid.orientation.change(to: scan.orientation))
        return turned.shape == scan.shape && scan.distance(to: turned) <= tolerance ? "\(grid.orientation)" : nil
    }

    /// The class number of a label; nil for an unknown one.
    private func target(of value: Float) -> Float? {
        let whole = value.rounded()
        guard abs(value - whole) <= 1e-3, let label = Int(exactly: whole), known?.contains(label) ?? (label >= 0) else {
            return nil
        }
        return Float(scheme.classNumber(of: label))
    }
}

extension [Int] {
    /// "0, 1, 2, 4".
    fileprivate var labelText: String { map(String.init).joined(separator: ", ") }
}
