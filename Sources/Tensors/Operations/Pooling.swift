import Kernels

extension Tensor {
    /// The largest element of each window of an image (N x C x H x W) or a volume (N x C x D x H x W).
    ///
    /// Among equal elements the first one gets the gradient. The output has floor((size + 2 padding - kernelSize) /
    /// stride) + 1 elements in each direction.
    /// - Parameters:
    ///   - kernelSize: The window, one number for all directions or one for each.
    ///   - stride: The step from window to window; `kernelSize` by default.
    ///   - padding: How far windows reach over the border, at most half of their size; nothing there is ever chosen.
    public func maxPool(
        kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0]
    ) throws(TensorError) -> Tensor {
        let arguments = try SpatialArguments("max_pool", input: self)
        let (kernel, step, border) = try arguments.window(kernelSize, stride: stride, padding: padding)
        try arguments.checkFit(kernel, padding: border)
        try require(
            kernel.volume <= 1 << 24, arguments.operation, "kernel_size", kernelSize,
            expected: "a window of at most \(1 << 24) voxels")
        let pooling = MaxPooling(
            batch: shape[0], channels: shape[1], inputSize: arguments.inputSize, kernelSize: kernel, stride: step,
            padding: border)
        let target = [shape[0], shape[1]] + arguments.dimensions(pooling.outputSize)
        let result = try Tensor(uninitialised: target, strides: Shape.channelsLastStrides(target))
        let input = try detached().channelsLast()
        pooling.forward(input: input.pointer, output: result.pointer)
        let shape = shape
        return try result.recorded(.maxPool, [self]) { gradient throws(TensorError) in
            let arranged = try gradient.channelsLast()
            let inputGradient = try Tensor(uninitialised: shape, strides: Shape.channelsLastStrides(shape))
            pooling.backward(
                input: input.pointer, outputGradient: arranged.pointer, inputGradient: inputGradient.pointer)
            return [inputGradient]
        }
    }
}
