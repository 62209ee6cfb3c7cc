import CMark
import Foundation
import Report

/// Markdown (GitHub's: with tables) as HTML. HTML within it is shown as text, and mathematics between dollar signs as
/// mathematics.
enum Markdown {
    /// The HTML of a text; `attachments` are the pictures that it may show as `attachment:NAME`.
    static func html(_ text: String, attachments: [Attachment] = []) -> String {
        let (text, formulas) = MathScanner.extract(text)
        // Keeps punctuation on the line of the formula before it; browsers ignore U+2060 (word joiner) there.
        return MathScanner.insert(formulas, into: render(text)).replacing(
            /<math>(?:(?!<\/math>).)*<\/math>[.,;:!?\)]+/.dotMatchesNewlines()
        ) { "<span class=\"joined\">\($0.output)</span>" }
        // Only pictures have this tag: the text's own are escaped.
        .replacing(/(<img src=")attachment:([^"]*)"/) { match in
            let name = String(match.2).replacing("&amp;", with: "&").removingPercentEncoding
            let attachment = attachments.first { $0.name == name }
            return match.1 + (attachment?.address ?? "") + "\""
        }
    }

    private static func render(_ text: String) -> String {
        cmark_gfm_core_extensions_ensure_registered()
        let options = CMARK_OPT_NOBREAKS | CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_FOOTNOTES
        guard let parser = cmark_parser_new(options) else { return "" }
        defer { cmark_parser_free(parser) }
        for name in ["table", "strikethrough", "autolink"] {
            if let extensionOfCMark = cmark_find_syntax_extension(name) {
                cmark_parser_attach_syntax_extension(parser, extensionOfCMark)
            }
        }
        cmark_parser_feed(parser, text, text.utf8.count)
        guard let document = cmark_parser_finish(parser) else { return "" }
        defer { cmark_node_free(document) }
        showTags(in: document)
        guard let html = cmark_render_html(document, options, cmark_parser_get_syntax_extensions(parser)) else {
            return ""
        }
        defer { free(html) }
        return String(cString: html)
    }

    /// Puts text in the place of HTML, which the renderer would leave out.
    private static func showTags(in document: OpaquePointer) {
        guard let iterator = cmark_iter_new(document) else { return }
        defer { cmark_iter_free(iterator) }
        while true {
            let event = cmark_iter_next(iterator)
            guard event != CMARK_EVENT_DONE, let node = cmark_iter_get_node(iterator) else { return }
            let type = cmark_node_get_type(node)
            guard event == CMARK_EVENT_ENTER, type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE,
                let literal = cmark_node_get_literal(node), let text = cmark_node_new(CMARK_NODE_TEXT)
            else { continue }
            cmark_node_set_literal(text, literal)
            var replacement: OpaquePointer? = text
            if type == CMARK_NODE_HTML_BLOCK {
                replacement = cmark_node_new(CMARK_NODE_PARAGRAPH)
                cmark_node_append_child(replacement, text)
            }
            if cmark_node_replace(node, replacement) == 1 {
                cmark_node_free(node)
            } else {
                cmark_node_free(replacement)
            }
        }
    }
}
