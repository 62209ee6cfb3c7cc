import Support
import Synchronization

/// The packed forms of some weights, each kept from its second use on.
///
/// Packing or transforming weights takes as long as multiplying a few hundred positions by them. Weights that stay as
/// they are over many calls, as in inference and in a frozen prior, are packed twice at most; those that are trained
/// change before their second use and take no memory here. The owner of the weights replaces the cache when they
/// change.
public final class PackedWeightsCache: Sendable {
    /// What a packed form depends on, besides the weights' values.
    struct Key: Hashable, Sendable {
        /// The address of the first weight.
        let weight: UInt
        /// The taps of each phase and direction.
        let taps: [[Int]]
        let kernelSize: Size3
        let sourceChannels: Int
        let targetChannels: Int
        /// The step between weights of neighbouring target channels.
        let targetStride: Int
        /// The width of the first block.
        let width: Int
        /// The elements of a slice of the tiles for which they are transformed, or 0.
        let tileElements: Int
    }

    private enum State {
        case used
        case kept(Scratch.Floats)

        var bytes: Int {
            if case .kept(let floats) = self { floats.count &* MemoryLayout<Float>.stride } else { 0 }
        }
    }

    private let states = Mutex<[Key: State]>([:])

    /// Makes an empty cache.
    public init() {}

    deinit {
        MemoryLedger.add(-states.withLock { $0.values.reduce(0) { $0 &+ $1.bytes } })
    }

    /// The floats that are kept for `key`, or `count` new ones that `fill` sets.
    func floats(_ key: Key, count: Int, fill: (UnsafeMutablePointer<Float>) -> Void) -> Scratch.Floats {
        let state = states.withLock { states in
            let state = states[key]
            if state == nil { states[key] = .used }
            return state
        }
        if case .kept(let floats) = state { return floats }
        let floats = Scratch.Floats(count: count)
        fill(floats.start)
        // After an interrupt they may be unfinished.
        guard state != nil, !Interrupt.isRequested else { return floats }
        return states.withLock { states in
            // Another thread may have been faster.
            if case .kept(let first) = states[key] { return first }
            states[key] = .kept(floats)
            MemoryLedger.add(floats.count &* MemoryLayout<Float>.stride)
            return floats
        }
    }
}

/// The weights of a convolution, and the cache of their packed forms.
struct WeightSource {
    let values: UnsafePointer<Float>
    var cache: PackedWeightsCache?

    /// `count` floats that `fill` packs for a plan, or has packed before.
    func packed(
        for plan: ConvolutionPlan, width: Int, tileElements: Int, count: Int,
        fill: (UnsafeMutablePointer<Float>) -> Void
    ) -> Scratch.Floats {
        guard let cache else {
            let floats = Scratch.Floats(count: count)
            fill(floats.start)
            return floats
        }
        let key = PackedWeightsCache.Key(
            weight: UInt(bitPattern: values),
            taps: plan.phases.flatMap { [$0.depth.taps, $0.height.taps, $0.width.taps] },
            kernelSize: plan.kernelSize, sourceChannels: plan.sourceChannels, targetChannels: plan.targetChannels,
            targetStride: plan.weightStride.target, width: width, tileElements: tileElements)
        return cache.floats(key, count: count, fill: fill)
    }
}
