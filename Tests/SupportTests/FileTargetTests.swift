import Foundation
import Support
import TestSupport
import Testing

/// What stays as it was where a file is replaced.
struct FileTargetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func names() throws -> [String] { try FileSystem.names(in: folder.path) }

    @Test(arguments: [0o600, 0o640, 0o644, 0o755, 0o666, 0o4711]) func theModeIsKept(mode: Int) throws {
        let path = try folder.write([1], to: "a")
        chmod(path, mode_t(mode))
        try WholeFile.replace(path, with: Data([2]))
        #expect(try self.mode(path) == mode)
        #expect(try folder.bytes("a") == [2])
    }

    @Test func aNewFileHasTheModeThatTheUmaskLeaves() throws {
        let path = folder.path("a")
        try WholeFile.replace(path, with: Data())
        close(open(folder.path("b"), O_CREAT | O_WRONLY, 0o666))
        #expect(try mode(path) == mode(folder.path("b")))
    }

    @Test func linksAreFollowed() throws {
        try FileSystem.makeFolder(folder.path("deep/er"))
        try folder.write([1], to: "deep/er/file")
        let links = [
            ("one", "deep/er/file"), ("two", folder.path("one")), ("deep/three", "er/../../two"), ("new", "deep/made"),
        ]
        for (name, target) in links { symlink(target, folder.path(name)) }
        for (index, name) in ["one", "two", "deep/three"].enumerated() {
            try WholeFile.replace(folder.path(name), with: Data([UInt8(index)]))
            #expect(try folder.bytes("deep/er/file") == [UInt8(index)])
        }
        try WholeFile.replace(folder.path("new"), with: Data([9]))
        #expect(try folder.bytes("deep/made") == [9])
        for (name, target) in links { #expect(FileSystem.link(at: folder.path(name)) == target) }
        #expect(try names() == ["deep", "new", "one", "two"])
        symlink("circle", folder.path("circle"))
        symlink("nowhere/file", folder.path("lost"))
        for name in ["circle", "lost"] {
            let error = try #require(throws: FileError.self) {
                try WholeFile.replace(folder.path(name), with: Data())
            }
            #expect(error.path == folder.path(name))
        }
    }

    @Test func foldersInTheWayAreNamed() throws {
        try FileSystem.makeFolder(folder.path("deep"))
        symlink("deep", folder.path("link"))
        for name in ["deep", "link"] {
            #expect(throws: FileError(path: folder.path(name), reason: "is a folder, not a file")) {
                try WholeFile.replace(folder.path(name), with: Data())
            }
        }
        #expect(throws: FileError.self) { try WholeFile.replace(folder.path("a/"), with: Data()) }
        #expect(throws: FileError.self) { try WholeFile.replace("", with: Data()) }
        #expect(try names() == ["deep", "link"])
    }

    @Test func devicesAreWrittenInto() throws {
        symlink("/dev/null", folder.path("null"))
        try WholeFile.replace(folder.path("null"), with: Data([1]))
        #expect(FileSystem.link(at: folder.path("null")) == "/dev/null")
        #expect(FileSystem.kind("/dev/null") == .stream)
        symlink("/dev/full", folder.path("full"))
        for path in ["/dev/full", folder.path("full")] {
            #expect(throws: FileError(path: path, reason: "No space left on device")) {
                try WholeFile.replace(path, with: Data([1]))
            }
        }
        #expect(FileSystem.kind("/dev/full") == .stream)
    }

    @Test func pipesAreWrittenInto() throws {
        let path = folder.path("pipe")
        mkfifo(path, 0o600)
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let reading = Reading(path)
        try WholeFile.replace(path, with: Data(bytes))
        #expect(reading.result() == bytes)
        #expect(FileSystem.kind(path) == .stream)
        #expect(try names() == ["pipe"])
    }

    @Test func whatAProcessHasOpenedIsWrittenInto() throws {
        let path = folder.path("a")
        let file = open(path, O_CREAT | O_RDWR, 0o600)
        defer { close(file) }
        for (index, name) in ["/dev/fd/\(file)", "/proc/self/fd/\(file)"].enumerated() {
            try WholeFile.replace(name, with: Data([UInt8(index)]))
        }
        #expect(try folder.bytes("a") == [0, 1])
        #expect(try names() == ["a"])
    }

    /// In a process of its own, which is not root's while it tries: root may write anywhere.
    @Test func whatMayNotBeWrittenIsLeftAlone() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = try folder.write([1], to: "a")
            let user = geteuid()
            if user == 0 {
                chown(folder.path, 65534, 65534)
                chown(path, 65534, 65534)
                try #require(setreuid(65534, 65534) == 0)
            }
            chmod(path, 0o400)
            #expect(throws: FileError(path: path, reason: "Permission denied")) {
                try WholeFile.replace(path, with: Data([2]))
            }
            chmod(path, 0o600)
            chmod(folder.path, 0o500)
            let error = try #require(throws: FileError.self) { try WholeFile.replace(path, with: Data([2])) }
            #expect(error.description.contains("\(path): no file can be made in its folder (Permission denied)"))
            #expect(try folder.bytes("a") == [1])
            chmod(folder.path, 0o700)
        }
    }
}
