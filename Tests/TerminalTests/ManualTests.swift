import Foundation
import TestSupport
import Testing

/// The manual as `lunette --manual FOLDER` writes it.
@Suite struct ManualTests {
    /// What a pattern's first group matched in a text, without HTML's entities.
    private static func all(_ pattern: Regex<(Substring, Substring)>, in text: String) -> [String] {
        text.matches(of: pattern).map { match in
            String(match.1).replacing("&amp;", with: "&").replacing("&#39;", with: "'").replacing("&quot;", with: "\"")
        }
    }

    @Test func everyLinkLeadsToOnePlaceAndEveryNameIsThere() throws {
        let folder = try TemporaryFolder()
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["--manual", folder.path("manual")])
        #expect(outcome.output == "the manual is written to \(folder.path("manual"))/index.html\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("manual"))
        var texts: [String: String] = [:]
        for name in names { texts[name] = String(decoding: try folder.bytes("manual/\(name)"), as: UTF8.self) }
        var places: Set<String> = []
        for (name, text) in texts where name.hasSuffix(".html") {
            places.insert(name)
            for id in Self.all(#/ id="([^"]*)"/#, in: text) {
                #expect(places.insert("\(name)#\(id)").inserted, "\(id) twice in \(name)")
            }
        }
        for (name, text) in texts where name.hasSuffix(".html") {
            for link in Self.all(#/ href="([^"]*)"/#, in: text) where !link.hasPrefix("https://") {
                #expect(places.contains(link.hasPrefix("#") ? name + link : link), "\(link) in \(name)")
            }
        }
        let script = try #require(texts["manual.js"])
        let found = Self.all(/\n\["(?:[^"\\]|\\.)*","([^"]*)"/, in: script)
        for link in found { #expect(places.contains(link), "\(link) in the search") }
        let markdown = try CommandProcess.run(CommandProcess.lunette, ["--manual"]).output
        for text in Self.all(/, default `([^`]*)`/, in: markdown) {
            #expect(!text.contains("Optional") && !text.contains("("), "\(text) is no Lua")
        }
        let declared = markdown.matches(of: /\n### [\w.]+\(/).count
        #expect(declared > 300 && found.count > declared)
        #expect(texts["names.html"]?.contains("<a href=\"nn.html#nn.Conv3d\"><code>nn.Conv3d</code></a>") == true)
        #expect(texts["from-pytorch.html"]?.contains("<a href=\"dist.html#dist.Categorical\"><code>") == true)
    }

    @Test func aFolderThatCannotBeMadeIsAnError() throws {
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["--manual", "/proc/manual"])
        #expect(outcome.code == 1 && outcome.errors.hasPrefix("lunette: /proc/manual: "))
    }
}
