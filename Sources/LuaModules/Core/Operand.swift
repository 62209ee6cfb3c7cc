import LuaBridge
import Tensors

/// An argument that is a tensor or a number.
public typealias Operand = LuaEither<Tensor, Float>

extension LuaEither where First == Tensor, Second == Float {
    /// The tensor, or the number as a scalar.
    public func tensor() throws(TensorError) -> Tensor {
        switch self {
        case .first(let tensor): tensor
        case .second(let number): try Tensor(number)
        }
    }
}

/// One dimension or a list of them, counted from 1, or from -1 backwards.
public struct Dimensions: LuaDecodable {
    /// The dimensions.
    public let values: [Int]

    /// "integer or list of integers".
    public static var luaTypeName: String { LuaEither<Int, [Int]>.luaTypeName }

    /// An integer, or a list of them.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Dimensions {
        switch try LuaEither<Int, [Int]>.decode(stack, at: index) {
        case .first(let value): Dimensions(values: [value])
        case .second(let values): Dimensions(values: values)
        }
    }
}
