import Foundation
import TestSupport
import Testing

/// How the prompt and `show` show results.
@Suite struct ValueTextTests {
    @Test(
        arguments: [
            ("{7, {torch.zeros(2, 2)}}", "{7, {tensor 2x2 float32, min 0, mean 0, max 0: 0, 0, 0, 0}}"),
            ("(function() local t = {1} t.self = t return {t, t} end)()", "{{1, self = <cycle>}, {1, self = <cycle>}}"),
            (
                "{b = 1, 5, [3] = 2, a = 4, c = 0, [-1.5] = 3, [true] = 6, 7}",
                "{[-1.5] = 3, 5, 7, 2, a = 4, b = 1, c = 0, [true] = 6}"
            ),
            ("{{{{}}, {{{1}}}}}", "{{{{}}, {{...}}}}"),
            ("{{{{1}}}}", "{{{{...}}}}"),
            ("{nn.Linear(2, 3)}", "{Linear(2, 3)}"),
            (
                "plot.curves({loss = {3, 2, 1}})",
                "Figure(460 x 300 points), not drawn, as the output is not a terminal: give a file name, such as "
                    + "show(\"figure.png\")"
            ),
            ("plot.curves({loss = {3, 2, 1}}, {file = 'FILE.svg'})", "Figure(460 x 300 points, in FILE.svg)"),
            (
                "torch.zeros(9):show()",
                "Figure(460 x 300 points), not drawn, as the output is not a terminal: give a file name, such as "
                    + "show(\"figure.png\")"
            ),
        ])
    func withoutATerminal(code: String, text: String) throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try CommandProcess.run(
            CommandProcess.lunette, ["-i"], input: code + "\n", folder: folder,
            environment: ["XDG_STATE_HOME": folder])
        #expect(outcome.output.contains("\n" + text + "\n"), "\(outcome.output)")
        #expect(outcome.errors == "")
    }

    /// On a terminal that does not answer when it is asked for images; `script` makes one.
    @Test(arguments: [("dumb", "index", "\u{1B}"), ("xterm-256color", "▀", "\u{1B}[38;2;")])
    func onATerminal(kind: String, shown: String, absent: String) throws {
        let command = "'\(CommandProcess.lunette)' -e 'torch.arange(5):show()'"
        let outcome = try CommandProcess.run(
            "/usr/bin/script", ["-qec", command, "/dev/null"],
            environment: ["TERM": kind, "COLORTERM": "", "NO_COLOR": ""])
        #expect(outcome.code == 0)
        #expect(outcome.output.contains(shown))
        #expect(!outcome.output.contains(absent))
        #expect(!outcome.output.contains("not drawn"))
    }
}
