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
        fileprivate let height: Int
        fileprivate let width: Int
        fileprivate let ratio: Double
        fileprivate let scan: [Float]
        fileprivate let truth: [Float]?
        fileprivate let maps: [[Float]]
        fileprivate let captions: [String]
        /// What is black and what is white of the scan, and the largest number of each map: those of all slices, so that
        /// figures of several slices can be compared.
        fileprivate let window: (black: Double, white: Double)
        fileprivate let peaks: [Float]
        /// The slice that is shown, counted from 1 along depth.
        public let slice: Int

        /// Takes a slice of a scan, its true mask and one map a column, all tensors [depth, height, width].
        ///
        /// `spacing` (depth, height, width, in mm) gives the pixels their shape. `slice` counts from 1; by default it is
        /// the one with the most truth, or the middle one where there is none. `captions` are written under the maps.
        /// The last line of voxels is drawn on top (as where y points to the front) unless `isFlipped`.
        public init(
            title: String, scan: Tensor, truth: Tensor? = nil, maps: [Tensor] = [], spacing: [Double] = [1, 1, 1],
            slice: Int? = nil, captions: [String] = [], isFlipped: Bool = false
        ) throws(FigureError) {
            guard scan.rank == 3, scan.count > 0 else {
                throw .parameter("scan", value: scan.shape.shapeText, expected: "a shape depth x height x width")
            }
            guard spacing.count == 3, spacing.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw .parameter("spacing", value: "\(spacing)", expected: "three positive distances")
            }
            for map in maps + (truth.map { [$0] } ?? []) where map.shape != scan.shape {
                throw .parameter("maps", value: map.shape.shapeText, expected: "the scan's \(scan.shape.shapeText)")
            }
            let (depth, height, width) = (scan.shape[0], scan.shape[1], scan.shape[2])
            let truthValues = truth?.values
            let chosen = slice ?? Row.fullest(truthValues, depth: depth, area: height * width)
            guard (1...depth).contains(chosen) else {
                throw .parameter("slice", value: "\(chosen)", expected: "1 to \(depth)")
            }
            func cut(_ values: [Float]) -> [Float] {
                let area = values[((chosen - 1) * height * width)..<(chosen * height * width)]
                guard !isFlipped else { return Array(area) }
                return (0..<height).reversed().flatMap { y in area.dropFirst(y * width).prefix(width) }
            }
            self.title = title
            (self.height, self.width, self.slice) = (height, width, chosen)
            self.ratio = Double(height) * spacing[1] / (Double(width) * spacing[2])
            let scanValues = scan.values
            self.scan = cut(scanValues)
            self.window = Row.window(of: scanValues)
            self.truth = truthValues.map(cut)
            let mapValues = maps.map(\.values)
            self.maps = mapValues.map(cut)
            self.peaks = mapValues.map { $0.lazy.filter(\.isFinite).max() ?? 0 }
            self.captions = captions
        }

        /// The 1st and the 99.5th percentile, of at most 20,000 voxels.
        private static func window(of values: [Float]) -> (black: Double, white: Double) {
            // Multiples of the golden ratio are spread evenly, whatever the volume's sides.
            let sample =
                values.count <= 20_000
                ? values : (0..<20_000).map { values[$0 &* 2_654_435_761 % values.count] }
            let finite = sample.filter(\.isFinite)
            return (finite.quantile(0.01) ?? 0, finite.quantile(0.995) ?? 1)
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
    private let panel: Double
    private let hasTruth: Bool
    private let largest: Float

    /// Arranges `rows` under the titles of `columns`, one a map of each row; a panel is `panel` (default 130) points wide.
    public init(
        title: String = "", columns: [(title: String, kind: Kind)] = [], rows: [Row], panel: Double = 130
    ) throws(FigureError) {
        guard !rows.isEmpty else { throw .parameter("rows", value: "empty", expected: "at least one row") }
        guard rows.allSatisfy({ $0.maps.count == columns.count }) else {
            throw .parameter("rows", value: "\(rows.map(\.maps.count)) maps", expected: "\(columns.count) a row")
        }
        guard panel >= 20, panel <= 2000 else {
            throw .parameter("panel", value: "\(panel)", expected: "20 to 2000 points")
        }
        (self.title, self.columns, self.rows, self.panel) = (title, columns, rows, panel)
        hasTruth = rows.contains { $0.truth != nil }
        let heats = columns.indices.filter { columns[$0].kind == .heat }
        largest = rows.flatMap { row in heats.map { row.peaks[$0] } }.max() ?? 0
    }

    /// True.
    public var hasPixels: Bool { true }

    private static let gap = 6.0
    private static let margin = 14.0
    private static let rowTitle = 20.0
    private var top: Double { title.isEmpty ? 34 : 58 }
    private var hasHeat: Bool { columns.contains { $0.kind == .heat } }

    private func height(of row: Row) -> Double {
        panel * row.ratio + (row.captions.isEmpty ? Self.gap : 18)
    }

    /// The size of all rows and columns.
    public var size: (width: Double, height: Double) {
        let count = Double(columns.count + (hasTruth ? 2 : 1))
        let width = 2 * Self.margin + Self.rowTitle + count * (panel + Self.gap) - Self.gap
        return (max(width, 260), top + rows.reduce(0) { $0 + height(of: $1) } + 34)
    }

    /// Draws all panels and the key.
    public func draw(on canvas: Canvas) {
        if !title.isEmpty { canvas.text(title, Self.margin, 26, size: 14, isBold: true) }
        let names = ["scan"] + (hasTruth ? ["truth"] : []) + columns.map(\.title)
        let left = Self.margin + Self.rowTitle
        func x(_ column: Int) -> Double { left + Double(column) * (panel + Self.gap) }
        for (index, name) in names.enumerated() {
            canvas.text(name, x(index) + panel / 2, top - 8, size: 11, anchor: .centre, isBold: true)
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
            drawScan(row, on: canvas, in: area(0))
            if hasTruth {
                drawScan(row, on: canvas, in: area(1))
                if let truth = row.truth { outline(truth, row, Palette.truth, on: canvas, in: area(1), width: 1.4) }
            }
            for (index, column) in columns.enumerated() {
                let place = area(index + (hasTruth ? 2 : 1))
                draw(row.maps[index], column.kind, row, on: canvas, in: place)
                guard index < row.captions.count else { continue }
                canvas.text(
                    row.captions[index], place.x + panel / 2, y + height + 12, size: 9, anchor: .centre, colour: .faint)
            }
            y += self.height(of: row)
        }
        drawKey(on: canvas, y: y + 14, x: left)
    }

    private func draw(
        _ map: [Float], _ kind: Kind, _ row: Row, on canvas: Canvas, in area: Canvas.Rectangle
    ) {
        switch kind {
        case .mask:
            drawScan(row, on: canvas, in: area)
            let (cellW, cellH) = (area.width / Double(row.width), area.height / Double(row.height))
            for y in 0..<row.height {
                // One rectangle a run of voxels: overlapping edges of single ones would show as a lattice.
                var x = 0
                while x < row.width {
                    guard map[y * row.width + x] > 0.5 else {
                        x += 1
                        continue
                    }
                    let start = x
                    while x < row.width, map[y * row.width + x] > 0.5 { x += 1 }
                    let run = Canvas.Rectangle(
                        x: area.x + Double(start) * cellW, y: area.y + Double(y) * cellH,
                        width: Double(x - start) * cellW, height: cellH)
                    canvas.fill(run, Palette.prediction.opacity(0.4))
                }
            }
            outline(map, row, Palette.prediction, on: canvas, in: area, width: 1)
            if let truth = row.truth { outline(truth, row, Palette.truth, on: canvas, in: area, width: 1.2) }
        case .heat:
            let scale = largest > 0 ? 1 / Double(largest) : 0
            let pixels = map.map { ColourMap.heat(Double($0) * scale) }
            canvas.image(pixels, width: row.width, height: row.height, in: area)
            if let truth = row.truth {
                outline(truth, row, Colour.white.opacity(0.8), on: canvas, in: area, width: 0.7)
            }
        }
    }

    /// Draws the scan in grey.
    private func drawScan(_ row: Row, on canvas: Canvas, in area: Canvas.Rectangle) {
        let (black, white) = row.window
        let scale = white > black ? 1 / (white - black) : 0
        let pixels = row.scan.map { ColourMap.grey((Double($0) - black) * scale) }
        canvas.image(pixels, width: row.width, height: row.height, in: area, isSmooth: true)
    }

    /// Draws the borders between voxels within and without a mask.
    private func outline(
        _ mask: [Float], _ row: Row, _ colour: Colour, on canvas: Canvas, in area: Canvas.Rectangle, width: Double
    ) {
        let (cellW, cellH) = (area.width / Double(row.width), area.height / Double(row.height))
        var segments: [(from: (x: Double, y: Double), to: (x: Double, y: Double))] = []
        func isIn(_ x: Int, _ y: Int) -> Bool {
            x >= 0 && y >= 0 && x < row.width && y < row.height && mask[y * row.width + x] > 0.5
        }
        for y in 0...row.height {
            for x in 0...row.width {
                let corner = (x: area.x + Double(x) * cellW, y: area.y + Double(y) * cellH)
                if isIn(x, y) != isIn(x, y - 1) { segments.append((corner, (corner.x + cellW, corner.y))) }
                if isIn(x, y) != isIn(x - 1, y) { segments.append((corner, (corner.x, corner.y + cellH))) }
            }
        }
        canvas.segments(segments, colour, width: width)
    }

    private func drawKey(on canvas: Canvas, y: Double, x: Double) {
        var x = x
        func entry(_ name: String, _ colour: Colour) {
            canvas.fill(Canvas.Rectangle(x: x, y: y - 8, width: 14, height: 9), colour)
            canvas.text(name, x + 19, y, size: 9, colour: .faint)
            x += 32 + canvas.measure(name, size: 9)
        }
        if hasTruth { entry("truth", Palette.truth) }
        if columns.contains(where: { $0.kind == .mask }) { entry("prediction", Palette.prediction) }
        guard hasHeat else { return }
        let bar = Canvas.Rectangle(x: x + 12, y: y - 8, width: 80, height: 9)
        canvas.text("0", x + 8, y, size: 9, anchor: .right, colour: .faint)
        canvas.image((0..<64).map { ColourMap.heat(Double($0) / 63) }, width: 64, height: 1, in: bar)
        canvas.text(Ticks.text(Double(largest)), bar.x + bar.width + 4, y, size: 9, colour: .faint)
    }
}
