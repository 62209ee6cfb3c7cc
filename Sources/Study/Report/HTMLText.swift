extension String {
    /// The text as it stands between tags, and in quotes, of an HTML document.
    ///
    /// What no document may hold (control characters, and the code points that carry stray bytes of a Lua string)
    /// becomes U+FFFD.
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

    /// The parts of the text between blank lines.
    var paragraphs: [String] {
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
