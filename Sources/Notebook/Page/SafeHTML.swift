import CXML
import Report

/// HTML that others made, reduced to the tags of texts, tables and trees, with the attributes that these need: parsed
/// as a whole and written anew, so that nothing of it reaches a page as it was.
enum SafeHTML {
    private static let tags: Set<String> = [
        "b", "blockquote", "br", "caption", "code", "details", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li",
        "ol", "p", "pre", "progress", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td",
        "tfoot", "th", "thead", "tr", "ul",
    ]
    /// Tags without an end.
    private static let single: Set<String> = ["br", "hr"]
    /// Tags that the parser adds itself.
    private static let frame: Set<String> = ["html", "head", "body"]
    /// Tags whose content is no text to read.
    private static let unread: Set<String> = [
        "applet", "embed", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style",
        "svg", "template", "textarea", "title",
    ]

    /// The reduced HTML. Other tags are left out, those of programs and styles with all that is in them; which ones is
    /// said at the end.
    static func html(_ html: String) -> String {
        guard let context = htmlNewParserCtxt() else { return html.htmlText }
        defer { htmlFreeParserCtxt(context) }
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue
        // A byte of 0 would end the text.
        var bytes = Array(html.utf8.map { $0 == 0 ? UInt8(ascii: " ") : $0 })
        // The parser takes the size as 32 bits.
        let isWhole = bytes.count <= Int(Int32.max)
        if !isWhole { bytes = [] }
        let document = bytes.withUnsafeBytes { bytes in
            htmlCtxtReadMemory(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil, "utf-8",
                Int32(options))
        }
        defer { xmlFreeDoc(document) }
        var writer = Writer()
        if let document { writer.write(document) }
        if !isWhole || context.pointee.disableSAX != 0 {
            writer.leftOut.insert("what is too long or nested too deeply")
        }
        return writer.html
    }

    /// Writes what is allowed of a tree.
    private struct Writer {
        private var result = ""
        var leftOut: Set<String> = []

        /// What was written, and what was left out.
        var html: String {
            guard !leftOut.isEmpty else { return result }
            return result + "<p><small>Left out: \(leftOut.sorted().joined(separator: ", ").htmlText)</small></p>\n"
        }

        /// Writes a document, without recursion, as it may be nested deeply.
        mutating func write(_ document: htmlDocPtr) {
            var next = document.pointee.children
            while let node = next {
                if begin(node), let child = node.pointee.children {
                    next = child
                    continue
                }
                var last = node
                end(last)
                while last.pointee.next == nil, let parent = last.pointee.parent,
                    parent.pointee.type == XML_ELEMENT_NODE
                {
                    last = parent
                    end(last)
                }
                next = last.pointee.next
            }
        }

        /// Writes the beginning of a node; whether what is in it is written, too.
        private mutating func begin(_ node: xmlNodePtr) -> Bool {
            switch node.pointee.type {
            case XML_TEXT_NODE: result += text(node.pointee.content).htmlText
            case XML_ENTITY_REF_NODE: result += "&\(text(node.pointee.name));".htmlText
            case XML_ELEMENT_NODE:
                let tag = text(node.pointee.name)
                if tags.contains(tag) {
                    result += "<\(tag)\(attributes(node))>"
                } else if !frame.contains(tag) {
                    leftOut.insert(tag)
                }
                return !unread.contains(tag)
            default: break
            }
            return false
        }

        private mutating func end(_ node: xmlNodePtr) {
            guard node.pointee.type == XML_ELEMENT_NODE else { return }
            let tag = text(node.pointee.name)
            if tags.contains(tag), !single.contains(tag) { result += "</\(tag)>" }
        }

        private func attributes(_ node: xmlNodePtr) -> String {
            var kept = ""
            var next = node.pointee.properties
            while let attribute = next {
                let name = text(attribute.pointee.name)
                let value = text(attribute.pointee.children?.pointee.content)
                switch name {
                case "open": kept += " open"
                case "colspan", "rowspan", "value", "max":
                    if value.wholeMatch(of: /[0-9.]+/) != nil { kept += " \(name)=\"\(value)\"" }
                case "style":
                    if value.wholeMatch(of: /text-align: (left|right|center)/) != nil { kept += " style=\"\(value)\"" }
                default: break
                }
                next = attribute.pointee.next
            }
            return kept
        }

        private func text(_ characters: UnsafePointer<xmlChar>?) -> String {
            characters.map { String(cString: $0) } ?? ""
        }
    }
}
