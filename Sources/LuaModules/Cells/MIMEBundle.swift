import Foundation
import LuaBridge

/// A value as a notebook shows it: the same in several forms, by their MIME types. Pictures are in base64.
package struct MIMEBundle: Equatable, Sendable {
    /// One form.
    package struct Form: Equatable, Sendable {
        /// The MIME type, such as "image/png".
        package let type: String
        /// The text, or the base64 of what is none.
        package let text: String
        /// Width and height in points, of a picture.
        package var size: [Double]?
    }

    /// The forms, the plainest first.
    package private(set) var forms: [Form]

    /// The forms of values: their text, and those of a figure or of an object with the metamethod `__display` that is
    /// alone. This is a function that takes the object and gives a table of texts by MIME type.
    package init(_ values: [LuaValue], _ lua: LuaState) throws(LuaError) {
        var texts: [String] = []
        for value in values { texts.append(try ValueText(lua).text(value)) }
        forms = [Form(type: "text/plain", text: texts.joined(separator: "\t"))]
        guard values.count == 1 else { return }
        do {
            try add(figure: values[0])
            try add(display: values[0], lua)
        } catch {
            throw (error as? LuaError) ?? LuaError(message: String(describing: error))
        }
    }

    private mutating func add(figure value: LuaValue) throws {
        guard case .other(let reference) = value, let object = try? reference.value(as: FigureObject.self) else {
            return
        }
        let size = object.figure.size
        forms = [Form(type: "text/plain", text: object.description)]
        forms.append(
            Form(
                type: "image/png", text: try object.figure.png().base64EncodedString(),
                size: [size.width, size.height]))
    }

    /// Reads the metatable as scripts may, so that a protected one is left alone.
    private static let displaying = """
        local value = ...
        local meta = getmetatable(value)
        local display = type(meta) == "table" and rawget(meta, "__display")
        return display and display(value)
        """

    private mutating func add(display value: LuaValue, _ lua: LuaState) throws {
        switch value {
        case .table, .other: break
        default: return
        }
        let results = try lua.run(Self.displaying, name: "=display", arguments: [value])
        switch results.first ?? .none {
        case .none, .boolean(false): return
        case .table(let table):
            for case (.string(let type), .string(let text)) in try table.pairs() {
                forms.removeAll { $0.type == type }
                forms.append(Form(type: type, text: text))
            }
            forms.sort { $0.type == "text/plain" || $1.type != "text/plain" && $0.type < $1.type }
        case let other:
            let found = try lua.text(of: other)
            throw LuaError(message: "bad result of '__display' (table of texts by MIME type expected, got \(found))")
        }
    }
}
