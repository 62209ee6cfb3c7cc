import Foundation
import Support

/// One job of a study: a piece of work whose result is kept, and that goes on from its last checkpoint when it is
/// started again.
public final class Job {
    static let resultFile = "result.safetensors"
    static let latestFile = "checkpoint.safetensors"
    /// The job's name.
    public let name: JobName
    /// What the job depends on beside the study's configuration.
    public let inputs: StoredValue
    /// The seed of the job's random numbers.
    public let seed: UInt64
    private let folder: StudyFolder
    private let path: String

    /// The state that a job goes on from, and that of its random numbers.
    public struct Checkpoint {
        /// What the job kept.
        public let state: StoredValue
        /// The random generator's seed.
        public let seed: UInt64
        /// The random generator's counter.
        public let counter: UInt64

        /// Puts a checkpoint together.
        public init(state: StoredValue, seed: UInt64, counter: UInt64) {
            (self.state, self.seed, self.counter) = (state, seed, counter)
        }
    }

    /// The job `name` of a study.
    ///
    /// - Parameter inputs: What the result depends on beside the study's configuration; a result or checkpoint that was
    ///   made with others is refused when it is read.
    public init(_ name: JobName, inputs: StoredValue = .nothing, in folder: StudyFolder) throws(StudyError) {
        guard folder.isOpen else {
            throw .file(FileError(path: folder.path, reason: "the study was closed, job '\(name)' cannot run"))
        }
        try inputs.requireNoTensors("inputs")
        (self.name, self.inputs, self.folder) = (name, inputs, folder)
        seed = name.seed(study: folder.seed)
        path = "\(folder.path)/jobs/\(name)"
        try StudyFolder.make(path)
    }

    private var latest: String { path + "/" + Self.latestFile }
    private var previous: String { path + "/previous.safetensors" }

    /// The result, where the job is finished; a damaged one is reported to the folder's `warn`, and counts as none.
    public func result() throws(StudyError) -> StoredValue? {
        guard let stored = try read(path + "/" + Self.resultFile, instead: "the job runs again") else { return nil }
        // A process that was killed between keeping the result and forgetting the checkpoints left them here.
        forgetCheckpoints()
        return stored["result"] ?? .nothing
    }

    /// Keeps the result, and forgets the checkpoints.
    ///
    /// Of two that were made of one job, as where a claim was taken over from a process that was only slow, or a job
    /// ran within itself, the first is kept; a difference is reported to the folder's `warn`. Throws where the study
    /// was closed meanwhile, as others may work in its folder now.
    public func finish(_ result: StoredValue) throws(StudyError) {
        guard folder.isOpen else {
            throw .file(
                FileError(path: folder.path, reason: "the study was closed, the result of job '\(name)' is not kept"))
        }
        if folder.staleAfter != nil || !folder.noteFinished(path), let first = try self.result() {
            if try !first.isIdentical(to: result) {
                folder.warn("\(path.shown): two results of this job differ; the first one is kept")
            }
            return
        }
        try write(["result": result], to: path + "/" + Self.resultFile)
        forgetCheckpoints()
    }

    /// Claims the job where processes share the study; nil where this one has it alone.
    public func claim() throws(StudyError) -> JobClaim.Outcome? {
        guard let staleAfter = folder.staleAfter else { return nil }
        return try JobClaim.take("\(path)/\(JobClaim.file)", staleAfter: staleAfter)
    }

    private func forgetCheckpoints() {
        FileSystem.remove(latest)
        FileSystem.remove(previous)
    }

    /// The last checkpoint that is not damaged; a damaged one is reported to the folder's `warn`.
    public func checkpoint() throws(StudyError) -> Checkpoint? {
        var stored = try read(latest, instead: "the one before it is taken, if there is one")
        if stored == nil { stored = try read(previous, instead: "the job starts again") }
        guard let stored, let seed = stored["generator_seed"]?.integer,
            let counter = stored["generator_counter"]?.integer
        else { return nil }
        return Checkpoint(
            state: stored["state"] ?? .nothing, seed: UInt64(bitPattern: Int64(seed)),
            counter: UInt64(bitPattern: Int64(counter)))
    }

    /// Keeps what the job goes on from: whole or not at all, beside the checkpoint before it.
    public func keep(_ checkpoint: Checkpoint) throws(StudyError) {
        // If the process is killed now, the older checkpoint is used: it leads to the same bits.
        if FileSystem.exists(latest) {
            do throws(FileError) { try FileSystem.move(latest, to: previous) } catch {
                // Another process that shares the study may have been quicker.
                if FileSystem.exists(latest) { throw .file(error) }
            }
        }
        try write(
            [
                "generator_seed": .integer(Int(truncatingIfNeeded: checkpoint.seed)),
                "generator_counter": .integer(Int(truncatingIfNeeded: checkpoint.counter)), "state": checkpoint.state,
            ], to: latest)
    }

    private func write(_ fields: [String: StoredValue], to path: String) throws(StudyError) {
        var fields = fields
        fields["job"] = .text(name.description)
        fields["inputs"] = inputs
        try StoredFile.write(.fields(fields), to: path)
    }

    /// The contents of a file of this job; nil where there is none, or a damaged one.
    private func read(_ path: String, instead: String) throws(StudyError) -> StoredValue? {
        guard FileSystem.exists(path) else { return nil }
        let stored: StoredValue
        do throws(StudyError) { stored = try StoredFile.read(path) } catch {
            guard case .damaged = error else {
                // Another process that shares the study may have removed it just now.
                if !FileSystem.exists(path) { return nil }
                throw error
            }
            folder.warn("\(error.description); \(instead)")
            // Removed, so that the next checkpoint does not move it to the place of a good one.
            FileSystem.remove(path)
            return nil
        }
        let before = StoredValue.fields(["job": stored["job"] ?? .nothing, "inputs": stored["inputs"] ?? .nothing])
        let differences = before.differences(from: .fields(["job": .text(name.description), "inputs": inputs]))
        guard differences.isEmpty else {
            throw .changed(path: path, subject: "job '\(name)' was started", differences: differences)
        }
        return stored
    }
}

/// A job's name, such as "n05/split2/DWP", as a path within the study's folder.
public struct JobName: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The name as it was given.
    public let description: String

    private static let characters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=, ")
    private static let longest = 100

    /// Checks a name: parts between "/", each of 1 to 100 of the characters a-z, A-Z, 0-9, "._-+=, ", that neither
    /// begin with a dot nor end as the files of jobs do, in ".safetensors"; at most 1000 characters in all.
    public init(_ name: String) throws(StudyError) {
        func refused(_ expected: String) -> StudyError { .name(name, expected: expected) }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        for part in parts {
            guard (1...Self.longest).contains(part.utf8.count) else {
                throw refused("parts of 1 to \(Self.longest) characters between '/'")
            }
            guard part.allSatisfy(Self.characters.contains) else {
                throw refused("letters, digits and the characters '._-+=, '")
            }
            guard !part.hasPrefix("."), !part.hasSuffix(".safetensors") else {
                throw refused("no part that begins with '.' or ends with '.safetensors'")
            }
        }
        guard name.utf8.count <= 1000 else { throw refused("at most 1000 characters") }
        description = name
    }

    /// The seed of the job's random numbers, made of the study's seed and the name (`RandomGenerator.seed`).
    ///
    /// So what a job draws depends on neither the jobs before it nor their number.
    public func seed(study: UInt64) -> UInt64 { RandomGenerator.seed(study, for: description) }
}
