import Foundation
import Support

/// The line that begins a cell: `-- %%`, a title, the kind in brackets, and metadata as NAME=JSON; or `-- %% slider`
/// and what it is to be tried with.
struct PercentMarker {
    /// The kind of the cell.
    let kind: Cell.Kind
    /// Its metadata; the title is the member "title".
    let metadata: JSON

    /// What a run leaves in the metadata is not written.
    private static let results: Set<String> = ["execution", CellSlider.states]
    private static let slider = CellSlider.name + " "
    private static let kinds: [Substring: Cell.Kind] = ["[markdown]": .markdown, "[md]": .markdown, "[raw]": .raw]

    /// Metadata may begin after at most so many words; where none are found, all words are the title.
    private static let longestTitle = 200

    /// The line of a cell.
    init(_ cell: Cell) { (kind, metadata) = (cell.kind, cell.metadata) }

    /// Reads what follows `%%`. Words that are neither kind nor metadata are the title.
    init(options: String) {
        if options.hasPrefix(Self.slider) {
            kind = .code
            metadata = .record([CellSlider.name: .string(String(options.dropFirst(Self.slider.count)).trimmed)])
            return
        }
        var words = options.split(separator: " ", omittingEmptySubsequences: false)
        let place = words.prefix { !$0.contains("=") }.firstIndex { Self.kinds[$0] != nil }
        kind = place.flatMap { Self.kinds[words.remove(at: $0)] } ?? .code
        // Every position is tried with the whole rest, so the length is limited to keep this from taking quadratic
        // time.
        for count in 0...min(words.count, Self.longestTitle) {
            let rest = words[count...].joined(separator: " ")
            guard let metadata = Self.metadata(rest) else { continue }
            let title = words[..<count].joined(separator: " ").trimmed
            self.metadata =
                title.isEmpty ? metadata : .object([.init("title", .string(title))] + (metadata.members ?? []))
            return
        }
        let title = words.joined(separator: " ").trimmed
        metadata = .object(title.isEmpty ? [] : [.init("title", .string(title))])
    }

    /// The line.
    var text: String {
        var words = ["-- %%"]
        var members = (metadata.members ?? []).filter { !Self.results.contains($0.name) }
        if kind == .code, members.map(\.name) == [CellSlider.name], let slider = metadata[CellSlider.name]?.text,
            slider == slider.trimmed, !slider.isEmpty, slider.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
        {
            return "-- %% \(Self.slider)\(slider)"
        }
        if let title = metadata["title"]?.text, Self.isPlain(title), !title.hasPrefix(Self.slider) {
            words.append(title)
            members.removeAll { $0.name == "title" }
        }
        if kind != .code { words.append("[\(kind.rawValue)]") }
        for member in members {
            words.append(
                "\(Self.isName(member.name) ? member.name : JSON.string(member.name).description)=\(member.value)")
        }
        return words.joined(separator: " ")
    }

    /// Whether a title can stand as it is.
    private static func isPlain(_ title: String) -> Bool {
        let isSafe = title.unicodeScalars.allSatisfy { $0.value >= 0x20 && !"=[]\"".unicodeScalars.contains($0) }
        return isSafe && !title.isEmpty && title == title.trimmed
    }

    private static func isName(_ name: String) -> Bool {
        let first = name.utf8.first.map { !"-.0123456789".utf8.contains($0) } ?? false
        return first
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "-._0123456789".utf8.contains(byte)
            }
    }

    /// The metadata of a text that is nothing but `NAME=JSON`, separated by spaces; nil of any other text.
    private static func metadata(_ text: String) -> JSON? {
        var result = JSON.object([])
        var rest = Substring(text.trimmed).utf8
        while !rest.isEmpty {
            guard let equals = end(of: rest, at: "=") else { return nil }
            let word = String(Substring(rest[..<equals]))
            guard let name = isName(word) ? word : (try? JSON(parsing: word))?.text else { return nil }
            rest = rest[equals...].dropFirst()
            let end = end(of: rest, at: " ") ?? rest.endIndex
            guard let value = try? JSON(parsing: rest[..<end], keepingDigits: true) else { return nil }
            result = result.setting(name, to: value)
            rest = rest[end...].drop { $0 == UInt8(ascii: " ") }
        }
        return result
    }

    /// Where `sign` comes first outside of strings and brackets.
    private static func end(of text: Substring.UTF8View, at sign: Unicode.Scalar) -> Substring.Index? {
        var (depth, isString, isEscaped) = (0, false, false)
        for index in text.indices {
            let scalar = Unicode.Scalar(text[index])
            if isEscaped {
                isEscaped = false
            } else if isString {
                if scalar == "\\" { isEscaped = true }
                if scalar == "\"" { isString = false }
            } else if depth == 0, scalar == sign {
                return index
            } else {
                if scalar == "\"" { isString = true }
                if scalar == "[" || scalar == "{" { depth += 1 }
                if scalar == "]" || scalar == "}" { depth -= 1 }
            }
        }
        return nil
    }
}

extension String {
    /// The text without spaces at its ends.
    fileprivate var trimmed: String { trimmingCharacters(in: CharacterSet(charactersIn: " ")) }
}
