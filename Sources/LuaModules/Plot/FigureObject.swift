import Figures
import LuaBridge
import Sessions
import Support

/// A figure as scripts hold it.
final class FigureObject: LuaObject, DisplayedObject, CustomStringConvertible {
    let figure: any Figure
    /// The file that it was last written to.
    private var file: String?

    /// Holds a figure, and writes it to `file` where one is named.
    init(_ figure: any Figure, file: Path? = nil) throws(FigureError) {
        self.figure = figure
        if let file { try save(to: file.text) }
    }

    /// "Figure(460 x 300 points)", with the file that it is in.
    var description: String {
        "Figure(\(Int(figure.size.width)) x \(Int(figure.size.height)) points"
            + (file.map { ", in \($0.shown))" } ?? ")")
    }

    func save(to path: String) throws(FigureError) {
        try figure.write(to: path)
        file = path
    }

    /// Writes the figure to the file of `place`, if one is named; otherwise shows it in the notebook or, outside of
    /// one, draws it on the standard output.
    func show(in place: (value: Path?, sink: DisplaySink)) throws {
        if let file = place.value { return try save(to: file.text) }
        guard let show = place.sink.show else {
            return try StandardStream.writeOutput(try drawing(on: .standardOutput) + "\n")
        }
        show(try RichForm.figure(figure).bundle(text: description), nil)
    }

    /// The lines that show the figure on a terminal; without one, a line that says how to look at it.
    func drawing(on terminal: FigureTerminal?) throws(FigureError) -> String {
        guard let terminal else {
            return "\(description), not drawn, as the output is not a terminal: give a file name, such as "
                + "show(\"figure.png\")"
        }
        return try terminal.text(of: figure)
    }

    /// The drawing; only the description of a figure that was written to a file.
    var promptText: String? {
        get throws { file == nil ? try drawing(on: .standardOutput) : description }
    }

    /// The figure as a picture.
    var richForm: RichForm? { .figure(figure) }

    static let luaType = LuaType(
        "Figure", "A picture; the prompt draws one that is a result and was not written to a file.",
        methods: [
            LuaFunction(
                "save", "Writes the picture as PNG or SVG, as the name ends; whole or not at all.", this,
                Parameter("path", Path.self, "the file"), returns: "the figure",
                example: "plot.curves({loss = {3, 2, 1}}):save(os.tmpname() .. \".png\")"
            ) { object, path in
                try object.save(to: path.text)
                return object
            },
            LuaFunction(
                "show", "Shows the picture, in a notebook or in the terminal, or writes it to a file.", this,
                ShowMethod.file,
                example: "plot.curves({loss = {3, 2, 1}}):show(os.tmpname() .. \".png\")"
            ) { object, file in try object.show(in: file) },
        ],
        properties: [
            LuaProperty("size", "Width and height in points; a PNG has two pixels a point.") { (object: FigureObject) in
                [object.figure.size.width, object.figure.size.height]
            }
        ])
}
