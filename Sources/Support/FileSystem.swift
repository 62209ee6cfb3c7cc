import Foundation

// Paths reach the system only through `withSystemPath`, here and elsewhere: as the bytes that the string stands for.

extension String {
    /// Calls `body` with the bytes of this path as system calls and C libraries take them.
    public func withSystemPath<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        let bytes = rawBytes.map { CChar(bitPattern: $0) }
        // C would cut the path at a 0 and name another file; no file has the empty name, so the call fails.
        return try body(bytes.contains(0) ? [0] : bytes + [0])
    }

    /// The folder that the last part of this path lies in, "." where none is named.
    public var parentPath: String {
        guard let slash = utf8.dropLast(utf8.last == UInt8(ascii: "/") ? 1 : 0).lastIndex(of: UInt8(ascii: "/")) else {
            return "."
        }
        return slash == startIndex ? "/" : String(decoding: utf8[..<slash], as: UTF8.self)
    }

    /// The last part of this path.
    public var lastPathPart: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(decoding: utf8[utf8.index(after: slash)...], as: UTF8.self)
    }
}

/// Questions to the file system, and changes to it, by path.
public enum FileSystem {
    /// What a path leads to.
    public enum Kind: Equatable, Sendable {
        /// A file with contents on a disk.
        case file
        /// A folder.
        case folder
        /// A device, a pipe or a socket.
        case stream
    }

    /// What `path` leads to, through links; nil where there is nothing, or nothing that may be seen.
    public static func kind(_ path: String) -> Kind? { status(path).map(kind) }

    /// Whether `path` leads to anything, through links.
    public static func exists(_ path: String) -> Bool { status(path) != nil }

    /// How many bytes the file at `path` holds; nil where there is none.
    public static func size(_ path: String) -> Int? { status(path).map { Int($0.st_size) } }

    /// Whether `path` leads to a file that this user may run.
    public static func isExecutable(_ path: String) -> Bool {
        kind(path) == .file && path.withSystemPath { access($0, X_OK) } == 0
    }

    /// The names in the folder at `path`, but "." and "..", in the order of their bytes.
    public static func names(in path: String) throws(FileError) -> [String] {
        guard let folder = path.withSystemPath({ opendir($0) }) else { throw .system(path) }
        defer { closedir(folder) }
        var names: [[UInt8]] = []
        errno = 0
        while let entry = readdir(folder) {
            // Read through a pointer, as the system's record may be shorter than `dirent` is declared.
            let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
            let count = strlen(start.assumingMemoryBound(to: CChar.self))
            names.append(Array(UnsafeRawBufferPointer(start: start, count: count)))
            errno = 0
        }
        guard errno == 0 else { throw .system(path) }
        let dots: [[UInt8]] = [Array(".".utf8), Array("..".utf8)]
        let sorted = names.filter { !dots.contains($0) }.sorted { $0.lexicographicallyPrecedes($1) }
        return sorted.map { String(rawBytes: $0) }
    }

    /// Makes the folder at `path`, and those that it lies in, where they do not exist; the umask limits `mode`. Each is
    /// on the disk when this returns.
    public static func makeFolder(_ path: String, mode: mode_t = 0o777) throws(FileError) {
        let separator = UInt8(ascii: "/")
        var end = path.utf8.startIndex
        while end < path.utf8.endIndex {
            let next = path.utf8.index(after: end)
            end = path.utf8[next...].firstIndex(of: separator) ?? path.utf8.endIndex
            let part = String(decoding: path.utf8[..<end], as: UTF8.self)
            if exists(part) { continue }
            guard part.withSystemPath({ mkdir($0, mode) }) == 0 else {
                if errno == EEXIST { continue }
                throw .system(part)
            }
            try flushFolder(of: part, as: part)
        }
        guard kind(path) == .folder else { throw FileError(path: path, reason: "is not a folder") }
    }

    /// Takes the rights of all but its owner off the file at `path`; returns whether there were any.
    public static func makePrivate(_ path: String) throws(FileError) -> Bool {
        guard let status = status(path) else { throw .system(path) }
        guard status.st_mode & 0o077 != 0 else { return false }
        guard path.withSystemPath({ chmod($0, status.st_mode & 0o700) }) == 0 else { throw .system(path) }
        return true
    }

