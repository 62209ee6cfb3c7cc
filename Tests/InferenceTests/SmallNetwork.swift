import Layers
import Support
import Tensors

/// A layer that changes nothing, and is interrupted after some calls; files do not keep how many.
final class Stopping: DeclaredLayer {
    static let declarations = [LayerDeclaration("Stopping", "Stops.")]

    var callsLeft = Int.max

    init() {}

    init(_ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder) throws(TensorError) {}

    var configuration: Configuration { Configuration(kind: "Stopping") }

    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        guard callsLeft > 0 else { throw .interrupted }
        callsLeft -= 1
        return input
    }
}

/// Makes the layers of small networks from files.
let smallNetworkDecoder = LayerDecoder.standard.adding(Stopping.self)

/// A 1x1x1 convolution with a bias.
func pointwise(_ inputs: Int, _ outputs: Int, _ generator: RandomGenerator) throws -> Convolution {
    try Convolution(
        ConvolutionSpecification(dimensions: 3, inputChannels: inputs, outputChannels: outputs, kernelSize: [1]),
        generator: generator)
}

/// A network of two classes with dropout, whose last convolution has 4 inputs.
func smallNetwork(seed: UInt64) throws -> Sequential {
    let generator = RandomGenerator(seed: seed)
    let first = try Convolution(
        ConvolutionSpecification(dimensions: 3, inputChannels: 1, outputChannels: 4, kernelSize: [3], padding: [1]),
        generator: generator)
    return try Sequential([
        first, Activation(.elu), Dropout(0.3, dimensions: 3, generator: generator), pointwise(4, 2, generator),
        Stopping(),
    ])
}

/// A volume of random numbers.
func smallVolume() throws -> Tensor { try Tensor.randn([1, 1, 3, 4, 3], generator: RandomGenerator(seed: 52)) }
