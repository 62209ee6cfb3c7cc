import Tensors

/// Whether there is anything to learn in a bank of kernels: kernels that still are their random initialisation have no
/// structure, and a prior learnt from them is worth no more than independent Gaussians.
public struct KernelStructure: Equatable, Sendable {
    /// The fourth central moment of the weights divided by the square of their variance: 1.8 for uniform numbers, 3 for
    /// Gaussian ones, more where few weights are large.
    public let kurtosis: Double
    /// The mean log density of the kernels held out under independent Gaussians, in nats a kernel.
    public let independent: Double
    /// The same under a Gaussian of full covariance.
    public let fullCovariance: Double

    /// What a full covariance gains over independent Gaussians, in nats a kernel: below 1.5 for initialisation noise,
    /// 7 to 40 where kernels have structure.
    public var gain: Double { fullCovariance - independent }

    /// Fits both to `kernels`, n x a kernel's shape, and measures them on `heldOut`.
    public init(_ kernels: Tensor, heldOut: Tensor, shrinkage: Double = 1e-4) throws(TensorError) {
        let centred = try kernels.detached() - kernels.detached().mean()
        let variance = Double(try centred.square().mean().item())
        kurtosis = Double(try centred.square().square().mean().item()) / (variance * variance)
        let values = heldOut.detached()
        independent = Double(try Normal(fitting: kernels).logProbability(values).mean().item())
        fullCovariance = Double(
            try FullCovarianceGaussian(fitting: kernels, shrinkage: shrinkage).logProbability(values).mean().item())
    }
}
