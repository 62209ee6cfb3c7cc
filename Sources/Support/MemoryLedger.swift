import Foundation
import Synchronization

/// How many bytes all tensors hold, each storage counted once however many tensors share it.
///
/// A script's collector sees a tensor as a few bytes; the script host reads this to know when to collect.
public enum MemoryLedger {
    private static let live = Atomic<Int>(0)
    private static let spare = Mutex<(@Sendable () -> Void)?>(nil)
    private static let reclaimer = Mutex<(action: @Sendable () -> Void, thread: pthread_t)?>(nil)

    /// The bytes held now.
    public static var liveBytes: Int { live.load(ordering: .relaxed) }

    /// Enters `bytes` that were allocated (or, negative, freed).
    public static func add(_ bytes: Int) { live.add(bytes, ordering: .relaxed) }

    /// Sets what is done before an allocation on this thread fails: it should free what is no longer reachable.
    public static func setReclaimer(_ action: (@Sendable () -> Void)?) {
        reclaimer.withLock { $0 = action.map { ($0, pthread_self()) } }
    }

    /// Sets what gives back to the system the memory that is kept for the next tensors.
    public static func setSpare(_ action: @escaping @Sendable () -> Void) { spare.withLock { $0 = action } }

    /// Frees what can be freed, as an allocation is about to fail.
    public static func reclaim() {
        if let known = reclaimer.withLock({ $0 }), pthread_equal(known.thread, pthread_self()) != 0 { known.action() }
        spare.withLock { $0 }?()
    }
}
