import Foundation
import Support

/// A path below a folder in which `{id}` stands for the name of a subject, such as "images/{id}_0000.nii.gz".
///
/// The endings .nii and .nii.gz stand for each other, and .* for that of any volume.
struct PathPattern {
    private let text: String
    private static let placeholder = "{id}"

    /// Checks that the placeholder is there; `parameter` names the pattern in the error.
    init(_ text: String, parameter: String) throws(VolumeError) {
        try VolumeError.require(
            text.contains(Self.placeholder) && text.utf8.first != UInt8(ascii: "/"), parameter, "'\(text.shown)'",
            "a path below the folder with {id} for the subject's name")
        self.text = text
    }

    /// The subjects of `folder` with scans at the paths `images`, each with the name of its sequence, and masks at the
    /// paths `mask`, empty where there are none; their files need not be there.
    ///
    /// Subjects are found by their first scans, which masks are not; with `byAll` also by the others and their masks,
    /// so that one without a scan is rejected and not passed over, and a folder of scans or masks that is missing
    /// holds none.
    static func subjects(
        in folder: String, images: [(name: String, path: String)], mask: String, rules: MaskRules, byAll: Bool = false
    ) throws(VolumeError) -> [Subject] {
        let imagePatterns = try images.map { image throws(VolumeError) in
            try PathPattern(image.path, parameter: "image")
        }
        let maskPattern = mask.isEmpty ? nil : try PathPattern(mask, parameter: "mask")
        guard let first = imagePatterns.first else { return [] }
        var ids: [String] = []
        if byAll {
            _ = try Folder.names(in: folder, folders: true)
            for pattern in imagePatterns + [maskPattern].compactMap({ $0 }) {
                do throws(VolumeError) { ids += try pattern.ids(in: folder) } catch {
                    guard case .missing = error else { throw error }
                }
            }
            ids = Set(ids).sorted()
        } else {
            ids = try first.ids(in: folder)
        }
        // Where masks fit the pattern of scans too, as c1_mask.nii does "{id}.nii", they are no subjects.
        if Self.id(of: mask, pattern: first.text) != nil {
            ids = ids.filter { Self.id(of: first.path(of: $0), pattern: mask) == nil }
        }
        return ids.map { id in
            Subject(
                id: id,
                scans: zip(images, imagePatterns).map { image, pattern in
                    ScanFile(name: image.name, path: "\(folder)/\(pattern.path(of: id))")
                },
                labels: maskPattern.map { ScanFile(name: "labels", path: "\(folder)/\($0.path(of: id))") }, rules: rules
            )
        }
    }

    /// The path of subject `id`, below the folder.
    func path(of id: String) -> String { text.replacingOccurrences(of: Self.placeholder, with: id) }

    /// The names of the subjects in `folder`: those that fit the first part of the path with the placeholder.
    func ids(in folder: String) throws(VolumeError) -> [String] {
        let parts = text.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        guard let index = parts.firstIndex(where: { $0.contains(Self.placeholder) }) else { return [] }
        let parent = ([folder] + parts[..<index]).joined(separator: "/")
        let names = try Folder.names(in: parent, folders: index < parts.count - 1)
        return Set(names.compactMap { Self.id(of: $0, pattern: parts[index]) }).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    /// The text in `name` at each placeholder of `pattern`, the same at all; nil where the name does not fit.
    private static func id(of name: String, pattern: String) -> String? {
        let ending = VolumeEnding.of(pattern)
        let alternatives = VolumeEnding.alternatives(to: ending)
        guard alternatives.count > 1 else { return id(ofStem: name, pattern: pattern) }
        guard let own = VolumeEnding.of(name), alternatives.contains(own) || own == VolumeEnding.any else { return nil }
        return id(ofStem: String(name.dropLast(own.count)), pattern: String(pattern.dropLast(ending?.count ?? 0)))
    }

    private static func id(ofStem name: String, pattern: String) -> String? {
        let literals = pattern.components(separatedBy: placeholder).map { Array($0.utf8) }
        let bytes = Array(name.utf8)
        let count = literals.count - 1
        let free = bytes.count - literals.reduce(0) { $0 + $1.count }
        guard free >= count, free % count == 0 else { return nil }
        let id = bytes.dropFirst(literals[0].count).prefix(free / count)
        guard literals.joined(separator: id).elementsEqual(bytes) else { return nil }
        return String(decoding: id, as: UTF8.self)
    }
}

/// The endings of files with volumes.
enum VolumeEnding {
    /// What stands for any of them in a pattern.
    static let any = ".*"
    private static let all = [
        ".nii.gz", ".nii", ".hdr.gz", ".hdr", ".nrrd", ".nhdr", ".mgz", ".mgh", ".img", ".img.gz",
    ]

    /// The ending of a path; nil where it has none of a volume.
    static func of(_ path: String) -> String? { (all + [any]).first(where: path.hasSuffix) }

    /// What an ending stands for, itself first; the empty text for nil.
    static func alternatives(to ending: String?) -> [String] {
        switch ending {
        case nil: [""]
        case any?: all.filter { !$0.hasPrefix(".img") }
        case let ending? where ending.hasSuffix(".gz"): [ending, String(ending.dropLast(3))]
        case let ending? where all.contains(ending + ".gz"): [ending, ending + ".gz"]
        case let ending?: [ending]
        }
    }
}

/// Names and files in folders.
enum Folder {
    /// The visible names in `folder`, sorted: those of folders, or those of files.
    static func names(in folder: String, folders: Bool) throws(VolumeError) -> [String] {
        guard let isFolder = isFolder(folder) else { throw .missing(path: folder) }
        guard isFolder else { throw .dataset(folder: folder, expected: "a folder, not a file") }
        return try VolumeError.wrapping { try FileSystem.names(in: folder) }.filter { name in
            // A link that leads nowhere stays in the list: its subject is then rejected with an error, not left out.
            name.utf8.first != UInt8(ascii: ".") && self.isFolder("\(folder)/\(name)").map { $0 == folders } ?? true
        }
    }

    /// The volume at `path`, whose ending stands for its alternatives; of several the first, which is said.
    static func volume(_ path: String) throws(VolumeError) -> String {
        let ending = VolumeEnding.of(path)
        let stem = path.dropLast(ending?.count ?? 0)
        let found = VolumeEnding.alternatives(to: ending).map { stem + $0 }.filter { isFolder($0) == false }
        guard let first = found.first else { throw .missing(path: path) }
        if found.count > 1 {
            StandardStream.warnOnce(
                "\(first.shown): taken, and not \(found.dropFirst().map(\.shown).joined(separator: ", ")) beside it")
        }
        return first
    }

    /// Whether there is a folder at `path`; false where there is a file, nil where there is nothing.
    private static func isFolder(_ path: String) -> Bool? {
        FileSystem.kind(path).map { $0 == .folder }
    }
}

extension String {
    /// The parts of a list such as "t1, t2".
    package var listed: [String] {
        split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// The parts of a list that the option `name` gives; throws where there is none, or one twice.
    func listed(_ name: String) throws(VolumeError) -> [String] {
        let parts = listed
        try VolumeError.require(
            !parts.isEmpty && Set(parts).count == parts.count, name, "'\(shown)'", "at least one name, each once")
        return parts
    }
}
