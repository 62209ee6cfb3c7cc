import Foundation
import Tensors
import Testing

/// A file of reference values, computed by PyTorch in float64.
package struct Fixture {
    /// A tensor that should be there is not.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Where the files are.
    package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

    /// The file's tensors.
    package let tensors: [String: Tensor]
    private let name: String

    /// Reads the file `name`.
    package init(_ name: String) throws {
        tensors = try SafeTensors.read("\(Self.folder)/\(name).safetensors").tensors
        self.name = name
    }

    /// The tensor `key`.
    package subscript(key: String) -> Tensor {
        get throws {
            guard let tensor = tensors[key] else { throw Missing(description: "\(name) has no \(key)") }
            return tensor
        }
    }

    /// The tensors under `prefix`, by the rest of their names.
    package func tensors(under prefix: String) -> [String: Tensor] {
        let found = tensors.filter { $0.key.hasPrefix(prefix) }
        return Dictionary(uniqueKeysWithValues: found.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
}

/// Expects `actual` to be `expected`, up to 1e-4 of each value and 1e-5.
package func expectClose(
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
