import Foundation
import Support
import Tensors

/// Small grey images of characters, each varied at random: a data set to learn from that any machine can make.
public struct GlyphImages {
    /// count x 1 x side x side, from 0 (paper) to 1 (ink).
    public let images: Tensor
    /// The index of each image's character among the characters, from 0.
    public let labels: Tensor

    /// The families of Debian's package fonts-dejavu-core.
    public static let families = ["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"]

    /// Draws `count` images of `side` x `side` pixels, in which the characters take turns.
    ///
    /// Each is of a family, weight and slant drawn at random, centred, then turned, sheared, stretched, shifted, bent
    /// and made bolder.
    ///
    /// - Parameters:
    ///   - characters: The characters, each a class.
    ///   - families: Names of font families; for one that is not installed, the system takes the nearest.
    ///   - variation: How much the images vary; at 0 they do in their fonts alone. At 1 they are turned by up to 20
    ///     degrees, sheared by up to 0.25 and shifted by up to 8% of the side.
    public init(
        of characters: String, count: Int, side: Int, families: [String] = Self.families, variation: Double = 1,
        generator: RandomGenerator
    ) throws(FigureError) {
        let characters = characters.map(String.init)
        try FigureError.require(!characters.isEmpty, "characters", "empty", "at least one character")
        try FigureError.require((4...512).contains(side), "size", side, "4 to 512 pixels")
        let most = 100_000_000 / (side * side)
        try FigureError.require((1...most).contains(count), "count", count, "1 to \(most) images of that size")
        try FigureError.require(!families.isEmpty, "fonts", "empty", "at least one family")
        try FigureError.require((0...4).contains(variation), "vary", variation, "a number from 0 to 4")
        let canvas = try GlyphCanvas(side: side)
        let numbers = generator.split()
        var pixels: [Float] = []
        var labels: [Float] = []
        for index in 0..<count {
            guard !Interrupt.isRequested else { throw .interrupted }
            let label = index % characters.count
            let outline = try canvas.outline(
                of: characters[label], family: families[numbers.below(families.count)],
                isBold: numbers.below(2) == 1, isSlanted: numbers.below(2) == 1)
            let shape = GlyphShape(variation: variation, numbers)
            guard let placed = shape.apply(to: outline, side: Double(side)) else {
                throw .parameter("characters", value: "'\(characters[label])'", expected: "characters that leave ink")
            }
            pixels += try canvas.fill(placed, stroke: shape.stroke * Double(side))
            labels.append(Float(label))
        }
        do throws(TensorError) {
            images = try Tensor(pixels, shape: [count, 1, side, side])
            self.labels = try Tensor(labels, shape: [count])
        } catch {
            throw .parameter("count", value: "\(count)", expected: "as many images as fit: \(error)")
        }
    }
}

/// How one character is bent and placed. Points are in units of half the ink's longer side, from its centre.
private struct GlyphShape {
    /// A wave that moves points by `amplitude` times a sine.
    private struct Wave {
        let amplitude: SIMD2<Double>
        let frequency: SIMD2<Double>
        let phase: Double

        func displacement(at point: SIMD2<Double>) -> SIMD2<Double> {
            amplitude * sin((frequency * point).sum() + phase)
        }
    }

    private let waves: [Wave]
    /// Where a step along each axis leads in the image, whose side is 1, and where the centre lies there.
    private let columns: (SIMD2<Double>, SIMD2<Double>)
    private let centre: SIMD2<Double>
    /// How wide the outline is drawn over, as a share of the side.
    let stroke: Double

    init(variation: Double, _ numbers: RandomGenerator) {
        /// A number within +- `bound`.
        func upTo(_ bound: Double) -> Double { (2 * Double(numbers.uniform()) - 1) * bound * variation }
        let (angle, shear) = (upTo(20 * .pi / 180), upTo(0.25))
        let height = 0.36 * exp(upTo(0.15))
        let width = height * exp(upTo(0.15))
        columns = (
            width * SIMD2(cos(angle), sin(angle)),
            height * SIMD2(shear * cos(angle) - sin(angle), shear * sin(angle) + cos(angle))
        )
        centre = SIMD2(0.5 + upTo(0.08), 0.5 + upTo(0.08))
        stroke = abs(upTo(0.06))
        waves = (0..<3).map { _ in
            Wave(
                amplitude: SIMD2(upTo(0.09), upTo(0.09)),
                frequency: 3 * SIMD2(2 * Double(numbers.uniform()) - 1, 2 * Double(numbers.uniform()) - 1),
                phase: 2 * .pi * Double(numbers.uniform()))
        }
    }

    /// The outline in pixels of an image of that side; nil where there is no ink.
    func apply(to outline: GlyphCanvas.Outline, side: Double) -> GlyphCanvas.Outline? {
        guard var low = outline.first?.first else { return nil }
        var high = low
        for point in outline.joined() { (low, high) = (pointwiseMin(low, point), pointwiseMax(high, point)) }
        let (middle, half) = ((low + high) / 2, (high - low).max() / 2)
        guard half > 0 else { return nil }
        return outline.map { corners in
            corners.map { point in
                let unit = (point - middle) / half
                let bent = waves.reduce(unit) { $0 + $1.displacement(at: unit) }
                return side * (centre + bent.x * columns.0 + bent.y * columns.1)
            }
        }
    }
}
