import Kernels

extension Tensor {
    /// An image (N x C x H x W) or volume (N x C x D x H x W) `scale` times larger in each direction, by bilinear or
    /// trilinear interpolation.
    ///
    /// - Parameters:
    ///   - scale: The factor, 1 or more.
    ///   - alignCorners: Whether the centres of the corner voxels keep their places; else the borders do.
    ///   - skip: What is added to the result in the same pass, of its shape.
    public func upsampled(
        scale: Int, alignCorners: Bool, adding skip: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        let arguments = try SpatialArguments("upsample", input: self)
        let factor = try arguments.size("scale", [scale], minimum: 1, depth: 1)
        let target = [shape[0], shape[1]] + shape[2...].map { $0 * scale }
        if let skip, skip.shape != target {
            throw .shape(
                operation: arguments.operation, parameter: "skip", shape: skip.shape, expected: target.shapeText)
        }
        // A factor of 1 copies: interpolation would multiply a neighbour by 0, and NaN would come through.
        if scale == 1 { return if let skip { try self + skip } else { try scaled(by: 1) } }
        let result = try Tensor(uninitialised: target, strides: Shape.channelsLastStrides(target))
        let input = try detached().channelsLast()
        let added = try skip?.detached().channelsLast()
        let upsampling = LinearUpsampling(
            batch: shape[0], channels: shape[1], inputSize: arguments.inputSize, scale: factor,
            alignCorners: alignCorners)
        upsampling.forward(input: input.pointer, adding: added?.pointer, output: result.pointer)
        let inputs = if let skip { [self, skip] } else { [self] }
        let operand = GradientTarget(self)
        return try result.recorded(.upsample, inputs, keeping: []) { gradient throws(TensorError) in
            guard operand.requiresGradient else { return [nil, gradient] }
            let arranged = try gradient.channelsLast()
            let inputGradient = try Tensor(
                uninitialised: operand.shape, strides: Shape.channelsLastStrides(operand.shape))
            upsampling.backward(outputGradient: arranged.pointer, inputGradient: inputGradient.pointer)
            return [inputGradient, gradient]
        }
    }
}
