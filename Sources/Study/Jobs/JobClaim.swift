import Dispatch
import Foundation
import Support

/// The right to work on a job of a study that several processes share, on one machine or on many.
///
/// It is a file that names its holder, made by link(2), which fails where the name is taken, on network file systems,
/// too. No lock of the system is used, as such a lock can hold for one machine alone. While the holder lives, the file
/// is touched; one that was not for `staleAfter` seconds, or whose process is gone from this machine, is taken over. A
/// holder who was only slow does no harm then, as a job gives the same bits whoever does it.
public final class JobClaim {
    /// The name of a claim in a job's folder, with which those of what it is made of begin.
    static let file = ".claim"
    /// The seconds after which a claim is taken over, where nothing else is said.
    public static let defaultStaleAfter = 120.0
    private let path: String
    private let own: String
    private let holder: ClaimHolder
    private let heartbeat: any DispatchSourceTimer

    /// What became of the attempt to claim a job.
    public enum Outcome {
        /// It is this process's.
        case taken(JobClaim)
        /// It is another's; nil where its file does not tell whose.
        case held(ClaimHolder?)
    }

    /// A claim as others see it.
    public struct Sight: Sendable {
        /// The job.
        public let job: String
        /// Who holds it; nil where its file does not tell.
        public let holder: ClaimHolder?
        /// Seconds since its last sign of life, by this machine's clock.
        public let age: Double
        /// Whether the process is known to have ended.
        public var isGone: Bool { holder?.isGone ?? false }
    }

    /// The claim of the job `name`, whose folder is `folder`; nil where nobody holds it.
    static func sight(of name: String, in folder: String) -> Sight? {
        let path = "\(folder)/\(file)"
        return age(of: path).map { Sight(job: name, holder: read(path), age: max(0, $0)) }
    }

    /// Claims what the file at `path` stands for, or tells who holds it.
    ///
    /// - Parameter staleAfter: Seconds without a sign of life after which a claim is taken over.
    public static func take(_ path: String, staleAfter: Double) throws(StudyError) -> Outcome {
        // Most claims that are met are alive: reading them is cheaper than making a file of one's own first, whose time
        // is needed to tell that one is stale. Where this machine's clock is behind, an age may be below 0: then, too.
        if let age = age(of: path), age >= 0, age < staleAfter / 4, let other = read(path), !other.isGone {
            return .held(other)
        }
        let holder = ClaimHolder()
        let own = "\(path)-\(holder.token)"
        let failure = FileSystem.makeFile(own, of: Array(holder.text.utf8))
        guard failure == 0 else { throw .system(path, failure) }
        do throws(StudyError) {
            // What is stale is put aside, and what was just given up is gone, the first time.
            for _ in 0..<3 {
                if let name = try name(own, path, holder) { return .taken(JobClaim(path, name, holder, staleAfter)) }
                let other = read(path)
                guard FileSystem.exists(path) else { continue }
                guard other?.isGone == true || age(of: path, seenFrom: own) > staleAfter else {
                    FileSystem.remove(own)
                    return .held(other)
                }
                if let quicker = putAside(path, of: other, as: "\(own)-old") {
                    FileSystem.remove(own)
                    return .held(quicker)
                }
            }
        } catch {
            FileSystem.remove(own)
            throw error
        }
        FileSystem.remove(own)
        return .held(read(path))
    }

    /// Gives the file `own` the name `path`, too, and returns the name by which the claim is touched; nil where the
    /// path is taken.
    private static func name(
        _ own: String, _ path: String, _ holder: ClaimHolder
    ) throws(StudyError) -> String? {
        switch named(own, path) {
        case 0: return own
        case EEXIST: return nil
        case EPERM, EOPNOTSUPP, ENOSYS, EMLINK:
            // A file system without hard links: its own answer to O_EXCL has to do.
            let failure = FileSystem.makeFile(path, of: Array(holder.text.utf8))
            if failure == EEXIST { return nil }
            guard failure == 0 else { throw .system(path, failure) }
            FileSystem.remove(own)
            return path
        case let failure: throw .system(path, failure)
        }
    }

    private init(_ path: String, _ own: String, _ holder: ClaimHolder, _ staleAfter: Double) {
        (self.path, self.own, self.holder) = (path, own, holder)
        heartbeat = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
        heartbeat.schedule(deadline: .now() + staleAfter / 6, repeating: staleAfter / 6)
        // Its own name leads to the claim as long as that is its own: the claim of who took over is not touched.
        heartbeat.setEventHandler { _ = own.withSystemPath { utimensat(AT_FDCWD, $0, nil, 0) } }
        heartbeat.resume()
    }

    deinit { release() }

    /// Gives the claim up; a second time does nothing.
    public func release() {
        heartbeat.cancel()
        guard FileSystem.exists(own) else { return }
        if Self.read(path) == holder { FileSystem.remove(path) }
        FileSystem.remove(own)
    }

    /// Moves the claim of `stale` away; gives the holder where another process has claimed the path meanwhile.
    private static func putAside(_ path: String, of stale: ClaimHolder?, as aside: String) -> ClaimHolder? {
        guard (try? FileSystem.move(path, to: aside)) != nil else { return nil }
        let moved = read(aside)
        defer { FileSystem.remove(aside) }
        if let moved, moved != stale {
            // Where a third one has taken the path by now, two work on the job, to the same bits.
            _ = FileSystem.hardLink(aside, to: path)
            return moved
        }
        if let stale { FileSystem.remove("\(path)-\(stale.token)") }
        return nil
    }

    /// Seconds since a claim was touched, by this machine's clock, below 0 where that is behind; nil where there is no
    /// claim.
    private static func age(of path: String) -> Double? {
        FileSystem.modificationTime(path).map { Date().timeIntervalSince1970 - $0 }
    }

    /// Seconds since a claim was touched, by the clock of the file system: `own` was made just now.
    private static func age(of path: String, seenFrom own: String) -> Double {
        guard let then = FileSystem.modificationTime(path), let now = FileSystem.modificationTime(own) else { return 0 }
        return now - then
    }

    private static func read(_ path: String) -> ClaimHolder? {
        (try? InputFile.bytes(of: path)).flatMap { ClaimHolder(String(decoding: $0, as: UTF8.self)) }
    }

    /// Gives the file at `own` the name `path`, too; the number of the error, 0 for none.
    private static func named(_ own: String, _ path: String) -> Int32 {
        let failure = FileSystem.hardLink(own, to: path)
        // The answer of a server may be lost, and the question asked again when the link is there already.
        return failure != 0 && FileSystem.nameCount(own) == 2 ? 0 : failure
    }
}

extension StudyError {
    /// The error of a system call on `path` by its number.
    fileprivate static func system(_ path: String, _ number: Int32) -> StudyError {
        errno = number
        return .file(.system(path))
    }
}
