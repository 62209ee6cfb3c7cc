import Foundation
import LuaBridge
import Report
import Support

/// The reference manual as a folder of pages that link to one another and need no network: an index, a page for each
/// chapter and each module, and a script that searches all of them.
public struct ManualSite {
    private let chapters: [Chapter]
    private let modules: [Chapter]
    private let links: ManualLinks

    /// A page: its title, what it says in a sentence, and its parts.
    private struct Chapter {
        let title: String
        let summary: String
        let page: String
        var parts: [ManualPart] = []
    }

    /// The manual of `documentation`, with these chapters before it, each in Markdown that begins with a heading of
    /// level 1.
    public init(_ documentation: Documentation, chapters texts: [String]) {
        var modules: [Chapter] = []
        for entry in documentation.entries {
            switch entry {
            case .module(let name, let module) where !name.contains("."):
                modules.append(Chapter(title: name, summary: module.summary, page: "\(name).html"))
            case .function where modules.isEmpty:
                // What comes before all modules belongs to none.
                modules.append(Chapter(title: "globals", summary: "Functions of no module.", page: "globals.html"))
                modules[0].parts.append(ManualPart(entry))
            default: modules[modules.count - 1].parts.append(ManualPart(entry))
            }
        }
        self.modules = modules
        chapters = texts.map { text in
            let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let title = String(lines[0].drop { $0 == "#" || $0 == " " })
            let body = lines.count > 1 ? lines[1] : ""
            let paragraph = String(body.split(separator: "\n\n").first ?? "").replacing("\n", with: " ")
            let first = paragraph.firstMatch(of: /.*?[.:](?= |$)/).map { String($0.output) } ?? paragraph
            let slug = title.lowercased().replacing(/[^a-z0-9]+/, with: "-")
            return Chapter(
                title: title, summary: first.hasPrefix("#") ? "" : first, page: "\(slug).html",
                parts: ManualPart.sections(of: body))
        }
        links = ManualLinks(
            (chapters + modules).flatMap { chapter in chapter.parts.map { ($0, chapter.page) } })
    }

    /// The files by their names.
    public var files: [(name: String, text: String)] {
        let pages = (chapters + modules).map { (name: $0.page, text: page(of: $0)) }
        return [("index.html", index), ("names.html", names)] + pages + [("manual.js", links.script)]
    }

    /// Writes the files into a folder, which is made where there is none.
    public func write(to folder: String) throws {
        try FileSystem.makeFolder(folder)
        for file in files { try WholeFile.replace("\(folder)/\(file.name)", with: Data(file.text.utf8)) }
    }

    /// The first page: chapters and modules, each with its sentence.
    private var index: String {
        var page = frame("Lunette: the manual", isIndex: true)
        for (title, list) in [("Chapters", chapters), ("Modules", modules)] {
            page.addHeading(title, level: 2)
            let rows = list.map { chapter in
                "<dt><a href=\"\(chapter.page)\">\(chapter.title.htmlText)</a></dt>\n<dd>\(links.html(chapter.summary))</dd>\n"
            }
            page.body += "<dl>\n\(rows.joined())</dl>\n"
        }
        return document(page)
    }

    /// The page of all names in the order of the alphabet.
    private var names: String {
        var page = frame("All names")
        let groups = Dictionary(grouping: links.all) {
            $0.short.first.map { $0.isLetter ? $0.uppercased() : "_" } ?? "_"
        }
        for (letter, group) in groups.sorted(by: { $0.key < $1.key }) {
            page.addHeading(letter.htmlText, level: 2)
            let sorted = group.sorted { ($0.short.lowercased(), $0.name) < ($1.short.lowercased(), $1.name) }
            let items = sorted.map { "<li><a href=\"\($0.address)\"><code>\($0.name.htmlText)</code></a></li>\n" }
            page.body += "<ul class=\"names\">\n\(items.joined())</ul>\n"
        }
        return document(page)
    }

    private func page(of chapter: Chapter) -> String {
        var page = frame(chapter.title)
        if chapter.page.dropLast(5) == chapter.title { page.body += links.html(chapter.summary) }
        // Functions of a module stand before its types, each of which has a heading above its methods.
        if chapter.parts.first.map({ $0.isCode && $0.level > 2 }) ?? false { page.addHeading("Functions", level: 2) }
        for part in chapter.parts {
            if !part.title.isEmpty {
                page.addHeading(part.heading, entry: part.entry, level: part.level, id: part.name)
            }
            page.body += links.html(part.text)
        }
        return document(page)
    }

    private func frame(_ title: String, isIndex: Bool = false) -> HTMLPage {
        var page = HTMLPage(title: title)
        let ways = isIndex ? "" : "<a href=\"index.html\">The manual</a>"
        page.body = """
            <div class="search"><p>\(ways) <a href="names.html">All names</a></p>
            <label>Search <input type="search" autocomplete="off" spellcheck="false"></label>
            <ol aria-live="polite"></ol></div>

            """
        return page
    }

    private func document(_ page: HTMLPage) -> String {
        page.html(style: NotebookPage.css + Self.css, scriptFile: "manual.js")
    }

    private static let css = """

        .search { margin: 1rem 0 }
        .search a { margin-right: 1rem }
        .search input { font: inherit; width: min(24rem, 100%); padding: .3rem .5rem; color: inherit;
          background: var(--paper); border: 1px solid var(--faint); border-radius: 3px }
        .search ol { list-style: none; margin: .5rem 0 0; padding: 0; max-width: 44rem }
        .search li { padding: .25rem 0; border-bottom: 1px solid var(--rule) }
        .search li span { display: block; color: var(--faint); font-size: .9rem }
        .names { columns: 16rem; list-style: none; padding: 0 }
        main > .names { max-width: none }
        dt { font-weight: 600; margin-top: .7rem }
        dd { margin: 0 }
        main h2 code, main h3 code { background: none; padding: 0; font-weight: 600; font-size: 1em }
        main > pre { margin: 0 0 1em }
        main td { white-space: normal; vertical-align: top }
        @media (max-width: 84rem) {
          nav { max-height: 13rem; overflow-y: auto; padding: .3rem .6rem; border: 1px solid var(--rule);
            border-radius: 3px }
        }
        """
}
