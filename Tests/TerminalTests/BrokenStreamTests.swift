import Foundation
import TestSupport
import Testing

/// The command where its standard output or error is full, closed, or a pipe that nobody reads.
@Suite struct BrokenStreamTests {
    /// Runs `lunette` by the shell, which breaks its streams; the code, and what is on the streams that are whole.
    private func shell(_ command: String) throws -> CommandProcess.Outcome {
        try CommandProcess.run("/bin/sh", ["-c", command, CommandProcess.lunette])
    }

    /// Every way in which something is said on the standard error.
    static let sayings = [
        #"-e 'for i in progress(3) do end'"#, #"-e 'io.stderr:write("x")'"#, #"-W -e 'warn("x")'"#,
        #"-e 'progress.bar(3, "a"):advance(3):finish()'"#,
    ]

    @Test(arguments: sayings, ["2>/dev/full", "2>&-", "2>&1 >/dev/null | true"])
    func aBrokenStandardErrorIsDoneWithout(command: String, breaking: String) throws {
        let outcome = try shell("exec 3>&1; { \"$0\" \(command) ; echo $? >&3; } \(breaking)")
        #expect(outcome.output == "0\n")
    }

    @Test(
        arguments: [
            #"-e 'error("x")'"#, "-x", "nofile.lua", "notebook run nofile.ipynb", "notebook x", "jupyter x",
            "jupyter kernel -f nofile",
        ], ["2>/dev/full", "2>&-"])
    func errorsStillHaveTheirCode(command: String, breaking: String) throws {
        #expect(try shell("\"$0\" \(command) \(breaking)").code == 1)
    }

    static let printings = [
        #"-e 'print("x")'"#, #"-e 'io.write("x")'"#, #"-e 'torch.eye(3):print()'"#, #"-e 'display(torch.eye(3))'"#,
        #"-e 'plot.curves({a = {1, 2}}):show()'"#, #"-e 'io.write("x") os.exit(0)'"#, #"-e 'help()'"#, "--help",
        "--manual", "--version", "-v", "notebook --help", "jupyter --help",
    ]

    @Test(arguments: printings, [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
    func aBrokenStandardOutputIsAnError(command: String, breaking: (redirection: String, reason: String)) throws {
        let outcome = try shell("\"$0\" \(command) \(breaking.redirection)")
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("standard output: \(breaking.reason)"))
    }

    /// Nobody needs to be told, and a script that passes over the results of `write` has an end, too.
    @Test(arguments: [
        #"-e 'while true do print(1) end'"#, #"-e 'while true do io.write("x") end'"#,
        #"-e 'while true do io.stdout:write("x") end'"#, "--manual", #"-e 'torch.rand(1000, 100):print()'"#,
        #"-e 'io.write(("x"):rep(1000000))'"#, #"-e 'io.write(("x"):rep(1000000)) os.exit(0)'"#,
    ])
    func aPipeThatNobodyReadsIsTheQuietEnd(command: String) throws {
        let outcome = try shell("{ \"$0\" \(command); echo $? >&3; } 3>&2 | true")
        #expect(outcome.errors == "1\n")
    }

    @Test func theErrorOfAPipeCanBeCaught() throws {
        let code =
            #"while pcall(print, 1) do end io.stderr:write(select(2, pcall(print, 1)), " ", type(io.popen), "\n")"#
        #expect(try shell("{ \"$0\" -e '\(code)'; } | true").errors == "standard output: Broken pipe function\n")
        let other = #"local p = io.popen("true", "w") print(pcall(function() while true do p:write("x") end end))"#
        #expect(try shell("\"$0\" -e '\(other)'").output.contains("file: Broken pipe"))
    }

    /// A script may go on without its output.
    @Test func theErrorCanBeCaught() throws {
        let code = #"io.stderr:write(tostring(select(2, pcall(print, 1))), " ", tostring(io.write("x"):flush()))"#
        let outcome = try shell("\"$0\" -e '\(code)' >/dev/full")
        #expect(outcome.errors.hasPrefix("standard output: No space left on device "))
    }

    /// The commands that a script starts are ended by a broken pipe, as ever.
    @Test func commandsAreNotTaughtToOutliveIt() throws {
        let outcome = try shell("\"$0\" -e 'os.execute(\"yes | head -1\")'")
        #expect(outcome == CommandProcess.Outcome(code: 0, output: "y\n", errors: ""))
    }

    /// A file that a script opens does not become a stream that was closed.
    @Test func aClosedStreamIsNoFile() throws {
        let path = NSTemporaryDirectory() + "lunette-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let code = "local f = io.open('\(path)', 'w') io.stderr:write('lost') f:write('kept') f:close()"
        #expect(try shell("\"$0\" -e \"\(code)\" 2>&- <&-").code == 0)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
    }

    /// The command line, the environment and a notebook's path are bytes.
    @Test func pathsOfTheCommandLineAreBytes() throws {
        let outcome = try shell(
            """
            cd "$(mktemp -d)" && name=$(printf 'M\\374l') && echo 'print(arg[0]:byte(2), arg[1]:byte(2))' > "$name.lua" \
            && "$0" "$name.lua" "$name" && LUA_INIT="@$name.lua" "$0" "$name.lua" "$name" \
            && "$0" notebook run "$name.lua" 2> errors; cat errors; test -f "$name.ipynb" && rm -r "$PWD"
            """)
        #expect(outcome.code == 0)
        #expect(outcome.output.hasPrefix("252\t252\n252\t252\n252\t252\n"))
    }
}
