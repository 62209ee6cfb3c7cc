/// What is said of an answer in a word.
public enum AnswerVerdict: String, CaseIterable, Sendable {
    /// There is none yet.
    case missing
    /// It is a number where a tensor is expected, and the like.
    case wrongType = "wrong type"
    /// It has other dimensions.
    case wrongShape = "wrong shape"
    /// Its type and shape fit.
    case wrong
    /// It is near, or what a usual mistake gives.
    case almost
    /// It is right.
    case right

    /// The sign before it.
    var sign: String {
        switch self {
        case .missing: "?"
        case .wrongType, .wrongShape, .wrong: "✗"
        case .almost: "≈"
        case .right: "✓"
        }
    }
}

/// What is said of an answer.
public struct Judgement: Equatable, Sendable {
    /// In a word.
    public let verdict: AnswerVerdict
    /// What may have gone wrong, or what is expected; empty where nothing is to be said.
    public let hint: String

    /// A verdict, with a hint.
    public init(_ verdict: AnswerVerdict, _ hint: String = "") { (self.verdict, self.hint) = (verdict, hint) }

    /// The line that a reader sees of the exercise `name`.
    public func text(for name: String) -> String {
        "\(verdict.sign) \(name): \(verdict.rawValue)" + (hint.isEmpty ? "" : "; \(hint)")
    }
}
