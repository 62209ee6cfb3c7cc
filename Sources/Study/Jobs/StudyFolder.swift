import Foundation
import Support

/// The folder of a study: its configuration, and its jobs with their checkpoints and results.
///
/// One process at a time works in it, or any number that share it, on one machine or many, each job being one's at a
/// time (`JobClaim`). It holds `study.safetensors` (configuration and seed), `study.lock`, and for each job a folder
/// `jobs/NAME` with `result.safetensors`, or until that is there, `checkpoint.safetensors` and `previous.safetensors`.
public final class StudyFolder {
    /// The folder.
    public let path: String
    /// What all jobs' random numbers depend on.
    public let seed: UInt64
    /// Told of damaged files and of leftovers, in a sentence that names the place and what is done about it.
    public let warn: (String) -> Void
    /// Seconds without a sign of life after which another process's claim of a job is taken over, where processes share
    /// the folder; nil where this one has it alone.
    let staleAfter: Double?
    private var lock: FolderLock?
    private var notesSignals = false
    /// The paths of the jobs that were finished through this object.
    private var finished: Set<String> = []
    private static let configurationFile = "study.safetensors"

    /// Opens the folder at `path`, which is made where there is none, and takes its lock.
    ///
    /// - Parameters:
    ///   - configuration: What the results depend on; `StudyError.changed` where the study was started with another.
    ///   - seed: What the random numbers depend on; it counts as part of the configuration.
    ///   - staleAfter: Seconds without a sign of life after which a job that another process has claimed is taken over,
    ///     where processes share the folder; nil, the default, for one process alone.
    ///   - warn: Told of damaged files that the study can do without, and of leftovers that were removed.
    public init(
        _ path: String, configuration: StoredValue, seed: UInt64, staleAfter: Double? = nil,
        warn: @escaping (String) -> Void
    ) throws(StudyError) {
        (self.path, self.seed, self.staleAfter, self.warn) = (path, seed, staleAfter, warn)
        try configuration.requireNoTensors("configuration")
        try Self.make(path + "/jobs")
        lock = try FolderLock(path + "/study.lock", isShared: staleAfter != nil)
        // Of several processes one begins the study.
        let claim = try staleAfter.map { staleAfter throws(StudyError) in try Self.claim(path, staleAfter) }
        defer { claim?.release() }
        // The files of processes on other machines are theirs: who has the folder alone removes what is left.
        if staleAfter == nil {
            try removeClaims()
            removeLeftovers()
        }
        try begin(configuration)
        if staleAfter != nil {
            StopSignal.begin()
            notesSignals = true
        }
    }

    deinit { close() }

    /// Waits for the claim of the folder itself.
    private static func claim(_ path: String, _ staleAfter: Double) throws(StudyError) -> JobClaim {
        while true {
            if case .taken(let claim) = try JobClaim.take("\(path)/\(JobClaim.file)", staleAfter: staleAfter) {
                return claim
            }
            if Interrupt.isRequested { throw .tensor(.interrupted) }
            usleep(50_000)
        }
    }

    /// Writes the configuration down, or holds it against the one that the study was begun with.
    private func begin(_ configuration: StoredValue) throws(StudyError) {
        let now = StoredValue.fields([
            "configuration": configuration, "seed": .integer(Int(truncatingIfNeeded: seed)),
        ])
        let file = path + "/" + Self.configurationFile
        guard FileSystem.exists(file) else {
            try StoredFile.write(now, to: file)
            return
        }
        let differences = try StoredFile.read(file).differences(from: now)
        guard differences.isEmpty else {
            throw .changed(path: path, subject: "the study was started", differences: differences)
        }
    }

    /// Gives up the lock; jobs are refused from now on. A second time does nothing.
    public func close() {
        lock = nil
        if notesSignals { StopSignal.end() }
        notesSignals = false
    }

    /// Notes that the job at `path` was finished; returns whether it is the first time here.
    func noteFinished(_ path: String) -> Bool { finished.insert(path).inserted }

    /// Whether the folder is still this object's to work in.
    public var isOpen: Bool { lock != nil }

    /// The names of the jobs that are finished in the folder at `path`, in the order of their characters.
    ///
    /// It needs no lock: results are there whole or not at all.
    public static func finishedJobs(in path: String) throws(StudyError) -> [String] {
        let jobs = try jobsFolder(of: path)
        return folders(below: jobs, named: "").filter { FileSystem.exists("\(jobs)/\($0)/\(Job.resultFile)") }.sorted()
    }

    private static func jobsFolder(of path: String) throws(StudyError) -> String {
        let jobs = path + "/jobs"
        guard FileSystem.exists(jobs) else { throw .file(FileError(path: path, reason: "not the folder of a study")) }
        return jobs
    }

    /// The claims of jobs in the folder at `path`, in the order of the jobs' names.
    public static func claims(in path: String) throws(StudyError) -> [JobClaim.Sight] {
        let jobs = try jobsFolder(of: path)
        return folders(below: jobs, named: "").sorted().compactMap { JobClaim.sight(of: $0, in: "\(jobs)/\($0)") }
    }

    /// The result of a finished job in the folder at `path`; nil where it is not finished.
    public static func result(of name: JobName, in path: String) throws(StudyError) -> StoredValue? {
        let file = "\(path)/jobs/\(name)/\(Job.resultFile)"
        return FileSystem.exists(file) ? try StoredFile.read(file)["result"] ?? .nothing : nil
    }

    /// Removes claims whose processes have ended; an error where one is still alive, be it on another machine.
    private func removeClaims() throws(StudyError) {
        let jobs = path + "/jobs"
        for folder in [path] + Self.folders(below: jobs, named: "").map({ "\(jobs)/\($0)" }) {
            let claims = ((try? FileSystem.names(in: folder)) ?? []).filter { $0.hasPrefix(JobClaim.file) }
            guard !claims.isEmpty else { continue }
            let claim = "\(folder)/\(JobClaim.file)"
            switch try JobClaim.take(claim, staleAfter: JobClaim.defaultStaleAfter) {
            case .taken(let own): own.release()
            case .held(let holder): throw .inUse(path: claim, process: holder?.process)
            }
            for name in claims { FileSystem.remove("\(folder)/\(name)") }
        }
    }

    /// Removes what processes that were killed have left in the folder and those in it.
    private func removeLeftovers() {
        let count = WholeFile.removeLeftovers(below: path)
        guard count > 0 else { return }
        let files = count == 1 ? "1 file that was" : "\(count) files that were"
        warn("\(path.shown): removed \(files) not complete when the process that wrote ended")
    }

    /// The names of the folders below `path`, each behind its parents' and a slash; links are not followed.
    private static func folders(below path: String, named prefix: String) -> [String] {
        let entries = (try? FileSystem.names(in: "\(path)/\(prefix)")) ?? []
        return entries.flatMap { entry -> [String] in
            let name = prefix + entry
            let place = "\(path)/\(name)"
            guard FileSystem.kind(place) == .folder, FileSystem.link(at: place) == nil else { return [] }
            return [name] + folders(below: path, named: name + "/")
        }
    }

    /// Makes a folder, and those that it lies in.
    static func make(_ path: String) throws(StudyError) {
        do throws(FileError) { try FileSystem.makeFolder(path) } catch { throw .file(error) }
    }
}
