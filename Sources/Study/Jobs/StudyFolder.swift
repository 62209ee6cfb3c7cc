import Foundation
import Support

/// The folder of a study: its configuration, and its jobs with their checkpoints and results.
///
/// One process at a time works in it. It holds `study.safetensors` (configuration and seed), `study.lock`, and for each
/// job a folder `jobs/NAME` with `result.safetensors`, or until that is there, `checkpoint.safetensors` and
/// `previous.safetensors`.
public final class StudyFolder {
    /// The folder.
    public let path: String
    /// What all jobs' random numbers depend on.
    public let seed: UInt64
    /// Told of what was damaged, in a sentence that names the file, and what is done instead.
    public let warn: (String) -> Void
    private var lock: FolderLock?

    /// Opens the folder at `path`, which is made where there is none, and takes its lock.
    ///
    /// - Parameters:
    ///   - configuration: What the results depend on; `StudyError.changed` where the study was started with another.
    ///   - seed: What the random numbers depend on; it counts as part of the configuration.
    ///   - warn: Told of damaged files that are not the end of the study.
    public init(
        _ path: String, configuration: StoredValue, seed: UInt64, warn: @escaping (String) -> Void
    ) throws(StudyError) {
        (self.path, self.seed, self.warn) = (path, seed, warn)
        try configuration.requireNoTensors("configuration")
        try Self.make(path + "/jobs")
        lock = try FolderLock(path + "/study.lock")
        removeLeftovers()
        let now = StoredValue.fields([
            "configuration": configuration, "seed": .integer(Int(truncatingIfNeeded: seed)),
        ])
        let file = path + "/study.safetensors"
        guard Self.exists(file) else {
            try StoredFile.write(now, to: file)
            return
        }
        let differences = try StoredFile.read(file).differences(from: now)
        guard differences.isEmpty else {
            throw .changed(path: path, subject: "the study was started", differences: differences)
        }
    }

    /// Gives up the lock; jobs are refused from now on. A second time does nothing.
    public func close() { lock = nil }

    /// Whether the folder is still this object's to work in.
    public var isOpen: Bool { lock != nil }

    /// The names of the jobs that are finished in the folder at `path`, in the order of their characters.
    ///
    /// It needs no lock: results are there whole or not at all.
    public static func finishedJobs(in path: String) throws(StudyError) -> [String] {
        let jobs = path + "/jobs"
        guard exists(jobs) else { throw .file(FileError(path: path, reason: "not the folder of a study")) }
        return files(in: jobs).filter { $0.hasSuffix("/" + Job.resultFile) }
            .map { String($0.dropLast(Job.resultFile.count + 1)) }.sorted()
    }

    /// The result of a finished job in the folder at `path`; nil where it is not finished.
    public static func result(of name: JobName, in path: String) throws(StudyError) -> StoredValue? {
        let file = "\(path)/jobs/\(name)/\(Job.resultFile)"
        return exists(file) ? try StoredFile.read(file)["result"] ?? .nothing : nil
    }

    /// Removes what processes that were killed as they wrote have left behind, beside the jobs' predictions, too.
    private func removeLeftovers() {
        for file in Self.files(in: path) where WholeFile.isIncomplete(URL(filePath: file).lastPathComponent) {
            unlink("\(path)/\(file)")
        }
    }

    private static func files(in path: String) -> [String] {
        FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a folder, and those that it lies in.
    static func make(_ path: String) throws(StudyError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part + "/"
            guard mkdir(made, 0o777) == 0 || errno == EEXIST || exists(made) else {
                throw .file(.system(String(made.dropLast())))
            }
        }
    }
}
