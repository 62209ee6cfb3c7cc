import Course
import LuaBridge
import Sessions
import Support

private let exercise = Parameter("name", String.self, "the exercise")

extension LuaModule {
    /// `check`: exercises that tell whether their answer is right.
    public static let check = LuaModule(
        "check",
        """
        Exercises that check themselves. A lesson's teacher gives the answers with `check.answer`; in a reader's notebook \
        they are sealed, and `check` tells whether the reader's are right.
        """,
        call: LuaFunction(
            "check",
            """
            Tells, in a line, whether an answer is right: missing, wrong type, wrong shape, wrong, almost or right, with \
            a hint where there is one. It raises no error, so a lesson goes on without an answer.
            """, exercise,
            Parameter("value", LuaValue.self, "the reader's answer; nil while there is none"), CurrentState(),
            example: "check.answer('sum', 6); check('sum', 1 + 2 + 3)"
        ) { name, value, state in
            let judgement = try state.answerBook.judge(name, value)
            try StandardStream.writeOutput(judgement.text(for: name) + "\n")
        },
        functions: [
            LuaFunction(
                "answer",
                """
                Gives the right answer of an exercise: a number, string, boolean, tensor, list of numbers, or a function, \
                which is judged by what it gives for `inputs`.
                """, exercise, Parameter("value", LuaValue.self, "the right answer"),
                Option(
                    "inputs", [[LuaValue]]?.self,
                    "of a function: the arguments of each case, numbers, strings, booleans, tensors or lists of numbers"
                ),
                Option(
                    "tolerance", Double.self, in: .notNegative, default: Answer.defaultTolerance,
                    "how far a number may be off, as a share of the largest magnitude in the answer"),
                Option(
                    "almost", Double.self, in: .notNegative, default: Answer.defaultAlmost,
                    "how far it may be off to be almost right, in the same way"),
                Option(
                    "mistakes", [MistakeRow].self, default: [],
                    "what usual mistakes give, each {value, hint}; of a function, functions. A number among them is almost right, a "
                        + "string or boolean is wrong, both with the hint"),
                Option("points", Double.self, in: .notNegative, default: 1, "what the exercise is worth"),
                CurrentState(),
                example: "check.answer('mean', 2, {mistakes = {{6, 'the sum has to be divided by their number'}}})"
            ) { name, value, inputs, tolerance, almost, mistakes, points, state in
                try state.answerBook.requireTeacher("check.answer")
                let inputs = try inputs?.map { arguments in try arguments.map { try AnswerValue(GivenValue($0)) } }
                let answer = try Answer(
                    cases(of: value, inputs), inputs: inputs, tolerance: tolerance, almost: almost,
                    mistakes: mistakes.map { Mistake(try cases(of: $0.value, inputs), hint: $0.hint) }, points: points)
                state.answerBook.key[name] = answer
            },
            LuaFunction(
                "expect",
                "Raises an error where an answer gets another verdict than it should: tries out a lesson's answers.",
                exercise, Parameter("verdict", LuaChoice<AnswerVerdict>.self, "what should be said of it"),
                Parameter("value", LuaValue.self, "a reader's answer"), CurrentState(),
                example: "check.answer('sum', 6); check.expect('sum', 'wrong type', {6})"
            ) { name, verdict, value, state in
                try state.answerBook.requireTeacher("check.expect")
                let judgement = try state.answerBook.judgement(name, value)
                guard judgement.verdict == verdict.value else {
                    throw CourseError("'\(verdict.value.rawValue)' expected: \(judgement.text(for: name))")
                }
            },
            LuaFunction(
                "seal", "Seals all answers for a reader's notebook.", CurrentState(),
                returns: "a text for `check.load`, which cannot be read",
                example: "check.answer('sum', 6); assert(not check.seal():find('6.0'))"
            ) { state in state.answerBook.key.sealed },
            LuaFunction(
                "load", "Takes the answers that `check.seal` sealed, in place of those there were.",
                Parameter("text", String.self, "what it gave; line breaks do not matter"), CurrentState(),
                example: "check.answer('sum', 6); check.load(check.seal()); check('sum', 6)"
            ) { text, state in
                let key = try AnswerKey(sealed: text)
                // A student's notebook begins with it, also where other answers have been given by whoever grades.
                if !state.answerBook.isGrading { state.answerBook.key = key }
            },
            LuaFunction(
                "results", "Tells how far one is: a row for each exercise, in the order of the lesson.", CurrentState(),
                returns: "list of {name, verdict, points, possible}; the verdict is that of the last `check`",
                example: "check.answer('sum', 6); check('sum', 6); assert(check.results()[1].verdict == 'right')"
            ) { state in
                state.answerBook.results.map { row in
                    LuaRecord([
                        "name": row.name, "verdict": row.verdict.rawValue, "points": row.points,
                        "possible": row.possible,
                    ])
                }
            },
        ])
}

/// What a teacher's answer comes to: the value itself or, for `inputs`, what it gives for each of them.
private func cases(of value: LuaValue, _ inputs: [[AnswerValue]]?) throws -> [AnswerValue] {
    guard let inputs else {
        if case .function = value { throw CourseError("inputs: expected for a function, whose results are compared") }
        return [try AnswerValue(GivenValue(value))]
    }
    guard case .function(let function) = value else {
        throw CourseError("inputs: only for a function, got a \(GivenValue(value).typeName)")
    }
    return try GivenValue.results(of: function, inputs).map { value in try AnswerValue(value) }
}

/// A usual mistake as a script writes it: {value, hint}.
private struct MistakeRow: LuaDecodable {
    let value: LuaValue
    let hint: String

    static var luaTypeName: String { "{value, hint}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> MistakeRow {
        let row = try [LuaValue].decode(stack, at: index)
        guard row.count == 2, case .string(let hint) = row[1] else { throw LuaMismatch("\(luaTypeName) expected") }
        return MistakeRow(value: row[0], hint: hint)
    }
}
