import LuaModules
import Support

/// Outputs of cells, as nbformat has them.
public enum CellOutput {
    /// Text written to a stream.
    static func stream(_ stream: OutputCapture.Stream, _ text: String) -> JSON {
        .object([
            .init("name", .string(stream.rawValue)), .init("output_type", .string("stream")),
            .init("text", .lines(of: text)),
        ])
    }

    /// What a cell shows on its way.
    static func display(_ bundle: MIMEBundle) -> JSON {
        .object([
            .init("data", data(of: bundle)), .init("metadata", bundle.metadata),
            .init("output_type", .string("display_data")),
        ])
    }

    /// The value of a cell.
    static func result(_ bundle: MIMEBundle, count: Int) -> JSON {
        .object([
            .init("data", data(of: bundle)), .init("execution_count", .number(Double(count))),
            .init("metadata", bundle.metadata), .init("output_type", .string("execute_result")),
        ])
    }

    /// An error; `name` says of which kind it is.
    static func error(_ name: String, _ message: String, traceback: String?) -> JSON {
        let message = message.withoutStrayBytes
        let trace = traceback?.withoutStrayBytes.split(separator: "\n").map { JSON.string(String($0)) } ?? []
        return .object([
            .init("ename", .string(name)), .init("evalue", .string(message)), .init("output_type", .string("error")),
            .init("traceback", .array([.string("\(name): \(message)")] + trace)),
        ])
    }

    private static func data(of bundle: MIMEBundle) -> JSON {
        let members = (bundle.data.members ?? []).map { form in
            JSON.Member(form.name, value(of: form.value.text ?? "", type: form.name))
        }
        return .object(members)
    }

    /// JSON is kept as such, text in lines, and base64 in one.
    private static func value(of text: String, type: String) -> JSON {
        let isJSON = type == "application/json" || type.hasSuffix("+json")
        if isJSON, let json = try? JSON(parsing: text.utf8, keepingDigits: true) { return json }
        let isText = type.hasPrefix("text/") || type.hasSuffix("+xml") || type == "application/javascript"
        return isText ? .lines(of: text.withoutStrayBytes) : .string(text)
    }
}

extension String {
    /// The text with U+FFFD for the code points that carry stray bytes of a Lua string, which no file should hold.
    fileprivate var withoutStrayBytes: String {
        guard unicodeScalars.contains(where: { $0.value >= 0x10FF00 }) else { return self }
        var result = UnicodeScalarView()
        for scalar in unicodeScalars { result.append(scalar.value >= 0x10FF00 ? "\u{FFFD}" : scalar) }
        return String(result)
    }
}
