import Support
import Tensors

/// A normal distribution of vectors, as divergences need it.
protocol GaussianVector {
    /// The shape of the batch.
    var batchShape: [Int] { get }
    /// The mean, ... x d.
    var loc: Tensor { get }
    /// Any F, ... x d x m, of the covariance F F^T.
    var factor: Tensor { get throws(TensorError) }
    /// Half the logarithm of the covariance's determinant.
    var halfLogDeterminant: Tensor { get throws(TensorError) }
    /// x^T C^-1 x for each row x of ... x d, with the covariance C; leading dimensions end with the batch.
    func squaredDistance(_ x: Tensor) throws(TensorError) -> Tensor
}

extension GaussianVector {
    /// The log density of vectors.
    func gaussianLogDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let size = Float(loc.shape.last ?? 0)
        return try squaredDistance(values - loc).scaled(by: -0.5)
            - halfLogDeterminant.offset(by: size * Normal.halfLogTwoPi)
    }

    /// The entropy.
    func gaussianEntropy() throws(TensorError) -> Tensor {
        let size = Float(loc.shape.last ?? 0)
        return try halfLogDeterminant.offset(by: size * (Normal.halfLogTwoPi + 0.5))
    }
}

/// Vectors of independent normal numbers.
struct DiagonalNormal: GaussianVector {
    let batchShape: [Int]
    let loc: Tensor
    private let scale: Tensor

    /// The normal distribution of vectors that `distribution` is: nil where it is none.
    static func vector(_ distribution: any Distribution) throws(TensorError) -> (any GaussianVector)? {
        if let vector = distribution as? any GaussianVector { return vector }
        guard let independent = distribution as? Independent, independent.dims == 1,
            let normal = independent.base as? Normal
        else { return nil }
        return DiagonalNormal(
            batchShape: independent.batchShape, loc: try normal.batched(normal.loc),
            scale: try normal.batched(normal.scale))
    }

    var factor: Tensor {
        get throws(TensorError) { try .eye(scale.shape[scale.rank - 1]) * scale.unsqueezed(-1) }
    }

    var halfLogDeterminant: Tensor { get throws(TensorError) { try scale.log().sum([-1]) } }

    func squaredDistance(_ x: Tensor) throws(TensorError) -> Tensor { try (x / scale).square().sum([-1]) }
}
