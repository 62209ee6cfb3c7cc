@preconcurrency import Foundation

/// What writing to a path changes: a file that is replaced, or a stream that takes bytes.
enum FileTarget {
    /// The file at `path`, with all links followed. It may not exist yet; `old` is the status of one that does.
    case file(path: String, old: stat?)
    /// Something that takes bytes and cannot be replaced.
    case stream(Stream)

    /// A device, a pipe, or a file that a process has open, named by a path in /proc.
    struct Stream {
        fileprivate let path: String
        /// The descriptor of this process that the path stands for.
        fileprivate let descriptor: Int32?
    }

    /// Follows `path`; an error where there is a folder, or a file that may not be written.
    init(_ path: String) throws(FileError) {
        guard path.utf8.last != UInt8(ascii: "/") else {
            throw FileError(path: path, reason: "is the name of a folder, not of a file")
        }
        let status = FileSystem.status(path)
        let (target, isOpenFile) = try Self.follow(path)
        if let status {
            let kind = FileSystem.kind(status)
            guard kind != .folder else { throw FileError(path: path, reason: "is a folder, not a file") }
            guard path.withSystemPath({ access($0, W_OK) }) == 0 else { throw .system(path) }
            guard kind == .file, !isOpenFile else {
                let descriptor = isOpenFile ? Self.descriptor(target, status) : nil
                self = .stream(Stream(path: path, descriptor: descriptor))
                return
            }
        }
        self = .file(path: target, old: status)
    }

    /// Where the links at `path` lead, and whether they end at a link of /proc, which stands for an open file, not for
    /// a name.
    private static func follow(_ path: String) throws(FileError) -> (target: String, isOpenFile: Bool) {
        var target = path
        for _ in 0..<40 {
            guard let link = FileSystem.link(at: target) else { return (target, false) }
            let device = FileSystem.status(target.parentPath)?.st_dev
            if device != nil, device == FileSystem.status("/proc")?.st_dev { return (target, true) }
            target = link.utf8.first == UInt8(ascii: "/") ? link : "\(target.parentPath)/\(link)"
        }
        throw FileError(path: path, reason: "the links there lead round in a circle")
    }

    /// The descriptor of this process that a path such as "/proc/self/fd/1" stands for; nil for another process's.
    private static func descriptor(_ path: String, _ status: stat) -> Int32? {
        var open = stat()
        guard let number = Int32(path.lastPathPart), fstat(number, &open) == 0, open.st_ino == status.st_ino,
            open.st_dev == status.st_dev
        else { return nil }
        return number
    }
}

extension FileTarget.Stream {
    /// Writes into the stream what the file at `source` holds; errors call the stream `name`.
    func take(_ source: String, as name: String) throws {
        // Text printed earlier has to reach the stream first.
        StandardStream.flush()
        let target = try descriptor.map { dup($0) } ?? open(as: name)
        guard target >= 0 else { throw FileError.system(name) }
        defer { close(target) }
        let input = try InputFile(source)
        while input.remaining > 0 {
            guard !Interrupt.isRequested else { throw FileError.interrupted(name) }
            let bytes = try input.read(min(input.remaining, 1 << 20))
            guard StandardStream.writeAll(bytes, to: target, isStopped: { Interrupt.isRequested }) else {
                throw FileError.system(name)
            }
        }
    }

    /// Opens the stream; where it is a pipe without a reader, waits for one until the user asks to stop.
    private func open(as name: String) throws(FileError) -> Int32 {
        while true {
            let target = path.withSystemPath { Foundation.open($0, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
            if target >= 0 { return target }
            guard errno == ENXIO || errno == EINTR, !Interrupt.isRequested else { throw .system(name) }
            usleep(10_000)
        }
    }
}
