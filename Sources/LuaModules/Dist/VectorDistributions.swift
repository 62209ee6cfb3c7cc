import Distributions
import LuaBridge
import Tensors

private let loc = TensorData.parameter("loc", "the mean, ... x d")
private let scaleTril = "the lower triangular L, ... x d x d, of the matrix L L^T"

/// The functions of `dist` that make distributions of vectors.
let vectorDistributions = [
    LuaFunction(
        "MultivariateNormal",
        "Makes the normal distribution of vectors, by a covariance, a precision or a Cholesky factor.", loc,
        Parameter(
            "covariance_matrix", TensorData?.self, "the covariance, ... x d x d; nil with one of the options"),
        Option("precision_matrix", TensorData?.self, "the inverse of the covariance").excluding("scale_tril"),
        Option("scale_tril", TensorData?.self, scaleTril).excluding("precision_matrix"), returns: "distribution",
        example: "dist.MultivariateNormal(torch.zeros(2), {{2, 0.5}, {0.5, 1}}):sample(5):size(2) == 2"
    ) { loc, covariance, precision, scaleTril in
        let loc = loc.tensor
        switch (covariance, precision, scaleTril) {
        case (let covariance?, nil, nil):
            return DistributionObject(try MultivariateNormal(loc: loc, covariance: covariance.tensor))
        case (nil, let precision?, nil):
            return DistributionObject(try MultivariateNormal(loc: loc, precision: precision.tensor))
        case (nil, nil, let factor?):
            return DistributionObject(try MultivariateNormal(loc: loc, scaleTril: factor.tensor))
        default:
            throw LuaArgumentError(
                "covariance_matrix", "a covariance expected, or one of the options precision_matrix and scale_tril")
        }
    },
    LuaFunction(
        "LowRankMultivariateNormal",
        "Makes the normal distribution of vectors whose covariance is W W^T + diag(D), with a W of few columns.", loc,
        TensorData.parameter("cov_factor", "W, ... x d x rank"),
        TensorData.parameter("cov_diag", "D, ... x d, above 0"),
        returns: "distribution",
        example:
            "dist.LowRankMultivariateNormal(torch.zeros(9), torch.ones(9, 1), torch.ones(9)):variance()[1]:item() == 2"
    ) { loc, factor, diagonal in
        DistributionObject(
            try LowRankMultivariateNormal(
                loc: loc.tensor, covarianceFactor: factor.tensor, covarianceDiagonal: diagonal.tensor))
    },
    LuaFunction(
        "MultivariateStudentT", "Makes Student's t distribution of vectors.",
        TensorData.parameter("df", "the degrees of freedom, above 0"),
        TensorData.parameter("loc", "the location, ... x d"), TensorData.parameter("scale_tril", scaleTril),
        returns: "distribution",
        example: "dist.MultivariateStudentT(3, torch.zeros(2), torch.eye(2)):log_prob({0, 0}):dim() == 0"
    ) { df, loc, factor in
        DistributionObject(
            try MultivariateStudentT(df: df.tensor, loc: loc.tensor, scaleTril: factor.tensor))
    },
    LuaFunction(
        "Dirichlet", "Makes the Dirichlet distribution of vectors of shares, whose sum is 1.",
        TensorData.parameter("concentration", "... x shares: the exponents, above 0"), returns: "distribution",
        example: "dist.Dirichlet{1, 1, 2}:mean():totable()[3] == 0.5"
    ) { concentration in DistributionObject(try Dirichlet(concentration: concentration.tensor)) },
]
