import Distributions
import Tensors

extension Example {
    /// Distributions of numbers.
    static let numbers = [
        Example("Normal") { try Normal(loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("Normal2") { try Normal(loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("Laplace") { try Laplace(loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("Laplace2") { try Laplace(loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("Cauchy") { try Cauchy(loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("HalfCauchy") { try HalfCauchy(scale: $0.get("scale")) },
        Example("HalfNormal") { try HalfNormal(scale: $0.get("scale")) },
        Example("HalfNormal2") { try HalfNormal(scale: $0.get("scale")) },
        Example("Exponential") { try Exponential(rate: $0.get("rate")) },
        Example("Exponential2") { try Exponential(rate: $0.get("rate")) },
        Example("LogNormal") { try LogNormal(loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("LogNormal2") { try LogNormal(loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("Uniform") { try Uniform(low: $0.get("low"), high: $0.get("high")) },
        Example("Uniform2") { try Uniform(low: $0.get("low"), high: $0.get("high")) },
        Example("StudentT") { try StudentT(df: $0.get("df"), loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("StudentT2") { try StudentT(df: $0.get("df"), loc: $0.get("loc"), scale: $0.get("scale")) },
        Example("Gamma") { try Gamma(concentration: $0.get("concentration"), rate: $0.get("rate")) },
        Example("Gamma2") { try Gamma(concentration: $0.get("concentration"), rate: $0.get("rate")) },
        Example("InverseGamma") { try InverseGamma(concentration: $0.get("concentration"), rate: $0.get("rate")) },
        Example("InverseGamma2") { try InverseGamma(concentration: $0.get("concentration"), rate: $0.get("rate")) },
        Example("Beta") {
            try Beta(concentration1: $0.get("concentration1"), concentration0: $0.get("concentration0"))
        },
        Example("Beta2") {
            try Beta(concentration1: $0.get("concentration1"), concentration0: $0.get("concentration0"))
        },
        Example("Bernoulli", .classes(2)) { try Bernoulli(probs: $0.get("probs")) },
        Example("BernoulliLogits", .classes(2)) { try Bernoulli(logits: $0.get("logits")) },
        Example("Categorical", .classes(3)) { try Categorical(probs: $0.shares("weights")) },
        Example("CategoricalLogits", .classes(3)) { try Categorical(logits: $0.get("logits")) },
    ]

    /// Distributions of vectors, and those made of others.
    static let vectors = [
        Example("IndependentNormal", .plane) {
            try Independent(Normal(loc: $0.get("loc"), scale: $0.get("scale")), dims: 1)
        },
        Example("Mixture") {
            try Mixture(
                weights: Categorical(probs: $0.shares("weights")),
                components: Normal(loc: $0.get("loc"), scale: $0.get("scale")))
        },
        Example("Transformed") {
            let affine = try AffineTransform(loc: $0.get("shift"), scale: $0.get("factor"))
            return try Transformed(
                Normal(loc: $0.get("loc"), scale: $0.get("scale")), [ElementwiseTransform.all[3], affine])
        },
        Example("Dirichlet", .simplex) { try Dirichlet(concentration: $0.get("concentration")) },
        Example("Dirichlet2", .simplex) { try Dirichlet(concentration: $0.get("concentration")) },
        Example("MultivariateNormal", .plane) {
            try MultivariateNormal(loc: $0.get("loc"), scaleTril: $0.lower("lower"))
        },
        Example("MultivariateNormalCovariance", .plane) {
            try MultivariateNormal(loc: $0.get("loc"), covariance: $0.square("root"))
        },
        Example("MultivariateNormalPrecision", .plane) {
            try MultivariateNormal(loc: $0.get("loc"), precision: $0.square("root"))
        },
        Example("LowRankMultivariateNormal", .plane) {
            try LowRankMultivariateNormal(
                loc: $0.get("loc"), covarianceFactor: $0.get("cov_factor"), covarianceDiagonal: $0.get("cov_diag"))
        },
        Example("MultivariateStudentT", .plane) {
            try MultivariateStudentT(df: $0.get("df"), loc: $0.get("loc"), scaleTril: $0.lower("lower"))
        },
        Example("MultivariateStudentT2", .plane) {
            try MultivariateStudentT(df: $0.get("df"), loc: $0.get("loc"), scaleTril: $0.lower("lower"))
        },
    ]

    /// All.
    static let all = numbers + vectors
}
