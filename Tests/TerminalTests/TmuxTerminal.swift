import Foundation
import TestSupport
import Testing

/// The built command in a terminal of tmux: typed into as a user does, read as a user sees it.
final class TmuxTerminal {
    /// What was expected did not come.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Where in a line a text is expected.
    enum Place { case wholeLine, beginning, anywhere }

    /// Where tmux is, if it is installed.
    static let path: String? = ["/usr/bin/tmux", "/usr/local/bin/tmux"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

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
        let command = """
            cd '\(folder)'; env -u NO_COLOR TERM=\(term) XDG_STATE_HOME='\(folder)' \
            XDG_CONFIG_HOME='\(folder)' LUA_INIT= INPUTRC=/dev/null \(variables) '\(program)' \(arguments); \
            echo EXIT $?; sleep 60
            """
        // As a daemon the server would inherit, and keep open, what tells `Process` that its child has ended.
        server.executableURL = URL(fileURLWithPath: try #require(Self.path))
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
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: folder + "/socket") { usleep(10_000) }
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

    /// Waits until so many lines have a text, for a number of seconds; spaces at the end of a line do not count.
    func expect(_ text: String, _ place: Place = .wholeLine, count: Int = 1, within seconds: Double = 60) throws {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            let found = try lines().count { line in
                switch place {
                case .wholeLine:
                    line == text || line.hasPrefix(text) && line.dropFirst(text.count).allSatisfy { $0 == " " }
                case .beginning: line.hasPrefix(text)
                case .anywhere: line.contains(text)
                }
            }
            if found >= count { return }
            usleep(20_000)
        }
        let screen = try lines().joined(separator: "\n")
        throw Missing(description: "\(text.debugDescription) did not come; there was\n\(screen)")
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
        let outcome = try CommandProcess.run(try #require(Self.path), ["-S", folder + "/socket"] + arguments)
        guard outcome.code == 0 else { throw Missing(description: "tmux \(arguments): \(outcome.errors)") }
        return outcome.output
    }
}
