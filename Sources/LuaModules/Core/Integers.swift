import LuaBridge
import Support

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
