import Figures
import Foundation
import Report
import Support
import TestSupport
import Testing

/// A page of a report, as text.
@Suite struct ReportPageTests {
    private func page(_ fill: (ReportPage) throws -> Void) throws -> String {
        let page = ReportPage(title: "T")
        try fill(page)
        return page.html
    }

    private func curve(_ title: String = "") throws -> CurveFigure {
        try CurveFigure(
            title: title, xLabel: "x", yLabel: "y", series: [.init(name: "a", x: [1, 2, 3], y: [3, 1, 2])])
    }

    /// Noise, which has many bytes.
    private func noise() throws -> SliceFigure {
        let generator = RandomGenerator(seed: 1)
        let values = (0..<40_000).map { _ in generator.uniform() }
        return try SliceFigure(rows: [.init(title: "", scan: .init(values, shape: [1, 200, 200]))], panel: 250)
    }

    /// What lies between the first `start` and the `end` after it.
    private func part(_ text: String, from start: String, to end: String) throws -> String {
        let first = try #require(text.range(of: start))
        let last = try #require(text.range(of: end, range: first.upperBound..<text.endIndex))
        return String(text[first.upperBound..<last.lowerBound])
    }

    /// Cairo numbers what an SVG names anew in each.
    private func withoutNumbers(_ svg: Data) -> String {
        String(decoding: svg, as: UTF8.self).filter { !$0.isNumber }
    }

