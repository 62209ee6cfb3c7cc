import Support
import Tensors

/// What stands around each convolution of the U-Net's blocks: a normalisation and an activation before it, and dropout
/// after the 3x3x3 ones.
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
    /// The probability that a channel of the result of a 3x3x3 convolution is set to 0 in training; 0 for no dropout.
    public let dropout: Float

    /// Instance normalisation, ReLU and no dropout by default.
    public init(norm: Normalisation = .instance, activation: Nonlinearity = .relu, dropout: Float = 0) {
        (self.norm, self.activation, self.dropout) = (norm, activation, dropout)
    }

    /// Instance normalisation and ReLU, without dropout.
    public static let published = BlockStyle()

    /// Whether convolutions compute normalisation and activation as they read their input: those of the published
    /// style.
    var isFused: Bool { norm == .instance && activation == .relu }

    /// The same normalisation and activation, without dropout.
    var withoutDropout: BlockStyle { BlockStyle(norm: norm, activation: activation) }

    static let normSetting = Setting.choice(
        "norm", of: Normalisation.allCases.map(\.rawValue), default: Normalisation.instance.rawValue,
        "what stands before each convolution: 'instance', 'batch', 'group' (8 groups at most) or 'none'")
    static let activationSetting = Setting.choice(
        "activation", of: Nonlinearity.allCases.map(\.rawValue), default: Nonlinearity.relu.rawValue,
        "and then: 'relu', 'leaky_relu', 'elu', 'gelu', 'silu' or 'prelu'")

    static let dropoutSetting = Setting.number(
        "dropout", in: .shareBelowOne, default: 0,
        "the probability that a channel is set to 0 in training, after each 3x3x3 convolution of a block")

    /// The style that a configuration holds.
    init(_ configuration: Configuration) throws(TensorError) {
        self.init(
            norm: Normalisation(rawValue: try configuration[Self.normSetting]) ?? .instance,
            activation: Nonlinearity(rawValue: try configuration[Self.activationSetting]) ?? .relu,
            dropout: try configuration[Self.dropoutSetting])
    }

    /// The style as settings; the published one has none, as in files of earlier versions.
    var settings: [JSON.Member] {
        if self == .published { return [] }
        let before = [Self.normSetting(norm.rawValue), Self.activationSetting(activation.rawValue)]
        return dropout == 0 ? before : before + [Self.dropoutSetting(dropout)]
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

    /// The dropout of channels, which draws from `generator`; nil where there is none.
    func makeDropout(_ generator: RandomGenerator) throws(TensorError) -> Dropout? {
        dropout == 0 ? nil : try Dropout(dropout, dimensions: 3, generator: generator)
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
