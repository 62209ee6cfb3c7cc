import Foundation
import Synchronization

/// How much memory this process may still take: asked before a user's or a file's number decides how much is reserved.
///
/// The system itself refuses nothing: it promises more memory than there is, and ends the process when that is used.
public enum AvailableMemory {
    /// Requests of up to this many bytes are checked only each time that their sum exceeds it.
    private static let uncheckedBytes = 16 << 20
    private static let unchecked = Atomic<Int>(0)

    /// The most bytes that tensors and Lua's values may hold together, by the command line and by scripts; `Int.max`
    /// without a limit.
    private static let limit = Atomic<Int>(.max)
    private static let scriptLimit = Atomic<Int>(.max)

    /// The most bytes that tensors and Lua's values may hold together; nil without a limit.
    public static var heldLimit: Int? {
        let bytes = min(limit.load(ordering: .relaxed), scriptLimit.load(ordering: .relaxed))
        return bytes < .max ? bytes : nil
    }

    /// Sets the most bytes that tensors and Lua's values may hold together; nil for no limit.
    public static func setLimit(_ bytes: Int?) { limit.store(bytes.map { max($0, 1) } ?? .max, ordering: .relaxed) }

    /// Sets a limit that holds beside the one of `setLimit`; nil for that one alone.
    ///
    /// Throws, and changes nothing, where it is above that one, or leaves less than a megabyte beside what is held even
    /// after what is no longer needed was freed: too little to set another.
    public static func setScriptLimit(_ bytes: Int?) throws(MemoryLimitError) {
        let most = limit.load(ordering: .relaxed)
        if let bytes {
            guard bytes <= most else { throw .aboveProcessLimit(most) }
            if bytes < held &+ entryBytes { MemoryLedger.reclaim() }
            guard bytes >= held &+ entryBytes else { throw .belowHeld(held &+ entryBytes) }
        }
        scriptLimit.store(bytes ?? .max, ordering: .relaxed)
    }

    /// What it takes to read an entry at the prompt and to show its result: a script's limit leaves as much, and at the
    /// limit as much lies beyond it.
    private static let entryBytes = 1_000_000

    /// What tensors and Lua's values hold now.
    private static var held: Int { MemoryLedger.liveBytes &+ MemoryLedger.scriptBytes }

    /// Whether a request for so many bytes is refused as if there were no memory for it, so that tests can let each
    /// fail in its turn.
    @TaskLocal package static var refusal: Refusal?

    /// Which requests are refused. A value of its own, as Swift 6.3 ends the process where a closure itself is
    /// task-local.
    package final class Refusal: Sendable {
        fileprivate let refuses: @Sendable (Int) -> Bool

        package init(_ refuses: @escaping @Sendable (Int) -> Bool) { self.refuses = refuses }
    }

    /// The least of what the system, the control group (a container's limit), the process's own limit and the one for
    /// tensors and Lua's values leave.
    public static var bytes: Int {
        let rest = min(systemBytes, ControlGroups.current.availableBytes ?? .max, processBytes ?? .max)
        return min(max(rest - reserve, 0), heldBytesLeft ?? .max)
    }

    /// What is left for the many small things that nobody asks for: half of it may be taken between two checks.
    private static let reserve = 2 * uncheckedBytes

    /// What the limit for tensors and Lua's values leaves; nil without one.
    private static var heldBytesLeft: Int? {
        heldLimit.map { max($0 - held, 0) }
    }

    /// The bytes that tensors and Lua's values may still take by their limit, where they are fewer than `bytes` even
    /// after what is no longer needed was freed; nil where there is enough, or no limit.
    public static func heldShortage(of bytes: Int) -> Int? {
        if isRefused(bytes) { return 0 }
        guard let left = heldBytesLeft, bytes > left else { return nil }
        MemoryLedger.reclaim()
        return heldBytesLeft.flatMap { bytes > $0 ? $0 : nil }
    }

    private static func isRefused(_ bytes: Int) -> Bool {
        guard let refusal, refusal.refuses(bytes) else { return false }
        MemoryLedger.reclaim()
        return true
    }

    /// Enters `bytes` that a script's values take (or, negative, give back); false where the limit does not leave them,
    /// nor, where `usesReserve`, a megabyte beyond it.
    ///
    /// Nothing is freed first, as the caller may be amid a collection.
    public static func takeForScript(_ bytes: Int, usesReserve: Bool = false) -> Bool {
        if bytes > 0, let heldLimit, bytes > heldLimit - held, !usesReserve || bytes > heldLimit - held + entryBytes {
            return false
        }
        MemoryLedger.addScript(bytes)
        return true
    }

    /// Throws where `bytes` are more than may still be taken; `purpose` is what needs them, such as a file.
    public static func require(_ bytes: Int, for purpose: String) throws(MemoryError) {
        guard let available = shortage(of: bytes) else { return }
        throw MemoryError(purpose: purpose, bytes: bytes, available: available)
    }

    /// The bytes that may still be taken, where they are fewer than `bytes` even after what is no longer needed was
    /// freed; nil where there is enough.
    public static func shortage(of bytes: Int) -> Int? {
        if isRefused(bytes) { return 0 }
        if bytes <= uncheckedBytes {
            guard unchecked.add(max(bytes, 0), ordering: .relaxed).newValue > uncheckedBytes else { return nil }
            unchecked.store(0, ordering: .relaxed)
        }
        if bytes <= self.bytes { return nil }
        MemoryLedger.reclaim()
        let available = self.bytes
        return bytes <= available ? nil : available
    }

