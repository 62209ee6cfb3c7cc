import Support

/// Convolutions and their gradients over contiguous channels-last activations.
///
/// The order of every sum is fixed by the geometry alone, so the results have the same bits with any number of threads.
/// An interrupt leaves results unfinished: the caller then discards them. Results may not overlap arguments.
public enum Convolution {
    /// Overwrites `output` with the convolution of `input` with `weight`, plus `bias` where there is one:
    /// output[n, p, o] = bias[o] + sum over c and t of input[n, stride p + t - padding, c] weight[o, c, t].
    ///
    /// With `kept`, which belongs to `weight`, their arrangement is not made again at each call.
    public static func forward(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        weight: UnsafePointer<Float>, kept: KeptWeights? = nil, bias: UnsafePointer<Float>? = nil,
        output: UnsafeMutablePointer<Float>
    ) {
        GatherPlan(forward: geometry, transform: transform)
            .run([
                GatherTerm(
                    source: input, transform: transform, weight: WeightSource(values: weight, kept: kept), bias: bias,
                    target: output)
            ])
    }

    /// Overwrites `inputGradient` with the gradient of the convolution with respect to its (transformed) input.
    ///
    /// This is also a transposed convolution, which may have a `bias` for each of its output channels (the geometry's
    /// input channels).
    public static func backwardData(
        _ geometry: ConvolutionGeometry, outputGradient: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        kept: KeptWeights? = nil, bias: UnsafePointer<Float>? = nil, inputGradient: UnsafeMutablePointer<Float>
    ) {
        GatherPlan(backwardData: geometry)
            .run([
                GatherTerm(
                    source: outputGradient, weight: WeightSource(values: weight, kept: kept), bias: bias,
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
        let plan = GatherPlan(forward: geometry, transform: transform)
        func winograd<Tile: TileShape>(_: Tile.Type) {
            WinogradWeightGradient<Tile>(plan, transform: transform)
                .run(source: input, targetGradient: outputGradient, weightGradient: weightGradient)
        }
        switch plan.winogradGradientTiles {
        case .short: winograd(ShortTile.self)
        case .long: winograd(LongTile.self)
        case .wide: winograd(WideTile.self)
        case nil:
            WeightGradient(plan, transform: transform)
                .run(source: input, targetGradient: outputGradient, weightGradient: weightGradient)
        }
    }

    /// Overwrites `biasGradient` with the sum over all `positions` of a gradient of `channels` channels.
    public static func backwardBias(
        positions: Int, channels: Int, outputGradient: UnsafePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
    ) {
        // Short sums of floats, added up as doubles, stay exact enough however many positions there are.
        let chunk = 1024
        let chunks = (positions + chunk - 1) / chunk
        Scratch.withFloats(chunks * channels) { sums in
            ThreadPool.shared.run(chunks) { task in
                let sum = sums + task * channels
                sum.update(repeating: 0, count: channels)
                for position in task * chunk..<min((task + 1) * chunk, positions) {
                    let row = outputGradient + position &* channels
                    for channel in 0..<channels { sum[channel] += row[channel] }
                }
            }
            for channel in 0..<channels {
                var total = 0.0
                for task in 0..<chunks { total += Double(sums[task * channels + channel]) }
                biasGradient[channel] = Float(total)
            }
        }
    }
}
