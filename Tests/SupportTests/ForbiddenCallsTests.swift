import Foundation
import Testing

/// What ends the process on a broken stream, replaces files in another way, or changes the bytes of paths, is called in
/// the places that are made for it alone.
struct ForbiddenCallsTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        let pattern: String
        var places: [String] = []
        let instead: String
        var testDescription: String { pattern }
    }

    static let rules = [
        Rule(pattern: #"\bFileHandle\b"#, instead: "StandardStream, or OutputFile"),
        // The chapters are texts, whose code is Lua's.
        Rule(
            pattern: #"(^|[^\w.])(Swift\.)?(debugP|p)rint\("#,
            places: [
                "LuaModules/Prior/OwnPriorsChapter.swift", "LuaModules/Bayes/UncertaintyChapter.swift",
                "LuaModules/Study/ManyProcessesChapter.swift", "LuaModules/FromPyTorch+Lines.swift",
            ]
                + ["", "+Figures", "+Inference", "+Networks", "+Priors", "+Volumes"].map {
                    "LuaModules/Cookbook/Cookbook\($0).swift"
                },
            instead: "StandardStream.writeOutput"),
        Rule(
            pattern: #"(^|[^\w.])(fputs|fputc|puts|putchar|fwrite|fprintf|vprintf|perror)\("#,
            places: ["Support/StandardStream.swift", "Support/OutputFile.swift"], instead: "StandardStream"),
        // The handler of a signal may call little else.
        Rule(
            pattern: #"(^|[^\w.])write\(STD"#, places: ["LuaBridge/InterruptSignal.swift"], instead: "StandardStream"),
        Rule(
            pattern: #"(^|[^\w.])f?open\((?!"/|\$0)"#, places: ["Support/FileTarget.swift", "Kernels/BLAS/BLAS.swift"],
            instead: "WholeFile, or withSystemPath"),
        Rule(
            pattern: #"(^|[^\w.])(l?stat|access|unlink|mkdir|rmdir|rename|link|symlink|opendir|chmod)\((?!\$0|\))"#,
            places: ["Support/FileSystem.swift", "Support/WholeFile.swift"], instead: "FileSystem"),
        Rule(
            pattern: #"\b(FileManager|NSFileManager|contentsOfFile: (?!"/)|atomically|URL\(file|URL\(filePath)"#,
            instead: "FileSystem, InputFile or WholeFile"),
        Rule(
            pattern: #"(^|[^\w.])fflush\("#, places: ["Support/StandardStream.swift"], instead: "StandardStream.flush"),
        Rule(pattern: #"\bCommandLine\.arguments\b"#, instead: "CommandLine.unsafeArgv"),
    ]

    /// The lines of all sources without comments and texts, each behind its file.
    private static let lines: [(file: String, text: String)] = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Sources"
        let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".swift") }.sorted().flatMap { file in
            let text = (try? String(contentsOfFile: "\(root)/\(file)", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map { line in
                // Of a text its first character is left.
                let code = line.replacing(#/"((\\.|[^"\\])?)(\\.|[^"\\])*"/#) { "\"\($0.1)\"" }
                return (file, String(code.replacing(#/\/\/ .*/#, with: "")))
            }
        }
    }()

    @Test(arguments: rules) func isCalledInItsPlaceOnly(rule: Rule) throws {
        #expect(Self.lines.count > 10_000)
        let pattern = try Regex(rule.pattern)
        for line in Self.lines where !rule.places.contains(line.file) {
            #expect(line.text.firstMatch(of: pattern) == nil, "\(line.file): \(line.text): use \(rule.instead)")
        }
        for place in rule.places {
            #expect(Self.lines.contains { $0.file == place && $0.text.firstMatch(of: pattern) != nil }, "\(place)")
        }
    }
}
