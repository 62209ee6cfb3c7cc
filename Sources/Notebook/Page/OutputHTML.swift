import Foundation
import Report
import Sessions
import Support

/// Outputs of cells as HTML; what they hold is shown and never run.
enum OutputHTML {
    /// The HTML of an output, in the richest form that a page can show.
    static func html(_ output: JSON) -> String {
        switch output["output_type"]?.text {
        case "stream":
            let isError = output["name"]?.text == "stderr"
            return block(output["text"]?.multilineText ?? "", isError ? "stderr" : "text")
        case "error":
            let trace = output["traceback"]?.elements?.compactMap(\.text).joined(separator: "\n") ?? ""
            return block(trace.isEmpty ? output["evalue"]?.text ?? "" : trace, "error")
        default:
            return output["data"].map { form(of: $0, metadata: output["metadata"] ?? .null) } ?? ""
        }
    }

    /// Texts of more lines get a frame in which they scroll.
    private static let longest = 30

    /// The richest form that the page can show; nothing where there is none.
    private static func form(of data: JSON, metadata: JSON) -> String {
        let plain = data[OutputKind.plain.type]?.multilineText ?? ""
        for kind in OutputKind.all {
            guard let content = data[kind.type]?.multilineText else { continue }
            switch kind.rendering {
            case .picture:
                if let picture = picture(content, kind, metadata: metadata, text: plain) { return picture }
            case .html:
                // Of a volume's viewer the data alone are taken; the script is the page's own.
                if let viewer = VolumeViewer(html: content) { return viewer.html() }
                return "<div class=\"html\">\(SafeHTML.html(content))</div>\n"
            case .markdown: return "<div>\(Markdown.html(content))</div>\n"
            case .latex: return "<div>\(MathScanner.html(latex: content))</div>\n"
            case .text: return block(content, "text")
            case .none: continue
            }
        }
        return ""
    }

    /// Whether a page shows it as a picture.
    static func isPicture(_ output: JSON) -> Bool {
        output["data"]?.members?.contains { OutputKind($0.name).rendering == .picture } ?? false
    }

    /// A picture, described by what the metadata say of it or by `text`; nil where the content is none.
    private static func picture(_ content: String, _ kind: OutputKind, metadata: JSON, text: String) -> String? {
        let base64 =
            kind.content == .lines ? Data(content.utf8).base64EncodedString() : content.filter { !$0.isWhitespace }
        guard base64.utf8.allSatisfy(\.isBase64) else { return nil }
        // The size that a figure's PNG has is that of its SVG too.
        let (own, other) = (metadata[kind.type], metadata[OutputKind.png.type])
        let sizes = ["width", "height"].compactMap { name in
            (own?[name] ?? other?[name])?.integer.map { " \(name)=\"\($0)\"" }
        }
        let width = (own ?? other)?["width"]?.integer ?? 0
        let alternative = (own?["alt"] ?? other?["alt"])?.text ?? text
        let source = " src=\"data:\(kind.type);base64,\(base64)\" alt=\"\(alternative.htmlText)\""
        return "<div class=\"picture\"><img\(source)\(sizes.joined())\(ReportStyle.leastWidth(width))></div>\n"
    }

    /// Text as a terminal shows it: in its colours, and with only the last version of a line that was overwritten.
    private static func block(_ text: String, _ style: String) -> String {
        guard !text.isEmpty else { return "" }
        let lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map {
            line in
            line.split(separator: "\r").last ?? ""
        }
        // HTML ignores a line break directly after <pre>.
        let size = lines.count > longest ? " long" : ""
        // A table of text is moved sideways on a narrow screen; other lines go on below.
        let layout = lines.lazy.filter { $0.hasColumns }.prefix(2).count == 2 ? " columns" : ""
        let html = TerminalText.html(lines.joined(separator: "\n"))
        return "<pre class=\"\(style)\(size)\(layout)\">\n\(html)</pre>\n"
    }
}

extension Substring {
    /// Whether words of the line stand two or more spaces, or a tab, apart.
    fileprivate var hasColumns: Bool {
        var (gap, hasWord) = (0, false)
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: " "): gap += 1
            case UInt8(ascii: "\t"): gap = 2
            default:
                if hasWord, gap > 1 { return true }
                (gap, hasWord) = (0, true)
            }
        }
        return false
    }
}
