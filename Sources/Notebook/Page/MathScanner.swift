import Foundation
import Report

/// Mathematics in Markdown, taken out before the Markdown is read, which would treat `_` and `\` as its own signs.
enum MathScanner {
    /// TeX, and whether it stands on lines of its own.
    struct Formula: Equatable {
        let tex: String
        let isBlock: Bool
    }

    /// What stands in the place of a formula: its number between two private-use characters.
    private static let marks: (start: Unicode.Scalar, end: Unicode.Scalar) = ("\u{E000}", "\u{E001}")

    /// The text with a mark in the place of each formula, `$...$` or `$$...$$` outside of code.
    ///
    /// As in Pandoc, `$...$` is money where it begins or ends with a space, or where a digit follows it.
    static func extract(_ text: String) -> (text: String, formulas: [Formula]) {
        var (result, formulas) = (String.UnicodeScalarView(), [Formula]())
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            if let end = codeEnd(scalars, index) ?? escapeEnd(scalars, index) {
                result.append(contentsOf: scalars[index..<end])
                index = end
            } else if let (formula, end) = formula(scalars, index) {
                result.append(marks.start)
                result.append(contentsOf: String(formulas.count).unicodeScalars)
                result.append(marks.end)
                formulas.append(formula)
                index = end
            } else {
                result.append(scalars[index])
                index += 1
            }
        }
        return (String(result), formulas)
    }

    /// The HTML with formulas in the place of their marks.
    static func insert(_ formulas: [Formula], into html: String) -> String {
        guard !formulas.isEmpty else { return html }
        var result = ""
        for (index, part) in html.unicodeScalars.split(separator: marks.start, omittingEmptySubsequences: false)
            .enumerated()
        {
            let pieces = part.split(separator: marks.end, maxSplits: 1, omittingEmptySubsequences: false)
            if index > 0, pieces.count == 2, let number = Int(String(pieces[0])), formulas.indices.contains(number) {
                result += MathML.html(formulas[number].tex, isBlock: formulas[number].isBlock) + String(pieces[1])
            } else {
                result += String(part)
            }
        }
        return result
    }

    /// The HTML of LaTeX as kernels give it: text with formulas or, where no delimiter marks any, one formula.
    static func html(latex: String) -> String {
        let formula =
            /\$\$(.+?)\$\$|\$(.+?)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|\\begin\{(equation|align|gather|eqnarray)\*?\}(.+?)\\end\{\w+\*?\}/
            .dotMatchesNewlines()
        func html(_ tex: Substring, isBlock: Bool) -> String {
            let isShown = tex.contains("\\displaystyle")
            return MathML.html(String(tex.replacing("\\displaystyle", with: " ")), isBlock: isBlock || isShown)
        }
        var (result, rest) = ("", Substring(latex.trimmingCharacters(in: .whitespacesAndNewlines)))
        guard rest.contains(formula) else { return html(rest, isBlock: true) }
        while let match = rest.firstMatch(of: formula) {
            result += String(rest[..<match.range.lowerBound]).htmlText
            if let lines = match.6 {
                let isAligned = match.5 == "align" || match.5 == "eqnarray"
                let tex = isAligned ? "\\begin{aligned}\(lines)\\end{aligned}" : lines
                result += html(tex, isBlock: true)
            } else {
                result += html(
                    match.1 ?? match.3 ?? match.2 ?? match.4 ?? "", isBlock: match.1 != nil || match.3 != nil)
            }
            rest = rest[match.range.upperBound...]
        }
        return result + String(rest).htmlText
    }

    private static func escapeEnd(_ text: [Unicode.Scalar], _ start: Int) -> Int? {
        text[start] == "\\" && start + 1 < text.count ? start + 2 : nil
    }

    /// The end of the code that begins at `start` with backticks or tildes, and ends with as many; nil where none
    /// begins.
    private static func codeEnd(_ text: [Unicode.Scalar], _ start: Int) -> Int? {
        let sign = text[start]
        guard sign == "`" || sign == "~" else { return nil }
        let count = text[start...].prefix { $0 == sign }.count
        guard sign == "`" || count >= 3 else { return nil }
        var index = start + count
        while index < text.count {
            let run = text[index...].prefix { $0 == sign }.count
            if run == count { return index + run }
            index += max(run, 1)
        }
        // A fence without an end reaches to the end of the text; backticks without a partner stand for themselves.
        return count >= 3 ? text.count : start + count
    }

    private static func formula(_ text: [Unicode.Scalar], _ start: Int) -> (Formula, end: Int)? {
        guard text[start] == "$" else { return nil }
        let isBlock = start + 1 < text.count && text[start + 1] == "$"
        let first = start + (isBlock ? 2 : 1)
        var index = first
        while index < text.count {
            if text[index] == "\\" {
                index += 2
                continue
            }
            // A blank line ends the paragraph, so this dollar sign began no formula.
            if text[index] == "\n", index + 1 < text.count, text[index + 1] == "\n" { return nil }
            guard text[index] == "$" else {
                index += 1
                continue
            }
            let end = index + (isBlock ? 2 : 1)
            guard index > first, end <= text.count, text[index..<end].allSatisfy({ $0 == "$" }) else { return nil }
            if !isBlock {
                let isSpaced = text[first].properties.isWhitespace || text[index - 1].properties.isWhitespace
                let isMoney = end < text.count && ("0"..."9").contains(text[end])
                guard !isSpaced, !isMoney else { return nil }
            }
            var tex = String.UnicodeScalarView()
            tex.append(contentsOf: text[first..<index])
            return (Formula(tex: String(tex), isBlock: isBlock), end)
        }
        return nil
    }
}
