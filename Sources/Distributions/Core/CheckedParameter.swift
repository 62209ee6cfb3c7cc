import Support
import Tensors

/// A parameter of a distribution or a bijector, and what is required of it.
struct CheckedParameter {
    private let name: String
    private let tensor: Tensor
    private let range: NumberRange
    /// The number of its last dimensions that belong to one event, such as 1 for the location of a vector.
    private let eventRank: Int

    /// A parameter whose numbers lie in `range`; all but its last `eventRank` dimensions are batches.
    init(_ name: String, _ tensor: Tensor, in range: NumberRange = .finite, eventRank: Int = 0) {
        (self.name, self.tensor, self.range, self.eventRank) = (name, tensor, range, eventRank)
    }

    /// Throws where a number lies outside the range; the error names its place and value.
    func check(_ operation: String) throws(TensorError) {
        guard tensor.rank >= eventRank else {
            throw .shape(
                operation: operation, parameter: name, shape: tensor.shape,
                expected: "at least \(eventRank) \(eventRank == 1 ? "dimension" : "dimensions")")
        }
        let numbers = try tensor.numbers()
        guard let place = numbers.firstIndex(where: { !range.contains(Double($0)) }) else { return }
        // The shortest decimal of single precision is what was likely written.
        let value = Double("\(numbers[place])") ?? .nan
        throw .argument(
            operation: operation, parameter: name + Self.index(of: place, in: tensor.shape),
            value: NumberRange.text(value), expected: range.expectation(for: value))
    }

    /// Checks all `parameters` of the distribution `kind`.
    ///
    /// - Returns: The shape of the batch, to which they broadcast.
    static func batchShape(_ kind: String, _ parameters: CheckedParameter...) throws(TensorError) -> [Int] {
        var batch: [Int] = []
        for parameter in parameters {
            try parameter.check(kind)
            let own = Array(parameter.tensor.shape.dropLast(parameter.eventRank))
            guard let shape = try? Shape.broadcast(batch, own, operation: kind) else {
                throw .shape(
                    operation: kind, parameter: parameter.name, shape: parameter.tensor.shape,
                    expected: "batches that broadcast with \(batch.shapeText)")
            }
            batch = shape
        }
        _ = try Shape.count(batch, operation: kind)
        return batch
    }

    /// The index of the element `place` of a tensor as scripts write it, such as "[{2, 3}]"; empty for a scalar.
    static func index(of place: Int, in shape: [Int]) -> String {
        guard !shape.isEmpty else { return "" }
        var (rest, index) = (place, [Int]())
        for size in shape.reversed() {
            index.insert(rest % max(size, 1) + 1, at: 0)
            rest /= max(size, 1)
        }
        return index.count == 1 ? "[\(index[0])]" : "[{" + index.map(String.init).joined(separator: ", ") + "}]"
    }
}
