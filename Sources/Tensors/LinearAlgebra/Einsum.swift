/// Sums of products by Einstein's convention.
extension Tensor {
    /// The sum of products that `equation` describes, such as "bij,bjk->bik": each dimension has a letter, dimensions
    /// of one letter have one index, and letters that the result does not have are summed over.
    ///
    /// "..." stands for any dimensions, which broadcast. Without "->", the result has the dimensions of "..." and then,
    /// in alphabetical order, the letters that are there once. Operands are multiplied from the left to the right, as
    /// products of matrices.
    public static func einsum(_ equation: String, _ operands: [Tensor]) throws(TensorError) -> Tensor {
        let plan = try EinsteinSum(equation, operands)
        guard var product = plan.terms.first else {
            throw .argument(operation: "einsum", parameter: "tensors", value: "none", expected: "one tensor or more")
        }
        for (index, term) in plan.terms.enumerated().dropFirst() {
            let later = plan.terms[(index + 1)...].flatMap(\.labels) + plan.result
            product = try product.multiplied(by: term, keeping: Set(later))
        }
        return try product.summed(keeping: Set(plan.result)).arranged(plan.result)
    }
}

/// What an equation says: the operands, each dimension with a label of its own, and the labels of the result.
private struct EinsteinSum {
    private(set) var terms: [LabelledTensor] = []
    let result: [Label]

    init(_ equation: String, _ operands: [Tensor]) throws(TensorError) {
        let text = equation.filter { $0 != " " }
        func wrong(_ expected: String) -> TensorError {
            .argument(operation: "einsum", parameter: "equation", value: "'\(equation)'", expected: expected)
        }
        let sides = text.split(separator: "->", omittingEmptySubsequences: false)
        guard sides.count <= 2 else { throw wrong("at most one '->'") }
        let inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false)
        guard inputs.count == operands.count else {
            throw wrong("the letters of \(operands.count) tensors, parted by commas")
        }
        var widest = 0
        var sizes: [Label: Int] = [:]
        for (number, (letters, operand)) in zip(inputs, operands).enumerated() {
            guard let subscripts = Subscripts(letters) else {
                throw wrong("letters, and '...' at most once for a tensor")
            }
            let free = operand.rank - subscripts.letterCount
            guard subscripts.hasEllipsis ? free >= 0 : free == 0 else {
                throw wrong("a letter for each dimension of tensor \(number + 1), of shape \(operand.shape.shapeText)")
            }
            widest = max(widest, subscripts.hasEllipsis ? free : 0)
            var term = LabelledTensor(tensor: operand, labels: subscripts.labels(free: free))
            try term.takeDiagonals()
            for (label, size) in zip(term.labels, term.tensor.shape) {
                let known = sizes[label] ?? 1
                guard size == known || size == 1 || known == 1 else {
                    throw .shape(
                        operation: "einsum", parameter: "tensor \(number + 1)", shape: operand.shape,
                        expected: "the size \(known) for \(label.text), which another dimension has")
                }
                sizes[label] = size == 1 ? known : size
            }
            terms.append(term)
        }
        if sides.count == 2 {
            guard let subscripts = Subscripts(sides[1]) else {
                throw wrong("letters, and '...' at most once, after '->'")
            }
            result = subscripts.labels(free: widest)
            guard Set(result).count == result.count else { throw wrong("each letter once after '->'") }
            for case .letter(let letter) in result where sizes[.letter(letter)] == nil {
                throw wrong("letters of the tensors after '->', and '\(letter)' is none")
            }
        } else {
            let all = inputs.joined().filter { $0 != "." }
            let single = Set(all).filter { letter in all.count { $0 == letter } == 1 }
            result = (0..<widest).reversed().map(Label.free) + single.sorted().map(Label.letter)
        }
    }
}

/// What a dimension of a term is called: a letter, or its place in "...", counted from the last from 0.
private enum Label: Hashable {
    case letter(Character)
    case free(Int)

    var text: String {
        switch self {
        case .letter(let letter): "'\(letter)'"
        case .free: "'...'"
        }
    }
}

/// The letters of one term, with the place of "..." among them.
private struct Subscripts {
    private let before: [Character]
    private let after: [Character]
    let hasEllipsis: Bool

