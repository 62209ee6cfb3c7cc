import CLua
import Foundation
import Support

/// Decides when tensors have grown enough for Lua's garbage to be collected: its own collector sees a tensor as a few
/// bytes.
struct Collector {
    /// The bytes that were live after the last collection.
    private var floor = MemoryLedger.liveBytes
    private var limit = Self.smallest
    private static let smallest = 64 << 20
    private static let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)

    /// Asks for a collection after this call, where tensors have grown past the limit.
    @inline(__always)
    mutating func noteObject(_ host: UnsafeMutablePointer<lunette_host>) {
        let live = MemoryLedger.liveBytes
        // Tensors that were freed meanwhile, by reference counting, make room.
        if live < floor { floor = live }
        if live &- floor > limit { host.pointee.collection_due = true }
    }

    /// Collects, and sets the limit for the next time: half of what is live, at least 64 MB, at most a sixteenth of the
    /// machine's memory.
    mutating func collect(_ stack: LuaStack) {
        lunette_full_collection(stack.pointer)
        floor = MemoryLedger.liveBytes
        limit = max(Self.smallest, min(Self.memory / 16, floor / 2))
    }
}
