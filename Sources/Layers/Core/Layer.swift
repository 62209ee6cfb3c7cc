import Support
import Tensors

/// A part of a network: a function of one tensor, its parameters, and the parts that it is made of.
///
/// Layers are final classes that hold what they need; nothing finds parameters by reflection. Names are those of
/// PyTorch state dictionaries, so that weights trained there load as they are.
public protocol Layer: AnyObject {
    /// The layer's result for `input`; what shapes it takes and gives depends on the layer.
    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor

    /// The layer's own parameters ("weight", "bias"), those of its children left out.
    var parameters: [(name: String, tensor: Tensor)] { get }

    /// The layer's own tensors that are kept with its parameters but are not trained ("running_mean"), those of its
    /// children left out.
    var buffers: [(name: String, tensor: Tensor)] { get }

    /// The layers that this one is made of, in order; a name with dots stands for a path.
    var children: [(name: String, layer: any Layer)] { get }

    /// One line that reads like the call that makes the layer: "Conv3d(16, 32, kernel_size = 3, stride = 2)".
    var summary: String { get }

    /// What a `LayerDecoder` needs to make a layer of the same kind and sizes.
    var configuration: Configuration { get }
}

/// A layer that computes otherwise while a network is trained than where it predicts, such as dropout.
public protocol ModalLayer: Layer {
    /// Whether the network is being trained; true at first.
    var isTraining: Bool { get set }
}

/// A layer that draws random numbers as it computes, such as dropout.
public protocol RandomLayer: Layer {
    /// Where they come from.
    var generator: RandomGenerator { get set }
}

extension Layer {
    /// No parameters.
    public var parameters: [(name: String, tensor: Tensor)] { [] }

    /// No buffers.
    public var buffers: [(name: String, tensor: Tensor)] { [] }

    /// No children.
    public var children: [(name: String, layer: any Layer)] { [] }

    /// This layer, under the empty path, and all that it is made of, each before its children.
    public var namedLayers: [(path: String, layer: any Layer)] {
        var result: [(path: String, layer: any Layer)] = [("", self)]
        for child in children {
            result += child.layer.namedLayers.map { (joined(child.name, $0.path), $0.layer) }
        }
        return result
    }

    /// All parameters with their dotted paths ("down1.conv_1.conv.2.weight"), in the order of the layers; one that has
    /// several paths stands under the first.
    public var namedParameters: [(name: String, tensor: Tensor)] {
        var found: Set<ObjectIdentifier> = []
        return parametersByPath.filter { found.insert(ObjectIdentifier($0.tensor)).inserted }
    }

    /// All parameters with their dotted paths, each as often as it has one.
    var parametersByPath: [(name: String, tensor: Tensor)] {
        namedLayers.flatMap { path, layer in layer.parameters.map { (joined(path, $0.name), $0.tensor) } }
    }

    /// All buffers with their dotted paths ("norm.running_mean"), in the order of the layers.
    public var namedBuffers: [(name: String, tensor: Tensor)] {
        namedLayers.flatMap { path, layer in layer.buffers.map { (joined(path, $0.name), $0.tensor) } }
    }

    /// All that a file of the layer keeps: parameters and buffers with their dotted paths, layer by layer.
    public var namedState: [(name: String, tensor: Tensor)] {
        namedLayers.flatMap { path, layer in
            (layer.parameters + layer.buffers).map { (joined(path, $0.name), $0.tensor) }
        }
    }

    /// Tells this layer, and all that it is made of, whether the network is being trained or predicts.
    public func setTraining(_ isTraining: Bool) {
        for (_, layer) in namedLayers { (layer as? any ModalLayer)?.isTraining = isTraining }
    }

    /// Lets this layer, and all that it is made of, draw random numbers from `generator`.
    public func draw(from generator: RandomGenerator) {
        for (_, layer) in namedLayers { (layer as? any RandomLayer)?.generator = generator }
    }

    /// The number of elements of all parameters.
    public var parameterCount: Int { namedParameters.reduce(0) { $0 + $1.tensor.count } }

    /// Forgets the gradients of all parameters.
    public func zeroGradients() {
        for parameter in namedParameters { parameter.tensor.gradient = nil }
    }

    /// The layer at a dotted path, this one for the empty path; an error that names the path where there is none.
    public func layer(at path: String) throws(TensorError) -> any Layer {
        guard let found = namedLayers.first(where: { $0.path == path }) else {
            throw .argument(
                operation: "layer", parameter: "path", value: "'\(path)'",
                expected: "one of \(namedLayers.dropFirst().map(\.path).joined(separator: ", "))")
        }
        return found.layer
    }
}

/// A path and a name below it.
func joined(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : path + "." + name
}

/// Runs `body`, a part of a network called `name`, so that its errors tell where they arose ("in up2.conv_1").
///
/// An interrupt passes unchanged: it is no fault of the part.
public func inside<Result>(
    _ name: String, _ body: () throws(TensorError) -> Result
) throws(TensorError) -> Result {
    do throws(TensorError) {
        return try NumericsCheck.inside(name, body)
    } catch {
        throw switch error {
        case .interrupted: error
        case .inside(let path, let cause): .inside(path: "\(name).\(path)", cause)
        default: .inside(path: name, error)
        }
    }
}
