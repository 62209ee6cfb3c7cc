import Figures
import LuaBridge

/// A figure as scripts hold it.
final class FigureObject: LuaObject, CustomStringConvertible {
    let figure: any Figure

    init(_ figure: any Figure) { self.figure = figure }

    /// "Figure(460 x 300 points)".
    var description: String { "Figure(\(Int(figure.size.width)) x \(Int(figure.size.height)) points)" }

    static let luaType = LuaType(
        "Figure", "A picture.",
        methods: [
            LuaFunction(
                "save", "Writes the picture as PNG or SVG, as the name ends; whole or not at all.", this,
                Parameter("path", String.self, "the file"), returns: "the figure",
                example: "plot.curves({loss = {3, 2, 1}}):save(os.tmpname() .. \".png\")"
            ) { object, path in
                try object.figure.write(to: path)
                return object
            }
        ],
        properties: [
            LuaProperty("size", "Width and height in points; a PNG has two pixels a point.") { (object: FigureObject) in
                [object.figure.size.width, object.figure.size.height]
            }
        ])
}
