import Distributions
import Figures
import Sessions
import Support
import Tensors

/// How distributions look.
extension DistributionObject: DisplayedObject {
    /// More curves than this are no picture.
    private static let mostCurves = 6
    /// The points of a curve, and the most classes that are shown.
    private static let points = 400

    /// The densities, for a few distributions of numbers, or bars of probabilities; otherwise the text alone.
    var richForm: RichForm? {
        get throws {
            let size = distribution.batchShape.reduce(1, *)
            guard distribution.eventShape.isEmpty, 1...Self.mostCurves ~= size else { return nil }
            if let categorical = distribution as? Categorical, categorical.classes > Self.points { return nil }
            return .figure(try densities(count: size))
        }
    }

    /// The shape of the batch, and that of the event.
    var displaySize: DisplaySize? {
        let shapes = [distribution.batchShape, distribution.eventShape].filter { !$0.isEmpty }
        return DisplaySize(shapes.isEmpty ? "1" : shapes.map(\.shapeText).joined(separator: " of "))
    }

    /// Curves over where most draws lie.
    private func densities(count: Int) throws -> CurveFigure {
        try GradientMode.disabled {
            let draws = try distribution.sample([1000], generator: RandomGenerator(seed: 0)).values.sorted()
            let (low, high) = (Double(draws[draws.count / 200]), Double(draws[draws.count - 1 - draws.count / 200]))
            // Whole numbers close to each other are those of classes, and have no density in between.
            let isWhole = high - low < Double(Self.points) && draws.allSatisfy { $0 == $0.rounded() }
            let margin = isWhole ? 0 : 0.1 * (high - low)
            let x =
                try isWhole
                ? Tensor.arange(low, high) : .linspace(low - margin, high + margin, count: Self.points)
            let batch = distribution.batchShape.map { _ in 1 }
            let density = try distribution.logProbability(x.reshaped([x.count] + batch)).exp().reshaped([-1, count])
            let series = try (1...count).map { place in
                try CurveFigure.Series(
                    name: count == 1 ? distribution.kind : "\(distribution.kind) \(place)",
                    x: x.values.map(Double.init), y: density.select(2, place).values.map(Double.init))
            }
            return try CurveFigure(
                title: description, xLabel: "value", yLabel: isWhole ? "probability" : "density", series: series)
        }
    }
}
