import LuaBridge
import Support

/// The forms of a value, by MIME type, of which a notebook shows the richest that it can.
public struct MIMEBundle: Equatable, Sendable {
    /// The forms in their order: as strings, binary ones (PNG) in base64, those that are JSON as such.
    public private(set) var data = JSON.object([])
    /// What Jupyter keeps beside forms, such as the size of an image in CSS pixels.
    public private(set) var metadata = JSON.object([])

    /// The text form alone.
    public init(text: String) { add(.plain, text) }

    /// The text form.
    public var text: String { data[OutputKind.plain.type]?.text ?? "" }

    /// Adds a form, or replaces it.
    mutating func add(_ kind: OutputKind, _ form: String, metadata: JSON? = nil) {
        let json = kind.content == .json ? try? JSON(parsing: form.utf8, keepingDigits: true) : nil
        data = data.setting(kind.type, to: json ?? .string(form.withoutStrayBytes))
        if let metadata { self.metadata = self.metadata.setting(kind.type, to: metadata) }
    }

    /// Notes a fact in the metadata.
    mutating func mark(_ name: String) { metadata = metadata.setting(name, to: .bool(true)) }
}

extension String {
    /// The text with U+FFFD for the code points that stand for bytes of a Lua string that are not UTF-8.
    package var withoutStrayBytes: String {
        guard unicodeScalars.contains(where: { $0.value >= 0x10FF00 }) else { return self }
        return String(UnicodeScalarView(unicodeScalars.map { $0.value >= 0x10FF00 ? "\u{FFFD}" : $0 }))
    }
}

extension LuaState {
    /// The forms of one value, or the text of several.
    package func mimeBundle(of values: [LuaValue]) throws(LuaError) -> MIMEBundle {
        if values.count == 1 { return try mimeBundle(of: values[0]) }
        return MIMEBundle(text: try ValueText(self).text(values))
    }

    /// The forms of a value: what its metamethod `__display` gives, or its text and its `RichForm`.
    public func mimeBundle(of value: LuaValue) throws(LuaError) -> MIMEBundle {
        try LuaError.wrapping {
            if case .table(let table) = value, let display = try table.metamethod("__display") {
                return try bundle(of: value, by: display)
            }
            let text = try ValueText(self, isPrompt: false).text(value)
            return try value.richForm?.bundle(text: text) ?? MIMEBundle(text: text)
        }
    }

    private func bundle(of value: LuaValue, by display: LuaCallback) throws -> MIMEBundle {
        guard case .table(let forms)? = try call(display, [value]).first else {
            throw LuaError(message: "__display: a table of MIME types and texts expected")
        }
        var texts: [(type: String, form: String)] = []
        for (key, form) in try forms.pairs() {
            guard case .string(let type) = key, case .string(let form) = form, type.contains("/") else {
                throw LuaError(
                    message: "__display: a MIME type and a text expected, got '\(try text(of: key))' and "
                        + "'\(try text(of: form))'")
            }
            texts.append((type, form))
        }
        var bundle = MIMEBundle(text: try text(of: value))
        // Lua's order of keys differs from process to process.
        for (type, form) in texts.sorted(by: { $0.type < $1.type }) { bundle.add(OutputKind(type), form) }
        return bundle
    }
}
