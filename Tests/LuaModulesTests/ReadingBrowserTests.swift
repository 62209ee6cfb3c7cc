import Foundation
import TestSupport
import Testing

/// Pages in a browser, as those read them who use a keyboard or hear them, on a phone or in the dark: what
/// `check_reading.py` says.
@Suite struct ReadingBrowserTests {
    private static let notebook = """
        -- %% [markdown]
        -- # A lesson
        -- Its *first* paragraph, with $x^2$ and [a link](other.lua).
        --
        -- | a | b |
        -- |---|--:|
        -- | \(String(repeating: "long ", count: 30)) | 2 |

        -- %%
        sigma = 1

        -- %% [markdown]
        -- ## A section
        -- One formula:
        --
        -- $$\\mathrm{KL}(q \\| p) = \\int q(w) \\log \\frac{q(w)}{p(w)} dw = \\sum_i a_i b_i c_i d_i e_i f_i g_i h_i$$
        --
        -- **What do you expect?** Guess.

        -- %% slider sigma = 1, 2
        print("prior" .. (" "):rep(60) .. "nats") print("full" .. (" "):rep(60) .. 1.5)
        plot.curves({loss = {3, 2, sigma}}, {title = "Training", x = "step", y = "loss"})

        -- %% [markdown]
        -- ## Another one
        -- Words, and `code`.

        -- %%
        print(("x"):rep(400)) -- \(String(repeating: "a comment that is long ", count: 6))
        display(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)))
        torch.randn(6, 1, 3, 3, 3)

        -- %% tags=["solution"]
        return {{name = "a", value = 1}, {name = "b", value = 2}}

        -- %% tags=["raises-exception"]
        error("an error")
        """

    private static let report = """
        local scan = volumes.volume(torch.rand(4, 6, 8))
        local curves = plot.curves({a = {3, 2, 1}, b = {2, 2, 3}}, {title = "Losses", x = "step", y = "loss"})
        report.page("Results"):heading("Scores"):text("A text.")
            :table({"", "Dice"}, {{("a long name of a method "):rep(4), 0.5}, {"b", 0.25}}, {best = {Dice = "max"}})
            :figure(curves, {caption = "Losses."}):slider({curves, curves}, {labels = {"one", "two"}})
            :code(("x = 1 "):rep(60)):viewer(scan, {mask = scan, caption = "A volume."}):save("report.html")
        """

    @Test func pagesAreForEverybody() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array(Self.notebook.utf8), to: "n.lua")
        try folder.write(Array(Self.report.utf8), to: "r.lua")
        for words in [
            ["notebook", "run", "n.lua"], ["notebook", "convert", "--to", "html", "n.ipynb"],
            ["notebook", "convert", "--to", "slides", "n.ipynb"], ["r.lua"], ["--manual", "manual"],
        ] {
            let outcome = try CommandProcess.run(CommandProcess.lunette, words, folder: folder.path)
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        let check = try #require(
            Bundle.module.path(forResource: "check_reading", ofType: "py", inDirectory: "Browser"))
        let pages = ["n-slides.html", "n.html", "report.html", "manual/check.html"].map { folder.path + "/" + $0 }
        let outcome = try CommandProcess.python(["-B", check] + pages)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("Ran 3 tests") && !outcome.errors.contains("skipped"), "\(outcome.errors)")
    }
}
