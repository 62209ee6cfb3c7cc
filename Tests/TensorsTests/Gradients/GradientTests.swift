import Tensors
import Testing

/// The derivative of every operation against differences; an operation without a case here does not compile.
@Suite struct GradientTests {
    @Test(arguments: Operation.allCases)
    func derivative(_ operation: Operation) throws {
        let cases = Self.cases(operation)
        #expect(!cases.isEmpty)
        for (number, example) in cases.enumerated() { try example.check(operation, seed: UInt64(number + 1)) }
    }

    /// A derivative that held on to the inputs would keep them for ever once one of them is written over by the result.
    @Test(arguments: Operation.allCases)
    func graphsOfInputsWrittenOverAreFreed(_ operation: Operation) throws {
        for example in Self.cases(operation) {
            weak var node: Node?
            do {
                let result = try example.writingOverInputs()
                #expect(result.contains(operation))
                node = result.node
                #expect(node != nil)
            }
            #expect(node == nil, "\(operation)")
        }
    }

    static func cases(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .add, .subtract, .multiply, .divide, .remainder, .fmod, .power, .atan2, .maximum, .minimum, .select:
            arithmetic(operation)
        case .exp, .expm1, .log, .log1p, .log2, .log10, .sqrt, .rsqrt, .square, .reciprocal, .abs, .sin, .cos, .tan,
            .atan, .relu, .elu, .gelu, .silu, .softplus, .sigmoid, .tanh, .erf, .erfc, .erfinv, .logGamma, .digamma,
            .floor, .ceil,
            .round, .trunc, .sign:
            elementwise(operation)
        case .negate, .powerScalar, .scale, .offset, .clamp, .leakyRelu, .prelu, .nanToNum: withNumbers(operation)
        case .sum, .mean, .variance, .standardDeviation, .norm, .max, .min, .logSumExp, .softmax, .logSoftmax:
            reductions(operation)
        case .gammainc, .betainc, .standardGamma: distributions(operation)
        case .cumsum, .cumprod, .logCumSumExp, .product, .median, .gather, .scatter, .scatterAdd: orders(operation)
        case .copy, .reshape, .permute, .expand, .slice, .indexSelect, .concatenate, .pad, .flip: views(operation)
        case .assign, .asStrided, .indexPut: changes(operation)
        case .matmul, .linear, .diagonal, .distances: products(operation)
        case .solve, .solveTriangular, .cholesky, .determinant, .logDeterminant, .leastSquares: linearSystems(operation)
        case .eigenvalues, .eigenvectors, .leftSingularVectors, .singularValues, .rightSingularVectors,
            .orthogonalFactor, .triangularFactor, .vectorNorm:
            factors(operation)
        case .convolution, .transposedConvolution, .bayesianConvolution: convolutions(operation)
        case .instanceNorm, .groupNorm, .layerNorm, .batchNorm: normalisations(operation)
        case .maxPool, .averagePool, .upsample: spatial(operation)
        case .crossEntropy, .diceLoss, .regionLoss, .factorisedLikelihood, .pooledEncoding: losses(operation)
        }
    }
}
