import Support
import Tensors

/// The end of a network whose channels can be others.
public enum NetworkEnd: Sendable {
    /// The channels of the input.
    case input
    /// The channels of the result: classes or regions.
    case result
}

/// A network that can be made again for other channels of its input or result: convolutions, the U-Net, and sequences
/// that begin and end with such a network.
public protocol AdaptableLayer: Layer {
    /// The path of the convolution that reads the input, or that gives the result; an error where another layer does.
    func path(of end: NetworkEnd) throws(TensorError) -> String

    /// What makes the network again with so many channels at one end.
    func configuration(_ end: NetworkEnd, channels: Int) throws(TensorError) -> Configuration
}

extension ConvolutionLayer {
    /// The convolution itself.
    public func path(of end: NetworkEnd) -> String { "" }

    /// The sizes and the settings, with other channels.
    public func configuration(_ end: NetworkEnd, channels: Int) -> Configuration {
        let setting = end == .input ? ConvolutionSpecification.inputs : ConvolutionSpecification.outputs
        return configuration.replacing(setting(channels))
    }

    /// The channels of the input or the result.
    public func channels(of end: NetworkEnd) throws(TensorError) -> Int {
        try configuration[end == .input ? ConvolutionSpecification.inputs : ConvolutionSpecification.outputs]
    }
}

extension UNet: AdaptableLayer {
    /// init_conv, or out.
    public func path(of end: NetworkEnd) -> String { end == .input ? "init_conv" : "out" }

    /// The variant, the sizes and all settings, with other channels.
    public func configuration(_ end: NetworkEnd, channels: Int) -> Configuration {
        switch end {
        case .input: configuration.replacing(Self.widths([channels] + self.channels.dropFirst()))
        case .result: configuration.replacing(Self.classCount(channels))
        }
    }
}

extension Sequential: AdaptableLayer {
    /// That of the first or the last layer with weights.
    public func path(of end: NetworkEnd) throws(TensorError) -> String {
        let (name, layer) = try layer(at: end)
        return joined(name, try layer.path(of: end))
    }

    /// The names and configurations of the layers, that of the first or the last one with weights for other channels.
    public func configuration(_ end: NetworkEnd, channels: Int) throws(TensorError) -> Configuration {
        let changed = try layer(at: end).layer
        let parts = try children.map { child throws(TensorError) in
            try child.layer === changed ? changed.configuration(end, channels: channels) : child.layer.configuration
        }
        return configuration.replacing(Self.layers(parts.map(\.json)))
    }

    private func layer(at end: NetworkEnd) throws(TensorError) -> (name: String, layer: any AdaptableLayer) {
        let withWeights = children.filter { !$0.layer.namedState.isEmpty }
        let found = end == .input ? withWeights.first : withWeights.last
        guard let found, let layer = found.layer as? any AdaptableLayer else {
            throw .argument(
                operation: "adapt", parameter: "the \(end == .input ? "first" : "last") layer with weights",
                value: found.map { $0.layer.summary } ?? "missing",
                expected: "a convolution, a U-Net, or a Sequential of such layers")
        }
        return (found.name, layer)
    }
}
