import Support

/// A mistake that is often made, and what it gives.
public struct Mistake: Equatable, Sendable {
    let values: [AnswerValue]
    let hint: String

    /// A mistake that gives `values`, one for each case of the exercise, and the hint for who made it.
    public init(_ values: [AnswerValue], hint: String) { (self.values, self.hint) = (values, hint) }
}

/// The right answer of an exercise: a value or, where a function is asked for, what it gives in several cases.
public struct Answer: Equatable, Sendable {
    /// How far a number may be off, as a share of the largest magnitude in the answer (of an answer of zeros: as it
    /// is).
    public static let defaultTolerance = 1e-3
    /// How far a number may be off to be almost right, in the same way.
    public static let defaultAlmost = 0.1

    /// The arguments of each case; nil where a value is asked for.
    public let inputs: [[AnswerValue]]?
    /// What it is worth.
    public let points: Double
    /// What is right, in each case; of a value there is one.
    private let values: [AnswerValue]
    private let tolerance: Double
    private let almost: Double
    private let mistakes: [Mistake]

    /// An answer; an error where mistakes, inputs and values are not as many, a number is not finite, or there are more
    /// than 10,000, as they are kept in the notebook.
    public init(
        _ values: [AnswerValue], inputs: [[AnswerValue]]? = nil, tolerance: Double = defaultTolerance,
        almost: Double = defaultAlmost, mistakes: [Mistake] = [], points: Double = 1
    ) throws(CourseError) {
        guard values.count == inputs?.count ?? 1 else {
            throw CourseError("inputs: a value for each of \(inputs?.count ?? 1) cases expected, got \(values.count)")
        }
        for (place, value) in values.enumerated() where value.elements.contains(where: { !$0.isFinite }) {
            let part = inputs == nil ? "" : " of case \(place + 1)"
            throw CourseError("the answer\(part) has a number that is not finite")
        }
        let count = (values + mistakes.flatMap(\.values) + (inputs ?? []).joined()).map(\.elements.count).reduce(0, +)
        guard count <= 10_000 else {
            throw CourseError(
                "at most 10,000 numbers expected, got \(count): a part of them, or their mean, does it, too")
        }
        for mistake in mistakes where mistake.values.count != values.count {
            throw CourseError(
                "mistakes: a value for each of \(values.count) cases expected, got \(mistake.values.count)")
        }
        (self.values, self.inputs, self.tolerance, self.almost) = (values, inputs, tolerance, almost)
        (self.mistakes, self.points) = (mistakes, points)
    }

    /// What is said of `given`, a value for each case.
    ///
    /// What differs in type or shape is told so, and how it should be. A value within the tolerance is right; one that
    /// a mistake gives is almost right, with the hint of that mistake; of a string or a boolean, wrong with the hint.
    /// Then come mistakes that are made everywhere (the sign, a factor of two, a square), and last, what is near.
    public func judge(_ given: [GivenValue]) -> Judgement {
        var numbers: [AnswerValue] = []
        for (place, (value, right)) in zip(given, values).enumerated() {
            if value == .none { return inputs == nil ? Judgement(.missing) : Judgement(.missing, "it gives nothing") }
            switch Self.match(value, right) {
            case .success(let value): numbers.append(value)
            case .failure(let mismatch): return Judgement(mismatch.verdict, hint(mismatch.hint, case: place))
            }
        }
        if fits(numbers, values, within: tolerance) { return Judgement(.right) }
        for mistake in mistakes where fits(numbers, mistake.values, within: tolerance) {
            let isChoice = values.allSatisfy { $0.shape == nil }
            return Judgement(isChoice ? .wrong : .almost, mistake.hint)
        }
        let place = numbers.indices.first { !fits([numbers[$0]], [values[$0]], within: tolerance) } ?? 0
        func judgement(_ verdict: AnswerVerdict, _ text: String = "") -> Judgement {
            Judgement(verdict, hint(text, case: place))
        }
        if numbers.contains(where: { $0.elements.contains { !$0.isFinite } }) {
            return judgement(.wrong, "a number in it is not finite")
        }
        for (change, text) in Self.everywhere where fits(numbers, values.map(change), within: tolerance) {
            return judgement(.almost, text)
        }
        if fits(numbers, values, within: almost) { return judgement(.almost, "it is near, but not near enough") }
        return numbers.map(\.letters) == values.map(\.letters) && numbers.contains { $0.letters != nil }
            ? judgement(.almost, "mind capitals and spaces") : judgement(.wrong)
    }

    /// A hint, with the case where there are several.
    private func hint(_ text: String, case index: Int) -> String {
        guard values.count > 1 else { return text }
        return "case \(index + 1)" + (text.isEmpty ? "" : ": \(text)")
    }

    /// A verdict on the type or the shape.
    private struct Mismatch: Error {
        let verdict: AnswerVerdict
        let hint: String
    }

