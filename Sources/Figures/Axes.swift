import Support
/// The frame of a plot: its area, its axes with their numbers, and the map from data to the canvas.
struct Axes {
    /// Where the data are drawn.
    let area: Canvas.Rectangle
    private let x: Ticks
    private let y: Ticks
    private let names: [String]
    /// The points between the ends of the x axis and its least and largest number.
    private static let inset = 4.0

    /// Lays `x` and `y` out on a figure of `size`, below its title and with the key of the `names` of series on the
    /// right, and draws the lines behind the data, the numbers and the names of the axes.
    init(
        _ x: Ticks, _ xLabel: String, _ y: Ticks, _ yLabel: String, title: String, names: [String],
        size: (width: Double, height: Double), on canvas: Canvas
    ) {
        let left = 34 + (y.labels.map { canvas.measure($0, size: 9) }.max() ?? 0)
        let top = title.isEmpty ? 16.0 : 42
        let key = names.filter { !$0.isEmpty }.map { canvas.measure($0, size: 10) + 44 }.max() ?? 0
        area = Canvas.Rectangle(
            x: left, y: top, width: max(size.width - left - 16 - key, 40), height: size.height - top - 46)
        (self.x, self.y, self.names) = (x, y, names)
        draw(on: canvas, title: title, xLabel: xLabel, yLabel: yLabel)
    }

    /// The point of the canvas where (x, y) lies.
    func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (
            area.x + Self.inset + self.x.share(of: x) * (area.width - 2 * Self.inset),
            area.y + area.height - self.y.share(of: y) * area.height
        )
    }

    private func draw(on canvas: Canvas, title: String, xLabel: String, yLabel: String) {
        canvas.title(title, width: area.x + area.width + 14)
        let bottom = area.y + area.height
        for (value, label) in zip(y.values, y.labels) {
            let level = point(x.range.lowerBound, value).y
            // Where values lie on both sides of 0, that is the line to see.
            let divides = value == 0 && y.range.lowerBound < 0 && y.range.upperBound > 0
            canvas.line([(area.x, level), (area.x + area.width, level)], divides ? .faint : .grid, width: 0.8)
            canvas.text(label, area.x - 6, level + 3.2, size: 9, anchor: .right, colour: .faint)
        }
        for (value, label) in zip(x.values, x.labels) {
            let position = point(value, y.range.lowerBound).x
            canvas.line([(position, bottom), (position, bottom + 4)], .faint, width: 0.8)
            canvas.text(label, position, bottom + 15, size: 9, anchor: .centre, colour: .faint)
        }
        canvas.line([(area.x, bottom), (area.x + area.width, bottom)], .faint, width: 0.8)
        canvas.text(xLabel, area.x + area.width / 2, bottom + 33, size: 10, anchor: .centre)
        canvas.text(yLabel, 18, area.y + area.height / 2, size: 10, anchor: .centre, isVertical: true)
    }

    /// Draws the key to the right of the area: the names of series, and in their colours a line if they `hasLine`, and
    /// a mark if they `hasMarks`.
    func drawKey(on canvas: Canvas, hasLine: (Int) -> Bool = { _ in true }, hasMarks: (Int) -> Bool) {
        for (index, name) in names.enumerated() where !name.isEmpty {
            let (x, y) = (area.x + area.width + 14, area.y + 10 + Double(index) * 17)
            if hasLine(index) { canvas.line([(x, y), (x + 18, y)], Palette.series(index), width: 1.6) }
            if hasMarks(index) { canvas.mark(.series(index), x + 9, y, Palette.series(index)) }
            canvas.text(name, x + 24, y + 3.5, size: 10)
        }
    }

    /// What is drawn over what, in words; empty where neither axis has a name.
    static func words(_ y: String, over x: String) -> String {
        if y.isEmpty || x.isEmpty { return [y, x].filter { !$0.isEmpty }.map { "axis: \($0)" }.joined() }
        return "\(y) over \(x)"
    }

    /// Throws unless `size` is one that a plot can have.
    static func check(_ size: (width: Double, height: Double)) throws(FigureError) {
        try FigureError.require(
            (200...4000).contains(size.width) && (150...4000).contains(size.height), "size",
            "\(size.width) x \(size.height)", "200 x 150 to 4000 x 4000")
    }

    /// A plot in the size that it takes on a page: no wider than twice its own, nor higher than its own.
    static func fitted<Plot: Figure>(
        _ plot: Plot, _ size: WritableKeyPath<Plot, (width: Double, height: Double)>,
        to page: (width: Double, height: Double)
    ) -> any Figure {
        var copy = plot
        let own = plot[keyPath: size]
        copy[keyPath: size] = (min(max(page.width, 200), 2 * own.width), min(max(page.height, 150), own.height))
        return copy
    }
}
