import Foundation
import Support
import Tensors

/// A picture that can be drawn at any resolution.
public protocol Figure {
    /// The width and height in points; a PNG has `scale` pixels a point.
    var size: (width: Double, height: Double) { get }

    /// Whether it shows images, which an SVG only embeds; other figures are lines and letters.
    var hasPixels: Bool { get }

    /// What it shows, in a line for those who do not see it: its kind, its title, and the names of axes and series.
    var summary: String { get }

    /// The figure laid out again for a page of that width and height in points, as far as its parts can be moved or
    /// resized. It may still be higher than the page, and wider than a narrow one.
    func fitted(to page: (width: Double, height: Double)) -> any Figure

    /// Draws the figure on white paper of that size.
    func draw(on canvas: Canvas)
}

extension Figure {
    /// False: lines and letters.
    public var hasPixels: Bool { false }

    /// A line of a kind, a title in quotes, names (the first twelve), and further parts; empty ones are left out.
    func summary(_ kind: String, title: String, names: [String] = [], _ parts: String...) -> String {
        let named = names.filter { !$0.isEmpty }
        let more = named.count > 12 ? ", and \(named.count - 12) more" : ""
        let list = named.isEmpty ? "" : "of " + named.prefix(12).joined(separator: ", ") + more
        return ([title.isEmpty ? kind : "\(kind) \"\(title)\""] + [list] + parts).filter { !$0.isEmpty }.joined(
            separator: "; ")
    }

    /// The figure as it is.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure { self }

    /// The figure as a PNG image with `scale` (default 2) pixels a point.
    public func png(scale: Double = 2) throws(FigureError) -> Data {
        let canvas = try Canvas(pixelsOf: size, scale: scale)
        draw(on: canvas)
        return try canvas.png()
    }

    /// The figure as an SVG document.
    public func svg() throws(FigureError) -> Data {
        let canvas = try Canvas(documentOf: size)
        draw(on: canvas)
        return try canvas.svg()
    }

    /// Writes the figure to `path` as PNG or SVG, as the name ends. The file appears whole or not at all.
    public func write(to path: String) throws(FigureError) {
        let data =
            switch path.suffix(4).lowercased() {
            case ".png": try png()
            case ".svg": try svg()
            default: throw .ending(path: path)
            }
        do {
            try WholeFile.replace(path, with: data)
        } catch {
            throw .system(path: path, reason: (error as? FileError)?.reason ?? "\(error)")
        }
    }
}

extension Canvas {
    /// Writes the title of a figure that is `width` wide.
    func title(_ title: String, width: Double) {
        if !title.isEmpty { heading(title, 14, 26, size: 14, room: width - 28) }
    }

    /// Writes a bold text with its baseline's anchor at (x, y), smaller where there is no room for it; returns its
    /// width.
    @discardableResult
    func heading(
        _ text: String, _ x: Double, _ y: Double, size: Double, room: Double, anchor: Anchor = .left
    ) -> Double {
        let width = measure(text, size: size, isBold: true)
        let fitting = width > room ? max(size * room / width, 8) : size
        self.text(text, x, y, size: fitting, anchor: anchor, isBold: true)
        return measure(text, size: fitting, isBold: true)
    }
}

/// What can go wrong with a figure.
public enum FigureError: ParameterError, Equatable, Sendable, CustomStringConvertible {
    /// The file's name ends neither in .png nor in .svg.
    case ending(path: String)
    /// The file could not be written.
    case system(path: String, reason: String)
    /// The drawing library failed, in its words.
    case drawing(reason: String)
    /// A parameter has a value that is not possible.
    case parameter(String, value: String, expected: String)
    /// An interrupt was requested.
    case interrupted

    /// One sentence that names the file or the parameter, and what was expected.
    public var description: String {
        switch self {
        case .ending(let path): "\(path.shown): the name must end in .png or .svg"
        case .system(let path, let reason): "\(path.shown): \(reason)"
        case .drawing(let reason): "the figure could not be drawn: \(reason)"
        case .parameter(let name, let value, let expected): "'\(name)' is \(value): expected \(expected)"
        case .interrupted: "interrupted"
        }
    }
}

extension Tensor {
    /// The elements, to be drawn; an error where there is no memory for them.
    func pixels() throws(FigureError) -> [Float] {
        do throws(TensorError) {
            return try numbers()
        } catch {
            throw .parameter("tensor", value: shape.shapeText, expected: "one that can be drawn: \(error)")
        }
    }
}
