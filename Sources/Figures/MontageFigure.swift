import Tensors

/// Slices of one volume in a grid, with a mask and an uncertainty over them if these are given.
public struct MontageFigure: Figure {
    /// The numbers of a volume, or of what lies over it.
    private struct Map {
        let values: [Float]
        /// The largest that is finite, 0 where there is none.
        let peak: Double

        init(_ tensor: Tensor) throws(FigureError) {
            values = try tensor.pixels()
            peak = Double(values.lazy.filter(\.isFinite).max() ?? 0)
        }
    }

    private let title: String
    private let shape: [Int]
    private let ratio: Double
    private let scan: [Float]
    private let window: (black: Double, white: Double)
    private let mask: Map?
    private let uncertainty: Map?
    private let isFlipped: Bool
    /// The slices, counted from 0, from the first to the last that shows something bright.
    private let extent: Range<Int>
    private let given: [Int]?
    private var columns: Int
    private var rows: Int
    private var panel: Double

    /// Takes a volume, and a mask and an uncertainty of its shape, all tensors [depth, height, width].
    ///
    /// `slices` are numbers from 1 along depth; by default twelve, or as many as fit a terminal, evenly spaced between
    /// the first and the last that have voxels brighter than half of the range shown. `spacing` (depth, height, width,
    /// in mm) gives the pixels their shape. The last line of voxels is drawn on top (as where y points to the front)
    /// unless `isFlipped`.
    public init(
        title: String = "", scan: Tensor, mask: Tensor? = nil, uncertainty: Tensor? = nil,
        spacing: [Double] = [1, 1, 1], slices: [Int]? = nil, isFlipped: Bool = false
    ) throws(FigureError) {
        ratio = try SliceImage.ratio(
            of: scan, spacing: spacing,
            maps: [("mask", mask), ("uncertainty", uncertainty)].compactMap { name, map in map.map { (name, $0) } })
        shape = scan.shape
        let depth = scan.shape[0]
        if let slices, slices.isEmpty || !slices.allSatisfy((1...depth).contains) {
            throw .parameter("slices", value: "\(slices)", expected: "numbers from 1 to \(depth)")
        }
        self.title = title
        self.scan = try scan.pixels()
        window = SliceImage.window(of: self.scan)
        self.mask = if let mask { try Map(mask) } else { nil }
        self.uncertainty = if let uncertainty { try Map(uncertainty) } else { nil }
        (self.isFlipped, given) = (isFlipped, slices)
        extent = Self.extent(of: self.scan, depth: depth, level: Float((window.black + window.white) / 2))
        let count = slices?.count ?? min(extent.count, 12)
        columns = min(count, 4)
        rows = (count + columns - 1) / columns
        panel = min(count == 1 ? 300 : 130, Self.highest / ratio)
    }

    private static func extent(of values: [Float], depth: Int, level: Float) -> Range<Int> {
        let area = values.count / depth
        let bright = (0..<depth).filter { z in values[(z * area)..<((z + 1) * area)].contains { $0 > level } }
        guard let first = bright.first, let last = bright.last else { return 0..<depth }
        return first..<(last + 1)
    }

    /// Which slices are shown, and what lies over them.
    public var summary: String {
        let numbers = slices.map(String.init).joined(separator: ", ")
        return summary(
            shape[0] > 1 ? "Slices of a volume" : "Picture", title: title, names: [],
            shape[0] > 1 ? "slices \(numbers) of \(shape[0])" : "\(shape[1]) x \(shape[2]) pixels",
            mask == nil ? "" : "with a mask", uncertainty == nil ? "" : "with a map over it")
    }

    /// True.
    public var hasPixels: Bool { true }

    private static let margin = 14.0
    private static let gap = 6.0
    /// The largest height of a panel, in points.
    private static let highest = 600.0
    /// The least width of a panel in a terminal, in points: narrower ones show little.
    private static let narrowest = 140.0
    private var top: Double { title.isEmpty ? 12 : 40 }
    private var bottom: Double { mask == nil && uncertainty == nil ? 0 : 24 }
    private var caption: Double { shape[0] > 1 ? 18 : 6 }

    /// With larger panels, and as many as there is room for where their number was not given.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure {
        var copy = self
        let most = given?.count ?? extent.count
        let width = page.width - 2 * Self.margin + Self.gap
        let height = page.height - top - bottom
        copy.columns = max(1, min(most, Int(width / (Self.narrowest + Self.gap))))
        let fitting = min(width / Double(copy.columns) - Self.gap, (height - caption) / ratio)
        copy.panel = max(fitting, min(Self.narrowest, width - Self.gap), 20)
        let room = max(1, Int(height / (copy.panel * ratio + caption)))
        let needed = (most + copy.columns - 1) / copy.columns
        copy.rows = given == nil ? min(room, needed) : needed
        return copy
    }

    /// The slices that are shown.
    private var slices: [Int] {
        if let given { return given }
        let count = min(columns * rows, extent.count)
        return (0..<count).map { extent.lowerBound + (2 * $0 + 1) * extent.count / (2 * count) + 1 }
    }

    /// The size of all panels.
    public var size: (width: Double, height: Double) {
        let width = Double(columns) * (panel + Self.gap) - Self.gap + 2 * Self.margin
        return (width, top + Double(rows) * (panel * ratio + caption) + bottom)
    }

    /// Draws the slices and a key of what lies over them.
    public func draw(on canvas: Canvas) {
        canvas.title(title, width: size.width)
        for (index, number) in slices.enumerated() {
            let area = Canvas.Rectangle(
                x: Self.margin + Double(index % columns) * (panel + Self.gap),
                y: top + Double(index / columns) * (panel * ratio + caption), width: panel, height: panel * ratio)
            func cut(_ values: [Float]) -> SliceImage {
                SliceImage(values, shape: shape, slice: number, isFlipped: isFlipped)
            }
            cut(scan).drawGrey(window, on: canvas, in: area)
            if let uncertainty {
                cut(uncertainty.values).drawHeat(
                    largest: uncertainty.peak, isOverlay: true, on: canvas, in: area)
            }
            if let mask { cut(mask.values).drawMask(Palette.prediction, on: canvas, in: area) }
            guard shape[0] > 1 else { continue }
            canvas.text(
                "slice \(number)", area.x + panel / 2, area.y + area.height + 12, size: 9, anchor: .centre,
                colour: .faint)
        }
        drawKey(on: canvas, y: size.height - 12)
    }

    private func drawKey(on canvas: Canvas, y: Double) {
        var x = Self.margin
        if mask != nil { x = canvas.keyEntry("mask", Palette.prediction, x: x, y: y) }
        if let uncertainty { canvas.heatBar(largest: uncertainty.peak, name: "uncertainty", x: x, y: y) }
    }
}
