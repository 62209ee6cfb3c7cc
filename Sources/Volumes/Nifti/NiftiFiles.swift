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

    /// The files that `path` names: itself for .nii, or the pair that a .hdr or .img belongs to.
    ///
    /// Each of a pair may be compressed: for a file that is read, those that exist decide; for one that is written,
    /// both are compressed if `path` ends in .gz.
    init(_ path: String, existing: Bool) throws(VolumeError) {
        let stem = Self.isCompressed(path) ? String(path.dropLast(3)) : path
        let ending = String(path.dropFirst(stem.count))
        let base = String(stem.dropLast(4))
        switch stem.suffix(4).lowercased() {
        case ".nii":
            (header, image) = (path, path)
        case ".hdr":
            (header, image) = (path, try Self.partner(base + ".img", ending: ending, existing: existing))
        case ".img":
            (header, image) = (try Self.partner(base + ".hdr", ending: ending, existing: existing), path)
        default:
            throw .malformed(path: path, .name)
        }
        guard existing else { return }
        for file in [header, image] {
            guard let kind = FileSystem.kind(file) else { throw .missing(path: file) }
            guard kind == .file else {
                throw .system(path: file, reason: kind == .folder ? "is a folder, not a file" : "not a regular file")
            }
        }
    }

    private static func partner(_ path: String, ending: String, existing: Bool) throws(VolumeError) -> String {
        guard existing else { return path + ending }
        let candidates = [path + ending, path, path + ".gz"]
        guard let found = candidates.first(where: FileSystem.exists) else {
            throw .missing(path: path + ending)
        }
        return found
    }
}
