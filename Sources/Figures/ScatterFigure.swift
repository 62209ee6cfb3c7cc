import Support
/// Points in a plane, such as one score against another.
public struct ScatterFigure: Figure {
    /// The points under one name.
    public struct Series: Sendable {
        fileprivate let name: String
        fileprivate let x: [Double]
        fileprivate let y: [Double]

        /// Names the points (x, y); those that are not finite are left out. Throws where the numbers of x and y differ.
        public init(name: String, x: [Double], y: [Double]) throws(FigureError) {
            try FigureError.require(
                x.count == y.count, "series '\(name)'", "\(x.count) x, \(y.count) y", "as many of each")
            let finite = x.indices.filter { x[$0].isFinite && y[$0].isFinite }
            (self.name, self.x, self.y) = (name, finite.map { x[$0] }, finite.map { y[$0] })
        }
    }

    private let title: String
    private let xLabel: String
    private let yLabel: String
    private let series: [Series]

    /// The size, 400 x 340 points by default.
    public private(set) var size: (width: Double, height: Double)

    /// Draws `series` over axes named `xLabel` and `yLabel`.
    public init(
        title: String = "", xLabel: String = "", yLabel: String = "", series: [Series],
        size: (width: Double, height: Double) = (400, 340)
    ) throws(FigureError) {
        try FigureError.require(!series.isEmpty, "series", "empty", "at least one series")
        try Axes.check(size)
        (self.title, self.xLabel, self.yLabel, self.series, self.size) = (title, xLabel, yLabel, series, size)
    }

    /// Points, what is drawn over what, and the names of the series.
    public var summary: String {
        summary("Points", title: title, names: series.map(\.name), Axes.words(yLabel, over: xLabel))
    }

    /// As wide as the page, and as high as it was.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure {
        Axes.fitted(self, \.size, to: page)
    }

    /// Up to so many points are drawn as marks; more are drawn as half transparent dots.
    private static let mostMarks = 500

    /// Draws axes, points and key.
    public func draw(on canvas: Canvas) {
        let (xs, ys) = (series.flatMap(\.x), series.flatMap(\.y))
        let axes = Axes(
            Ticks(from: xs.min() ?? 0, to: xs.max() ?? 1), xLabel,
            Ticks(from: ys.min() ?? 0, to: ys.max() ?? 1), yLabel, title: title, names: series.map(\.name), size: size,
            on: canvas)
        let hasMarks = xs.count <= Self.mostMarks
        for (index, group) in series.enumerated() {
            for (x, y) in zip(group.x, group.y) {
                let point = axes.point(x, y)
                if hasMarks {
                    canvas.mark(.series(index), point.x, point.y, Palette.series(index))
                } else {
                    canvas.dot(point.x, point.y, radius: 1.6, Palette.series(index).opacity(0.4))
                }
            }
        }
        axes.drawKey(on: canvas, hasLine: { _ in false }, hasMarks: { _ in true })
    }
}
