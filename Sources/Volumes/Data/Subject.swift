/// One subject of a data set: the paths of its scan and of its labels, read when they are asked for.
public struct Subject: Equatable, Sendable {
    /// The subject's name: that of its folder, or of its files where there is no folder.
    public let id: String
    /// The path of the scan.
    public let imagePath: String
    /// The path of the labels.
    public let labelPath: String
    /// Which labels may occur, and which are the target.
    public let rules: MaskRules

    /// Names a subject and its files; by default all positive labels are the target.
    public init(id: String, imagePath: String, labelPath: String, rules: MaskRules = .standard) {
        self.id = id
        self.imagePath = imagePath
        self.labelPath = labelPath
        self.rules = rules
    }

    /// Reads the scan and the mask of the target (by default wherever a label is positive: of BRATS the whole tumour).
    ///
    /// Throws where a file is damaged, where the two differ in shape or in their position in the world, and where a
    /// label is unknown; the error names the file. The mask gets the scan's grid.
    public func load() throws(VolumeError) -> (image: Volume, mask: Volume) {
        let image = try Volume(contentsOf: imagePath)
        let labels = try Volume(contentsOf: labelPath)
        try rules.check(labels.grid, path: labelPath, against: image.grid, scanPath: imagePath)
        let mask = try rules.target(in: labels, path: labelPath)
        return (image, try mask.on(image.grid))
    }
}

/// A subject that cannot be used, and why.
public struct RejectedSubject: Equatable, Sendable {
    /// The subject's name.
    public let id: String
    /// What is wrong; it names the file.
    public let error: VolumeError
}
