import Tensors

/// The pairs of kinds whose Kullback-Leibler divergence has a closed form.
///
/// A pair is a line in `pairs`; distributions of independent parts sum the divergences of their parts.
package enum KLTable {
    /// The divergence of `p` from `q`; nil where the table has none.
    static func divergence(_ p: any Distribution, _ q: any Distribution) throws(TensorError) -> Tensor? {
        for pair in pairs { if let value = try pair.divergence(p, q) { return value } }
        if let p = p as? Independent, let q = q as? Independent, p.dims == q.dims,
            let parts = try divergence(p.base, q.base)
        {
            // Both bases are broadcast first, as the parts of one may stand for several of the other.
            let shape = try Shape.broadcast(p.base.batchShape, q.base.batchShape, operation: "kl")
            return try p.summed(parts.expanded(to: shape))
        }
        if let p = try DiagonalNormal.vector(p), let q = try DiagonalNormal.vector(q) { return try gaussian(p, q) }
        return nil
    }

    /// The kinds of each pair, as "Normal|Normal".
    package static var kinds: [String] { pairs.map(\.kinds) }

    private static var pairs: [KLPair] { locationScalePairs + gammaPairs + discretePairs }

    /// (log(b^2 / a^2) + (a^2 + (m - n)^2) / b^2 - 1) / 2, of standard deviations a and b and means m and n.
    private static func normal(_ p: Normal, _ q: Normal) throws(TensorError) -> Tensor {
        let (ratio, distance) = (try (p.scale / q.scale).square(), try ((p.loc - q.loc) / q.scale).square())
        return try (ratio + distance - ratio.log()).offset(by: -1).scaled(by: 0.5)
    }

    private static var locationScalePairs: [KLPair] {
        [
            KLPair(Normal.self, Normal.self) { p, q throws(TensorError) in try normal(p, q) },
            KLPair(LogNormal.self, LogNormal.self) { p, q throws(TensorError) in
                try normal(p.logarithm, q.logarithm)
            },
            // log(b / a) + (a e^(-|m - n| / a) + |m - n|) / b - 1.
            KLPair(Laplace.self, Laplace.self) { p, q throws(TensorError) in
                let distance = try (p.loc - q.loc).abs()
                let first = try p.scale * (distance / p.scale).negated().exp()
                return try ((first + distance) / q.scale - (p.scale / q.scale).log()).offset(by: -1)
            },
            // Infinite where p reaches beyond q.
            KLPair(Uniform.self, Uniform.self) { p, q throws(TensorError) in
                let isWithin = try q.low.compared(.lessOrEqual, p.low) * q.high.compared(.greaterOrEqual, p.high)
                return try .select(isWithin, q.entropy() - p.entropy(), Tensor(.infinity))
            },
            KLPair(HalfNormal.self, HalfNormal.self) { p, q throws(TensorError) in
                let ratio = try (p.scale / q.scale).square()
                return try (ratio - ratio.log()).offset(by: -1).scaled(by: 0.5)
            },
        ]
    }

    private static var gammaPairs: [KLPair] {
        [
            KLPair(Gamma.self, Gamma.self) { p, q throws(TensorError) in
                try gamma((p.concentration, p.rate), (q.concentration, q.rate))
            },
            // An exponential distribution is a gamma distribution of the concentration 1.
            KLPair(Exponential.self, Exponential.self) { p, q throws(TensorError) in
                try gamma((Tensor(1), p.rate), (Tensor(1), q.rate))
            },
            KLPair(Exponential.self, Gamma.self) { p, q throws(TensorError) in
                try gamma((Tensor(1), p.rate), (q.concentration, q.rate))
            },
            KLPair(Gamma.self, Exponential.self) { p, q throws(TensorError) in
                try gamma((p.concentration, p.rate), (Tensor(1), q.rate))
            },
            // The map to the inverses changes no divergence.
            KLPair(InverseGamma.self, InverseGamma.self) { p, q throws(TensorError) in
                try gamma((p.inverse.concentration, p.inverse.rate), (q.inverse.concentration, q.inverse.rate))
            },
            // A beta distribution is a Dirichlet distribution of two shares.
            KLPair(Beta.self, Beta.self) { p, q throws(TensorError) in try dirichlet(p.shares, q.shares) },
            KLPair(Dirichlet.self, Dirichlet.self) { p, q throws(TensorError) in
                try dirichlet(p.concentration, q.concentration)
            },
        ]
    }

    /// (a - c) digamma(a) - log gamma(a) + log gamma(c) + c log(b / d) + a (d - b) / b, of the concentrations a and c
    /// and the rates b and d of p and q.
    private static func gamma(
        _ p: (concentration: Tensor, rate: Tensor), _ q: (concentration: Tensor, rate: Tensor)
    ) throws(TensorError) -> Tensor {
        let (a, c, ratio) = (p.concentration, q.concentration, try q.rate / p.rate)
        let shapes = try (a - c) * a.digamma() - a.logGamma() + c.logGamma()
        return try shapes - c * ratio.log() + a * ratio.offset(by: -1)
    }

    /// log B(c) - log B(a) + the sum of (a - c) (digamma(a) - digamma(sum of a)), of the concentrations a of p and c of
    /// q.
    private static func dirichlet(_ a: Tensor, _ c: Tensor) throws(TensorError) -> Tensor {
        func logBeta(_ x: Tensor) throws(TensorError) -> Tensor {
            try x.logGamma().sum([-1]) - x.sum([-1]).logGamma()
        }
        let slopes = try a.digamma() - a.sum([-1], keepDims: true).digamma()
        return try logBeta(c) - logBeta(a) + ((a - c) * slopes).sum([-1])
    }

    /// log |Q|^(1/2) - log |P|^(1/2) + (tr(Q^-1 P) + the squared distance of the means by Q - d) / 2, of covariances P
    /// and Q.
    private static func gaussian(
        _ p: any GaussianVector, _ q: any GaussianVector
    ) throws(TensorError) -> Tensor {
        let (factor, batch) = (try p.factor, try Shape.broadcast(p.batchShape, q.batchShape, operation: "kl"))
        let size = factor.shape[factor.rank - 2]
        // The trace is the sum of the squared distances of the factor's columns from 0.
        let columns = try factor.expanded(to: batch + factor.shape.suffix(2))
            .permuted([batch.count + 2] + Array(1...batch.count + 1))
        let trace = try q.squaredDistance(columns).sum([1])
        let distance = try q.squaredDistance(p.loc - q.loc)
        let determinants = try q.halfLogDeterminant - p.halfLogDeterminant
        return try determinants + (trace + distance).offset(by: -Float(size)).scaled(by: 0.5)
    }

    private static var discretePairs: [KLPair] {
        [
            KLPair(Bernoulli.self, Bernoulli.self) { p, q throws(TensorError) in
                let (first, second) = (try p.logTable, try q.logTable)
                return try weighted(first.exp(), first, second)
            },
            KLPair(Categorical.self, Categorical.self) { p, q throws(TensorError) in
                try weighted(p.probabilities, p.logProbabilities, q.logProbabilities)
            },
        ]
    }

    /// The sum over the last dimension of p (log p - log q), in which classes of probability 0 count nothing.
    private static func weighted(_ p: Tensor, _ logP: Tensor, _ logQ: Tensor) throws(TensorError) -> Tensor {
        let isPossible = try p.compared(.greater, Tensor(0))
        let difference = try Tensor.select(isPossible, logP, Tensor(0)) - .select(isPossible, logQ, Tensor(0))
        return try (p * difference).sum([-1])
    }
}

/// A pair of kinds and the formula of their divergence.
struct KLPair {
    /// The kinds, as "Normal|Normal".
    let kinds: String
    private let formula: (any Distribution, any Distribution) throws(TensorError) -> Tensor?

    /// The formula of the divergence of a `P` from a `Q`.
    init<P: Distribution, Q: Distribution>(
        _ first: P.Type, _ second: Q.Type, _ formula: @escaping (P, Q) throws(TensorError) -> Tensor
    ) {
        kinds = "\(first)|\(second)"
        self.formula = { p, q throws(TensorError) in
            guard let p = p as? P, let q = q as? Q else { return nil }
            return try formula(p, q)
        }
    }

    /// The divergence; nil where the distributions are of other kinds.
    func divergence(_ p: any Distribution, _ q: any Distribution) throws(TensorError) -> Tensor? {
        try formula(p, q)
    }
}
