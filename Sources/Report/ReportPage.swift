import Figures
import Foundation
import Support

/// A page of text, tables and figures, kept as one HTML file that needs no other.
///
/// Texts are plain: tags in them are shown, not applied. Figures are drawn when they are added.
public final class ReportPage {
    private var page: HTMLPage
    private var hasSlider = false

    /// The number of bytes above which an image is drawn with fewer pixels: one that stands alone, and one of a slider.
    private static let imageLimits = (alone: 1_000_000, inSlider: 200_000)

    /// Begins a page.
    public init(title: String, subtitle: String = "") { page = HTMLPage(title: title, subtitle: subtitle) }

    /// Adds a heading of level 2 to 4, which the table of contents lists.
    public func addHeading(_ text: String, level: Int = 2) throws(ReportError) {
        try ReportError.require((2...4).contains(level), "level", level, "2, 3 or 4")
        page.addHeading(text.htmlText, level: level)
    }

    /// Adds paragraphs, which blank lines of `text` separate.
    public func addText(_ text: String) {
        for paragraph in text.paragraphs { page.body += "<p>\(paragraph.htmlText)</p>\n" }
    }

    /// Adds a table.
    public func addTable(_ table: ReportTable) { page.body += table.html }

    /// Adds a figure, `width` (default: its own) CSS pixels wide, and no wider than the page.
    public func addFigure(_ figure: any Figure, caption: String = "", width: Double? = nil) throws(ReportError) {
        try Self.check(width)
        let image = try ReportImage(figure, limit: Self.imageLimits.alone)
        page.body += "<figure>\n<div>\n\(image.html(width: width))\n</div>\n"
        page.body += "\(Self.html(caption: caption))</figure>\n"
    }

    /// Adds figures of which one is shown at a time, chosen by a slider or its arrow keys.
    ///
    /// `labels` (default: the number, from 1) say what is shown; `start` counts from 1. On paper the chosen figure is
    /// shown; where scripts do not run, the one at `start`.
    public func addSlider(
        _ figures: [any Figure], labels: [String]? = nil, caption: String = "", start: Int = 1, width: Double? = nil
    ) throws(ReportError) {
        try ReportError.require(!figures.isEmpty, "figures", "none", "one or more")
        let labels = labels ?? figures.indices.map { "\($0 + 1)" }
        try ReportError.require(
            labels.count == figures.count, "labels", labels.count, "\(figures.count), one a figure,")
        try ReportError.require(figures.indices.contains(start &- 1), "start", start, "1 to \(figures.count)")
        try Self.check(width)
        var html = "<figure class=\"slider\">\n<div>\n"
        for (index, (figure, label)) in zip(figures, labels).enumerated() {
            if Interrupt.isRequested { throw .figure(.interrupted) }
            let image = try ReportImage(figure, limit: Self.imageLimits.inSlider)
            let state = " data-label=\"\(label.htmlText)\"" + (index == start - 1 ? "" : " hidden")
            html += image.html(label: label, width: width, attributes: state) + "\n"
        }
        let name = caption.isEmpty ? "Which is shown" : caption
        html += "</div>\n<label><input type=\"range\" aria-label=\"\(name.htmlText)\" "
        html += "min=\"1\" max=\"\(figures.count)\" value=\"\(start)\" autocomplete=\"off\">"
        html += "<output>\(labels[start - 1].htmlText)</output></label>\n"
        page.body += html + Self.html(caption: caption) + "</figure>\n"
        hasSlider = true
    }

    /// Adds a volume to look through.
    public func addViewer(_ viewer: VolumeViewer, caption: String = "") {
        page.body += "<figure>\n\(viewer.html())\(Self.html(caption: caption))</figure>\n"
    }

    /// Adds a text whose spaces and lines stay as they are, such as a configuration.
    public func addCode(_ text: String, caption: String = "") {
        // HTML ignores a line break directly after <pre>.
        page.body += "<figure>\n<pre>\n\(text.htmlText)</pre>\n\(Self.html(caption: caption))</figure>\n"
    }

    /// The page as an HTML document.
    public var html: String { page.html(script: hasSlider ? ReportStyle.script : "") }

    /// Writes the page to `path`, whole or not at all.
    public func write(to path: String) throws(ReportError) {
        do {
            try WholeFile.replace(path, with: Data(html.utf8))
        } catch {
            throw .file((error as? FileError) ?? FileError(path: path, reason: "\(error)"))
        }
    }

    /// What stands under a figure or a table; nothing for an empty `caption`.
    static func html(caption: String) -> String {
        caption.isEmpty ? "" : "<figcaption>\(caption.htmlText)</figcaption>\n"
    }

    private static func check(_ width: Double?) throws(ReportError) {
        if let width { try ReportError.require((50...4000).contains(width), "width", width, "50 to 4000 pixels") }
    }
}

/// A figure as an image within a page.
private struct ReportImage {
    private let source: String
    private let summary: String
    private let size: (width: Double, height: Double)

    /// Draws `figure`: as SVG if it is one of lines and letters, as PNG if it shows images. A PNG has two pixels a
    /// point, or down to one where it has more than `limit` bytes.
    init(_ figure: any Figure, limit: Int) throws(ReportError) {
        (size, summary) = (figure.size, figure.summary)
        do throws(FigureError) {
            guard figure.hasPixels else {
                source = "data:image/svg+xml;base64," + (try figure.svg()).base64EncodedString()
                return
            }
            var png = try figure.png()
            for scale in [1.5, 1] where png.count > limit { png = try figure.png(scale: scale) }
            source = "data:image/png;base64," + png.base64EncodedString()
        } catch {
            throw .figure(error)
        }
    }

    /// The image's tag, described by the `label` and what the figure shows, `width` CSS pixels wide (default: 4/3 of
    /// the figure's points), with more `attributes`.
    func html(label: String = "", width: Double? = nil, attributes: String = "") -> String {
        let text = label.isEmpty ? summary : "\(label): \(summary)"
        let width = width ?? size.width * 4 / 3
        let height = width * size.height / size.width
        return "<img src=\"\(source)\" alt=\"\(text.htmlText)\" width=\"\(Int(width.rounded(.up)))\" "
            + "height=\"\(Int(height.rounded(.up)))\"\(ReportStyle.leastWidth(Int(width)))\(attributes)>"
    }
}

extension String {
    /// The parts of the text between blank lines.
    fileprivate var paragraphs: [String] {
        var parts: [[Substring]] = [[]]
        for line in split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if !line.allSatisfy(\.isWhitespace) {
                parts[parts.count - 1].append(line)
            } else if parts.last?.isEmpty == false {
                parts.append([])
            }
        }
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
    }
}
