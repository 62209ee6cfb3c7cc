import Report
import Support

/// Where in the manual each name is explained: what makes names in its texts links, and what its search looks through.
struct ManualLinks {
    /// A name that is explained.
    struct Target {
        let name: String
        let address: String
        let summary: String
        /// The name without its module or type.
        var short: String { name.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? name }
    }

    /// All names that are declared, in the order of the manual.
    let all: [Target]
    private let sections: [Target]
    private let addresses: [String: String]

    /// The links to these parts, each with the file of its page.
    init(_ parts: [(part: ManualPart, page: String)]) {
        let targets = parts.filter { !$0.part.title.isEmpty }.map { part, page in
            (
                part.isCode,
                Target(
                    name: part.isCode ? part.name : part.title, address: "\(page)#\(part.name)", summary: part.summary)
            )
        }
        all = targets.filter(\.0).map(\.1)
        sections = targets.filter { !$0.0 }.map(\.1)
        addresses = Dictionary(all.map { ($0.name, $0.address) }) { first, _ in first }
    }

    /// Markdown as HTML: Lua in colours, and names of what is declared as links.
    func html(_ markdown: String) -> String {
        Markdown.html(markdown).replacing(
            /<pre><code class="language-lua">((?:(?!<\/code>).)*)<\/code><\/pre>/
                .dotMatchesNewlines()
        ) { match in
            "<pre class=\"source\">\(LuaHighlighter.html(String(match.1).withoutEntities))</pre>"
        }
        .replacing(/<code>([A-Za-z_][\w.:]*)(\([^<]*\))?<\/code>/) { match in
            guard let address = addresses[String(match.1)] else { return String(match.0) }
            return "<a href=\"\(address)\">\(match.0)</a>"
        }
    }

    /// The script of the search: it shows the names, and the headings of chapters, that hold all words that were typed,
    /// those first whose own name begins with them.
    var script: String {
        let rows = (all + sections).map { target in
            JSON.array([.string(target.name), .string(target.address), .string(target.summary)]).description
        }
        return """
            "use strict";
            const entries = [
            \(rows.joined(separator: ",\n"))
            ];
            const input = document.querySelector(".search input"), list = document.querySelector(".search ol");
            function rank(name, word) {
              const own = name.toLowerCase().split(/[.:]/).pop();
              return own === word ? 0 : own.startsWith(word) ? 1 : name.toLowerCase().includes(word) ? 2 : 3;
            }
            input.addEventListener("input", () => {
              const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
              list.replaceChildren();
              if (!words.length) return;
              const found = entries.filter(([name, , summary]) =>
                words.every(word => (name + " " + summary).toLowerCase().includes(word)));
              found.sort((a, b) => rank(a[0], words[0]) - rank(b[0], words[0]));
              for (const [name, address, summary] of found.slice(0, 12)) {
                const item = document.createElement("li"), link = document.createElement("a");
                const text = document.createElement("span");
                link.href = address;
                link.textContent = name;
                text.textContent = summary;
                item.append(link, text);
                list.append(item);
              }
              if (!found.length) list.append(Object.assign(document.createElement("li"), {textContent: "nothing found"}));
            });

            """
    }
}

extension String {
    /// The text that the renderer of Markdown has escaped.
    fileprivate var withoutEntities: String {
        replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"").replacing(
            "&amp;", with: "&")
    }
}
