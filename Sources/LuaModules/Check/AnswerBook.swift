import Course
import LuaBridge
import Support
import Tensors

/// The answers of the lesson that a session is at, and what its reader has given so far.
///
/// It is the object of its class that belongs to a state (`LuaState.shared`), and used on the state's thread alone.
public final class AnswerBook: @unchecked Sendable {
    /// The right answers.
    public internal(set) var key = AnswerKey()
    /// Whether a notebook is being graded: the answers are then given, and its own cells change nothing of them.
    public private(set) var isGrading = false
    private var last: [String: AnswerVerdict] = [:]

    /// An exercise, and what was said last of its answer.
    public struct Result: Equatable, Sendable {
        /// The exercise.
        public let name: String
        /// The verdict of the last check.
        public let verdict: AnswerVerdict
        /// What a right answer is worth.
        public let possible: Double
        /// What this one is worth.
        public var points: Double { verdict == .right ? possible : 0 }
    }

    /// The exercises in the order of their answers.
    public var results: [Result] {
        key.names.map { Result(name: $0, verdict: last[$0] ?? .missing, possible: key[$0]?.points ?? 0) }
    }

    /// Begins to grade by the right answers.
    public func grade(by key: AnswerKey) { (self.key, isGrading) = (key, true) }

    /// An error while a notebook is graded.
    func requireTeacher(_ function: String) throws(CourseError) {
        if isGrading { throw CourseError("'\(function)' has no place in a notebook that is graded") }
    }

    private func answer(of name: String) throws(CourseError) -> Answer {
        if let answer = key[name] { return answer }
        throw CourseError(
            key.names.isEmpty
                ? "no answers are known: the cell that begins with `check.load` brings them"
                : "no exercise is called '\(name)'" + nameHint(for: name, among: key.names))
    }

    /// What is said of an answer, which is kept.
    func judge(_ name: String, _ value: LuaValue) throws -> Judgement {
        let judgement = try judgement(name, value)
        last[name] = judgement.verdict
        return judgement
    }

    /// What is said of an answer.
    func judgement(_ name: String, _ value: LuaValue) throws -> Judgement {
        let answer = try answer(of: name)
        guard let inputs = answer.inputs else { return answer.judge([GivenValue(value)]) }
        switch value {
        case .none: return Judgement(.missing)
        case .function(let function): return answer.judge(try GivenValue.results(of: function, inputs))
        default: return Judgement(.wrongType, "a function expected, got a \(GivenValue(value).typeName)")
        }
    }
}

extension LuaState {
    /// The answers of the lesson.
    public var answerBook: AnswerBook { shared { AnswerBook() } }
}

extension GivenValue {
    /// A value of Lua.
    init(_ value: LuaValue) {
        switch value {
        case .none: self = .none
        case .boolean(let value): self = .value(.boolean(value))
        case .integer(let value): self = .value(.number(Double(value)))
        case .number(let value): self = .value(.number(value))
        case .string(let text): self = .value(.text(text))
        case .table, .function, .other:
            if let tensor = value.object(as: Tensor.self), let elements = try? tensor.numbers() {
                self = .value(.tensor(shape: tensor.shape, elements: elements.map(Double.init)))
            } else if let list = value.object(as: NestedNumbers.self), let tensor = try? list.tensor() {
                self = .value(.list(shape: tensor.shape, elements: tensor.values.map(Double.init)))
            } else {
                self = .other(value.typeName)
            }
        }
    }

    /// What a function gives in each case; an interrupt is thrown on, any other error is a value.
    static func results(of function: LuaCallback, _ inputs: [[AnswerValue]]) throws -> [GivenValue] {
        try inputs.map { arguments in
            do {
                return GivenValue(try function.results(passing: arguments.map { try $0.luaValue }).first ?? .none)
            } catch let error as LuaError where !error.isInterrupt && error.exitStatus == nil {
                return .failure(error.message)
            }
        }
    }
}

extension AnswerValue {
    /// A teacher's value; an error where it is none that an answer can be.
    init(_ given: GivenValue) throws(CourseError) {
        switch given {
        case .value(let value): self = value
        case .none: throw CourseError("a right answer expected, got nil")
        case .failure(let message): throw CourseError("the right function stopped: \(message)")
        case .other(let type):
            throw CourseError("a number, string, boolean, tensor or list of numbers expected, got a \(type)")
        }
    }

    /// The value for Lua; a whole number is an integer.
    fileprivate var luaValue: any LuaEncodable {
        get throws {
            switch self {
            case .boolean(let value): value
            case .text(let text): text
            case .number(let value): Int(exactly: value).map { $0 as any LuaEncodable } ?? value
            case .tensor(let shape, let elements): try Tensor(elements.map { Float($0) }, shape: shape)
            case .list(let shape, let elements):
                try NestedNumbers(try Tensor(elements.map { Float($0) }, shape: shape))
            }
        }
    }
}
