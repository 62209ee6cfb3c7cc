import Foundation
import Support
import TestSupport
import Testing

/// Folders and files whose names are any bytes.
struct FileSystemTests {
    static let names: [[UInt8]] = [
        Array("plain".utf8), Array("é".utf8), Array("e\u{301}".utf8), [0x4D, 0xFC, 0x6C], Array("\u{301}x".utf8),
        Array("new\nline".utf8), Array(" -leading".utf8), Array("-rf".utf8), [0xFF, 0xFE], [0xF4, 0x8F, 0xBE, 0x81],
        [UInt8](repeating: 0xE9, count: 255), [UInt8](repeating: 0x61, count: 255), Array("a\\b".utf8), [0x0D, 0x0A],
    ]

    @Test func namesAreListedAsTheyWereWritten() throws {
        let folder = try TemporaryFolder()
        for name in Self.names {
            let path = "\(folder.path)/\(String(rawBytes: name))"
            try WholeFile.replace(path, with: Data(name))
            #expect(try InputFile.bytes(of: path) == name)
            #expect(FileSystem.kind(path) == .file && path.lastPathPart.rawBytes == name)
        }
        let listed = try FileSystem.names(in: folder.path).map(\.rawBytes)
        #expect(listed == Self.names.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test(arguments: names) func foldersAreMadeUnderTheirBytes(name: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/\(String(rawBytes: name))/b/\(String(rawBytes: name))"
        try FileSystem.makeFolder(path)
        try FileSystem.makeFolder(path)
        #expect(FileSystem.kind(path) == .folder)
        #expect(try FileSystem.names(in: folder.path).map(\.rawBytes) == [name])
        try WholeFile.replace(path + "/file", with: Data())
        #expect(throws: FileError.self) { try FileSystem.makeFolder(path + "/file") }
        #expect(throws: FileError.self) { try FileSystem.makeFolder(path + "/file/c") }
    }

    @Test func linesAreAddedAndACutOneIsEnded() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("lines")
        try FileSystem.append("a\n", to: path, mode: 0o600)
        try FileSystem.append("b", to: path)
        try FileSystem.append("c\n", to: path)
        #expect(try folder.bytes("lines") == Array("a\nb\nc\n".utf8))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(throws: FileError(path: folder.path, reason: "Is a directory")) {
            try FileSystem.append("a", to: folder.path)
        }
    }

    @Test func aFileIsMadeWhereThereIsNone() throws {
        let folder = try TemporaryFolder()
        #expect(FileSystem.makeFile(folder.path("a"), of: [1, 2]) == 0)
        #expect(FileSystem.makeFile(folder.path("a"), of: [3]) == EEXIST)
        #expect(FileSystem.makeFile(folder.path("b/c"), of: [3]) == ENOENT)
        #expect(try folder.names() == ["a"] && folder.bytes("a") == [1, 2])
    }

    @Test func aPathWithTheByteZeroLeadsNowhere() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "a")
        #expect(FileSystem.kind(folder.path("a\0b")) == nil)
        #expect(throws: FileError.self) { try WholeFile.replace(folder.path("b\0c"), with: Data()) }
        #expect(try folder.names() == ["a"])
    }

    @Test func aFolderIsRemovedWithWhatIsInItAndNotWithWhatLinksLeadTo() throws {
        let root = try TemporaryFolder()
        let (folder, kept) = (root.path("folder"), root.path("kept"))
        try FileSystem.makeFolder(folder + "/a/b")
        try FileSystem.makeFolder(kept)
        try WholeFile.replace(kept + "/file", with: Data("x".utf8))
        try WholeFile.replace(folder + "/a/file", with: Data("x".utf8))
        try FileManager.default.createSymbolicLink(atPath: folder + "/a/link", withDestinationPath: kept)
        FileSystem.removeFolder(folder)
        #expect(!FileSystem.exists(folder) && FileSystem.exists(kept + "/file"))
    }
}
