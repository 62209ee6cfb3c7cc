import Foundation

/// Files that are written whole or not at all.
public enum WholeFile {
    /// Replaces the file at `path` by what `write` puts at the temporary path it is given.
    ///
    /// The temporary file lies beside `path` and takes its place only once it is complete and on the disk; after an
    /// error the old file is as it was and nothing is left beside it. The temporary name keeps the ending of `path`,
    /// as some libraries choose the format by it.
    public static func replace(_ path: String, write: (String) throws -> Void) throws {
        let url = URL(fileURLWithPath: path)
        let temporary = url.deletingLastPathComponent()
            .appendingPathComponent(".\(ProcessInfo.processInfo.processIdentifier)-\(url.lastPathComponent)").path
        do {
            try write(temporary)
            try flush(temporary)
            guard rename(temporary, path) == 0 else {
                throw FileError.system(path)
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Replaces the file at `path` by what `write` puts into the file that it is given.
    public static func replace(_ path: String, write: (OutputFile) throws -> Void) throws {
        try replace(path) { (temporary: String) in
            let file = try OutputFile(temporary, as: path)
            try write(file)
            try file.close()
        }
    }

    /// Replaces the file at `path` by `data`.
    public static func replace(_ path: String, with data: Data) throws {
        try replace(path) { (file: OutputFile) in try data.withUnsafeBytes { try file.write($0) } }
    }

    /// Whether a file of this name, without its folder, is one that was not completed.
    public static func isIncomplete(_ name: String) -> Bool { name.prefixMatch(of: #/\.\d+-/#) != nil }

    private static func flush(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw FileError.system(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError.system(path) }
    }
}
