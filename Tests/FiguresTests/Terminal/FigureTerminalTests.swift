import Figures
import Foundation
import Tensors
import Testing

/// What is asked of a terminal, and how a figure is shown on it.
@Suite struct FigureTerminalTests {
    @Test(
        arguments: [
            ([:], .none), (["TERM": "dumb"], .none), (["TERM": "dumb", "COLORTERM": "truecolor"], .none),
            (["TERM": "xterm-256color"], .palette), (["TERM": "xterm", "COLORTERM": "truecolor"], .full),
            (["TERM": "xterm-direct"], .full), (["TERM": "xterm", "NO_COLOR": "1"], .none),
            (["TERM": "xterm", "NO_COLOR": ""], .palette),
        ] as [([String: String], CellPicture.Colours)])
    func coloursOfAnEnvironment(environment: [String: String], colours: CellPicture.Colours) {
        #expect(FigureTerminal.colours(environment) == colours)
    }

    private func figure() throws -> MontageFigure {
        try MontageFigure(scan: Tensor.randn([40, 50], generator: .init(seed: 1)).reshaped([1, 40, 50]))
    }

    /// The pieces of the protocol, put together again, are the PNG; none is longer than the protocol admits.
    @Test func imagesInPieces() throws {
        let figure = try figure()
        let text = try FigureTerminal(columns: 40, rows: 24, way: .images).text(of: figure)
        let pieces = text.components(separatedBy: "\u{1B}\\").dropLast()
        #expect(pieces.count > 1)
        var data = ""
        for (index, piece) in pieces.enumerated() {
            let parts = piece.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
            let more = index == pieces.count - 1 ? 0 : 1
            #expect(parts[0] == (index == 0 ? "\u{1B}_Ga=T,f=100,q=2,c=40,m=\(more)" : "\u{1B}_Gm=\(more)"))
            #expect(parts[1].utf8.count <= 4096)
            data += parts[1]
        }
        #expect(try Data(base64Encoded: data) == figure.png())
    }

    /// The last column stays free, and so do lines for the prompt.
    @Test func cellsLeaveRoom() throws {
        let text = try FigureTerminal(columns: 41, rows: 16, way: .cells(.none)).text(of: figure())
        let lines = text.components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count <= 40 } && lines.count <= 14)
    }

    @Test(
        arguments: [
            ("\u{1B}_Gi=4211;OK\u{1B}\\\u{1B}[?62;c", true), ("\u{1B}_Gi=4211;ENOTSUP:no\u{1B}\\\u{1B}[?62c", false),
            ("\u{1B}[?1;2c", false),
        ])
    func answersAreReadToTheEnd(answer: String, expected: Bool) throws {
        let terminal = try PseudoTerminal()
        let asked = terminal.answer(with: answer)
        #expect(KittyGraphics.isOffered(input: terminal.inner, output: terminal.inner, limit: 300) == expected)
        #expect(asked.wait() == "\u{1B}_Gi=4211,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[c")
        #expect(terminal.waiting.isEmpty)
        #expect(terminal.isEchoing)
    }

    @Test func aSilentTerminalCostsTheLimit() throws {
        let terminal = try PseudoTerminal()
        let start = ContinuousClock.now
        #expect(KittyGraphics.isOffered(input: terminal.inner, output: terminal.inner, limit: 0.1) == false)
        #expect(ContinuousClock.now - start >= .milliseconds(90))
        #expect(terminal.isEchoing)
    }

    /// What was typed ahead is not taken for an answer, nor lost.
    @Test func nothingIsAskedWhileInputWaits() throws {
        let terminal = try PseudoTerminal()
        terminal.type("x = 1\n")
        #expect(KittyGraphics.isOffered(input: terminal.inner, output: terminal.inner, limit: 300) == nil)
        #expect(terminal.waiting == "x = 1\n")
    }

    @Test func filesAreNotAsked() throws {
        let file = open("/dev/null", O_RDWR)
        defer { close(file) }
        #expect(KittyGraphics.isOffered(input: file, output: file) == nil)
    }
}
