import Report
import Sessions
import Support

/// A cell of a notebook.
public struct Cell: Equatable, Sendable {
    /// What a cell is.
    public enum Kind: String, CaseIterable, Sendable {
        case code, markdown, raw
    }

    /// What it is.
    public let kind: Kind
    /// The cell as the file holds it.
    public private(set) var json: JSON

    /// A cell without outputs; `metadata` is an object.
    public init(_ kind: Kind, source: String, metadata: JSON = .object([])) {
        self.kind = kind
        json = .object([.init("cell_type", .string(kind.rawValue)), .init("metadata", metadata)])
        if kind == .code {
            json = json.setting("execution_count", to: .null).setting("outputs", to: .array([]))
        }
        self.source = source
    }

    /// The cell that a file holds.
    init(_ json: JSON) throws(NotebookError) {
        guard json.members != nil else { throw NotebookError("an object expected") }
        guard let name = json["cell_type"]?.text, let kind = Kind(rawValue: name) else {
            let found = json["cell_type"]?.description ?? "nothing"
            throw NotebookError("'cell_type' is \(found), expected \"code\", \"markdown\" or \"raw\"")
        }
        guard let source = json["source"], source.multilineText != nil else {
            throw NotebookError("'source': a text, or a list of texts, expected")
        }
        for (name, isObject) in [("metadata", true), ("outputs", false)] {
            guard let part = json[name] else { continue }
            guard isObject ? part.members != nil : part.elements != nil else {
                throw NotebookError("'\(name)': \(isObject ? "an object" : "a list") expected")
            }
        }
        self.kind = kind
        self.json = json
    }

    /// The id, unique within a notebook; older files have none.
    public var id: String? {
        get { json["id"]?.text }
        set { json = json.setting("id", to: newValue.map { .string($0) }) }
    }

    /// The text.
    public var source: String {
        get { json["source"]?.multilineText ?? "" }
        set { json = json.setting("source", to: .lines(of: newValue)) }
    }

    /// The metadata, an object.
    public var metadata: JSON {
        get { json["metadata"] ?? .object([]) }
        set { json = json.setting("metadata", to: newValue) }
    }

    /// The tags.
    public var tags: [String] { metadata["tags"]?.elements?.compactMap(\.text) ?? [] }

    /// The outputs of a code cell, as nbformat has them.
    public var outputs: [JSON] {
        get { json["outputs"]?.elements ?? [] }
        set { json = json.setting("outputs", to: .array(newValue)) }
    }

    /// The number of the run that made the outputs.
    public var executionCount: Int? {
        get { json["execution_count"]?.integer }
        set { json = json.setting("execution_count", to: newValue.map { .number(Double($0)) } ?? .null) }
    }
}

extension JSON {
    /// A text that nbformat allows to be a list of its lines.
    public var multilineText: String? {
        if let text { return text }
        guard let elements else { return nil }
        let lines = elements.compactMap(\.text)
        return lines.count == elements.count ? lines.joined() : nil
    }

    /// A text as a list of its lines, each with its end, as Jupyter writes it.
    static func lines(of text: String) -> JSON {
        var lines: [JSON] = []
        var rest = Substring(text).utf8
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let next = rest.index(after: end)
            lines.append(.string(String(Substring(rest[..<next]))))
            rest = rest[next...]
        }
        if !rest.isEmpty { lines.append(.string(String(Substring(rest)))) }
        return .array(lines)
    }
}

/// A picture that is kept in a notebook beside a text, which shows it as `attachment:NAME`.
struct Attachment {
    /// Its name.
    let name: String
    /// The picture as a data URI.
    let address: String
}

extension Cell {
    /// The pictures that are attached.
    var attachments: [Attachment] {
        (json["attachments"]?.members ?? []).compactMap { attachment in
            for kind in OutputKind.all where kind.rendering == .picture {
                guard let content = attachment.value[kind.type]?.multilineText?.filter({ !$0.isWhitespace }),
                    content.utf8.allSatisfy(\.isBase64)
                else { continue }
                return Attachment(name: attachment.name, address: "data:\(kind.type);base64,\(content)")
            }
            return nil
        }
    }

    /// Whether something is attached, of whatever kind.
    var hasAttachments: Bool { json["attachments"]?.members?.isEmpty == false }
}
