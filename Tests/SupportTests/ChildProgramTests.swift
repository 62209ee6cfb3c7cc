import Foundation
import Support
import Testing

@Suite struct ChildProgramTests {
    private let shell = "/bin/sh"

    @Test func findsProgramsInTheFoldersOfPATH() throws {
        #expect(ChildProgram.path(of: "sh")?.hasSuffix("/sh") == true)
        #expect(ChildProgram.path(of: "no-such-program") == nil)
    }

    @Test func collectsBothStreamsAndTheStatus() throws {
        let result = try ChildProgram.run(shell, ["-c", "echo one; echo two >&2; exit 3"])
        #expect(result.status == 3 && String(decoding: result.output, as: UTF8.self) == "one\ntwo\n")
        #expect(try ChildProgram.run(shell, ["-c", "kill -9 $$"]).status == 137)
        // Arguments are passed as they are: no shell expands them. Nothing is read from this process's input.
        let plain = try ChildProgram.run("/bin/echo", ["$HOME", "a  b", "*"])
        #expect(String(decoding: plain.output, as: UTF8.self) == "$HOME a  b *\n")
        #expect(try ChildProgram.run("/bin/cat", []).output == [])
    }

    @Test func keepsTheEndOfALongOutput() throws {
        let result = try ChildProgram.run(shell, ["-c", "head -c 5000000 /dev/zero; echo end"])
        #expect(result.output.suffix(4) == Array("end\n".utf8) && result.output.count < 3_000_000)
    }

    @Test func saysWhatCannotBeStarted() {
        let error = #expect(throws: FileError.self) { try ChildProgram.run("/nowhere/program", []) }
        #expect(error == FileError(path: "/nowhere/program", reason: "No such file or directory"))
    }

    /// A program that ignores the interrupt, and one that it has started, are killed.
    @Test func anInterruptEndsTheProgram() async {
        // In a process of its own, as the request is seen by all that runs.
        await #expect(processExitsWith: .success) {
            for code in ["sleep 60", "trap '' INT; sleep 60 & wait; sleep 60"] {
                Interrupt.clear()
                Thread.detachNewThread {
                    usleep(100_000)
                    Interrupt.request()
                }
                let start = Date()
                do throws(FileError) {
                    _ = try ChildProgram.run("/bin/sh", ["-c", code])
                    exit(1)
                } catch {
                    guard error == .interrupted("/bin/sh"), Date().timeIntervalSince(start) < 20 else { exit(2) }
                }
            }
        }
    }
}
