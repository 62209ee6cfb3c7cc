import Course
import Testing

@Suite struct AnswerTests {
    private static func tensor(_ elements: [Double], _ shape: [Int]) -> AnswerValue {
        .tensor(shape: shape, elements: elements)
    }

    private static let square = tensor([1, 2, 3, 4], [2, 2])

    /// A right answer, one of a reader, and what is said of it.
    struct Case: CustomTestStringConvertible {
        let right: AnswerValue
        let given: GivenValue
        let verdict: AnswerVerdict
        let hint: String

        init(_ right: AnswerValue, _ given: AnswerValue, _ verdict: AnswerVerdict, _ hint: String = "") {
            self.init(right, .value(given), verdict, hint)
        }

        init(_ right: AnswerValue, _ given: GivenValue, _ verdict: AnswerVerdict, _ hint: String = "") {
            (self.right, self.given, self.verdict, self.hint) = (right, given, verdict, hint)
        }

        var testDescription: String { "\(given) for \(right)" }
    }

    @Test(arguments: [
        Case(.number(6), .none, .missing),
        Case(.number(6), .number(6), .right),
        Case(.number(6), .number(6.005), .right),
        Case(.number(6), .number(6.01), .almost, "it is near, but not near enough"),
        Case(.number(6), .number(7), .wrong),
        Case(.number(6), .number(-6), .almost, "the sign is the other way round"),
        Case(.number(6), .number(12), .almost, "it is twice as much as it should be"),
        Case(.number(6), .number(3), .almost, "it is half as much as it should be"),
        Case(.number(6), .number(36), .almost, "it is the square of what it should be"),
        Case(.number(16), .number(4), .almost, "it is the square root of what it should be"),
        Case(.number(6), .number(.nan), .wrong, "a number in it is not finite"),
        Case(.number(0), .number(0.0005), .right),
        Case(.number(0), .number(0.05), .almost, "it is near, but not near enough"),
        Case(.number(0), .number(1), .wrong),
        Case(.number(6), .text("6"), .wrongType, "a number expected, got a string"),
        Case(.number(6), .other("table"), .wrongType, "a number expected, got a table"),
        Case(
            .number(6), tensor([6], [1]), .wrongType,
            "a number expected, got a tensor of one element; `item()` takes it out"),
        Case(.number(6), tensor([6, 6], [2]), .wrongType, "a number expected, got a tensor"),
        Case(square, square, .right),
        Case(square, tensor([1, 2, 3, 4.003], [2, 2]), .right),
        Case(square, tensor([1, 2, 3, 4.1], [2, 2]), .almost, "it is near, but not near enough"),
        Case(square, tensor([1, 2, 3, 5], [2, 2]), .wrong),
        Case(square, tensor([-1, -2, -3, -4], [2, 2]), .almost, "the sign is the other way round"),
        Case(square, tensor([1, 2, 3, 4], [4]), .wrongShape, "{2, 2} expected, got {4}"),
        Case(
            tensor([1, 2, 3, 4, 5, 6], [2, 3]), tensor([1, 4, 2, 5, 3, 6], [3, 2]), .wrongShape,
            "{2, 3} expected, got {3, 2}; is it transposed?"),
        Case(
            square, .list(shape: [2, 2], elements: [1, 2, 3, 4]), .wrongType,
            "a tensor expected, got a list of numbers; `torch.tensor` makes one of it"),
        Case(.list(shape: [2], elements: [1, 2]), .list(shape: [2], elements: [1, 2]), .right),
        Case(
            .list(shape: [2], elements: [1, 2]), .list(shape: [3], elements: [1, 2, 3]), .wrongShape,
            "{2} expected, got {3}"),
        Case(.boolean(true), .boolean(true), .right),
        Case(.boolean(true), .boolean(false), .wrong),
        Case(.boolean(true), .number(1), .wrongType, "a boolean expected, got a number"),
        Case(.text("Gaussian"), .text("Gaussian"), .right),
        Case(.text("Gaussian"), .text(" gaussian"), .almost, "mind capitals and spaces"),
        Case(.text("Gaussian"), .text("Laplace"), .wrong),
        Case(.number(6), .failure("line 2: no"), .wrong, "it stopped: line 2: no"),
    ])
    func `Each answer gets its verdict and hint`(_ one: Case) throws {
        let judgement = try Answer([one.right]).judge([one.given])
        #expect(judgement == Judgement(one.verdict, one.hint))
    }

    @Test func `The hint of a usual mistake comes before the general ones`() throws {
        let hint = "the distance, not the difference"
        let answer = try Answer([.number(6)], mistakes: [Mistake([.number(-6)], hint: hint)])
        #expect(answer.judge([.value(.number(-6))]) == Judgement(.almost, hint))
        #expect(answer.judge([.value(.number(6))]).verdict == .right)
        let small = try Answer([.number(1e-5)], mistakes: [Mistake([.number(0)], hint: "zero")])
        #expect(small.judge([.value(.number(1.001e-5))]).verdict == .right)
        #expect(small.judge([.value(.number(0))]) == Judgement(.almost, "zero"))
        #expect(small.judge([.value(.number(1e-4))]).verdict == .wrong)
    }

    @Test func `A choice that is not right is wrong, with its hint`() throws {
        let answer = try Answer([.text("b")], mistakes: [Mistake([.text("a")], hint: "mind the bias")])
        #expect(answer.judge([.value(.text("a"))]) == Judgement(.wrong, "mind the bias"))
        #expect(answer.judge([.value(.text("c"))]) == Judgement(.wrong))
    }

    @Test func `A function is judged by all its cases, and the first wrong one is named`() throws {
        let answer = try Answer([.number(1), .number(4)], inputs: [[.number(1)], [.number(2)]])
        func judge(_ first: Double, _ second: Double) -> Judgement {
            answer.judge([.value(.number(first)), .value(.number(second))])
        }
        #expect(judge(1, 4).verdict == .right)
        #expect(judge(1, 7) == Judgement(.wrong, "case 2"))
        #expect(judge(2, 8) == Judgement(.almost, "case 1: it is twice as much as it should be"))
        #expect(answer.judge([.none, .none]) == Judgement(.missing, "it gives nothing"))
        #expect(answer.judge([.value(.number(1)), .none]) == Judgement(.missing, "it gives nothing"))
    }

    @Test func `What cannot be an answer is an error`() {
        func message(_ make: () throws -> Answer) -> String {
            do { _ = try make() } catch { return "\(error)" }
            return ""
        }
        #expect(message { try Answer([.number(.infinity)]) } == "the answer has a number that is not finite")
        #expect(message { try Answer([.number(1)], inputs: []) }.hasPrefix("inputs: a value for each of 0 cases"))
        let empty = Mistake([], hint: "")
        #expect(message { try Answer([.number(1)], mistakes: [empty]) }.hasPrefix("mistakes: a value for"))
        let large = AnswerValue.tensor(shape: [10_001], elements: [Double](repeating: 0, count: 10_001))
        #expect(message { try Answer([large]) }.hasPrefix("at most 10,000 numbers expected, got 10001"))
    }
}
