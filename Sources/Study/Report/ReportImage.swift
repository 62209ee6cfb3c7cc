import Figures
import Foundation

/// A figure as an image within a page.
struct ReportImage {
    private let source: String
    private let size: (width: Double, height: Double)

    /// Draws `figure` as SVG or PNG.
    ///
    /// A figure of lines is an SVG. One of pixels is whatever has fewer bytes; where that is more than `limit`, it is a
    /// PNG of fewer pixels, down to one a point.
    init(_ figure: any Figure, limit: Int) throws(FigureError) {
        size = figure.size
        let svg = try figure.svg()
        guard figure.hasPixels, svg.count > 20_000 else {
            source = Self.address(of: svg, type: "image/svg+xml")
            return
        }
        var png = try figure.png()
        if min(png.count, svg.count) > limit { png = try figure.png(scale: 1.5) }
        if min(png.count, svg.count) > limit { png = try figure.png(scale: 1) }
        source =
            svg.count <= png.count
            ? Self.address(of: svg, type: "image/svg+xml") : Self.address(of: png, type: "image/png")
    }

    /// The image's tag, described by `text`, `width` CSS pixels wide (default: 4/3 of the figure's points), with
    /// more `attributes`. One that is wider than 640 pixels stays readable on a phone, where it is moved sideways.
    func html(text: String, width: Double? = nil, attributes: String = "") -> String {
        let width = width ?? size.width * 4 / 3
        let height = width * size.height / size.width
        return "<img src=\"\(source)\" alt=\"\(text.htmlText)\" width=\"\(Int(width.rounded(.up)))\" "
            + "height=\"\(Int(height.rounded(.up)))\"\(width > 640 ? " class=\"wide\"" : "")\(attributes)>"
    }

    private static func address(of data: Data, type: String) -> String {
        "data:\(type);base64,\(data.base64EncodedString())"
    }
}
