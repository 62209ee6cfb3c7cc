import LuaBridge
import Sessions
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
        Command("help", "", "lists the commands; help() lists the modules") { loop, _ in
            loop.show(listing(width: loop.width))
        },
        Command("time", "runs CODE and tells how long it took") { $0.time($1) },
        Command("profile", "runs CODE and tells how long each operation took, forward and backward") {
            $0.profile($1)
        },
        Command("who", "", "lists the variables of the session, with the bytes of their tensors") { loop, _ in
            loop.listVariables()
        },
        Command("load", "FILE", "runs a script as if it were typed here, so that its variables stay") { $0.load($1) },
        Command("save", "FILE.lua|FILE.ipynb", "writes what ran without error as a script or a notebook") {
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

    /// The message about a command that does not exist.
    static func unknown(_ name: String) -> String {
        let near = nearestName(to: name, among: all.map(\.name)).map { " (did you mean ':\($0)'?)" } ?? ""
        return "there is no command ':\(name)'\(near); :help lists the commands"
    }

    /// The message where a needed argument is missing, otherwise nil; an argument in brackets is optional.
    func lack(in argument: String) -> String? {
        let isNeeded = !self.argument.isEmpty && !self.argument.hasPrefix("[")
        return isNeeded && argument.isEmpty ? ":\(name) needs \(self.argument)" : nil
    }

    /// Whether its argument is Lua.
    var takesCode: Bool { if case .code = body { true } else { false } }

    /// Carries out a command that takes no code.
    func run(_ loop: ReadEvaluatePrintLoop, _ argument: String) {
        if case .text(let run) = body { run(loop, argument) }
    }

    /// Carries out a command that takes code.
    func runCode(_ loop: ReadEvaluatePrintLoop, _ entry: Workspace.Entry) {
        if case .code(let run) = body { run(loop, entry) }
    }

    private static func listing(width: Int?) -> String {
        let rows = all.map { (":" + $0.name + ($0.argument.isEmpty ? "" : " " + $0.argument), $0.summary) }
        let questions = [
            ("?NAME, NAME?", "tells of a function, an object or a module"), ("??WORDS", "searches all help"),
        ]
        return DefinitionList(rows + questions, indent: 0, width: width).text
    }
}
