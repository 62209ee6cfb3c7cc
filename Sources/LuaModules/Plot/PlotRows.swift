import Figures
import LuaBridge
import Tensors
import Volumes

/// One row of a figure, made from a table with known fields.
protocol PlotRow: LuaDecodable {
    /// The names of the fields.
    static var fields: [String] { get }

    /// Makes the row; throws what is wrong with the table.
    init(_ fields: LuaFields) throws
}

extension PlotRow {
    /// "table {name, x, y}".
    static var luaTypeName: String { "table {\(fields.joined(separator: ", "))}" }

    /// The row of a table; an error where the table has other fields.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self {
        let fields = try LuaFields(stack, at: index, fields)
        return try LuaMismatch.wrapping { try Self(fields) }
    }
}

extension LuaMismatch {
    /// Runs `body`; what it throws becomes the error of an argument.
    static func wrapping<Result>(_ body: () throws -> Result) throws(LuaMismatch) -> Result {
        do {
            return try body()
        } catch {
            throw LuaMismatch("\(error)")
        }
    }
}

/// A row of a figure of slices, {title =, scan =, truth =, maps =, captions =, slice =, spacing =, flipped =}.
struct SliceRow: PlotRow {
    static let luaTypeName = "table {title, scan, truth, maps ...}"
    static let fields = ["title", "scan", "truth", "maps", "captions", "slice", "spacing", "flipped"]
    let row: SliceFigure.Row

    init(_ fields: LuaFields) throws {
        let title = try fields.get("title", as: String?.self)
        let scan = try fields.get("scan", as: VolumeArgument.self)
        let truth = try fields.get("truth", as: VolumeArgument?.self)
        let maps = try fields.get("maps", as: [VolumeArgument]?.self)
        let captions = try fields.get("captions", as: [String]?.self)
        let slice = try fields.get("slice", as: Int?.self)
        let spacing = try fields.get("spacing", as: [Double]?.self)
        let isFlipped = try fields.get("flipped", as: Bool?.self)
        row = try SliceFigure.Row(
            title: title ?? "", scan: scan.slices(), truth: truth?.slices(), maps: (maps ?? []).map { try $0.slices() },
            spacing: spacing ?? scan.spacing ?? [1, 1, 1], slice: slice, captions: captions ?? [],
            isFlipped: isFlipped ?? false)
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
struct KernelRow: PlotRow {
    static let fields = ["title", "kernels", "limit"]
    let group: KernelFigure.Group

    init(_ fields: LuaFields) throws { group = try KernelFigure.Group(fields, tensor: "kernels") }
}

/// A group of images, {title =, images =, limit =}.
struct ImageRow: PlotRow {
    static let fields = ["title", "images", "limit"]
    let group: KernelFigure.Group

    init(_ fields: LuaFields) throws { group = try KernelFigure.Group(fields, tensor: "images") }
}

extension KernelFigure.Group {
    /// Reads {title =, limit =} and the tensor in the field `name`.
    fileprivate init(_ fields: LuaFields, tensor name: String) throws {
        let title = try fields.get("title", as: String?.self) ?? ""
        let tensor = try fields.get(name, as: Tensor.self)
        try self.init(title: title, kernels: tensor, limit: fields.get("limit", as: Int?.self) ?? 32, name: name)
    }
}

/// Curves: a table of names and tensors or lists of numbers, or a list of tables {name =, x =, y =, errors =}.
struct CurveSeries: LuaDecodable {
    let series: [CurveFigure.Series]

    static var luaTypeName: String {
        "table of tensors or lists of numbers, or list of tables {name, x, y, errors, points}"
    }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> CurveSeries {
        if let named = try? [String: PlotNumbers].decode(stack, at: index) {
            let curves = named.sorted { $0.key < $1.key }
            return try LuaMismatch.wrapping {
                CurveSeries(series: try curves.map { try series($0.key, y: $0.value.values) })
            }
        }
        return CurveSeries(series: try [One].decode(stack, at: index).map(\.series))
    }

    /// The points of a curve; without x they are counted from 1.
    private static func series(
        _ name: String, x: [Double]? = nil, y: [Double], errors: [Double]? = nil, isPoints: Bool = false
    ) throws(FigureError) -> CurveFigure.Series {
        let x = x ?? y.indices.map { Double($0 + 1) }
        return try CurveFigure.Series(name: name, x: x, y: y, errors: errors ?? [], isPoints: isPoints)
    }

    private struct One: PlotRow {
        static let fields = ["name", "x", "y", "errors", "points"]
        let series: CurveFigure.Series

        init(_ fields: LuaFields) throws {
            series = try CurveSeries.series(
                fields.get("name", as: String?.self) ?? "", x: fields.get("x", as: PlotNumbers?.self)?.values,
                y: fields.get("y", as: PlotNumbers.self).values,
                errors: fields.get("errors", as: PlotNumbers?.self)?.values,
                isPoints: fields.get("points", as: Bool?.self) ?? false)
        }
    }
}
