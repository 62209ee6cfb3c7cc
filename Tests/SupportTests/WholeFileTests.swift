import Foundation
import Support
import Testing

struct WholeFileTests {
    /// A folder that the test removes.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lunette-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func aFileIsReplacedWhole() throws {
        try withFolder { folder in
            let path = folder.appending(path: "a.txt").path
            for text in ["first", "second and longer", ""] {
                try WholeFile.replace(path, with: Data(text.utf8))
                #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.txt"])
        }
    }

    @Test func anErrorLeavesTheOldFile() throws {
        struct Failure: Error {}
        try withFolder { folder in
            let path = folder.appending(path: "a.txt").path
            try WholeFile.replace(path, with: Data("old".utf8))
            #expect(throws: Failure.self) {
                try WholeFile.replace(path) { (file: OutputFile) in
                    try file.write(Array("half".utf8))
                    throw Failure()
                }
            }
            #expect(throws: Failure.self) {
                try WholeFile.replace(path) { (temporary: String) in
                    #expect(temporary.hasPrefix("\(folder.path)/.a.txt.lunette-"))
                    try Data("half".utf8).write(to: URL(filePath: temporary))
                    throw Failure()
                }
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.txt"])
        }
    }

    @Test func aFinishedFileTakesTheOthersPlace() throws {
        try withFolder { folder in
            let (made, path) = (folder.appending(path: "made").path, folder.appending(path: "a").path)
            try WholeFile.replace(path, with: Data([1]))
            try Data([2]).write(to: URL(filePath: made))
            try WholeFile.move(made, to: path)
            #expect(try InputFile.bytes(of: path) == [2])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
            #expect(throws: FileError(path: path, reason: "No such file or directory")) {
                try WholeFile.move(made, to: path)
            }
        }
    }

    @Test func foldersThatAreMissingAreNamed() throws {
        try withFolder { folder in
            let path = folder.appending(path: "no/a.txt").path
            let error = try #require(throws: FileError.self) { try WholeFile.replace(path, with: Data()) }
            #expect(error == FileError(path: path, reason: "No such file or directory"))
        }
    }

    @Test func filesAreReadToTheirEndAndNoFurther() throws {
        try withFolder { folder in
            let path = folder.appending(path: "a").path
            try Data([1, 2, 3, 4]).write(to: URL(filePath: path))
            let file = try InputFile(path)
            #expect(try file.read(3) == [1, 2, 3])
            #expect(file.remaining == 1 && file.size == 4)
            #expect(throws: FileError.ended(path)) { try file.read(2) }
            #expect(throws: FileError.ended(path)) { try file.read(-1) }
            #expect(throws: FileError.ended(path)) { try file.read(.max) }
            #expect(try file.read(1) == [4])
            #expect(try file.read(0) == [])
            #expect(throws: FileError(path: folder.path, reason: "not a regular file")) { try InputFile(folder.path) }
            #expect(throws: FileError(path: path + "x", reason: "No such file or directory")) {
                try InputFile(path + "x")
            }
        }
    }
}
