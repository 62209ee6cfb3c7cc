import CZeroMQ
import Foundation
import Jupyter
import Support
import TestSupport

/// A kernel in a process of its own, and a front end that speaks to it.
final class KernelClient {
    /// What a request led to.
    struct Outcome {
        var reply: JSON
        var published: [Message]

        /// The content of what was published, by type.
        subscript(type: String) -> [JSON] { published.filter { $0.type == type }.map(\.content) }

        /// What was printed.
        func text(_ stream: String = "stdout") -> String {
            self["stream"].filter { $0["name"]?.text == stream }.compactMap { $0["text"]?.text }.joined()
        }
    }

    let process = Process()
    let key = MessageKey("the key")
    let writer = MessageWriter()
    private let folder: String
    private let context = zmq_ctx_new()
    private var sockets: [String: UnsafeMutableRawPointer] = [:]
    private static let ports = ["shell": 1, "control": 2, "iopub": 3, "stdin": 4, "hb": 5]

    /// Starts a kernel, by a shell command in which `kernel` stands for it, and waits until it listens.
    init(by command: String = "exec kernel", environment: [String: String] = [:]) throws {
        // The path of a socket has at most 107 bytes.
        let temporary = NSTemporaryDirectory()
        folder = (temporary.utf8.count < 80 ? temporary : "/tmp/") + "lunette-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let members = Self.ports.map { "\"\($0.key)_port\": \($0.value)" }.joined(separator: ", ")
        let connection = "{\"transport\": \"ipc\", \"ip\": \"\(folder)/s\", \"key\": \"the key\", \(members)}"
        try connection.write(toFile: folder + "/connection.json", atomically: false, encoding: .utf8)
        chmod(folder + "/connection.json", 0o600)
        try "".write(toFile: folder + "/errors", atomically: false, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let kernel = "'\(CommandProcess.lunette)' jupyter kernel -f '\(folder)/connection.json'"
        process.arguments = ["-c", command.replacing("kernel", with: kernel)]
        process.environment = CommandProcess.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let written = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/errors"))
        process.standardError = written
        try process.run()
        try written.close()
        // Whoever connects before the kernel listens is heard on some channels later than on others.
        for port in Self.ports.values { try wait(forFile: "\(folder)/s-\(port)", of: process) }
        for (name, port) in Self.ports {
            let kind = name == "iopub" ? ZMQ_SUB : name == "hb" ? ZMQ_REQ : ZMQ_DEALER
            guard let socket = zmq_socket(context, kind) else { throw Missing("no socket") }
            sockets[name] = socket
            var unlimited: Int32 = 0
            zmq_setsockopt(socket, ZMQ_LINGER, &unlimited, 4)
            zmq_setsockopt(socket, ZMQ_SNDHWM, &unlimited, 4)
            // Others read all channels at once.
            zmq_setsockopt(socket, ZMQ_RCVHWM, &unlimited, 4)
            // One identity, so that questions come to who sent the request.
            if name == "shell" || name == "stdin" { zmq_setsockopt(socket, ZMQ_ROUTING_ID, "client", 6) }
            if name == "iopub" { zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) }
            zmq_connect(socket, "ipc://\(folder)/s-\(port)")
        }
        _ = try receive("iopub") { $0.type == "iopub_welcome" }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        for socket in sockets.values { zmq_close(socket) }
        zmq_ctx_term(context)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Subscribes, as a front end that then takes nothing.
    func subscribeWithoutReading() throws {
        guard let socket = zmq_socket(context, ZMQ_SUB) else { throw Missing("no socket") }
        sockets["idle"] = socket
        var one: Int32 = 1
        zmq_setsockopt(socket, ZMQ_RCVHWM, &one, 4)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0)
        zmq_connect(socket, "ipc://\(folder)/s-\(Self.ports["iopub"] ?? 0)")
        _ = try receive("iopub") { $0.type == "iopub_welcome" }
    }

    /// What the kernel wrote to its standard error.
    var errors: String { (try? String(contentsOfFile: folder + "/errors", encoding: .utf8)) ?? "" }

    /// Sends a request, and returns it.
    @discardableResult
    func send(_ type: String, _ content: JSON = .record([:]), on channel: String = "shell") -> Message {
        var request = writer.question(to: Message(header: .record([:]), content: .record([:])), type, content)
        request.parent = .record([:])
        send(frames: request.frames(key: key), on: channel)
        return request
    }

    /// Sends frames as they are.
    func send(frames: [[UInt8]], on channel: String = "shell") {
        for (index, frame) in frames.enumerated() {
            zmq_send(sockets[channel], frame, frame.count, index < frames.count - 1 ? ZMQ_SNDMORE : 0)
        }
    }

    /// The next frames on a channel; nil where none come.
    func frames(_ channel: String) -> [[UInt8]]? {
        var items = [zmq_pollitem_t(socket: sockets[channel], fd: -1, events: Int16(ZMQ_POLLIN), revents: 0)]
        guard zmq_poll(&items, 1, Int(patience * 1000)) > 0 else { return nil }
        var frames: [[UInt8]] = []
        var frame = zmq_msg_t()
        repeat {
            zmq_msg_init(&frame)
            defer { zmq_msg_close(&frame) }
            guard zmq_msg_recv(&frame, sockets[channel], 0) >= 0 else { return nil }
            frames.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&frame), count: zmq_msg_size(&frame))))
            if zmq_msg_more(&frame) == 0 { return frames }
        } while true
    }

    /// The next message on a channel that is as asked for; others are dropped.
    func receive(_ channel: String, where isWanted: (Message) -> Bool = { _ in true }) throws -> Message {
        while let frames = frames(channel) {
            let message = try Message(frames: frames, key: key)
            if isWanted(message) { return message }
        }
        throw Missing("no message on \(channel); errors: \(errors)")
    }

    /// The reply to a request, and what was published until the kernel was idle again.
    func outcome(of request: Message, on channel: String = "shell") throws -> Outcome {
        let reply = try receive(channel) { $0.parent == request.header }
        var published: [Message] = []
        while true {
            let message = try receive("iopub") { $0.parent == request.header }
            published.append(message)
            if message.type == "status", message.content["execution_state"]?.text == "idle" { break }
        }
        return Outcome(reply: reply.content, published: published)
    }

    /// Asks, and waits for the outcome.
    func ask(_ type: String, _ content: JSON = .record([:]), on channel: String = "shell") throws -> Outcome {
        try outcome(of: send(type, content, on: channel), on: channel)
    }

    /// Runs a cell.
    @discardableResult
    func run(_ code: String) throws -> Outcome { try ask("execute_request", .record(["code": .string(code)])) }

    /// Waits for the process's end, and returns its code.
    func exitCode() throws -> Int32 {
        try wait(until: { !process.isRunning }, missing: { "the kernel does not end; errors: \(errors)" })
        return process.terminationStatus
    }
}