    /// Waits until the name of the file or folder at `path` is on the disk; an error, which calls it `name`, where that
    /// fails, not where the file system, or the folder's mode, does not allow to wait.
    static func flushFolder(of path: String, as name: String) throws(FileError) {
        let cannot = [EINVAL, ENOTSUP, ENOSYS, EBADF, EROFS, EACCES, EPERM]
        let descriptor = path.parentPath.withSystemPath { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor < 0 || fsync(descriptor) != 0, !cannot.contains(errno) else { return }
        let reason = FileError.system(name).reason
        throw FileError(path: name, reason: "written, but its folder could not be flushed to the disk (\(reason))")
    }

    /// Makes a file of `bytes` where there is none, whole or not at all; the number of the system's error, 0 for none.
    public static func makeFile(_ path: String, of bytes: [UInt8]) -> Int32 {
        let descriptor = path.withSystemPath { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { return errno }
        var failure = StandardStream.writeAll(bytes, to: descriptor) ? 0 : errno
        if close(descriptor) != 0, failure == 0 { failure = errno }
        if failure != 0 { remove(path) }
        return failure
    }

    /// Adds a text to the end of the file at `path`, which is made where there is none, by the umask and `mode`: all of
    /// it, or nothing. Where the file's last line was cut, as by a power cut, it is ended first.
    ///
    /// Several processes may add to a file at a time.
    public static func append(_ text: String, to path: String, mode: mode_t = 0o666) throws(FileError) {
        let descriptor = path.withSystemPath { open($0, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, mode) }
        guard descriptor >= 0 else { throw .system(path) }
        let start = lseek(descriptor, 0, SEEK_END)
        var last = UInt8(ascii: "\n")
        if start > 0 { pread(descriptor, &last, 1, start - 1) }
        let bytes = (last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]) + text.rawBytes
        guard StandardStream.writeAll(bytes, to: descriptor) else {
            let error = FileError.system(path)
            // What another process has added meanwhile stays, and this half before it.
            let end = lseek(descriptor, 0, SEEK_END)
            if start >= 0, end > start, end < start + bytes.count { ftruncate(descriptor, start) }
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw .system(path) }
    }

    /// Renames the file at `path` to `other`, replacing a file that is there.
    public static func move(_ path: String, to other: String) throws(FileError) {
        guard path.withSystemPath({ old in other.withSystemPath { rename(old, $0) } }) == 0 else {
            throw .system(other)
        }
    }

    /// Gives the file at `path` the name `other`, too; the number of the system's error, 0 for none.
    public static func hardLink(_ path: String, to other: String) -> Int32 {
        path.withSystemPath { path in other.withSystemPath { Glibc.link(path, $0) } } == 0 ? 0 : errno
    }

    /// How many names the file at `path` has; 0 where there is none.
    public static func nameCount(_ path: String) -> Int { status(path).map { Int($0.st_nlink) } ?? 0 }

    /// When the file at `path` was changed or touched, in seconds since 1970; nil where there is none.
    public static func modificationTime(_ path: String) -> Double? {
        status(path).map { Double($0.st_mtim.tv_sec) + Double($0.st_mtim.tv_nsec) * 1e-9 }
    }

    /// Removes the file at `path`; returns whether it was there and could be removed.
    @discardableResult
    public static func remove(_ path: String) -> Bool { path.withSystemPath { unlink($0) } == 0 }

    /// Removes a folder and all in it, without following links; what cannot be removed stays.
    public static func removeFolder(_ path: String) {
        for name in (try? names(in: path)) ?? [] {
            let inner = "\(path)/\(name)"
            if link(at: inner) == nil, kind(inner) == .folder { removeFolder(inner) } else { _ = remove(inner) }
        }
        _ = path.withSystemPath { rmdir($0) }
    }

    /// The target of the symbolic link at `path`; nil where there is none.
    public static func link(at path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = path.withSystemPath { readlink($0, &bytes, bytes.count) }
        return count > 0 ? String(rawBytes: bytes.prefix(count).map { UInt8(bitPattern: $0) }) : nil
    }

    /// The value of an environment variable; nil where it is not set.
    public static func environment(_ name: String) -> String? {
        getenv(name).map { String(rawBytes: UnsafePointer($0)) }
    }

    static func status(_ path: String) -> stat? {
        var status = stat()
        return path.withSystemPath({ (path) -> Int32 in stat(path, &status) }) == 0 ? status : nil
    }

    static func kind(_ status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .stream
        }
    }
}
