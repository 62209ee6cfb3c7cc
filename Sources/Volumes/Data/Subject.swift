/// One subject of a data set: the paths of its scan and of its labels, read when they are asked for.
public struct Subject: Equatable, Sendable {
    /// The subject's name: that of its folder, or of its files where there is no folder.
    public let id: String
    /// The path of the scan.
    public let imagePath: String
    /// The path of the labels.
    public let labelPath: String

    /// Names a subject and its files.
    public init(id: String, imagePath: String, labelPath: String) {
        self.id = id
        self.imagePath = imagePath
        self.labelPath = labelPath
    }

    /// Reads the scan.
    public func image() throws(VolumeError) -> Volume { try Volume(contentsOf: imagePath) }

    /// Reads the labels as they are in the file.
    public func labels() throws(VolumeError) -> Volume { try Volume(contentsOf: labelPath) }

    /// Reads the scan and the mask of the target, which is wherever a label is positive (BRATS: the whole tumour).
    ///
    /// Throws where the two differ in shape.
    public func load() throws(VolumeError) -> (image: Volume, mask: Volume) {
        let image = try image()
        let labels = try labels()
        guard image.shape == labels.shape else {
            throw .parameter("labels", value: "\(labelPath) of shape \(labels.shape)", expected: "\(image.shape)")
        }
        return (image, labels.mask())
    }
}
