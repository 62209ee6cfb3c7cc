import LuaBridge
import LuaModules
import Sessions
import Support
import Testing

/// What notebooks show of values, and that it is bounded.
@Suite struct RichFormTests {
    private func bundle(_ code: String) throws -> MIMEBundle {
        let lua = try Transcript.newSession()
        return try lua.mimeBundle(of: lua.call(lua.load(code, name: "=test")))
    }

    private func html(_ code: String) throws -> String? { try bundle("return " + code).data["text/html"]?.text }

    /// A table alone is what is displayed, and no table of options.
    @Test(arguments: ["display(%)", "display(%, {id = 'a'})"]) func tablesAreDisplayed(call: String) throws {
        let lua = try Transcript.newSession()
        var shown: [String] = []
        lua.displaySink.show = { bundle, _ in shown.append(bundle.data["text/html"]?.text ?? bundle.text) }
        for table in ["{}", "setmetatable({dice = 1}, {__display = function() return {['text/html'] = 'x'} end})"] {
            _ = try lua.call(lua.load(call.replacing("%", with: table), name: "=test"))
        }
        #expect(shown == ["{}", "x"])
    }

    private static let net = "local net = nn.UNet{channels = {1, 2, 2, 2, 2}} "

    /// Code, and the forms that it has beside its text.
    @Test(arguments: [
        ("return torch.randn(100)", []), ("return torch.randn(101)", ["image/svg+xml", "image/png"]),
        ("return torch.randn(20, 20)", ["image/png"]), ("return torch.randn(1, 1, 9, 9, 9)", ["image/png"]),
        ("return torch.randn(16, 2, 3, 3, 3)", ["image/png"]), ("return torch.full({11, 11}, 0/0)", ["image/png"]),
        ("return torch.randn(3, 9, 9, 9)", []), ("return torch.zeros(1 << 13, (1 << 11) + 1)", []),
        ("return torch.randn(11, 11, {requires_grad = true}) * 2", ["image/png"]),
        ("return dist.Gamma({2, 3}, 1)", ["image/svg+xml", "image/png"]),
        ("return dist.Categorical{0.25, 0.75}", ["image/svg+xml", "image/png"]),
        ("return dist.Normal(torch.zeros(7), 1)", []),
        ("return dist.Independent(dist.Normal(torch.zeros(2), 1))", []),
        ("return volumes.phantom{size = {12, 12, 12}}", []),
        ("return (volumes.phantom{size = {12, 12, 12}})", ["image/png"]),
        ("return volumes.prepare(volumes.phantom{size = {12, 12, 12}})", ["image/png"]),
        (net + "return net", ["text/html"]), (ClassTests.flow + "return flow", ["text/html"]),
        ("return nn.Linear(2, 3)", ["text/html"]),
        ("return bayes.UNet{channels = {1, 2, 2, 2, 2}}", ["text/html"]),
        ("return bayes.KernelVAE({7, 7}, {hidden_channels = 4})", ["text/html"]),
        (net + "return bayes.KernelBank({net}, net.kernel_layers[2])", ["image/png"]),
        ("return bayes.NormalPrior({3, 3, 3})", ["image/png"]), ("return bayes.LogUniform({5, 5})", ["image/png"]),
        ("return bayes.NormalPrior({4})", ["image/svg+xml", "image/png"]),
        ("return bayes.VAEPrior(bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4}))", ["image/png"]),
        (
            "return bayes.PriorSet{{name = 'a', layers = {'b'}, prior = bayes.NormalPrior({3, 3, 3})}}",
            ["image/png"]
        ),
        ("return plot.curves{y = {1, 2}}", ["image/svg+xml", "image/png"]),
        ("return {{1, 2}, {3, 4}}", ["text/html"]), ("return {{a = 1, b = 'x'}}", ["text/html"]),
        ("return {{1, 2}, {3}}", []), ("return {{a = 1}, {b = 1}}", []), ("return {{a = {}}}", []),
        ("return {{}}", []), ("return {}", []), ("return {1, 2}", []), ("return {{1}, x = 1}", []),
        ("return {{1}, {[2] = 1}}", []), ("return {{1}, setmetatable({1}, {})}", []),
        ("return setmetatable({{1}}, {})", []), ("return 1", []), ("return nil", []), ("return print", []),
    ])
    func forms(code: String, expected: [String]) throws {
        #expect(try bundle(code).data.members?.map(\.name) == ["text/plain"] + expected)
    }

