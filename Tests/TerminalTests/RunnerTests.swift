import Foundation
import TestSupport
import Testing

/// The runner against the lua command itself: exit code, output and errors.
@Suite struct RunnerTests {
    @Test(
        arguments: [
            ["s.lua", "a", "b"],
            ["-e", "print(1)"],
            ["-eprint(1)", "s.lua", "q"],
            ["-e"],
            ["-l"],
            ["-l", "-x"],
            ["-x"],
            ["-vx"],
            ["--x"],
            ["--", "s.lua", "a"],
            ["--", "-"],
            ["-l", "mod", "-e", "print(mod.v)"],
            ["-l", "g=mod", "-e", "print(g.v)"],
            ["-lmod", "-e", "print(mod.v)"],
            ["-l", "nosuch"],
            ["-E", "-e", "print(package.path == os.getenv('LUA_PATH'))"],
            ["-W", "-e", "warn('hello')"],
            ["-e", "warn('@on','x') warn('hi')"],
            ["-", "a", "b"],
            ["e.lua"],
            ["t.lua"],
            ["c.lua"],
            ["d.lua"],
            ["x.lua"],
            ["syn.lua"],
            ["nofile.lua"],
            ["gc.lua"],
            ["-e", "os.exit(false)"],
            ["-e", "os.exit(true)"],
            ["-e", "error()"],
            ["-e", "error(nil)"],
            ["-e", "error(12)"],
            ["-e", "local t <close> = setmetatable({}, {__close=function() print('closed') end}) error('x')"],
            ["-e", "coroutine.wrap(function() error('in co') end)()"],
            ["-e", "print(pcall(error, {}) )"],
            ["-e", "print(xpcall(function(...) return ... end, print, 1, 2, 3))"],
            ["-e", "print(xpcall(function(...) error('e') end, function(m) return m .. '!' end))"],
            [
                "-e",
                "print(coroutine.resume(coroutine.create(function(...) local x = coroutine.yield(...) error(x) end), 1, 2))",
            ],
            [
                "-e",
                "local co = coroutine.wrap(function() for i=1,3 do coroutine.yield(i) end end) print(co(), co(), co(), co()) print(pcall(co))",
            ],
            ["-e", "print(pcall(coroutine.resume, 1))"],
            ["-e", "print(coroutine.resume(coroutine.running()))"],
            ["-e", "print(coroutine.close(coroutine.create(print)))"],
            ["-e", "print(pcall(coroutine.close, coroutine.running()))"],
            ["-e", "print(select('#', pcall(pcall)))print(pcall(xpcall)) print(pcall(xpcall, 1))"],
            ["-e", "print(load(function() return nil end), load('x=', '=n'), load('return a', 'n', 't', {a=5})())"],
            ["-e", "print(dofile('mod.lua').v, loadfile('mod.lua')().v, loadfile('nofile'))"],
            ["-e", "print(require('mod').v, select(2, require('mod')))"],
            ["-e", "require 'syn'"],
            ["-e", "string.rep('x', -1)(1)"],
            ["-e", "print(select(2, pcall(string.rep)))"],
            ["-e", "print(pcall(pcall, error, 'x'))"],
            [
                "-e",
                "print(pcall(coroutine.wrap(function() local a <close> = setmetatable({}, {__close=function(_, e) error('again ' .. tostring(e), 0) end}) error('first', 0) end)))",
            ],
            [
                "-e",
                "co = coroutine.create(function() pcall(coroutine.yield, 1) return 2 end) print(coroutine.resume(co)) print(coroutine.resume(co)) print(coroutine.resume(co))",
            ],
            ["-e", "arg = 1", "s.lua"],
            ["-e", "print(#arg, arg[0], arg[1])", "s.lua", "k"],
        ] as [[String]])
    func doesAsLua(arguments: [String]) throws {
        let folder = try Self.makeScripts()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let input = "print('from stdin', ...)"
        let lua = try CommandProcess.installed("lua5.4")
        let expected = try CommandProcess.run(lua, arguments, input: input, folder: folder)
        let found = try CommandProcess.run(CommandProcess.lunette, arguments, input: input, folder: folder)
        #expect(found.code == expected.code)
        #expect(Self.withoutAddresses(found.output) == Self.withoutAddresses(expected.output))
        #expect(Self.normal(found.errors) == Self.normal(expected.errors))
    }

