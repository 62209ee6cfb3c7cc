import Figures
import Foundation
import LuaBridge
import Support

/// An object of ours that says how it looks, at the prompt, in notebooks, in Jupyter and on pages: the one place for
/// that.
///
/// Its text is that of `tostring`. What is given here is shown beside or instead of it; nothing has to be.
public protocol DisplayedObject {
    /// One line, where the object is a field of a table at the prompt; nil for its text.
    var displayLine: String? { get }
    /// What the prompt prints where the object is the result of an entry; nil for its text.
    var promptText: String? { get throws }
    /// What notebooks, Jupyter and pages show instead of the text; nil where the text says more.
    var richForm: RichForm? { get throws }
    /// What the prompt's list of variables says of its size; nil where it has none.
    var displaySize: DisplaySize? { get }
}

extension DisplayedObject {
    /// Nil: the text.
    public var displayLine: String? { nil }
    /// Nil: the text.
    public var promptText: String? { get throws { nil } }
    /// Nil: the text alone.
    public var richForm: RichForm? { get throws { nil } }
    /// Nil: no size.
    public var displaySize: DisplaySize? { nil }
}

/// How large an object is.
public struct DisplaySize: Sendable {
    /// A shape, or a number of parameters or parts.
    public let text: String
    /// The bytes of its numbers; nil where it holds none.
    public let bytes: Int?

    /// A size.
    public init(_ text: String, bytes: Int? = nil) { (self.text, self.bytes) = (text, bytes) }
}

/// What a notebook shows of a value instead of its text: one or more forms, made when they are needed.
public struct RichForm {
    private let fill: (inout MIMEBundle) throws -> Void

    /// Content of one kind.
    public static func content(_ content: String, as kind: OutputKind) -> RichForm {
        RichForm { $0.add(kind, content) }
    }

    /// HTML.
    public static func html(_ html: String) -> RichForm { content(html, as: .html) }

    /// A figure, as PNG, and as SVG too where it is a small one of lines and letters.
    public static func figure(_ figure: any Figure) -> RichForm { RichForm { try $0.add(figure) } }

    /// The forms beside a text.
    package func bundle(text: String) throws -> MIMEBundle {
        var bundle = MIMEBundle(text: text)
        try fill(&bundle)
        return bundle
    }
}

extension MIMEBundle {
    /// The most bytes of an SVG that is kept beside the PNG.
    private static let largestSVG = 200_000

    fileprivate mutating func add(_ figure: any Figure) throws(FigureError) {
        if !figure.hasPixels {
            let svg = try figure.svg()
            if svg.count <= Self.largestSVG { add(.svg, String(decoding: svg, as: UTF8.self)) }
        }
        // Points are 3/4 of CSS pixels.
        let size = [("width", figure.size.width), ("height", figure.size.height)].map { name, points in
            JSON.Member(name, .number((points * 4 / 3).rounded()))
        }
        // IPython keeps the text for those who do not see a picture under this name, too.
        let alternative = JSON.Member("alt", .string(figure.summary.withoutStrayBytes))
        add(.png, try figure.png().base64EncodedString(), metadata: .object(size + [alternative]))
    }
}

extension LuaValue {
    /// The object of ours that it is; nil for any other value, and for an object that does not say how it looks.
    package var displayedObject: (any DisplayedObject)? {
        guard case .other(let reference) = self else { return nil }
        return (try? reference.value(as: LuaInstance<any DisplayedObject>.self))?.value
    }

    /// What notebooks show of it beside its text: the form of an object, or of a list of like rows.
    var richForm: RichForm? {
        get throws {
            if case .table(let table) = self { return try RowTable(table)?.richForm }
            return try displayedObject?.richForm
        }
    }
}
