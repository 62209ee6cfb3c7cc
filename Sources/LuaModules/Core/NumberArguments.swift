import LuaBridge
import Support
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

/// An argument that is a tensor, or the numbers of one.
public struct TensorData: LuaDecodable {
    /// The tensor given, or a new one of the numbers given.
    public let tensor: Tensor

    /// "Tensor, number or list of numbers".
    public static var luaTypeName: String { "Tensor, number or list of numbers" }

    /// "Tensors, numbers or lists of numbers".
    public static var luaTypePlural: String { "Tensors, numbers or lists of numbers" }

    /// A tensor, a number, or a table of numbers nested as deep as there are dimensions.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> TensorData {
        if let tensor = try? Tensor.decode(stack, at: index) { return TensorData(tensor: tensor) }
        guard ["number", "boolean", "table"].contains(stack.typeName(at: index)) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return TensorData(tensor: try NestedNumbers.decode(stack, at: index).tensor())
    }
}

/// Integers that scripts give as one number or as a list: dimensions, or a size in each direction.
struct Integers: LuaNumeric, ExpressibleByIntegerLiteral, CustomStringConvertible {
    let values: [Int]

    init(_ values: [Int]) { self.values = values }

    init(integerLiteral value: Int) { self.init([value]) }

    static var luaTypeName: String { LuaEither<Int, [Int]>.luaTypeName }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Integers {
        switch try LuaEither<Int, [Int]>.decode(stack, at: index) {
        case .first(let value): Integers([value])
        case .second(let values): Integers(values)
        }
    }

    func check(_ range: NumberRange) throws(LuaMismatch) {
        if values.count == 1 { try values[0].check(range) } else { try values.check(range) }
    }

    var description: String {
        values.count == 1 ? "\(values[0])" : "{" + values.map(String.init).joined(separator: ", ") + "}"
    }
}
