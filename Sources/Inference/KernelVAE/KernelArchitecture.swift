import Kernels
import Layers
import Tensors

/// The sizes of a variational autoencoder over kernels of one shape, with the layer names of the published weights.
public struct KernelArchitecture: Equatable, Sendable {
    /// The kernels that there are architectures for.
    public enum Kind: String, CaseIterable, Sendable {
        /// 3D kernels of MRI networks (Kuzina, Egorov and Burnaev 2019).
        case size3x3x3 = "3x3x3"
        /// 2D kernels of side 5 (Atanov et al. 2019).
        case size5x5 = "5x5"
        /// 2D kernels of side 7 (Atanov et al. 2019).
        case size7x7 = "7x7"
    }

    /// The kind of kernels.
    public let kind: Kind
    /// The number of codes of a kernel.
    public let latentSize: Int
    /// The number of channels that all others are multiples of.
    public let hiddenChannels: Int

    /// An architecture for `kind`.
    ///
    /// - Parameters:
    ///   - latentSize: The number of codes; by default the published 6 (3x3x3), 4 (5x5) or 2 (7x7).
    ///   - hiddenChannels: By default the published 32, 64 or 32.
    public init(_ kind: Kind, latentSize: Int? = nil, hiddenChannels: Int? = nil) throws(TensorError) {
        let (latent, hidden) =
            switch kind {
            case .size3x3x3: (6, 32)
            case .size5x5: (4, 64)
            case .size7x7: (2, 32)
            }
        for (name, value) in [("latent_size", latentSize), ("hidden_channels", hiddenChannels)] {
            if let value, !(1...4096).contains(value) {
                throw .argument(
                    operation: "kernel_vae", parameter: name, value: "\(value)", expected: "a number from 1 to 4096")
            }
        }
        self.kind = kind
        self.latentSize = latentSize ?? latent
        self.hiddenChannels = hiddenChannels ?? hidden
    }

    /// The architecture for kernels of the shape `kernelShape`; other shapes are an error that names the known ones.
    public init(
        kernelShape: [Int], latentSize: Int? = nil, hiddenChannels: Int? = nil
    ) throws(TensorError) {
        guard let kind = Kind(rawValue: kernelShape.shapeText) else {
            throw .argument(
                operation: "kernel_vae", parameter: "kernel_shape", value: kernelShape.shapeText,
                expected: Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        try self.init(kind, latentSize: latentSize, hiddenChannels: hiddenChannels)
    }

    /// The shape of a kernel.
    public var kernelShape: [Int] {
        switch kind {
        case .size3x3x3: [3, 3, 3]
        case .size5x5: [5, 5]
        case .size7x7: [7, 7]
        }
    }
}

/// One layer of a trunk.
enum TrunkStep {
    case convolution(Int, Int, kernelSize: Int, padding: Int = 0)
    case transposed(Int, Int, kernelSize: Int)
    case maxPool(padding: Int)
    case elu
}

/// The layers of one side of an autoencoder and the names of its parts.
struct TrunkPlan {
    let trunkName: String
    let trunk: [TrunkStep]
    let meanName: String
    let varianceName: String
    let varianceForm: GaussianNetwork.VarianceForm
    /// The input and output channels of each head, a convolution of size 1.
    let head: (inputs: Int, outputs: Int)
}

extension KernelArchitecture {
    /// The encoder, from one channel to the codes.
    var encoderPlan: TrunkPlan {
        let h = hiddenChannels
        switch kind {
        case .size3x3x3:
            return TrunkPlan(
                trunkName: "encode",
                trunk: [
                    .convolution(1, h, kernelSize: 3, padding: 1), .maxPool(padding: 1), .elu,
                    .convolution(h, 2 * h, kernelSize: 3, padding: 1), .maxPool(padding: 0), .elu,
                    .convolution(2 * h, 4 * h, kernelSize: 1), .elu,
                ], meanName: "latent_mu", varianceName: "latent_logvar", varianceForm: .logarithm,
                head: (4 * h, latentSize))
        case .size5x5:
            return TrunkPlan(
                trunkName: "encoder.features",
                trunk: [
                    .convolution(1, h, kernelSize: 3, padding: 1), .elu, .convolution(h, h, kernelSize: 3, padding: 1),
                    .elu, .convolution(h, 2 * h, kernelSize: 3), .elu, .convolution(2 * h, 2 * h, kernelSize: 3), .elu,
                ], meanName: "encoder.fc_mu", varianceName: "encoder.fc_sigma", varianceForm: .softplus,
                head: (2 * h, latentSize))
        case .size7x7:
            return TrunkPlan(
                trunkName: "encoder.features",
                trunk: [
                    .convolution(1, h, kernelSize: 3), .elu, .convolution(h, 2 * h, kernelSize: 3), .elu,
                    .convolution(2 * h, 2 * h, kernelSize: 3), .elu,
                ], meanName: "encoder.fc_mu", varianceName: "encoder.fc_var", varianceForm: .softplus,
                head: (2 * h, latentSize))
        }
    }

    /// Whether both sides, once their parameters are frozen, can be packed as a `PooledEncoder` and a
    /// `FactorisedDecoder`.
    var canBeFrozen: Bool { kind == .size3x3x3 && !ReferenceKernels.areInUse }

    /// The decoder, from the codes to one channel.
    var decoderPlan: TrunkPlan {
        let (h, z) = (hiddenChannels, latentSize)
        switch kind {
        case .size3x3x3:
            return TrunkPlan(
                trunkName: "decode",
                trunk: [
                    .convolution(z, 4 * h, kernelSize: 3, padding: 1), .elu, .transposed(4 * h, 4 * h, kernelSize: 3),
                    .elu, .transposed(4 * h, 2 * h, kernelSize: 1), .elu, .transposed(2 * h, h, kernelSize: 1), .elu,
                ], meanName: "rec_mu", varianceName: "rec_logvar", varianceForm: .logarithm, head: (h, 1))
        case .size5x5:
            return TrunkPlan(
                trunkName: "decoder.decoder",
                trunk: [
                    .convolution(z, 2 * h, kernelSize: 1), .elu, .transposed(2 * h, 2 * h, kernelSize: 3), .elu,
                    .transposed(2 * h, 2 * h, kernelSize: 3), .elu, .convolution(2 * h, h, kernelSize: 1), .elu,
                ], meanName: "decoder.fc_mu.0", varianceName: "decoder.fc_var.0", varianceForm: .softplus, head: (h, 1))
        case .size7x7:
            return TrunkPlan(
                trunkName: "decoder.decoder",
                trunk: [
                    .transposed(z, 2 * h, kernelSize: 3), .elu, .transposed(2 * h, 2 * h, kernelSize: 3), .elu,
                    .transposed(2 * h, h, kernelSize: 3), .elu,
                ], meanName: "decoder.fc_mu", varianceName: "decoder.fc_var", varianceForm: .softplus, head: (h, 1))
        }
    }
}
