import Figures
import Foundation
import Testing

/// Curves and reliability, read off the SVG: each stroke, and each filled mark, is a path in a colour.
@Suite struct CurveTests {
    private static let first = SVGPaths.first
    private static let second = SVGPaths.second

    private func paths(
        _ figure: any Figure, _ colour: String, isFilled: Bool = false, opacity: String = "1"
    ) throws -> [[(x: Double, y: Double)]] {
        try SVGPaths.points(figure, colour, isFilled: isFilled, opacity: opacity)
    }

    private func figure(
        _ series: [CurveFigure.Series], yRange: ClosedRange<Double>? = nil,
        yLimits: ClosedRange<Double> = -.infinity ... .infinity, smoothing: Int = 1
    ) throws -> CurveFigure {
        try CurveFigure(
            xLabel: "n", yLabel: "Dice", series: series, yRange: yRange, yLimits: yLimits, smoothing: smoothing)
    }

    private func series(_ names: Int, x: [Double], error: Double) throws -> [CurveFigure.Series] {
        try (0..<names).map {
            try .init(name: "\($0)", x: x, y: x.map { _ in 0.5 }, errors: x.map { _ in error })
        }
    }

    /// The whiskers of curves at the same places have different x, equally far apart; their middles are as before.
    @Test func errorBarsDoNotCoverEachOther() throws {
        let x = [5.0, 10, 20]
        let curves = try ["a", "b"].map {
            try CurveFigure.Series(name: $0, x: x, y: [0.5, 0.6, 0.7], errors: [0.1, 0.05, 0])
        }
        let both = try figure(curves)
        func bars(_ colour: String) throws -> [(x: Double, y: Double)] {
            try paths(both, colour).filter { $0.count == 2 && $0[0].x == $0[1].x && $0[0].y != $0[1].y }.map { $0[0] }
        }
        let (first, second) = (try bars(Self.first), try bars(Self.second))
        // The third error is 0.
        try #require(first.count == 2 && second.count == 2)
        for (a, b) in zip(first, second) { #expect(abs(b.x - a.x - 9) < 0.01 && a.y == b.y) }
        let alone = try paths(figure([curves[0]]), Self.first).filter { $0.count == 2 && $0[0].x == $0[1].x }
        #expect(alone.count == 2)
    }

    /// Nine curves side by side stay within the axis, marks and all.
    @Test func manyCurvesStayOnTheAxis() throws {
        let figure = try figure(
            (1...9).map { try CurveFigure.Series(name: "\($0)", x: [2, 3], y: [0.5, 0.6], errors: [0.1, 0.1]) })
        let bars = try paths(figure, Self.first).filter { $0.count == 2 && $0[0].x == $0[1].x }
        let axis = try paths(figure, "rgb(40%,40%,40%)").filter { $0.count == 2 && $0[0].y == $0[1].y }
        let left = try #require(axis.flatMap { $0.map(\.x) }.min())
        #expect(bars.count == 2 && bars.allSatisfy { $0[0].x > left + 4 })
    }

    /// Curves of one place and one value lie side by side, with or without errors, and stay within the axis.
    @Test(arguments: [2, 4, 9], [0, 0.1]) func curvesOfOnePlaceLieSideBySide(count: Int, error: Double) throws {
        let figure = try figure(series(count, x: [5], error: error))
        /// The middle of the mark of a series; that of the key, on the right, comes after it.
        func mark(_ colour: String) throws -> Double {
            let xs = try #require(paths(figure, colour, isFilled: true).first).map(\.x)
            return ((xs.min() ?? 0) + (xs.max() ?? 0)) / 2
        }
        let (first, second) = (try mark(Self.first), try mark(Self.second))
        #expect(second - first > 8)
        let axis = try paths(figure, "rgb(40%,40%,40%)").filter { $0.count == 2 && $0[0].y == $0[1].y }
        let ends = axis.flatMap { $0.map(\.x) }
        #expect(first > (ends.min() ?? 0) && first + (second - first) * Double(count - 1) < (ends.max() ?? 0))
    }

    /// Neither the axis nor a whisker leaves the limits, whatever the errors.
    @Test(arguments: [(0.95, 0.3), (0.02, 0.2), (1, 0), (0, 0), (0.5, 3)])
    func limitsAreNotLeft(value: Double, error: Double) throws {
        let curve = try CurveFigure.Series(name: "", x: [5, 10], y: [value, value], errors: [error, error])
        func heights(_ figure: CurveFigure) throws -> [Double] {
            try paths(figure, Self.first).flatMap { $0.map(\.y) }
        }
        let limited = try figure([curve], yLimits: 0...1)
        // The plot lies between these heights.
        #expect(try heights(limited).allSatisfy { (15.9...254.1).contains($0) })
        // With both whiskers at the limits it is the plot whose axis ends there.
        if error == 3 { #expect(try heights(limited) == heights(figure([curve], yRange: 0...1, yLimits: 0...1))) }
    }

    /// Three sizes are the axis's only numbers, in proportion; the first is not at its end.
    @Test func fewPlacesAreTheNumbersOfTheAxis() throws {
        func ticks(_ x: [Double]) throws -> [Double] {
            let curve = try CurveFigure.Series(name: "a", x: x, y: x.map { _ in 0.5 })
            let lines = try paths(figure([curve]), "rgb(40%,40%,40%)").filter { $0.count == 2 && $0[0].x == $0[1].x }
            return lines.map { $0[0].x }
        }
        let few = try ticks([5, 10, 20])
        try #require(few.count == 3)
        #expect(abs((few[2] - few[1]) / (few[1] - few[0]) - 2) < 0.01)
        #expect(try ticks([1, 2, 1000]).count > 3)
        #expect(try ticks((0..<400).map(Double.init)).count == 9)
        #expect(try ticks([3]).count == 1)
    }

    /// The mean of k^2 over i - h ... i + h is i^2 + h(h + 1) / 3.
    @Test func smoothingIsARunningMean() throws {
        let squares = (0..<40).map { Double($0 * $0) / 1600 }
        func heights(_ y: [Double], _ smoothing: Int, _ opacity: String = "1") throws -> [Double] {
            let curve = try CurveFigure.Series(name: "", x: (0..<40).map(Double.init), y: y)
            let lines = try paths(figure([curve], yRange: 0...1, smoothing: smoothing), Self.first, opacity: opacity)
            let points = try #require(lines.max { $0.count < $1.count })
            // The plot is 300 - 16 - 46 points high and ends 46 above the figure's edge.
            return points.map { (254 - $0.y) / 238 }
        }
        func expect(_ heights: [Double], _ expected: [Double]) {
            let isEqual = heights.count == expected.count && zip(heights, expected).allSatisfy { abs($0 - $1) < 1e-4 }
            #expect(isEqual)
        }
        expect(try heights(squares, 1), squares)
        for (smoothing, half) in [(2, 1), (3, 1), (5, 2), (1000, 500)] {
            let means = squares.indices.map { i in
                let h = Double(min(half, i, 39 - i))
                return squares[i] + h * (h + 1) / 3 / 1600
            }
            expect(try heights(squares, smoothing), means)
            expect(try heights(squares, smoothing, "0.25"), squares)
        }
        var gap = squares
        gap[30] = .nan
        let smooth = try heights(gap, 3)
        // Its neighbours are the means of two.
        try #require(smooth.count == 39)
        #expect(abs(smooth[29] - (28 * 28 + 29 * 29) / 3200.0) < 1e-4)
        #expect(abs(smooth[30] - (31 * 31 + 32 * 32) / 3200.0) < 1e-4)
        for wrong in [0, -1, 1001] {
            #expect(throws: FigureError.parameter("smooth", value: "\(wrong)", expected: "1 to 1000 points")) {
                try figure([.init(name: "", x: [1], y: [1])], smoothing: wrong)
            }
        }
    }

    private static let bins: [(lower: Double, upper: Double, count: Int, confidence: Double?, frequency: Double?)] = [
        (0, 0.25, 99, 0.2, 0.1), (0.25, 0.5, 9, 0.4, 0.4), (0.5, 0.75, 0, nil, nil), (0.75, 1, 1, 0.9, 1),
    ]

    @Test func reliabilityIsFrequencyAgainstConfidence() throws {
        let bins = try Self.bins.map {
            try ReliabilityFigure.Bin(
                lower: $0.lower, upper: $0.upper, count: $0.count, confidence: $0.confidence, frequency: $0.frequency)
        }
        let figure = try ReliabilityFigure(series: [.init(name: "", bins: bins)])
        let curve = try #require(paths(figure, Self.first).first { $0.count == 3 })
        let diagonal = try #require(
            paths(figure, "rgb(40%,40%,40%)").first { $0[0].x != $0[1].x && $0[0].y != $0[1].y })
        let (zero, one) = (diagonal[0], diagonal[1])
        let points = curve.map { (($0.x - zero.x) / (one.x - zero.x), ($0.y - zero.y) / (one.y - zero.y)) }
        for ((x, y), expected) in zip(points, [(0.2, 0.1), (0.4, 0.4), (0.9, 1)]) {
            #expect(abs(x - expected.0) < 1e-4 && abs(y - expected.1) < 1e-4)
        }
        // log10(1 + count): 2, 1, 0 and 0.3, of a quarter of the height.
        let bars = try paths(figure, Self.first, isFilled: true, opacity: "0.18").map { bar in
            ((bar.map(\.y).max() ?? 0) - (bar.map(\.y).min() ?? 0)) / (zero.y - one.y)
        }.filter { $0 > 1e-4 }
        try #require(bars.count == 3)
        for (bar, expected) in zip(bars, [0.25, 0.125, 0.0376]) { #expect(abs(bar - expected) < 1e-3) }
    }

    @Test func wrongBins() {
        func text(_ lower: Double, _ upper: Double, _ count: Int, _ confidence: Double? = nil) -> String {
            do {
                _ = try ReliabilityFigure.Bin(lower: lower, upper: upper, count: count, confidence: confidence)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(text(0, 1, 0) == "")
        #expect(text(-1, 1, 0) == "'lower' is -1.0: expected a number from 0 to 1")
        #expect(text(0, .nan, 0) == "'upper' is nan: expected a number from 0 to 1")
        #expect(text(0.5, 0.5, 0) == "'upper' is 0.5: expected more than 0.5")
        #expect(text(0, 1, -1) == "'count' is -1: expected 0 or more")
        #expect(text(0, 1, 1, 2) == "'confidence' is 2.0: expected a number from 0 to 1")
        #expect(throws: FigureError.self) { try ReliabilityFigure(series: []) }
        #expect(throws: FigureError.self) { try ReliabilityFigure(series: [.init(name: "", bins: [])], size: (9, 9)) }
    }

    /// No bins, no voxels, and as many as there can be still make a picture.
    @Test func drawsWhatIsDegenerate() throws {
        let bins = try [
            [], [ReliabilityFigure.Bin(lower: 0, upper: 1, count: 0)],
            [.init(lower: 0, upper: 1, count: .max, confidence: 0, frequency: 1)],
        ]
        for bins in bins {
            #expect(try ReliabilityFigure(series: [.init(name: "a", bins: bins)]).png().count > 1000)
        }
    }

    /// Of points alone each has a mark, however many they are, and no stroke joins them, in the key neither.
    @Test(arguments: [3, 100]) func pointsHaveMarksAndNoLine(count: Int) throws {
        let x = (0..<count).map { Double($0) / 7 }
        func series(_ isPoints: Bool) throws -> CurveFigure.Series {
            try .init(name: "points", x: x, y: x.map { $0 * $0 }, isPoints: isPoints)
        }
        let marks = try paths(figure([series(true)], smoothing: 5), Self.first, isFilled: true)
        #expect(marks.count == count + 1)
        #expect(try paths(figure([series(true)]), Self.first).isEmpty)
        #expect(try !paths(figure([series(false)]), Self.first).isEmpty)
    }
}
