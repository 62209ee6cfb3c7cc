import Foundation
import Support
import Tensors
import TestSupport
import Testing

struct NumPyArchiveTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An archive of arange(6) of type int32 as "a" (stored) and 0.5 as float64 "b" (deflated), made by NumPy.
    private static let fromNumPy = Data(
        base64Encoded: """
            UEsDBBQAAAAAAAAAIQBQtE2EmAAAAJgAAAAFAAAAYS5ucHmTTlVNUFkBAHYAeydkZXNjcic6ICc8aTQnLCAnZm9ydHJhbl9vcmRlcic6
            IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
            ICAgICAgCgAAAAABAAAAAgAAAAMAAAAEAAAABQAAAFBLAwQUAAAACAAAACEAcO6SaUcAAACIAAAABQAAAGIubnB5m+wX6hsQychQxlCt
            npJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkamjoKtQoUAS4GMHhgDwBQSwECFAMUAAAAAAAAACEAULRN
            hJgAAACYAAAABQAAAAAAAAAAAAAAgAEAAAAAYS5ucHlQSwECFAMUAAAACAAAACEAcO6SaUcAAACIAAAABQAAAAAAAAAAAAAAgAG7AAAA
            Yi5ucHlQSwUGAAAAAAIAAgBmAAAAJQEAAAAA
            """, options: .ignoreUnknownCharacters)

    @Test func whatIsWrittenIsRead() throws {
        let generator = RandomGenerator(seed: 1)
        let tensors: [(name: String, tensor: Tensor)] = [
            ("z", try .randn([40, 50], generator: generator)), ("a/b", try .randn([2, 3], generator: generator)),
            ("\u{3BC}", try Tensor(2)), ("empty", try .zeros([0])),
            ("turned", try Tensor.randn([3, 4], generator: generator).transposed(1, 2)),
        ]
        try NumPyArchive.write(tensors, to: folder.path("file"))
        let read = try NumPyArchive.read(folder.path("file"))
        #expect(read.map(\.name) == tensors.map(\.name))
        #expect(read.map(\.tensor.shape) == tensors.map(\.tensor.shape))
        #expect(read.map(\.tensor.values) == tensors.map(\.tensor.values))
        let bytes = try folder.bytes()
        try NumPyArchive.write(tensors, to: folder.path("file"))
        #expect(try folder.bytes() == bytes)
        #expect(try folder.names() == ["file"])
    }

    @Test func zerosAreWrittenSmall() throws {
        try NumPyArchive.write([("x", .zeros([10_000]))], to: folder.path("file"))
        #expect(try folder.bytes().count < 1000)
        #expect(try NumPyArchive.read(folder.path("file"))[0].tensor.values.allSatisfy { $0 == 0 })
    }

    @Test func archivesOfNumPyAreRead() throws {
        let path = try folder.write(Array(try #require(Self.fromNumPy)))
        let read = try NumPyArchive.read(path)
        #expect(read.map(\.name) == ["a", "b"])
        #expect(read.map(\.tensor.values) == [[0, 1, 2, 3, 4, 5], [0.5]])
        #expect(read.map(\.tensor.shape) == [[2, 3], []])
    }

    @Test func whatIsNoArchiveIsRefused() throws {
        let path = try folder.write(Array("not a zip archive at all".utf8))
        let error = try #require(throws: FileError.self) { try NumPyArchive.read(path) }
        #expect(error.path == path)
        #expect(throws: FileError.self) { try NumPyArchive.read(folder.path("missing")) }
        #expect(throws: FileError.self) { try NumPyArchive.write([("x", Tensor(1))], to: folder.path("missing/x")) }
    }

    @Test func namesAreChecked() throws {
        let x = try Tensor(1)
        #expect(throws: TensorError.self) { try NumPyArchive.write([("x", x), ("x", x)], to: folder.path("file")) }
        #expect(throws: TensorError.self) { try NumPyArchive.write([], to: folder.path("file")) }
        // The format has no room for them.
        for name in ["a\0b", String(repeating: "x", count: 65532)] {
            #expect(throws: TensorError.self) { try NumPyArchive.write([(name, x)], to: folder.path("file")) }
        }
        #expect(try folder.names().isEmpty)
    }

    @Test func aChangedNumberIsNoticed() throws {
        var bytes = Array(try #require(Self.fromNumPy))
        let number = try #require(bytes.indices.first { bytes[$0...].starts(with: [1, 0, 0, 0, 2, 0, 0, 0]) })
        bytes[number] = 7
        #expect(throws: FileError.self) { try NumPyArchive.read(try folder.write(bytes)) }
    }

    @Test func damagedFilesNeverEndTheProcess() throws {
        try NumPyArchive.write(
            [("x", .randn([5, 6], generator: RandomGenerator(seed: 1))), ("y", .ones([3]))], to: folder.path("file"))
        var refused = 0
        try folder.damage(try folder.bytes(), count: 600, headerBytes: 64, seed: 5) { path in
            do { _ = try NumPyArchive.read(path) } catch { refused += 1 }
        }
        #expect(refused > 300)
    }
}
