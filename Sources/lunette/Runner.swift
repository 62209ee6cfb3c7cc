import Foundation
import LuaBridge
import LuaModules
import Sessions
import Support
import Terminal

/// Runs scripts as the lua command does.
struct Runner {
    private let arguments: Arguments
    private let session: Session
    private var lua: LuaState { session.state }

    /// Makes the session that the command line asks for.
    init(_ arguments: Arguments) throws(LuaError) {
        self.arguments = arguments
        session = try Session(ignoresEnvironment: arguments.ignoresEnvironment)
        lua.interruptPolicy = .stopThenTerminate
    }

    /// Does all that the command line asks for, and returns the exit code.
    func run() -> Int32 {
        defer { lua.close() }
        do throws(LuaError) {
            try lua.setGlobal("arg", ArgumentTable(arguments: arguments))
            if !arguments.ignoresEnvironment { try runInitialisation() }
            for action in arguments.actions { try perform(action) }
            if arguments.hasScript {
                let script = try lua.loadFile(arguments.scriptPath)
                _ = try lua.interruptible { () throws(LuaError) in try lua.call(script, try scriptArguments()) }
            }
            if arguments.isInteractive {
                interact()
            } else if !arguments.hasScript, !arguments.hasWork {
                if isatty(STDIN_FILENO) == 1 {
                    Version.printBanner()
                    interact()
                } else {
                    try lua.runFile(nil)
                }
            }
            return 0
        } catch {
            ErrorOutput.show(error, prefix: "lunette: ")
            return 1
        }
    }

    private func interact() {
        lua.interruptPolicy = .stop
        ReadEvaluatePrintLoop(session, runsStartup: !arguments.skipsStartup).run()
    }

    private func perform(_ action: Arguments.Action) throws(LuaError) {
        switch action {
        case .execute(let text): try lua.run(text, name: "=(command line)")
        case .require(let name):
            let parts = name.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard case .function(let require) = try lua.global("require") else {
                throw LuaError(message: "'require' is not a function")
            }
            let results = try lua.call(require, [.string(parts.count == 2 ? parts[1] : parts[0])])
            try lua.setGlobal(parts[0], results.first ?? .none)
        case .warnings: lua.showWarnings()
        }
    }

    /// LUA_INIT: a file after "@", or a text.
    private func runInitialisation() throws(LuaError) {
        for name in ["LUA_INIT_5_4", "LUA_INIT"] {
            guard let value = FileSystem.environment(name) else { continue }
            if value.hasPrefix("@") {
                try lua.runFile(String(value.dropFirst()))
            } else {
                try lua.run(value, name: "=" + name)
            }
            return
        }
    }

    /// What the script sees as `...`: the table `arg`, which earlier chunks may have changed.
    private func scriptArguments() throws(LuaError) -> [LuaValue] {
        guard case .table(let table) = try lua.global("arg") else { throw LuaError(message: "'arg' is not a table") }
        do {
            return try (0..<(try table.count())).map { try table.get($0 + 1) }
        } catch {
            throw LuaError(message: String(describing: error))
        }
    }
}

/// The table `arg`: the script at 0, its arguments from 1, the options and the command before it at negative indices.
private struct ArgumentTable: LuaEncodable {
    let arguments: Arguments

    func push(on stack: LuaStack) throws(LuaError) {
        let words = arguments.words
        let script = arguments.hasScript ? arguments.script : 0
        try stack.pushTable(array: words.count - script, hash: script + 1)
        for (position, word) in words.enumerated() { try stack.setElement(position - script, word) }
    }
}
