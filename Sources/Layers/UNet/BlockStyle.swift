import Support
import Tensors

/// What stands before each convolution of the U-Net's blocks: a normalisation and an activation.
public struct BlockStyle: Equatable, Sendable {
    /// How the input is normalised.
    public enum Normalisation: String, CaseIterable, Sendable {
        /// Each channel of each volume, without weights: as published.
        case instance
        /// Each channel over the batch; after `eval()`, by running statistics.
        case batch
        /// Groups of channels of each volume: 8, or as many of them as divide the channels.
        case group
        /// Not at all.
        case none
    }

    /// Which function follows.
    public enum Nonlinearity: String, CaseIterable, Sendable {
        /// max(x, 0): as published.
        case relu
        /// x where it is positive, 0.01 x elsewhere.
        case leakyRelu = "leaky_relu"
        /// x where it is positive, e^x - 1 elsewhere.
        case elu
        /// x times the share of the standard normal distribution below x.
        case gelu
        /// x / (1 + e^-x).
        case silu
        /// x where it is positive, a trained fraction of x elsewhere.
        case prelu
    }

    /// How the input is normalised.
    public let norm: Normalisation
    /// Which function follows.
    public let activation: Nonlinearity

    /// Instance normalisation and ReLU by default.
    public init(norm: Normalisation = .instance, activation: Nonlinearity = .relu) {
        (self.norm, self.activation) = (norm, activation)
    }

    /// Instance normalisation and ReLU, which convolutions compute as they read their input.
    public static let published = BlockStyle()

    static let normSetting = Setting.choice(
        "norm", of: Normalisation.allCases.map(\.rawValue), default: Normalisation.instance.rawValue,
        "what stands before each convolution: 'instance', 'batch', 'group' (8 groups at most) or 'none'")
    static let activationSetting = Setting.choice(
        "activation", of: Nonlinearity.allCases.map(\.rawValue), default: Nonlinearity.relu.rawValue,
        "and then: 'relu', 'leaky_relu', 'elu', 'gelu', 'silu' or 'prelu'")

    /// The style that a configuration holds.
    init(_ configuration: Configuration) throws(TensorError) {
        self.init(
            norm: Normalisation(rawValue: try configuration[Self.normSetting]) ?? .instance,
            activation: Nonlinearity(rawValue: try configuration[Self.activationSetting]) ?? .relu)
    }

    /// The style as settings; the published one has none, as in files of earlier versions.
    var settings: [JSON.Member] {
        self == .published ? [] : [Self.normSetting(norm.rawValue), Self.activationSetting(activation.rawValue)]
    }

    /// The normalisation of volumes of so many channels; nil where there is none.
    func normalisation(channels: Int) throws(TensorError) -> (any Layer)? {
        switch norm {
        case .instance: try InstanceNorm()
        case .batch: try BatchNorm(dimensions: 3, channels: channels)
        case .group: try GroupNorm((1...8).last { channels % $0 == 0 } ?? 1, channels)
        case .none: nil
        }
    }

    /// The activation.
    func makeActivation() throws(TensorError) -> any Layer {
        switch activation {
        case .relu: Activation(.relu)
        case .leakyRelu: Activation(.leakyRelu(negativeSlope: 0.01))
        case .elu: Activation(.elu)
        case .gelu: Activation(.gelu(byTanh: false))
        case .silu: Activation(.silu)
        case .prelu: try PReLU()
        }
    }
}
