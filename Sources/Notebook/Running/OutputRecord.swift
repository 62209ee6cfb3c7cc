import Sessions
import Support
import Synchronization

/// The outputs of a cell as they come, from any thread.
final class OutputRecord: Sendable {
    /// The most bytes of text that a cell keeps.
    static let limit = 10_000_000

    private enum Entry {
        case text(OutputCapture.Stream, [UInt8])
        case shown(JSON, id: String?)
    }

    private struct State {
        var entries: [Entry] = []
        var size = 0
        var isLeaving = false

        /// Carries out a `clear` that waited for new output.
        mutating func begin() {
            if isLeaving { self = State() }
        }
    }

    private let state = Mutex(State())

    /// Adds text to the stream's output, or drops it beyond the limit.
    func add(_ stream: OutputCapture.Stream, _ bytes: [UInt8]) {
        state.withLock { state in
            state.begin()
            let room = max(Self.limit - state.size, 0)
            state.size += bytes.count
            let kept = bytes.prefix(room)
            guard !kept.isEmpty else { return }
            if case .text(stream, var text)? = state.entries.last {
                // Taken out of the entry first: a text with one owner is appended to without a copy.
                state.entries.removeLast()
                text += kept
                state.entries.append(.text(stream, text))
            } else {
                state.entries.append(.text(stream, Array(kept)))
            }
        }
    }

    /// Adds a picture or the like, in the place of one with the same id.
    func add(_ bundle: MIMEBundle, id: String?) {
        let output = CellOutput.display(bundle)
        state.withLock { state in
            state.begin()
            let place = state.entries.firstIndex { entry in
                if case .shown(_, let other?) = entry { other == id } else { false }
            }
            if let place {
                state.entries[place] = .shown(output, id: id)
            } else {
                state.entries.append(.shown(output, id: id))
            }
        }
    }

    /// Removes all outputs: at once or, if `waits`, when the next one comes.
    func clear(waits: Bool) {
        state.withLock { state in
            if waits { state.isLeaving = true } else { state = State() }
        }
    }

    /// The outputs, as nbformat has them.
    var outputs: [JSON] {
        state.withLock { state in
            var outputs = state.entries.map { entry in
                switch entry {
                case .text(let stream, let bytes): CellOutput.stream(stream, String(decoding: bytes, as: UTF8.self))
                case .shown(let output, _): output
                }
            }
            if state.size > Self.limit {
                outputs.append(
                    CellOutput.stream(.stderr, "[\(state.size - Self.limit) more bytes of text are left out]\n"))
            }
            return outputs
        }
    }
}
