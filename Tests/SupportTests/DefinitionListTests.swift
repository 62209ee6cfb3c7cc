import Support
import Testing

@Suite struct DefinitionListTests {
    private let rows = [("add", "adds two numbers and returns the sum"), ("a_long_name(x, [y])", "does more")]

    @Test func wholeLines() {
        #expect(
            DefinitionList(rows).text == """
                  add                  adds two numbers and returns the sum
                  a_long_name(x, [y])  does more
                """)
    }

    @Test func brokenLines() {
        #expect(
            DefinitionList(rows, indent: 0, width: 30).text == """
                add         adds two numbers
                            and returns the
                            sum
                a_long_name(x, [y])
                            does more
                """)
    }

    @Test(arguments: [30, 40, 80, 200])
    func noLineIsLonger(width: Int) {
        let words = (1...60).map { String(repeating: "w", count: $0 % 7 + 1) }.joined(separator: " ")
        let text = DefinitionList(rows + [("n", words)], width: width).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
        #expect(text.split { $0 == " " || $0 == "\n" }.filter { $0.allSatisfy { $0 == "w" } }.count == 60)
    }

    @Test func whatCannotBeBroken() {
        #expect("abcdef gh".lines(width: 3) == ["abcdef", "gh"])
        #expect("".lines(width: 3) == [""])
        #expect("a b".lines(width: -1) == ["a", "b"])
        #expect(DefinitionList([], width: 40).text == "")
    }
}
