import Support
import Tensors

/// The distribution of classes, numbered from 0 as the losses number them.
public struct Categorical: Distribution {
    /// "Categorical".
    public var kind: String { "Categorical" }
    private let given: Odds

    /// The distribution in which the classes have the probabilities `probs` along the last dimension: numbers from 0 to
    /// 1 whose sum is 1, up to rounding.
    public init(probs: Tensor) throws(TensorError) {
        try CheckedParameter("probs", probs, in: .share, eventRank: 1).check("Categorical")
        let sums = try probs.detached().sum([-1]).values
        if let place = sums.firstIndex(where: { abs($0 - 1) > 1e-4 }) {
            throw .argument(
                operation: "Categorical",
                parameter: "the sum of probs" + CheckedParameter.index(of: place, in: Array(probs.shape.dropLast())),
                value: "\(sums[place])", expected: "1")
        }
        given = .probabilities(probs)
        try Self.checkClasses(given)
    }

    /// The distribution in which the probabilities of the classes are the softmax of `logits` along the last dimension.
    public init(logits: Tensor) throws(TensorError) {
        try CheckedParameter("logits", logits, eventRank: 1).check("Categorical")
        given = .logits(logits)
        try Self.checkClasses(given)
    }

    /// The largest whole number that a draw can be exactly, in single precision.
    private static let mostClasses = 1 << 24

    private static func checkClasses(_ given: Odds) throws(TensorError) {
        let (name, tensor) = given.parameter
        guard let count = tensor.shape.last, 1...mostClasses ~= count else {
            throw .shape(
                operation: "Categorical", parameter: name, shape: tensor.shape,
                expected: "1 to \(mostClasses) classes in the last dimension")
        }
    }

    /// The shape of the parameter but for its last dimension.
    public var batchShape: [Int] { Array(given.parameter.tensor.shape.dropLast()) }

    /// The number of classes.
    public var classes: Int { given.parameter.tensor.shape.last ?? 0 }

    /// `probs` or `logits`, whichever was given.
    public var parameters: [(name: String, tensor: Tensor)] { [given.parameter] }

    /// The whole numbers from 0 to the number of classes less 1.
    public var support: Constraint { get throws(TensorError) { try .wholeNumbers(below: classes) } }

    /// False: draws are whole numbers.
    public var hasReparameterisedSample: Bool { false }

    /// The log probability of the class.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        // Sums of one number and zeros: a product with 0 would be NaN where a class is impossible.
        switch given {
        case .probabilities(let p): try chosen(values, from: p).log()
        case .logits(let logits): try chosen(values, from: logits.logSoftmax(-1))
        }
    }

    private func chosen(_ values: Tensor, from table: Tensor) throws(TensorError) -> Tensor {
        let isClass = try values.unsqueezed(-1).compared(.equal, .arange(0, Double(classes - 1)))
        return try Tensor.select(isClass, table, Tensor(0)).sum([-1])
    }

    /// The class whose logit is the largest after Gumbel noise was added (Gumbel 1954, the "Gumbel-max" draw).
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try draws(shape + batchShape, generator: generator)
    }

    /// Draws of any `shape` that the batch broadcasts to.
    func draws(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let noise = try Tensor.openUniform(shape + [classes], generator: generator).log().negated().log()
        return try (logProbabilities.detached() - noise).argmax(-1).offset(by: -1)
    }

    /// The sum of -p log(p).
    public func entropy() throws(TensorError) -> Tensor {
        switch given {
        case .probabilities(let p): return try Tensor.xLogY(p, p).sum([-1]).negated()
        case .logits(let logits):
            let logarithms = try logits.logSoftmax(-1)
            return try (logarithms.exp() * logarithms).sum([-1]).negated()
        }
    }

    /// The probability of each class, along the last dimension.
    var probabilities: Tensor {
        get throws(TensorError) {
            switch given {
            case .probabilities(let p): p
            case .logits(let logits): try logits.softmax(-1)
            }
        }
    }

    /// The log probability of each class, along the last dimension.
    var logProbabilities: Tensor {
        get throws(TensorError) {
            switch given {
            case .probabilities(let p): try p.log()
            case .logits(let logits): try logits.logSoftmax(-1)
            }
        }
    }
}
