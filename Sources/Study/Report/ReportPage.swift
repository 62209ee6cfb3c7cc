import Figures
import Foundation
import Support

/// A page of text, tables and figures, kept as one HTML file that needs no other.
///
/// Texts are plain: what they hold is shown as it is. Figures are drawn when they are added.
public final class ReportPage {
    private var page: HTMLPage
    private var hasSlider = false

    /// The most bytes an image is to have, as far as fewer pixels can help: one alone, and one of a slider's many.
    static let imageLimits = (alone: 1_000_000, ofMany: 200_000)

    /// Begins a page.
    public init(title: String, subtitle: String = "") { page = HTMLPage(title: title, subtitle: subtitle) }

    /// Adds a heading of level 2 to 4, which the table of contents lists.
    public func addHeading(_ text: String, level: Int = 2) throws(StudyError) {
        guard (2...4).contains(level) else {
            throw .value(place: "level", found: "\(level)", expected: "2, 3 or 4")
        }
        page.addHeading(text.htmlText, level: level)
    }

    /// Adds paragraphs, which blank lines part.
    public func addText(_ text: String) {
        for paragraph in text.paragraphs { page.body += "<p>\(paragraph.htmlText)</p>\n" }
    }

    /// Adds a table.
    public func addTable(_ table: ReportTable) { page.body += table.html }

    /// Adds a figure, `width` (default: its own) CSS pixels wide, and no wider than the page.
    public func addFigure(_ figure: any Figure, caption: String = "", width: Double? = nil) throws(StudyError) {
        if let width { try Self.require(width: width) }
        let image = try Self.image(figure, limit: Self.imageLimits.alone)
        page.body += "<figure>\n<div>\n\(image.html(text: caption, width: width))\n</div>\n"
        page.body += "\(Self.html(caption: caption))</figure>\n"
    }

    /// Adds figures of which one is shown at a time, chosen by a slider or its arrow keys.
    ///
    /// `labels` (default: the number, from 1) say what is shown; `start` counts from 1. On paper the chosen figure is
    /// shown; where scripts do not run, that which the slider starts at.
    public func addSlider(
        _ figures: [any Figure], labels: [String]? = nil, caption: String = "", start: Int = 1, width: Double? = nil
    ) throws(StudyError) {
        guard !figures.isEmpty else { throw .value(place: "figures", found: "none", expected: "one or more") }
        let labels = labels ?? figures.indices.map { "\($0 + 1)" }
        guard labels.count == figures.count else {
            throw .value(place: "labels", found: "\(labels.count)", expected: "\(figures.count), one a figure,")
        }
        guard figures.indices.contains(start &- 1) else {
            throw .value(place: "start", found: "\(start)", expected: "1 to \(figures.count)")
        }
        if let width { try Self.require(width: width) }
        var html = "<figure class=\"slider\">\n<div>\n"
        for (index, (figure, label)) in zip(figures, labels).enumerated() {
            if Interrupt.isRequested { throw .tensor(.interrupted) }
            let image = try Self.image(figure, limit: Self.imageLimits.ofMany)
            let state = " data-label=\"\(label.htmlText)\"" + (index == start - 1 ? "" : " hidden")
            html += image.html(text: label, width: width, attributes: state) + "\n"
        }
        html += "</div>\n<label><input type=\"range\" min=\"1\" max=\"\(figures.count)\" value=\"\(start)\" "
        html += "autocomplete=\"off\"><output>\(labels[start - 1].htmlText)</output></label>\n"
        page.body += html + Self.html(caption: caption) + "</figure>\n"
        hasSlider = true
    }

    /// Adds a text whose spaces and lines stay as they are, such as a configuration.
    public func addCode(_ text: String, caption: String = "") {
        // A parser drops the first line's end after <pre>.
        page.body += "<figure>\n<pre>\n\(text.htmlText)</pre>\n\(Self.html(caption: caption))</figure>\n"
    }

    /// The page as an HTML document.
    public var html: String { page.html(script: hasSlider ? ReportStyle.script : "") }

    /// Writes the page to `path`, whole or not at all.
    public func write(to path: String) throws(StudyError) {
        do {
            try WholeFile.replace(path, with: Data(html.utf8))
        } catch {
            throw .wrapping(error, path: path)
        }
    }

    /// What stands under a figure or a table; nothing for an empty `caption`.
    static func html(caption: String) -> String {
        caption.isEmpty ? "" : "<figcaption>\(caption.htmlText)</figcaption>\n"
    }

    private static func require(width: Double) throws(StudyError) {
        guard (50...4000).contains(width) else {
            throw .value(place: "width", found: "\(width)", expected: "50 to 4000 pixels")
        }
    }

    private static func image(_ figure: any Figure, limit: Int) throws(StudyError) -> ReportImage {
        do {
            return try ReportImage(figure, limit: limit)
        } catch {
            throw .figure(error)
        }
    }
}
