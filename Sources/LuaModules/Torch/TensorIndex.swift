import LuaBridge
import Tensors

/// What stands between the brackets of `t[...]`.
enum TensorIndex: LuaDecodable {
    /// What is done with one dimension.
    enum Entry {
        case index(Int)
        case range(first: Int, last: Int, step: Int)
        case all
    }

    /// One entry for each of the first dimensions.
    case entries([Entry])
    /// A tensor that is not 0 where elements are meant.
    case mask(Tensor)

    static let luaTypeName = "integer, list of indices and ranges, or mask"
    static let summary = """
        an index of the first dimension; or a list with an index, a range {first, last[, step]} (both included) or {} \
        (all) for each of the first dimensions; or a mask, a tensor of the same shape that is 0 where elements are left out
        """

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> TensorIndex {
        if let place = try? Int.decode(stack, at: index) { return .entries([.index(place)]) }
        if let mask = try? Tensor.decode(stack, at: index) { return .mask(mask) }
        guard stack.typeName(at: index) == "table" else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return .entries(try [Entry].decode(stack, at: index))
    }

    /// The part of `tensor`, a view unless this is a mask.
    func part(of tensor: Tensor) throws(TensorError) -> Tensor {
        switch self {
        case .mask(let mask): try tensor.maskedSelect(mask)
        case .entries(let entries): try Self.part(entries, of: tensor)
        }
    }

    /// Replaces the part by `value`, which broadcasts.
    func assign(_ value: Tensor, in tensor: Tensor) throws(TensorError) {
        switch self {
        case .mask(let mask): try tensor.maskedAssign(value, where: mask)
        case .entries(let entries): try Self.part(entries, of: tensor).assign(value)
        }
    }

    private static func part(_ entries: [Entry], of tensor: Tensor) throws(TensorError) -> Tensor {
        guard entries.count <= tensor.rank else {
            throw .argument(
                operation: "index", parameter: "index", value: "for \(entries.count) dimensions",
                expected: "at most \(tensor.rank) for the shape \(tensor.shape.shapeText)")
        }
        var result = tensor
        var dim = 1
        for entry in entries {
            switch entry {
            case .index(let index): result = try result.select(dim, index)
            case .range(let first, let last, let step):
                result = try result.slice(dim, first, last, step: step)
                dim += 1
            case .all: dim += 1
            }
        }
        return result
    }
}

extension TensorIndex.Entry: LuaDecodable {
    static let luaTypeName = "index or {first, last[, step]}"

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self {
        if let place = try? Int.decode(stack, at: index) { return .index(place) }
        guard stack.typeName(at: index) == "table" else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        let range = try [Int].decode(stack, at: index)
        switch range.count {
        case 0: return .all
        case 2: return .range(first: range[0], last: range[1], step: 1)
        case 3: return .range(first: range[0], last: range[1], step: range[2])
        default: throw LuaMismatch("\(luaTypeName) expected, got a list of \(range.count)")
        }
    }
}
