import LuaBridge
import Tensors

/// An argument that is a tensor, or the numbers of one.
public struct TensorData: LuaDecodable {
    /// The tensor given, or a new one of the numbers given.
    public let tensor: Tensor

    /// "Tensor, number or list of numbers".
    public static var luaTypeName: String { "Tensor, number or list of numbers" }

    /// A tensor, a number, or a table of numbers nested as deep as there are dimensions.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> TensorData {
        if let tensor = try? Tensor.decode(stack, at: index) { return TensorData(tensor: tensor) }
        guard ["number", "boolean", "table"].contains(stack.typeName(at: index)) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return TensorData(tensor: try NestedNumbers.decode(stack, at: index).tensor())
    }
}
