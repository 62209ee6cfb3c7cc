import Support
import Tensors

/// Slices of scans, one row a subject: the scan, the truth, and maps such as predictions and uncertainties.
public struct SliceFigure: Figure {
    /// How a map is shown.
    public enum Kind: Sendable {
        /// As a mask of the values above 0.5, over the scan, with the truth's outline.
        case mask
        /// As colours from 0 to the largest value of all such maps, in whatever slice it is.
        case heat
    }

    /// One subject.
    public struct Row: Sendable {
        fileprivate let title: String
        fileprivate let ratio: Double
        fileprivate let scan: SliceImage
        fileprivate let truth: SliceImage?
        fileprivate let maps: [SliceImage]
        fileprivate let captions: [String]
        /// The values drawn black and white of the scan, and the largest number of each map: taken from all slices, so
        /// that figures of different slices can be compared.
        fileprivate let window: (black: Double, white: Double)
        fileprivate let peaks: [Float]
        /// The slice that is shown, counted from 1 along depth.
        public let slice: Int

        /// Takes a slice of a scan, its true mask and one map a column, all tensors [depth, height, width].
        ///
        /// `spacing` (depth, height, width, in mm) gives the pixels their shape. `slice` counts from 1; by default it
        /// is the one with the most truth, or the middle one where there is none. `captions` are written under the
        /// maps. The last line of voxels is drawn on top (as where y points to the front) unless `isFlipped`.
        public init(
            title: String, scan: Tensor, truth: Tensor? = nil, maps: [Tensor] = [], spacing: [Double] = [1, 1, 1],
            slice: Int? = nil, captions: [String] = [], isFlipped: Bool = false
        ) throws(FigureError) {
            ratio = try SliceImage.ratio(
                of: scan, spacing: spacing, maps: (maps + (truth.map { [$0] } ?? [])).map { ("maps", $0) })
            let (depth, height, width) = (scan.shape[0], scan.shape[1], scan.shape[2])
            let truthValues = try truth?.pixels()
            let chosen = slice ?? Row.fullest(truthValues, depth: depth, area: height * width)
            try FigureError.require((1...depth).contains(chosen), "slice", chosen, "1 to \(depth)")
            func cut(_ values: [Float]) -> SliceImage {
                SliceImage(values, shape: scan.shape, slice: chosen, isFlipped: isFlipped)
            }
            self.title = title
            self.slice = chosen
            let scanValues = try scan.pixels()
            self.scan = cut(scanValues)
            self.window = SliceImage.window(of: scanValues)
            self.truth = truthValues.map(cut)
            let mapValues = try maps.map { map throws(FigureError) in try map.pixels() }
            self.maps = mapValues.map(cut)
            self.peaks = mapValues.map { $0.lazy.filter(\.isFinite).max() ?? 0 }
            self.captions = captions
        }

        private static func fullest(_ truth: [Float]?, depth: Int, area: Int) -> Int {
            guard let truth else { return depth / 2 + 1 }
            let counts = (0..<depth).map { z in truth[(z * area)..<((z + 1) * area)].count { $0 > 0.5 } }
            guard let most = counts.max(), most > 0 else { return depth / 2 + 1 }
            return (counts.firstIndex(of: most) ?? 0) + 1
        }
    }

    private let title: String
    private let columns: [(title: String, kind: Kind)]
    private let rows: [Row]
    private var panel: Double
    private var narrowest = 260.0
    private let hasTruth: Bool
    private let largest: Float

    /// Arranges `rows` under the titles of `columns`, one a map of each row; a panel is `panel` (default 130) points
    /// wide.
    public init(
        title: String = "", columns: [(title: String, kind: Kind)] = [], rows: [Row], panel: Double = 130
    ) throws(FigureError) {
        try FigureError.require(!rows.isEmpty, "rows", "empty", "at least one row")
        try FigureError.require(
            rows.allSatisfy { $0.maps.count == columns.count }, "rows", "\(rows.map(\.maps.count)) maps",
            "\(columns.count) a row")
        try FigureError.require((20...2000).contains(panel), "panel", panel, "20 to 2000 points")
        (self.title, self.columns, self.rows, self.panel) = (title, columns, rows, panel)
        hasTruth = rows.contains { $0.truth != nil }
        let heats = columns.indices.filter { columns[$0].kind == .heat }
        largest = rows.flatMap { row in heats.map { row.peaks[$0] } }.max() ?? 0
    }

