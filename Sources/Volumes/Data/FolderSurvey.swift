import Support

/// What lies in a folder and the folders below it: the files that hold volumes, in the order of their paths.
public struct FolderSurvey: Equatable, Sendable {
    /// A kind of file, known by its ending or its first bytes.
    public enum Kind: String, Sendable {
        /// .nii, .hdr (the pair counts once) with or without .gz.
        case nifti
        /// .nrrd and .nhdr.
        case nrrd
        /// .mgh and .mgz.
        case mgh
        /// .dcm, or "DICM" at byte 128 and an image, whatever the name.
        case dicom
        /// .json, which may describe a data set or a scan.
        case json
    }

    /// A file that was found.
    public struct File: Equatable, Sendable {
        /// Its path below the folder.
        public let path: String
        /// Its kind.
        public let kind: Kind
    }

    /// The files, by path.
    public let files: [File]
    /// The number of other files, in which nothing was recognised.
    public let otherCount: Int

    /// The most folders that lie within each other.
    private static let deepest = 32

    /// Looks through `folder`; names that begin with a point are passed over, and links are not followed to folders. A
    /// folder below it that cannot be read is passed over with a warning.
    public init(of folder: String) throws(VolumeError) {
        var (found, others) = ([File](), 0)
        try Self.visit(folder, below: "", depth: 0) { path in
            if let kind = Self.kind(of: "\(folder)/\(path)") {
                found.append(File(path: path, kind: kind))
            } else {
                others += Self.isImageOfPair(path) ? 0 : 1
            }
        }
        (files, otherCount) = (found, others)
    }

    private static func visit(
        _ folder: String, below path: String, depth: Int, _ body: (String) -> Void
    ) throws(VolumeError) {
        let whole = path.isEmpty ? folder : "\(folder)/\(path)"
        let folders = try Folder.names(in: whole, folders: true)
        for name in try Folder.names(in: whole, folders: false) {
            guard !Interrupt.isRequested else { throw .interrupted }
            if !folders.contains(name) { body(path.isEmpty ? name : "\(path)/\(name)") }
        }
        for name in folders where depth < deepest && FileSystem.link(at: "\(whole)/\(name)") == nil {
            do throws(VolumeError) {
                try visit(folder, below: path.isEmpty ? name : "\(path)/\(name)", depth: depth + 1, body)
            } catch {
                guard case .system = error else { throw error }
                StandardStream.warnOnce("\(error); it is passed over")
            }
        }
    }

    private static let endings: [(ending: String, kind: Kind)] = [
        (".nii", .nifti), (".nii.gz", .nifti), (".hdr", .nifti), (".hdr.gz", .nifti), (".nrrd", .nrrd),
        (".nhdr", .nrrd), (".mgh", .mgh), (".mgz", .mgh), (".json", .json), (".dcm", .dicom),
    ]

    private static func isImageOfPair(_ path: String) -> Bool {
        path.lowercased().hasSuffix(".img") || path.lowercased().hasSuffix(".img.gz")
    }

    private static func kind(of path: String) -> Kind? {
        let name = path.lowercased()
        if let known = endings.first(where: { name.hasSuffix($0.ending) }) { return known.kind }
        return (try? DICOMFile(path)) == .image ? .dicom : nil
    }
}
