import Foundation
import Synchronization

/// Shows how far long work has come: one line that is rewritten on a terminal, a line every ten seconds elsewhere, or
/// a status for a program that draws a bar of its own.
///
/// It may be advanced from any thread. Of work that ends within half a second only the last line is written.
public final class Progress: Sendable {
    /// How far the work has come.
    public struct Status: Sendable {
        /// The line that would be written, without a bar.
        public let text: String
        /// The steps that are done.
        public let done: Int
        /// The number of all steps; 0 where it is not known.
        public let total: Int
    }

    /// Where the lines or the status go, with the width of the terminal and a clock.
    public struct Sink: Sendable {
        let width: @Sendable () -> Int?
        let now: @Sendable () -> Double
        let write: @Sendable (String) -> Void
        let showStatus: (@Sendable (Status) -> Void)?

        /// A sink; `width` is the terminal's number of columns, nil off a terminal; `now` counts seconds.
        public init(
            width: @escaping @Sendable () -> Int?, now: @escaping @Sendable () -> Double,
            write: @escaping @Sendable (String) -> Void
        ) {
            self.width = width
            self.now = now
            self.write = write
            showStatus = nil
        }

        /// A sink that is told the status: at the start, at most ten times a second, and at the end; `now` counts
        /// seconds.
        public init(now: @escaping @Sendable () -> Double = uptime, show: @escaping @Sendable (Status) -> Void) {
            width = { nil }
            self.now = now
            write = { _ in }
            showStatus = show
        }

        /// The seconds since the machine was started.
        public static let uptime: @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime }

        /// The standard error, a line every ten seconds at most, which other lines may come between.
        public static let lines = Sink(width: { nil }, now: uptime, write: { StandardStream.writeError($0) })

        /// The standard error.
        public static let standardError = Sink(
            width: { TerminalSize(of: STDERR_FILENO)?.columns },
            now: uptime,
            write: { StandardStream.writeError($0) })
    }

    private struct State {
        var done = 0
        var postfix = ""
        var shownAt: Double?
        var isFinished = false
        var lastLength = 0
    }

    private let label: String
    private let total: Int
    private let sink: Sink
    private let first: Int
    private let start: Double
    private let state: Mutex<State>

    /// Begins work of `total` steps (0 where the number is not known) under a label; `done` of them were done before.
    public init(total: Int, label: String, done: Int = 0, sink: Sink = .standardError) {
        self.total = max(total, 0)
        first = min(max(done, 0), self.total)
        state = Mutex(State(done: first))
        self.label = label
        self.sink = sink
        start = sink.now()
        guard sink.showStatus != nil else { return }
        // Shown at once, so that the bar stands above whatever the work prints.
        state.withLock { state in
            state.shownAt = start
            show(&state, start, nil)
        }
    }

    /// Counts `steps` more steps as done; `postfix` (such as "loss 0.31") is shown until another is given.
    public func advance(by steps: Int = 1, postfix: String? = nil) {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.done = max(0, state.done &+ steps)
            if let postfix { state.postfix = postfix }
            let now = sink.now()
            let width = sink.width()
            let isLive = width != nil || sink.showStatus != nil
            guard now - (state.shownAt ?? start) >= (isLive ? (state.shownAt == nil ? 0.5 : 0.1) : 10) else { return }
            state.shownAt = now
            show(&state, now, width)
        }
    }

    /// Shows the last line, and ends it. A second time does nothing.
    public func finish() {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            let width = sink.width()
            show(&state, sink.now(), width)
            if width != nil { sink.write("\n") }
        }
    }

    private func show(_ state: inout State, _ now: Double, _ width: Int?) {
        let line = text(state, elapsed: now - start, hasBar: (width ?? 0) >= Self.barWidth)
        if let show = sink.showStatus { return show(Status(text: line, done: state.done, total: total)) }
        guard let width else { return sink.write(line + "\n") }
        // The last column stays free, as some terminals wrap when it is written.
        let cut = String(line.prefix(max(width - 1, 1)))
        let blank = String(repeating: " ", count: max(state.lastLength - cut.count, 0))
        state.lastLength = cut.count
        sink.write("\r" + cut + blank)
    }

    /// Terminals of fewer columns show numbers alone.
    private static let barWidth = 60

    private func text(_ state: State, elapsed: Double, hasBar: Bool) -> String {
        var parts: [String] = []
        if total > 0 {
            func share(of whole: Double) -> Int { Int(min(whole, whole * Double(state.done) / Double(total))) }
            let bar = hasBar ? Self.bar(eighths: share(of: 80)) + " " : ""
            parts.append("\(bar)\(state.done)/\(total) \(share(of: 100))%")
        } else {
            parts.append("\(state.done)")
        }
        let rate = elapsed > 0 ? Double(state.done - first) / elapsed : 0
        parts.append(Self.duration(elapsed))
        if rate > 0 {
            if total > state.done, !state.isFinished {
                parts.append("ETA \(Self.duration(Double(total - state.done) / rate))")
            }
            parts.append(rate >= 1 ? String(format: "%.1f/s", rate) : String(format: "%.1f s each", 1 / rate))
        }
        if !state.postfix.isEmpty { parts.append(state.postfix) }
        return "\(label): \(parts.joined(separator: ", "))"
    }

    /// Ten blocks, the last of them in eighths: "|██▌       |".
    private static func bar(eighths: Int) -> String {
        let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let blocks = String(repeating: "█", count: eighths / 8) + part
        return "|" + blocks + String(repeating: " ", count: 10 - blocks.count) + "|"
    }

    /// A time as "3.2 s", "4:05" or "1:04:05".
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        if seconds < 60 { return String(format: "%.1f s", max(seconds, 0)) }
        let whole = Int(seconds)
        let minutes = String(format: "%d:%02d", whole / 60 % 60, whole % 60)
        return whole < 3600 ? minutes : "\(whole / 3600):" + String(format: "%02d:%02d", whole / 60 % 60, whole % 60)
    }
}
