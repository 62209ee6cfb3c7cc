import Foundation
import LuaBridge
import LuaModules
import Support

/// What the prompt does beside running Lua: a word after a colon.
struct Command: Sendable {
    /// The word.
    let name: String
    /// What follows the word, for the list of commands; empty for nothing.
    let argument: String
    /// What it does, in a sentence.
    let summary: String
    private let body: Body

    private enum Body: Sendable {
        case text(@Sendable (ReadEvaluatePrintLoop, String) -> Void)
        case code(@Sendable (ReadEvaluatePrintLoop, Workspace.Entry) -> Void)
    }

    private init(
        _ name: String, _ argument: String, _ summary: String,
        run: @escaping @Sendable (ReadEvaluatePrintLoop, String) -> Void
    ) {
        (self.name, self.argument, self.summary, body) = (name, argument, summary, .text(run))
    }

    private init(
        _ name: String, _ summary: String, runCode: @escaping @Sendable (ReadEvaluatePrintLoop, Workspace.Entry) -> Void
    ) {
        (self.name, argument, self.summary, body) = (name, "CODE", summary, .code(runCode))
    }

    /// All commands, in the order of their list.
    static let all = [
        Command("help", "", "lists the commands; help() lists the modules") { loop, _ in loop.show(listing) },
        Command("time", "runs CODE and tells how long it took") { $0.time($1) },
        Command("who", "", "lists the variables of the session, with the bytes of their tensors") { loop, _ in
            loop.listVariables()
        },
        Command("load", "FILE", "runs a script as if it were typed here, so that its variables stay") { $0.load($1) },
        Command("save", "FILE.lua", "writes what ran without error as a script, each entry a cell after \"-- %%\"") {
            $0.save($1)
        },
        Command("history", "[N]", "lists the last N entries of this session, with the numbers that errors name") {
            $0.listHistory($1)
        },
        Command("clear", "", "clears the screen, as Ctrl-L does") { loop, _ in loop.clearScreen() },
        Command("quit", "", "leaves, as Ctrl-D does") { loop, _ in loop.quit() },
    ]

    /// The command of a name.
    static func named(_ name: String) -> Command? { all.first { $0.name == name } }

    /// What is said of a command that there is not.
    static func unknown(_ name: String) -> String {
        let near = nearestName(to: name, among: all.map(\.name)).map { " (did you mean ':\($0)'?)" } ?? ""
        return "there is no command ':\(name)'\(near); :help lists the commands"
    }

    /// Whether Lua follows it.
    var takesCode: Bool { if case .code = body { true } else { false } }

    /// Carries out a command that takes no code.
    func run(_ loop: ReadEvaluatePrintLoop, _ argument: String) {
        if case .text(let run) = body { run(loop, argument) }
    }

    /// Carries out a command that takes code.
    func runCode(_ loop: ReadEvaluatePrintLoop, _ entry: Workspace.Entry) {
        if case .code(let run) = body { run(loop, entry) }
    }

    private static var listing: String {
        let rows = all.map { (":" + $0.name + ($0.argument.isEmpty ? "" : " " + $0.argument), $0.summary) }
        let questions = [
            ("?NAME, NAME?", "tells of a function, an object or a module"), ("??WORDS", "searches all help"),
        ]
        return TextColumns((rows + questions).map { [$0.0, $0.1] }).text
    }
}

extension ReadEvaluatePrintLoop {
    fileprivate func time(_ entry: Workspace.Entry) {
        let start = ContinuousClock.now
        evaluate(entry)
        let seconds = Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9
        show(seconds < 1 ? String(format: "%.3g ms", seconds * 1000) : String(format: "%.2f s", seconds))
    }

    fileprivate func listVariables() {
        do throws(LuaError) {
            var rows: [[String]] = []
            for (name, value) in try session.workspace.variables() {
                let summary = try ValueSummary(value, in: session.state)
                rows.append([name, summary.type, summary.size, summary.bytes.map(Self.bytes) ?? ""])
            }
            show(rows.isEmpty ? "No variables yet." : TextColumns(rows).text)
        } catch {
            Report.show(error)
        }
    }

    private static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: String(format: "%.1f kB", Double(count) / 1e3)
        case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
        default: String(format: "%.1f GB", Double(count) / 1e9)
        }
    }

    fileprivate func save(_ path: String) {
        guard path.hasSuffix(".lua") else {
            Report.show(":save needs a file whose name ends in .lua, got '\(path)'")
            return
        }
        do {
            try WholeFile.replace(path, with: Data(record.script.luaBytes))
        } catch {
            Report.show("\(error)")
        }
    }

    fileprivate func listHistory(_ argument: String) {
        guard let count = argument.isEmpty ? .max : Int(argument), count > 0 else {
            Report.show(":history needs a number of entries, got '\(argument)'")
            return
        }
        show(record.listing(last: count))
    }

    fileprivate func clearScreen() {
        guard isatty(STDOUT_FILENO) == 1, ProcessInfo.processInfo.environment["TERM"] != "dumb" else { return }
        print("\u{1B}[H\u{1B}[2J", terminator: "")
    }
}
