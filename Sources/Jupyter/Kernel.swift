import Foundation
import LuaBridge
import Sessions
import Support

/// A kernel of Jupyter's: runs the cells that front ends send, in one session.
///
/// The thread that makes it runs the scripts.
public final class Kernel {
    let session: Session
    let channels: Channels
    private let streams: CapturedStreams
    var history = History()
    /// The number of the last cell.
    var count = 0
    /// The cell that runs.
    var execution: Execution?
    var lua: LuaState { session.state }
    var writer: MessageWriter { channels.writer }

    /// What functions that the running cell calls have to know of it.
    struct Execution {
        /// The request to run it.
        let request: Message
        /// The ids of what this cell has shown: what it shows under one of them again replaces that.
        var shownNames: Set<String> = []
    }

    /// Listens where the connection file says; what is printed goes to front ends from now on.
    ///
    /// - Parameters:
    ///   - session: A new session, in which the cells run.
    ///   - path: The connection file.
    ///   - version: The program's version.
    public init(_ session: Session, connectionFile path: String, version: String) throws {
        let connection = try ConnectionFile(path: path)
        if connection.wasOpenToOthers {
            StandardStream.writeError("lunette: '\(path)' was open to others; now only its owner can read it\n")
        }
        self.session = session
        session.state.interruptPolicy = .stop
        session.state.exitStopsScript = true
        streams = try .ofKernel()
        do {
            channels = try Channels(connection, streams, information: Self.information(version: version))
            try registerFunctions()
        } catch {
            streams.restore()
            throw error
        }
    }

    /// Answers requests until a front end, or the end of the process that started the kernel, ends it.
    public func run() {
        ScriptInterrupt.ignoreBetweenScripts()
        channels.start()
        while let request = channels.requests.next() { answer(request) }
        lua.close()
        StandardStream.flush()
        channels.stop()
        streams.restore()
    }

    private func answer(_ request: Message) {
        switch request.type {
        case "execute_request": execute(request)
        case "shutdown_request":
            let restart = request.content["restart"]?.truth ?? false
            respond(to: request, .record(["status": .string("ok"), "restart": .bool(restart)]))
            channels.requests.close()
        default: respond(to: request, reply(to: request))
        }
    }

    /// The content of the reply to a request that runs no cell; nil where there is none, as for unknown messages.
    private func reply(to request: Message) -> JSON? {
        let content = request.content
        switch request.type {
        case "kernel_info_request": return channels.information
        case "complete_request": return completion(content)
        case "inspect_request": return inspection(content)
        case "is_complete_request": return completeness(content)
        case "history_request": return history.reply(to: content)
        case "comm_info_request": return .record(["status": .string("ok"), "comms": .record([:])])
        default: return nil
        }
    }

    /// Sends a reply, between the status messages "busy" and "idle".
    func respond(to request: Message, _ content: JSON?) {
        var messages = [(Channel.iopub, status("busy", request))]
        if let content { messages.append((.shell, writer.reply(to: request, content))) }
        if request.type == "comm_open", let id = request.content["comm_id"] {
            // The protocol's answer to a target that the kernel does not know.
            let content = JSON.record(["comm_id": id, "data": .record([:])])
            messages.append((.iopub, writer.broadcast("comm_close", parent: request.header, content)))
        }
        channels.post(messages + [(.iopub, status("idle", request))])
    }

    func status(_ state: String, _ request: Message) -> Message {
        writer.broadcast("status", parent: request.header, .record(["execution_state": .string(state)]))
    }

    private static func information(version: String) -> JSON {
        let lua = LuaState.luaVersion.split(separator: " ")
        return .record([
            "status": .string("ok"), "protocol_version": .string(MessageWriter.version),
            "implementation": .string("lunette"), "implementation_version": .string(version),
            "language_info": .record([
                "name": .string("lua"), "version": .string(lua.count > 1 ? String(lua[1]) : "5.4"),
                "mimetype": .string("text/x-lua"), "file_extension": .string(".lua"),
                "pygments_lexer": .string("lua"), "codemirror_mode": .string("lua"),
            ]),
            "banner": .string("Lunette \(version), on \(LuaState.luaVersion)"), "debugger": .bool(false),
            "help_links": .array([
                .record(["text": .string("Lua 5.4"), "url": .string("https://www.lua.org/manual/5.4/")])
            ]),
        ])
    }
}
