/// A colour, of red, green, blue and opacity from 0 to 1.
public struct Colour: Equatable, Sendable {
    /// The amount of red.
    public var red: Double
    /// The amount of green.
    public var green: Double
    /// The amount of blue.
    public var blue: Double
    /// The opacity.
    public var alpha: Double

    /// Mixes a colour, opaque by default.
    public init(_ red: Double, _ green: Double, _ blue: Double, alpha: Double = 1) {
        (self.red, self.green, self.blue, self.alpha) = (red, green, blue, alpha)
    }

    /// A colour of 24 bits, as 0xRRGGBB.
    init(hex: UInt32) {
        self.init(Double(hex >> 16 & 255) / 255, Double(hex >> 8 & 255) / 255, Double(hex & 255) / 255)
    }

    /// The same colour with another opacity.
    func opacity(_ alpha: Double) -> Colour { Colour(red, green, blue, alpha: alpha) }

    /// The colour as Cairo's 32-bit pixel 0xAARRGGBB, its parts multiplied by the opacity; a part that is no number is
    /// 0.
    var pixel: UInt32 {
        func byte(_ value: Double) -> UInt32 { value > 0 ? UInt32((min(value, 1) * 255).rounded()) : 0 }
        return byte(alpha) << 24 | byte(red * alpha) << 16 | byte(green * alpha) << 8 | byte(blue * alpha)
    }

    /// Text.
    static let ink = Colour(hex: 0x222222)
    /// Axes and their numbers.
    static let faint = Colour(hex: 0x666666)
    /// Lines behind the data.
    static let grid = Colour(hex: 0xE4E4E4)
    /// Paper.
    static let white = Colour(1, 1, 1)
}

/// The colours of figures, which people with the common kinds of colour blindness tell apart (Okabe and Ito, 2008; of
/// the series, the last two are a grey and the wine of Tol, 2021).
public enum Palette {
    /// The colours of series, in their order; they repeat after the last.
    static let series = [
        0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000, 0x999999, 0x882255,
    ].map { Colour(hex: $0) }

    /// The outline of the true mask.
    package static let truth = Colour(hex: 0xF0E442)
    /// A predicted mask.
    package static let prediction = Colour(hex: 0xE8590C)

    /// The colour of series number `index`, from 0.
    public static func series(_ index: Int) -> Colour { series[index % series.count] }
}

/// A map from numbers to colours.
public enum ColourMap: Sendable {
    /// Black to white on 0 ... 1.
    case grey
    /// Dark over red to bright yellow on 0 ... 1, even in lightness.
    case heat
    /// Blue over white to red on -1 ... 1.
    case diverging

    private static let heatStops = [0x000004, 0x420A68, 0x932667, 0xDD513A, 0xFCA50A, 0xFCFFA4].map { Colour(hex: $0) }
    private static let divergingStops = [0x053061, 0x4393C3, 0xF7F7F7, 0xD6604D, 0x67001F].map { Colour(hex: $0) }

    /// The colour of `value`, which is clamped to the map's range; not a number is mid grey.
    public func callAsFunction(_ value: Double) -> Colour {
        guard !value.isNaN else { return Colour(0.5, 0.5, 0.5) }
        switch self {
        case .grey:
            let level = min(max(value, 0), 1)
            return Colour(level, level, level)
        case .heat: return Self.blend(Self.heatStops, at: value)
        case .diverging: return Self.blend(Self.divergingStops, at: (min(max(value, -1), 1) + 1) / 2)
        }
    }

    private static func blend(_ stops: [Colour], at value: Double) -> Colour {
        let position = min(max(value, 0), 1) * Double(stops.count - 1)
        let index = min(Int(position), stops.count - 2)
        let t = position - Double(index)
        let (a, b) = (stops[index], stops[index + 1])
        return Colour(
            a.red + t * (b.red - a.red), a.green + t * (b.green - a.green), a.blue + t * (b.blue - a.blue))
    }
}

/// The shape of a point of a series: with the colour it tells series apart, in print without colours, too.
enum Mark: Int, CaseIterable {
    case disc, square, triangle, diamond

    /// The shape of series number `index`, from 0; with the palette's colours the pairs repeat after 28.
    static func series(_ index: Int) -> Mark { allCases[index % allCases.count] }
}

extension Canvas {
    /// Draws a mark around (x, y), 6 points wide, with a white rim that parts it from lines and other marks.
    func mark(_ mark: Mark, _ x: Double, _ y: Double, _ colour: Colour) {
        guard x.isFinite, y.isFinite else { return }
        func polygon(_ corners: [(Double, Double)]) {
            let points = corners.map { (x: x + $0.0, y: y + $0.1) }
            line(points + points.prefix(2), .white, width: 1.6)
            fill(points, colour)
        }
        switch mark {
        case .disc:
            dot(x, y, radius: 3.9, .white)
            dot(x, y, radius: 3.1, colour)
        case .square: polygon([(-2.8, -2.8), (2.8, -2.8), (2.8, 2.8), (-2.8, 2.8)])
        case .triangle: polygon([(0, -3.9), (3.6, 2.5), (-3.6, 2.5)])
        case .diamond: polygon([(0, -4), (4, 0), (0, 4), (-4, 0)])
        }
    }
}
