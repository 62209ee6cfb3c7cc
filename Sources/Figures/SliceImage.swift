import Support
import Tensors

/// A slice of a volume, and how figures draw it: in grey, as a mask, or as a map of colours.
struct SliceImage: Sendable {
    let width: Int
    let height: Int
    /// Row by row from the top.
    private let values: [Float]

    /// Cuts slice `number` (from 1) out of the `values` of a volume of `shape` (depth, height, width); the last line of
    /// voxels is on top unless `isFlipped`.
    init(_ values: [Float], shape: [Int], slice number: Int, isFlipped: Bool) {
        (height, width) = (shape[1], shape[2])
        let area = values[((number - 1) * height * width)..<(number * height * width)]
        let lines = (0..<height).map { area.dropFirst($0 * shape[2]).prefix(shape[2]) }
        self.values = isFlipped ? Array(area) : lines.reversed().flatMap { $0 }
    }

    /// How much higher than wide the slices of `scan` are; throws where it is no volume, or a map is not of its shape.
    static func ratio(
        of scan: Tensor, spacing: [Double], maps: [(name: String, tensor: Tensor)]
    ) throws(FigureError) -> Double {
        try FigureError.require(
            scan.rank == 3 && scan.count > 0, "scan", scan.shape.shapeText, "a shape depth x height x width")
        try FigureError.require(
            spacing.count == 3 && spacing.allSatisfy { $0 > 0 && $0.isFinite }, "spacing", spacing,
            "three positive distances")
        for (name, map) in maps {
            try FigureError.require(
                map.shape == scan.shape, name, map.shape.shapeText, "the scan's \(scan.shape.shapeText)")
        }
        return Double(scan.shape[1]) * spacing[1] / (Double(scan.shape[2]) * spacing[2])
    }

    /// The values of a scan drawn black and white: the 1st and the 99.5th percentile of at most 20,000 voxels.
    static func window(of values: [Float]) -> (black: Double, white: Double) {
        // Multiples of the golden ratio are spread evenly, whatever the volume's sides.
        let sample =
            values.count <= 20_000 ? values : (0..<20_000).map { values[$0 &* 2_654_435_761 % values.count] }
        let finite = sample.filter(\.isFinite)
        return (finite.quantile(0.01) ?? 0, finite.quantile(0.995) ?? 1)
    }

    /// Draws a scan in grey.
    func drawGrey(_ window: (black: Double, white: Double), on canvas: Canvas, in area: Canvas.Rectangle) {
        let scale = window.white > window.black ? 1 / (window.white - window.black) : 0
        draw(on: canvas, in: area, isSmooth: true) { ColourMap.grey(($0 - window.black) * scale) }
    }

    /// Draws a map in colours from 0 to `largest`; if it `isOverlay`, small values are transparent.
    func drawHeat(largest: Double, isOverlay: Bool = false, on canvas: Canvas, in area: Canvas.Rectangle) {
        let scale = largest > 0 ? 1 / largest : 0
        draw(on: canvas, in: area) { value in
            let colour = ColourMap.heat(value * scale)
            guard isOverlay else { return colour }
            return colour.opacity(0.9 * min(value * scale, 1))
        }
    }

    /// Tints the voxels of a mask, whose values are above 0.5, and outlines them.
    func drawMask(_ colour: Colour, on canvas: Canvas, in area: Canvas.Rectangle) {
        draw(on: canvas, in: area) { $0 > 0.5 ? colour.opacity(0.4) : colour.opacity(0) }
        outline(colour, width: 1, on: canvas, in: area)
    }

    private func draw(
        on canvas: Canvas, in area: Canvas.Rectangle, isSmooth: Bool = false, colour: (Double) -> Colour
    ) {
        canvas.image(values.map { colour(Double($0)) }, width: width, height: height, in: area, isSmooth: isSmooth)
    }

    /// Draws the borders between voxels within and without a mask.
    func outline(_ colour: Colour, width lineWidth: Double, on canvas: Canvas, in area: Canvas.Rectangle) {
        let (cellW, cellH) = (area.width / Double(width), area.height / Double(height))
        var segments: [(from: (x: Double, y: Double), to: (x: Double, y: Double))] = []
        func isIn(_ x: Int, _ y: Int) -> Bool {
            x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] > 0.5
        }
        for y in 0...height {
            for x in 0...width {
                let corner = (x: area.x + Double(x) * cellW, y: area.y + Double(y) * cellH)
                if isIn(x, y) != isIn(x, y - 1) { segments.append((corner, (corner.x + cellW, corner.y))) }
                if isIn(x, y) != isIn(x - 1, y) { segments.append((corner, (corner.x, corner.y + cellH))) }
            }
        }
        canvas.segments(segments, colour, width: lineWidth)
    }
}

extension Canvas {
    /// Draws a colour and what it means with its baseline at (x, y), and returns where the next entry of the key
    /// begins.
    func keyEntry(_ name: String, _ colour: Colour, x: Double, y: Double) -> Double {
        fill(aligned(Rectangle(x: x, y: y - 8, width: 14, height: 9)), colour)
        text(name, x + 19, y, size: 9, colour: .faint)
        return x + 32 + measure(name, size: 9)
    }

    /// Draws the colours of maps from 0 to `largest`, behind a `name`, with their baseline at (x, y).
    func heatBar(largest: Double, name: String = "", x: Double, y: Double) {
        let start = name.isEmpty ? x : x + measure(name, size: 9) + 8
        text(name, x, y, size: 9, colour: .faint)
        let bar = Rectangle(x: start + 12, y: y - 8, width: 80, height: 9)
        text("0", start + 8, y, size: 9, anchor: .right, colour: .faint)
        image((0..<64).map { ColourMap.heat(Double($0) / 63) }, width: 64, height: 1, in: bar)
        text(Ticks.text(largest), bar.x + bar.width + 4, y, size: 9, colour: .faint)
    }
}
