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
