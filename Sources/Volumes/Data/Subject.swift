import Support

/// One subject of a data set: the paths of its scans and of its labels, read when they are asked for.
public struct Subject: Equatable, Sendable {
    /// The subject's name: that of its folder, or of its files where there is no folder.
    public let id: String
    /// Its scans, one a sequence, in the order of the data set's sequences.
    public let scans: [ScanFile]
    /// The file of the labels; nil where there is none, as of a volume to predict.
    public let labels: ScanFile?
    /// Why there is no file of labels, where there are some of which none can be chosen; nil otherwise.
    public let labelsError: VolumeError?
    /// Which labels may occur, and what they mean.
    public let rules: MaskRules
    /// How scans and mask are changed as they are read; nil where they are not.
    public private(set) var shift: AcquisitionShift?

    /// Names a subject and its files; by default all positive labels are the target.
    public init(
        id: String, scans: [ScanFile], labels: ScanFile?, labelsError: VolumeError? = nil,
        rules: MaskRules = .standard
    ) {
        (self.id, self.scans, self.labels, self.rules) = (id, scans, labels, rules)
        self.labelsError = labelsError
    }

    /// Names a subject with one scan and its mask.
    public init(id: String, imagePath: String, labelPath: String, rules: MaskRules = .standard) {
        self.init(
            id: id, scans: [ScanFile(name: "image", path: imagePath)],
            labels: ScanFile(name: "labels", path: labelPath), rules: rules)
    }

    /// The same subject, as another scanner would have seen it.
    public func shifted(by shift: AcquisitionShift) -> Subject {
        var result = self
        result.shift = shift
        return result
    }

    /// The path of the first scan that is there.
    public var imagePath: String { scans.first { !$0.isMissing }?.path ?? "" }

    /// Reads the scans, nil for one that is missing, and the mask, whose voxels are class numbers; all have the grid of
    /// the first scan, or that of its shift.
    ///
    /// Throws where a file is damaged, where two differ in shape or in their position in the world, where a label is
    /// unknown, and where the shift does not fit; the error names the file.
    public func load() throws(VolumeError) -> (scans: [Volume?], mask: Volume?) {
        let (volumes, grid, path) = try located()
        guard let labels else { return try shifted(volumes, nil) }
        let mask = try Volume(contentsOf: labels.path, frame: labels.frame)
        let aligned = try rules.aligned(mask, path: labels.path, to: grid, scanPath: path, areLabels: true)
        return try shifted(volumes, try rules.target(in: aligned, path: labels.path))
    }

    /// Reads the scans alone, as `load` does, whatever the mask is like; a shift of lesions needs one, and throws.
    public func loadScans() throws(VolumeError) -> [Volume?] { try shifted(try located().scans, nil).scans }

    /// Scans and mask after the shift, if there is one.
    private func shifted(
        _ scans: [Volume?], _ mask: Volume?
    ) throws(VolumeError) -> (scans: [Volume?], mask: Volume?) {
        guard let shift else { return (scans, mask) }
        do throws(VolumeError) { return try shift(scans, mask: mask, id: id) } catch {
            guard case .parameter(let name, let value, let expected) = error else { throw error }
            throw .parameter("\(imagePath.shown): \(name)", value: value, expected: expected)
        }
    }

    /// The scans, and the grid and the path of the first one.
    private func located() throws(VolumeError) -> (scans: [Volume?], grid: Grid, path: String) {
        var first: (grid: Grid, path: String)?
        var volumes: [Volume?] = []
        for scan in scans {
            guard !scan.isMissing else {
                volumes.append(nil)
                continue
            }
            let volume = try Volume(contentsOf: scan.path, frame: scan.frame)
            guard let (grid, path) = first else {
                first = (volume.grid, scan.path)
                volumes.append(volume)
                continue
            }
            volumes.append(try rules.aligned(volume, path: scan.path, to: grid, scanPath: path, areLabels: false))
        }
        guard let (grid, path) = first else { throw .missing(path: scans.first?.path ?? id) }
        return (volumes, grid, path)
    }
}

/// A file of a subject: one sequence, such as FLAIR, or the labels.
public struct ScanFile: Equatable, Sendable {
    /// The name of the sequence.
    public let name: String
    /// The path of the file.
    public let path: String
    /// Which of several volumes in the file, from 1; nil where it holds one.
    public let frame: Int?
    /// Whether the sequence is missing and goes without: its channel is then empty.
    public let isMissing: Bool

    /// Names a file.
    public init(name: String, path: String, frame: Int? = nil, isMissing: Bool = false) {
        (self.name, self.path, self.frame, self.isMissing) = (name, path, frame, isMissing)
    }
}

/// What becomes of a subject that lacks a sequence.
public enum MissingSequence: String, CaseIterable, Sendable {
    /// It is among the rejected ones.
    case reject
    /// Its channel is 0 everywhere, the mean of the brain; a subject that lacks all is rejected.
    case zeros
}
