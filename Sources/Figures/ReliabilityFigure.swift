import Support
import Foundation

/// Reliability curves: how often voxels are in the mask, against the probability that was given to them.
///
/// Right probabilities lie on the diagonal. Faint bars at the bottom show how many voxels a bin has, in the logarithm:
/// an empty bin has none, the largest of all a quarter of the height. (Guo et al., "On calibration of modern neural
/// networks", ICML 2017.)
public struct ReliabilityFigure: Figure {
    /// The voxels of which the probability is in a range.
    public struct Bin: Sendable {
        fileprivate let range: ClosedRange<Double>
        fileprivate let count: Int
        fileprivate let point: (x: Double, y: Double)?

        /// Takes the bin of `count` voxels from probability `lower` to `upper`, with the mean of their probabilities,
        /// `confidence`, and their share in the mask, `frequency`; a bin without either has no point.
        ///
        /// Throws where `lower` is not below `upper`, a number is not from 0 to 1, or the count is negative.
        public init(
            lower: Double, upper: Double, count: Int, confidence: Double? = nil, frequency: Double? = nil
        ) throws(FigureError) {
            let numbers = [("lower", lower), ("upper", upper), ("confidence", confidence), ("frequency", frequency)]
            for case (let name, let value?) in numbers {
                try FigureError.require((0...1).contains(value), name, value, "a number from 0 to 1")
            }
            try FigureError.require(lower < upper, "upper", upper, "more than \(lower)")
            try FigureError.require(count >= 0, "count", count, "0 or more")
            (self.range, self.count) = (lower...upper, count)
            if let confidence, let frequency { point = (confidence, frequency) } else { point = nil }
        }
    }

    /// The bins of one method.
    public struct Series: Sendable {
        fileprivate let name: String
        fileprivate let bins: [Bin]

        /// Names the bins of a method.
        public init(name: String, bins: [Bin]) { (self.name, self.bins) = (name, bins) }
    }

    private let title: String
    private let series: [Series]

    /// The size, 420 x 340 points by default.
    public private(set) var size: (width: Double, height: Double)

    /// Draws a curve for each of `series`.
    public init(
        title: String = "", series: [Series], size: (width: Double, height: Double) = (420, 340)
    ) throws(FigureError) {
        try FigureError.require(!series.isEmpty, "bins", "empty", "those of at least one method")
        try Axes.check(size)
        (self.title, self.series, self.size) = (title, series, size)
    }

    /// Reliability curves, and the names of the methods.
    public var summary: String {
        summary(
            "Reliability curves", title: title, names: series.map(\.name),
            Axes.words("share in the mask", over: "probability given"))
    }

    /// As wide as the page, and as high as it was.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure {
        Axes.fitted(self, \.size, to: page)
    }

    /// Draws the diagonal, bars, curves and key.
    public func draw(on canvas: Canvas) {
        let axes = Axes(
            Ticks(from: 0, to: 1), "probability given (bars: voxels, log scale)",
            Ticks(from: 0, to: 1), "share in the mask", title: title, names: series.map(\.name), size: size, on: canvas)
        drawBars(on: canvas, axes)
        canvas.line([axes.point(0, 0), axes.point(1, 1)], .faint, width: 0.8)
        for (index, method) in series.enumerated() {
            let points = method.bins.compactMap(\.point).map { axes.point($0.x, $0.y) }
            canvas.line(points, Palette.series(index), width: 1.5)
            // More marks than these would cover the line.
            guard method.bins.count <= 30 else { continue }
            for point in points { canvas.mark(.series(index), point.x, point.y, Palette.series(index)) }
        }
        axes.drawKey(on: canvas) { series[$0].bins.count <= 30 }
    }

    /// Draws the methods' bars side by side within each bin.
    private func drawBars(on canvas: Canvas, _ axes: Axes) {
        func level(_ count: Int) -> Double { log10(1 + Double(count)) }
        let largest = series.flatMap(\.bins).map { level($0.count) }.max() ?? 0
        guard largest > 0 else { return }
        for (index, method) in series.enumerated() {
            for bin in method.bins {
                let (from, to) = (axes.point(bin.range.lowerBound, 0), axes.point(bin.range.upperBound, 0))
                let width = (to.x - from.x) * 0.8 / Double(series.count)
                let height = level(bin.count) / largest * axes.area.height / 4
                let bar = Canvas.Rectangle(
                    x: from.x + (to.x - from.x) * 0.1 + Double(index) * width, y: from.y - height, width: width,
                    height: height)
                canvas.fill(bar, Palette.series(index).opacity(0.18))
            }
        }
    }
}
