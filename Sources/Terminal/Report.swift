import Foundation
import LuaBridge

/// Errors as the user sees them, on the standard error.
public enum Report {
    /// Shows an error with its traceback, in red on a terminal.
    public static func show(_ error: LuaError, prefix: String = "") {
        let text = prefix + self.text(error)
        let isColoured = isatty(STDERR_FILENO) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        write(isColoured ? "\u{1B}[31m\(text)\u{1B}[0m\n" : text + "\n")
    }

    /// The message, and the traceback where there is one; an error object that has a text form speaks for itself.
    private static func text(_ error: LuaError) -> String {
        guard let traceback = error.traceback, error.isInterrupt || !error.speaksForItself else { return error.message }
        return error.message + "\n" + traceback
    }

    private static func write(_ text: String) {
        // What was printed before the error comes first.
        fflush(nil)
        FileHandle.standardError.write(Data(text.utf8))
    }
}

extension LuaError {
    fileprivate var speaksForItself: Bool {
        switch value {
        case .table, .other: !message.hasPrefix("(error object is a ")
        default: false
        }
    }
}
