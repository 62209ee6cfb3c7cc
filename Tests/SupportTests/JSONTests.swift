import Support
import Testing

struct JSONTests {
    @Test(
        arguments: [
            ("null", .null), (" true ", .bool(true)), ("false", .bool(false)), ("0", .number(0)),
            ("-12.5e-1", .number(-1.25)),
            ("1E3", .number(1000)), ("\"\"", .string("")), ("[]", .array([])), ("{}", .object([])),
            ("[1, [2], {\"a\": null}]", .array([.number(1), .array([.number(2)]), .object([.init("a", .null)])])),
            ("{\"b\":1,\n\t\"a\":2}", .object([.init("b", .number(1)), .init("a", .number(2))])),
            (
                "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\u{E9}\"",
                .string("\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{1F600}\u{E9}")
            ),
        ] as [(String, JSON)])
    func textIsRead(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
        #expect(try JSON(parsing: value.description) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "01x", "+1", ".5", "1.", "0x10", "inf", "NaN", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}",
        "{a:1}",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\uD83D\"", "\"\\uDE00\"", "\"\\uD83D\\u0041\"", "\"\n\"", "1 2",
        "{\"a\":1,\"a\":2}",
        "[", "{", "-", "--1",
    ])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22] as [UInt8]) }
    }

    @Test func deepNestingIsRefusedNotOverflowed() throws {
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000)) }
        let deep = String(repeating: "[", count: 90) + String(repeating: "]", count: 90)
        #expect(try JSON(parsing: deep).description == deep)
    }

    @Test func errorsTellThePlace() throws {
        let error = try #require(throws: JSONError.self) { try JSON(parsing: "[1, x]") }
        #expect(error.description == "invalid JSON at byte 4: 'x' is no value")
    }

    @Test func valuesAreReached() throws {
        let json = try JSON(parsing: "{\"a\": 3, \"b\": [\"x\", 0.5], \"c\": 1e300}")
        #expect(json["a"]?.integer == 3)
        #expect(json["b"]?.elements?[0].text == "x")
        #expect(json["b"]?.elements?[1].number == 0.5)
        #expect(json["b"]?.elements?[1].integer == nil)
        #expect(json["c"]?.integer == nil)
        #expect(json["d"] == nil)
        #expect(json.members?.map(\.name) == ["a", "b", "c"])
        #expect(JSON.number(.nan).description == "null")
        #expect(JSON.number(7).description == "7")
    }

    @Test(arguments: [
        "1", "1.0", "-0", "-0.0", "1e3", "1E+3", "0.1", "1e-07", "12345678901234567890", "9007199254740993", "1e400",
        "[1.50,{\"a\":2.0}]",
    ])
    func digitsAreKeptWhereThatIsAsked(text: String) throws {
        #expect(try JSON(parsing: text.utf8, keepingDigits: true).description == text)
    }

    @Test func keptDigitsAreNumbers() throws {
        #expect(try JSON(parsing: "2.0".utf8, keepingDigits: true).integer == 2)
        #expect(try JSON(parsing: "1.50".utf8, keepingDigits: true).number == 1.5)
        #expect(try JSON(parsing: "1.5".utf8, keepingDigits: true) == .number(1.5))
    }

    @Test func linesAreIndentedAsPythonDoes() throws {
        let json = try JSON(parsing: #"{"a":[1,{"b":"\u00e9"}],"c":{},"d":[]}"#)
        #expect(
            json.indented
                == "{\n \"a\": [\n  1,\n  {\n   \"b\": \"\u{E9}\"\n  }\n ],\n \"c\": {},\n \"d\": []\n}")
        #expect(try JSON(parsing: json.indented) == json)
    }

    @Test func membersAreSetWhereTheyStand() throws {
        let json = try JSON(parsing: #"{"a":1,"b":2}"#)
        #expect(json.setting("a", to: .null).description == #"{"a":null,"b":2}"#)
        #expect(json.setting("c", to: .bool(true)).description == #"{"a":1,"b":2,"c":true}"#)
        #expect(json.setting("a", to: nil).description == #"{"b":2}"#)
        #expect(json.setting("c", to: nil) == json)
        #expect(JSON.null.setting("a", to: .number(1)).description == #"{"a":1}"#)
    }
}
