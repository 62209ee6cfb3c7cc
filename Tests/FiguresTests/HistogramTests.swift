import Figures
import Foundation
import Tensors
import Testing

/// Histograms and scatter plots, read off the SVG.
@Suite struct HistogramTests {
    /// The corners of the area of the only series.
    private func outline(_ figure: HistogramFigure) throws -> [(x: Double, y: Double)] {
        try #require(try SVGPaths.points(figure, SVGPaths.first, isFilled: true, opacity: "0.6").first)
    }

    /// The heights of the bars, as multiples of the smallest that is above 0.
    private func heights(_ figure: HistogramFigure, bins: Int) throws -> [Int] {
        let points = try outline(figure)
        // The ground, two corners a bar, and the ground.
        try #require(points.count >= 2 * bins + 2)
        let tops = (0..<bins).map { points[0].y - points[1 + 2 * $0].y }
        let unit = tops.filter { $0 > 0.01 }.min() ?? 1
        return tops.map { Int(($0 / unit).rounded()) }
    }

    @Test func barsCountWhatLiesInThem() throws {
        let values: [Float] = [0, 0.1, 0.2, 1.2, 3.9, 4, 4, .nan, .infinity]
        let figure = try HistogramFigure(series: [.init(name: "", values: values)], bins: 4)
        #expect(try heights(figure, bins: 4) == [3, 1, 0, 3])
        let within = try HistogramFigure(series: [.init(name: "", values: values)], bins: 2, range: 0...2)
        #expect(try heights(within, bins: 2) == [3, 1])
    }

    @Test func densitiesHaveTheSameHeightWhateverTheNumber() throws {
        let few = HistogramFigure.Series(name: "", values: [1, 1, 2])
        let many = HistogramFigure.Series(name: "", values: (0..<300).map { $0 % 3 == 2 ? 2 : 1 })
        func top(_ series: HistogramFigure.Series) throws -> [Double] {
            try outline(HistogramFigure(series: [series], bins: 2, isDensity: true)).map(\.y)
        }
        #expect(try top(few) == top(many))
    }

    @Test(arguments: [[], [5], [.nan], [1e38, -1e38], [.leastNonzeroMagnitude], [3, 3, 3]] as [[Float]])
    func whatIsDegenerateIsStillDrawn(values: [Float]) throws {
        let figure = try HistogramFigure(series: [.init(name: "a", values: values)])
        #expect(try figure.png().count > 1000)
    }

    @Test func whatIsWrong() throws {
        let series = [HistogramFigure.Series(name: "", values: [1])]
        #expect(throws: FigureError.self) { try HistogramFigure(series: []) }
        #expect(throws: FigureError.self) { try HistogramFigure(series: series, bins: 0) }
        #expect(throws: FigureError.self) { try HistogramFigure(series: series, range: 0...0) }
        #expect(throws: FigureError.self) { try HistogramFigure(series: series, range: 0...Double.infinity) }
        #expect(throws: FigureError.self) { try HistogramFigure(series: series, size: (10, 10)) }
        #expect(throws: FigureError.self) { try ScatterFigure(series: []) }
        #expect(throws: FigureError.self) { try ScatterFigure.Series(name: "", x: [1], y: []) }
    }

    /// Each point that is finite is a mark in its series' colour, in its place.
    @Test func pointsAreMarks() throws {
        let series = try ScatterFigure.Series(name: "a", x: [0, 1, 2, .nan], y: [0, 5, 10, 3])
        let marks = try SVGPaths.points(ScatterFigure(series: [series]), SVGPaths.first, isFilled: true)
        // The key has one more.
        #expect(marks.count == 4)
        let many = try ScatterFigure.Series(name: "a", x: (0..<1000).map(Double.init), y: (0..<1000).map(Double.init))
        #expect(try ScatterFigure(series: [many]).png().count > 4000)
    }
}
