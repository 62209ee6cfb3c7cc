import Figures
import Foundation
import Support
import Tensors

/// A scan to look through on a page: three planes, with masks and maps over it, as data that the page's script shows.
public struct VolumeViewer: Sendable {
    /// What lies over a scan.
    public enum Role: String, Sendable {
        /// Voxels that are outlined and lightly tinted: each class in its colour, or the values above 0.5.
        case mask
        /// Voxels that are tinted: each class in its colour, or as much as the probability says.
        case prediction
        /// Values in colours, from nothing at 0 to the largest; hidden at first where there is a prediction.
        case uncertainty
    }

    /// A mask or a map over a scan.
    public struct Overlay {
        fileprivate let name: String
        fileprivate let role: Role
        fileprivate let values: Tensor

        /// A mask or a map: a tensor of the scan's shape, and the name that the reader switches it by.
        public init(_ name: String, _ role: Role, _ values: Tensor) {
            (self.name, self.role, self.values) = (name, role, values)
        }
    }

    /// All that is shown, compressed and in base64; `ViewerScript` says how.
    private let data: String
    private static let opening = "<div class=\"volume-viewer\" data-volume=\""
    private static let closing = "</div>\n"
    /// What stands in the place of a volume.
    package static let note =
        "<p>This volume can be looked through where scripts may run, such as in a trusted notebook.</p>"
    /// The most characters of the data of a volume: below 1.5 MB with a picture beside it.
    private static let limit = 1_350_000

    /// Packs a scan, a tensor [depth, height, width] that lies in the world as `frame` says, and what lies over it.
    ///
    /// Values are kept in 63 to 4,095 equal steps, whole numbers and labels exactly where these suffice; where that
    /// takes more than about 1.35 MB, whole numbers of voxels are joined, and the viewer says so. Throws where a shape
    /// is not that of `frame`. `classes` are the names of the classes of labels, from 1; those without one have their
    /// number.
    public init(
        scan: Tensor, frame: VoxelFrame, overlays: [Overlay] = [], classes: [String] = []
    ) throws(ReportError) {
        try self.init(scan: scan, frame: frame, overlays: overlays, classes: classes, limit: Self.limit)
    }

    /// The same, with at most `limit` characters of data where the volume has more than one voxel.
    package init(
        scan: Tensor, frame: VoxelFrame, overlays: [Overlay] = [], classes: [String] = [], limit: Int
    ) throws(ReportError) {
        var layers = [try ViewerLayer("scan", role: nil, values: scan, shape: frame.shape)]
        for overlay in overlays {
            layers.append(
                try ViewerLayer(overlay.name, role: overlay.role, values: overlay.values, shape: frame.shape))
        }
        // Three bytes are four characters.
        data = Data(try ViewerData(layers, frame: frame, classes: classes).packed(limit: limit / 4 * 3))
            .base64EncodedString()
    }

    /// The viewer of an output whose HTML begins with one, of which the data alone are taken; nil of any other output.
    package init?(html: String) {
        guard html.hasPrefix(Self.opening) else { return nil }
        let data = html.utf8.dropFirst(Self.opening.utf8.count).prefix { $0 != UInt8(ascii: "\"") }
        guard !data.isEmpty, data.allSatisfy(\.isBase64) else { return nil }
        self.data = String(decoding: data, as: UTF8.self)
    }

    /// The viewer as an element, with what is seen in its place where scripts do not run; the page has to have the
    /// script, `ViewerScript.text`, once.
    package func html(fallback: String = Self.note) -> String {
        "\(Self.opening)\(data)\">\(fallback)\(Self.closing)"
    }

    /// The viewer as an output of a notebook, which works by itself: the element, with a picture of at most 150 kB for
    /// front ends that do not run scripts, and the script.
    package func output(picture: any Figure, text: String) throws(ReportError) -> String {
        do throws(FigureError) {
            let png = try picture.png(scale: 1).base64EncodedString()
            let image = "<img src=\"data:image/png;base64,\(png)\" alt=\"\(text.htmlText)\">"
            let fallback = png.utf8.count <= 150_000 ? image : "<p>\(text.htmlText)</p>"
            return html(fallback: "\(fallback)\(Self.note)<script>\n\(ViewerScript.text)\n</script>")
        } catch {
            throw .figure(error)
        }
    }

    /// Whether a page's HTML has a viewer, and needs the script.
    static func isPart(of html: String) -> Bool { html.utf8.contains(opening.utf8) }
}
