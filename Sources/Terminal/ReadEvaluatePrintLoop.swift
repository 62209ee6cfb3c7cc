import Foundation
import LuaBridge
import Sessions
import Support

/// The interactive prompt: reads Lua, runs it, prints what an expression gives.
public final class ReadEvaluatePrintLoop {
    let session: Session
    var record = SessionRecord()
    private let runsStartup: Bool
    private var isDone = false
    private var lastInterrupt = ContinuousClock.now - .seconds(60)
    private var workspace: Workspace { session.workspace }

    /// The file that is run before the first prompt.
    private static var startupFile: String { UserFolder.configuration + "/startup.lua" }

    /// A prompt for a session; `runsStartup` says whether the user's startup file is run first, where there is one.
    public init(_ session: Session, runsStartup: Bool = true) {
        self.session = session
        self.runsStartup = runsStartup
    }

    /// Runs until the end of the input, or `:quit`.
    public func run() {
        // Ctrl-\ ends what nothing else can stop; Swift's own handler would report it as a crash.
        signal(SIGQUIT, SIG_DFL)
        let reader = LineReader { [completer = PromptCompleter(workspace)] in completer.complete($0) }
        if runsStartup, FileSystem.exists(Self.startupFile) {
            attempt { () throws(LuaError) in try session.state.runFile(Self.startupFile) }
        }
        while !isDone, let action = readAction(reader) { action() }
        if !isDone { show("") }
    }

    /// The columns of the terminal, to which texts are wrapped; nil where there is none.
    var width: Int? { TerminalSize(of: STDOUT_FILENO)?.columns }

    /// Leaves after what is under way.
    func quit() { isDone = true }

    /// Prints a line.
    func show(_ text: String) {
        do throws(FileError) {
            try StandardStream.writeOutput(text + "\n")
        } catch {
            if !StandardStream.isOutputLost { ErrorOutput.show("lunette: \(error)") }
        }
    }

    /// The action of the next complete input; nil at the end of the input, or once nobody reads the output.
    private func readAction(_ reader: LineReader) -> (() -> Void)? {
        var text = ""
        while true {
            StandardStream.flush()
            guard !StandardStream.isOutputLost else { return nil }
            switch reader.read(prompt: text.isEmpty ? "> " : ">> ", after: text) {
            case .end: return nil
            case .cleared:
                text = ""
                noteInterrupt()
            case .line(let line):
                text += text.isEmpty ? line : "\n" + line
                guard !text.allSatisfy(\.isWhitespace) else {
                    text = ""
                    continue
                }
                guard let action = action(for: text) else { continue }
                reader.remember(text)
                return action
            }
        }
    }

    /// The action that an input asks for; nil where the input is incomplete.
    private func action(for text: String) -> (() -> Void)? {
        switch PromptInput(text) {
        case .search(let words):
            return { self.show(Help(self.session.state.documentation, width: self.width).search(words)) }
        case .help(let name):
            return {
                self.attempt { () throws(LuaError) in
                    self.show(try self.workspace.help(about: name, width: self.width))
                }
            }
        case .command(let command, let argument):
            if let lack = command.lack(in: argument) { return { ErrorOutput.show(lack) } }
            guard command.takesCode else { return { command.run(self, argument) } }
            return entryAction(argument) { entry in command.runCode(self, entry) }
        case .unknownCommand(let name):
            return { ErrorOutput.show(Command.unknown(name)) }
        case .code(let code):
            return entryAction(code) { entry in self.evaluate(entry) }
        }
    }

    /// The action that runs Lua by `run`; nil where its statement is incomplete. Wrong Lua is an entry, too, whose
    /// action shows the error.
    private func entryAction(_ text: String, run: @escaping (Workspace.Entry) -> Void) -> (() -> Void)? {
        switch workspace.read(text, name: record.nextName) {
        case .incomplete: return nil
        case .complete(let entry):
            return {
                self.record.add(text)
                run(entry)
            }
        case .wrong(let error):
            return {
                self.record.add(text)
                self.show(error)
            }
        }
    }

    /// Runs the text of a file as an entry of its own; a first line for the shell is left out.
    func load(_ path: String) {
        let text: String
        do throws(FileError) {
            text = String(rawBytes: try InputFile.bytes(of: path))
        } catch {
            ErrorOutput.show("cannot read \(error)")
            return
        }
        let code = text.hasPrefix("#") ? "--" + text : text
        if let action = entryAction(code, run: { entry in self.evaluate(entry) }) {
            action()
        } else {
            ErrorOutput.show("'\(path.shown)' ends in the middle of a statement")
        }
    }

    /// Runs an entry, and prints its results.
    func evaluate(_ entry: Workspace.Entry) {
        let hasFinished = attempt { () throws(LuaError) in
            let (results, text) = try session.state.interruptible { () throws(LuaError) in
                let results = try workspace.run(entry)
                record.noteSuccess(entry)
                let isShown = !results.isEmpty && !entry.hidesResults
                return (results, isShown ? try ValueText(session.state).text(results) : nil)
            }
            guard let text else { return }
            show(text)
            if case .none? = results.first {
                let hint = workspace.hint(forName: entry.text)
                if Self.farewells.contains(entry.text) {
                    show(Self.leaving)
                } else if !hint.isEmpty {
                    ErrorOutput.show("'\(entry.text)' is not defined" + hint)
                }
            }
        }
        if !hasFinished, Self.farewells.contains(entry.text) { show(Self.leaving) }
    }

    /// The words by which other programs are left.
    private static let farewells: Set = ["exit", "exit()", "quit", "quit()"]
    private static let leaving = "Ctrl-D, or :quit, leaves."

    /// Runs `body`, and shows its error if it fails; returns whether it succeeded.
    @discardableResult
    private func attempt(_ body: () throws(LuaError) -> Void) -> Bool {
        do throws(LuaError) {
            try body()
            return true
        } catch {
            show(error)
            return false
        }
    }

    private func show(_ error: LuaError) {
        ErrorOutput.show(ErrorText(error, in: workspace).text)
        if error.isInterrupt { noteInterrupt() }
    }

    /// Tells who interrupts twice within two seconds how to leave.
    private func noteInterrupt() {
        let now = ContinuousClock.now
        if now - lastInterrupt < .seconds(2) { show(Self.leaving) }
        lastInterrupt = now
    }
}
