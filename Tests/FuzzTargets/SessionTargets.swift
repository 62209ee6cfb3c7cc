import Jupyter
import LuaBridge
import Sessions
import Support

extension FuzzTarget {
    /// What is typed, and what front ends send.
    static let sessions = [
        // Frames between line feeds.
        FuzzTarget("jupyter") { bytes, folder in
            _ = try? ConnectionFile(path: write(bytes, to: "connection.json", in: folder))
            let frames = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
            let message = try Message(frames: frames, key: MessageKey(""))
            let again = try? Message(frames: message.frames(key: MessageKey("")), key: MessageKey(""))
            try BrokenPromise.unless(again?.content == message.content, "a message that was read can be sent")
            _ = CursorPlace(message.content).names
            _ = History().reply(to: message.content)
        },
        // An entry of the prompt or a cell, as it is read and completed; it is not run.
        FuzzTarget(
            "entry",
            text: { text in
                let workspace = try Self.workspace.get()
                _ = workspace.read(text, name: "=entry")
                _ = workspace.readCell(text, name: "=cell")
                _ = Completer(workspace).complete(text)
                _ = CompletionRequest(text)
            }),
    ]

    /// One for all entries, as none is run.
    nonisolated(unsafe) private static let workspace = Result { try Session(modules: []).workspace }
}
