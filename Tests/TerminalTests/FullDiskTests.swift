import Foundation
import Support
import TestSupport
import Testing

/// Work on a disk that is full: a limit of the size of files does as much, for any user.
@Suite struct FullDiskTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs a script that may write files of so many blocks of 512 bytes; nil for any.
    private func run(_ script: String, blocks: Int?) throws -> CommandProcess.Outcome {
        let path = try folder.write(Array(script.utf8), to: "s.lua")
        // What is printed goes through a pipe, which has no limit.
        let limit = blocks.map { "ulimit -f \($0); " } ?? ""
        return try CommandProcess.run(
            "/bin/sh",
            ["-c", "{ \(limit)\"$0\" \"$1\" \"$2\" 2>&1; } | cat", CommandProcess.lunette, path, folder.path])
    }

    @Test func aStudyGoesOnLater() throws {
        let script = """
            local s = study.open(arg[1] .. "/study", {seed = 3})
            s:job("small", function() print("small runs") return 1 end)
            local big = s:job("big", function(job)
                print("big runs")
                return {x = torch.rand(50000, {generator = torch.Generator(1)})}
            end)
            print("sum", big.x:sum():item() > 0)
            """
        let full = try run(script, blocks: 16)
        #expect(full.output.hasPrefix("small runs\nbig runs\n"))
        #expect(full.output.contains("\(folder.path)/study/jobs/big/result.safetensors: File too large"))
        #expect(try FileSystem.names(in: folder.path("study/jobs/big")) == [])
        #expect(try run(script, blocks: 16).output.hasPrefix("big runs\n"))
        #expect(try run(script, blocks: nil).output == "big runs\nsum\ttrue\n")
        #expect(try run(script, blocks: nil).output == "sum\ttrue\n")
    }

    /// The last checkpoint that found room is the one that the job goes on from.
    @Test func theLastCheckpointStays() throws {
        let script = """
            local s = study.open(arg[1] .. "/study")
            print(s:job("a", function(job)
                local state = job:state() or {done = 0}
                print("from", state.done)
                for done = state.done + 1, 4 do job:checkpoint{done = done, x = torch.zeros(done < 3 and 1 or 50000)} end
                return "complete"
            end))
            """
        for start in [0, 2] {
            let full = try run(script, blocks: 16)
            #expect(full.output.hasPrefix("from\t\(start)\n"))
            #expect(full.output.contains("\(folder.path)/study/jobs/a/checkpoint.safetensors: File too large"))
            #expect(try FileSystem.names(in: folder.path("study/jobs/a")) == ["previous.safetensors"])
        }
        #expect(try run(script, blocks: nil).output == "from\t2\ncomplete\n")
    }

    @Test func aClaimThatFindsNoRoomIsNotLeft() throws {
        let script = "print(pcall(study.open, arg[1] .. '/study', {shared = true}))"
        #expect(try run(script, blocks: 0).output.contains("\(folder.path)/study/.claim: File too large"))
        #expect(try FileSystem.names(in: folder.path("study")) == ["jobs", "study.lock"])
        #expect(try run(script, blocks: nil).output.hasPrefix("true"))
    }

    /// A line that found no room is not there by half, and the next one is whole.
    @Test func aLineIsAddedWholeOrNotAtAll() throws {
        let script = """
            local path = arg[1] .. "/lines"
            for i = 1, 20 do
                local fine, message = pcall(study.add_line, path, ("%d "):format(i):rep(30))
                if not fine then return print(i, message) end
            end
            print("complete")
            """
        let full = try run(script, blocks: 2)
        #expect(full.output.contains("\(folder.path)/lines: File too large"))
        let lines = try #require(Int(full.output.prefix { $0 != "\t" })) - 1
        var text = String(decoding: try folder.bytes("lines"), as: UTF8.self)
        #expect(lines > 0 && text.split(separator: "\n").count == lines && text.hasSuffix("\n"))
        #expect(try run(script, blocks: nil).output == "complete\n")
        text = String(decoding: try folder.bytes("lines"), as: UTF8.self)
        #expect(text.split(separator: "\n").count == lines + 20)
    }
}
