import Figures
import LuaBridge
import Tensors
import Volumes

/// A row of a figure of slices, {title =, scan =, truth =, maps =, captions =, slice =, spacing =, flipped =}.
struct SliceRow: LuaDecodable {
    let row: SliceFigure.Row

    static var luaTypeName: String { "table {title, scan, truth, maps ...}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> SliceRow {
        let fields = try LuaFields(
            stack, at: index, ["title", "scan", "truth", "maps", "captions", "slice", "spacing", "flipped"])
        let title = try fields.get("title", as: String?.self)
        let scan = try fields.get("scan", as: VolumeArgument.self)
        let truth = try fields.get("truth", as: VolumeArgument?.self)
        let maps = try fields.get("maps", as: [VolumeArgument]?.self)
        let captions = try fields.get("captions", as: [String]?.self)
        let slice = try fields.get("slice", as: Int?.self)
        let spacing = try fields.get("spacing", as: [Double]?.self)
        let isFlipped = try fields.get("flipped", as: Bool?.self)
        do {
            return SliceRow(
                row: try SliceFigure.Row(
                    title: title ?? "", scan: scan.slices(), truth: truth?.slices(),
                    maps: (maps ?? []).map { try $0.slices() }, spacing: spacing ?? scan.spacing ?? [1, 1, 1],
                    slice: slice, captions: captions ?? [], isFlipped: isFlipped ?? false))
        } catch {
            throw LuaMismatch("\(error)")
        }
    }
}

extension LuaEither where First == VolumeObject, Second == Tensor {
    /// The values as a tensor D x H x W, without dimensions of size 1 before these.
    fileprivate func slices() throws -> Tensor {
        let tensor = voxels
        guard tensor.rank > 3, tensor.shape.dropLast(3).allSatisfy({ $0 == 1 }) else { return tensor }
        return try tensor.reshaped(Array(tensor.shape.suffix(3)))
    }
}

/// A column of a figure of slices, {title =, kind =}, or its title alone.
struct SliceColumn: LuaDecodable {
    /// How scripts name what a map shows.
    enum Kind: String, CaseIterable {
        case mask, heat
    }

    let title: String
    let kind: SliceFigure.Kind

    static var luaTypeName: String { "string or table {title, kind}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> SliceColumn {
        if let title = try? String.decode(stack, at: index) { return SliceColumn(title: title, kind: .mask) }
        let fields = try LuaFields(stack, at: index, ["title", "kind"])
        let kind = try fields.get("kind", as: LuaChoice<Kind>?.self)?.value ?? .mask
        return SliceColumn(title: try fields.get("title"), kind: kind == .mask ? .mask : .heat)
    }
}

/// A group of kernels, {title =, kernels =, limit =}.
struct KernelRow: LuaDecodable {
    let group: KernelFigure.Group

    static var luaTypeName: String { "table {title, kernels, limit}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> KernelRow {
        KernelRow(group: try .decode(stack, at: index, tensor: "kernels"))
    }
}

/// A group of images, {title =, images =, limit =}.
struct ImageRow: LuaDecodable {
    let group: KernelFigure.Group

    static var luaTypeName: String { "table {title, images, limit}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ImageRow {
        ImageRow(group: try .decode(stack, at: index, tensor: "images"))
    }
}

extension KernelFigure.Group {
    /// {title =, limit =} and the field that holds the tensor.
    fileprivate static func decode(
        _ stack: LuaStack, at index: Int32, tensor name: String
    ) throws(LuaMismatch) -> KernelFigure.Group {
        let fields = try LuaFields(stack, at: index, ["title", name, "limit"])
        let title = try fields.get("title", as: String?.self)
        let tensor = try fields.get(name, as: Tensor.self)
        let limit = try fields.get("limit", as: Int?.self)
        do throws(FigureError) {
            return try KernelFigure.Group(title: title ?? "", kernels: tensor, limit: limit ?? 32, name: name)
        } catch {
            throw LuaMismatch("\(error)")
        }
    }
}

/// Curves: a table of names and tensors or lists of numbers, or a list of tables {name =, x =, y =, errors =}.
struct CurveSeries: LuaDecodable {
    let series: [CurveFigure.Series]

    static var luaTypeName: String { "table of tensors or lists of numbers, or list of tables {name, x, y, errors}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> CurveSeries {
        if let named = try? [String: PlotNumbers].decode(stack, at: index) {
            let curves = named.sorted { $0.key < $1.key }
            return CurveSeries(
                series: try curves.map { curve throws(LuaMismatch) in
                    try series(curve.key, x: nil, y: curve.value.values, errors: nil)
                })
        }
        return CurveSeries(series: try [One].decode(stack, at: index).map(\.series))
    }

    /// The points of a curve; without x they are counted from 1.
    private static func series(
        _ name: String, x: [Double]?, y: [Double], errors: [Double]?
    ) throws(LuaMismatch) -> CurveFigure.Series {
        do throws(FigureError) {
            let x = x ?? y.indices.map { Double($0 + 1) }
            return try CurveFigure.Series(name: name, x: x, y: y, errors: errors ?? [])
        } catch {
            throw LuaMismatch("\(error)")
        }
    }

    private struct One: LuaDecodable {
        let series: CurveFigure.Series

        static var luaTypeName: String { "table {name, x, y, errors}" }

        static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> One {
            let fields = try LuaFields(stack, at: index, ["name", "x", "y", "errors"])
            return One(
                series: try CurveSeries.series(
                    fields.get("name", as: String?.self) ?? "", x: fields.get("x", as: PlotNumbers?.self)?.values,
                    y: fields.get("y", as: PlotNumbers.self).values,
                    errors: fields.get("errors", as: PlotNumbers?.self)?.values))
        }
    }
}
