import Support
import Tensors

/// The normal distribution of vectors whose covariance is W W^T + diag(D), with a W of few columns: its density and its
/// draws need no matrix of d x d.
public struct LowRankMultivariateNormal: Distribution, GaussianVector {
    /// "LowRankMultivariateNormal".
    public var kind: String { "LowRankMultivariateNormal" }
    /// The shape that the batches of the parameters broadcast to.
    public let batchShape: [Int]
    /// The mean, ... x d.
    public let loc: Tensor
    /// W, ... x d x r.
    public let covarianceFactor: Tensor
    /// D, ... x d, above 0.
    public let covarianceDiagonal: Tensor
    /// The lower triangular factor, ... x r x r, of I + W^T D^-1 W.
    private let capacitance: Tensor

    /// The normal distribution of the mean `loc` and the covariance W W^T + diag(D), by `covarianceFactor` W and
    /// `covarianceDiagonal` D.
    public init(loc: Tensor, covarianceFactor: Tensor, covarianceDiagonal: Tensor) throws(TensorError) {
        let kind = "LowRankMultivariateNormal"
        batchShape = try CheckedParameter.batchShape(
            kind, CheckedParameter("loc", loc, eventRank: 1),
            CheckedParameter("cov_factor", covarianceFactor, eventRank: 2),
            CheckedParameter("cov_diag", covarianceDiagonal, in: .positive, eventRank: 1))
        let size = loc.shape[loc.rank - 1]
        guard size > 0, covarianceFactor.shape[covarianceFactor.rank - 2] == size else {
            throw .shape(
                operation: kind, parameter: "cov_factor", shape: covarianceFactor.shape,
                expected: "\(max(size, 1)) rows in its last two dimensions, as loc has numbers")
        }
        guard covarianceDiagonal.shape.last == size else {
            throw .shape(
                operation: kind, parameter: "cov_diag", shape: covarianceDiagonal.shape,
                expected: "\(size) in the last dimension, as loc has")
        }
        (self.loc, self.covarianceFactor, self.covarianceDiagonal) = (loc, covarianceFactor, covarianceDiagonal)
        let scaled = try covarianceFactor / covarianceDiagonal.unsqueezed(-1)
        let rank = covarianceFactor.shape[covarianceFactor.rank - 1]
        capacitance = try (.eye(rank) + covarianceFactor.transposed(-2, -1).matmul(scaled)).cholesky()
    }

    /// The size of a vector.
    public var eventShape: [Int] { loc.shape.suffix(1) }

    /// `loc`, `cov_factor` and `cov_diag`.
    public var parameters: [(name: String, tensor: Tensor)] {
        [("loc", loc), ("cov_factor", covarianceFactor), ("cov_diag", covarianceDiagonal)]
    }

    /// Vectors of finite numbers.
    public var support: Constraint { get throws(TensorError) { try Constraint.real.joined(1) } }

    /// W, and beside it the roots of D on a diagonal.
    var factor: Tensor {
        get throws(TensorError) {
            let roots = try Tensor.eye(eventShape[0]) * covarianceDiagonal.sqrt().unsqueezed(-1)
            let batch = try Shape.broadcast(
                Array(covarianceFactor.shape.dropLast(2)), Array(roots.shape.dropLast(2)), operation: kind)
            return try .concatenate(
                [
                    covarianceFactor.expanded(to: batch + covarianceFactor.shape.suffix(2)),
                    roots.expanded(to: batch + roots.shape.suffix(2)),
                ], dim: -1)
        }
    }

    /// Half of log |I + W^T D^-1 W| + log |D|, the matrix determinant lemma.
    var halfLogDeterminant: Tensor {
        get throws(TensorError) {
            try capacitance.halfLogDeterminant + covarianceDiagonal.log().sum([-1]).scaled(by: 0.5)
        }
    }

    /// x^T D^-1 x less the square of C^-1 W^T D^-1 x, summed, with the factor C of I + W^T D^-1 W: Woodbury's identity.
    func squaredDistance(_ x: Tensor) throws(TensorError) -> Tensor {
        let scaled = try x / covarianceDiagonal
        let inner = try scaled.mapped(by: covarianceFactor.transposed(-2, -1))
        return try (x * scaled).sum([-1]) - capacitance.squaredDistance(inner)
    }

    /// -(the squared distance from the mean + d log(2 pi) + the log determinant) / 2.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor { try gaussianLogDensity(values) }

    /// loc + W e + sqrt(D) f, with standard normal e and f.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let rank = covarianceFactor.shape[covarianceFactor.rank - 1]
        let common = try Tensor.randn(shape + batchShape + [rank], generator: generator)
        let own = try Tensor.randn(shape + batchShape + eventShape, generator: generator)
        return try loc + common.mapped(by: covarianceFactor) + covarianceDiagonal.sqrt() * own
    }

    /// (d (1 + log(2 pi)) + the log determinant) / 2.
    public func entropy() throws(TensorError) -> Tensor { try batched(gaussianEntropy()) }

    /// `loc`.
    public func mean() throws(TensorError) -> Tensor { try loc.expanded(to: batchShape + eventShape) }

    /// The rows of W squared and summed, plus D.
    public func variance() throws(TensorError) -> Tensor {
        try (covarianceFactor.square().sum([-1]) + covarianceDiagonal).expanded(to: batchShape + eventShape)
    }
}
