import Foundation
import Support

/// Who holds a claim: a process on a machine.
public struct ClaimHolder: Equatable, Sendable, CustomStringConvertible {
    /// The machine's name.
    public let host: String
    /// The process's number.
    public let process: Int
    /// What no other claim has.
    let token: String
    /// What tells this process from all others: the machine as it was started, its processes' namespace, and when the
    /// process began.
    private let origin: String

    /// "process 1234 on node7".
    public var description: String { "process \(process) on \(host)" }

    /// This process, with a new token.
    init() {
        host = ProcessInfo.processInfo.hostName
        process = Int(getpid())
        token = String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
        origin = Self.origin(of: process) ?? "-"
    }

    /// Reads a holder as `text` has it; nil where that is no such text.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 5, lines[4].isEmpty, let process = Int(lines[1]) else { return nil }
        (host, self.process, token, origin) = (lines[0], process, lines[2], lines[3])
    }

    /// Four lines, which `init(_:)` reads.
    var text: String { "\(host)\n\(process)\n\(token)\n\(origin)\n" }

    /// Whether the process is known to have ended: it was one of this machine, and there is none such any more.
    var isGone: Bool {
        guard let machine = Self.machine, origin.hasPrefix(machine + " ") else { return false }
        return Self.origin(of: process) != origin
    }

    /// This machine since it was started, with the namespace in which this process sees others; nil where the system
    /// does not tell.
    private static let machine: String? = {
        guard let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8),
            let namespace = FileSystem.link(at: "/proc/self/ns/pid")
        else { return nil }
        return "\(boot.trimmingCharacters(in: .whitespacesAndNewlines)) \(namespace)"
    }()

    /// The `origin` of a process of this machine; nil where there is none.
    private static func origin(of process: Int) -> String? {
        // The name of the program is in parentheses and may hold anything; the 20th field after it is the start.
        guard let machine, let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = line.lastIndex(of: ")")
        else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return "\(machine) \(fields[19])"
    }
}
