import Support
import Tensors

/// Makes layers from configurations: a table of the types that it knows.
///
/// A module that has layers of its own passes `LayerDecoder.standard.adding(Its.self)` along; nothing is registered
/// globally.
public struct LayerDecoder: Sendable {
    /// Makes a layer of a kind that is not declared.
    public typealias Maker = @Sendable (Configuration) throws(TensorError) -> any Layer

    private var types: [String: any DeclaredLayer.Type] = [:]
    private var makers: [String: Maker] = [:]
    /// What is declared of the layers that it knows, in the order in which they were added.
    public private(set) var declarations: [LayerDeclaration] = []

    /// A decoder that knows the layers of `types`.
    public init(_ types: [any DeclaredLayer.Type] = []) {
        for type in types { add(type) }
    }

    /// The layers of this module; files, scripts, help and the manual follow from this list.
    public static let standard = LayerDecoder([
        Convolution.self, TransposedConvolution.self, Linear.self, Embedding.self, InstanceNorm.self, BatchNorm.self,
        GroupNorm.self, LayerNorm.self, Activation.self, PReLU.self, Dropout.self, MaxPool.self, AvgPool.self,
        AdaptiveAvgPool.self, Upsample.self, Flatten.self, Identity.self, Sequential.self, ModuleList.self,
        PreActivationConvolution.self, DownBlock.self, UpBlock.self, UNet.self,
    ])

    /// A copy of this decoder that also knows `types`, in place of those that it knew for the same kinds.
    public func adding(_ types: any DeclaredLayer.Type...) -> LayerDecoder {
        var result = self
        for type in types { result.add(type) }
        return result
    }

    /// A copy of this decoder that makes layers of `kind` by `maker`, such as those that a script has defined.
    public func adding(_ kind: String, by maker: @escaping Maker) -> LayerDecoder {
        var result = self
        result.makers[kind] = maker
        return result
    }

    private mutating func add(_ type: any DeclaredLayer.Type) {
        for declaration in type.declarations { types[declaration.kind] = type }
        declarations += type.declarations
    }

    /// The kinds of layers that it can make.
    public var kinds: [String] { (Array(types.keys) + Array(makers.keys)).sorted() }

    /// The layer that `configuration` describes; an error where its kind is not known or its settings do not fit.
    public func layer(_ configuration: Configuration, generator: RandomGenerator) throws(TensorError) -> any Layer {
        if let maker = makers[configuration.kind] { return try maker(configuration) }
        guard let type = types[configuration.kind] else {
            throw .argument(
                operation: "load", parameter: "kind", value: "'\(configuration.kind)'",
                expected: "one of \(kinds.joined(separator: ", "))")
        }
        try configuration.requireDeclared(in: type.declarations)
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
    ///
    /// - Parameter further: Settings that they have beside these, an object: one for all of them or one for each in the
    ///   order in which they are made; none by default.
    public func convolutionFactory(_ kind: String, further: [JSON] = []) -> ConvolutionFactory {
        var made = 0
        return { specification, generator throws(TensorError) in
            var configuration = specification.configuration(kind: kind, withStart: true)
            if !further.isEmpty {
                let place = further.count == 1 ? 0 : made
                guard place < further.count, let own = further[place].members else {
                    throw .argument(
                        operation: kind, parameter: "settings of convolution \(made + 1)",
                        value: place < further.count ? String("\(further[place])".prefix(60)) : "missing",
                        expected: "an object for each convolution, or one for all")
                }
                configuration.settings += own
            }
            made += 1
            return try convolution(configuration, generator: generator)
        }
    }
}
