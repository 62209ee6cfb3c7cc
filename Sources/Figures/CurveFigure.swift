import Support

/// Curves over one axis, with marks, error bars and a key: losses over steps, scores over the number of volumes.
///
/// Where all curves together have at most ten different x, these are the numbers of the axis; with error bars, or a
/// single x, the curves are then shifted sideways, in their order, so that their bars and marks do not cover each
/// other.
public struct CurveFigure: Figure {
    /// One curve.
    public struct Series: Sendable {
        fileprivate let name: String
        fileprivate let x: [Double]
        fileprivate let y: [Double]
        fileprivate let errors: [Double]
        fileprivate let isPoints: Bool

        /// Names the points (x, y) of a curve, with `errors` up and down (default none); where it `isPoints`, there is
        /// a mark for each, however many they are, and no line between them.
        ///
        /// A point that is not finite leaves a gap. Throws where the numbers of x, y and errors differ.
        public init(
            name: String, x: [Double], y: [Double], errors: [Double] = [], isPoints: Bool = false
        ) throws(FigureError) {
            try FigureError.require(
                x.count == y.count && (errors.isEmpty || errors.count == y.count), "series '\(name)'",
                "\(x.count) x, \(y.count) y, \(errors.count) errors", "as many of each")
            (self.name, self.x, self.y, self.errors, self.isPoints) = (name, x, y, errors, isPoints)
        }

        fileprivate func error(_ index: Int) -> Double { errors.isEmpty ? 0 : errors[index] }

        /// Whether each point has a mark.
        fileprivate var hasMarks: Bool { isPoints || x.count <= 30 }

        /// The running mean of y over `count` points around each, fewer towards the ends; gaps stay gaps.
        fileprivate func smooth(over count: Int) -> [Double] {
            y.indices.map { index in
                guard y[index].isFinite, !Interrupt.isRequested else { return .nan }
                let half = min(count / 2, index, y.count - 1 - index)
                let near = y[(index - half)...(index + half)].filter(\.isFinite)
                return near.reduce(0, +) / Double(near.count)
            }
        }
    }

    private let title: String
    private let xLabel: String
    private let xNames: [String]
    private let yLabel: String
    private let series: [Series]
    private let yRange: ClosedRange<Double>?
    private let yLimits: ClosedRange<Double>
    private let smoothing: Int

    /// The size, 460 x 300 points by default.
    public private(set) var size: (width: Double, height: Double)

    /// Draws `series` over axes named `xLabel` and `yLabel`; `yRange` (default: what the points need) fixes the y axis,
    /// and without it the axis and the error bars end at `yLimits` (default: none), such as 0 and 1 of shares.
    ///
    /// With `xNames` (default: none), at most 30, the axis has these names at x = 1, 2, ... instead of numbers.
    /// With a `smoothing` of 2 to 1000 (default 1) the lines are running means over that many points (an odd number:
    /// one more where it is even), and the points themselves are faint behind them.
    public init(
        title: String = "", xLabel: String, xNames: [String] = [], yLabel: String, series: [Series],
        yRange: ClosedRange<Double>? = nil, yLimits: ClosedRange<Double> = -.infinity ... .infinity, smoothing: Int = 1,
        size: (width: Double, height: Double) = (460, 300)
    ) throws(FigureError) {
        try FigureError.require(!series.isEmpty, "series", "empty", "at least one curve")
        try Axes.check(size)
        try FigureError.require(xNames.count <= 30, "x_names", "\(xNames.count) names", "at most 30")
        try FigureError.require((1...1000).contains(smoothing), "smooth", smoothing, "1 to 1000 points")
        (self.title, self.xLabel, self.xNames, self.yLabel, self.series) = (title, xLabel, xNames, yLabel, series)
        (self.yRange, self.yLimits, self.smoothing, self.size) = (yRange, yLimits, smoothing, size)
    }

    /// Curves or points, what is drawn over what, and the names of the series.
    public var summary: String {
        let kind = series.allSatisfy(\.isPoints) ? "Points" : series.count == 1 ? "Curve" : "Curves"
        let words = Axes.words(yLabel, over: xLabel)
        return summary(kind, title: title, names: series.map(\.name), words, xNames.joined(separator: ", "))
    }

