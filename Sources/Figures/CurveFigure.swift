/// Curves over one axis, with marks, error bars and a key: losses over steps, scores over the number of volumes.
public struct CurveFigure: Figure {
    /// One curve.
    public struct Series: Sendable {
        fileprivate let name: String
        fileprivate let x: [Double]
        fileprivate let y: [Double]
        fileprivate let errors: [Double]

        /// Names the points (x, y) of a curve, with `errors` up and down (default none).
        ///
        /// A point that is not finite leaves a gap. Throws where the numbers of x, y and errors differ.
        public init(name: String, x: [Double], y: [Double], errors: [Double] = []) throws(FigureError) {
            guard x.count == y.count, errors.isEmpty || errors.count == y.count else {
                throw .parameter(
                    "series '\(name)'", value: "\(x.count) x, \(y.count) y, \(errors.count) errors",
                    expected: "as many of each")
            }
            (self.name, self.x, self.y, self.errors) = (name, x, y, errors)
        }

        fileprivate func error(_ index: Int) -> Double { errors.isEmpty ? 0 : errors[index] }
    }

    private let title: String
    private let xLabel: String
    private let yLabel: String
    private let series: [Series]
    private let yRange: ClosedRange<Double>?

    /// The size, 460 x 300 points by default.
    public let size: (width: Double, height: Double)

    /// Draws `series` over axes named `xLabel` and `yLabel`; `yRange` (default: what the points need) fixes the y axis.
    public init(
        title: String = "", xLabel: String, yLabel: String, series: [Series], yRange: ClosedRange<Double>? = nil,
        size: (width: Double, height: Double) = (460, 300)
    ) throws(FigureError) {
        guard !series.isEmpty else { throw .parameter("series", value: "empty", expected: "at least one curve") }
        guard (200...4000).contains(size.width), (150...4000).contains(size.height) else {
            throw .parameter("size", value: "\(size.width) x \(size.height)", expected: "200 x 150 to 4000 x 4000")
        }
        (self.title, self.xLabel, self.yLabel, self.series) = (title, xLabel, yLabel, series)
        (self.yRange, self.size) = (yRange, size)
    }

    /// Draws axes, curves and key.
    public func draw(on canvas: Canvas) {
        let xs = series.flatMap(\.x).filter(\.isFinite)
        let ends = series.flatMap { curve in
            curve.y.indices.flatMap { [curve.y[$0] - curve.error($0), curve.y[$0] + curve.error($0)] }
        }.filter(\.isFinite)
        let xTicks = Ticks(from: xs.min() ?? 0, to: xs.max() ?? 1, count: 6)
        let yTicks = Ticks(
            from: yRange?.lowerBound ?? ends.min() ?? 0, to: yRange?.upperBound ?? ends.max() ?? 1, count: 5)
        let names = series.filter { !$0.name.isEmpty }.map { canvas.measure($0.name, size: 10) }
        let key = names.isEmpty ? 0 : (names.max() ?? 0) + 44
        let left = 34 + (yTicks.labels.map { canvas.measure($0, size: 9) }.max() ?? 0)
        let top = title.isEmpty ? 16.0 : 42
        let plot = Canvas.Rectangle(
            x: left, y: top, width: max(size.width - left - 16 - key, 40), height: size.height - top - 46)
        func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
            // The curve keeps a little distance from both ends of the axis.
            let (low, high) = (xTicks.range.lowerBound, xTicks.range.upperBound)
            return (
                plot.x + 4 + (x - low) / (high - low) * (plot.width - 8),
                plot.y + plot.height
                    - (y - yTicks.range.lowerBound) / (yTicks.range.upperBound - yTicks.range.lowerBound) * plot.height
            )
        }
        drawAxes(on: canvas, plot, xTicks, yTicks, place)
        for (index, curve) in series.enumerated() {
            draw(curve, Palette.series(index), on: canvas, plot, place)
            guard !curve.name.isEmpty else { continue }
            let (x, y) = (plot.x + plot.width + 14, plot.y + 10 + Double(index) * 17)
            canvas.line([(x, y), (x + 18, y)], Palette.series(index), width: 2)
            if curve.y.count <= 30 { canvas.dot(x + 9, y, radius: 3, Palette.series(index)) }
            canvas.text(curve.name, x + 24, y + 3.5, size: 10)
        }
    }

    private func drawAxes(
        on canvas: Canvas, _ plot: Canvas.Rectangle, _ xTicks: Ticks, _ yTicks: Ticks,
        _ place: (Double, Double) -> (x: Double, y: Double)
    ) {
        if !title.isEmpty { canvas.text(title, 14, 26, size: 14, isBold: true) }
        let bottom = plot.y + plot.height
        for (value, label) in zip(yTicks.values, yTicks.labels) {
            let y = place(xTicks.range.lowerBound, value).y
            canvas.line([(plot.x, y), (plot.x + plot.width, y)], .grid, width: 0.8)
            canvas.text(label, plot.x - 6, y + 3.2, size: 9, anchor: .right, colour: .faint)
        }
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            let x = place(value, yTicks.range.lowerBound).x
            canvas.line([(x, bottom), (x, bottom + 4)], .faint, width: 0.8)
            canvas.text(label, x, bottom + 15, size: 9, anchor: .centre, colour: .faint)
        }
        canvas.line([(plot.x, bottom), (plot.x + plot.width, bottom)], .faint, width: 0.8)
        canvas.text(xLabel, plot.x + plot.width / 2, bottom + 33, size: 10, anchor: .centre)
        canvas.text(yLabel, 18, plot.y + plot.height / 2, size: 10, anchor: .centre, isVertical: true)
    }

    private func draw(
        _ curve: Series, _ colour: Colour, on canvas: Canvas, _ plot: Canvas.Rectangle,
        _ place: (Double, Double) -> (x: Double, y: Double)
    ) {
        let points = zip(curve.x, curve.y).map { place($0, $1) }
        let area = Canvas.Rectangle(x: plot.x, y: plot.y - 4, width: plot.width, height: plot.height + 8)
        canvas.clipped(to: area) {
            for (index, point) in points.enumerated() where curve.error(index) > 0 {
                let (low, high) = (curve.y[index] - curve.error(index), curve.y[index] + curve.error(index))
                let (from, to) = (place(curve.x[index], low), place(curve.x[index], high))
                canvas.line([from, to], colour, width: 1)
                canvas.line([(point.x - 3, from.y), (point.x + 3, from.y)], colour, width: 1)
                canvas.line([(point.x - 3, to.y), (point.x + 3, to.y)], colour, width: 1)
            }
            canvas.line(points, colour, width: 1.6)
            guard points.count <= 30 else { return }
            for point in points where point.x.isFinite && point.y.isFinite {
                canvas.dot(point.x, point.y, radius: 3, colour)
            }
        }
    }
}
