import Foundation
import Tensors
import Testing

/// A file of reference values, computed by PyTorch in float64.
struct Fixture {
    /// The file's tensors.
    let tensors: [String: Tensor]

    init(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        tensors = try SafeTensors.read(folder.appendingPathComponent(name + ".safetensors").path).tensors
    }

    /// The tensor `name`, which must be there.
    subscript(name: String) -> Tensor {
        get throws { try #require(tensors[name], "the fixture has no \(name)") }
    }
}

/// Expects `actual` to be `expected`, up to 1e-4 of each value and 1e-5.
func expectClose(
    _ actual: Tensor?, _ expected: Tensor, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let actual = try #require(actual, "\(what) is missing", sourceLocation: sourceLocation)
    #expect(actual.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
    let pairs = Array(zip(actual.values, expected.values))
    let wrong = pairs.filter { !(abs($0 - $1) <= 1e-4 * abs($1) + 1e-5) }
    #expect(
        wrong.isEmpty, "\(what): \(wrong.count) of \(pairs.count) differ, such as \(wrong.prefix(3))",
        sourceLocation: sourceLocation)
}
