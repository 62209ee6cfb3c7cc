import Foundation
import LuaBridge
import LuaModules
import LuaTestSupport
import Sessions
import Support
import Synchronization
import TestSupport
import Testing

/// Every allocation fails in its turn: it is an error that says so, nothing is lost, and the state goes on.
///
/// Where a work has very many requests, some of them fail. With LUNETTE_ALLOCATIONS=all it is all of them, and how many
/// there were is printed.
@Suite(.serialized) struct FailingAllocationTests {
    @Test func requestsOfLua() async {
        await #expect(processExitsWith: .success) {
            for work in SessionWork.all { work.tried { try $0.failRequestsOfLua() } }
        }
    }

    @Test func requestsOfTensors() async {
        await #expect(processExitsWith: .success) {
            for work in SessionWork.all { work.tried { try $0.failRequestsOfTensors() } }
        }
    }
}

extension SessionWork {
    /// Runs `trial`; what it throws is an issue that names the work.
    fileprivate func tried(_ trial: (Trial) throws -> Void) {
        do { try trial(Trial(self)) } catch { Issue.record("\(name): \(error)") }
    }
}

/// A work in a session of its own, done again and again as requests for memory fail.
private final class Trial {
    private let work: SessionWork
    private let session: Session
    private let folder: TemporaryFolder
    private let expected: String
    private let files: [String]
    /// What was wrong, and after which failure.
    private var faults: [String] = []

    /// How many requests fail in a work, at most.
    private static let most = ProcessInfo.processInfo.environment["LUNETTE_ALLOCATIONS"] == "all" ? Int.max : 40
    /// What Lua's heap may grow by, as tables keep room for what was in them, such as those marked for finalisation.
    private static let tolerance = 1 << 16
    /// What tensors may grow by where Lua's requests fail: a finaliser that finds no memory to be called with is not
    /// called again by Lua, and what it would have freed stays.
    private static let lostTensors = 1 << 16

    init(_ work: SessionWork) throws {
        self.work = work
        session = try Session(ignoresEnvironment: true)
        folder = try TemporaryFolder()
        try session.state.setGlobal("folder", folder.path)
        // The first times fill caches.
        _ = try work.run(session)
        _ = try work.run(session)
        expected = try work.run(session)
        files = try folder.names()
    }

    func failRequestsOfLua() throws {
        guard let allocator = FailingAllocator(session.state) else { throw LuaError(message: "no allocator") }
        defer { allocator.remove() }
        _ = try work.run(session)
        try collect()
        let (heap, tensors) = (allocator.liveBytes, MemoryLedger.liveBytes)
        allocator.set(.none)
        _ = try work.run(session)
        let total = allocator.requests
        let numbers = Array(stride(from: 1, through: total, by: max(1, total / Self.most)))
        for number in numbers {
            for failure in [FailingAllocator.Failure.one(number), .all(from: number)] {
                allocator.set(failure)
                let outcome = Result { try work.run(session) }
                let failures = allocator.failures
                allocator.set(.none)
                try judge(outcome, failures > 0, "\(failure)")
            }
        }
        try collect()
        let grown = allocator.liveBytes - heap
        if grown > Self.tolerance { faults.append("Lua's heap has grown by \(grown) bytes") }
        try finish(tensors, lost: Self.lostTensors, "\(numbers.count) of \(total) requests of Lua")
    }

    func failRequestsOfTensors() throws {
        try collect()
        let tensors = MemoryLedger.liveBytes
        let total = try refusing { _ in false }.count
        let numbers = Array(stride(from: 1, through: total, by: max(1, total / Self.most)))
        for number in numbers {
            let one = try refusing { $0 == number }
            try judge(one.outcome, one.count >= number, "tensors: one(\(number))")
            let all = try refusing { $0 >= number }
            try judge(all.outcome, all.count >= number, "tensors: all(from: \(number))")
        }
        try collect()
        try finish(tensors, "\(numbers.count) of \(total) requests of tensors and files")
    }

    /// Does the work while the requests whose numbers `isRefused` says are refused; tells how many there were.
    private func refusing(
        _ isRefused: @escaping @Sendable (Int) -> Bool
    ) throws -> (outcome: Result<String, any Error>, count: Int) {
        let count = Mutex(0)
        let refusal = AvailableMemory.Refusal { _ in
            isRefused(
                count.withLock {
                    $0 += 1
                    return $0
                })
        }
        let outcome = AvailableMemory.$refusal.withValue(refusal) { Result { try work.run(session) } }
        return (outcome, count.withLock { $0 })
    }

    /// Whether an outcome is right, and the state can go on.
    private func judge(_ outcome: Result<String, any Error>, _ hasFailed: Bool, _ failure: String) throws {
        switch outcome {
        case .success(let text) where text != expected: faults.append("\(failure): \(text.prefix(300))")
        case .failure(let error) where !"\(error)".contains("memory"): faults.append("\(failure): \(error)")
        case .failure where !hasFailed: faults.append("\(failure): an error without a failure")
        default: break
        }
        do {
            let text = try work.run(session)
            if text != expected { faults.append("after \(failure): \(text.prefix(300))") }
        } catch {
            faults.append("after \(failure): \(error)")
        }
    }

    private func collect() throws {
        for _ in 1...3 { try session.state.run("collectgarbage()") }
    }

    private func finish(_ tensors: Int, lost: Int = 0, _ what: String) throws {
        let grown = MemoryLedger.liveBytes - tensors
        if grown > lost { faults.append("tensors have grown by \(grown) bytes") }
        let now = try folder.names()
        if now != files { faults.append("files are left: \(now)") }
        #expect(faults.isEmpty, "\(work.name), \(faults.count) faults: \(faults.prefix(8).joined(separator: "\n"))")
        if Self.most == .max { print("\(work.name): \(what)") }
    }
}
