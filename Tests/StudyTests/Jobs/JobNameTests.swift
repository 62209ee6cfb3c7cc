import Study
import TestSupport
import Testing

struct JobNameTests {
    @Test(arguments: ["a", "n05/split2/DWP", "a.b", "a b", "beta=0.5,n=5", String(repeating: "x", count: 100)])
    func `Names with parts are taken as they are`(_ name: String) throws {
        #expect(try JobName(name).description == name)
    }

    @Test(arguments: [
        ("", "parts of 1 to 100 characters between '/'"), ("/a", "parts of 1 to 100 characters between '/'"),
        ("a/", "parts of 1 to 100 characters between '/'"), ("a//b", "parts of 1 to 100 characters between '/'"),
        (String(repeating: "x", count: 101), "parts of 1 to 100 characters between '/'"),
        ("..", "no part that begins with '.' or ends with '.safetensors'"),
        ("a/../b", "no part that begins with '.' or ends with '.safetensors'"),
        ("a/.hidden", "no part that begins with '.' or ends with '.safetensors'"),
        ("a/result.safetensors", "no part that begins with '.' or ends with '.safetensors'"),
        ("a\0b", "letters, digits and the characters '._-+=, '"), ("é", "letters, digits and the characters '._-+=, '"),
        ("a\\b", "letters, digits and the characters '._-+=, '"),
        (Array(repeating: "long", count: 300).joined(separator: "/"), "at most 1000 characters"),
    ])
    func `Names that could leave the folder are refused`(_ name: String, _ expected: String) {
        #expect(thrownMessage { _ = try JobName(name) } == "job '\(name)': \(expected) expected in its name")
    }

    /// Computed apart from this code: FNV-1a of the seed's eight bytes and the name's.
    @Test(arguments: [
        ("a", UInt64(0), 0xE604613A248FF1AC), ("n05/split2/DWP", 1, 0x24A4B0FD7F902058),
        ("n05/split2/DWP", 1 << 63, 0x4FD002ACBED4D7D1),
    ])
    func `The seed is the hash that is documented`(_ name: String, _ study: UInt64, _ expected: UInt64) throws {
        #expect(try JobName(name).seed(study: study) == expected)
    }
}
