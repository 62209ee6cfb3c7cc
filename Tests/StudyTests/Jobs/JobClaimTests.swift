import Foundation
import Study
import Synchronization
import TestSupport
import Testing

struct JobClaimTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("claim") }

    init() throws { folder = try TemporaryFolder() }

    private func take(staleAfter: Double = 600) throws -> JobClaim.Outcome {
        try JobClaim.take(path, staleAfter: staleAfter)
    }

    /// The claim that is expected to be taken.
    private func taken(staleAfter: Double = 600) throws -> JobClaim {
        guard case .taken(let claim) = try take(staleAfter: staleAfter) else {
            throw FileNotTaken()
        }
        return claim
    }

    private struct FileNotTaken: Error {}

    /// Who holds the claim; "nobody" where it could be taken, "unknown" where its file does not tell.
    private func holder(staleAfter: Double = 600) throws -> String {
        switch try take(staleAfter: staleAfter) {
        case .taken(let claim):
            claim.release()
            return "nobody"
        case .held(let holder): return holder?.description ?? "unknown"
        }
    }

    private var ownName: String {
        "process \(ProcessInfo.processInfo.processIdentifier) on \(ProcessInfo.processInfo.hostName)"
    }

    private func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

    /// Writes the claim of another process: this one's with other lines.
    private func writeForeign(_ change: (inout [String]) -> Void) throws {
        let claim = try taken()
        var lines = String(decoding: try folder.bytes("claim"), as: UTF8.self).components(separatedBy: "\n")
        claim.release()
        change(&lines)
        try folder.write(Array(lines.joined(separator: "\n").utf8), to: "claim")
    }

    private func setAge(_ seconds: Double) throws {
        let date = Date(timeIntervalSinceNow: -seconds)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    @Test func `One has a claim at a time, and the next one is told who`() throws {
        let claim = try taken()
        #expect(try holder() == ownName)
        #expect(try holder() == ownName)
        claim.release()
        claim.release()
        #expect(try files().isEmpty)
        let other = try taken()
        #expect(try holder() == ownName)
        _ = consume other
        #expect(try files().isEmpty)
    }

    @Test func `The claim of a process that has ended is taken over at once`() throws {
        // This process's number, but another start: the number was given anew.
        try writeForeign { $0[3] = $0[3].split(separator: " ").dropLast().joined(separator: " ") + " 1" }
        #expect(try holder() == "nobody")
        try writeForeign { $0[1] = "999999999" }
        #expect(try holder() == "nobody")
        #expect(try files().isEmpty)
    }

    @Test func `The claim of another machine is taken over when it gives no sign of life`() throws {
        try writeForeign { lines in
            (lines[0], lines[1], lines[3]) = ("node7", "12", "another boot pid:[1] 5")
        }
        #expect(try holder() == "process 12 on node7")
        try setAge(300)
        #expect(try holder(staleAfter: 3600) == "process 12 on node7")
        #expect(try holder(staleAfter: 60) == "nobody")
        #expect(try files().isEmpty)
    }

    @Test(arguments: ["", "node7\n", "a\nb\nc\nd\n", "a\n1\nc\n"])
    func `A claim that cannot be read is a claim until it is old`(_ text: String) throws {
        try folder.write(Array(text.utf8), to: "claim")
        #expect(try holder() == "unknown")
        try setAge(300)
        #expect(try holder(staleAfter: 60) == "nobody")
    }

    @Test func `A holder gives signs of life`() throws {
        let claim = try taken(staleAfter: 0.6)
        defer { claim.release() }
        try setAge(3600)
        func age() throws -> Double {
            let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
            return -(date ?? .distantPast).timeIntervalSinceNow
        }
        // The machine may be busy: what counts is that it comes.
        for _ in 0..<600 where try age() > 1800 { usleep(100_000) }
        #expect(try age() < 1800)
    }

    @Test func `Who was taken over from touches and removes nothing of the new holder`() throws {
        let slow = try taken(staleAfter: 600)
        try setAge(3600)
        let quick = try taken(staleAfter: 60)
        slow.release()
        #expect(try holder() == ownName)
        quick.release()
        #expect(try files().isEmpty)
    }

    @Test func `Of many threads one has the claim at a time`() throws {
        let inside = Atomic(0)
        let most = Atomic(0)
        let count = Atomic(0)
        let path = path
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<100 {
                guard case .taken(let claim)? = try? JobClaim.take(path, staleAfter: 600) else { continue }
                let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
                most.max(now, ordering: .sequentiallyConsistent)
                count.add(1, ordering: .sequentiallyConsistent)
                usleep(100)
                inside.subtract(1, ordering: .sequentiallyConsistent)
                claim.release()
            }
        }
        #expect(most.load(ordering: .sequentiallyConsistent) == 1)
        #expect(count.load(ordering: .sequentiallyConsistent) > 0)
        #expect(try files().isEmpty)
    }

    @Test func `A folder that cannot be written to is named`() {
        #expect(
            thrownMessage { _ = try JobClaim.take("/proc/claim", staleAfter: 60) }
                == "/proc/claim: No such file or directory")
    }
}
