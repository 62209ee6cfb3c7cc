import Foundation
import Support
import Synchronization

/// A block of floats that tensors share: aligned to 64 bytes, counted in `MemoryLedger`, reused when it is freed.
public final class Storage {
    /// The first element; there are `count`.
    public let pointer: UnsafeMutablePointer<Float>
    /// The number of elements.
    public let count: Int
    /// How many times the contents were changed in place: autograd refuses a value that has changed since it was kept.
    public internal(set) var version = 0
    private let capacity: Int

    /// Reserves `count` elements, which hold anything at first.
    ///
    /// Before it fails, memory that is no longer reachable is reclaimed.
    public init(count: Int) throws(TensorError) {
        (pointer, capacity) = try BufferPool.allocate(count: count)
        self.count = count
        MemoryLedger.add(capacity * 4)
    }

    deinit {
        MemoryLedger.add(-capacity * 4)
        BufferPool.release(pointer, capacity: capacity)
    }
}

/// Freed blocks, kept for the next tensor of the same size: fresh pages from the system cost more than many operations.
enum BufferPool {
    private struct Free {
        var blocks: [Int: [UInt]] = [:]
        var bytes = 0
    }

    private static let free = Mutex(Free())
    /// Free blocks are kept up to this many bytes.
    private static let keptBytes = min(Int(ProcessInfo.processInfo.physicalMemory / 8), 2 << 30)
    /// The largest request that is not first compared with the memory that is there.
    private static let uncheckedBytes = 64 << 20

    static func allocate(count: Int) throws(TensorError) -> (UnsafeMutablePointer<Float>, capacity: Int) {
        guard count <= Int.max / 64 else { throw .outOfMemory(bytes: .max, available: availableBytes()) }
        let capacity = roundUp(max(count, 16))
        let reused = free.withLock { free -> UInt? in
            guard let address = free.blocks[capacity]?.popLast() else { return nil }
            free.bytes -= capacity * 4
            return address
        }
        if let reused, let pointer = UnsafeMutablePointer<Float>(bitPattern: reused) { return (pointer, capacity) }
        let bytes = capacity * 4
        if bytes > uncheckedBytes, bytes > availableBytes() {
            MemoryLedger.reclaim()
            releaseAll()
            let available = availableBytes()
            guard bytes <= available else { throw .outOfMemory(bytes: count * 4, available: available) }
        }
        var raw: UnsafeMutableRawPointer?
        guard posix_memalign(&raw, 64, bytes) == 0, let raw else {
            throw .outOfMemory(bytes: count * 4, available: availableBytes())
        }
        return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
    }

    static func release(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
        let kept = free.withLock { free in
            guard free.bytes + capacity * 4 <= keptBytes else { return false }
            free.blocks[capacity, default: []].append(UInt(bitPattern: pointer))
            free.bytes += capacity * 4
            return true
        }
        if !kept { Foundation.free(pointer) }
    }

    /// Gives all free blocks back to the system.
    static func releaseAll() {
        free.withLock { free in
            for address in free.blocks.values.joined() { Foundation.free(UnsafeMutableRawPointer(bitPattern: address)) }
            free = Free()
        }
    }

    /// Sizes are rounded up to an eighth of their power of two, so that near sizes share blocks.
    private static func roundUp(_ count: Int) -> Int {
        let step = max(16, 1 << max(0, Int.bitWidth - count.leadingZeroBitCount - 4))
        return (count + step - 1) / step * step
    }

    /// What the system says it can still give, by /proc/meminfo; half the machine's memory where it does not say.
    private static func availableBytes() -> Int {
        let fallback = Int(ProcessInfo.processInfo.physicalMemory / 2)
        guard let file = fopen("/proc/meminfo", "r") else { return fallback }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        while fgets(&line, 128, file) != nil {
            let text = line.withUnsafeBufferPointer {
                String(decoding: $0.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            }
            let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
            if words.first == "MemAvailable:", words.count > 1, let kilobytes = Int(words[1]) {
                return kilobytes * 1024
            }
        }
        return fallback
    }
}
