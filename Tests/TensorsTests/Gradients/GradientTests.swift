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

    static func cases(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .select: arithmetic(operation)
        case .negate, .exp, .log, .sqrt, .square, .abs, .sin, .cos, .powerScalar, .scale, .offset, .clamp:
            functions(operation)
        case .relu, .leakyRelu, .elu, .softplus, .sigmoid, .tanh: activations(operation)
        case .sum, .mean, .variance, .max, .min, .logSumExp, .softmax, .logSoftmax: reductions(operation)
        case .copy, .reshape, .permute, .expand, .slice, .indexSelect, .concatenate, .pad, .flip: views(operation)
        case .matmul, .linear: products(operation)
        case .convolution, .transposedConvolution, .bayesianConvolution: convolutions(operation)
        case .instanceNorm, .maxPool, .upsample: spatial(operation)
        case .crossEntropy, .diceLoss, .placewiseLikelihood, .pooledEncoding: losses(operation)
        }
    }
}
