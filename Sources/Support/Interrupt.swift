import Synchronization

/// The user's wish to stop what runs: set by Ctrl-C, polled by every long loop.
public enum Interrupt {
    private static let flag = Atomic<Bool>(false)

    /// Asks running work to stop; safe to call from a signal handler.
    public static func request() { flag.store(true, ordering: .relaxed) }

    /// Forgets the request, once the top level has been reached.
    public static func clear() { flag.store(false, ordering: .relaxed) }

    /// Whether a request is pending.
    public static var isRequested: Bool { flag.load(ordering: .relaxed) }
}
