import Support

/// The files of one image: the header's and the voxels', which are one and the same for .nii.
struct NiftiFiles: Equatable {
    /// The file of the header.
    let header: String
    /// The file of the voxels.
    let image: String

    /// Whether both are one file.
    var isSingle: Bool { header == image }

    /// Whether `path` names a gzip file.
    static func isCompressed(_ path: String) -> Bool { path.lowercased().hasSuffix(".gz") }

    /// The files that `path` names for writing: itself for .nii, or the pair that a .hdr or .img belongs to; both are
    /// compressed if it ends in .gz.
    init(writing path: String) throws(VolumeError) {
        let parts = Self.parts(path)
        switch parts.kind {
        case ".nii": (header, image) = (path, path)
        case ".hdr": (header, image) = (path, parts.base + ".img" + parts.ending)
        case ".img": (header, image) = (parts.base + ".hdr" + parts.ending, path)
        default: throw .malformed(path: path, .name)
        }
    }

    /// The files that `path` names for reading, which are there: a pair where it ends as one, each compressed or not,
    /// and otherwise itself.
    init(reading path: String) throws(VolumeError) {
        let parts = Self.parts(path)
        switch parts.kind {
        case ".hdr": (header, image) = (path, try Self.partner(parts.base + ".img", ending: parts.ending))
        case ".img": (header, image) = (try Self.partner(parts.base + ".hdr", ending: parts.ending), path)
        default: (header, image) = (path, path)
        }
        for file in [header, image] {
            guard let kind = FileSystem.kind(file) else { throw .missing(path: file) }
            guard kind == .file else {
                throw .system(path: file, reason: kind == .folder ? "is a folder, not a file" : "not a regular file")
            }
        }
    }

    /// A path without its last four characters and .gz, these characters, and .gz as it is written there.
    private static func parts(_ path: String) -> (base: String, kind: String, ending: String) {
        let stem = isCompressed(path) ? String(path.dropLast(3)) : path
        return (String(stem.dropLast(4)), stem.suffix(4).lowercased(), String(path.dropFirst(stem.count)))
    }

    private static func partner(_ path: String, ending: String) throws(VolumeError) -> String {
        let candidates = [path + ending, path, path + ".gz"]
        guard let found = candidates.first(where: FileSystem.exists) else {
            throw .missing(path: path + ending)
        }
        return found
    }
}
