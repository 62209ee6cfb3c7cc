import Jupyter
import Support
import Testing

/// What a front end can ask of the history.
@Suite struct HistoryTests {
    private func lines(_ request: KeyValuePairs<String, JSON>) -> [Int] {
        var history = History()
        for (index, input) in ["x = 1", "x", "print(x)", "x"].enumerated() {
            history.add(line: index + 1, input: input, output: input == "x" ? "1" : nil)
        }
        return (history.reply(to: .record(request))["history"]?.elements ?? []).compactMap { $0.elements?[1].integer }
    }

    @Test func tail() {
        #expect(lines(["hist_access_type": .string("tail"), "n": .number(2)]) == [3, 4])
        #expect(lines(["hist_access_type": .string("tail"), "n": .number(-1)]) == [])
    }

    @Test func range() {
        #expect(lines(["hist_access_type": .string("range"), "start": .number(2), "stop": .number(4)]) == [2, 3])
        #expect(lines(["hist_access_type": .string("range"), "session": .number(7)]) == [])
    }

    @Test(
        arguments: [
            ("*", [1, 2, 3, 4]), ("x", [2, 4]), ("x*", [1, 2, 4]), ("*x*", [1, 2, 3, 4]), ("?", [2, 4]), ("", []),
            ("p*(*)", [3]), ("*=*=*", []),
        ])
    func search(pattern: String, expected: [Int]) {
        #expect(lines(["hist_access_type": .string("search"), "pattern": .string(pattern)]) == expected)
    }

    @Test func searchForWhatIsUnique() {
        #expect(
            lines(["hist_access_type": .string("search"), "pattern": .string("x"), "unique": .bool(true)]) == [4])
    }

    @Test func longOutputsAreCut() {
        var history = History()
        history.add(line: 1, input: "x", output: String(repeating: "y", count: 1_000_000))
        let reply = history.reply(to: .record(["hist_access_type": .string("tail"), "output": .bool(true)]))
        #expect(reply.description.utf8.count < 20_000)
    }

    @Test func unknownAccessGivesNothing() { #expect(lines([:]) == []) }
}
