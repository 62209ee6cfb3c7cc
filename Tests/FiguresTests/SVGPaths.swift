import Figures
import Foundation

/// What an SVG of ours draws: each stroke, and each area that is filled, is a path in a colour.
enum SVGPaths {
    /// The colours of the first two series, as Cairo writes them.
    static let first = "rgb(0%,44.705882%,69.803922%)"
    static let second = "rgb(83.529412%,36.862745%,0%)"

    /// The points of the paths in one colour: those of strokes, or of what is filled.
    static func points(
        _ figure: any Figure, _ colour: String, isFilled: Bool = false, opacity: String = "1"
    ) throws -> [[(x: Double, y: Double)]] {
        let svg = String(decoding: try figure.svg(), as: UTF8.self)
        return svg.components(separatedBy: "<path").dropFirst().filter { path in
            let path = path.replacingOccurrences(of: " ", with: "")
            let paint = isFilled ? ["fill", "fill-opacity"] : ["stroke", "stroke-opacity"]
            return path.contains("\(paint[0]):\(colour);") || path.contains("\(paint[0])=\"\(colour)\"")
                ? path.contains("\(paint[1]):\(opacity);") || path.contains("\(paint[1])=\"\(opacity)\"") : false
        }.compactMap { path in
            guard
                let data = path.components(separatedBy: " d=\"").dropFirst().first?.components(separatedBy: "\"").first
            else { return nil }
            let numbers = data.split { !("0"..."9").contains($0) && $0 != "." && $0 != "-" }.compactMap { Double($0) }
            return stride(from: 0, to: numbers.count - 1, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
        }
    }
}