    @Test func aWholePage() throws {
        let report = ReportPage(title: "Dice < 1 & \"more\"", subtitle: "n ≥ 5")
        try report.addHeading("Scores")
        try report.addHeading("Nach Größe", level: 3)
        report.addText("One\nline.\n \n\nTwo's <b>.\n")
        report.addCode("\n  a = {1}\n", caption: "c")
        let text = report.html
        let script = try part(text, from: "<script>\n", to: "\n</script>")
        let policy = try part(text, from: "<meta http-equiv", to: ">\n")
        #expect(policy.contains("default-src 'none'") && policy.ranges(of: "'sha256-").count == 1)
        let parts = text.replacing("<meta http-equiv\(policy)>\n", with: "").components(separatedBy: "<style>")
        #expect(
            parts.first == """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>Dice &lt; 1 &amp; &quot;more&quot;</title>

                """)
        #expect(
            text.components(separatedBy: "</style>").last == """

                </head>
                <body>
                <header>
                <h1>Dice &lt; 1 &amp; &quot;more&quot;</h1>
                <p class="subtitle">n ≥ 5</p>
                </header>
                <nav aria-label="Contents">
                <ol>
                <li class="level-2"><a href="#part-1">Scores</a></li>
                <li class="level-3"><a href="#part-2">Nach Größe</a></li>
                </ol>
                </nav>
                <main>
                <h2 id="part-1">Scores</h2>
                <h3 id="part-2">Nach Größe</h3>
                <p>One
                line.</p>
                <p>Two&#39;s &lt;b&gt;.</p>
                <figure>
                <pre>

                  a = {1}
                </pre>
                <figcaption>c</figcaption>
                </figure>
                </main>
                <script>
                \(script)
                </script>
                </body>
                </html>

                """)
        // What all pages have: the Tab key reaches what can be moved.
        #expect(script.contains("setAttribute(\"tabindex\", \"0\")"))
    }

    @Test func nothingComesFromElsewhere() throws {
        let text = try page {
            try $0.addFigure(curve())
            try $0.addSlider([curve(), curve()])
        }
        let embedded = text.ranges(of: "src=\"data:image/").count
        #expect(embedded == 3 && text.ranges(of: "src=").count == 3)
        #expect(
            !text.contains("://") && !text.contains("<link") && !text.contains("@import") && !text.contains("url("))
    }

    /// The script of viewers is there once, and asks for nothing.
    @Test func viewersShareAScript() throws {
        let frame = try VoxelFrame(shape: [2, 2, 2], x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1], origin: .zero)
        let viewer = try VolumeViewer(scan: .init([0, 1, 2, 3, 4, 5, 6, 7], shape: [2, 2, 2]), frame: frame)
        let text = try page {
            $0.addViewer(viewer, caption: "one")
            $0.addText("<div class=\"volume-viewer\" data-volume=\"")
            $0.addViewer(viewer)
        }
        #expect(text.ranges(of: "<script>").count == 2 && text.ranges(of: "attachShadow").count == 1)
        #expect(text.ranges(of: "<div class=\"volume-viewer\" data-volume=\"").count == 2)
        #expect(text.contains("</div>\n<figcaption>one</figcaption>\n</figure>"))
        for word in ["://", "url(", "eval(", "innerHTML", "fetch(", "import(", " onclick", "src="] {
            #expect(!text.contains(word), "\(word)")
        }
        #expect(try !page { $0.addText("<div class=\"volume-viewer\" data-volume=\"") }.contains("attachShadow"))
    }

    @Test(arguments: [
        ("a<b>", "a&lt;b&gt;"), ("\"'&amp;", "&quot;&#39;&amp;amp;"), ("ä 日本 🧠\u{200D}", "ä 日本 🧠\u{200D}"),
        ("a\r\nb\rc", "a\nbc"), ("\0\u{1B}\u{7F}\u{85}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("\u{10FFE4}", "\u{FFFD}"),
        ("</pre><script>", "&lt;/pre&gt;&lt;script&gt;"),
    ])
    func escapes(_ text: String, _ expected: String) throws {
        #expect(try part(page { $0.addCode(text) }, from: "<pre>\n", to: "</pre>") == expected)
        let figure = try page { try $0.addSlider([curve(text)], labels: [text], caption: text) }
        #expect(
            try part(figure, from: "alt=\"", to: "\"") == "\(expected): Curve &quot;\(expected)&quot;; of a; y over x")
        #expect(try part(figure, from: "aria-label=\"", to: "\"") == expected)
        #expect(try part(figure, from: "data-label=\"", to: "\"") == expected)
        #expect(try part(figure, from: "<output>", to: "</output>") == expected)
        #expect(try part(figure, from: "<figcaption>", to: "</figcaption>") == expected)
    }

    @Test func figuresAreImages() throws {
        let text = try page { try $0.addFigure(curve(), caption: "loss") }
        let start = "<img src=\"data:image/svg+xml;base64,"
        let data = try #require(Data(base64Encoded: part(text, from: start, to: "\"")))
        #expect(try withoutNumbers(data) == withoutNumbers(curve().svg()))
        // 460 x 300 points; a CSS pixel is 3/4 of a point.
        let size = "width=\"614\" height=\"400\" style=\"--least: 521px\""
        #expect(text.contains("\" alt=\"Curve; of a; y over x\" \(size)>\n</div>\n<figcaption>loss</figcaption>"))
        let narrow = try page { try $0.addFigure(curve(), width: 230) }
        #expect(narrow.contains("width=\"230\" height=\"150\">\n</div>\n</figure>"))
    }

    /// A figure of pixels is a PNG: alone of two pixels a point, in a slider of as many as 200 kB allow.
    @Test func imagesOfPixelsHaveFewBytes() throws {
        func bytes(_ html: String) throws -> Data {
            try #require(Data(base64Encoded: part(html, from: "data:image/png;base64,", to: "\"")))
        }
        let figure = try noise()
        let scales = try [2, 1.5, 1].map { try figure.png(scale: $0) }
        let fitting = try #require(scales.first { $0.count <= 200_000 })
        try #require(scales[0].count > 200_000)
        let (alone, ofMany) = try (bytes(page { try $0.addFigure(figure) }), bytes(page { try $0.addSlider([figure]) }))
        #expect((alone == scales[0]) && (ofMany == fitting))
    }

    @Test func aSliderShowsOneFigure() throws {
        let text = try page {
            try $0.addSlider([curve("a"), curve("b"), curve("c")], labels: ["x", "y", "z"], start: 2)
        }
        let main = try part(text, from: "<main>", to: "</main>")
        let images = main.components(separatedBy: "<img ").dropFirst()
        #expect(images.map { $0.contains(" hidden>") } == [true, false, true])
        #expect(
            main.contains(
                "<input type=\"range\" aria-label=\"Which is shown\" min=\"1\" max=\"3\" value=\"2\" autocomplete=\"off\">"
            ))
        #expect(main.contains("<output>y</output>"))
        #expect(text.contains("images.forEach"))
        #expect(try !page { try $0.addFigure(curve()) }.contains("images.forEach"))
    }

    @Test func wrongInput() throws {
        let page = ReportPage(title: "")
        let figure = try curve()
        #expect(thrownMessage { try page.addHeading("a", level: 1) } == "level: 2, 3 or 4 expected, got 1")
        #expect(thrownMessage { try page.addSlider([]) } == "figures: one or more expected, got none")
        #expect(
            thrownMessage { try page.addSlider([figure], labels: ["a", "b"]) }
                == "labels: 1, one a figure, expected, got 2")
        for start in [0, 2, .min] {
            #expect(
                thrownMessage { try page.addSlider([figure], start: start) } == "start: 1 to 1 expected, got \(start)")
        }
        #expect(
            thrownMessage { try page.addFigure(figure, width: .nan) } == "width: 50 to 4000 pixels expected, got nan")
        #expect(thrownMessage { try page.write(to: "/nowhere/a.html") } == "/nowhere/a.html: No such file or directory")
    }

    @Test func isWrittenWhole() throws {
        let folder = try TemporaryFolder()
        let page = ReportPage(title: "ü")
        try page.write(to: folder.path + "/a.html")
        #expect(try folder.bytes("a.html") == Array(page.html.utf8))
    }
}
