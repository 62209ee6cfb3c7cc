import Foundation
import Inference
import Tensors
import Testing

/// A file of reference values, computed by PyTorch in float64, which lies with the tests of Tensors.
struct Fixture {
    let tensors: [String: Tensor]

    init(_ name: String) throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        tensors = try SafeTensors.read(tests.path + "/TensorsTests/Fixtures/" + name + ".safetensors").tensors
    }

    subscript(name: String) -> Tensor {
        get throws { try #require(tensors[name], "the fixture has no \(name)") }
    }

    /// The tensors whose names begin with `prefix`, without it.
    func named(_ prefix: String) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
            result[String(name.dropFirst(prefix.count))] = tensor
        }
        return result
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

/// The mean of `values` and the standard error of that mean.
func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count - 1, 1))
    return (mean, (square / Double(values.count)).squareRoot())
}

/// Expects the mean of independent `values` to be `expected` within four standard errors.
func expectMean(
    _ values: [Double], _ expected: Double, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    let (mean, error) = meanAndError(values)
    #expect(
        abs(mean - expected) < 4 * error + 1e-6, "\(what): \(mean) +- \(error), expected \(expected)",
        sourceLocation: sourceLocation)
}

extension Tensor {
    /// The elements in Double.
    var doubles: [Double] { values.map(Double.init) }

    /// The only element in Double.
    func number() throws -> Double { Double(try item()) }
}