    @Test func tensorKeepsItsText() throws {
        let bundle = try bundle("return torch.zeros(20, 20)")
        #expect(bundle.text.hasSuffix("[20x20]"))
        #expect(bundle.metadata["image/png"]?["width"]?.integer == 437)
        #expect(bundle.metadata["image/png"]?["alt"]?.text == #"Picture "20x20, min 0, mean 0, max 0"; 20 x 20 pixels"#)
    }

    @Test func longMatricesAreSqueezed() throws {
        for shape in ["20000, 3", "3, 20000"] {
            let size = try bundle("return torch.zeros(\(shape))").metadata["image/png"]
            #expect(try (150..<900).contains(#require(size?["height"]?.integer)))
            #expect(try (250..<500).contains(#require(size?["width"]?.integer)))
        }
    }

    @Test func showingDrawsNoRandomNumbers() throws {
        let lua = try Transcript.newSession()
        let code = "torch.manual_seed(5) return bayes.NormalPrior({3, 3, 3}), torch.randn(1):item()"
        let first = try lua.call(lua.load(code))
        _ = try lua.mimeBundle(of: lua.call(lua.load("torch.manual_seed(5) return bayes.NormalPrior({3, 3, 3})")))
        let second = try lua.text(of: lua.call(lua.load("return torch.randn(1):item()"))[0])
        #expect(try lua.text(of: first[1]) == second)
    }

    @Test func networksAreTrees() throws {
        let tree = try #require(
            try html("nn.Sequential(nn.Sequential(nn.Linear(30, 50), nn.ReLU()), nn.Linear(50, 1))"))
        #expect(tree.hasPrefix("<details open "))
        #expect(tree.contains("<summary><b>0</b>: <code>Sequential"))
        #expect(tree.contains("<small>weight 50x30, bias 50, 1,550 parameters</small>"))
        #expect(tree.contains("<small>1,601 parameters</small>"))
        #expect(tree.components(separatedBy: "<details").count == 3)
        #expect(tree.components(separatedBy: "<details open").count == 2)
    }

    @Test func tablesOfRows() throws {
        let table = try #require(
            try html("{{n = 5, name = '<b>', x = 0.5, ok = true}, {n = 10, name = 'é', x = 0.25, ok = false}}"))
        let right = " style=\"text-align: right\">"
        #expect(table.contains("<th style=\"text-align: left\">ok</th><th\(right)n</th><th\(right)x</th>"))
        #expect(
            table.contains("&lt;b&gt;</td><td style=\"text-align: left\">true</td><td\(right)5</td><td\(right)0.5000"))
        #expect(try html("{{12345678901, 0/0}}")?.contains(">12345678901</td>") == true)
    }

    @Test func longTablesAreCut() throws {
        let code = "local rows = {} for i = 1, 1000 do rows[i] = {i, ('x'):rep(5000)} end return rows"
        let table = try #require(try bundle(code).data["text/html"]?.text)
        #expect(table.hasSuffix("<p>and 980 more rows</p>\n"))
        #expect(table.utf8.count < 10_000)
        #expect(try bundle("local r = {} for i = 1, 21 do r[i] = i end return {r}").data["text/html"] == nil)
    }

    @Test func ownFormsComeFirst() throws {
        let own = "setmetatable({{1}}, {__display = function() return {['text/latex'] = '$x$'} end})"
        #expect(try bundle("return " + own).data["text/latex"]?.text == "$x$")
        #expect(try bundle("return " + own).data["text/html"] == nil)
    }
}
