import Foundation
import TestSupport
import Testing

/// The built command in a terminal of tmux: typed into as a user does, read as a user sees it.
final class TmuxTerminal {
    /// Where in a line a text is expected.
    enum Place { case wholeLine, beginning, anywhere }

    /// A folder of this terminal's own, which has the user's state and configuration; Lua's messages cut long paths.
    let folder = NSTemporaryDirectory() + UUID().uuidString.prefix(13)
    private let server = Process()

    /// Starts the command, or another `program`, in a terminal of 40 lines; `startup` is the text of the startup file.
    init(
        _ arguments: String = "", program: String = CommandProcess.lunette, term: String = "xterm-256color",
        columns: Int = 80, startup: String? = nil, environment: [String: String] = [:]
    ) throws {
        try FileManager.default.createDirectory(atPath: folder + "/lunette", withIntermediateDirectories: true)
        try startup?.write(toFile: folder + "/lunette/startup.lua", atomically: false, encoding: .utf8)
        let variables = environment.map { "\($0)='\($1)'" }.joined(separator: " ")
        // Some shells end with what Ctrl-C or Ctrl-\ was for, if they do not catch it themselves.
        let command = """
            trap : INT QUIT; cd '\(folder)'; env TERM=\(term) XDG_STATE_HOME='\(folder)' XDG_CONFIG_HOME='\(folder)' \
            INPUTRC=/dev/null \(variables) '\(program)' \(arguments); echo EXIT $?; sleep \(Int(patience))
            """
        // As a daemon the server would inherit, and keep open, what tells `Process` that its child has ended.
        server.executableURL = URL(fileURLWithPath: try CommandProcess.installed("tmux"))
        server.environment = CommandProcess.environment
        server.arguments = ["-D", "-S", folder + "/socket", "-f", "/dev/null"]
        // What it inherited would stay open with it, and whoever reads the tests' output would wait for its end.
        server.standardInput = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        // Threads of a dispatch queue have all signals blocked, and what they start inherits that.
        var none = sigset_t()
        var previous = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        try server.run()
        try wait(forFile: folder + "/socket", of: server)
        try tmux("new-session", "-d", "-x", "\(columns)", "-y", "40", command)
        try expect(">", .beginning)
    }

    deinit {
        _ = try? tmux("kill-server")
        server.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Types a text, without Enter.
    func type(_ text: String) throws { try tmux(Self.typing(text)) }

    /// Types a line.
    func enter(_ line: String) throws { try tmux(Self.typing(line) + [";", "send-keys", "Enter"]) }

    private static func typing(_ text: String) -> [String] {
        // tmux takes a semicolon at the end of an argument for its own.
        ["send-keys", "-l", "--", text.hasSuffix(";") ? text.dropLast() + "\\;" : text]
    }

    /// Presses keys, by tmux's names such as C-c and Tab.
    func press(_ keys: String...) throws { try tmux(["send-keys"] + keys) }

    /// Pastes a text, in brackets where the program has asked for them.
    func paste(_ text: String) throws { try pasteBytes(Array(text.utf8)) }

    /// Pastes bytes, which need be no text.
    func pasteBytes(_ bytes: [UInt8]) throws {
        let file = folder + "/pasted"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try tmux("load-buffer", file)
        try tmux("paste-buffer", "-p")
    }

    /// Makes the terminal wider or narrower.
    func resize(_ columns: Int) throws { try tmux("resize-window", "-x", "\(columns)", "-y", "40") }

    /// Presses a key again and again, as signals that wait for their turn together are one, until a line has a text.
    func press(_ key: String, until text: String) throws {
        try waitForLines(text) { lines in
            if lines.contains(where: { $0.contains(text) }) { return true }
            try press(key)
            return false
        }
    }

    /// Waits until so many lines have a text; spaces at the end of a line do not count.
    func expect(_ text: String, _ place: Place = .wholeLine, count: Int = 1) throws {
        try waitForLines(text.debugDescription) { lines in
            lines.count { line in
                switch place {
                case .wholeLine: Self.withoutEnd(line) == text
                case .beginning: line.hasPrefix(text)
                case .anywhere: line.contains(text)
                }
            } >= count
        }
    }

    /// Waits until a whole line is of a kind.
    func expect(_ kind: String, _ pattern: some RegexComponent) throws {
        try waitForLines(kind) { $0.contains { Self.withoutEnd($0).wholeMatch(of: pattern) != nil } }
    }

    /// Waits until the last line is the prompt, with nothing after it: where something was printed, for that first.
    /// Until then no line is read, and the terminal takes keys such as C-d, C-r, C-z and Backspace for its own.
    func expectPrompt(_ prompt: String = ">") throws {
        try waitForLines("the prompt") { lines in
            lines.map(Self.withoutEnd).last { !$0.isEmpty } == Substring(prompt)
        }
    }

    private func waitForLines(_ what: String, _ areThere: ([String]) throws -> Bool) throws {
        try wait(every: 0.02, until: { try areThere(lines()) }) {
            "\(what) did not come; there was\n\(try lines().joined(separator: "\n"))"
        }
    }

    /// A line without the spaces at its end, which tmux may add.
    private static func withoutEnd(_ line: String) -> Substring {
        line.lastIndex { $0 != " " }.map { line[...$0] } ?? ""
    }

    /// The lines of the terminal, those above the screen too, each whole.
    func lines(colours: Bool = false) throws -> [String] {
        try tmux(["capture-pane", "-p", "-J", "-S", "-"] + (colours ? ["-e"] : [])).split(separator: "\n").map(
            String.init)
    }

    @discardableResult
    private func tmux(_ arguments: String...) throws -> String { try tmux(arguments) }

    @discardableResult
    private func tmux(_ arguments: [String]) throws -> String {
        let outcome = try CommandProcess.run(CommandProcess.installed("tmux"), ["-S", folder + "/socket"] + arguments)
        guard outcome.code == 0 else { throw Missing("tmux \(arguments): \(outcome.errors)") }
        return outcome.output
    }
}
