import Foundation
import Support
import Synchronization

/// Freed blocks, kept for the next tensor of about the same size: fresh pages from the system cost more than many
/// operations.
enum BufferPool {
    /// The free blocks of each size class as a linked list: the first one's address; each block begins with the next's.
    private struct Free {
        var first = [UInt](repeating: 0, count: Int.bitWidth * 8)
        var bytes = 0
    }

    private static let kept = Mutex(Free())
    /// Free blocks are kept up to this many bytes.
    private static let keptBytes = min(Int(ProcessInfo.processInfo.physicalMemory / 8), 2 << 30)
    /// A request for more than this first gives as many bytes of free blocks back to the system.
    private static let largeBytes = 64 << 20

    private static let isSpareKnown: Void = MemoryLedger.setSpare { release(bytes: .max) }

    static func allocate(count: Int) throws(TensorError) -> (UnsafeMutablePointer<Float>, capacity: Int) {
        guard (0...Shape.mostElements).contains(count) else {
            throw .outOfMemory(
                bytes: count.multipliedReportingOverflow(by: 4).overflow ? .max : count * 4,
                available: AvailableMemory.bytes)
        }
        let capacity = roundUp(max(count, 16))
        if let available = AvailableMemory.heldShortage(of: capacity * 4) {
            throw .outOfMemory(bytes: count * 4, available: available)
        }
        if let reused = reuse(capacity: capacity) { return (reused, capacity) }
        let bytes = capacity * 4
        if bytes > largeBytes { release(bytes: bytes) }
        if let available = AvailableMemory.shortage(of: bytes) {
            throw .outOfMemory(bytes: count * 4, available: available)
        }
        guard let block = make(bytes) else {
            throw .outOfMemory(bytes: count * 4, available: AvailableMemory.bytes)
        }
        return (block.bindMemory(to: Float.self, capacity: capacity), capacity)
    }

    /// A new aligned block; the word before it says where its memory begins.
    ///
    /// A block of posix_memalign, once freed, is too small for the next request of the same size, which takes more to
    /// align it: the process would grow with each.
    private static func make(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let alignment = HugePage.alignment(of: bytes)
        guard let start = malloc(bytes + alignment) else { return nil }
        let block = (start + MemoryLayout<UInt>.stride).alignedUp(toMultipleOf: alignment)
        (block - MemoryLayout<UInt>.stride).storeBytes(of: UInt(bitPattern: start), as: UInt.self)
        HugePage.request(block, count: bytes)
        return block
    }

    /// Gives a block back to the system.
    private static func free(_ block: UnsafeMutableRawPointer) {
        Foundation.free(UnsafeMutableRawPointer(bitPattern: (block - MemoryLayout<UInt>.stride).load(as: UInt.self)))
    }

    private static func reuse(capacity: Int) -> UnsafeMutablePointer<Float>? {
        let place = sizeClass(capacity)
        return kept.withLock { free in
            guard let block = UnsafeMutablePointer<Float>(bitPattern: free.first[place]) else { return nil }
            free.first[place] = UnsafeRawPointer(block).load(as: UInt.self)
            free.bytes -= capacity * 4
            return block
        }
    }

    static func release(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
        _ = isSpareKnown
        let place = sizeClass(capacity)
        let isKept = kept.withLock { free in
            guard free.bytes + capacity * 4 <= keptBytes else { return false }
            UnsafeMutableRawPointer(pointer).storeBytes(of: free.first[place], as: UInt.self)
            free.first[place] = UInt(bitPattern: pointer)
            free.bytes += capacity * 4
            return true
        }
        if !isKept { free(pointer) }
    }

    /// Gives free blocks back to the system, the largest first, until `bytes` are freed or none is left.
    static func release(bytes: Int) {
        kept.withLock { free in
            let target = free.bytes - min(bytes, free.bytes)
            for place in free.first.indices.reversed() {
                while free.bytes > target, let block = UnsafeMutableRawPointer(bitPattern: free.first[place]) {
                    free.first[place] = block.load(as: UInt.self)
                    free.bytes -= blockBytes(place)
                    Self.free(block)
                }
            }
        }
    }

    /// Rounds a size up to a multiple of an eighth of its power of two, so that similar sizes share blocks.
    private static func roundUp(_ count: Int) -> Int {
        let step = max(16, 1 << max(0, Int.bitWidth - count.leadingZeroBitCount - 4))
        return (count + step - 1) / step * step
    }

    /// The index of a rounded size's class: 8 times its power of two, plus its eighth within that.
    private static func sizeClass(_ capacity: Int) -> Int {
        let power = Int.bitWidth - 1 - capacity.leadingZeroBitCount
        return power * 8 + (capacity >> (power - 3)) & 7
    }

    /// The bytes of the blocks of a size class.
    private static func blockBytes(_ place: Int) -> Int { (8 + place & 7) << (place >> 3 - 3) * 4 }
}
