import LuaBridge
import Tensors

/// What stands between the brackets of `t[...]`.
struct TensorIndex: LuaDecodable {
    /// What is done with one dimension.
    enum Entry {
        case index(Int)
        case range(first: Int, last: Int, step: Int)
        case all
        /// Indices of a dimension, or a mask over one or more of them.
        case chosen(Tensor)
    }

    /// One entry for each of the first dimensions, or for several of them where it is a mask.
    private let entries: [Entry]

    static let luaTypeName = "integer, Tensor, or list of indices and ranges"
    static let summary = """
        an index of the first dimension; a tensor of indices of it, in any order; a mask over the first dimensions, as \
        comparisons give (or a tensor with zeros, which mark what is left out); or a list with an index, a range {first, \
        last[, step]} (both included), {} (all) or such a tensor for each of the first dimensions
        """

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> TensorIndex {
        if let place = try? Int.decode(stack, at: index) { return TensorIndex(entries: [.index(place)]) }
        if let tensor = try? Tensor.decode(stack, at: index) { return TensorIndex(entries: [.chosen(tensor)]) }
        guard stack.typeName(at: index) == "table" else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return TensorIndex(entries: try [Entry].decode(stack, at: index))
    }

    /// The indexed part of `tensor`: a copy where there are tensors among the indices, otherwise a view.
    func part(of tensor: Tensor) throws(TensorError) -> Tensor {
        let (view, choices) = try resolved(in: tensor)
        return try choices.isEmpty ? view : view.chosen(by: choices)
    }

    /// Replaces the part by `value`, which broadcasts.
    func assign(_ value: Tensor, in tensor: Tensor) throws(TensorError) {
        let (view, choices) = try resolved(in: tensor)
        _ = try choices.isEmpty ? view.assign(value) : view.assign(value, to: choices)
    }

    /// The view that indices and ranges make, and what tensors choose from it.
    private func resolved(in tensor: Tensor) throws(TensorError) -> (view: Tensor, choices: [Choice]) {
        var (view, choices, dim) = (tensor, [Choice](), 1)
        for entry in entries {
            if case .chosen(let indices) = entry {
                choices.append(try view.choice(indices, from: dim))
                dim = choices.last?.next ?? dim
                continue
            }
            guard dim <= view.rank else {
                throw .argument(
                    operation: "index", parameter: "index", value: "for \(entries.count) dimensions",
                    expected: "at most \(tensor.rank) for the shape \(tensor.shape.shapeText)")
            }
            switch entry {
            case .index(let index): view = try view.select(dim, index)
            case .range(let first, let last, let step):
                view = try view.slice(dim, first, last, step: step)
                dim += 1
            case .all, .chosen: dim += 1
            }
        }
        return (view, choices)
    }
}

extension TensorIndex.Entry: LuaDecodable {
    static let luaTypeName = "index, {first, last[, step]}, {} or Tensor of indices"

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self {
        if let place = try? Int.decode(stack, at: index) { return .index(place) }
        if let tensor = try? Tensor.decode(stack, at: index) { return .chosen(tensor) }
        guard stack.typeName(at: index) == "table" else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        let range = try [Int].decode(stack, at: index)
        switch range.count {
        case 0: return .all
        case 2: return .range(first: range[0], last: range[1], step: 1)
        case 3: return .range(first: range[0], last: range[1], step: range[2])
        default:
            throw LuaMismatch(
                "\(luaTypeName) expected, got a list of \(range.count): torch.tensor makes indices of a list")
        }
    }
}
