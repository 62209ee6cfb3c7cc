import Support
/// Histograms over one axis: how many numbers lie in each of a row of equally wide bins.
public struct HistogramFigure: Figure {
    /// The numbers under one name.
    public struct Series: Sendable {
        fileprivate let name: String
        fileprivate let values: [Float]

        /// Names some numbers; those that are not finite are left out, and the axis says how many these were.
        public init(name: String, values: [Float]) { (self.name, self.values) = (name, values) }
    }

    private let title: String
    private let xLabel: String
    private let names: [String]
    private let range: ClosedRange<Double>
    /// For each series and bin, its number of values or their density.
    private let heights: [[Double]]
    private let isDensity: Bool

    /// The size, 460 x 300 points by default.
    public private(set) var size: (width: Double, height: Double)

    /// Counts each of `series` in 1 to 1000 `bins` (default 30) over `range` (default: from the least to the largest
    /// number of all); numbers beyond it are left out as well.
    ///
    /// With `isDensity`, the areas below the histograms are 1, so that series of different sizes can be compared.
    public init(
        title: String = "", xLabel: String = "", series: [Series], bins: Int = 30, range: ClosedRange<Double>? = nil,
        isDensity: Bool = false, size: (width: Double, height: Double) = (460, 300)
    ) throws(FigureError) {
        try FigureError.require(!series.isEmpty, "values", "empty", "at least one series")
        try FigureError.require((1...1000).contains(bins), "bins", bins, "1 to 1000")
        if let range {
            let width = (range.upperBound - range.lowerBound) / Double(bins)
            try FigureError.require(
                width.isNormal && range.lowerBound + width > range.lowerBound, "range", range,
                "two finite numbers, the smaller first, that are not too close")
        }
        try Axes.check(size)
        let bounds = range ?? Self.bounds(of: series)
        let width = (bounds.upperBound - bounds.lowerBound) / Double(bins)
        var leftOut = 0
        heights = series.map { series in
            var counts = [Double](repeating: 0, count: bins)
            var total = 0.0
            for value in series.values {
                let value = Double(value)
                guard value.isFinite, bounds.contains(value) else {
                    leftOut += 1
                    continue
                }
                counts[min(Int((value - bounds.lowerBound) / width), bins - 1)] += 1
                total += 1
            }
            return isDensity && total > 0 ? counts.map { $0 / (total * width) } : counts
        }
        self.xLabel = leftOut == 0 ? xLabel : (xLabel.isEmpty ? "" : xLabel + " ") + "(\(leftOut) left out)"
        (self.title, self.range, self.isDensity, self.size) = (title, bounds, isDensity, size)
        names = series.map(\.name)
    }

    /// From the least to the largest finite number, made wider where they are the same.
    private static func bounds(of series: [Series]) -> ClosedRange<Double> {
        var (least, largest) = (Float.infinity, -Float.infinity)
        for value in series.lazy.flatMap(\.values) where value.isFinite {
            (least, largest) = (min(least, value), max(largest, value))
        }
        guard least <= largest else { return 0...1 }
        let margin = least < largest ? 0 : max(Double(least.magnitude), 1) / 2
        return (Double(least) - margin)...(Double(largest) + margin)
    }

    /// A histogram, its axes, and the names of the series.
    public var summary: String {
        summary("Histogram", title: title, names: names, Axes.words(isDensity ? "density" : "count", over: xLabel))
    }

    /// As wide as the page, and as high as it was.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure {
        Axes.fitted(self, \.size, to: page)
    }

    /// Draws axes, bars and key.
    public func draw(on canvas: Canvas) {
        let axes = Axes(
            Ticks(from: range.lowerBound, to: range.upperBound, count: 6), xLabel,
            Ticks(from: 0, to: heights.joined().max() ?? 1), isDensity ? "density" : "count",
            title: title, names: names, size: size, on: canvas)
        for (index, bars) in heights.enumerated() { draw(bars, Palette.series(index), on: canvas, axes) }
        axes.drawKey(on: canvas) { _ in false }
    }

    /// Draws one histogram as a half transparent area with an outline.
    private func draw(_ bars: [Double], _ colour: Colour, on canvas: Canvas, _ axes: Axes) {
        let width = (range.upperBound - range.lowerBound) / Double(bars.count)
        var outline = [axes.point(range.lowerBound, 0)]
        for (bin, height) in bars.enumerated() {
            let left = range.lowerBound + Double(bin) * width
            outline += [axes.point(left, height), axes.point(left + width, height)]
        }
        outline.append(axes.point(range.upperBound, 0))
        canvas.fill(outline, colour.opacity(heights.count == 1 ? 0.6 : 0.35))
        canvas.line(outline, colour, width: 1.2)
    }
}
