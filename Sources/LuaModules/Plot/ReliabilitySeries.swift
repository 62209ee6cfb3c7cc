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
        // The field `count` tells bins from methods, so that an error speaks of the kind that was meant.
        let tables = try [LuaTable].decode(stack, at: index)
        if let first = tables.first, (try? first.get("count", as: Int?.self)) ?? nil != nil {
            return ReliabilitySeries(series: [.init(name: "", bins: try [One].decode(stack, at: index).map(\.bin))])
        }
        return ReliabilitySeries(series: try [Method].decode(stack, at: index).map(\.series))
    }

    /// A bin as `volumes.calibration` gives it.
    private struct One: PlotRow {
        static let fields = ["lower", "upper", "count", "confidence", "frequency"]
        let bin: ReliabilityFigure.Bin

        init(_ fields: LuaFields) throws {
            bin = try ReliabilityFigure.Bin(
                lower: fields.get("lower"), upper: fields.get("upper"), count: fields.get("count"),
                confidence: fields.get("confidence"), frequency: fields.get("frequency"))
        }
    }

    private struct Method: PlotRow {
        static let fields = ["name", "bins"]
        let series: ReliabilityFigure.Series

        init(_ fields: LuaFields) throws {
            let bins = try fields.get("bins", as: [One].self).map(\.bin)
            series = .init(name: try fields.get("name", as: String?.self) ?? "", bins: bins)
        }
    }
}
