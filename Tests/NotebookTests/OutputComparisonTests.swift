import Notebook
import Support
import Testing

struct OutputComparisonTests {
    @Test(arguments: [
        ("loss 0.5", "loss 0.5", true), ("loss 0.5", "loss 0.5000001", true), ("loss 0.5", "loss 0.51", false),
        ("1e-9", "-1e-9", true), ("1e9", "1000000001", true), ("1e9", "1000100000", false), ("3-2", "3-1", false),
        ("table: 0x55d0", "table: 0x7ff1", true), ("0.5 x", "0.5 y", false), ("1 2", "1", false), ("1", "a", false),
        ("nan", "nan", true), ("", "", true), ("1.5e+3", "1500", true), ("1e", "1.0e", true), ("1.", "1.0.", true),
        ("1e+", "1.0e+", true), ("-", "-", true), ("-.5", "-.6", false), ("0x", "0y", false), ("0xg", "0xh", false),
        ("0 0x1f.", "0 0xa.", true),
        (String(repeating: "-1 ", count: 50_000), String(repeating: "-1", count: 9), false),
    ])
    func numbersMayDifferByTheTolerance(old: String, new: String, isAlike: Bool) {
        #expect(OutputComparison().isAlike(old, new) == isAlike)
    }

    private func notebook(_ outputs: String, tags: String = "[]") throws -> Notebook {
        let cell = """
            {"cell_type": "code", "source": "x", "metadata": {"tags": \(tags)}, "outputs": \(outputs)}
            """
        return try Notebook(parsing: "{\"nbformat\": 4, \"cells\": [\(cell)]}".utf8)
    }

    private static let text = #"{"output_type": "stream", "name": "stdout", "text": ["a\n", "b 2\n"]}"#
    private static let other = #"{"output_type": "stream", "name": "stdout", "text": "a\nb 3\n"}"#
    private static let noise = #"{"output_type": "stream", "name": "stderr", "text": "3 s"}"#
    private static let picture = #"{"output_type": "display_data", "data": {"image/png": "AAAA"}}"#
    private static let error = #"{"output_type": "error", "ename": "LuaError", "evalue": "bad", "traceback": []}"#

    @Test(arguments: [
        ("[\(text)]", "[\(text)]", []),
        ("[\(text)]", "[\(other)]", ["cell 1: text, line 2: 'b 2' expected, got 'b 3'"]),
        ("[\(text), \(noise)]", "[\(text)]", []),
        ("[\(text)]", "[]", ["cell 1: no text any more"]),
        ("[]", "[\(error)]", ["cell 1: error that was not there"]),
        ("[\(text)]", "[\(error)]", ["cell 1: text expected, got error"]),
        ("[\(picture)]", "[\(picture.replacing("AAAA", with: "BBBB"))]", ["cell 1: another picture (image/png)"]),
    ])
    func differencesAreTold(old: String, new: String, expected: [String]) throws {
        #expect(OutputComparison().differences(try notebook(old), try notebook(new)) == expected)
    }

    @Test func taggedCellsAreLeftOut() throws {
        let tags = #"["nbval-ignore-output"]"#
        let comparison = OutputComparison()
        #expect(
            comparison.differences(try notebook("[\(Self.text)]", tags: tags), try notebook("[]", tags: tags)).isEmpty)
    }
}
