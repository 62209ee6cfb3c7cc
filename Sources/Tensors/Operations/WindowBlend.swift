import Support

/// What a function makes of the windows of a volume, put together: where windows overlap, the mean by their weights.
///
///     let blend = try WindowBlend(volume, SlidingWindow(size: [64, 64, 64]))
///     for place in blend.places { try blend.add(network(blend.window(at: place)), at: place) }
///     let result = try blend.mean()
///
/// No gradient flows through.
public final class WindowBlend {
    /// The first voxels of the windows, in the volume padded to hold one.
    public let places: [[Int]]
    private let sliding: SlidingWindow
    private let volume: Tensor
    /// What was put before and after the volume's own voxels, along its five dimensions.
    private let padding: (before: [Int], after: [Int])
    private let weights: [Float]
    /// The sum of weighted results, N x K x D x H x W; nil before the first.
    private var sum: Tensor?
    /// The sum of weights, a number a voxel.
    private let total: Tensor

    /// Prepares to go through `volume`, N x C x D x H x W; a side shorter than the window is padded with 0 on both ends.
    public init(_ volume: Tensor, _ sliding: SlidingWindow) throws(TensorError) {
        guard volume.rank == 5, volume.count > 0 else {
            throw .shape(
                operation: "sliding_window", parameter: "volume", shape: volume.shape, expected: "N x C x D x H x W")
        }
        let missing = (0..<3).map { max(0, sliding.size[$0] - volume.shape[2 + $0]) }
        padding = ([0, 0] + missing.map { $0 / 2 }, [0, 0] + missing.map { $0 - $0 / 2 })
        self.sliding = sliding
        self.volume = try volume.detached().padded(before: padding.before, after: padding.after)
        let shape = Array(self.volume.shape[2...])
        try Shape.requireMemory(sliding.bytes(in: shape))
        places = sliding.places(in: shape)
        weights = sliding.weights
        total = try Tensor.zeros(shape)
    }

    /// The window of the volume that begins at `place`.
    public func window(at place: [Int]) throws(TensorError) -> Tensor {
        let after = (0..<3).map { place[$0] + sliding.size[$0] - volume.shape[2 + $0] }
        return try volume.padded(before: [0, 0] + place.map { -$0 }, after: [0, 0] + after)
    }

    /// Adds what the function made of the window at `place`: N x K x the window's size, with the same K for all.
    public func add(_ result: Tensor, at place: [Int]) throws(TensorError) {
        let classes = sum?.shape[1] ?? (result.rank == 5 ? max(result.shape[1], 1) : 1)
        let expected = [volume.shape[0], classes] + sliding.size
        guard result.shape == expected else {
            throw .shape(
                operation: "sliding_window", parameter: "the function's result", shape: result.shape,
                expected: expected.shapeText)
        }
        let sum = try sum(classes: classes)
        self.sum = sum
        add(try result.detached().contiguous(), to: sum, at: place)
        add(nil, to: total, at: place)
        if Interrupt.isRequested { throw .interrupted }
    }

    /// The weighted mean of what was added, N x K x D x H x W; throws where nothing was.
    public func mean() throws(TensorError) -> Tensor {
        guard let sum else {
            throw .argument(
                operation: "sliding_window", parameter: "places", value: "unvisited", expected: "one result each")
        }
        let mean = try sum / total
        return try mean.padded(before: padding.before.map { -$0 }, after: padding.after.map { -$0 })
    }

    private func sum(classes: Int) throws(TensorError) -> Tensor {
        if let sum { return sum }
        return try Tensor.zeros([volume.shape[0], classes] + volume.shape[2...])
    }

    /// Adds weights times the contiguous `values` of a window (nil: the weights alone) to the maps of `target`.
    private func add(_ values: Tensor?, to target: Tensor, at place: [Int]) {
        let (d, h, w) = (sliding.size[0], sliding.size[1], sliding.size[2])
        let shape = total.shape
        let (source, sums) = (values?.pointer, target.pointer)
        withExtendedLifetime((values, target)) {
            weights.withUnsafeBufferPointer { weights in
                // A task is one plane of one map.
                ThreadPool.shared.run(target.count / total.count * d) { task in
                    let (map, z) = task.quotientAndRemainder(dividingBy: d)
                    for y in 0..<h {
                        let row = ((map * shape[0] + place[0] + z) * shape[1] + place[1] + y) * shape[2] + place[2]
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
