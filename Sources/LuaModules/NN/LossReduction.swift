import LuaBridge
import Tensors

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
