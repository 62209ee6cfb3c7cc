import Sessions
import Support

/// What differs between the outputs of a notebook and those of another run of it.
///
/// Numbers in texts may differ by the tolerance, relative to the larger of them (below 1: absolute); addresses
/// (`0x55d0...`), bars of progress and the standard error do not count. Cells tagged `nbval-ignore-output` are left
/// out.
public struct OutputComparison {
    /// How much numbers may differ.
    public var tolerance: Double

    /// A comparison with a tolerance.
    public init(tolerance: Double = 1e-6) { self.tolerance = tolerance }

    /// A line for each cell whose outputs differ; the two notebooks have the same cells.
    public func differences(_ old: Notebook, _ new: Notebook) -> [String] {
        var number = 0
        return zip(old.cells, new.cells).compactMap { old, new in
            if new.isRun { number += 1 }
            guard old.kind == .code, !old.tags.contains("nbval-ignore-output") else { return nil }
            return difference(facts(of: old), facts(of: new)).map { "cell \(number): \($0)" }
        }
    }

    /// A part of an output that is compared: its name and its text.
    private typealias Fact = (name: String, text: String)

    private func facts(of cell: Cell) -> [Fact] {
        cell.outputs.reduce(into: []) { facts, output in
            // How long something took does not count.
            if output["metadata"]?[MIMEBundle.passingMark] != nil { return }
            switch output["output_type"]?.text {
            case "stream" where output["name"]?.text == "stderr": break
            case "stream":
                let text = output["text"]?.multilineText ?? ""
                // Where the standard error interrupts the output depends on which stream was read first, so the pieces
                // are joined.
                if let last = facts.last, last.name == "text" {
                    facts[facts.count - 1].text = last.text + text
                } else {
                    facts.append(("text", text))
                }
            case "error": facts.append(("error", output["evalue"]?.text ?? ""))
            default:
                for form in output["data"]?.members ?? [] {
                    facts.append((form.name, form.value.multilineText ?? form.value.description))
                }
            }
        }
    }

    private func difference(_ old: [Fact], _ new: [Fact]) -> String? {
        for (old, new) in zip(old, new) {
            guard old.name == new.name else { return "\(old.name) expected, got \(new.name)" }
            guard !isAlike(old.text, new.text) else { continue }
            guard !OutputKind(old.name).isPicture else { return "another picture (\(old.name))" }
            return change(old.text, new.text, old.name)
        }
        if old.count == new.count { return nil }
        return old.count > new.count
            ? "no \(old[new.count].name) any more" : "\(new[old.count].name) that was not there"
    }

    /// The first line that changed.
    private func change(_ old: String, _ new: String, _ name: String) -> String {
        let old = old.split(separator: "\n", omittingEmptySubsequences: false)
        let new = new.split(separator: "\n", omittingEmptySubsequences: false)
        let same = zip(old, new).prefix { isAlike(String($0), String($1)) }.count
        func line(_ lines: [Substring]) -> String { lines.count > same ? "'\(lines[same].prefix(100))'" : "its end" }
        return "\(name), line \(same + 1): \(line(old)) expected, got \(line(new))"
    }

    /// Whether two texts differ in nothing but addresses and numbers, and the numbers by no more than the tolerance.
    public func isAlike(_ old: String, _ new: String) -> Bool {
        guard old != new else { return true }
        let (old, new) = (pieces(of: old), pieces(of: new))
        return old.count == new.count
            && zip(old, new).allSatisfy { old, new in
                switch (old, new) {
                case (.number(let old), .number(let new)):
                    abs(old - new) <= tolerance * max(abs(old), abs(new), 1) || (old.isNaN && new.isNaN) || old == new
                default: old == new
                }
            }
    }

    private enum Piece: Equatable {
        case number(Double)
        case address
        case other(Unicode.Scalar)
    }

    private func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(text)
        while let scalar = rest.unicodeScalars.first {
            if scalar == "0", let end = Self.address(rest.utf8) {
                pieces.append(.address)
                rest = rest[end...]
            } else if let (value, end) = number(rest, scalar, after: pieces.last) {
                pieces.append(.number(value))
                rest = rest[end...]
            } else {
                pieces.append(.other(scalar))
                rest = Substring(rest.unicodeScalars.dropFirst())
            }
        }
        return pieces
    }

    /// The number that a text begins with, and where it ends; a sign is part of it unless it follows another number.
    private func number(
        _ text: Substring, _ first: Unicode.Scalar, after previous: Piece?
    ) -> (value: Double, end: Substring.Index)? {
        guard first == "-" || ("0"..."9").contains(first) else { return nil }
        if first == "-", case .number? = previous { return nil }
        // By hand: an output can hold many thousands, and a regular expression takes 50 us for each.
        let bytes = text.utf8
        let start = first == "-" ? bytes.index(after: bytes.startIndex) : bytes.startIndex
        guard var end = Self.digits(bytes, from: start) else { return nil }
        if bytes[end...].first == UInt8(ascii: "."),
            let fraction = Self.digits(bytes, from: bytes.index(after: end))
        {
            end = fraction
        }
        if let mark = bytes[end...].first, mark | 0x20 == UInt8(ascii: "e") {
            let signed = bytes[end...].dropFirst()
            let hasSign = signed.first.map { "+-".utf8.contains($0) } ?? false
            if let exponent = Self.digits(bytes, from: (hasSign ? signed.dropFirst() : signed).startIndex) {
                end = exponent
            }
        }
        guard let value = Double(text[..<end]) else { return nil }
        return (value, end)
    }

    /// The place behind the digits from `start` on; nil where there are none.
    private static func digits(_ bytes: Substring.UTF8View, from start: Substring.Index) -> Substring.Index? {
        let end = bytes[start...].firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? bytes.endIndex
        return end > start ? end : nil
    }

    /// The place behind the address, `0x` and hexadecimal digits, that a text begins with; nil where it does not.
    private static func address(_ bytes: Substring.UTF8View) -> Substring.Index? {
        guard bytes.starts(with: "0x".utf8) else { return nil }
        let digits = bytes.dropFirst(2)
        let end = digits.firstIndex { !"0123456789abcdef".utf8.contains($0) } ?? bytes.endIndex
        return end > digits.startIndex ? end : nil
    }
}
