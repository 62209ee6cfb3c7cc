import Support
import Tensors

/// The distribution of 1 and 0, as an event happens or not.
public struct Bernoulli: Distribution {
    /// "Bernoulli".
    public var kind: String { "Bernoulli" }
    private let given: Odds

    /// The distribution in which 1 has the probabilities `probs`, each from 0 to 1.
    public init(probs: Tensor) throws(TensorError) {
        try CheckedParameter("probs", probs, in: .share).check("Bernoulli")
        given = .probabilities(probs)
    }

    /// The distribution in which 1 has the log odds `logits`.
    public init(logits: Tensor) throws(TensorError) {
        try CheckedParameter("logits", logits).check("Bernoulli")
        given = .logits(logits)
    }

    /// The shape of the parameter.
    public var batchShape: [Int] { given.parameter.tensor.shape }

    /// `probs` or `logits`, whichever was given.
    public var parameters: [(name: String, tensor: Tensor)] { [given.parameter] }

    /// 0 and 1.
    public var support: Constraint { get throws(TensorError) { try .wholeNumbers(below: 2) } }

    /// False: draws are whole numbers.
    public var hasReparameterisedSample: Bool { false }

    /// log(p) for 1, log(1 - p) for 0.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        switch given {
        case .probabilities(let p): try Tensor.select(values, p, p.negated().offset(by: 1)).log()
        case .logits(let logits): try Tensor.select(values, logits.negated(), logits).softplus().negated()
        }
    }

    /// Ones where a uniform number lies below p.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let uniform = try Tensor.openUniform(shape + batchShape, generator: generator)
        // As a number and no mask, which would choose elements where it is an index.
        return try uniform.compared(.less, probabilities.detached()).scaled(by: 1)
    }

    /// -p log(p) - (1 - p) log(1 - p).
    public func entropy() throws(TensorError) -> Tensor {
        switch given {
        case .probabilities(let p):
            let rest = try p.negated().offset(by: 1)
            return try (Tensor.xLogY(p, p) + .xLogY(rest, rest)).negated()
        case .logits(let logits): return try logits.softplus() - logits * logits.sigmoid()
        }
    }

    /// p.
    public func mean() throws(TensorError) -> Tensor { try probabilities }

    /// p (1 - p).
    public func variance() throws(TensorError) -> Tensor {
        let p = try probabilities
        return try p * p.negated().offset(by: 1)
    }

    /// The log probabilities of 0 and 1, along a new last dimension.
    var logTable: Tensor {
        get throws(TensorError) { try .stack([logDensity(Tensor(0)), logDensity(Tensor(1))], dim: -1) }
    }

    /// The probability of 1.
    var probabilities: Tensor {
        get throws(TensorError) {
            switch given {
            case .probabilities(let p): p
            case .logits(let logits): try logits.sigmoid()
            }
        }
    }
}

/// How probabilities are given: as they are, or by logits.
enum Odds {
    case probabilities(Tensor)
    case logits(Tensor)

    /// The tensor, and its name in PyTorch.
    var parameter: (name: String, tensor: Tensor) {
        switch self {
        case .probabilities(let tensor): ("probs", tensor)
        case .logits(let tensor): ("logits", tensor)
        }
    }
}

extension Tensor {
    /// x log(y), and 0 where both are 0.
    static func xLogY(_ x: Tensor, _ y: Tensor) throws(TensorError) -> Tensor {
        let isZero = try x.compared(.equal, Tensor(0)) * y.compared(.equal, Tensor(0))
        // Replaced before the logarithm, whose derivative is infinite at 0.
        return try x * Tensor.select(isZero, Tensor(1), y).log()
    }
}
