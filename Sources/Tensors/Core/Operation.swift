/// The differentiable operations.
///
/// A node of the graph names its operation by one of these, and the tests check the derivative of every case.
public enum Operation: String, CaseIterable, Sendable {
    case add, subtract, multiply, divide, remainder, fmod, power, atan2, maximum, minimum, select = "where"
    case negate, exp, expm1, log, log1p, log2, log10, sqrt, rsqrt, square, reciprocal, abs, sin, cos, tan, atan
    case erf, erfc, erfinv, logGamma = "lgamma", digamma
    case gammainc, betainc, standardGamma = "standard_gamma"
    case floor, ceil, round, trunc, sign, nanToNum = "nan_to_num"
    case gelu, silu, prelu
    case relu, leakyRelu = "leaky_relu", elu, softplus, sigmoid, tanh, clamp, powerScalar = "pow", scale, offset
    case sum, mean, variance = "var", standardDeviation = "std", norm, max, min, logSumExp = "logsumexp", softmax,
        logSoftmax = "log_softmax"
    case cumsum, cumprod, logCumSumExp = "logcumsumexp", product = "prod", median
    case gather, scatter, scatterAdd = "scatter_add"
    case matmul, linear, diagonal, distances = "cdist"
    case solve = "linalg.solve", solveTriangular = "linalg.solve_triangular", cholesky = "linalg.cholesky"
    case determinant = "linalg.det", logDeterminant = "linalg.slogdet", leastSquares = "linalg.lstsq"
    case eigenvalues = "linalg.eigvalsh", eigenvectors = "linalg.eigh", leftSingularVectors = "linalg.svd, U",
        singularValues = "linalg.svdvals", rightSingularVectors = "linalg.svd, Vh", orthogonalFactor = "linalg.qr, Q",
        triangularFactor = "linalg.qr, R", vectorNorm = "linalg.vector_norm"
    case copy, assign = "copy_", asStrided = "as_strided", reshape, permute, expand, slice, indexSelect =
        "index_select", indexPut = "index_put", concatenate = "cat", pad, flip
    case convolution = "conv", transposedConvolution = "conv_transpose", bayesianConvolution = "bayesian_conv"
    case instanceNorm = "instance_norm", groupNorm = "group_norm", layerNorm = "layer_norm", batchNorm = "batch_norm"
    case maxPool = "max_pool", averagePool = "avg_pool", upsample
    case crossEntropy = "cross_entropy", diceLoss = "dice_loss", regionLoss = "segmentation_loss"
    case factorisedLikelihood = "negative_log_likelihood", pooledEncoding = "encoded"
}
