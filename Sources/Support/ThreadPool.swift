import CSystem
import Foundation
import Synchronization

/// A fixed set of threads that share the tasks of one loop at a time.
///
/// Idle threads sleep after a moment, so another busy process slows a loop only in proportion to what it takes. Which
/// thread runs a task is left to chance: a loop whose tasks write to separate places gives the same bits with any
/// number of threads.
public final class ThreadPool: @unchecked Sendable {
    /// The pool that every kernel uses; its size is LUNETTE_THREADS, or the number of processors.
    public static let shared = ThreadPool(
        threads: ProcessInfo.processInfo.environment["LUNETTE_THREADS"].flatMap { Int($0) }
            ?? ProcessInfo.processInfo.activeProcessorCount)

    /// One loop: its body, and how far it has come.
    ///
    /// Each thread begins with a share of its own, the same in all loops of equally many tasks, so that what one loop
    /// wrote is still in the cache of the core that reads it in the next. Then it helps the others.
    private final class Loop: @unchecked Sendable {
        let helpers: Int
        private let body: (Int) -> Void
        private let shares: UnsafeMutablePointer<Share>

        /// Consecutive tasks: the next one to run, and where they end.
        private struct Share: ~Copyable {
            let next: Atomic<Int>
            let end: Int
        }

        init(count: Int, helpers: Int, body: @escaping (Int) -> Void) {
            self.helpers = helpers
            self.body = body
            let threads = helpers + 1
            shares = .allocate(capacity: threads)
            for thread in 0..<threads {
                // The remainder goes to the first threads, one task each.
                let start = count / threads * thread + min(thread, count % threads)
                let length = count / threads + (thread < count % threads ? 1 : 0)
                (shares + thread).initialize(to: Share(next: Atomic(start), end: start + length))
            }
        }

        deinit {
            shares.deinitialize(count: helpers + 1)
            shares.deallocate()
        }

        /// Takes tasks until none is left, or until an interrupt is requested; `thread` counts from 0, the caller's
        /// own.
        func work(thread: Int) {
            for turn in 0...helpers {
                let place = (thread + turn) % (helpers + 1)
                while !Interrupt.isRequested {
                    let task = shares[place].next.add(1, ordering: .relaxed).oldValue
                    guard task < shares[place].end else { break }
                    body(task)
                }
            }
        }
    }

    private let condition = NSCondition()
    private let busy = Atomic<Bool>(false)
    private var loop: Loop?
    /// The number of loops so far: changed only under the lock, but read without it by threads before they sleep.
    private let generation = Atomic<Int>(0)
    private let working = Atomic<Int>(0)
    private var workers = 0
    private var limit: Int

    /// Makes a pool of `threads` threads, the caller's own among them (at least 1, at most 256).
    ///
    /// Threads start with the first loop that needs them, and live as long as the process.
    public init(threads: Int) {
        limit = min(max(threads, 1), 256)
    }

    /// The number of threads that share a loop, the caller's own among them; between 1 and 256.
    public var threads: Int {
        get { condition.withLock { limit } }
        set { condition.withLock { limit = min(max(newValue, 1), 256) } }
    }

    /// Runs `body(0)` to `body(count - 1)`, each once, and returns when all have ended.
    ///
    /// A call from inside a task, or while another thread's loop runs, runs its tasks one after another. When an
    /// interrupt is requested, tasks that have not begun are left out: the caller must then discard the result.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        let helpers = min(threads, count) - 1
        guard helpers > 0, busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
            return runAlone(count, body)
        }
        withoutActuallyEscaping(body) { share(Loop(count: count, helpers: helpers, body: $0)) }
        busy.store(false, ordering: .releasing)
    }

    /// The results of `body(0)` to `body(count - 1)`, run as `run` does: in order, without those left out.
    ///
    /// Throws the error of the first task that failed.
    public func map<Result, Failure: Error>(
        _ count: Int, _ body: (Int) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        var results = [Swift.Result<Result, Failure>?](repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { results in
            run(count) { task in
                do throws(Failure) { results[task] = .success(try body(task)) } catch {
                    results[task] = .failure(error)
                }
            }
        }
        var values: [Result] = []
        for case .some(let result) in results { values.append(try result.get()) }
        return values
    }

    private func runAlone(_ count: Int, _ body: (Int) -> Void) {
        var task = 0
        while task < count, !Interrupt.isRequested {
            body(task)
            task += 1
        }
    }

    private func share(_ loop: Loop) {
        condition.lock()
        while workers < loop.helpers { startWorker() }
        self.loop = loop
        generation.add(1, ordering: .releasing)
        condition.broadcast()
        condition.unlock()
        loop.work(thread: 0)
        Self.waitBriefly(of: loop.helpers + 1) { working.load(ordering: .acquiring) == 0 }
        condition.lock()
        // A worker that wakes up after this finds no loop: its share is already done.
        self.loop = nil
        while working.load(ordering: .relaxed) > 0 { condition.wait() }
        condition.unlock()
    }

    /// Spins for some microseconds until `isDone`, as waking a thread that sleeps takes longer than many loops do.
    ///
    /// All `threads` together spin for less than 0.2 ms, so they delay little where they outnumber the processors.
    private static func waitBriefly(of threads: Int, until isDone: () -> Bool) {
        var turns = 6000 / threads
        while turns > 0, !isDone() {
            lunette_pause()
            turns -= 1
        }
    }

    private func startWorker() {
        let index = workers
        workers += 1
        let thread = Thread { self.serve(index) }
        thread.stackSize = 8 << 20
        thread.name = "lunette worker \(index + 1)"
        thread.start()
    }

    /// A worker's life: it takes part in each loop that counts on it, and sleeps between them.
    private func serve(_ index: Int) {
        var seen = 0
        condition.lock()
        while true {
            let now = generation.load(ordering: .relaxed)
            if now != seen, let current = loop, index < current.helpers {
                seen = now
                working.add(1, ordering: .relaxed)
                condition.unlock()
                current.work(thread: index + 1)
                condition.lock()
                if working.subtract(1, ordering: .releasing).newValue == 0 { condition.broadcast() }
            } else {
                let threads = limit
                condition.unlock()
                Self.waitBriefly(of: threads) { generation.load(ordering: .acquiring) != now }
                condition.lock()
                if generation.load(ordering: .relaxed) == now { condition.wait() }
            }
        }
    }
}
