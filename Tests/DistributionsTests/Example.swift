import Distributions
import Support
import Tensors
import TestSupport
import Testing

/// A distribution that goes through all tests; it is made of the numbers of the reference file, each of which can be
/// moved a little.
struct Example: CustomTestStringConvertible {
    /// Where the density lies, so that its integral can be computed.
    enum Space {
        /// Numbers, of which the density is no more than finite.
        case numbers
        /// The whole numbers from 0 to one less.
        case classes(Int)
        /// Pairs of numbers.
        case plane
        /// Vectors of three numbers whose sum is 1.
        case simplex
    }

    /// The name in the reference file.
    let name: String
    let space: Space
    private let made: @Sendable (_ parameters: [String: Tensor]) throws -> any Distribution

    init(
        _ name: String, _ space: Space = .numbers,
        make: @escaping @Sendable (_ parameters: [String: Tensor]) throws -> any Distribution
    ) {
        (self.name, self.space, self.made) = (name, space, make)
    }

    var testDescription: String { name }

    /// The parameters of the reference file.
    var parameters: [String: Tensor] { get throws { try Reference.file.get().under(name + ".") } }

    /// The distribution of the reference file's parameters.
    var distribution: any Distribution { get throws { try made(parameters) } }

    /// The distribution of other parameters.
    func distribution(_ parameters: [String: Tensor]) throws -> any Distribution { try made(parameters) }

    /// What PyTorch or SciPy give; nil where neither has it.
    func reference(_ quantity: String) throws -> Tensor? { try Reference.file.get().tensors["\(name):\(quantity)"] }
}

extension Example: Sendable {}
extension Example.Space: Sendable {}

/// What `Fixtures/generate.py` computed.
struct Reference: @unchecked Sendable {
    static let file = Result { try Reference() }

    let tensors: [String: Tensor]

    init() throws {
        let path = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        tensors = try SafeTensors.read(path + "/Fixtures/reference.safetensors").tensors
    }

    /// The tensors under `prefix`, by the rest of their names.
    func under(_ prefix: String) -> [String: Tensor] {
        let found = tensors.filter { $0.key.hasPrefix(prefix) }
        return Dictionary(uniqueKeysWithValues: found.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
}

extension [String: Tensor] {
    /// Probabilities that the weights `name` are proportional to.
    func shares(_ name: String) throws -> Tensor {
        let weights = try get(name)
        return try weights / weights.sum([-1], keepDims: true)
    }

    /// The lower triangles of the 2x2 matrices `name`.
    func lower(_ name: String) throws -> Tensor { try get(name) * Tensor([1, 0, 1, 1], shape: [2, 2]) }

    /// The products of the matrices `name` with themselves transposed.
    func square(_ name: String) throws -> Tensor { try get(name).matmul(get(name).transposed(-2, -1)) }

    /// The parameter `name`.
    func get(_ name: String) throws -> Tensor {
        guard let tensor = self[name] else { throw Missing("there is no \(name)") }
        return tensor
    }
}

/// Expects `actual` to be `expected` up to 1e-5 of it, or of 0.2 where it is nearer to 0; NaN and infinity are
/// themselves.
func expectEqual(
    _ actual: Tensor, _ expected: Tensor, _ what: String, within tolerance: Float = 1e-5,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
    for (a, b) in zip(actual.values, expected.values) {
        let isEqual = a == b || (a.isNaN && b.isNaN) || abs(a - b) <= tolerance * max(0.2, abs(b))
        #expect(isEqual, "\(what): \(actual.values) is not \(expected.values)", sourceLocation: sourceLocation)
        if !isEqual { return }
    }
}

/// Expects the mean of each column of `draws` (draws x batch) to be `expected`, within five standard errors.
func expectMeans(
    _ draws: Tensor, _ expected: Tensor, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let (rows, columns) = (draws.shape[0], draws.count / draws.shape[0])
    #expect(expected.count == columns, "\(what)", sourceLocation: sourceLocation)
    let (values, means) = (draws.values.map(Double.init), expected.values.map(Double.init))
    for column in 0..<columns {
        let sample = (0..<rows).map { values[$0 * columns + column] }
        let mean = sample.reduce(0, +) / Double(rows)
        let variance = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows - 1)
        let error = (variance / Double(rows)).squareRoot()
        #expect(
            abs(mean - means[column]) <= 5 * error + 1e-5 * max(1, abs(mean)),
            "\(what), \(column): \(mean) +- \(error) is not \(means[column])", sourceLocation: sourceLocation)
    }
}
