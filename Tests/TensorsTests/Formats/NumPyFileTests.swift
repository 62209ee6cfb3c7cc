import Foundation
import Support
import Tensors
import TestSupport
import Testing

struct NumPyFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file as NumPy writes it.
    private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) throws -> String {
        let length = UInt32(header.utf8.count)
        let lengthBytes = withUnsafeBytes(of: length.littleEndian) { Array($0) }
        let head = [0x93] + Array("NUMPY".utf8) + [version, 0] + lengthBytes.prefix(version == 1 ? 2 : 4)
        return try folder.write(head + Array(header.utf8) + data)
    }

    private func header(_ type: String, fortran: Bool = false, shape: String = "(2, 2)") -> String {
        "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
    }

    private func bytes<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

    @Test(arguments: [[], [0], [1], [5], [3, 4], [2, 0, 3], [2, 3, 4, 5]])
    func whatIsWrittenIsRead(shape: [Int]) throws {
        let tensor = try Tensor.randn(shape, generator: RandomGenerator(seed: 1))
        try NumPyFile.write(tensor, to: folder.path("file"))
        let read = try NumPyFile.read(folder.path("file"))
        #expect(read.shape == shape)
        #expect(read.values == tensor.values)
    }

    @Test func theNumbersBeginAtAMultipleOf64() throws {
        for shape in [[], [1], [10, 10], [1, 1, 1, 1, 1, 1, 1, 1]] {
            let tensor = try Tensor.zeros(shape)
            try NumPyFile.write(tensor, to: folder.path("file"))
            let bytes = try folder.bytes()
            #expect((bytes.count - tensor.count * 4) % 64 == 0)
            #expect(bytes[bytes.count - tensor.count * 4 - 1] == UInt8(ascii: "\n"))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt8])
    func everyTypeAndByteOrderIsRead(version: UInt8) throws {
        let values: [Float] = [0, 1, 100, -3]
        func check<Bits: FixedWidthInteger>(_ type: String, _ bits: [Bits], _ expected: [Float]) throws {
            for (mark, numbers) in [("<", bits), ("=", bits), (">", bits.map(\.byteSwapped))] {
                let path = try file(header(mark + type), bytes(numbers), version: version)
                #expect(try NumPyFile.read(path).values == expected, "\(mark)\(type)")
            }
        }
        try check("f8", values.map { Double($0).bitPattern }, values)
        try check("f4", values.map(\.bitPattern), values)
        try check("f2", values.map { Float16($0).bitPattern }, values)
        try check("i1", values.map { Int8($0) }, values)
        try check("i2", values.map { Int16($0) }, values)
        try check("i4", values.map { Int32($0) }, values)
        try check("i8", values.map { Int64($0) }, values)
        try check("u1", [0, 1, 200, 255] as [UInt8], [0, 1, 200, 255])
        try check("u2", [0, 1, 200, 65535] as [UInt16], [0, 1, 200, 65535])
        try check("u4", [0, 1, 200, .max] as [UInt32], [0, 1, 200, 0x1p32])
        try check("u8", [0, 1, 200, .max] as [UInt64], [0, 1, 200, 0x1p64])
        #expect(try NumPyFile.read(file(header("|b1"), [0, 1, 0, 1], version: version)).values == [0, 1, 0, 1])
    }

    @Test func fortranOrderIsRead() throws {
        let path = try file(header("<i2", fortran: true, shape: "(2, 3)"), bytes([1, 4, 2, 5, 3, 6] as [Int16]))
        let tensor = try NumPyFile.read(path)
        #expect(tensor.shape == [2, 3])
        #expect(tensor.values == [1, 2, 3, 4, 5, 6])
    }

    @Test(arguments: [
        "{'shape':(2,),'descr':\"<f4\",'fortran_order':False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }   ",
        " {\"descr\" : \"<f4\" , \"shape\" : ( 2 ) , \"fortran_order\" : True , } ",
    ])
    func headersOfOtherWritersAreRead(header: String) throws {
        #expect(try NumPyFile.read(file(header, bytes([1, 2] as [Float]))).values == [1, 2])
    }

    @Test(arguments: [
        ("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", 16, "unsupported type '<c8'"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 16, "unsupported type '|O'"),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", 8, "structured types"),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", 8, "'False' expected"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8, "no list of sizes"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8, "unexpected 'x'"),
        ("{'descr': '<f4', 'descr': '<f4', 'shape': (2,), }", 8, "unexpected 'descr'"),
        ("{'descr': '<f4', 'shape': (2,), }", 8, "lacks descr, fortran_order or shape"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 8, "8 bytes follow its header"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 8, "8 bytes follow its header"),
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 2), }", 8,
            "8 bytes follow its header"
        ),
        ("", 8, "'{' expected"),
    ])
    func malformedFilesAreRefused(header: String, dataBytes: Int, reason: String) throws {
        let path = try file(header, [UInt8](repeating: 0, count: dataBytes))
        let error = try #require(throws: FileError.self) { try NumPyFile.read(path) }
        #expect(error.path == path)
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test func headersBeyondTheFileAreRefused() throws {
        let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
        for bytes in [
            [], [1, 2, 3], magic + [1, 0], magic + [4, 0, 1, 0, 0], magic + [2, 0, 255, 255, 255, 255, 0],
        ] {
            #expect(throws: FileError.self) { try NumPyFile.read(try folder.write(bytes)) }
        }
    }

    @Test func damagedFilesNeverEndTheProcess() throws {
        try NumPyFile.write(try Tensor.randn([3, 4], generator: RandomGenerator(seed: 1)), to: folder.path("file"))
        var refused = 0
        try folder.damage(try folder.bytes(), count: 600, headerBytes: 128, seed: 4) { path in
            do { _ = try NumPyFile.read(path) } catch { refused += 1 }
        }
        #expect(refused > 300)
    }
}
