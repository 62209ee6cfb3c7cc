import CSodium
import Foundation

/// The frame of a page in one HTML file: title, table of contents, and the body between them.
package struct HTMLPage {
    private let title: String
    private let subtitle: String
    private var contents = ""
    private var headings = 0
    /// What the page holds, as HTML.
    package var body = ""
    /// The heading at the top of the page, as HTML; the title unless it is set.
    package var heading: String

    /// Begins a page; title and subtitle are plain text.
    package init(title: String, subtitle: String = "") {
        (self.title, self.subtitle) = (title, subtitle)
        heading = title.htmlText
    }

    /// Adds a heading, given as HTML, and lists it (as `entry`, if that differs) in the table of contents; links to it
    /// name `id`, by default the number of the heading.
    package mutating func addHeading(_ html: String, entry: String? = nil, level: Int, id: String? = nil) {
        headings += 1
        let id = id?.htmlText ?? "part-\(headings)"
        body += "<h\(level) id=\"\(id)\">\(html)</h\(level)>\n"
        contents += "<li class=\"level-\(level)\"><a href=\"#\(id)\">\(entry ?? html)</a></li>\n"
    }

    /// The page as a document that needs no other file but `scriptFile`, if that is given; `style` and `script` come
    /// after what all pages have. The script of volumes is there once, if the body has any.
    ///
    /// The page's policy lets browsers run these scripts alone, and load nothing from elsewhere.
    package func html(style: String = "", script: String = "", scriptFile: String? = nil) -> String {
        let under = subtitle.isEmpty ? "" : "<p class=\"subtitle\">\(subtitle.htmlText)</p>\n"
        let navigation = headings == 0 ? "" : "<nav aria-label=\"Contents\">\n<ol>\n\(contents)</ol>\n</nav>\n"
        return Self.document(
            title: title, style: style, script: script, scriptFile: scriptFile,
            body: "<header>\n<h1>\(heading)</h1>\n\(under)</header>\n\(navigation)<main>\n\(body)</main>\n")
    }

    /// A document in the style of all pages; `style`, `script` and `scriptFile` as in `html`.
    package static func document(
        title: String, style: String = "", script: String = "", scriptFile: String? = nil, body: String
    ) -> String {
        let viewers = VolumeViewer.isPart(of: body) ? ViewerScript.text : ""
        let scripts = [ReportStyle.reach, script, viewers].filter { !$0.isEmpty }
        let file = scriptFile.map { "<script src=\"\($0)\"></script>\n" } ?? ""
        let elements = file + scripts.map { "<script>\n\($0)\n</script>\n" }.joined()
        let sources = scripts.map { policySource(of: "\n\($0)\n") } + (scriptFile == nil ? [] : ["'self'"])
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:; style-src \
            'unsafe-inline'; script-src \(sources.joined(separator: " ")); base-uri 'none'; \
            form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title.htmlText)</title>
            <style>
            \(ReportStyle.css + (style.isEmpty ? "" : "\n" + style))
            </style>
            </head>
            <body>
            \(body)\(elements)</body>
            </html>

            """
    }

    /// What stands for a script in a page's policy: the digest of its text.
    private static func policySource(of script: String) -> String {
        let bytes = Array(script.utf8)
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return "'sha256-\(Data(digest).base64EncodedString())'"
    }
}

extension String {
    /// The text escaped for HTML: it may stand between tags and within a quoted attribute.
    ///
    /// Tabs and line feeds are kept, and carriage returns left out. Other control characters, and the code points that
    /// stand for bytes of a Lua string that are not UTF-8, become U+FFFD.
    package var htmlText: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\r": continue
            case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{10FF00}"...: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension UInt8 {
    /// Whether it is a letter of base64, or fills up its end.
    package var isBase64: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || "+/=".utf8.contains(self)
    }
}
