import Notebook
import Support
import Testing

struct NotebookPageTests {
    private func html(_ cells: Cell...) -> String { NotebookPage(Notebook(cells: cells)).html }

    private func output(_ json: String) throws -> String {
        var cell = Cell(.code, source: "")
        cell.outputs = [try JSON(parsing: json)]
        return html(cell)
    }

    @Test func headingsMakeTitleAndContents() {
        let page = html(Cell(.markdown, source: "# A & `b`\n\n## Part *one*\n\ntext\n\n## Two"))
        #expect(page.contains("<title>A &amp; `b`</title>"))
        #expect(page.contains("<h1>A &amp; <code>b</code></h1>"))
        #expect(page.contains("<h2 id=\"part-1\">Part <em>one</em></h2>"))
        #expect(page.contains("<a href=\"#part-2\">Two</a>"))
    }

    @Test func markdownIsRendered() {
        let page = html(Cell(.markdown, source: "a\nb\n\n| x | y |\n|---|--:|\n| 1 | 2 |\n\n- **c**"))
        #expect(page.contains("<p>a b</p>"))
        #expect(page.contains("<td align=\"right\">2</td>"))
        #expect(page.contains("<strong>c</strong>"))
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "[x](javascript:alert(1))", "<h2>x</h2>",
        "```\n<script>\n```", "$<script>$", "$\\text{<script>}$", "$\\unknown{<script>}$",
    ])
    func whatIsGivenIsNotRun(source: String) {
        let page = html(
            Cell(.markdown, source: "text\n\n" + source), Cell(.code, source: source), Cell(.raw, source: source))
        let main = page.split(separator: "<main>").last?.split(separator: "</main>").first ?? ""
        #expect(!main.contains("<script"))
        #expect(!main.contains("<img"))
        #expect(!main.contains("href=\"javascript"))
        #expect(!main.contains("<h2"))
    }

    @Test(arguments: [
        ("![a b](attachment:x.png)", #"<img src="data:image/png;base64,iVBORw0KGgo=" alt="a b""#),
        ("![](attachment:two%20words.svg)", #"<img src="data:image/svg+xml;base64,PHN2Zz4=""#),
        ("![](<attachment:a&b.png>)", #"<img src="data:image/png;base64,AAAA""#),
        ("![](attachment:none.png)", #"<img src="""#), ("`attachment:x.png`", "<code>attachment:x.png</code>"),
        ("![](attachment:evil.png)", #"<img src="""#),
    ])
    func attachmentsAreShown(source: String, expected: String) throws {
        let text = """
            {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "markdown", "metadata": {},
            "source": \(JSON.string(source).description), "attachments": {"x.png": {"image/png": "iVBORw0KGgo=\\n"},
            "two words.svg": {"image/svg+xml": "PHN2Zz4="}, "a&b.png": {"image/png": ["AA", "AA"]},
            "evil.png": {"image/png": "\\" onerror=alert(1)"}}}]}
            """
        #expect(NotebookPage(try Notebook(parsing: text.utf8)).html.contains(expected))
    }

    /// Of an output that is a volume the data are taken, and nothing else that is in it.
    @Test(arguments: [
        (#"<div class="volume-viewer" data-volume="eJwrSS0u"><p>x</p><script>alert(1)</script></div>"#, true),
        (#"<div class="volume-viewer" data-volume="eJwr" onclick="alert(1)"><img src="x"></div>"#, true),
        (#"<div class="volume-viewer" data-volume="eJ<wr"></div><script>alert(1)</script>"#, false),
        (#"<div class="volume-viewer" data-volume=""></div><script>alert(1)</script>"#, false),
        (#"<b>x</b><div class="volume-viewer" data-volume="eJwr"></div><script>alert(1)</script>"#, false),
    ])
    func volumesAreShownByThePagesOwnScript(html: String, isViewer: Bool) throws {
        let page = try output(
            #"{"output_type":"display_data","data":{"text/html":\#(JSON.string(html).description)}}"#)
        #expect(page.contains("<div class=\"volume-viewer\" data-volume=\"eJw") == isViewer)
        #expect(page.ranges(of: "<script>").count == (isViewer ? 2 : 1))
        #expect(!page.contains("alert(1)") && !page.contains("<img") && !page.contains("onclick"))
    }

    @Test func codeOfOtherLanguagesIsPlain() throws {
        let text = """
            {"nbformat": 4, "nbformat_minor": 4, "metadata": {"kernelspec": {"language": "python", "name": "python3"}},
            "cells": [{"cell_type": "code", "metadata": {}, "source": "for x in y: # end", "outputs": []}]}
            """
        let page = NotebookPage(try Notebook(parsing: text.utf8)).html
        #expect(page.contains("<pre class=\"source\">\nfor x in y: # end</pre>"))
    }

    @Test func codeIsColoured() {
        let page = html(Cell(.code, source: "local s = \"<\" .. [[a]] -- x\nreturn 0x1F, n1"))
        #expect(
            page.contains(
                """
                <span class="lua-word">local</span> s = <span class="lua-string">&quot;&lt;&quot;</span> .. \
                <span class="lua-string">[[a]]</span> <span class="lua-comment">-- x</span>
                <span class="lua-word">return</span> <span class="lua-number">0x1F</span>, n1</pre>
                """))
    }

    @Test(arguments: [
        (
            #"{"output_type":"stream","name":"stdout","text":["10%\r","20%\n","<b>\n"]}"#,
            "<pre class=\"text\">\n20%\n&lt;b&gt;\n</pre>"
        ),
        (
            #"{"output_type":"stream","name":"stderr","text":"\u001b[31mred\u001b[0m"}"#,
            "<pre class=\"stderr\">\n<span class=\"ansi-1\">red</span></pre>"
        ),
        (
            #"{"output_type":"error","ename":"LuaError","evalue":"bad","traceback":["bad","at <x>"]}"#,
            "<pre class=\"error\">\nbad\nat &lt;x&gt;</pre>"
        ),
        (
            #"{"output_type":"execute_result","data":{"text/plain":"Figure","image/png":"QUJD\n"},"metadata":{"image/png":{"width":40,"height":30}}}"#,
            "<div class=\"picture\"><img src=\"data:image/png;base64,QUJD\" alt=\"Figure\" width=\"40\" height=\"30\"></div>"
        ),
        (
            #"{"output_type":"display_data","data":{"text/plain":"Figure","image/png":"QUJD\n"},"metadata":{"image/png":{"alt":"Curve \"a\""}}}"#,
            "alt=\"Curve &quot;a&quot;\">"
        ),
        (
            #"{"output_type":"stream","name":"stdout","text":"prior  nats\nfull   92\n"}"#,
            "<pre class=\"text columns\">"
        ),
        (
            #"{"output_type":"stream","name":"stdout","text":"a sentence  with a gap\nno table\n"}"#,
            "<pre class=\"text\">"
        ),
        (
            #"{"output_type":"display_data","data":{"image/png":"\"><script>","text/plain":"no"}}"#,
            "<pre class=\"text\">\nno</pre>"
        ),
        (
            #"{"output_type":"display_data","data":{"text/html":"<table onclick='x'><tr><td>1 &amp; 2<svg></td></tr></table><script>f()</script>"}}"#,
            "<div class=\"html\"><table><tr><td>1 &amp; 2</td></tr></table><p><small>Left out: script, svg</small></p>"
        ),
        (
            #"{"output_type":"display_data","data":{"text/html":"<details open style=\"x\"><summary>a</summary><td style=\"text-align: right\" onclick=\"f()\">b</td><progress value=\"3\" max=\"9\" id=\"x\"></progress></details>"}}"#,
            "<details open><summary>a</summary><td style=\"text-align: right\">b</td><progress value=\"3\" max=\"9\"></progress></details>"
        ),
        (
            #"{"output_type":"display_data","data":{"image/png":"QUJD"},"metadata":{"image/png":{"width":900}}}"#,
            "<img src=\"data:image/png;base64,QUJD\" alt=\"\" width=\"900\" style=\"--least: 637px\">"
        ),
        (#"{"output_type":"display_data","data":{"text/markdown":"**b**"}}"#, "<strong>b</strong>"),
        (
            #"{"output_type":"error","ename":"E","evalue":"e","traceback":["\u001b[0;31mName\u001b[0m: \u001b[1;38;5;10mx<\u001b[39m","\u001b]8;;http://a\u0007l\u001b]8;;\u0007\u001b[2K\u001b[?25l\u001b(Bend"]}"#,
            "<pre class=\"error\">\n<span class=\"ansi-1\">Name</span>: <span class=\"ansi-10 ansi-bold\">x&lt;</span><span class=\"ansi-bold\">\nlend</span></pre>"
        ),
        (
            #"{"output_type":"stream","name":"stdout","text":"\u001b[31mred\u001b[0m \u001b[41;97mon red\u001b[m \u001b[38;2;0;0;255mblue\u001b[0m\u001b["}"#,
            "<span class=\"ansi-1\">red</span> <span class=\"ansi-15 ansi-back-1\">on red</span> <span class=\"ansi-12\">blue</span></pre>"
        ),
        (
            #"{"output_type":"display_data","metadata":{},"data":{"text/latex":"$\\displaystyle x^{2}$","text/plain":"x**2"}}"#,
            "<math display=\"block\"><mrow><msup><mi>x</mi>"
        ),
        (
            #"{"output_type":"display_data","metadata":{},"data":{"text/latex":["\\begin{align}\n","a &= b\n","\\end{align}"]}}"#,
            "<math display=\"block\""
        ),
        (
            #"{"output_type":"display_data","metadata":{},"data":{"text/latex":"See <b> $x$.","text/plain":"?"}}"#,
            "<div>See &lt;b&gt; <math><mrow><mi>x</mi></mrow></math>.</div>"
        ),
    ])
    func outputsAreShown(json: String, expected: String) throws {
        let page = try output(json)
        #expect(page.contains(expected))
        #expect(page.ranges(of: "<script").count == 1)
    }

    /// Known ways to smuggle a script into a page: of such HTML its texts are left, and what was left out is said.
    @Test(arguments: [
        ("<img src=x onerror=\"f()\">a", "a<p><small>Left out: img</small></p>"),
        ("<svg/onload=f()>", "<p><small>Left out: svg</small></p>"),
        ("<svg><script>f()</script></svg>", "<p><small>Left out: svg</small></p>"),
        ("<iframe srcdoc=\"<script>f()</script>\"></iframe>", "<p><small>Left out: iframe</small></p>"),
        ("<a href=\"javascript:f()\">x</a>", "x<p><small>Left out: a</small></p>"),
        ("<details open ontoggle=\"f()\">a</details>", "<details open>a</details>"),
        ("<noscript><p title=\"</noscript><img src=x onerror=f()>\">", "<p><small>Left out: noscript</small></p>"),
        ("<b style=\"background:url(javascript:f())\">b</b>", "<b>b</b>"),
        ("<td style=\"text-align: left;x\" colspan=\"2 onclick\">k</td>", "k"),
        ("<object data=\"data:text/html,<script>f()</script>\">", "<p><small>Left out: object</small></p>"),
        ("<template><img src=x onerror=f()></template>", "<p><small>Left out: template</small></p>"),
        ("<base href=//example.org/><meta http-equiv=refresh>", "<p><small>Left out: base, meta</small></p>"),
        ("&lt;script&gt;f()&lt;/script&gt;", "&lt;script&gt;f()&lt;/script&gt;"),
        ("<p>caf\u{E9} &eacute; &unknown;", "caf\u{E9} \u{E9} &amp;unknown;"),
        (String(repeating: "<div>", count: 1000) + "deep", "nested too deeply"),
    ])
    func hostileHTMLDoesNotReachThePage(html: String, expected: String) throws {
        let page = try output(
            #"{"output_type":"display_data","data":{"text/html":\#(JSON.string(html).description)}}"#)
        let parts = page.components(separatedBy: "<div class=\"html\">")
        let shown = try #require(parts.last?.components(separatedBy: "</main>").first)
        #expect(parts.count == 2 && shown.contains(expected), "\(shown.prefix(300))")
        for word in [
            "<script", "<img", "<svg", "<iframe", "<a ", "onload", "onerror", "ontoggle", "onclick", "style=\"b",
        ] {
            #expect(!shown.contains(word), "\(word)")
        }
    }

    /// The number is that by which errors name the cell.
    @Test func cellsThatRanHaveTheirNumbers() {
        var cell = Cell(.code, source: "x")
        #expect(!html(cell).contains("class=\"number\""))
        cell.executionCount = 12
        #expect(
            html(cell).contains("<div class=\"cell\">\n<span class=\"number\">cell 12</span>\n<pre class=\"source\">"))
    }

    @Test func solutionsAreFolded() throws {
        let tags = JSON.object([.init("tags", .array([.string("solution")]))])
        let page = html(Cell(.code, source: "x = 1", metadata: tags))
        #expect(page.contains("<details>\n<summary>Solution</summary>\n<div class=\"cell\">"))
        let more = html(
            Cell(.code, source: "x = 1", metadata: tags), Cell(.markdown, source: "why", metadata: tags),
            Cell(.code, source: "y"), Cell(.markdown, source: "z", metadata: tags))
        #expect(more.components(separatedBy: "<details>").count == 3)
        #expect(more.components(separatedBy: "</details>").count == 3)
        #expect(more.contains("<p>why</p>\n</details>\n<div class=\"cell\">"))
    }

    @Test(arguments: [(30, false), (31, true)]) func longTextsGetAFrame(lines: Int, isLong: Bool) throws {
        let text = (0..<lines).map { "\($0)" }.joined(separator: "\\n")
        let page = try output(#"{"output_type":"stream","name":"stdout","text":"\#(text)"}"#)
        #expect(page.contains("<pre class=\"text long\">") == isLong)
    }

    @Test(arguments: [
        ("é = 'ä' --[[ long\ncomment]] --x\n", "é = <span class=\"lua-string\">&#39;ä&#39;</span> "),
        ("é = 'ä' --[[ long\ncomment]] --x\n", "<span class=\"lua-comment\">--[[ long\ncomment]] --x</span>\n</pre>"),
        ("x = \"open\n-- é", "x = &quot;open\n<span class=\"lua-comment\">-- é</span>"), ("🧠", "🧠</pre>"),
        ("a--b\nc", "a<span class=\"lua-comment\">--b</span>\nc</pre>"),
        ("x = [[ open", "x = [[ open</pre>"), ("x = 1e-5", "<span class=\"lua-number\">1e-5</span></pre>"),
    ])
    func codeIsShownWhole(source: String, expected: String) {
        let page = html(Cell(.code, source: source))
        #expect(page.contains(expected))
        #expect(!page.contains("\u{FFFD}"))
    }

    @Test(arguments: [
        ("$x_i^2$", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"),
        ("$\\frac{1}{2}\\sigma$", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac><mi>σ</mi>"),
        (
            "$$\\sum_{i=1}^n a_i$$",
            "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>"
        ),
        ("$\\mathbb{E}\\,\\mathcal{N}$", "<mi>𝔼</mi><mspace width=\"0.17em\"/><mi>𝒩</mi>"),
        ("$f'x < 1.5$", "<msup><mi>f</mi><mo>′</mo></msup><mi>x</mi><mo>&lt;</mo><mn>1.5</mn>"),
        ("$(x]$", "<mo stretchy=\"false\">(</mo><mi>x</mi><mo stretchy=\"false\">]</mo>"),
        ("$\\{x$", "<mo stretchy=\"false\">{</mo><mi>x</mi>"),
        ("$|x$", "<mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">|</mo><mi>x</mi>"),
        ("$\\left|x\\right)$", "<mo stretchy=\"true\">|</mo><mi>x</mi><mo stretchy=\"true\">)</mo>"),
        ("$\\left(\\hat{q}\\right.$", "<mover accent=\"true\"><mrow><mi>q</mi></mrow><mo>^</mo></mover>"),
        (
            "$$\\begin{aligned}a&=b\\\\c&=d\\end{aligned}$$",
            "<mtr><mtd><mi>a</mi></mtd><mtd><mo>=</mo><mi>b</mi></mtd></mtr>"
        ),
        ("a $x$ b $y$.", "</math> b <span class=\"joined\"><math><mrow><mi>y</mi></mrow></math>.</span></p>"),
        ("$\\log p$", "<mi>log</mi><mspace width=\"0.17em\"/><mi>p</mi>"),
        ("$\\log(p)$", "<mi>log</mi><mo stretchy=\"false\">(</mo>"),
        ("$\\log_2 x$", "<msub><mi>log</mi><mn>2</mn></msub><mspace width=\"0.17em\"/><mi>x</mi>"),
        ("$\\foo{x}$", "<code class=\"tex\">\\foo{x}</code>"),
        ("$\(String(repeating: "{", count: 1000))$", "<code class=\"tex\">{"),
        ("it costs $5 and $6", "<p>it costs $5 and $6</p>"),
        ("`$x$`", "<code>$x$</code>"),
        ("\\$x$", "<p>$x$</p>"),
        ("a $x", "<p>a $x</p>"),
    ])
    func mathematicsIsReadable(source: String, expected: String) {
        #expect(html(Cell(.markdown, source: source)).contains(expected))
    }
}
