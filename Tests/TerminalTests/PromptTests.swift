import Foundation
import TestSupport
import Testing

/// The prompt, on a terminal of its own.
@Suite struct PromptTests {
    @Test func aSession() throws {
        let state = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: state) }
        let terminal = try PseudoTerminal(CommandProcess.lunette, state: state)
        try terminal.expect("> ")
        terminal.type("x = 41\n")
        try terminal.expect("> ")
        terminal.type("x + 1, 'two'\n")
        try terminal.expect("42\ttwo")
        terminal.type("for i = 1, 2 do\n")
        try terminal.expect(">> ")
        terminal.type("print(i * 100) end\n")
        try terminal.expect("200")
        terminal.type("error('oh')\n")
        try terminal.expect("entry 4:1: oh")
        terminal.type("{1, {a = 'b'}}\n")
        try terminal.expect("{1, {a = \"b\"}}")
        terminal.type("print('begun') while true do pcall(function() while true do end end) end\n")
        try terminal.expect("begun\r\n")
        terminal.interrupt()
        try terminal.expect("interrupted")
        try terminal.expect("> ")
        terminal.type("half a line")
        try terminal.expect("half a line")
        terminal.interrupt()
        try terminal.expect("^C")
        try terminal.expect("> ")
        terminal.type("x + 2\n")
        try terminal.expect("43")
        try terminal.expect("> ")
        terminal.type("\u{04}")
        #expect(terminal.waitUntilExit() == 0)
        let history = try String(contentsOfFile: state + "/lunette/history", encoding: .utf8)
        #expect(history.contains("\nfor i = 1, 2 do\nprint(i * 100) end\n#"))
    }
}

/// A process on a terminal of its own.
private final class PseudoTerminal {
    private let process = Process()
    private let controller: FileHandle
    private var unread = ""

    init(_ path: String, state: String) throws {
        // Linux's own way, as Swift does not import posix_openpt and its kin: TIOCSPTLCK, then TIOCGPTN.
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var locked: Int32 = 0
        var number: UInt32 = 0
        guard descriptor >= 0, ioctl(descriptor, 0x4004_5431, &locked) == 0,
            ioctl(descriptor, 0x8004_5430, &number) == 0,
            let terminal = FileHandle(forUpdatingAtPath: "/dev/pts/\(number)")
        else { throw Missing("no terminal") }
        controller = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        process.executableURL = URL(fileURLWithPath: path)
        process.environment = CommandProcess.environment.merging(["XDG_STATE_HOME": state]) { $1 }
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        try process.run()
    }

    func type(_ text: String) { controller.write(Data(text.utf8)) }

    func interrupt() { process.interrupt() }

    /// Reads until `text` comes.
    func expect(_ text: String) throws {
        while true {
            if let range = unread.range(of: text) {
                unread = String(unread[range.upperBound...])
                return
            }
            var ready = pollfd(fd: controller.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, Int32(patience * 1000)) > 0 else { break }
            unread += String(decoding: controller.availableData, as: UTF8.self)
        }
        throw Missing("\(text.debugDescription) did not come; there was \(unread.debugDescription)")
    }

    func waitUntilExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}
