import Support
import Synchronization

/// The forms in which kernels read some weights, each kept from its second use on.
///
/// Weights that stay as they are over many calls, as in inference and in a frozen prior, are so arranged once only, while
/// those that are trained leave nothing behind. Whoever owns the weights keeps one of these until they change.
public final class KeptWeights: Sendable {
    /// What an arrangement depends on, besides the weights' values.
    struct Form: Hashable, Sendable {
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

    private let states = Mutex<[Form: State]>([:])

    /// Keeps nothing yet.
    public init() {}

    deinit {
        MemoryLedger.add(-states.withLock { $0.values.reduce(0) { $0 &+ $1.bytes } })
    }

    /// The floats that were kept for `form`, or `count` new ones that `fill` arranges.
    func floats(_ form: Form, count: Int, fill: (UnsafeMutablePointer<Float>) -> Void) -> Scratch.Floats {
        let state = states.withLock { states in
            let state = states[form]
            if state == nil { states[form] = .used }
            return state
        }
        if case .kept(let floats) = state { return floats }
        let floats = Scratch.Floats(count: count)
        fill(floats.start)
        // An interrupt leaves them unfinished.
        guard state != nil, !Interrupt.isRequested else { return floats }
        return states.withLock { states in
            // Another thread may have been faster.
            if case .kept(let first) = states[form] { return first }
            states[form] = .kept(floats)
            MemoryLedger.add(floats.count &* MemoryLayout<Float>.stride)
            return floats
        }
    }
}

/// The weights of a convolution, and what was kept of their arrangements.
struct WeightSource {
    let values: UnsafePointer<Float>
    var kept: KeptWeights?

    /// `count` floats that `fill` arranges for a plan, or has arranged before.
    func floats(
        for plan: GatherPlan, width: Int, tileElements: Int, count: Int,
        fill: (UnsafeMutablePointer<Float>) -> Void
    ) -> Scratch.Floats {
        guard let kept else {
            let floats = Scratch.Floats(count: count)
            fill(floats.start)
            return floats
        }
        let form = KeptWeights.Form(
            weight: UInt(bitPattern: values),
            taps: plan.phases.flatMap { [$0.depth.taps, $0.height.taps, $0.width.taps] },
            kernelSize: plan.kernelSize, sourceChannels: plan.sourceChannels, targetChannels: plan.targetChannels,
            targetStride: plan.weightStride.target, width: width, tileElements: tileElements)
        return kept.floats(form, count: count, fill: fill)
    }
}
