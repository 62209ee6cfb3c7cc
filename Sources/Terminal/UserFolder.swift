import Foundation
import Support

/// The folders of this user that the XDG Base Directory Specification names, each with Lunette's own folder in it.
enum UserFolder {
    /// What is kept from one session to the next: XDG_STATE_HOME, or ~/.local/state.
    static var state: String { path("XDG_STATE_HOME", ".local/state") }
    /// What the user has set: XDG_CONFIG_HOME, or ~/.config.
    static var configuration: String { path("XDG_CONFIG_HOME", ".config") }

    /// A relative path in the variable counts as none, as the specification wants it.
    private static func path(_ variable: String, _ standard: String) -> String {
        let given = FileSystem.environment(variable).flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
        return (given ?? (FileSystem.environment("HOME") ?? NSHomeDirectory()) + "/" + standard) + "/lunette"
    }
}
