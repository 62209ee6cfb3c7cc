import Support
import Tensors

/// The normal distribution of vectors, by a covariance, a precision or a Cholesky factor.
public struct MultivariateNormal: Distribution, GaussianVector {
    /// "MultivariateNormal".
    public var kind: String { "MultivariateNormal" }
    /// The shape that the batches of mean and matrix broadcast to.
    public let batchShape: [Int]
    /// The mean, ... x d.
    public let loc: Tensor
    /// The lower triangular L, ... x d x d, of the covariance L L^T.
    let factor: Tensor
    private let given: (name: String, tensor: Tensor)

    /// The normal distribution of the mean `loc`, ... x d, and the positive definite `covariance`, ... x d x d.
    public init(loc: Tensor, covariance: Tensor) throws(TensorError) {
        try self.init(loc, ("covariance_matrix", covariance)) { matrix throws(TensorError) in
            try matrix.cholesky()
        }
    }

    /// The normal distribution of the mean `loc`, ... x d, and the inverse `precision` of its covariance.
    public init(loc: Tensor, precision: Tensor) throws(TensorError) {
        try self.init(loc, ("precision_matrix", precision)) { matrix throws(TensorError) in
            // With rows and columns reversed, the inverse of a factor is lower triangular: no inverse of the matrix is
            // needed.
            let reversed = try matrix.flipped([-2, -1]).cholesky().flipped([-2, -1]).transposed(-2, -1)
            return try reversed.solveTriangular(.eye(matrix.shape.last ?? 0), upper: false)
        }
    }

    /// The normal distribution of the mean `loc`, ... x d, and the covariance L L^T, by the lower triangular
    /// `scaleTril` L whose diagonal is positive.
    public init(loc: Tensor, scaleTril: Tensor) throws(TensorError) {
        try self.init(loc, ("scale_tril", scaleTril), isFactor: true) { matrix throws(TensorError) in matrix }
    }

    private init(
        _ loc: Tensor, _ given: (name: String, tensor: Tensor), isFactor: Bool = false,
        factor: (Tensor) throws(TensorError) -> Tensor
    ) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "MultivariateNormal", CheckedParameter("loc", loc, eventRank: 1),
            CheckedParameter(given.name, given.tensor, eventRank: 2))
        try given.tensor.requireSquare(of: loc, "MultivariateNormal", given.name)
        if isFactor {
            try given.tensor.requireLowerTriangular("MultivariateNormal", given.name)
        } else {
            try given.tensor.requireSymmetric("MultivariateNormal", given.name)
        }
        do throws(TensorError) { self.factor = try factor(given.tensor) } catch {
            throw .inside(path: given.name + " of MultivariateNormal", error)
        }
        (self.loc, self.given) = (loc, given)
    }

    /// The size of a vector.
    public var eventShape: [Int] { loc.shape.suffix(1) }

    /// `loc`, and the matrix that was given.
    public var parameters: [(name: String, tensor: Tensor)] { [("loc", loc), given] }

    /// Vectors of finite numbers.
    public var support: Constraint { get throws(TensorError) { try Constraint.real.joined(1) } }

    /// Half the logarithm of the covariance's determinant: the sum of the logarithms of the diagonal of L.
    var halfLogDeterminant: Tensor { get throws(TensorError) { try factor.halfLogDeterminant } }

    /// The square of L^-1 x, summed.
    func squaredDistance(_ x: Tensor) throws(TensorError) -> Tensor { try factor.squaredDistance(x) }

    /// -(the squared distance from the mean + d log(2 pi) + the log determinant) / 2.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor { try gaussianLogDensity(values) }

    /// loc + L e, with standard normal e.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try loc + .randn(shape + batchShape + eventShape, generator: generator).mapped(by: factor)
    }

    /// (d (1 + log(2 pi)) + the log determinant) / 2.
    public func entropy() throws(TensorError) -> Tensor { try batched(gaussianEntropy()) }

    /// `loc`.
    public func mean() throws(TensorError) -> Tensor { try loc.expanded(to: batchShape + eventShape) }

    /// The diagonal of the covariance.
    public func variance() throws(TensorError) -> Tensor {
        try factor.square().sum([-1]).expanded(to: batchShape + eventShape)
    }
}