    /// As wide as the page, and as high as it was.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure {
        Axes.fitted(self, \.size, to: page)
    }

    /// Draws axes, curves and key.
    public func draw(on canvas: Canvas) {
        let xs = series.flatMap(\.x).filter(\.isFinite)
        let ends = series.flatMap { curve in
            curve.y.indices.flatMap { [bar(curve, $0).low, bar(curve, $0).high] }
        }.filter(\.isFinite)
        let shared = xNames.isEmpty ? Ticks(at: xs) : Ticks(names: xNames)
        let axes = Axes(
            shared ?? Ticks(from: xs.min() ?? 0, to: xs.max() ?? 1, count: 6), xLabel,
            Ticks(
                from: yRange?.lowerBound ?? ends.min() ?? 0, to: yRange?.upperBound ?? ends.max() ?? 1,
                limits: yRange == nil ? yLimits : -.infinity ... .infinity),
            yLabel, title: title, names: series.map(\.name), size: size, on: canvas)
        let step = shared.map { shift(at: $0.values, on: axes) } ?? 0
        let area = Canvas.Rectangle(
            x: axes.area.x, y: axes.area.y - 4, width: axes.area.width, height: axes.area.height + 8)
        canvas.clipped(to: area) {
            for (index, curve) in series.enumerated() {
                let shift = (Double(index) - Double(series.count - 1) / 2) * step
                draw(curve, index, shift: shift, on: canvas, axes)
            }
        }
        axes.drawKey(on: canvas, hasLine: { !series[$0].isPoints }, hasMarks: { series[$0].hasMarks })
    }

    /// The ends of the error bar of a point, within the limits.
    private func bar(_ curve: Series, _ index: Int) -> (low: Double, high: Double) {
        let (y, error) = (curve.y[index], curve.error(index))
        return (max(y - error, yLimits.lowerBound), min(y + error, yLimits.upperBound))
    }

    /// The shift in points from one curve to the next at one of the numbers `xs`: all curves together take at most two
    /// thirds of the way to the next number, and their marks stay within the axes.
    private func shift(at xs: [Double], on axes: Axes) -> Double {
        let isSingle = xs.count == 1
        guard series.count > 1, isSingle || series.contains(where: { $0.errors.contains { $0 > 0 } }) else { return 0 }
        let gaps = zip(xs, xs.dropFirst()).map { axes.point($1, 0).x - axes.point($0, 0).x }
        let margin = (xs.first.map { axes.point($0, 0).x - axes.area.x } ?? 0) - 5
        let room = min((gaps.min() ?? .infinity) * 2 / 3, 2 * max(margin, 0))
        return min(isSingle ? 36 : 9, room / Double(series.count - 1))
    }

    private func draw(_ curve: Series, _ number: Int, shift: Double, on canvas: Canvas, _ axes: Axes) {
        let colour = Palette.series(number)
        func points(_ y: [Double]) -> [(x: Double, y: Double)] {
            zip(curve.x, y).map { x, y in
                let point = axes.point(x, y)
                return (point.x + shift, point.y)
            }
        }
        let marks = points(curve.y)
        if curve.isPoints {
            // The marks are all there is to draw.
        } else if smoothing > 1 {
            canvas.line(marks, colour.opacity(0.25), width: 0.7)
            canvas.line(points(curve.smooth(over: smoothing)), colour, width: 1.5)
        } else {
            // With error bars the lines are only to guide the eye, so they are fainter.
            canvas.line(marks, curve.errors.isEmpty ? colour : colour.opacity(0.45), width: curve.hasMarks ? 1.5 : 1)
        }
        for (index, point) in marks.enumerated() where curve.error(index) > 0 && !Interrupt.isRequested {
            let bar = bar(curve, index)
            let ends = [bar.low, bar.high].map { axes.point(curve.x[index], $0).y }
            canvas.line(ends.map { (point.x, $0) }, colour, width: 1.1)
            for end in ends { canvas.line([(point.x - 2.5, end), (point.x + 2.5, end)], colour, width: 1.1) }
        }
        guard curve.hasMarks else { return }
        for point in marks { canvas.mark(.series(number), point.x, point.y, colour) }
    }
}
