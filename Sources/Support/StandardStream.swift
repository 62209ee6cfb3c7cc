import Foundation
import Synchronization

/// The process's standard error.
public enum StandardStream {
    /// Says on the standard error what was repaired, left out, or is likely wrong.
    public static func warn(_ text: String) { FileHandle.standardError.write(Data("warning: \(text)\n".utf8)) }

    /// Warns of it the first time that the process comes by with this text.
    public static func warnOnce(_ text: String) {
        if said.withLock({ $0.insert(text).inserted }) { warn(text) }
    }

    private static let said = Mutex<Set<String>>([])
}
