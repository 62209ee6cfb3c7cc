import Figures
import LuaBridge

/// Bins of one method, bins by name, or a list of {name =, bins =}.
struct ReliabilitySeries: LuaDecodable {
    let series: [ReliabilityFigure.Series]

    static var luaTypeName: String { "list of bins, table of such lists, or list of tables {name, bins}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ReliabilitySeries {
        if let named = try? [String: LuaTable].decode(stack, at: index), !named.isEmpty {
            let bins = try [String: [One]].decode(stack, at: index).sorted { $0.key < $1.key }
            return ReliabilitySeries(series: bins.map { .init(name: $0.key, bins: $0.value.map(\.bin)) })
        }
        // The first field tells bins from methods, so that a mistake in one is reported as a mistake in that.
        let tables = try [LuaTable].decode(stack, at: index)
        if let first = tables.first, (try? first.get("count", as: Int?.self)) ?? nil != nil {
            return ReliabilitySeries(series: [.init(name: "", bins: try [One].decode(stack, at: index).map(\.bin))])
        }
        return ReliabilitySeries(series: try [Method].decode(stack, at: index).map(\.series))
    }

    /// A bin as `volumes.calibration` gives it.
    private struct One: LuaDecodable {
        let bin: ReliabilityFigure.Bin

        static var luaTypeName: String { "table {lower, upper, count, confidence, frequency}" }

        static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> One {
            let fields = try LuaFields(stack, at: index, ["lower", "upper", "count", "confidence", "frequency"])
            let lower = try fields.get("lower", as: Double.self)
            let upper = try fields.get("upper", as: Double.self)
            let count = try fields.get("count", as: Int.self)
            let confidence = try fields.get("confidence", as: Double?.self)
            let frequency = try fields.get("frequency", as: Double?.self)
            do throws(FigureError) {
                return One(
                    bin: try ReliabilityFigure.Bin(
                        lower: lower, upper: upper, count: count, confidence: confidence, frequency: frequency))
            } catch {
                throw LuaMismatch("\(error)")
            }
        }
    }

    private struct Method: LuaDecodable {
        let series: ReliabilityFigure.Series

        static var luaTypeName: String { "table {name, bins}" }

        static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Method {
            let fields = try LuaFields(stack, at: index, ["name", "bins"])
            let bins = try fields.get("bins", as: [One].self)
            return Method(
                series: .init(name: try fields.get("name", as: String?.self) ?? "", bins: bins.map(\.bin)))
        }
    }
}
