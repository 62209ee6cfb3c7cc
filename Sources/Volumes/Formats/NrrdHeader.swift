import Foundation
import Support

/// The fields of an NRRD header, as texts.
///
/// Source: "Definition of NRRD File Format", https://teem.sourceforge.net/nrrd/format.html.
struct NrrdHeader {
    /// The header's length with the empty line at its end; the data follow where they are in the same file.
    let length: Int
    /// Whether that line is there; without it the header is the whole file.
    let isEnded: Bool
    private let fields: [String: String]

    /// The longest header that is read.
    private static let longest = 1 << 20

    /// Names of fields, without the spaces that some are written with; those that nothing depends on are read over.
    private static let known: Set<String> = [
        "dimension", "type", "sizes", "encoding", "endian", "space", "spacedimension", "spacedirections", "spaceorigin",
        "spaceunits", "spacings", "units", "kinds", "datafile", "byteskip", "lineskip",
        "content", "number", "min", "max", "oldmin", "oldmax", "sampleunits", "blocksize", "thicknesses", "axismins",
        "axismaxs", "centers", "centerings", "labels", "measurementframe",
    ]

    /// Reads the header of the file at `path`.
    static func read(_ path: String) throws(VolumeError) -> NrrdHeader {
        let file = try VolumeError.wrapping { try PlainFile(path) }
        var bytes = [UInt8](repeating: 0, count: min(FileSystem.size(path) ?? 0, longest))
        do throws(FormatDefect) {
            let count = try bytes.withUnsafeMutableBufferPointer { buffer throws(FormatDefect) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            bytes.removeLast(bytes.count - count)
            return try NrrdHeader(bytes, path: path)
        } catch {
            throw .malformed(path: path, error)
        }
    }

    private init(_ bytes: [UInt8], path: String) throws(FormatDefect) {
        var (start, number, isEnded) = (0, 0, false)
        var fields: [String: String] = [:]
        while start < bytes.count, !isEnded {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var line = bytes[start..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            start = min(end + 1, bytes.count)
            number += 1
            if number == 1 {
                try Self.checkMagic(line)
            } else if line.isEmpty {
                isEnded = true
            } else if line.first != UInt8(ascii: "#") {
                try Self.add(String(rawBytes: line), number: number, to: &fields, path: path)
            }
        }
        guard isEnded || bytes.count < Self.longest else {
            throw .field("header", value: "\(bytes.count) bytes without an end", expected: "an empty line after it")
        }
        (length, self.isEnded, self.fields) = (start, isEnded, fields)
    }

    /// NRRD0001 to NRRD0005.
    private static func checkMagic(_ line: ArraySlice<UInt8>) throws(FormatDefect) {
        let text = String(rawBytes: line.prefix(12))
        guard (1...5).contains(where: { text == "NRRD000\($0)" }) else {
            throw .field("magic", value: "'\(text.shown)'", expected: "NRRD0001 to NRRD0005")
        }
    }

    /// Adds the field of a line; a pair "key:=value" is a note of whoever wrote the file.
    private static func add(
        _ line: String, number: Int, to fields: inout [String: String], path: String
    ) throws(FormatDefect) {
        guard let colon = line.firstIndex(of: ":") else {
            throw .field("line \(number)", value: "'\(short(line))'", expected: "a field and its value")
        }
        let rest = line[line.index(after: colon)...]
        guard rest.first != "=" else { return }
        let name = line[..<colon].lowercased()
        let key = name.filter { $0 != " " }
        guard known.contains(key) else {
            StandardStream.warnOnce("\(path.shown): the field '\(short(name))' is unknown and ignored")
            return
        }
        guard fields.updateValue(rest.trimmingCharacters(in: .whitespaces), forKey: key) == nil else {
            throw .field(name, value: "there twice", expected: "each field once")
        }
    }

    /// The value of a field; nil where it is not there. The field may be written without its spaces.
    subscript(name: String) -> String? { fields[name.filter { $0 != " " }] }

    /// The value of a field that has to be there.
    func required(_ name: String) throws(FormatDefect) -> String {
        guard let value = self[name] else { throw .field(name, value: "missing", expected: "a value") }
        return value
    }

    /// The error of a field whose value is not what was `expected`.
    func wrong(_ name: String, expected: String) -> FormatDefect {
        .field(name, value: self[name].map { "'\(Self.short($0))'" } ?? "missing", expected: expected)
    }

    /// The words of a field, "(1, 0, 0)" and what is between quotes counting as one; nil where it is not there.
    func words(_ name: String) -> [String]? {
        guard let text = self[name] else { return nil }
        var (words, word, end): ([String], String, Character?) = ([], "", nil)
        for character in text {
            if let closing = end {
                if character == closing { end = nil }
                word.append(character)
            } else if character == " " || character == "\t" {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                if character == "(" { end = ")" }
                if character == "\"" { end = "\"" }
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// The three numbers of "(1, 0, 0)"; nil for another text.
    static func vector(_ text: String) -> SIMD3<Double>? {
        guard text.hasPrefix("("), text.hasSuffix(")") else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard parts.count == 3, numbers.count == 3, numbers.allSatisfy(\.isFinite) else { return nil }
        return SIMD3(numbers[0], numbers[1], numbers[2])
    }

    private static func short(_ text: String) -> String { String(text.prefix(60)).shown }
}
