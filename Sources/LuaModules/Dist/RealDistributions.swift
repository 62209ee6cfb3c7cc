import Distributions
import LuaBridge
import Tensors

private let loc = TensorData.parameter("loc", "the location")
private let scale = TensorData.parameter("scale", "the scale, above 0")
private let concentration = TensorData.parameter("concentration", "the exponent, above 0")
private let rate = TensorData.parameter("rate", "the rate, above 0")

/// The functions of `dist` that make distributions of numbers on the whole line, or between two bounds.
let realDistributions = [
    LuaFunction(
        "Normal", "Makes the normal distribution.", TensorData.parameter("loc", "the mean"),
        TensorData.parameter("scale", "the standard deviation, above 0"), returns: "distribution",
        example: "dist.Normal(torch.zeros(3), 2):log_prob(torch.ones(5, 3)):numel() == 15"
    ) { loc, scale in DistributionObject(try Normal(loc: loc.tensor, scale: scale.tensor)) },
    LuaFunction(
        "Laplace", "Makes the Laplace distribution, of density e^(-|x - loc| / scale) / (2 scale).", loc, scale,
        returns: "distribution", example: "dist.Laplace(1, 2):icdf(0.5):item() == 1"
    ) { loc, scale in DistributionObject(try Laplace(loc: loc.tensor, scale: scale.tensor)) },
    LuaFunction(
        "Cauchy", "Makes the Cauchy distribution, which has neither mean nor variance.", loc, scale,
        returns: "distribution", example: "dist.Cauchy(1, 2):cdf(1):item() == 0.5"
    ) { loc, scale in DistributionObject(try Cauchy(loc: loc.tensor, scale: scale.tensor)) },
    LuaFunction(
        "StudentT", "Makes Student's t distribution.", TensorData.parameter("df", "the degrees of freedom, above 0"),
        Parameter("loc", TensorData?.self, "the median; 0 by default"),
        Parameter("scale", TensorData?.self, "the scale, above 0; 1 by default"), returns: "distribution",
        example: "dist.StudentT(5):variance():item() > 1.6"
    ) { df, loc, scale in
        let (zero, one) = (try Tensor(0), try Tensor(1))
        return DistributionObject(
            try StudentT(df: df.tensor, loc: loc?.tensor ?? zero, scale: scale?.tensor ?? one))
    },
    LuaFunction(
        "Uniform", "Makes the uniform distribution of the numbers from low to high.",
        TensorData.parameter("low", "the smallest number"), TensorData.parameter("high", "the end, above low"),
        returns: "distribution", example: "dist.Uniform(0, {1, 2}):log_prob(1.5):totable()[1] == -math.huge"
    ) { low, high in DistributionObject(try Uniform(low: low.tensor, high: high.tensor)) },
]

/// The functions of `dist` that make distributions of positive numbers.
let positiveDistributions = [
    LuaFunction(
        "HalfNormal", "Makes the distribution of the absolute value of a normal number of mean 0.",
        TensorData.parameter("scale", "the standard deviation of the normal number, above 0"), returns: "distribution",
        example: "dist.HalfNormal(2):sample(100):min():item() >= 0"
    ) { scale in DistributionObject(try HalfNormal(scale: scale.tensor)) },
    LuaFunction(
        "HalfCauchy", "Makes the distribution of the absolute value of a Cauchy number of location 0.", scale,
        returns: "distribution", example: "math.abs(dist.HalfCauchy(2):cdf(2):item() - 0.5) < 1e-6"
    ) { scale in DistributionObject(try HalfCauchy(scale: scale.tensor)) },
    LuaFunction(
        "LogNormal", "Makes the distribution of e^x, where x is normal.",
        TensorData.parameter("loc", "the mean of the logarithm"),
        TensorData.parameter("scale", "the standard deviation of the logarithm, above 0"), returns: "distribution",
        example: "dist.LogNormal(0, 1):cdf(1):item() == 0.5"
    ) { loc, scale in DistributionObject(try LogNormal(loc: loc.tensor, scale: scale.tensor)) },
    LuaFunction(
        "Exponential", "Makes the exponential distribution.",
        TensorData.parameter("rate", "1 / the mean, above 0"), returns: "distribution",
        example: "dist.Exponential(4):mean():item() == 0.25"
    ) { rate in DistributionObject(try Exponential(rate: rate.tensor)) },
    LuaFunction(
        "Gamma", "Makes the gamma distribution.", concentration, rate, returns: "distribution",
        example: "dist.Gamma(3, 2):mean():item() == 1.5"
    ) { concentration, rate in
        DistributionObject(try Gamma(concentration: concentration.tensor, rate: rate.tensor))
    },
    LuaFunction(
        "InverseGamma", "Makes the distribution of 1 / x, where x has a gamma distribution.", concentration, rate,
        returns: "distribution", example: "dist.InverseGamma(3, 2):mean():item() == 1"
    ) { concentration, rate in
        DistributionObject(try InverseGamma(concentration: concentration.tensor, rate: rate.tensor))
    },
    LuaFunction(
        "Beta", "Makes the beta distribution of numbers from 0 to 1.",
        TensorData.parameter("concentration1", "the exponent of x, above 0"),
        TensorData.parameter("concentration0", "the exponent of 1 - x, above 0"), returns: "distribution",
        example: "dist.Beta(3, 1):mean():item() == 0.75"
    ) { concentration1, concentration0 in
        DistributionObject(
            try Beta(concentration1: concentration1.tensor, concentration0: concentration0.tensor))
    },
]
