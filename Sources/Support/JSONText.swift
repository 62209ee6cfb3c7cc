extension JSON: CustomStringConvertible {
    /// The value as JSON on one line; numbers that JSON has no words for (NaN, infinity) become null.
    public var description: String { text(indent: nil) }

    /// The value as JSON over many lines, as Python's `json.dumps(..., indent=1, ensure_ascii=False)` writes it; each
    /// level is one space further to the right.
    public var indented: String { text(indent: 0) }

    private func text(indent: Int?) -> String {
        var text = ""
        write(to: &text, indent: indent)
        return text
    }

    private func write(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let value):
            text += integer.map(String.init) ?? (value.isFinite ? "\(value)" : "null")
        case .digits(let digits): text += digits
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            Self.write(elements, between: ("[", "]"), to: &text, indent: indent) { element, text, indent in
                element.write(to: &text, indent: indent)
            }
        case .object(let members):
            Self.write(members, between: ("{", "}"), to: &text, indent: indent) { member, text, indent in
                Self.write(member.name, to: &text)
                text += indent == nil ? ":" : ": "
                member.value.write(to: &text, indent: indent)
            }
        }
    }

    private static func write<Part>(
        _ parts: [Part], between brackets: (String, String), to text: inout String, indent: Int?,
        writing write: (Part, inout String, Int?) -> Void
    ) {
        func breakLine(_ indent: Int?) {
            if let indent { text += "\n" + String(repeating: " ", count: indent) }
        }
        text += brackets.0
        let inner = indent.map { $0 + 1 }
        for (index, part) in parts.enumerated() {
            if index > 0 { text += "," }
            breakLine(inner)
            write(part, &text, inner)
        }
        if !parts.isEmpty { breakLine(indent) }
        text += brackets.1
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
