import Figures
import LuaBridge
import Tensors

/// Numbers to be drawn: a list of them, or a tensor's elements in order.
struct PlotNumbers: LuaDecodable {
    let values: [Double]

    static var luaTypeName: String { "Tensor or list of numbers" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> PlotNumbers {
        if let tensor = try? Tensor.decode(stack, at: index) {
            return PlotNumbers(values: try tensor.luaNumbers().map(Double.init))
        }
        guard stack.typeName(at: index) == "table" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        return PlotNumbers(values: try [Double].decode(stack, at: index))
    }
}

/// Numbers of one histogram, or of several in a table by name.
struct HistogramSeries: LuaDecodable {
    let series: [HistogramFigure.Series]

    static var luaTypeName: String { "Tensor, list of numbers, or table of such by name" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> HistogramSeries {
        do throws(LuaMismatch) {
            return HistogramSeries(series: [.init(name: "", values: try One.decode(stack, at: index).values)])
        } catch {
            // A tensor's error, that it is too large, is final; anything else may still be a table of series.
            if (try? Tensor.decode(stack, at: index)) != nil { throw error }
        }
        guard stack.typeName(at: index) == "table" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        let named = try [String: One].decode(stack, at: index).sorted { $0.key < $1.key }
        return HistogramSeries(series: named.map { .init(name: $0.key, values: $0.value.values) })
    }

    /// The numbers of one histogram; a tensor's stay in single precision, as there may be many.
    private struct One: LuaDecodable {
        let values: [Float]

        static var luaTypeName: String { PlotNumbers.luaTypeName }

        static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> One {
            if let tensor = try? Tensor.decode(stack, at: index) { return One(values: try tensor.luaNumbers()) }
            return One(values: try PlotNumbers.decode(stack, at: index).values.map(Float.init))
        }
    }
}

/// Points in a plane: {name =, x =, y =}, or a list of such.
struct ScatterSeries: LuaDecodable {
    let series: [ScatterFigure.Series]

    static var luaTypeName: String { "table {name, x, y} or list of such" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ScatterSeries {
        // A table without list elements is one group, so that an error speaks of a group and not of a list.
        if let table = try? LuaTable.decode(stack, at: index), (try? table.count()) == 0 {
            return ScatterSeries(series: [try One.decode(stack, at: index).series])
        }
        return ScatterSeries(series: try [One].decode(stack, at: index).map(\.series))
    }

    private struct One: PlotRow {
        static let fields = ["name", "x", "y"]
        let series: ScatterFigure.Series

        init(_ fields: LuaFields) throws {
            series = try ScatterFigure.Series(
                name: fields.get("name", as: String?.self) ?? "", x: fields.get("x", as: PlotNumbers.self).values,
                y: fields.get("y", as: PlotNumbers.self).values)
        }
    }
}
