/// A kind of output: one of the forms in which notebooks, Jupyter and pages hold a value, by its MIME type.
///
/// A new kind is one constant and its place in `all`. Where the page needs a new way to show it, that is a new case of
/// `Rendering`, and the page does not compile until it has one.
public struct OutputKind: Equatable, Sendable {
    /// The MIME type.
    public let type: String
    /// How a page shows it.
    public let rendering: Rendering

    /// The ways in which a page shows an output.
    public enum Rendering: Sendable {
        /// A picture, in base64 or as the text of an SVG.
        case picture
        /// HTML, of which the page keeps the tags of texts and tables.
        case html
        case markdown
        case latex
        /// Text as a terminal shows it.
        case text
        /// Not at all: other programs may know the kind.
        case none
    }

    /// How files and messages hold an output.
    public enum Content: Sendable {
        /// As text; a notebook's file holds it as a list of lines.
        case lines
        /// As one string: base64, mostly.
        case string
        /// As JSON.
        case json
    }

    /// A kind that a page can show.
    private init(_ type: String, shownAs rendering: Rendering) { (self.type, self.rendering) = (type, rendering) }

    /// The kind of a MIME type, which need not be one of `all`.
    public init(_ type: String) {
        self = Self.all.first { $0.type == type } ?? OutputKind(type, shownAs: .none)
    }

    /// How the output is held, which follows from the type's name by the conventions of IANA's registry.
    public var content: Content {
        if type == "application/json" || type.hasSuffix("+json") { return .json }
        let isText = type.hasPrefix("text/") || type.hasSuffix("+xml") || type == "application/javascript"
        return isText ? .lines : .string
    }

    /// Whether it is a picture, be it one that a page can show or not.
    public var isPicture: Bool { type.hasPrefix("image/") }
}

extension OutputKind {
    /// A picture of lines and letters.
    public static let svg = OutputKind("image/svg+xml", shownAs: .picture)
    /// A picture of pixels.
    public static let png = OutputKind("image/png", shownAs: .picture)
    /// A photograph.
    public static let jpeg = OutputKind("image/jpeg", shownAs: .picture)
    /// A picture of few colours, or several in turn.
    public static let gif = OutputKind("image/gif", shownAs: .picture)
    /// A picture of pixels, in the format WebP.
    public static let webp = OutputKind("image/webp", shownAs: .picture)
    /// Texts and tables.
    public static let html = OutputKind("text/html", shownAs: .html)
    /// Text with headings, lists and formulas.
    public static let markdown = OutputKind("text/markdown", shownAs: .markdown)
    /// A formula.
    public static let latex = OutputKind("text/latex", shownAs: .latex)
    /// Text, as the prompt shows it.
    public static let plain = OutputKind("text/plain", shownAs: .text)

    /// What a page can show, the richest first: of the forms of a value it shows the first of these.
    public static let all = [svg, png, jpeg, gif, webp, html, markdown, latex, plain]
}
