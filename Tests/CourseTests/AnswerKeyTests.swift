import Course
import Testing

@Suite struct AnswerKeyTests {
    private static func key() throws -> AnswerKey {
        var key = AnswerKey()
        key["sum"] = try Answer([.number(0.1)], tolerance: 0.01, mistakes: [Mistake([.number(7)], hint: "secret hint")])
        key["text"] = try Answer([.text("α \"b\"\n")], points: 2)
        key["function"] = try Answer(
            [.boolean(true), .list(shape: [0], elements: [])],
            inputs: [[.tensor(shape: [1, 2], elements: [Double(Float(0.1)), Double(Float(-2.5e-20))])], []], almost: 0.2
        )
        return key
    }

    @Test func `A sealed key is the same when it is opened, and so is its text`() throws {
        let key = try Self.key()
        let text = key.sealed
        #expect(try AnswerKey(sealed: text) == key)
        #expect(try Self.key().sealed == text)
        #expect(try AnswerKey(sealed: text.split(separator: "\n").joined(separator: "\r\n  ")) == key)
        #expect(key.names == ["sum", "text", "function"])
        #expect(try AnswerKey(sealed: AnswerKey().sealed).names.isEmpty)
    }

    @Test func `It cannot be read`() throws {
        let text = try Self.key().sealed
        #expect(!text.contains("secret") && !text.contains("sum"))
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 76 })
    }

    @Test(arguments: ["", "x", "AAAA", "%%%"])
    func `Another text is an error`(_ text: String) {
        #expect(throws: CourseError.self) { try AnswerKey(sealed: text) }
    }

    @Test func `A text with one letter changed is an error`() throws {
        var text = Array(try Self.key().sealed.utf8)
        for place in [0, 40, text.count / 2] {
            let kept = text[place]
            text[place] = kept == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: CourseError.self) { try AnswerKey(sealed: String(decoding: text, as: UTF8.self)) }
            text[place] = kept
        }
    }

    @Test func `A later answer replaces the earlier one in its place`() throws {
        var key = try Self.key()
        key["sum"] = try Answer([.number(3)])
        #expect(key.names == ["sum", "text", "function"])
        #expect(key["sum"]?.judge([.value(.number(3))]).verdict == .right)
        key["sum"] = nil
        #expect(key.names == ["text", "function"])
    }
}