    private static func match(_ given: GivenValue, _ right: AnswerValue) -> Result<AnswerValue, Mismatch> {
        func wrongType(_ got: String, _ hint: String = "") -> Result<AnswerValue, Mismatch> {
            .failure(Mismatch(verdict: .wrongType, hint: "a \(right.typeName) expected, got \(got)\(hint)"))
        }
        switch given {
        case .none: return wrongType("nil")
        case .failure(let message): return .failure(Mismatch(verdict: .wrong, hint: "it stopped: \(message)"))
        case .other(let type): return wrongType("a \(type)")
        case .value(let value):
            guard value.typeName == right.typeName else {
                switch (value, right) {
                case (.tensor(_, let elements), .number) where elements.count == 1:
                    return wrongType("a tensor of one element", "; `item()` takes it out")
                case (.list, .tensor): return wrongType("a list of numbers", "; `torch.tensor` makes one of it")
                case (.tensor, .list): return wrongType("a tensor", "; `tolist()` makes one of it")
                default: return wrongType("a \(value.typeName)")
                }
            }
            guard value.shape == right.shape else {
                let (shape, other) = (value.shape ?? [], right.shape ?? [])
                let isTurned = shape.count == 2 && shape == other.reversed() as [Int]
                return .failure(
                    Mismatch(
                        verdict: .wrongShape,
                        hint: "\(text(other)) expected, got \(text(shape))\(isTurned ? "; is it transposed?" : "")"))
            }
            return .success(value)
        }
    }

    private static func text(_ shape: [Int]) -> String { "{\(shape.map(String.init).joined(separator: ", "))}" }

    /// Whether all of `given`, of the types and shapes of the answer, are no further from `other` than the share
    /// `tolerance` of what is largest in the answer.
    private func fits(_ given: [AnswerValue], _ other: [AnswerValue], within tolerance: Double) -> Bool {
        let largest = values.map { $0.elements.map(\.magnitude).max() ?? 0 }.max() ?? 0
        let limit = tolerance * (largest > 0 ? largest : 1)
        return zip(given, other).allSatisfy { given, other in
            guard given.shape != nil else { return given == other }
            guard given.shape == other.shape else { return false }
            return zip(given.elements, other.elements).allSatisfy { ($0 - $1).magnitude <= limit }
        }
    }

    /// Mistakes that are made in every field: what they make of the right value, and their hints.
    private static let everywhere: [(change: @Sendable (AnswerValue) -> AnswerValue, hint: String)] = [
        ({ $0.mapped { -$0 } }, "the sign is the other way round"),
        ({ $0.mapped { 2 * $0 } }, "it is twice as much as it should be"),
        ({ $0.mapped { $0 / 2 } }, "it is half as much as it should be"),
        ({ $0.mapped { $0 * $0 } }, "it is the square of what it should be"),
        ({ $0.mapped { $0 >= 0 ? $0.squareRoot() : .nan } }, "it is the square root of what it should be"),
    ]
}

extension AnswerValue {
    /// A text without capitals and spaces; nil of anything else.
    fileprivate var letters: String? {
        guard case .text(let text) = self else { return nil }
        return text.lowercased().filter { !$0.isWhitespace }
    }

    /// The same with every number changed.
    fileprivate func mapped(_ change: (Double) -> Double) -> AnswerValue {
        switch self {
        case .boolean, .text: self
        case .number(let value): .number(change(value))
        case .tensor(let shape, let elements): .tensor(shape: shape, elements: elements.map(change))
        case .list(let shape, let elements): .list(shape: shape, elements: elements.map(change))
        }
    }
}

extension Answer {
    /// As JSON.
    var json: JSON {
        .record([
            "values": .array(values.map(\.json)),
            "inputs": inputs.map { .array($0.map { .array($0.map(\.json)) }) } ?? .null,
            "tolerance": .number(tolerance), "almost": .number(almost), "points": .number(points),
            "mistakes": .array(
                mistakes.map { .record(["values": .array($0.values.map(\.json)), "hint": .string($0.hint)]) }),
        ])
    }

    /// Reads what `json` gives; nil of anything else.
    package init?(_ json: JSON) {
        func values(_ json: JSON?) -> [AnswerValue]? {
            guard let elements = json?.elements else { return nil }
            let values = elements.compactMap { AnswerValue($0) }
            return values.count == elements.count ? values : nil
        }
        guard let right = values(json["values"]), let tolerance = json["tolerance"]?.number,
            let almost = json["almost"]?.number, let points = json["points"]?.number,
            let parts = json["mistakes"]?.elements
        else { return nil }
        let mistakes = parts.compactMap { part in
            values(part["values"]).map { Mistake($0, hint: part["hint"]?.text ?? "") }
        }
        let cases = json["inputs"]?.elements
        let inputs = cases?.compactMap { values($0) }
        guard mistakes.count == parts.count, inputs?.count == cases?.count else { return nil }
        guard
            let answer = try? Answer(
                right, inputs: inputs, tolerance: tolerance, almost: almost, mistakes: mistakes, points: points)
        else { return nil }
        self = answer
    }
}

/// What is wrong with an answer of a course, or with the use of one.
public struct CourseError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    /// Something is wrong, in words.
    public init(_ description: String) { self.description = description }
}
