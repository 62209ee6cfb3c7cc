import Kernels

/// Averages over windows of an image (N x C x H x W) or a volume (N x C x D x H x W).
extension Tensor {
    /// The average of each window.
    ///
    /// The output has floor((size + 2 padding - kernelSize) / stride) + 1 elements in each direction.
    /// - Parameters:
    ///   - kernelSize: The window, one number for all directions or one for each.
    ///   - stride: The step from window to window; `kernelSize` by default.
    ///   - padding: The zeros around the input, at most half of the window.
    ///   - ceilMode: Whether the quotient is rounded up, so that a window may reach beyond the padding; none begins
    ///     there.
    ///   - countIncludePad: Whether zeros of the padding count in the average.
    ///   - divisorOverride: What sums are divided by instead of the number of elements.
    public func averagePool(
        kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceilMode: Bool = false,
        countIncludePad: Bool = true, divisorOverride: Int? = nil
    ) throws(TensorError) -> Tensor {
        let arguments = try SpatialArguments("avg_pool", input: self)
        let (kernel, step, border) = try arguments.window(kernelSize, stride: stride, padding: padding)
        if let divisorOverride { try positive(divisorOverride, arguments.operation, "divisor_override") }
        try arguments.checkFit(kernel, padding: border)
        func windows(
            _ inputs: Int, _ kernel: Int, _ stride: Int, _ padding: Int
        ) throws(TensorError) -> AverageWindows {
            let room = inputs + 2 * padding - kernel
            var count = (ceilMode ? room + stride - 1 : room) / stride + 1
            // The last window must begin within the input or the padding before it.
            if ceilMode, (count - 1) * stride >= inputs + padding { count -= 1 }
            try Self.requireMemory(windows: count, of: inputs)
            return AverageWindows(
                inputs: inputs, count: count, kernel: kernel, stride: stride, padding: padding,
                countsPadding: countIncludePad)
        }
        let size = arguments.inputSize
        var depth = try windows(size.depth, kernel.depth, step.depth, border.depth)
        var height = try windows(size.height, kernel.height, step.height, border.height)
        var width = try windows(size.width, kernel.width, step.width, border.width)
        if let divisorOverride {
            depth = depth.divided(by: divisorOverride)
            (height, width) = (height.divided(by: 1), width.divided(by: 1))
        }
        return try averaged(depth, height, width, arguments)
    }

    /// The averages of windows that cover the input evenly, `outputSize` of them in each direction; they overlap where
    /// the input's size is no multiple of that.
    public func adaptiveAveragePool(outputSize: [Int]) throws(TensorError) -> Tensor {
        let arguments = try SpatialArguments("adaptive_avg_pool", input: self)
        let count = try arguments.size("output_size", outputSize, minimum: 1, depth: 1)
        func windows(_ inputs: Int, _ count: Int) throws(TensorError) -> AverageWindows {
            try Self.requireMemory(windows: count, of: inputs)
            return AverageWindows(inputs: inputs, count: count)
        }
        let size = arguments.inputSize
        return try averaged(
            windows(size.depth, count.depth), windows(size.height, count.height), windows(size.width, count.width),
            arguments)
    }

    /// The bounds and shares of windows, and what is known of each element of the input, take memory, too.
    private static func requireMemory(windows: Int, of inputs: Int) throws(TensorError) {
        try Shape.requireMemory(windows + inputs, 2 * MemoryLayout<Range<Int>>.stride)
    }

    private func averaged(
        _ depth: AverageWindows, _ height: AverageWindows, _ width: AverageWindows, _ arguments: SpatialArguments
    ) throws(TensorError) -> Tensor {
        let pooling = AveragePooling(batch: shape[0], channels: shape[1], depth: depth, height: height, width: width)
        let target =
            [shape[0], shape[1]]
            + arguments.dimensions(Size3(depth.ranges.count, height.ranges.count, width.ranges.count))
        let result = try Tensor(uninitialised: target, strides: Shape.channelsLastStrides(target))
        let input = try detached().channelsLast()
        withExtendedLifetime(input) { pooling.forward(input: input.pointer, output: result.pointer) }
        let shape = shape
        return try result.recorded(.averagePool, [self], keeping: []) { gradient throws(TensorError) in
            let arranged = try gradient.channelsLast()
            let inputGradient = try Tensor(uninitialised: shape, strides: Shape.channelsLastStrides(shape))
            pooling.backward(outputGradient: arranged.pointer, inputGradient: inputGradient.pointer)
            return [inputGradient]
        }
    }
}
