import Foundation

/// A path below a folder in which `{id}` stands for the name of a subject, such as "images/{id}_0000.nii.gz".
struct PathPattern {
    private let text: String
    private static let placeholder = "{id}"

    /// Checks that the placeholder is there; `parameter` names the pattern in the error.
    init(_ text: String, parameter: String) throws(VolumeError) {
        guard text.contains(Self.placeholder), !text.hasPrefix("/") else {
            throw .parameter(
                parameter, value: "'\(text)'", expected: "a path below the folder with {id} for the subject's name")
        }
        self.text = text
    }

    /// The path of subject `id`, below the folder.
    func path(of id: String) -> String { text.replacingOccurrences(of: Self.placeholder, with: id) }

    /// The names for which the folder holds what the pattern says up to its first part with the placeholder.
    func ids(in folder: String) throws(VolumeError) -> [String] {
        let parts = text.split(separator: "/").map(String.init)
        guard let place = parts.firstIndex(where: { $0.contains(Self.placeholder) }) else { return [] }
        let parent = ([folder] + parts[..<place]).joined(separator: "/")
        let names = try Folder.names(in: parent, folders: place < parts.count - 1)
        return names.compactMap { Self.id(of: $0, pattern: parts[place]) }
    }

    /// What stands for the placeholder in `name`, wherever `pattern` has it; nil where the name does not fit.
    private static func id(of name: String, pattern: String) -> String? {
        let literals = pattern.components(separatedBy: placeholder)
        let count = literals.count - 1
        let free = name.count - literals.reduce(0) { $0 + $1.count }
        guard free >= count, free % count == 0, name.hasPrefix(literals[0]) else { return nil }
        let id = String(name.dropFirst(literals[0].count).prefix(free / count))
        return pattern.replacingOccurrences(of: placeholder, with: id) == name ? id : nil
    }
}

/// What is in folders.
enum Folder {
    /// The visible names in `folder`, sorted: those of folders, or those of files.
    static func names(in folder: String, folders: Bool) throws(VolumeError) -> [String] {
        guard let isFolder = isFolder(folder) else { throw .missing(path: folder) }
        guard isFolder else { throw .dataset(folder: folder, expected: "a folder, not a file") }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .system(path: folder, reason: error.localizedDescription)
        }
        return names.filter { !$0.hasPrefix(".") && self.isFolder("\(folder)/\($0)") == folders }.sorted()
    }

    /// The volume at `path`, with or without .gz, whichever there is.
    static func volume(_ path: String) throws(VolumeError) -> String {
        let other = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path + ".gz"
        guard let found = [path, other].first(where: { isFolder($0) == false }) else { throw .missing(path: path) }
        return found
    }

    /// Whether there is a folder at `path`; false where there is a file, nil where there is nothing.
    private static func isFolder(_ path: String) -> Bool? {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) ? isFolder.boolValue : nil
    }
}
