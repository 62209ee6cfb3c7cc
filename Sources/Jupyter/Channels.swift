import CZeroMQ
import Foundation
import Support
import Synchronization

/// The sockets of a kernel, and the thread that they belong to: it never runs a script, so that an interrupt is always
/// heard, and what is printed is sent at once.
final class Channels: @unchecked Sendable {
    /// Requests for the thread of the scripts.
    let requests = RequestQueue()
    /// Answers to the kernel's questions.
    let answers = RequestQueue()
    let writer = MessageWriter()
    private let key: MessageKey
    /// What the kernel says of itself.
    let information: JSON
    private let streams: CapturedStreams
    private let context: UnsafeMutableRawPointer?
    private let shell, control, stdin, heartbeat: Socket
    private let outbox = Outbox()
    private let alarm = Alarm()
    private let isOver = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)
    /// This and the variables below belong to the thread of the sockets.
    private var publisher: Publisher
    private var output: OutputReader
    private var outputParent = JSON.record([:])
    private let parent = ParentProcess()

    /// The most replies kept for a front end: it has few to take, unless it sends requests without reading.
    private static let replyLimit: Int32 = 100_000

    /// Listens where `connection` says; `information` is what the kernel says of itself.
    init(
        _ connection: ConnectionFile, _ streams: CapturedStreams, information: JSON
    ) throws(JupyterError) {
        key = MessageKey(connection.key)
        self.information = information
        self.streams = streams
        let context = zmq_ctx_new()
        self.context = context
        func router(_ port: Int) throws(JupyterError) -> Socket {
            let socket = try Socket(
                context, kind: ZMQ_ROUTER, endpoint: connection.endpoint(port), limit: Self.replyLimit)
            // A front end that connects again under its name takes the place of its old connection.
            socket.set(ZMQ_ROUTER_HANDOVER, Int32(1))
            return socket
        }
        shell = try router(connection.shell)
        control = try router(connection.control)
        stdin = try router(connection.stdin)
        heartbeat = try router(connection.heartbeat)
        publisher = try Publisher(context, endpoint: connection.endpoint(connection.iopub))
        output = OutputReader(streams)
    }

    /// Starts the thread.
    func start() {
        let thread = Thread { [self] in
            while !isOver.load(ordering: .acquiring) { turn() }
            for socket in [shell, control, stdin, heartbeat, publisher.socket] { socket.close() }
            zmq_ctx_term(context)
            ended.signal()
        }
        thread.name = "jupyter"
        thread.start()
    }

    /// Ends the thread, once what was sent has gone.
    func stop() {
        isOver.store(true, ordering: .releasing)
        alarm.raise()
        ended.wait()
    }

    /// Sends messages, after what has been printed so far; only the thread of the scripts may call this.
    ///
    /// What is printed afterwards belongs to `outputParent`, if it is given, and comes after these messages. Waits
    /// while front ends are slow.
    func post(_ messages: [(Channel, Message)], outputParent: Message? = nil) {
        StandardStream.flush()
        let batch = outbox.put(messages, outputParent: outputParent)
        alarm.raise()
        batch.done.wait()
    }

    /// Waits for messages, output or the alarm, and handles what has come.
    private func turn() {
        let mayRead = !publisher.isBusy
        var items = [shell, control, stdin, heartbeat, publisher.socket].map {
            zmq_pollitem_t(socket: $0.pointer, fd: -1, events: Int16(ZMQ_POLLIN), revents: 0)
        }
        if requests.isFull { items[0].events = 0 }
        for descriptor in [alarm.descriptor] + (mayRead ? [streams.output, streams.error] : []) {
            items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        zmq_poll(&items, Int32(items.count), mayRead ? 1000 : 5)
        let ready = items.map { $0.revents != 0 }
        if ready[3] { while let frames = heartbeat.receive() { _ = heartbeat.send(frames) } }
        for topic in publisher.newSubscriptions() {
            publish("iopub_welcome", parent: .record([:]), .record(["subscription": .string(topic)]))
        }
        receive(control) { answerControl($0) }
        receive(stdin) { if !answers.isFull { answers.add($0) } }
        while !requests.isFull, let frames = shell.receive() { take(frames) { requests.add($0) } }
        alarm.clear()
        publisher.flush(warn: streams.log)
        guard !publisher.isBusy else { return }
        if let batch = outbox.take() {
            readOutput(isWhole: true)
            if let request = batch.outputParent { outputParent = request.header }
            for (channel, message) in batch.messages { send(message, on: channel) }
            batch.done.signal()
        } else if mayRead, ready[6] || ready[7] {
            // A pause, to read output in pieces, such as a line and its end, together. The alarm ends it.
            var item = pollfd(fd: alarm.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&item, 1, Int32(OutputReader.pause * 1000))
            readOutput(isWhole: false)
        }
        if parent.isGone { end() }
    }

    private func receive(_ socket: Socket, _ body: (Message) -> Void) {
        while let frames = socket.receive() { take(frames, body) }
    }

    private func take(_ frames: [[UInt8]], _ body: (Message) -> Void) {
        do throws(JupyterError) {
            body(try Message(frames: frames, key: key))
        } catch {
            streams.log(error.description)
        }
    }

    private func readOutput(isWhole: Bool) {
        output.read(isWhole: isWhole) { publish("stream", parent: outputParent, $0) }
    }

    private func publish(_ type: String, parent: JSON, _ content: JSON) {
        send(writer.broadcast(type, parent: parent, content), on: .iopub)
    }

    private func send(_ message: Message, on channel: Channel) {
        let frames = message.frames(key: key)
        switch channel {
        case .shell: _ = shell.send(frames)
        case .control: _ = control.send(frames)
        case .stdin: _ = stdin.send(frames)
        case .iopub: publisher.send(frames, warn: streams.log)
        }
    }

    /// Answers a request that does not wait for scripts.
    private func answerControl(_ request: Message) {
        publish("status", parent: request.header, .record(["execution_state": .string("busy")]))
        defer { publish("status", parent: request.header, .record(["execution_state": .string("idle")])) }
        switch request.type {
        case "interrupt_request":
            ScriptInterrupt.send()
            reply(request, .record(["status": .string("ok")]))
        case "shutdown_request":
            let restart = request.content["restart"]?.truth ?? false
            let content = JSON.record(["status": .string("ok"), "restart": .bool(restart)])
            reply(request, content)
            publish("shutdown_reply", parent: request.header, content)
            end()
        case "kernel_info_request": reply(request, information)
        default: break
        }
    }

    private func reply(_ request: Message, _ content: JSON) {
        send(writer.reply(to: request, content), on: .control)
    }

    /// Drops the requests that wait, and interrupts the script that runs; the process ends after 2 s at the latest.
    private func end() {
        guard !requests.isOver else { return }
        requests.close()
        answers.close()
        ScriptInterrupt.send()
        DispatchQueue.global().asyncAfter(deadline: .now() + 2) { _exit(0) }
    }
}