    /// The names of columns and rows.
    public var summary: String {
        let shown = ["scan"] + (hasTruth ? ["truth"] : []) + columns.map(\.title)
        return summary(
            "Slices of volumes", title: title, names: rows.map(\.title), "columns: " + shown.joined(separator: ", "))
    }

    /// True.
    public var hasPixels: Bool { true }

    private static let gap = 6.0
    private static let margin = 14.0
    private static let rowTitle = 20.0
    private static let keyLine = 18.0
    private var top: Double { title.isEmpty ? 34 : 58 }
    private var hasMask: Bool { columns.contains { $0.kind == .mask } }
    private var hasHeat: Bool { columns.contains { $0.kind == .heat } }

    /// With panels as wide as there is room for.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure {
        let count = Double(columns.count + (hasTruth ? 2 : 1))
        let room = (page.width - 2 * Self.margin - Self.rowTitle + Self.gap) / count - Self.gap
        var copy = self
        copy.narrowest = min(narrowest, page.width)
        copy.panel = min(max(room, 20), page.height / (rows.map(\.ratio).max() ?? 1), 2000)
        return copy
    }

    private func height(of row: Row) -> Double {
        panel * row.ratio + (row.captions.isEmpty ? Self.gap : 18)
    }

    /// The size of all rows and columns.
    public var size: (width: Double, height: Double) {
        (width, top + rows.reduce(0) { $0 + height(of: $1) } + 34 + (hasTwoKeyLines ? Self.keyLine : 0))
    }

    private var width: Double {
        let count = Double(columns.count + (hasTruth ? 2 : 1))
        return max(2 * Self.margin + Self.rowTitle + count * (panel + Self.gap) - Self.gap, narrowest)
    }

    /// Whether the colours of maps find no room beside the rest of the key.
    private var hasTwoKeyLines: Bool { hasHeat && (hasTruth || hasMask) && width < 334 }

    /// Draws all panels and the key.
    public func draw(on canvas: Canvas) {
        canvas.title(title, width: size.width)
        let names = ["scan"] + (hasTruth ? ["truth"] : []) + columns.map(\.title)
        let left = Self.margin + Self.rowTitle
        func x(_ column: Int) -> Double { left + Double(column) * (panel + Self.gap) }
        for (index, name) in names.enumerated() {
            canvas.heading(name, x(index) + panel / 2, top - 8, size: 11, room: panel + Self.gap, anchor: .centre)
        }
        var y = top
        for row in rows {
            let height = panel * row.ratio
            canvas.text(
                row.title, Self.margin + 10, y + height / 2, size: 10, anchor: .centre, colour: .faint, isVertical: true
            )
            func area(_ column: Int) -> Canvas.Rectangle {
                Canvas.Rectangle(x: x(column), y: y, width: panel, height: height)
            }
            row.scan.drawGrey(row.window, on: canvas, in: area(0))
            if hasTruth {
                row.scan.drawGrey(row.window, on: canvas, in: area(1))
                row.truth?.outline(Palette.truth, width: 1.4, on: canvas, in: area(1))
            }
            for (index, column) in columns.enumerated() {
                let panelArea = area(index + (hasTruth ? 2 : 1))
                draw(row.maps[index], column.kind, row, on: canvas, in: panelArea)
                guard index < row.captions.count else { continue }
                canvas.text(
                    row.captions[index], panelArea.x + panel / 2, y + height + 12, size: 9, anchor: .centre,
                    colour: .faint)
            }
            y += self.height(of: row)
        }
        drawKey(on: canvas, y: y + 14, x: left)
    }

    private func draw(
        _ map: SliceImage, _ kind: Kind, _ row: Row, on canvas: Canvas, in area: Canvas.Rectangle
    ) {
        switch kind {
        case .mask:
            row.scan.drawGrey(row.window, on: canvas, in: area)
            map.drawMask(Palette.prediction, on: canvas, in: area)
            row.truth?.outline(Palette.truth, width: 1.2, on: canvas, in: area)
        case .heat:
            map.drawHeat(largest: Double(largest), on: canvas, in: area)
            row.truth?.outline(Colour.white.opacity(0.8), width: 0.7, on: canvas, in: area)
        }
    }

    private func drawKey(on canvas: Canvas, y: Double, x: Double) {
        var end = x
        if hasTruth { end = canvas.keyEntry("truth", Palette.truth, x: end, y: y) }
        if hasMask { end = canvas.keyEntry("prediction", Palette.prediction, x: end, y: y) }
        guard hasHeat else { return }
        canvas.heatBar(
            largest: Double(largest), x: hasTwoKeyLines ? x : end, y: hasTwoKeyLines ? y + Self.keyLine : y)
    }
}
