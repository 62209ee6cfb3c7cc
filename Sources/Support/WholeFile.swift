import Foundation

/// Files that are written whole or not at all: the one way in which anything is saved.
///
/// A file that was there keeps its mode, its owner and its group (the last two as far as the system allows), and a link
/// to it stays a link. What is not a file on a disk (a device, a pipe, `/dev/stdout`) is written into, not replaced.
public enum WholeFile {
    /// Replaces the file at `path` by what `write` puts at the temporary path it is given.
    ///
    /// The temporary file lies beside the file and takes its place only once it is complete and on the disk; after an
    /// error the old file is as it was and nothing is left beside it, unless the error says that the new one is
    /// written. Errors of the system are `FileError`s of `path`.
    public static func replace(_ path: String, write: (String) throws -> Void) throws {
        StandardStream.ignoreSignals()
        switch try FileTarget(path) {
        case .file(let target, let old): try replace(target, old, as: path, write)
        case .stream(let target):
            let folder = FileSystem.environment("TMPDIR") ?? "/tmp"
            let temporary = "\(folder)/\(temporaryName(of: path.lastPathPart))"
            try make(temporary, mode: 0o600, as: path)
            defer { FileSystem.remove(temporary) }
            try write(temporary)
            try target.take(temporary, as: path)
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

    /// Gives a finished file that lies on the same file system the name `path`, as `replace` does.
    public static func move(_ made: String, to path: String) throws(FileError) {
        try complete(made, nil, mode: FileSystem.status(made)?.st_mode ?? 0o666, as: path)
        try FileSystem.move(made, to: path)
        try FileSystem.flushFolder(of: path, as: path)
    }

    /// Removes from `folder`, and from those in it, the temporary files that processes left behind when they ended;
    /// returns how many it removed. Links are not followed.
    public static func removeLeftovers(below folder: String) -> Int {
        ((try? FileSystem.names(in: folder)) ?? []).reduce(0) { count, entry in
            let path = "\(folder)/\(entry)"
            guard FileSystem.link(at: path) == nil, let kind = FileSystem.kind(path) else { return count }
            if kind == .folder { return count + removeLeftovers(below: path) }
            guard kind == .file, let process = writer(of: entry), kill(process, 0) != 0, errno == ESRCH else {
                return count
            }
            return FileSystem.remove(path) ? count + 1 : count
        }
    }

    private static let mark = ".lunette-"

    /// ".NAME.lunette-PROCESS-TOKEN", which no one else makes; NAME is cut where it is long.
    private static func temporaryName(of name: String) -> String {
        var start = name
        while start.utf8.count > 200 { start.removeLast() }
        let token = String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
        return ".\(start)\(mark)\(getpid())-\(token)"
    }

    /// The process that made `entry` as a temporary file; nil where it is none.
    private static func writer(of entry: String) -> pid_t? {
        guard let match = entry.wholeMatch(of: /\..+\.lunette-([0-9]+)-[0-9a-f]{16}/), let process = pid_t(match.1),
            process > 0
        else { return nil }
        return process
    }

    private static func replace(
        _ target: String, _ old: stat?, as path: String, _ write: (String) throws -> Void
    ) throws {
        let temporary = "\(target.parentPath)/\(temporaryName(of: target.lastPathPart))"
        // The file may replace a private one, so nobody else may read it while it is written.
        let mode = try make(temporary, mode: old == nil ? 0o666 : 0o600, as: path)
        do {
            try write(temporary)
            try complete(temporary, old, mode: old?.st_mode ?? mode, as: path)
            guard temporary.withSystemPath({ made in target.withSystemPath { rename(made, $0) } }) == 0 else {
                throw FileError.system(path)
            }
        } catch {
            FileSystem.remove(temporary)
            throw error
        }
        try FileSystem.flushFolder(of: target, as: path)
        if let old, old.st_nlink > 1 {
            StandardStream.warn(
                "\(path.shown) had \(old.st_nlink) names (hard links); only this one leads to the new contents")
        }
    }

    /// Makes an empty file that was not there, and returns its mode.
    @discardableResult
    private static func make(_ temporary: String, mode: mode_t, as path: String) throws(FileError) -> mode_t {
        let descriptor = temporary.withSystemPath { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode) }
        guard descriptor >= 0 else {
            let error = FileError.system(path)
            guard [EACCES, EROFS, EPERM].contains(errno) else { throw error }
            throw FileError(path: path, reason: "no file can be made in its folder (\(error.reason))")
        }
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        return status.st_mode
    }

    /// Gives the finished file the old one's owner, group and mode, and waits until it is on the disk.
    private static func complete(_ temporary: String, _ old: stat?, mode: mode_t, as path: String) throws(FileError) {
        let descriptor = temporary.withSystemPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        // Only root may give files away; others may change to a group of theirs.
        if let old, fchown(descriptor, old.st_uid, old.st_gid) != 0 { _ = fchown(descriptor, uid_t.max, old.st_gid) }
        guard fchmod(descriptor, mode & 0o7777) == 0, fsync(descriptor) == 0 else { throw .system(path) }
    }
}
