import LuaBridge
import Tensors

/// A size in each direction: one number for all of them, or a list of one for each.
struct Directions: LuaDecodable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    let values: [Int]

    init(_ values: [Int]) { self.values = values }

    init(integerLiteral value: Int) { self.init([value]) }

    static var luaTypeName: String { "integer or list of integers" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Directions {
        switch try LuaEither<Int, [Int]>.decode(stack, at: index) {
        case .first(let value): Directions([value])
        case .second(let values): Directions(values)
        }
    }

    var description: String {
        values.count == 1 ? "\(values[0])" : "{" + values.map(String.init).joined(separator: ", ") + "}"
    }
}

/// How a loss over voxels becomes a number: "mean" or "sum", or "none" for the tensor itself.
extension Reduction: LuaDecodable {
    /// The three names.
    public static var luaTypeName: String { "'mean', 'sum' or 'none'" }

    /// The reduction of a name.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Reduction {
        switch try String.decode(stack, at: index) {
        case "mean": return .mean
        case "sum": return .sum
        case "none": return .none
        case let other: throw LuaMismatch("'mean', 'sum' or 'none' expected, got '\(other)'")
        }
    }
}
