import Support
import Tensors

/// Joins the results of a function on the windows of a volume; where windows overlap, it takes their weighted mean.
///
///     let blend = try WindowBlend(volume, SlidingWindow(size: [64, 64, 64]))
///     for start in blend.starts { try blend.add(network(blend.window(at: start)), at: start) }
///     let result = try blend.mean()
///
/// No gradient flows through.
public final class WindowBlend {
    /// The first voxel of each window, in the volume padded to hold at least one.
    public let starts: [[Int]]
    private let sliding: SlidingWindow
    private let volume: Tensor
    /// How many voxels were added before and after the volume's own, along its five dimensions.
    private let padding: (before: [Int], after: [Int])
    private let weights: [Float]
    /// The sum of weighted results, N x K x D x H x W; nil before the first.
    private var sum: Tensor?
    /// The sum of weights at each voxel, D x H x W.
    private let total: Tensor

    /// Prepares the windows of `volume`, N x C x D x H x W; a side shorter than the window is padded with 0 on both
    /// ends.
    public init(_ volume: Tensor, _ sliding: SlidingWindow) throws(TensorError) {
        guard volume.rank == 5, volume.count > 0 else {
            throw .shape(
                operation: "sliding_window", parameter: "volume", shape: volume.shape, expected: "N x C x D x H x W")
        }
        let missing = (0..<3).map { max(0, sliding.size[$0] - volume.shape[2 + $0]) }
        padding = ([0, 0] + missing.map { $0 / 2 }, [0, 0] + missing.map { $0 - $0 / 2 })
        self.sliding = sliding
        let detached = volume.detached()
        self.volume =
            missing == [0, 0, 0] ? detached : try detached.padded(before: padding.before, after: padding.after)
        let shape = Array(self.volume.shape[2...])
        try Shape.requireMemory(sliding.bytes(in: shape))
        starts = sliding.starts(in: shape)
        weights = sliding.weights
        total = try Tensor.zeros(shape)
    }

    /// The window of the volume that begins at `start`.
    public func window(at start: [Int]) throws(TensorError) -> Tensor {
        let before = start.map { -$0 }
        let after = (0..<3).map { (axis: Int) -> Int in start[axis] + sliding.size[axis] - volume.shape[2 + axis] }
        return try volume.padded(before: [0, 0] + before, after: [0, 0] + after)
    }

    /// Adds the function's result on the window at `start`: N x K x the window's size, with the same K for all.
    public func add(_ result: Tensor, at start: [Int]) throws(TensorError) {
        let classes = sum?.shape[1] ?? (result.rank == 5 ? max(result.shape[1], 1) : 1)
        let expected = [volume.shape[0], classes] + sliding.size
        guard result.shape == expected else {
            throw .shape(
                operation: "sliding_window", parameter: "the function's result", shape: result.shape,
                expected: expected.shapeText)
        }
        let sum = if let sum { sum } else { try Tensor.zeros([volume.shape[0], classes] + volume.shape[2...]) }
        self.sum = sum
        add(try result.detached().contiguous(), to: sum, at: start)
        add(nil, to: total, at: start)
        if Interrupt.isRequested { throw .interrupted }
    }

    /// Forgets what was added, to begin again with another function.
    public func restart() throws(TensorError) {
        try sum?.fill(0)
        try total.fill(0)
    }

    /// The sum of weights times results, N x K x D x H x W, and the sum of weights, D x H x W, as views of the memory
    /// that results are added to; throws where none was added.
    public func weightedSum() throws(TensorError) -> (sum: Tensor, weights: Tensor) {
        guard let sum else {
            throw .argument(
                operation: "sliding_window", parameter: "places", value: "unvisited", expected: "one result each")
        }
        return (try cropped(sum), try cropped(total))
    }

    /// The weighted mean of the results, N x K x D x H x W; throws where none was added.
    public func mean() throws(TensorError) -> Tensor {
        let (sum, weights) = try weightedSum()
        return try sum / weights
    }

    /// The part of maps of the padded volume that is of the volume itself, which their last three dimensions count.
    private func cropped(_ maps: Tensor) throws(TensorError) -> Tensor {
        var result = maps
        for axis in 2..<5 where padding.before[axis] + padding.after[axis] > 0 {
            result = try result.slice(axis - 5, padding.before[axis] + 1, volume.shape[axis] - padding.after[axis])
        }
        return result
    }

    /// Adds weights times the contiguous `values` of a window (nil: the weights alone) to the maps of `target`.
    private func add(_ values: Tensor?, to target: Tensor, at start: [Int]) {
        let (d, h, w) = (sliding.size[0], sliding.size[1], sliding.size[2])
        let shape = total.shape
        let (source, sums) = (values?.pointer, target.pointer)
        withExtendedLifetime((values, target)) {
            weights.withUnsafeBufferPointer { weights in
                // A task is one plane of one map.
                ThreadPool.shared.run(target.count / total.count * d) { task in
                    let (map, z) = task.quotientAndRemainder(dividingBy: d)
                    for y in 0..<h {
                        let row = ((map * shape[0] + start[0] + z) * shape[1] + start[1] + y) * shape[2] + start[2]
                        let from = (z * h + y) * w
                        if let source {
                            for x in 0..<w { sums[row + x] += weights[from + x] * source[map * d * h * w + from + x] }
                        } else {
                            for x in 0..<w { sums[row + x] += weights[from + x] }
                        }
                    }
                }
            }
        }
    }
}
