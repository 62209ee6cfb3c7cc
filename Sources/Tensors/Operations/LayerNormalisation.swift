import Kernels

extension Tensor {
    /// Layer normalisation (Ba, Kiros and Hinton 2016): the elements of the last dimensions, whose sizes are
    /// `normalizedShape`, of each index of the others.
    ///
    /// - Parameters:
    ///   - weight: What each of those elements is multiplied by, of that shape; 1 by default.
    ///   - bias: What is added to each of them; 0 by default.
    ///   - epsilon: What is added to the variance.
    public func layerNorm(
        _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Float = 1e-5
    ) throws(TensorError) -> Tensor {
        guard !normalizedShape.isEmpty, Array(shape.suffix(normalizedShape.count)) == normalizedShape else {
            throw .shape(
                operation: "layer_norm", parameter: "input", shape: shape,
                expected: "the last sizes \(normalizedShape.shapeText), as normalized_shape says")
        }
        for (name, tensor) in [("weight", weight), ("bias", bias)] {
            guard let tensor, tensor.shape != normalizedShape else { continue }
            throw .shape(
                operation: "layer_norm", parameter: name, shape: tensor.shape, expected: normalizedShape.shapeText)
        }
        try Self.requireEpsilon(epsilon, "layer_norm")
        let features = normalizedShape.reduce(1, *)
        let kernel = LayerNormalisation(rows: count / Swift.max(features, 1), features: features)
        try Shape.requireMemory(kernel.parts, features, 2 * MemoryLayout<Double>.stride)
        let (input, scale, shift) = (
            try detached().contiguous(), try weight?.detached().contiguous(), try bias?.detached().contiguous()
        )
        let means = try Tensor(uninitialised: [kernel.rows])
        let inverseDeviations = try Tensor(uninitialised: [kernel.rows])
        let result = try Tensor(uninitialised: shape)
        withExtendedLifetime((input, scale, shift)) {
            kernel.forward(
                input: input.pointer, weight: scale?.pointer, bias: shift?.pointer, epsilon: epsilon,
                means: means.pointer, inverseDeviations: inverseDeviations.pointer, output: result.pointer)
        }
        let wanted = (
            input: requiresGradient, weight: weight.map(\.requiresGradient), bias: bias.map(\.requiresGradient)
        )
        let inputs = [self] + [weight, bias].compactMap { $0 }
        return try result.recorded(.layerNorm, inputs, keeping: [self] + [weight].compactMap { $0 }) {
            gradient throws(TensorError) in
            let gradient = try gradient.contiguous()
            let inputGradient = wanted.input ? try Tensor(uninitialised: input.shape) : nil
            let areSumsWanted = wanted.weight == true || wanted.bias == true
            let (weightSums, biasSums) = (
                try Tensor(uninitialised: areSumsWanted ? normalizedShape : [0]),
                try Tensor(uninitialised: areSumsWanted ? normalizedShape : [0])
            )
            withExtendedLifetime((gradient, input, scale, means, inverseDeviations)) {
                if let inputGradient {
                    kernel.backward(
                        input: input.pointer, weight: scale?.pointer, means: means.pointer,
                        inverseDeviations: inverseDeviations.pointer, outputGradient: gradient.pointer,
                        inputGradient: inputGradient.pointer)
                }
                if areSumsWanted {
                    kernel.parameterGradients(
                        input: input.pointer, means: means.pointer, inverseDeviations: inverseDeviations.pointer,
                        outputGradient: gradient.pointer, weightGradient: weightSums.pointer,
                        biasGradient: biasSums.pointer)
                }
            }
            var gradients = [inputGradient]
            if let isWanted = wanted.weight { gradients.append(isWanted ? weightSums : nil) }
            if let isWanted = wanted.bias { gradients.append(isWanted ? biasSums : nil) }
            return gradients
        }
    }
}
