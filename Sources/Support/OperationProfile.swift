import Foundation
import Synchronization

/// Where the time of some work goes, by function and operation: a clock that is read where these begin and end.
///
/// Every moment counts once, for the innermost function or operation that is under way on the thread that takes the
/// profile, also while it waits for other threads. While no profile is taken, each static function only looks at a
/// flag.
public final class OperationProfile {
    /// What is known of one function or operation.
    public struct Row: Equatable, Sendable {
        /// Its name; "Lua" for everything outside our functions and operations.
        public let name: String
        /// How often it ended.
        public fileprivate(set) var calls = 0
        /// How often its derivative ended.
        public fileprivate(set) var backwardCalls = 0
        /// The seconds it took.
        public fileprivate(set) var forward = 0.0
        /// The seconds its derivative took.
        public fileprivate(set) var backward = 0.0

        /// The seconds of both.
        public var total: Double { forward + backward }
    }

    /// A function or a derivative that is under way.
    private struct Frame {
        let name: String
        let isBackward: Bool
    }

    /// The thread that takes a profile, 0 for none; only it uses `current`.
    private static let thread = Atomic<UInt>(0)
    nonisolated(unsafe) private static var current: OperationProfile?

    private var frames = [Frame(name: OperationProfile.base, isBackward: false)]
    private var found: [String: Row] = [:]
    /// The moment up to which all time is accounted for.
    private var mark = OperationProfile.clock

    /// The name of the row for everything outside our functions and operations.
    public static let base = "Lua"

    private init() {}

    /// Takes the profile of `body`, on this thread.
    public static func take(_ body: () -> Void) -> OperationProfile {
        let profile = OperationProfile()
        let (outer, outerThread) = (current, thread.load(ordering: .relaxed))
        current = profile
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        body()
        profile.charge(calls: 0)
        thread.store(outerThread, ordering: .relaxed)
        current = outer
        return profile
    }

    /// The rows, that of the most time first.
    public var rows: [Row] { found.values.sorted { ($1.total, $0.name) < ($0.total, $1.name) } }

    /// The profile that this thread takes.
    @inline(__always) private static var active: OperationProfile? {
        let taking = thread.load(ordering: .relaxed)
        return taking != 0 && taking == UInt(pthread_self()) ? current : nil
    }

    /// Tells that a function begins, or the derivative of an operation; `leave` must follow.
    public static func enter(_ name: @autoclosure () -> String, isBackward: Bool = false) {
        guard let profile = active else { return }
        profile.charge(calls: 0)
        profile.frames.append(Frame(name: name(), isBackward: isBackward))
    }

    /// Tells that what was entered last has ended.
    public static func leave() {
        guard let profile = active, profile.frames.count > 1 else { return }
        profile.charge(calls: 1)
        profile.frames.removeLast()
    }

    /// Tells that an operation has ended, which began at `start`; nil where it took no time of its own. Within a
    /// derivative nothing is noted: the time is the derivative's.
    public static func finish(_ operation: String, start: UInt64?) {
        guard let profile = active, profile.frames.last?.isBackward == false else { return }
        let now = clock
        profile.charge(calls: 0, until: min(max(start ?? now, profile.mark), now))
        profile.add(Frame(name: operation, isBackward: false), calls: 1, until: now)
    }

    /// Whether a profile is taken, on whatever thread.
    public static var isTaken: Bool { thread.load(ordering: .relaxed) != 0 }

    /// Nanoseconds of a clock that only goes forward; 0 while no profile is taken.
    public static var moment: UInt64 { isTaken ? clock : 0 }

    private static var clock: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Adds the time up to `end`, now by default, to what is under way.
    private func charge(calls: Int, until end: UInt64 = OperationProfile.clock) {
        if let frame = frames.last { add(frame, calls: calls, until: end) }
    }

    private func add(_ frame: Frame, calls: Int, until end: UInt64) {
        let seconds = Double(end &- mark) / 1e9
        mark = end
        if frame.isBackward {
            found[frame.name, default: Row(name: frame.name)].backward += seconds
            found[frame.name, default: Row(name: frame.name)].backwardCalls += calls
        } else {
            found[frame.name, default: Row(name: frame.name)].forward += seconds
            found[frame.name, default: Row(name: frame.name)].calls += calls
        }
    }
}
