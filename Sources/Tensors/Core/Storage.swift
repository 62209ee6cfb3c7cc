import Kernels
import Support
import Synchronization

/// A block of floats that tensors share: aligned to 64 bytes, counted in `MemoryLedger`, reused when it is freed.
public final class Storage {
    /// The first element; there are `count`.
    public let pointer: UnsafeMutablePointer<Float>
    /// The number of elements.
    public let count: Int
    /// When it was made, as `OperationProfile` counts.
    let moment = OperationProfile.moment
    private let capacity: Int
    private let state = Mutex(State())

    private struct State {
        var version = 0
        var changes: ChangeCounter?
        var weights: PackedWeightsCache?
    }

    /// Reserves `count` elements, which hold anything at first.
    ///
    /// Before it fails, memory that is no longer reachable is reclaimed.
    public init(count: Int) throws(TensorError) {
        (pointer, capacity) = try BufferPool.allocate(count: count)
        self.count = count
        MemoryLedger.add(capacity * 4)
    }

    /// How many times the contents were changed in place: autograd refuses a value that has changed since it was read.
    public var version: Int { state.withLock { $0.version } }

    /// The counter of changes, which the graph can hold without the storage, so that the elements can be freed.
    var changes: ChangeCounter {
        state.withLock { state in
            let changes = state.changes ?? ChangeCounter(count: state.version)
            state.changes = changes
            return changes
        }
    }

    /// The packed forms of the elements as weights of convolutions, until they change.
    var packedWeightsCache: PackedWeightsCache {
        state.withLock { state in
            let cache = state.weights ?? PackedWeightsCache()
            state.weights = cache
            return cache
        }
    }

    /// Counts a change in place.
    func noteChange() {
        state.withLock { state in
            state.version += 1
            state.changes?.count = state.version
            state.weights = nil
        }
    }

    deinit {
        MemoryLedger.add(-capacity * 4)
        BufferPool.release(pointer, capacity: capacity)
    }
}

/// The number of changes in place that a storage has seen.
final class ChangeCounter {
    var count: Int

    init(count: Int) { self.count = count }
}
