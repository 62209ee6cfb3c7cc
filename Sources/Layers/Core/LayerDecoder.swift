import Support
import Tensors

/// A layer that can be made again from its configuration.
public protocol DecodableLayer: Layer {
    /// The kinds of configuration that describe layers of this type.
    static var kinds: [String] { get }

    /// Makes a layer of the kind and sizes of `configuration`, with parameters drawn from `generator`.
    ///
    /// `decoder` makes the layers that it is made of.
    init(_ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder) throws(TensorError)
}

/// Makes layers from configurations: a table of the types that it knows.
///
/// A module that has layers of its own passes `LayerDecoder.standard.adding(Its.self)` along; nothing is registered
/// globally.
public struct LayerDecoder {
    private var types: [String: any DecodableLayer.Type] = [:]

    /// A decoder that knows all layers of this module.
    public static var standard: LayerDecoder {
        var decoder = LayerDecoder()
        for type: any DecodableLayer.Type in [
            Activation.self, Convolution.self, DownBlock.self, Flatten.self, InstanceNorm.self, Linear.self,
            MaxPool.self, PreActivationConvolution.self, Sequential.self, TransposedConvolution.self, UNet.self,
            UpBlock.self, Upsample.self,
        ] {
            decoder = decoder.adding(type)
        }
        return decoder
    }

    /// This decoder, which knows one more type of layer (or takes it in place of one with the same kinds).
    public func adding(_ type: any DecodableLayer.Type) -> LayerDecoder {
        var result = self
        for kind in type.kinds { result.types[kind] = type }
        return result
    }

    /// The kinds of layers that it can make.
    public var kinds: [String] { types.keys.sorted() }

    /// The layer that `configuration` describes; an error where its kind is not known or its settings do not fit.
    public func layer(_ configuration: Configuration, generator: RandomGenerator) throws(TensorError) -> any Layer {
        guard let type = types[configuration.kind] else {
            throw .argument(
                operation: "load", parameter: "kind", value: "'\(configuration.kind)'",
                expected: "one of \(kinds.joined(separator: ", "))")
        }
        return try type.init(configuration, generator: generator, decoder: self)
    }

    /// The convolution that `configuration` describes; an error where its kind is not one of a convolution.
    public func convolution(
        _ configuration: Configuration, generator: RandomGenerator
    ) throws(TensorError) -> any ConvolutionLayer {
        guard let result = try layer(configuration, generator: generator) as? any ConvolutionLayer else {
            throw .argument(
                operation: "load", parameter: "kind", value: "'\(configuration.kind)'", expected: "a convolution")
        }
        return result
    }

    /// A factory of convolutions of the kind `kind`, which must be made from the settings of a convolution.
    public func convolutionFactory(_ kind: String) -> ConvolutionFactory {
        { specification, generator throws(TensorError) in
            try convolution(specification.configuration(kind: kind), generator: generator)
        }
    }
}
