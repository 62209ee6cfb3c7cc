import Study
import Support
import Tensors
import TestSupport
import Testing

struct StoredValueTests {
    /// A value that a file must give back as it was.
    struct Case: CustomTestStringConvertible, @unchecked Sendable {
        let testDescription: String
        let value: StoredValue

        init(_ name: String, _ value: StoredValue) { (testDescription, self.value) = (name, value) }
    }

    static let scalars: [Case] = [
        Case("nothing", .nothing), Case("true", .boolean(true)), Case("0", .integer(0)), Case("0.0", .number(0)),
        Case("-0.0", .number(-0.0)), Case("1.0", .number(1)), Case("2^53", .integer(1 << 53)),
        Case("2^53 + 1", .integer(1 << 53 + 1)), Case("Int.max", .integer(.max)), Case("Int.min", .integer(.min)),
        Case("a third", .number(1 / 3)), Case("0.1 + 0.2", .number(0.1 + 0.2)), Case("1e300", .number(1e300)),
        Case("the least", .number(.leastNonzeroMagnitude)), Case("the greatest", .number(.greatestFiniteMagnitude)),
        Case("pi", .number(.pi)), Case("infinity", .number(.infinity)), Case("-infinity", .number(-.infinity)),
        Case("nan", .number(.nan)), Case("text", .text("é \"\\\n\0 \u{10FF80}")), Case("empty text", .text("")),
    ]

    static let tables: [Case] = [
        Case("list", .list(scalars.map(\.value))),
        Case("empty table", .table([:])),
        Case("fields", .fields(["a": .integer(1), "$tensor": .text("x"), "": .boolean(false)])),
        Case("one field with a dollar", .fields(["$number": .text("2")])),
        Case("$table alone", .fields(["$table": .list([])])),
        Case(
            "numbers as keys", .table([.integer(5): .integer(1), .integer(-1): .text("x"), .integer(.max): .number(2)])),
        Case("mixed keys", .table([.integer(1): .integer(1), .text("1"): .integer(2), .text("$integer"): .nothing])),
        Case(
            "deep", (0..<StoredValue.deepest).reduce(.integer(1)) { value, _ in .table([.integer(7): value]) }),
    ]

    @Test(arguments: scalars + tables)
    func `A file gives back the same value to the last bit`(_ value: Case) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/value.safetensors"
        try StoredFile.write(value.value, to: path)
        let back = try StoredFile.read(path)
        let same = back.isIdentical(to: value.value)
        #expect(same, "\(back)")
    }

    @Test func `Tensors come back at their places, whatever the names`() throws {
        let generator = RandomGenerator(seed: 1)
        func random(_ shape: [Int]) throws -> StoredValue { .tensor(try Tensor.randn(shape, generator: generator)) }
        let special = try Tensor([.nan, -.infinity, -0.0, 1e-45], shape: [2, 2])
        let strided = try Tensor.randn([3, 4], generator: generator).transposed(1, 2)
        let value = StoredValue.fields([
            "a/b": try random([3]), "a": .fields(["b": try random([1, 2])]), "a~1b": try random([]),
            "list": .list([.tensor(special), .tensor(strided), try random([0, 3])]),
            "keys": .table([.integer(9): try random([2])]),
        ])
        let folder = try TemporaryFolder()
        let path = folder.path + "/value.safetensors"
        try StoredFile.write(value, to: path)
        let (same, lone) = (try StoredFile.read(path).isIdentical(to: value), StoredValue.tensor(special))
        #expect(same)
        try StoredFile.write(lone, to: path)
        let alone = try StoredFile.read(path).isIdentical(to: lone)
        #expect(alone)
    }

    @Test func `Equal values give the same bytes`() throws {
        let folder = try TemporaryFolder()
        let names = (0..<50).map { "name \($0)" }
        for (file, order) in [("a", names), ("b", names.reversed())] {
            var fields: [StoredValue.Key: StoredValue] = [:]
            for name in order { fields[.text(name)] = .tensor(try Tensor.ones([2])) }
            try StoredFile.write(.table(fields), to: "\(folder.path)/\(file)")
        }
        let same = try folder.bytes("a") == folder.bytes("b")
        #expect(same)
    }

    @Test func `Every changed byte and every cut is noticed`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/value"
        let value = StoredValue.fields([
            "n": .integer(12), "t": .tensor(try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])),
        ])
        try StoredFile.write(value, to: path)
        let bytes = try folder.bytes("value")
        func isRefusedOrSame(_ bytes: [UInt8]) throws -> Bool {
            try folder.write(bytes, to: "value")
            do { return try StoredFile.read(path).isIdentical(to: value) } catch StudyError.damaged { return true }
        }
        var unnoticed: [Int] = []
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 8)
            if try !isRefusedOrSame(changed) { unnoticed.append(place) }
        }
        #expect(unnoticed.isEmpty)
        let cuts = try (0..<bytes.count).filter { try !isRefusedOrSame(Array(bytes.prefix($0))) }
        #expect(cuts.isEmpty)
        var last = bytes
        last[last.count - 1] ^= 0x10
        try folder.write(last, to: "value")
        #expect(thrownMessage { _ = try StoredFile.read(path) } == "\(path): damaged: its checksum is another")
    }

    @Test func `A file that is not there and one of another kind are named`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/none"
        #expect(thrownMessage { _ = try StoredFile.read(path) } == "\(path): No such file or directory")
        try SafeTensors.write([("a", try Tensor.ones([1]))], to: path)
        #expect(thrownMessage { _ = try StoredFile.read(path) } == "\(path): damaged: it holds no value of a study")
    }

    @Test func `Differences name the places and both values`() {
        let before = StoredValue.fields([
            "steps": .integer(90), "lr": .number(1), "channels": .list([.integer(1), .integer(2)]), "name": .text("a"),
            "same": .fields(["x": .number(.infinity)]),
        ])
        let now = StoredValue.fields([
            "steps": .integer(100), "lr": .integer(1), "channels": .list([.integer(1)]), "name": .text("b"),
            "same": .fields(["x": .number(.infinity)]), "added": .fields(["y": .boolean(true)]),
        ])
        #expect(
            before.differences(from: now).map(\.description) == [
                "added.y = nothing before, true now", "channels[2] = 2 before, nothing now", "lr = 1.0 before, 1 now",
                "name = \"a\" before, \"b\" now", "steps = 90 before, 100 now",
            ])
        #expect(before.differences(from: before).isEmpty)
    }
}
