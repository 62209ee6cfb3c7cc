import Figures
import Foundation
import LuaBridge
import Support

/// The forms of a value, by MIME type, of which a notebook shows the richest that it can.
public struct MIMEBundle: Equatable, Sendable {
    /// The forms in their order: as strings, binary ones (PNG) in base64, those that are JSON as such.
    public private(set) var data = JSON.object([])
    /// What Jupyter keeps beside forms, such as the size of an image in CSS pixels.
    public private(set) var metadata = JSON.object([])

    /// The text form alone.
    public init(text: String) { add("text/plain", text) }

    /// The text form.
    public var text: String { data["text/plain"]?.text ?? "" }

    /// Adds a form, or replaces it.
    mutating func add(_ type: String, _ form: String, metadata: JSON? = nil) {
        let isJSON = type == "application/json" || type.hasSuffix("+json")
        let json = isJSON ? try? JSON(parsing: form.utf8, keepingDigits: true) : nil
        data = data.setting(type, to: json ?? .string(form.withoutStrayBytes))
        if let metadata { self.metadata = self.metadata.setting(type, to: metadata) }
    }

    /// Notes a fact in the metadata.
    mutating func mark(_ name: String) { metadata = metadata.setting(name, to: .bool(true)) }
}

extension String {
    /// The text with U+FFFD for the code points that carry stray bytes of a Lua string, which no file should hold.
    package var withoutStrayBytes: String {
        guard unicodeScalars.contains(where: { $0.value >= 0x10FF00 }) else { return self }
        var result = UnicodeScalarView()
        for scalar in unicodeScalars { result.append(scalar.value >= 0x10FF00 ? "\u{FFFD}" : scalar) }
        return String(result)
    }
}

extension LuaState {
    /// The forms of one value, or the text of several.
    package func mimeBundle(of values: [LuaValue]) throws(LuaError) -> MIMEBundle {
        if values.count == 1 { return try mimeBundle(of: values[0]) }
        return MIMEBundle(text: try ValueText(self).text(values))
    }

    /// The forms of a value: what its metamethod `__display` gives, or the text of the prompt and its `RichForm`.
    public func mimeBundle(of value: LuaValue) throws(LuaError) -> MIMEBundle {
        do {
            switch value {
            case .table(let table):
                if let display = try table.metamethod("__display") {
                    return try bundle(of: value, by: display)
                }
            case .other(let reference):
                if let figure = try? reference.value(as: FigureObject.self) {
                    return try MIMEBundle(figure)
                }
            default: break
            }
            var bundle = MIMEBundle(text: try ValueText(self).text(value))
            switch try RichForm(of: value) {
            case .figure(let figure)?: try bundle.add(figure)
            case .html(let html)?: bundle.add("text/html", html)
            case nil: break
            }
            return bundle
        } catch {
            throw (error as? LuaError) ?? LuaError(message: String(describing: error))
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
        // Lua's order of keys is another in every process.
        for (type, form) in texts.sorted(by: { $0.type < $1.type }) { bundle.add(type, form) }
        return bundle
    }
}

extension MIMEBundle {
    /// The forms of a figure.
    init(_ object: FigureObject) throws {
        self.init(text: object.description)
        try add(object.figure)
    }

    /// The most bytes of an SVG that is kept beside the PNG.
    private static let largestSVG = 200_000

    /// Adds a figure as PNG, and as SVG where it is a small one of lines and letters.
    fileprivate mutating func add(_ figure: any Figure) throws {
        if !figure.hasPixels {
            let svg = try figure.svg()
            if svg.count <= Self.largestSVG { add("image/svg+xml", String(decoding: svg, as: UTF8.self)) }
        }
        // Points are 3/4 of CSS pixels.
        let size = [("width", figure.size.width), ("height", figure.size.height)].map { name, points in
            JSON.Member(name, .number((points * 4 / 3).rounded()))
        }
        add("image/png", try figure.png().base64EncodedString(), metadata: .object(size))
    }
}
