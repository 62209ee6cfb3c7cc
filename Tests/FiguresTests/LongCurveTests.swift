import Figures
import Foundation
import Support
import Testing

/// Curves of many points, and what stops their drawing.
@Suite struct LongCurveTests {
    private func noise(_ count: Int) throws -> CurveFigure {
        let generator = RandomGenerator(seed: 7)
        let y = (0..<count).map { _ in Double(generator.uniform()) }
        let series = try CurveFigure.Series(name: "noise", x: (0..<count).map(Double.init), y: y)
        return try CurveFigure(xLabel: "x", yLabel: "y", series: [series])
    }

    /// A curve is drawn in pieces, each from where the one before it ends: no segment is lost, and none drawn twice.
    @Test func allSegmentsAreDrawn() throws {
        let pieces = try SVGPaths.points(noise(2500), SVGPaths.first).filter { $0.count > 2 }
        #expect(pieces.map(\.count) == [1000, 1001, 501])
        for (piece, next) in zip(pieces, pieces.dropFirst()) {
            #expect(piece.last?.x == next.first?.x && piece.last?.y == next.first?.y)
        }
    }

    @Test func anInterruptStopsTheDrawing() async {
        await #expect(processExitsWith: .success) {
            let figure = try LongCurveTests().noise(3000)
            Interrupt.request()
            #expect(throws: FigureError.interrupted) { try figure.png() }
            #expect(throws: FigureError.interrupted) { try figure.svg() }
            #expect(throws: FigureError.interrupted) { try figure.write(to: "/nonexistent/x.png") }
            Interrupt.clear()
            #expect(try !figure.png().isEmpty)
        }
    }
}
