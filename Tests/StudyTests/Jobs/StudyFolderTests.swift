import Foundation
import Study
import Tensors
import TestSupport
import Testing

struct StudyFolderTests {
    @Test func `A second user of a folder is refused, with the number of the first`() throws {
        let folder = try TemporaryFolder()
        let first = try folder.study()
        let number = ProcessInfo.processInfo.processIdentifier
        #expect(
            thrownMessage { _ = try folder.study() }
                == "\(folder.path)/study.lock: process \(number) works in this folder; one at a time may")
        #expect(throws: StudyError.inUse(path: folder.path + "/study.lock", process: Int(number))) {
            _ = try folder.study()
        }
        first.close()
        let second = try folder.study()
        #expect(second.isOpen && !first.isOpen)
        #expect(
            thrownMessage { _ = try Job(JobName("a"), in: first) }
                == "\(folder.path): the study was closed, job 'a' cannot run")
    }

    /// Descriptors of this process that are open on the file at `path`.
    private func descriptors(on path: String) -> [Int32] {
        var (file, other) = (stat(), stat())
        guard stat(path, &file) == 0 else { return [] }
        return (0..<1024).filter {
            fstat($0, &other) == 0 && (other.st_dev, other.st_ino) == (file.st_dev, file.st_ino)
        }
    }

    @Test func `Closing frees the folder, though a process that is just being started has a copy of the lock`() throws {
        let folder = try TemporaryFolder()
        let first = try folder.study()
        let own = try #require(descriptors(on: folder.path("study.lock")).first)
        // What such a process has between its making and the start of its command.
        let copy = dup(own)
        defer { close(copy) }
        first.close()
        #expect(try folder.study().isOpen)
    }

    /// In a process of its own, whose descriptors nothing else closes.
    @Test func `A refused user closes no file of another thread`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let first = try folder.study()
            Thread.detachNewThread {
                while true {
                    let files = (0..<100).map { _ in open("/dev/null", O_RDONLY) }
                    for file in files { precondition(close(file) == 0, "someone else has closed it") }
                }
            }
            for _ in 0..<10000 { _ = thrownMessage { _ = try folder.study() } }
            first.close()
        }
    }

    @Test func `Several share a folder, of which none has it alone`() throws {
        let folder = try TemporaryFolder()
        let (first, second) = (try folder.study(staleAfter: 60), try folder.study(staleAfter: 60))
        let number = ProcessInfo.processInfo.processIdentifier
        let refusal = "\(folder.path)/study.lock: process \(number) works in this folder; one at a time may"
        #expect(thrownMessage { _ = try folder.study() } == refusal)
        #expect(
            thrownMessage { _ = try folder.study(.nothing, staleAfter: 60) }?.contains("other values") == true)
        first.close()
        #expect(thrownMessage { _ = try folder.study() } == refusal)
        second.close()
        let alone = try folder.study()
        #expect(thrownMessage { _ = try folder.study(staleAfter: 60) } == refusal)
        alone.close()
    }

    @Test func `Who wants a folder alone is refused while another machine works on a job of it`() throws {
        let folder = try TemporaryFolder()
        let shared = try folder.study(staleAfter: 60)
        _ = try Job(JobName("a"), in: shared)
        shared.close()
        let claim = folder.path + "/jobs/a/.claim"
        try folder.write(Array("node7\n12\nabc\nanother boot pid:[1] 5\n".utf8), to: "jobs/a/.claim")
        #expect(
            thrownMessage { _ = try folder.study() } == "\(claim): process 12 works in this folder; one at a time may")
        let old = Date(timeIntervalSinceNow: -86400)
        try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: claim)
        // What is left of a claim that was just being made, too.
        try folder.write([], to: "jobs/a/.claim-abc")
        try folder.study().close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/jobs/a").isEmpty)
    }

    /// Sends a signal to this process, and waits until it is noted: a thread may not see it at once.
    private static func send(_ number: Int32, until signal: StopSignal?) {
        kill(getpid(), number)
        for _ in 0..<1000 where StopSignal.current != signal || signal == nil { usleep(10_000) }
    }

    /// In a process of its own, to which the signals are sent.
    @Test func `Signals are noted while a shared study is open, and mean what they did before and after`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let studies = [try folder.study(staleAfter: 60), try folder.study(staleAfter: 60)]
            #expect(StopSignal.current == nil)
            Self.send(SIGUSR1, until: .requeue)
            #expect(StopSignal.current == .requeue)
            studies[0].close()
            Self.send(SIGTERM, until: .terminate)
            #expect(StopSignal.current == .terminate)
            studies[1].close()
            let later = try folder.study(staleAfter: 60)
            #expect(StopSignal.current == nil)
            later.close()
        }
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let folder = try TemporaryFolder()
            try folder.study(staleAfter: 60).close()
            Self.send(SIGTERM, until: nil)
        }
    }

    @Test func `A lock file that a dead process left is no lock`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("123456\n".utf8), to: "study.lock")
        _ = try folder.study()
        let number = ProcessInfo.processInfo.processIdentifier
        #expect(try folder.bytes("study.lock") == Array("\(number)\n".utf8))
    }

    @Test func `Another configuration or seed is refused, and what differs is named`() throws {
        let folder = try TemporaryFolder()
        try folder.study().close()
        try folder.study().close()
        #expect(
            thrownMessage { _ = try folder.study(.fields(["steps": .integer(100), "beta": .number(0.5)]), seed: 2) }
                == "\(folder.path): the study was started with other values: "
                + "configuration.beta = nothing before, 0.5 now, configuration.steps = 90 before, 100 now, "
                + "seed = 1 before, 2 now (take another folder, or the old values)")
        // The refused ones hold no lock.
        _ = try folder.study()
    }

    @Test func `A configuration holds no tensors`() throws {
        let folder = try TemporaryFolder()
        let configuration = StoredValue.fields(["a": .list([.tensor(try Tensor.ones([1]))])])
        #expect(
            thrownMessage { _ = try folder.study(configuration) }
                == "configuration/a/0: a boolean, number, string or table of such expected, got a tensor")
    }

    @Test(arguments: [
        ("/proc/study", "No such file or directory"), ("/dev/null/study", "Not a directory"),
    ])
    func `A folder that cannot be made is named`(_ path: String, _ reason: String) {
        #expect(
            thrownMessage { _ = try StudyFolder(path, configuration: .nothing, seed: 0) { _ in } }?.hasPrefix("\(path)")
                == true)
        #expect(
            thrownMessage { _ = try StudyFolder(path, configuration: .nothing, seed: 0) { _ in } }?.hasSuffix(reason)
                == true)
    }

    /// In a process of its own, which is not root's while it tries: nothing is forbidden to root.
    @Test func `A folder without permission is named`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let study = try folder.study()
            let user = geteuid()
            // Whatever the umask is, nothing but the jobs' folder is forbidden.
            #expect(chmod(folder.path, 0o755) == 0)
            #expect(chmod(folder.path + "/jobs", 0o500) == 0)
            if user == 0 { #expect(seteuid(65534) == 0) }
            let found = thrownMessage { _ = try Job(JobName("a"), in: study) }
            if user == 0 { #expect(seteuid(0) == 0) }
            chmod(folder.path + "/jobs", 0o700)
            #expect(found == "\(folder.path)/jobs/a: Permission denied")
        }
    }

    @Test func `Finished jobs are listed in order with their results, also while the study is under way`() throws {
        let folder = try TemporaryFolder()
        let study = try folder.study()
        for name in ["b", "a/y", "a/x", "a"] { try Job(JobName(name), in: study).finish(.text(name)) }
        try Job(JobName("c"), in: study).keep(Job.Checkpoint(state: .nothing, seed: 1, counter: 2))
        #expect(try StudyFolder.finishedJobs(in: folder.path) == ["a", "a/x", "a/y", "b"])
        let same = try StudyFolder.result(of: JobName("a/x"), in: folder.path)?.isIdentical(to: .text("a/x"))
        #expect(same == true)
        #expect(try StudyFolder.result(of: JobName("c"), in: folder.path) == nil)
        #expect(
            thrownMessage { _ = try StudyFolder.finishedJobs(in: "/nonexistent") }
                == "/nonexistent: not the folder of a study")
    }

    /// The number of a process that has ended.
    private func endedProcess() throws -> pid_t {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        return process.processIdentifier
    }

    @Test func `What a killed process left half written is removed, and nothing of the user's`() throws {
        let folder = try TemporaryFolder()
        try Job(JobName("a"), in: try folder.study()).finish(.nothing)
        let (dead, token) = (try endedProcess(), "-123456789abcdef0")
        let leftovers = [
            ".study.safetensors.lunette-\(dead)\(token)", "jobs/a/.result.safetensors.lunette-\(dead)\(token)",
            ".report.html.lunette-\(dead)\(token)", "figures/.dice.png.lunette-\(dead)\(token)",
        ]
        // The last part stands for each rule: the process lives, another token, no hidden name, a link.
        let others = [
            ".4711-mask.nii.gz", ".notes", "12-mask.nii.gz", ".\(dead)-result.safetensors", ".1-notes",
            "jobs/a/.4711-checkpoint.safetensors", ".study.safetensors.lunette-\(getpid())\(token)",
            ".study.safetensors.lunette-\(dead)\(token)0", ".study.safetensors.lunette-\(dead)-123456789ABCDEF0",
            "study.safetensors.lunette-\(dead)\(token)",
        ]
        let mine = try TemporaryFolder()
        try mine.write([1], to: leftovers[0])
        try FileManager.default.createDirectory(atPath: folder.path("figures"), withIntermediateDirectories: true)
        for name in leftovers + others { try folder.write([1], to: name) }
        let link = ".study.safetensors.lunette-\(dead)-0123456789abcdef"
        try FileManager.default.createSymbolicLink(atPath: folder.path(link), withDestinationPath: "12-mask.nii.gz")
        try FileManager.default.createSymbolicLink(atPath: folder.path("jobs/link"), withDestinationPath: mine.path)
        let warnings = Warnings()
        _ = try folder.study(seed: 1, warnings)
        for name in leftovers { #expect(!FileManager.default.fileExists(atPath: folder.path(name)), "\(name)") }
        for name in others + [link] { #expect(FileManager.default.fileExists(atPath: folder.path(name)), "\(name)") }
        #expect(try mine.names() == [leftovers[0]])
        let warning = "\(folder.path): removed 4 files that were not complete when the process that wrote ended"
        #expect(warnings.texts == [warning])
    }
}
