import Distributions
import Support
import Tensors
import TestSupport
import Testing

/// Parameters that no distribution has are refused where it is made, by name, place and value.
@Suite struct DistributionErrorTests {
    private func tensor(_ values: Float...) throws -> Tensor { try Tensor(values, shape: [values.count]) }

    @Test func namesParameterPlaceAndValue() throws {
        #expect(
            thrownMessage { _ = try Normal(loc: Tensor(0), scale: tensor(1, -1)) }
                == "Normal: scale[2] is -1 (expected above 0)")
        #expect(
            thrownMessage { _ = try Laplace(loc: Tensor(.nan), scale: Tensor(1)) }
                == "Laplace: loc is nan (expected a finite number)")
        #expect(
            thrownMessage { _ = try Exponential(rate: Tensor([1, 1, 1, 0], shape: [2, 2])) }
                == "Exponential: rate[{2, 2}] is 0 (expected above 0)")
        #expect(
            thrownMessage { _ = try Uniform(low: tensor(0, 2), high: Tensor(1)) }
                == "Uniform: high[2] is 1.0 (expected a number above low, 2.0)")
        #expect(
            thrownMessage { _ = try Bernoulli(probs: Tensor(1.5)) }
                == "Bernoulli: probs is 1.5 (expected from 0 to 1)")
        #expect(
            thrownMessage { _ = try Categorical(probs: tensor(0.5, 0.25)) }
                == "Categorical: the sum of probs is 0.75 (expected 1)")
        #expect(
            thrownMessage { _ = try Categorical(logits: Tensor.zeros([2, 0])) }
                == "Categorical: logits has shape 2x0 (expected 1 to 16777216 classes in the last dimension)")
        #expect(
            thrownMessage { _ = try Normal(loc: .zeros([3]), scale: .ones([2])) }
                == "Normal: scale has shape 2 (expected batches that broadcast with 3)")
    }

    @Test func saysWhatIsNotKnown() throws {
        let normal = try Normal(loc: Tensor(0), scale: Tensor(1))
        #expect(
            thrownMessage { _ = try Independent(normal, dims: 1) }
                == "Independent: reinterpreted_batch_ndims is 1 (expected 0 to 0, the dimensions of the batch scalar)")
        let weights = try Categorical(probs: tensor(0.5, 0.5))
        let mixture = try Mixture(weights: weights, components: [normal, normal])
        #expect(
            thrownMessage { _ = try mixture.entropy() }
                == "entropy: self is Mixture (expected a distribution whose entropy is known in closed form)")
        #expect(thrownMessage { _ = try normal.icdf(Tensor(1.5)) } == "icdf: q is 1.5 (expected from 0 to 1)")
        #expect(
            thrownMessage { _ = try Mixture(weights: weights, components: [normal]) }
                == "Mixture: components is of 1 (expected a component for each of the 2 weights)")
        let half = try HalfNormal(scale: .ones([3]))
        #expect(
            thrownMessage { _ = try Mixture(weights: weights, components: [normal, half]) }
                == "Mixture: components[2] is of the batch 3 and the event scalar (expected those of the first: scalar "
                + "and scalar)")
    }

    @Test func edgesOfTheSupportBelongToIt() throws {
        let exponential = try Exponential(rate: Tensor(2))
        #expect(abs(try exponential.logProbability(Tensor(0)).item() - 0.6931472) < 1e-6)
        let uniform = try Uniform(low: Tensor(0), high: Tensor(2))
        #expect(try uniform.logProbability(tensor(0, 2)).values == [-0.6931472, -.infinity])
        let certain = try Bernoulli(probs: tensor(0, 1))
        #expect(try certain.logProbability(tensor(0, 0)).values == [0, -.infinity])
        #expect(try certain.entropy().values == [0, 0])
        let impossible = try Categorical(probs: tensor(0, 1))
        #expect(try impossible.logProbability(tensor(0, 1)).values == [-.infinity, 0])
        #expect(try impossible.sample([50], generator: RandomGenerator(seed: 1)).values.allSatisfy { $0 == 1 })
    }

    /// Quantiles at 0 and 1 are the ends of the support.
    @Test func quantilesEndWhereTheSupportDoes() throws {
        let ends = try tensor(0, 1)
        #expect(try Normal(loc: Tensor(0), scale: Tensor(1)).icdf(ends).values == [-.infinity, .infinity])
        #expect(try Laplace(loc: Tensor(0), scale: Tensor(1)).icdf(ends).values == [-.infinity, .infinity])
        #expect(try Cauchy(loc: Tensor(0), scale: Tensor(1)).icdf(ends).values == [-.infinity, .infinity])
        #expect(try Exponential(rate: Tensor(1)).icdf(ends).values == [0, .infinity])
        #expect(try HalfNormal(scale: Tensor(1)).icdf(ends).values == [0, .infinity])
        #expect(try Uniform(low: Tensor(2), high: Tensor(3)).icdf(ends).values == [2, 3])
    }
}
