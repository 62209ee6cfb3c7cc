import Foundation
import Support
import Tensors
import TestSupport
import Testing

struct SafeTensorsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file with the header `header` and then `data`.
    private func file(_ header: String, _ data: [UInt8], length: UInt64? = nil) throws -> String {
        let length = length ?? UInt64(header.utf8.count)
        return try folder.write(withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array(header.utf8) + data)
    }

    private func bytes<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

    @Test func whatIsWrittenIsRead() throws {
        let generator = RandomGenerator(seed: 1)
        let matrix = try Tensor.randn([3, 5], generator: generator)
        let volume = try Tensor.randn([2, 3, 4, 5, 6], generator: generator).channelsLast()
        let scalar = try Tensor(.pi)
        let empty = try Tensor.zeros([0, 4])
        let metadata = ["kind": "test", "config": "{\"a\": \"q\\\"\\n\u{1F600}\u{1}\"}"]
        let path = folder.path("a.safetensors")
        try SafeTensors.write(
            [("z", matrix), ("volume.transposed", try volume.transposed(3, 5)), ("s", scalar), ("empty", empty)],
            metadata: metadata, to: path)
        let (tensors, read) = try SafeTensors.read(path)
        #expect(read == metadata)
        #expect(tensors.count == 4)
        #expect(tensors["z"]?.values == matrix.values)
        #expect(tensors["volume.transposed"]?.shape == [2, 3, 6, 5, 4])
        #expect(try tensors["volume.transposed"]?.values == volume.transposed(3, 5).values)
        #expect(tensors["s"]?.shape == [])
        #expect(tensors["s"]?.values == [.pi])
        #expect(tensors["empty"]?.shape == [0, 4])
        #expect(try folder.names() == ["a.safetensors"])
    }

    @Test func integersAreWrittenAsSuch() throws {
        let path = folder.path("integers.safetensors")
        let numbers = try Tensor([1, -2, 16_777_216], shape: [3])
        try SafeTensors.write([("n", numbers), ("w", Tensor(0.5))], integers: ["n"], to: path)
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        #expect(text.contains(#""n":{"dtype":"I32""#) && text.contains(#""w":{"dtype":"F32""#))
        let read = try SafeTensors.read(path).tensors
        #expect(read["n"]?.values == numbers.values && read["w"]?.values == [0.5])
        for value in [Float(0.5), .nan, 3e9] {
            let error = #expect(throws: TensorError.self) {
                try SafeTensors.write([("n", Tensor(value))], integers: ["n"], to: path)
            }
            #expect(error?.description == "save: n is \(value) (expected a whole number below 2^31 in size)")
        }
        #expect(try SafeTensors.read(path).tensors["n"]?.values == numbers.values)
    }

    @Test func numbersBeginAtAMultipleOfEight() throws {
        for name in ["a", "ab", "abc", "abcdefgh"] {
            try SafeTensors.write([(name, Tensor(1))], to: folder.path("file"))
            let length = try folder.bytes()[0]
            #expect(length % 8 == 0)
            #expect(try folder.bytes().count == 8 + Int(length) + 4)
        }
    }

    @Test func everyTypeIsRead() throws {
        let values: [Float] = [0, 1, 100, -3]
        func read(_ type: String, _ data: [UInt8]) throws -> [Float]? {
            let header = "{\"x\":{\"dtype\":\"\(type)\",\"shape\":[2,2],\"data_offsets\":[0,\(data.count)]}}"
            return try SafeTensors.read(try file(header, data)).tensors["x"]?.values
        }
        #expect(try read("F64", bytes(values.map(Double.init))) == values)
        #expect(try read("F32", bytes(values)) == values)
        #expect(try read("F16", bytes(values.map { Float16($0).bitPattern })) == values)
        #expect(try read("BF16", bytes(values.map { UInt16($0.bitPattern >> 16) })) == values)
        #expect(try read("I8", bytes(values.map { Int8($0) })) == values)
        #expect(try read("I16", bytes(values.map { Int16($0) })) == values)
        #expect(try read("I32", bytes(values.map { Int32($0) })) == values)
        #expect(try read("I64", bytes(values.map { Int64($0) })) == values)
        #expect(try read("U8", [0, 1, 200, 255]) == [0, 1, 200, 255])
        #expect(try read("U16", bytes([0, 1, 200, 65535] as [UInt16])) == [0, 1, 200, 65535])
        #expect(try read("U32", bytes([0, 1, 200, .max] as [UInt32])) == [0, 1, 200, 0x1p32])
        #expect(try read("U64", bytes([0, 1, 200, .max] as [UInt64])) == [0, 1, 200, 0x1p64])
        #expect(try read("BOOL", [0, 1, 1, 0]) == [0, 1, 1, 0])
        let special: [Float16] = [.infinity, -.leastNonzeroMagnitude, .greatestFiniteMagnitude, -0]
        #expect(try read("F16", bytes(special.map(\.bitPattern))) == special.map(Float.init))
    }

    @Test(arguments: [
        ("[1,2]", 0, "its header is not a JSON object"),
        ("{", 0, "invalid JSON at byte 1: '\"' expected"),
        (
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3,
            "its tensors take 4 bytes, and 3 follow"
        ),
        (
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5,
            "its tensors take 4 bytes, and 5 follow"
        ),
        ("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "tensor 'x' of shape 2 and dtype F32"),
        ("{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "tensor 'x' has an impossible shape"),
        ("{\"x\":{\"dtype\":\"F32\",\"shape\":[0.5],\"data_offsets\":[0,4]}}", 4, "tensor 'x' has an impossible shape"),
        (
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,16],\"data_offsets\":[0,4]}}", 4,
            "tensor 'x' has an impossible shape"
        ),
        (
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4,
            "tensor 'x' has impossible data_offsets"
        ),
        ("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "tensor 'x' starts at byte 4"),
        (
            "{\"x\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
            "tensor 'x' has the unsupported dtype C64"
        ),
        ("{\"x\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor 'x' has no dtype"),
        ("{\"x\":{\"dtype\":\"F32\"}}", 4, "tensor 'x' lacks a shape"),
        ("{\"__metadata__\":{\"a\":1}}", 0, "metadata 'a' is not text"),
        (
            "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                + "\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, "the name 'x' comes twice"
        ),
        (
            "{\"x\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                + "\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}", 4, "tensor 'y' starts at byte 2"
        ),
    ])
    func malformedFilesAreRefused(header: String, dataBytes: Int, reason: String) throws {
        let path = try file(header, [UInt8](repeating: 0, count: dataBytes))
        let error = try #require(throws: FileError.self) { try SafeTensors.read(path) }
        #expect(error.path == path)
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test func absurdLengthsAreRefused() throws {
        for length in [100, UInt64(Int.max), .max] {
            let path = try file("{}", [], length: length)
            let error = try #require(throws: FileError.self) { try SafeTensors.read(path) }
            #expect(error.reason.contains("its header claims \(length) bytes, and 2 follow"))
        }
        #expect(throws: FileError.self) { try SafeTensors.read(try folder.write([1, 2, 3])) }
        #expect(throws: FileError.self) { try SafeTensors.read(try folder.write([])) }
        #expect(throws: FileError.self) { try SafeTensors.read(folder.path("missing")) }
        #expect(throws: FileError.self) { try SafeTensors.read("/dev/zero") }
        #expect(throws: FileError.self) { try SafeTensors.read(folder.path) }
    }

    @Test func damagedFilesNeverEndTheProcess() throws {
        let generator = RandomGenerator(seed: 2)
        try SafeTensors.write(
            [("weight", .randn([4, 3], generator: generator)), ("bias", .randn([4], generator: generator))],
            metadata: ["kind": "linear"], to: folder.path("file"))
        var refused = 0
        try folder.damage(try folder.bytes(), count: 600, headerBytes: 160, seed: 3) { path in
            do { _ = try SafeTensors.read(path) } catch { refused += 1 }
        }
        #expect(refused > 300)
    }

    @Test func namesAreChecked() throws {
        let x = try Tensor(1)
        #expect(throws: TensorError.self) { try SafeTensors.write([("x", x), ("x", x)], to: folder.path("a")) }
        #expect(throws: TensorError.self) { try SafeTensors.write([("__metadata__", x)], to: folder.path("a")) }
        #expect(try folder.names().isEmpty)
    }

    @Test func filesThatCannotBeWrittenAreNamed() throws {
        let path = folder.path("missing/a.safetensors")
        let error = try #require(throws: FileError.self) { try SafeTensors.write([("x", Tensor(1))], to: path) }
        #expect(error.description == "\(path): No such file or directory")
    }
}
