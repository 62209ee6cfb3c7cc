import Foundation
import Support

/// Takes what the process writes to its standard output and error, whoever writes it: Lua, C, or a process of
/// `os.execute`.
public final class OutputCapture: @unchecked Sendable {
    /// One of the two.
    public enum Stream: String, CaseIterable, Sendable {
        case stdout, stderr
    }

    private let receive: @Sendable (Stream, [UInt8]) -> Void
    private let streams: CapturedStreams
    /// A pipe to the reader: each byte written to `call`, and read from `calls`, asks it to signal `answers`.
    private let call, calls: Int32
    private let answers = DispatchSemaphore(value: 0)

    /// Begins to capture: until `stop`, all bytes go to `receive` alone, on another thread, as they come.
    public init(receive: @escaping @Sendable (Stream, [UInt8]) -> Void) throws(FileError) {
        self.receive = receive
        streams = try CapturedStreams()
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let error = FileError.system("standard output")
            streams.restore()
            throw error
        }
        // Not inherited, as a child process left in the background would keep the pipe open for ever.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (calls, call) = (ends[0], ends[1])
        let thread = Thread { [self] in read() }
        thread.start()
    }

    /// Waits until all that was written so far has been received.
    public func synchronise() {
        StandardStream.flush()
        var byte: UInt8 = 0
        guard write(call, &byte, 1) == 1 else { return }
        answers.wait()
    }

    /// Ends the capture: output goes where it went before, and all that was written earlier has been received.
    public func stop() {
        streams.restore()
        close(call)
        answers.wait()
        close(calls)
    }

    /// Receives until the call's pipe is closed.
    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let inputs = [streams.output, streams.error, calls]
        while true {
            var waiting = inputs.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // Once all writers have closed it, poll would report the stream as ready for ever.
            for index in 0..<2 where closed[index] { waiting[index].fd = -1 }
            guard poll(&waiting, nfds_t(waiting.count), -1) >= 0 || errno == EINTR else { break }
            let isCalled = waiting[2].revents != 0
            for (index, stream) in Stream.allCases.enumerated() { drain(inputs[index], index, stream, &buffer) }
            guard isCalled else { continue }
            guard Foundation.read(calls, &buffer, 1) == 1 else { break }
            answers.signal()
        }
        answers.signal()
    }

    /// Whether each stream has ended; used by the reader's thread alone.
    private var closed = [false, false]

    private func drain(_ input: Int32, _ index: Int, _ stream: Stream, _ buffer: inout [UInt8]) {
        while !closed[index] {
            let count = Foundation.read(input, &buffer, buffer.count)
            if count == 0 { closed[index] = true }
            guard count > 0 else { return }
            receive(stream, Array(buffer[..<count]))
        }
    }
}
