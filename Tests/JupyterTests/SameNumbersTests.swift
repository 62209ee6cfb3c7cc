import Foundation
import TestSupport
import Testing

/// A seed gives the same numbers wherever code runs.
@Suite struct SameNumbersTests {
    private static let code = """
        torch.manual_seed(7)
        scan, truth = volumes.phantom{kind = "tumour", size = {16, 16, 16}, seed = 1}
        sample = volumes.prepare(scan, truth)
        net = bayes.UNet{channels = {1, 4, 4, 4, 4}}
        bayes.set_mode(net, "train")
        optimizer, loss = optim.Adam(net, {lr = 1e-2}), nn.SegmentationLoss()
        for step in progress(5) do \\
            local value = loss(net(sample.image), sample.label) \\
            optimizer:zero_grad(); value:backward(); optimizer:step() \\
            print(("loss %a"):format(value:item())) \\
        end
        print(("draw %a"):format(torch.randn(3):sum():item()))
        """.replacing("\\\n", with: "")

    /// The printed lines that hold numbers, without prompts before them.
    private func numbers(_ output: String) -> [String] {
        output.split(separator: "\n").compactMap { line in
            line.firstMatch(of: #/(loss|draw) -?0x[0-9a-f.]+p[-+0-9]+$/#).map { String($0.output.0) }
        }
    }

    private func lunette(_ arguments: [String], input: String = "") throws -> String {
        try CommandProcess.run(CommandProcess.lunette, arguments, input: input).output
    }

    @Test func promptScriptNotebookAndKernelAgree() throws {
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { for ending in ["lua", "ipynb"] { try? FileManager.default.removeItem(atPath: "\(path).\(ending)") } }
        let code = Self.code + "\n"
        try code.write(toFile: path + ".lua", atomically: false, encoding: .utf8)
        let script = numbers(try lunette([path + ".lua"]))
        #expect(script.count == 6)
        #expect(Set(script).count == 6)
        #expect(numbers(try lunette(["-i"], input: code)) == script)
        _ = try lunette(["notebook", "run", path + ".lua"])
        let notebook = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path + ".ipynb")))
        let cells = (notebook as? [String: Any])?["cells"] as? [[String: Any]]
        let outputs = cells?.first?["outputs"] as? [[String: Any]]
        let printed = (outputs ?? []).compactMap { ($0["text"] as? [String])?.joined() }.joined()
        #expect(numbers(printed) == script)
        let kernel = try KernelClient()
        #expect(numbers(try kernel.run(Self.code).text()) == script)
        // As cells: what is kept from one to the next is the same.
        let lines = Self.code.split(separator: "\n").map { try? kernel.run(String($0)).text() }
        #expect(numbers(lines.compactMap { $0 }.joined()) == script)
    }
}
