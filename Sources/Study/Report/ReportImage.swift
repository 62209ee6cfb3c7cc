import Figures
import Foundation

/// A figure as an image within a page.
struct ReportImage {
    private let source: String
    private let size: (width: Double, height: Double)

    /// Draws `figure`: as SVG if it is one of lines and letters, as PNG if it shows images. A PNG has two pixels a point,
    /// or down to one where it has more than `limit` bytes.
    init(_ figure: any Figure, limit: Int) throws(FigureError) {
        size = figure.size
        guard figure.hasPixels else {
            source = "data:image/svg+xml;base64," + (try figure.svg()).base64EncodedString()
            return
        }
        var png = try figure.png()
        for scale in [1.5, 1] where png.count > limit { png = try figure.png(scale: scale) }
        source = "data:image/png;base64," + png.base64EncodedString()
    }

    /// The image's tag, described by `text`, `width` CSS pixels wide (default: 4/3 of the figure's points), with
    /// more `attributes`. One that is wider than 640 pixels stays readable on a phone, where it is moved sideways.
    func html(text: String, width: Double? = nil, attributes: String = "") -> String {
        let width = width ?? size.width * 4 / 3
        let height = width * size.height / size.width
        return "<img src=\"\(source)\" alt=\"\(text.htmlText)\" width=\"\(Int(width.rounded(.up)))\" "
            + "height=\"\(Int(height.rounded(.up)))\"\(width > 640 ? " class=\"wide\"" : "")\(attributes)>"
    }
}
