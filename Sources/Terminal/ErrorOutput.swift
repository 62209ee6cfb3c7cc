import Foundation
import LuaBridge
import Support

/// Errors as the user sees them, on the standard error.
public enum ErrorOutput {
    /// Shows an error that ends a script, with its traceback, as the lua command does.
    public static func show(_ error: LuaError, prefix: String = "") {
        if !StandardStream.isLostReader(error.message) { show(prefix + text(error)) }
    }

    /// Shows the text of an error, in red on a terminal that has colours and whose user wants them.
    static func show(_ text: String) {
        let environment = ProcessInfo.processInfo.environment
        let isColoured =
            isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
        // What was printed before the error comes first.
        StandardStream.flush()
        StandardStream.writeError(isColoured ? "\u{1B}[31m\(text)\u{1B}[0m\n" : text + "\n")
    }

    /// The message, and the traceback where there is one; an error object that has a text form speaks for itself.
    private static func text(_ error: LuaError) -> String {
        guard let traceback = error.traceback, error.isInterrupt || !error.speaksForItself else { return error.message }
        return error.message + "\n" + traceback
    }
}
