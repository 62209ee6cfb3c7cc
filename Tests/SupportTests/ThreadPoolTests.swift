import Foundation
import Support
import Synchronization
import Testing

struct ThreadPoolTests {
    /// How often each of `count` tasks was run.
    private func runs(_ pool: ThreadPool, _ count: Int) -> [Int] {
        let runs = Mutex([Int](repeating: 0, count: max(count, 0)))
        pool.run(count) { task in runs.withLock { $0[task] += 1 } }
        return runs.withLock { $0 }
    }

    @Test(arguments: [1, 2, 3, 8], [-1, 0, 1, 2, 7, 1000])
    func everyTaskIsRunOnce(threads: Int, count: Int) {
        let pool = ThreadPool(threads: threads)
        for _ in 0..<5 { #expect(runs(pool, count) == [Int](repeating: 1, count: max(count, 0))) }
    }

    @Test func sizesAreHeldInTheirRange() {
        #expect(ThreadPool(threads: 0).threads == 1)
        #expect(ThreadPool(threads: .max).threads == 256)
        let pool = ThreadPool(threads: 2)
        pool.threads = .min
        #expect(pool.threads == 1)
    }

    @Test func severalThreadsShareALoop() {
        let pool = ThreadPool(threads: 2)
        let threads = Mutex<Set<ObjectIdentifier>>([])
        // Each task waits for the other: one thread alone would never end the loop.
        let arrived = Atomic<Int>(0)
        pool.run(2) { _ in
            arrived.add(1, ordering: .sequentiallyConsistent)
            while arrived.load(ordering: .sequentiallyConsistent) < 2 { usleep(10) }
            threads.withLock { _ = $0.insert(ObjectIdentifier(Thread.current)) }
        }
        #expect(threads.withLock(\.count) == 2)
    }

    private struct Failure: Error, Equatable {
        let task: Int
    }

    @Test(arguments: [1, 3]) func resultsComeInOrder(threads: Int) throws {
        let pool = ThreadPool(threads: threads)
        #expect(pool.map(100) { $0 * $0 } == (0..<100).map { $0 * $0 })
        #expect(pool.map(0) { $0 } == [])
        #expect(throws: Failure(task: 7)) {
            try pool.map(20) { task throws(Failure) in
                if task >= 7 { throw Failure(task: task) }
            }
        }
    }

    @Test func loopsWithinLoopsRun() {
        let pool = ThreadPool(threads: 3)
        let total = Atomic<Int>(0)
        pool.run(20) { _ in pool.run(30) { _ in pool.run(2) { total.add($0 + 1, ordering: .relaxed) } } }
        #expect(total.load(ordering: .relaxed) == 20 * 30 * 3)
    }

    @Test func manyCallersRunAtOnce() async {
        let pool = ThreadPool(threads: 3)
        let sums = await withTaskGroup(of: Int.self) { group in
            for caller in 0..<16 {
                group.addTask {
                    let sum = Atomic<Int>(0)
                    for _ in 0..<50 { pool.run(20) { sum.add($0 * caller, ordering: .relaxed) } }
                    return sum.load(ordering: .relaxed)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums.sorted() == (0..<16).map { $0 * 190 * 50 })
    }

    @Test func theNumberOfThreadsMayChangeWhileLoopsRun() async {
        let pool = ThreadPool(threads: 2)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<300 {
                    pool.threads = round % 5 + 1
                    usleep(50)
                }
            }
            for _ in 0..<300 {
                let total = Atomic<Int>(0)
                pool.run(50) { _ in total.add(1, ordering: .relaxed) }
                #expect(total.load(ordering: .relaxed) == 50)
            }
        }
    }

    @Test func anInterruptLeavesOutWhatHasNotBegun() async {
        // In a process of its own, as the request is seen by all that runs.
        await #expect(processExitsWith: .success) {
            for threads in 1...3 {
                let pool = ThreadPool(threads: threads)
                let begun = Atomic<Int>(0)
                pool.run(1_000_000) { _ in
                    let number = begun.add(1, ordering: .relaxed).newValue
                    if number == 10 { Interrupt.request() }
                    // Other threads go on while the tenth task has yet to ask.
                    while number > 10, !Interrupt.isRequested { usleep(10) }
                }
                let count = begun.load(ordering: .relaxed)
                guard Interrupt.isRequested, count >= 10, count < 1_000_000 else { exit(1) }
                pool.run(10) { _ in exit(2) }
                Interrupt.clear()
                let after = Atomic<Int>(0)
                pool.run(10) { _ in after.add(1, ordering: .relaxed) }
                guard after.load(ordering: .relaxed) == 10 else { exit(3) }
            }
        }
    }

    @Test func threadsThatHaveNothingToDoSleep() async {
        // In a process of its own, whose processor time is the pool's alone.
        await #expect(processExitsWith: .success) {
            let pool = ThreadPool(threads: 4)
            for _ in 0..<10 { pool.run(4) { _ in usleep(1000) } }
            let before = clock()
            usleep(500_000)
            guard clock() - before < CLOCKS_PER_SEC / 20 else { exit(1) }
        }
    }
}
