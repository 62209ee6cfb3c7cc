import Support

/// What was entered in this session, and what it gave.
package struct History {
    /// The number of this session.
    package static let session = 1
    private static let limit = 10_000
    /// The most characters that are kept of what an entry gave.
    private static let longestOutput = 10_000

    private struct Entry {
        let line: Int
        let input: String
        let output: String?
    }
    private var entries: [Entry] = []

    /// An empty history.
    package init() {}

    /// Adds an entry, and the beginning of what it gave as text.
    package mutating func add(line: Int, input: String, output: String?) {
        let kept = output.map { String($0.prefix(Self.longestOutput)) }
        entries.append(Entry(line: line, input: input, output: kept))
        if entries.count > Self.limit { entries.removeFirst(Self.limit / 10) }
    }

    /// The content of the reply to a history request.
    package func reply(to request: JSON) -> JSON {
        let withOutput = request["output"]?.truth ?? false
        let found = find(request).map { entry -> JSON in
            let input = JSON.string(entry.input)
            let output = entry.output.map(JSON.string) ?? .null
            return .array([
                .number(Double(Self.session)), .number(Double(entry.line)),
                withOutput ? .array([input, output]) : input,
            ])
        }
        return .record(["status": .string("ok"), "history": .array(found)])
    }

    private func find(_ request: JSON) -> [Entry] {
        let count = request["n"]?.integer.map { max($0, 0) }
        switch request["hist_access_type"]?.text {
        case "tail": return entries.suffix(count ?? 10)
        case "range":
            // The current session is 0, or has its number; earlier ones, of negative numbers, are not kept.
            guard [0, Self.session].contains(request["session"]?.integer ?? 0) else { return [] }
            let (start, stop) = (request["start"]?.integer ?? 0, request["stop"]?.integer ?? .max)
            return entries.filter { start <= $0.line && $0.line < stop }
        case "search":
            let pattern = Array(request["pattern"]?.text ?? "*")
            var matches = entries.filter { Self.matches(Array($0.input)[...], pattern[...]) }
            if request["unique"]?.truth ?? false {
                var seen: Set<String> = []
                matches = matches.reversed().filter { seen.insert($0.input).inserted }.reversed()
            }
            return matches.suffix(count ?? matches.count)
        default: return []
        }
    }

    /// Whether a text matches a pattern, in which * stands for any text and ? for any character.
    private static func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        var (text, pattern) = (text, pattern)
        // What follows the last star of the pattern, and what follows the text that the star matched.
        var retry: (pattern: ArraySlice<Character>, text: ArraySlice<Character>)?
        while true {
            if let next = pattern.first, next == "*" {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let next = pattern.first, let first = text.first, next == "?" || next == first {
                (text, pattern) = (text.dropFirst(), pattern.dropFirst())
            } else if text.isEmpty, pattern.isEmpty {
                return true
            } else if let again = retry, !again.text.isEmpty {
                (pattern, text) = (again.pattern, again.text.dropFirst())
                retry = (pattern, text)
            } else {
                return false
            }
        }
    }
}
