import Kernels
import Support
import Synchronization

/// A block of floats that tensors share: aligned to 64 bytes, counted in `MemoryLedger`, reused when it is freed.
public final class Storage {
    /// The first element; there are `count`.
    public let pointer: UnsafeMutablePointer<Float>
    /// The number of elements.
    public let count: Int
    /// How many times the contents were changed in place: autograd refuses a value that has changed since it was read.
    public var version: Int { changes.count }
    /// Counts the changes, and outlives the elements where the graph only has to know of changes.
    let changes = ChangeCounter()
    /// When it was made, as `OperationProfile` counts.
    let moment = OperationProfile.moment
    private let capacity: Int
    private let kept = Mutex<(version: Int, weights: KeptWeights)?>(nil)

    /// Reserves `count` elements, which hold anything at first.
    ///
    /// Before it fails, memory that is no longer reachable is reclaimed.
    public init(count: Int) throws(TensorError) {
        (pointer, capacity) = try BufferPool.allocate(count: count)
        self.count = count
        MemoryLedger.add(capacity * 4)
    }

    /// What convolutions keep of the elements as weights, until they change.
    var keptWeights: KeptWeights {
        kept.withLock { kept in
            if let kept, kept.version == version { return kept.weights }
            let weights = KeptWeights()
            kept = (version, weights)
            return weights
        }
    }

    deinit {
        MemoryLedger.add(-capacity * 4)
        BufferPool.release(pointer, capacity: capacity)
    }
}

/// The number of changes in place that a storage has seen.
final class ChangeCounter {
    var count = 0
}
