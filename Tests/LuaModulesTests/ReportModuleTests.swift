import Testing

/// Pages of a report, from Lua: what is in the file, and what wrong input says.
@Suite struct ReportModuleTests {
    @Test func everyPartIsOnThePage() throws {
        let html = try Transcript.run(
            """
            local path = os.tmpname()
            local kernels = plot.kernels({{kernels = torch.ones(2, 3, 3)}})
            local curves = plot.curves({loss = {3, 2}})
            report.page("P & Q", {subtitle = "s"})
                :heading("H", {level = 3})
                :text("a\\n\\nb")
                :table({"m", "x"}, {{"r<", 1.5}, {"s", 2}},
                    {caption = "cap", align = {"left", "center"}, best = {x = "max"}, digits = 2})
                :figure(kernels, {caption = "fig", width = 100})
                :slider({kernels, curves}, {labels = {"one", "two"}, start = 2, caption = "slide"})
                :code("x = 1")
                :save(path)
            local file <close> = io.open(path)
            os.remove(path)
            return file:read("a")
            """)
        let parts = [
            "<title>P &amp; Q</title>", "<p class=\"subtitle\">s</p>", "<h3 id=\"part-1\">H</h3>", "<p>a</p>\n<p>b</p>",
            "<td style=\"text-align: left\">r&lt;</td>",
            "<td style=\"text-align: center\"><b>2.0</b></td>", "<figcaption>cap</figcaption>",
            "<figcaption>fig</figcaption>", "width=\"100\"", "alt=\"two: Curve; of loss", "data-label=\"one\" hidden>",
            "data-label=\"two\">", "<figcaption>slide</figcaption>", "<pre>\nx = 1</pre>",
        ]
        for part in parts { #expect(html.contains(part), "\(part)") }
    }

    @Test(arguments: [
        Transcript(
            "report.page('a'):heading('b', {level = 5})",
            "test:1: bad option 'level' to 'heading' (from 2 to 4 expected, got 5)"),
        Transcript(
            "report.page('a'):table({'a'}, {{1, 2}})", "test:1: row 1: 1, one a column, expected, got 2 cells"),
        Transcript(
            "report.page('a'):table({'a'}, {{true}})",
            "test:1: bad argument #2 'rows' to 'table' (string or number expected, got boolean at index 1 "
                + "at index 1)"),
        Transcript(
            "report.page('a'):table({'a'}, {}, {best = {b = 'max'}})",
            "test:1: best: the name of a column expected, got 'b'"),
        Transcript(
            "report.page('a'):table({'a'}, {}, {best = {a = 'most'}})",
            "test:1: bad option 'best' to 'table' ('max' or 'min' expected, got 'most' in field 'a')"),
        Transcript(
            "report.page('a'):figure('b.png')",
            "test:1: bad argument #1 'figure' to 'figure' (Figure expected, got string)"),
        Transcript(
            "report.page('a'):slider({1})",
            "test:1: bad argument #1 'figures' to 'slider' (Figure expected, got number at index 1)"),
        Transcript("report.page('a'):save('/nowhere/b')", "test:1: /nowhere/b: No such file or directory"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }
}
