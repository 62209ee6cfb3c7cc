import Layers
import Report
import Sessions

/// How layers and networks look.
extension LayerType.AnyLayer: DisplayedObject {
    /// The layer without its parts.
    var displayLine: String? { value.summary }
    /// The tree of its parts.
    var richForm: RichForm? { .html(LayerTree.html(value)) }
    /// The number of parameters.
    var displaySize: DisplaySize? {
        DisplaySize("\(value.parameterCount) parameters", bytes: value.parameterCount * 4)
    }
}

/// A network as HTML: a tree whose parts can be folded, each with its number of parameters.
enum LayerTree {
    /// The most layers that are written.
    private static let limit = 2000

    /// The tree of a layer: its parts are shown, and those within them are folded.
    static func html(_ layer: any Layer) -> String {
        var room = limit
        let tree = html(layer, name: "", isOpen: true, room: &room)
        return room >= 0 ? tree : tree + "<div>and \(-room) more layers</div>\n"
    }

    private static func html(_ layer: any Layer, name: String, isOpen: Bool, room: inout Int) -> String {
        room -= 1
        guard room >= 0 else {
            room -= layer.namedLayers.count - 1
            return ""
        }
        let parameters = layer.parameterSummary
        let line =
            (name.isEmpty ? "" : "<b>\(name.htmlText)</b>: ") + "<code>\(layer.summary.htmlText)</code>"
            + (parameters.isEmpty ? "" : " <small>\(parameters.htmlText)</small>")
        let parts = layer.children.map { html($0.layer, name: $0.name, isOpen: false, room: &room) }.joined()
        // Layers without parts have no fold mark: the padding aligns them with those that have one.
        guard !parts.isEmpty else { return "<div style=\"\(indent); padding-left: 1.1em\">\(line)</div>\n" }
        return "<details\(isOpen ? " open" : "") style=\"\(indent)\">\n<summary>\(line)</summary>\n\(parts)</details>\n"
    }

    private static let indent = "margin-left: 1.2em"
}
