import LuaBridge
import Support

/// An error of a cell, as nbformat and the protocol of Jupyter have it.
package struct CellError {
    /// Of which kind it is: `LuaError`, `Interrupted`, or `Exit` where the code called `os.exit`.
    package var name: String
    /// What went wrong.
    package var message: String
    private let details: [String]

    /// An error in a workspace's code.
    package init(_ error: LuaError, in workspace: Workspace) {
        let text = ErrorText(error, in: workspace)
        if let status = error.exitStatus {
            name = "Exit"
            message = "os.exit(\(status)) ended the cell"
            details = []
        } else {
            name = error.isInterrupt ? "Interrupted" : "LuaError"
            message = text.message
            details = text.details
        }
    }

    /// `ename`, `evalue` and `traceback`: the message in red, the line of source, and the calls.
    package var members: [JSON.Member] {
        let lines = (["\u{1B}[31m\(message)\u{1B}[0m"] + details).map { JSON.string($0.withoutStrayBytes) }
        return [
            .init("ename", .string(name)), .init("evalue", .string(message.withoutStrayBytes)),
            .init("traceback", .array(lines)),
        ]
    }
}
