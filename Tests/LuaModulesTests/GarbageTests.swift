import Foundation
import TestSupport
import Testing

/// Calls and files that make no sense end in errors: never in a trap, nor in a call that Ctrl-C does not stop.
///
/// The scripts run in processes of their own, with little memory. Another seed, and more steps, come from
/// LUNETTE_GARBAGE_SEED and LUNETTE_GARBAGE_STEPS.
@Suite struct GarbageTests {
    private static func number(_ name: String, default value: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
    }

    /// Everything that is declared, called with arguments made by chance.
    @Test func callsEndInErrors() throws {
        let manual = try CommandProcess.run(CommandProcess.lunette, ["--manual"]).output
        let script = try GarbageScript("garbage.lua", seed: Self.number("LUNETTE_GARBAGE_SEED", default: 1))
        try script.folder.write(Array(manual.utf8), to: "manual.md")
        try script.run(steps: Self.number("LUNETTE_GARBAGE_STEPS", default: 4000))
        #expect(script.faults.isEmpty)
        #expect(script.notes.isEmpty, "objects that no example makes")
        #expect(script.errors > script.steps / 4 && script.errors < script.steps)
    }

    /// Files of every format that is read, with bytes changed or cut off.
    @Test func damagedFilesEndInErrors() throws {
        let script = try GarbageScript("damage.lua", seed: Self.number("LUNETTE_GARBAGE_SEED", default: 1))
        try script.run(steps: Self.number("LUNETTE_GARBAGE_STEPS", default: 3000))
        #expect(script.faults.isEmpty)
        #expect(script.notes.isEmpty)
        #expect(script.errors > script.steps / 4 && script.errors < script.steps)
    }
}

/// A script that takes numbered steps, each written to a log before it is taken, and is started again behind a step
/// that ended it or had to be stopped.
private final class GarbageScript {
    let folder: TemporaryFolder
    private let path: String
    private let seed: Int
    /// The steps that ended the process, or could not be stopped.
    private(set) var faults: [String] = []
    /// What the script says beside its steps.
    private(set) var notes: Set<Substring> = []
    /// The steps taken, and those that were errors.
    private(set) var (steps, errors) = (0, 0)

    /// After so many seconds a step is stopped by Ctrl-C; one that does not end then, either, cannot be stopped.
    private static let longestStep = 1.0
    /// Kilobytes of address space, so that what asks for much more is refused at once.
    private static let memory = 4_000_000

    init(_ name: String, seed: Int) throws {
        folder = try TemporaryFolder()
        path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Scripts/" + name
        self.seed = seed
    }

    func run(steps count: Int) throws {
        var next = 1
        while next <= count {
            try folder.write([], to: "log")
            var isStopped = false
            let outcome = try CommandProcess.run(
                "/bin/sh",
                [
                    "-c", "ulimit -v \(Self.memory); exec \"$0\" \"$@\"", CommandProcess.lunette, path, "\(seed)",
                    "\(next)",
                    "\(count)",
                ], folder: folder.path,
                environment: ["TMPDIR": folder.path, "SWIFT_BACKTRACE": "enable=no", "LUNETTE_THREADS": "2"]
            ) { process in isStopped = self.watch(process) }
            let lines = String(decoding: try folder.bytes("log"), as: UTF8.self).split(separator: "\n")
            errors += lines.count { $0 == "error" }
            notes.formUnion(lines.filter { $0.hasPrefix("note: ") })
            guard let last = lines.last(where: { $0.first?.isNumber == true }),
                let number = last.split(separator: ":").first.flatMap({ Int($0) })
            else {
                faults.append("no step was taken: \(outcome.errors.suffix(500))")
                return
            }
            if outcome.code != 0, !isStopped || outcome.code != 1 {
                faults.append("seed \(seed), step \(last)\n\(outcome.code): \(outcome.errors.suffix(300))")
            }
            next = number + 1
        }
        steps = count
    }

    /// Waits until the process ends; stops a step that takes long. Returns whether it did.
    private func watch(_ process: Process) -> Bool {
        var (size, since, isStopped) = (UInt64(0), Date(), false)
        while process.isRunning {
            usleep(20_000)
            let log = try? FileManager.default.attributesOfItem(atPath: folder.path("log"))[.size] as? UInt64
            if let log, log != size { (size, since) = (log, Date()) }
            let waited = Date().timeIntervalSince(since)
            // Before the first step, objects are made.
            if size > 0, waited > Self.longestStep, !isStopped {
                process.interrupt()
                isStopped = true
            }
            if waited > patience {
                kill(process.processIdentifier, SIGKILL)
                return false
            }
        }
        return isStopped
    }
}