    /// Nil where there is anything but letters and one "...".
    init?(_ text: Substring) {
        let parts = text.split(separator: "...", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.joined().allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
        (before, after, hasEllipsis) = (Array(parts[0]), parts.count == 2 ? Array(parts[1]) : [], parts.count == 2)
    }

    var letterCount: Int { before.count + after.count }

    /// The labels of all dimensions, where "..." stands for `free` ones.
    func labels(free: Int) -> [Label] {
        before.map(Label.letter) + (hasEllipsis ? (0..<free).reversed().map(Label.free) : []) + after.map(Label.letter)
    }
}

/// A tensor whose dimensions have labels, each once.
private struct LabelledTensor {
    var tensor: Tensor
    var labels: [Label]

    /// Makes one dimension of those that have one label.
    mutating func takeDiagonals() throws(TensorError) {
        while let first = labels.indices.first(where: { labels[($0 + 1)...].contains(labels[$0]) }) {
            let label = labels[first]
            let second = labels[(first + 1)...].firstIndex(of: label) ?? first
            guard tensor.shape[first] == tensor.shape[second] else {
                throw .shape(
                    operation: "einsum", parameter: "a tensor", shape: tensor.shape,
                    expected: "one size in the dimensions \(first + 1) and \(second + 1), both \(label.text)")
            }
            tensor = try tensor.diagonal(dim1: first + 1, dim2: second + 1)
            labels.remove(at: second)
            labels.remove(at: first)
            labels.append(label)
        }
    }

    /// Summed over all labels but `kept`.
    func summed(keeping kept: Set<Label>) throws(TensorError) -> LabelledTensor {
        let dims = labels.indices.filter { !kept.contains(labels[$0]) }
        if dims.isEmpty { return self }
        return LabelledTensor(tensor: try tensor.sum(dims.map { $0 + 1 }), labels: labels.filter(kept.contains))
    }

    /// Without the dimensions of size 1 that `other` has in another size.
    private func squeezed(against other: LabelledTensor) throws(TensorError) -> LabelledTensor {
        let kept = labels.indices.filter { dim in
            guard tensor.shape[dim] == 1, let place = other.labels.firstIndex(of: labels[dim]) else { return true }
            return other.tensor.shape[place] == 1
        }
        if kept.count == labels.count { return self }
        return LabelledTensor(
            tensor: try tensor.reshaped(kept.map { tensor.shape[$0] }), labels: kept.map { labels[$0] })
    }

    /// The dimensions in the order of `order`, in which those that are missing have size 1.
    func arranged(_ order: [Label]) throws(TensorError) -> Tensor {
        let dims = order.compactMap { labels.firstIndex(of: $0) }
        let permuted = dims == Array(labels.indices) ? tensor : try tensor.permuted(dims.map { $0 + 1 })
        if dims.count == order.count { return permuted }
        return try permuted.reshaped(
            order.map { label in labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1 })
    }

    /// The product, summed over all labels but `kept`.
    func multiplied(by other: LabelledTensor, keeping kept: Set<Label>) throws(TensorError) -> LabelledTensor {
        var (a, b) = (try squeezed(against: other), try other.squeezed(against: self))
        a = try a.summed(keeping: kept.union(b.labels))
        b = try b.summed(keeping: kept.union(a.labels))
        let shared = a.labels.filter(b.labels.contains)
        let (batch, inner) = (shared.filter(kept.contains), shared.filter { !kept.contains($0) })
        let (left, right) = (a.labels.filter { !shared.contains($0) }, b.labels.filter { !shared.contains($0) })
        let labels = batch + left + right
        if inner.isEmpty {
            return LabelledTensor(tensor: try a.arranged(labels) * b.arranged(labels), labels: labels)
        }
        func sizes(_ labels: [Label], of term: LabelledTensor) -> [Int] {
            labels.map { label in term.labels.firstIndex(of: label).map { term.tensor.shape[$0] } ?? 1 }
        }
        func size(_ labels: [Label], of term: LabelledTensor) -> Int { sizes(labels, of: term).reduce(1, *) }
        let (count, depth) = (size(batch, of: a), size(inner, of: a))
        let first = try a.arranged(batch + left + inner).reshaped([count, size(left, of: a), depth])
        let second = try b.arranged(batch + inner + right).reshaped([count, depth, size(right, of: b)])
        let product = try first.matmul(second)
        return LabelledTensor(
            tensor: try product.reshaped(sizes(batch, of: a) + sizes(left, of: a) + sizes(right, of: b)),
            labels: labels)
    }
}
