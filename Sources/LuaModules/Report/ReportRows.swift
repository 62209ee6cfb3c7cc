import Figures
import LuaBridge
import Study

/// A cell of a table: a string or a number.
extension ReportTable.Cell: LuaDecodable {
    /// "string or number".
    public static var luaTypeName: String { "string or number" }

    /// The string or the number.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ReportTable.Cell {
        switch try LuaEither<String, Double>.decode(stack, at: index) {
        case .first(let text): .text(text)
        case .second(let number): .number(number)
        }
    }
}

/// A list of figures, as a page takes them.
struct FigureList: LuaDecodable {
    let figures: [any Figure]

    static var luaTypeName: String { [FigureObject].luaTypeName }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> FigureList {
        FigureList(figures: try [FigureObject].decode(stack, at: index).map(\.figure))
    }
}
