import Foundation
import TestSupport
import Testing

/// The command of a package, which runs one of two programs. The packages themselves are tried by
/// `Scripts/test-package`.
@Suite struct PackageCommandTests {
    /// A package's tree whose programs tell their name and the words that they are given.
    private static func makeTree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let command = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Scripts/packaging/lunette")
        let files = FileManager.default
        try files.createDirectory(atPath: folder.path("bin"), withIntermediateDirectories: true)
        try files.copyItem(atPath: command.path, toPath: folder.path("bin/lunette"))
        try files.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path("bin/lunette"))
        for name in ["avx2", "avx512"] {
            let program = folder.path("lib/lunette/\(name)/lunette")
            try files.createDirectory(
                atPath: (program as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try "#!/bin/sh\necho \(name) \"$@\"\n".write(
                toFile: program, atomically: false, encoding: .utf8)
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        }
        return folder
    }

    @Test func runsWhatIsNamedOrFits() throws {
        let folder = try Self.makeTree()
        let hasLong = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).contains("avx512vl")
        let fitting = hasLong ? "avx512" : "avx2"
        func run(_ words: [String], _ environment: [String: String?] = [:], by name: String = "bin/lunette") throws
            -> CommandProcess.Outcome
        { try CommandProcess.run(folder.path(name), words, environment: environment) }
        #expect(try run(["-e", "a b"]).output == "\(fitting) -e a b\n")
        #expect(try run([], by: "link").output == "\(fitting)\n")
        #expect(try run(["--vectors", "avx2", "x.lua"]).output == "avx2 x.lua\n")
        #expect(try run(["x.lua"], ["LUNETTE_VECTORS": "avx2"]).output == "avx2 x.lua\n")
        let wrong = try run(["--vectors", "sse"])
        #expect(wrong.code == 1 && wrong.errors == "lunette: --vectors: avx2 or avx512 expected, got 'sse'\n")
        // Where there is nothing behind it the program says so.
        #expect(try run(["--vectors"]).output == "\(fitting) --vectors\n")
        let long = try run(["--vectors", "avx512"])
        #expect(hasLong ? long.output == "avx512\n" : long.errors.contains("this processor has no AVX-512"))
    }
}
