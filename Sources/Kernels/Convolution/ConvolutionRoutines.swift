/// Convolutions and their gradients over contiguous channels-last activations.
///
/// The order of every sum is fixed by the geometry alone, so the results have the same bits with any number of threads.
/// An interrupt leaves results unfinished: the caller then discards them. Results may not overlap arguments.
public enum ConvolutionRoutines {
    /// Overwrites `output` with the convolution of `input` with `weight`, plus `bias` where there is one:
    /// output[n, p, o] = bias[o] + sum over c and t of input[n, stride p + t - padding, c] weight[o, c, t].
    ///
    /// With a `cache`, which belongs to `weight`, the weights are not packed again at each call.
    public static func forward(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        weight: UnsafePointer<Float>, cache: PackedWeightsCache? = nil, bias: UnsafePointer<Float>? = nil,
        output: UnsafeMutablePointer<Float>
    ) {
        if ReferenceKernels.areInUse {
            return ReferenceConvolution.forward(
                geometry, input: input, transform: transform, weight: weight, bias: bias, output: output)
        }
        ConvolutionPlan(forward: geometry, transform: transform)
            .run([
                ConvolutionTerm(
                    source: input, transform: transform, weight: WeightSource(values: weight, cache: cache), bias: bias,
                    target: output)
            ])
    }

    /// Overwrites `inputGradient` with the gradient of the convolution with respect to its (transformed) input.
    ///
    /// This is also a transposed convolution, which may have a `bias` for each of its output channels (the geometry's
    /// input channels).
    public static func backwardData(
        _ geometry: ConvolutionGeometry, outputGradient: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        cache: PackedWeightsCache? = nil, bias: UnsafePointer<Float>? = nil, inputGradient: UnsafeMutablePointer<Float>
    ) {
        if ReferenceKernels.areInUse {
            return ReferenceConvolution.backwardData(
                geometry, outputGradient: outputGradient, weight: weight, bias: bias, inputGradient: inputGradient)
        }
        ConvolutionPlan(backwardData: geometry)
            .run([
                ConvolutionTerm(
                    source: outputGradient, weight: WeightSource(values: weight, cache: cache), bias: bias,
                    target: inputGradient)
            ])
    }

    /// Overwrites `weightGradient` with the gradient of the convolution with respect to its weights; the input is
    /// transformed as in the forward pass.
    public static func backwardWeight(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        outputGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>
    ) {
        guard geometry.batch > 0 else { return weightGradient.update(repeating: 0, count: geometry.weightCount) }
        if ReferenceKernels.areInUse {
            return ReferenceConvolution.backwardWeight(
                geometry, input: input, transform: transform, outputGradient: outputGradient,
                weightGradient: weightGradient)
        }
        let plan = ConvolutionPlan(forward: geometry, transform: transform)
        func winograd<Tile: WinogradTile>(_: Tile.Type) {
            WinogradWeightGradient<Tile>(plan, transform: transform)
                .run(source: input, targetGradient: outputGradient, weightGradient: weightGradient)
        }
        switch plan.winogradGradientTileSize {
        case .tile222: winograd(Tile222.self)
        case .tile224: winograd(Tile224.self)
        case .tile244: winograd(Tile244.self)
        case nil:
            DirectWeightGradient(plan, transform: transform)
                .run(source: input, targetGradient: outputGradient, weightGradient: weightGradient)
        }
    }
}

/// Convolutions with independent random weights: the mean and the variance of every output (local reparameterisation;
/// Kingma, Salimans and Welling, "Variational dropout and the local reparameterization trick", 2015).
///
/// The gradients of `weightMean` and `weightVariance` are those of `backwardWeight` with the input and with its square.
extension ConvolutionRoutines {
    /// Overwrites `mean` with the convolution of the (transformed) input with `weightMean`, and `variance` with that of
    /// its square with `weightVariance`.
    public static func forwardMoments(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        weightMean: UnsafePointer<Float>, weightVariance: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
        variance: UnsafeMutablePointer<Float>
    ) {
        if ReferenceKernels.areInUse {
            forward(geometry, input: input, transform: transform, weight: weightMean, output: mean)
            forward(geometry, input: input, transform: transform.squared, weight: weightVariance, output: variance)
            return
        }
        ConvolutionPlan(forward: geometry, transform: transform).run([
            ConvolutionTerm(
                source: input, transform: transform, weight: WeightSource(values: weightMean), target: mean),
            ConvolutionTerm(
                source: input, transform: transform.squared, weight: WeightSource(values: weightVariance),
                target: variance),
        ])
    }

    /// Overwrites `inputGradient` with the gradient of mean and variance with respect to the (transformed) input x: the
    /// transposed convolution of `meanGradient` with `weightMean`, plus 2 x times that of `varianceGradient` with
    /// `weightVariance`.
    public static func backwardMoments(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        meanGradient: UnsafePointer<Float>, varianceGradient: UnsafePointer<Float>, weightMean: UnsafePointer<Float>,
        weightVariance: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        if ReferenceKernels.areInUse {
            return ReferenceConvolution.backwardMoments(
                geometry, input: input, transform: transform, meanGradient: meanGradient,
                varianceGradient: varianceGradient, weightMean: weightMean, weightVariance: weightVariance,
                inputGradient: inputGradient)
        }
        let factor = TargetFactor(
            values: input, transform: transform, channels: geometry.inputChannels,
            volume: geometry.inputSize.volume &* geometry.inputChannels)
        ConvolutionPlan(backwardData: geometry).run([
            ConvolutionTerm(source: meanGradient, weight: WeightSource(values: weightMean), target: inputGradient),
            ConvolutionTerm(
                source: varianceGradient, weight: WeightSource(values: weightVariance), target: inputGradient,
                factor: factor),
        ])
    }
}
