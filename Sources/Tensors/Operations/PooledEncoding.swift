import Kernels

extension Tensor {
    /// What an encoder says of each of n kernels, which this tensor holds, n x 3 x 3 x 3: n x the encoder's outputs.
    ///
    /// - Parameter encoder: Its weights get no gradient.
    public func encoded(by encoder: PooledEncoder) throws(TensorError) -> Tensor {
        let count = shape.first ?? 0
        guard rank >= 1, self.count == count * PooledEncoder.inputs else {
            throw .shape(
                operation: "encoded", parameter: "kernels", shape: shape, expected: "n x \(PooledEncoder.inputs)")
        }
        let values = try detached().contiguous()
        let result = try Tensor(uninitialised: [count, encoder.outputs])
        let activations = try Tensor(uninitialised: [encoder.activationCount(count)])
        withExtendedLifetime((values, activations)) {
            encoder.forward(
                count: count, kernels: values.pointer, activations: activations.pointer, result: result.pointer)
        }
        let shape = self.shape
        return try result.recorded(.pooledEncoding, [self], keeping: []) { gradient throws(TensorError) in
            let gradient = try gradient.contiguous()
            let inputGradient = try Tensor(uninitialised: shape)
            withExtendedLifetime((gradient, activations)) {
                encoder.backward(
                    count: count, activations: activations.pointer, outputGradient: gradient.pointer,
                    inputGradient: inputGradient.pointer)
            }
            return [inputGradient]
        }
    }
}