    /// What the system says it can still give; half the machine's memory where it does not say.
    private static var systemBytes: Int {
        number(in: "/proc/meminfo", after: "MemAvailable:").map { $0 &* 1024 }
            ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
    }

    /// What the limit of the process's address space (`ulimit -v`) leaves; nil without one.
    private static var processBytes: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, let most = Int(exactly: limit.rlim_cur)
        else { return nil }
        guard let pages = text(of: "/proc/self/statm")?.split(separator: " ").first.flatMap({ Int($0) }) else {
            return most
        }
        return max(most - pages &* sysconf(Int32(_SC_PAGESIZE)), 0)
    }

    /// The number that follows `name` in a file of the system's; nil where there is none.
    static func number(in path: String, after name: String) -> Int? {
        guard let text = text(of: path) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(separator: " ").first.flatMap { Int($0) }
        }
        return nil
    }

    /// The text of a small file of the system's, which has no size before it is read.
    static func text(of path: String) -> String? {
        guard let file = path.withSystemPath({ fopen($0, "re") }) else { return nil }
        defer { fclose(file) }
        return withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 1) { buffer in
            String(decoding: buffer.prefix(fread(buffer.baseAddress, 1, buffer.count, file)), as: UTF8.self)
        }
    }
}

/// More memory is needed than there is.
public struct MemoryError: Error, Equatable, CustomStringConvertible {
    /// What needs it.
    public let purpose: String
    /// The bytes that are needed; `Int.max` where they cannot be counted.
    public let bytes: Int
    /// The bytes that may still be taken.
    public let available: Int

    /// "PURPOSE: out of memory: 200 GB asked for, 16 GB available".
    public var description: String { "\(purpose): \(reason)" }

    /// The description without what the memory is for.
    public var reason: String { Self.reason(bytes: bytes, available: available) }

    /// "out of memory: 200 GB asked for, 16 GB available", and under a limit who holds what.
    public static func reason(bytes: Int, available: Int) -> String {
        let asked = "out of memory: \(bytes == .max ? "more than can be counted" : bytes.bytesText) asked for"
        return "\(asked), \(available.bytesText) available\(holders.map { "; \($0)" } ?? "")"
    }

    /// Who holds how much of the limit for tensors and Lua's values; nil without one.
    public static var holders: String? {
        AvailableMemory.heldLimit.map { limit in
            "of \(limit.bytesText) allowed, tensors hold \(MemoryLedger.liveBytes.bytesText) and Lua's values "
                + MemoryLedger.scriptBytes.bytesText
        }
    }
}

/// A limit of memory that a script cannot set.
public enum MemoryLimitError: Error, Equatable {
    /// The command line allows this many bytes.
    case aboveProcessLimit(Int)
    /// It would have to be at least this many bytes, as so much is held.
    case belowHeld(Int)
}

extension Int {
    /// A number of bytes as people read it, such as "1.5 MB".
    public var bytesText: String {
        let units = ["bytes", "KB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(self)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(self) bytes" : "\((value * 10).rounded() / 10) \(units[unit])"
    }

    /// The whole number that a user's number stands for, rounded towards 0; nil where it lies outside `range`, or is
    /// NaN.
    public init?(_ number: Double, in range: ClosedRange<Int>) {
        guard let value = Int(exactly: number.rounded(.towardZero)), range.contains(value) else { return nil }
        self = value
    }
}

/// How many bytes all tensors hold, each storage counted once however many tensors share it.
///
/// A script's collector sees a tensor as a few bytes; the script host reads this to know when to collect.
public enum MemoryLedger {
    private static let live = Atomic<Int>(0)
    /// Closures that a `Mutex` holds itself would grow by a layer each time that they are read.
    private struct Action {
        let run: @Sendable () -> Void
        var thread: pthread_t?
    }

    private static let spare = Mutex<Action?>(nil)
    private static let reclaimer = Mutex<Action?>(nil)

    private static let scripts = Atomic<Int>(0)

    /// The bytes held now.
    public static var liveBytes: Int { live.load(ordering: .relaxed) }

    /// The bytes that the values of scripts hold beside, to a megabyte for each state.
    public static var scriptBytes: Int { scripts.load(ordering: .relaxed) }

    fileprivate static func addScript(_ bytes: Int) { scripts.add(bytes, ordering: .relaxed) }

    /// Enters `bytes` that were allocated (or, negative, freed).
    public static func add(_ bytes: Int) { live.add(bytes, ordering: .relaxed) }

    /// Sets what is done before an allocation on this thread fails: it should free what is no longer reachable.
    public static func setReclaimer(_ action: (@Sendable () -> Void)?) {
        reclaimer.withLock { $0 = action.map { Action(run: $0, thread: pthread_self()) } }
    }

    /// Sets the action that gives memory kept for later tensors back to the system.
    public static func setSpare(_ action: @escaping @Sendable () -> Void) {
        spare.withLock { $0 = Action(run: action) }
    }

    /// Frees what can be freed, as an allocation is about to fail.
    public static func reclaim() {
        if let known = reclaimer.withLock({ $0 }), let thread = known.thread,
            pthread_equal(thread, pthread_self()) != 0
        {
            known.run()
        }
        spare.withLock { $0 }?.run()
    }
}
