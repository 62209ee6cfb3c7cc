import Foundation
import LuaBridge
import Sessions
import Support
import TestSupport
import Testing

/// Viewers in a browser, used by clicks, wheel, keys and touch: what `check_viewer.py` says.
@Suite struct ViewerBrowserTests {
    /// Voxel (d, h, w) is 100 d + 10 h + w; two viewers on a page, and one as a notebook shows it.
    private static let script = """
        local d, h, w = torch.arange(1, 6):reshape(5, 1, 1), torch.arange(1, 7):reshape(1, 6, 1), torch.arange(1, 9)
        local scan = volumes.volume(100 * d + 10 * h + w, {spacing = {3, 2, 1.5}})
        local mask = (scan.data * 0 + d):gt(2) * (scan.data * 0 + d):lt(5)
        local options = {mask = mask, uncertainty = volumes.volume(scan.data / 1000, {like = scan})}
        report.page("Two"):viewer(scan, options):viewer(scan, {caption = "alone"}):save(path)
        options.viewer = true
        scan:show(options)
        """

    @Test func aReaderUsesTheViewer() throws {
        let folder = try TemporaryFolder()
        let lua = try Transcript.newSession()
        var shown: [MIMEBundle] = []
        lua.displaySink.show = { bundle, _ in shown.append(bundle) }
        try lua.setGlobal("path", folder.path("page.html"))
        try lua.call(lua.load(Self.script, name: "=test"))
        #expect(shown.count == 1)
        let html = try #require(shown.first?.data["text/html"]?.text)
        try folder.write(Array(html.utf8), to: "output.html")
        let check = try #require(
            Bundle.module.path(forResource: "check_viewer", ofType: "py", inDirectory: "Browser"))
        let outcome = try CommandProcess.run(
            CommandProcess.installed("python3"), ["-B", check, folder.path("page.html"), folder.path("output.html")])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("Ran 5 tests") && !outcome.errors.contains("skipped"), "\(outcome.errors)")
    }
}