    @Test func bytecodeIsRefused() throws {
        let folder = try Self.makeScripts()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["b.lua"], folder: folder)
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("lunette: attempt to load a binary chunk"))
    }

    @Test func initialisationFromTheEnvironment() throws {
        let print = ["-e", "print(initialised)"]
        let environment = ["LUA_INIT": "initialised = 5"]
        let run = { try CommandProcess.run(CommandProcess.lunette, $0, environment: $1) }
        #expect(try run(print, environment).output == "5\n")
        #expect(try run(["-E"] + print, environment).output == "nil\n")
        #expect(try run(print, ["LUA_INIT": "x", "LUA_INIT_5_4": "initialised = 6"]).output == "6\n")
        let broken = try run(print, ["LUA_INIT": "error('bad')"])
        #expect(broken.code == 1)
        #expect(broken.errors.hasPrefix("lunette: LUA_INIT:1: bad"))
    }

    @Test func version() throws {
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["--version"])
        #expect(outcome.code == 0)
        for word in ["Lunette", "Lua 5.4", "processor", "vectors", "BLAS", "threads"] {
            #expect(outcome.output.contains(word))
        }
        #expect(try CommandProcess.run(CommandProcess.lunette, ["--help"]).output.hasPrefix("usage: lunette"))
        #expect(try CommandProcess.run(CommandProcess.lunette, ["--manual"]).output.contains("### bayes.KernelVAE("))
    }

    /// `--vectors` goes first, whatever else is asked for, and names what the program was compiled for or is refused.
    @Test func vectors() throws {
        let details = try CommandProcess.run(CommandProcess.lunette, ["--version"]).output
        let (own, other) = details.contains("AVX-512") ? ("avx512", "avx2") : ("avx2", "avx512")
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["--vectors", own, "-e", "print(1)"])
        #expect(outcome == CommandProcess.Outcome(code: 0, output: "1\n", errors: ""))
        for words in [[other, "-e", "print(1)"], ["sse"], []] {
            let refused = try CommandProcess.run(CommandProcess.lunette, ["--vectors"] + words)
            #expect(refused.code == 1 && refused.output.isEmpty)
            #expect(refused.errors.contains("for \(own) alone, got '\(words.first ?? "nothing")'"))
        }
    }

    @Test func aClosedOutputEndsItQuietly() throws {
        let command = "'\(CommandProcess.lunette)' -e 'while true do print(1) end' | head -1"
        let outcome = try CommandProcess.run("/bin/sh", ["-c", command])
        #expect(outcome == CommandProcess.Outcome(code: 0, output: "1\n", errors: ""))
    }

    @Test(arguments: [
        "while true do end", "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
    ])
    func interruptEndsAScript(text: String) throws {
        let script = "io.open(arg[1], 'w'):close() " + text
        let ready = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: ready) }
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["-", ready], input: script) { process in
            try wait(forFile: ready, of: process)
            process.interrupt()
        }
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("lunette: interrupted\nstack traceback:"))
    }

    /// A folder with the scripts that the command lines name.
    private static func makeScripts() throws -> String {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let scripts = [
            "s.lua": "#!/usr/bin/env lua\nprint(arg[0], arg[1], arg[2], arg[-1] ~= nil, #arg, ...)\nreturn 3",
            "e.lua": "error('boom')", "t.lua": "error({code = 2})", "x.lua": "os.exit(7)", "syn.lua": "x = = 1",
            "c.lua": "error(setmetatable({}, {__tostring = function() return 'custom' end}))",
            "d.lua": "local function f() error('deep', 0) end f()", "mod.lua": "return {v = 1}", "b.lua": "\u{1B}Lua",
            "gc.lua": "setmetatable({}, {__gc = function() print('gc') end}) os.exit(true, true)",
        ]
        for (name, text) in scripts {
            try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }
        return folder
    }

    private static func withoutAddresses(_ text: String) -> String { text.replacing(#/0x[0-9a-f]+/#, with: "0x") }

    /// Errors without the command's name, without options and commands of our own, and without the host's frame that
    /// ends each of Lua's tracebacks.
    private static func normal(_ errors: String) -> String {
        let lines = withoutAddresses(errors).split(separator: "\n", omittingEmptySubsequences: false)
        let own = [
            "       lunette ", "  --version ", "  --manual ", "  --help ", "  --no-startup ", "  --vectors ",
            "  --sandbox ", "                    folder alone", "  --readable ", "  --memory ", "  --time ",
            "  --check-numerics ",
        ]
        return lines.filter { line in
            line != "\t[C]: in ?" && !own.contains { line.hasPrefix($0) }
                && !line.hasPrefix("In the interactive mode")
        }.joined(separator: "\n").replacing(#/(/[^ :]*/)?lua5\.4/#, with: "lunette")
    }
}
