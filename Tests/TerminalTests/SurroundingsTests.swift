import Foundation
import TestSupport
import Testing

/// The command does the same whatever surrounds it: language, time zone, home, terminal, threads.
@Suite struct SurroundingsTests {
    /// What is a number, or made of numbers, in all the ways in which it is written and read.
    private static let script = """
        for _, name in ipairs {"", "de_DE.UTF-8"} do
            for _, category in ipairs {"all", "numeric"} do
                if os.setlocale(name, category) and ("%.1f"):format(0.5) ~= "0.5" then print("a comma") end
            end
        end
        print(1 / 8, tonumber("2.5"), tonumber("2,5"), ("%.3f %g"):format(1 / 3, 1e-7), 1e100)
        print(torch.tensor {0.125, 1e6, -3e-9}, torch.tensor {0.5, 0.25})
        local path = arg[1] .. "/curves.svg"
        plot.curves({loss = {0.5, 0.25, 0.125}}, {title = "0.5"}):save(path)
        print(io.open(path):read("a"))
        torch.save({x = torch.tensor {0.5}}, arg[1] .. "/a.safetensors")
        print(torch.load(arg[1] .. "/a.safetensors").x)
        local scan = volumes.phantom {kind = "tumour", size = {8, 8, 8}, seed = 1}
        print(scan, bayes.KernelBank({nn.Conv3d(2, 3, 3)}, {""}), os.date("!%A %c", 0))
        """

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A language with a decimal comma, as `Scripts/test` can make it with Debian's `locales`: the folder for LOCPATH.
    private func german() throws -> String {
        let outcome = try CommandProcess.run(
            CommandProcess.installed("localedef"), ["-i", "de_DE", "-f", "UTF-8", folder.path("de_DE.UTF-8")])
        try #require(outcome.code == 0, "\(outcome)")
        return folder.path
    }

    @Test(arguments: [
        ["LC_ALL": "de_DE.UTF-8"], ["LC_ALL": nil, "LANG": "de_DE.UTF-8"], ["LC_ALL": "C"], ["LC_ALL": nil],
        ["LC_ALL": "xx_XX"], ["TZ": "Asia/Kathmandu"], ["TZ": nil], ["HOME": nil], ["HOME": "/proc"],
        ["HOME": "/dev/null"], ["TERM": nil], ["TERM": "xterm-256color"], ["TMPDIR": "/nonexistent"], ["COLUMNS": "9"],
        ["LUNETTE_THREADS": "1"], ["LUNETTE_THREADS": "7"], ["SHELL": nil], ["PATH": nil],
    ])
    func areTheSame(environment: [String: String?]) throws {
        let path = try folder.write(Array(Self.script.utf8), to: "numbers.lua")
        func run(_ environment: [String: String?]) throws -> CommandProcess.Outcome {
            try CommandProcess.run(CommandProcess.lunette, [path, folder.path], environment: environment)
        }
        let expected = try run([:])
        #expect(expected.code == 0)
        #expect(expected.output.hasPrefix("0.125\t2.5\tnil\t0.333 1e-07\t1e+100\n"), "\(expected)")
        #expect(try run(environment.merging(["LOCPATH": german()]) { $1 }) == expected)
    }

    /// At a prompt the terminal's language is taken on, and the history needs a place.
    @Test(arguments: [
        ["LC_ALL": "de_DE.UTF-8"], ["LC_ALL": "C"], ["LC_ALL": "xx_XX"], ["HOME": nil], ["HOME": "/proc"],
        ["TERM": nil],
    ])
    func atAPrompt(environment: [String: String?]) throws {
        let input = "1 / 8, #'ä'\n:save s.lua\ntorch.tensor {0.5}\n"
        let outcome = try CommandProcess.run(
            CommandProcess.lunette, ["-i"], input: input, folder: folder.path,
            environment: environment.merging(["LOCPATH": german()]) { $1 })
        #expect(outcome.code == 0 && outcome.errors == "", "\(outcome)")
        #expect(outcome.output.contains("0.125\t2\n") && outcome.output.contains("0.5"), "\(outcome)")
        #expect(try folder.bytes("s.lua") == Array("-- %%\nprint(1 / 8, #'ä')\n".utf8))
    }

    /// What others may do with files that are written follows the umask.
    @Test(arguments: ["022", "077"]) func theMaskOfFilesIsKept(mask: String) throws {
        let code = "torch.ones(1):save('a.npy') io.open('b', 'w'):close()"
        let command = "umask \(mask); '\(CommandProcess.lunette)' -e \"\(code)\"; stat -c %a a.npy b"
        let outcome = try CommandProcess.run("/bin/sh", ["-c", command], folder: folder.path)
        #expect(outcome.output == (mask == "022" ? "644\n644\n" : "600\n600\n"), "\(outcome)")
    }
}
