import LuaBridge
import Sessions
import Support

/// What front ends ask about code that does not run.
extension Kernel {
    /// The reply to a request for completion.
    func completion(_ request: JSON) -> JSON {
        let place = CursorPlace(request)
        let completion = Completer(session.workspace).complete(place.before)
        let end = place.before.unicodeScalars.count
        return .record([
            "status": .string("ok"), "matches": .array(completion.candidates.map { .string($0) }),
            "cursor_start": .number(Double(end - completion.word.unicodeScalars.count)),
            "cursor_end": .number(Double(end)),
            "metadata": .record([:]),
        ])
    }

    /// The reply to a request for what is known of the name at the cursor, or of the function whose arguments it is in.
    func inspection(_ request: JSON) -> JSON {
        let text = CursorPlace(request).names.lazy.compactMap { [self] in try? session.workspace.help(about: $0) }.first
        return .record([
            "status": .string("ok"), "found": .bool(text != nil),
            "data": text.map { MIMEBundle(text: $0).data } ?? .record([:]), "metadata": .record([:]),
        ])
    }

    /// The reply to the question whether code can run as it is.
    func completeness(_ request: JSON) -> JSON {
        let code = request["code"]?.text ?? ""
        switch session.workspace.readCell(code, name: "cell") {
        case .complete: return .record(["status": .string("complete")])
        case .wrong: return .record(["status": .string("invalid")])
        case .incomplete:
            let line = code.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
            let indent = line.prefix { $0 == " " || $0 == "\t" } + "    "
            return .record(["status": .string("incomplete"), "indent": .string(String(indent))])
        }
    }
}
