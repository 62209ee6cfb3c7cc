import Kernels

extension Tensor {
    /// -log p(w | z) of each of n kernels w, n numbers, where this tensor holds the codes z, n x the decoder's codes.
    ///
    /// - Parameters:
    ///   - kernels: n x the decoder's elements, in any number of dimensions.
    ///   - decoder: p(w | z); its weights get no gradient.
    public func negativeLogLikelihood(
        of kernels: Tensor, decoder: FactorisedDecoder
    ) throws(TensorError) -> Tensor {
        let count = shape.first ?? 0
        guard self.count == count * decoder.codes, rank >= 1 else {
            throw .shape(
                operation: "negative_log_likelihood", parameter: "codes", shape: shape,
                expected: "n x \(decoder.codes)")
        }
        guard kernels.rank >= 1, kernels.shape[0] == count, kernels.count == count * decoder.elements else {
            throw .shape(
                operation: "negative_log_likelihood", parameter: "kernels", shape: kernels.shape,
                expected: "\(count) x \(decoder.elements)")
        }
        let codes = try detached().contiguous()
        let values = try kernels.detached().contiguous()
        let result = try Tensor(uninitialised: [count])
        // Each result depends on one code and one kernel, so the backward pass has only to scale these gradients.
        let isRecorded = GradientMode.isEnabled && (requiresGradient || kernels.requiresGradient)
        let gradients = isRecorded ? try (Tensor(uninitialised: shape), Tensor(uninitialised: kernels.shape)) : nil
        withExtendedLifetime((codes, values, gradients)) {
            decoder.negativeLogLikelihood(
                count: count, codes: codes.pointer, kernels: values.pointer, result: result.pointer,
                gradients: gradients.map { .init(codes: $0.0.pointer, kernels: $0.1.pointer) })
        }
        let targets = (GradientTarget(self), GradientTarget(kernels))
        return try result.recorded(.factorisedLikelihood, [self, kernels], keeping: []) {
            gradient throws(TensorError) in
            func scaled(_ rows: Tensor, _ target: GradientTarget) throws(TensorError) -> Tensor? {
                let perRow = [count] + [Int](repeating: 1, count: rows.rank - 1)
                return try target.requiresGradient ? rows * gradient.contiguous().viewed(as: perRow) : nil
            }
            guard let gradients else { return [nil, nil] }
            return [try scaled(gradients.0, targets.0), try scaled(gradients.1, targets.1)]
        }
    }
}

extension Tensor {
    /// The outputs of `encoder`, n x their number, for the n kernels that this tensor holds, n x 3 x 3 x 3.
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
