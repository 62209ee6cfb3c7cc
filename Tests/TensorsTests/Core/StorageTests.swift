import Foundation
import Support
import Tensors
import Testing

struct StorageTests {
    @Test func blocksAreAlignedAndLargeEnough() throws {
        for count in [0, 1, 15, 16, 17, 100, 1000, 1025, 70_000, 1 << 20] {
            let storage = try Storage(count: count)
            #expect(storage.count == count)
            #expect(UInt(bitPattern: storage.pointer) % 64 == 0)
            for i in 0..<count { storage.pointer[i] = Float(i) }
        }
    }

    @Test func liveBlocksNeverOverlap() throws {
        let generator = RandomGenerator(seed: 1)
        var live: [(storage: Storage, mark: Float)] = []
        for round in 0..<5000 {
            if live.count > 20 || (round % 3 == 0 && !live.isEmpty) { live.remove(at: generator.below(live.count)) }
            let storage = try Storage(count: generator.below(3000))
            storage.pointer.update(repeating: Float(round), count: storage.count)
            live.append((storage, Float(round)))
        }
        for (storage, mark) in live { #expect((0..<storage.count).allSatisfy { storage.pointer[$0] == mark }) }
    }

    @Test(arguments: [
        [.max], [1 << 62, 4], [1 << 32, 1 << 32, 1 << 32], [.max, .max], [1 << 45], [1 << 58], [(1 << 57) - 1], [-1],
        [0, .max, .max], [.max, .max, 0], [1 << 50, 0],
        [3, -2], [.min],
    ])
    func impossibleShapesAreRefused(shape: [Int]) {
        #expect(throws: TensorError.self) { try Tensor.zeros(shape) }
    }

    @Test func refusalsTellTheSizes() throws {
        let error = try #require(throws: TensorError.self) { try Tensor.zeros([1 << 44]) }
        #expect(error.description.hasPrefix("out of memory: 70.4 TB asked for, "))
        #expect(try Tensor.zeros([0, 1 << 20, 1 << 20]).count == 0)
    }

    @Test func theLedgerComesBackToWhereItWas() async {
        // In a process of its own, where nothing else holds tensors.
        await #expect(processExitsWith: .success) {
            func work() throws {
                let x = try Tensor.ones([100, 100]).requireGradient()
                for _ in 0..<10 { try (x * x).exp().sum().backward() }
                guard MemoryLedger.liveBytes >= 2 * 40_000, x.gradient != nil else { exit(2) }
                let view = try x.slice(1, 1, 50)
                let before = MemoryLedger.liveBytes
                let other = try view.transposed(1, 2)
                guard MemoryLedger.liveBytes == before, other.count == 5000 else { exit(3) }
            }
            do { try work() } catch { exit(4) }
            guard MemoryLedger.liveBytes == 0 else { exit(1) }
        }
    }

    @Test func theReclaimerIsAskedBeforeARefusal() async {
        await #expect(processExitsWith: .success) {
            MemoryLedger.setReclaimer { exit(0) }
            _ = try? Tensor.zeros([1 << 44])
            exit(1)
        }
    }

    @Test func freedBlocksAreUsedAgain() async {
        await #expect(processExitsWith: .success) {
            guard let first = try? Storage(count: 5000).pointer, let second = try? Storage(count: 4999).pointer,
                first == second
            else { exit(1) }
        }
    }

    @Test func aLargeBlockTakesThePlaceOfFreeOnes() async {
        await #expect(processExitsWith: .success) {
            func fill(_ megabytes: Int) throws {
                let storage = try Storage(count: megabytes << 18)
                storage.pointer.update(repeating: 1, count: storage.count)
            }
            func peak() -> Int {
                let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
                return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
                    ?? 0
            }
            let before = peak()
            guard (try? fill(80)) != nil, (try? fill(96)) != nil, (try? fill(160)) != nil else { exit(2) }
            guard before > 0, peak() > before + 150_000 else { exit(3) }
            guard peak() < before + 220_000 else { exit(1) }
        }
    }
}
