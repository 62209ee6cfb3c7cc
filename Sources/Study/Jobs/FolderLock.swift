import Foundation
import Support

/// A lock on a file that one process at a time holds, or several that share it, with a process's number in the file.
///
/// The system releases it when the process ends in any way (flock): a killed process leaves a file, not a lock. Where a
/// network's file system knows no such locks, those that share one go without: they claim jobs by other means.
final class FolderLock {
    private let descriptor: Int32

    /// Takes the lock at `path`; `StudyError.inUse` where it is taken by others than those that share it, too.
    init(_ path: String, isShared: Bool) throws(StudyError) {
        // A command that the script starts must not go on holding the lock.
        let descriptor = path.withSystemPath { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw .file(.system(path)) }
        let isTaken = flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0
        guard isTaken || isShared && errno != EWOULDBLOCK else {
            let error: StudyError =
                errno == EWOULDBLOCK
                ? .inUse(path: path, process: Self.number(in: descriptor)) : .file(.system(path))
            close(descriptor)
            throw error
        }
        // Assigned after the last throw: deinit closes the descriptor, and the path above has closed it already.
        self.descriptor = descriptor
        let text = "\(getpid())\n"
        // The number is only for messages, so an error here (a full disk) does not matter.
        guard ftruncate(descriptor, 0) == 0 else { return }
        _ = text.utf8CString.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, text.utf8.count, 0) }
    }

    deinit {
        // Closing alone would leave the lock to a process that another thread is just starting, which has a copy of the
        // descriptor until its command begins.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func number(in descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        // A number without its line's end is cut off.
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).wholeMatch(of: /([0-9]+)\n/).flatMap {
            Int($0.1)
        }
    }
}
