/// A picture in a terminal's cells: two pixels a cell, one above the other, and letters over them.
package struct CellPicture {
    /// A text over the pixels.
    package struct Letters {
        let text: String
        let colour: UInt32
        let isVertical: Bool
        let column: Int
        let row: Int

        /// A text that begins at (`column`, `row`), which are rounded, and runs to the right or, `isVertical`, down.
        init(_ text: String, colour: UInt32, isVertical: Bool, column: Double, row: Double) {
            (self.text, self.colour, self.isVertical) = (text, colour, isVertical)
            self.column = Int(max(min(column.rounded(), 1e6), -1e6))
            self.row = Int(max(min(row.rounded(.down), 1e6), -1e6))
        }
    }

    private let columns: Int
    private let rows: Int
    /// 0xRRGGBB, two rows a cell.
    private let pixels: [UInt32]
    private var letters: [Int: (character: Character, colour: UInt32)] = [:]

    /// Lays `texts` over `columns` x 2 `rows` pixels 0xRRGGBB, row by row; what is beyond the edges is cut.
    package init(columns: Int, rows: Int, pixels: [UInt32], texts: [Letters] = []) {
        (self.columns, self.rows) = (columns, rows)
        self.pixels = pixels + [UInt32](repeating: 0xFF_FFFF, count: max(0, 2 * columns * rows - pixels.count))
        for text in texts {
            for (index, character) in text.text.enumerated() {
                let column = text.column + (text.isVertical ? 0 : index)
                let row = text.row + (text.isVertical ? index : 0)
                guard (0..<columns).contains(column), (0..<rows).contains(row), character != " " else { continue }
                letters[row * columns + column] = (character, text.colour)
            }
        }
    }

    /// The width of a cell in points, where there is room enough: that of a letter of a figure's usual size.
    static let cellWidth = 6.0

    /// Draws a figure for a terminal of `columns` x `rows`: laid out for that width, and for that height where it can
    /// be.
    package init(_ figure: any Figure, columns: Int, rows: Int) throws(FigureError) {
        let page = (width: Double(columns) * Self.cellWidth, height: Double(rows) * 2 * Self.cellWidth)
        let fitted = figure.fitted(to: page)
        let cellWidth = max(Self.cellWidth, fitted.size.width / Double(max(columns, 1)))
        let width = Int((fitted.size.width / cellWidth - 1e-6).rounded(.up))
        let height = Int((fitted.size.height / (2 * cellWidth) - 1e-6).rounded(.up))
        let canvas = try Canvas(columns: width, rows: height, cellWidth: cellWidth)
        fitted.draw(on: canvas)
        self.init(columns: width, rows: height, pixels: try canvas.pixels(), texts: canvas.letters)
    }

    /// How many colours a terminal has.
    package enum Colours: Sendable {
        /// 24 bits each.
        case full
        /// The 256 of xterm, of which those above 16 are the same everywhere.
        case palette
        /// None: darkness is shown by characters that hold more or less ink.
        case none
    }

    /// The picture as lines of text, with the escape sequences that `colours` needs.
    package func text(_ colours: Colours) -> String {
        let lines = (0..<rows).map { row in
            var line = ""
            var pen = Pen(colours)
            for column in 0..<columns {
                let upper = pixels[2 * row * columns + column]
                let lower = pixels[(2 * row + 1) * columns + column]
                if let letter = letters[row * columns + column] {
                    pen.write(letter.character, letter.colour, on: upper, to: &line)
                } else {
                    pen.write(upper, above: lower, to: &line)
                }
            }
            return pen.ended(line)
        }
        return lines.joined(separator: "\n")
    }
}

/// Writes cells one after the other, and changes colours only where it must.
private struct Pen {
    private let colours: CellPicture.Colours
    private var ink: String?
    private var paper: String?

    init(_ colours: CellPicture.Colours) { self.colours = colours }

    /// A character in a colour on another.
    mutating func write(_ character: Character, _ colour: UInt32, on background: UInt32, to line: inout String) {
        if colours != .none { use(ink: code(colour), paper: code(background), &line) }
        line.append(character)
    }

    /// Two pixels.
    mutating func write(_ upper: UInt32, above lower: UInt32, to line: inout String) {
        guard colours != .none else { return line.append(Self.shade(upper, lower)) }
        let (top, bottom) = (code(upper), code(lower))
        // A space has no ink, so the ink's colour need not change.
        use(ink: top == bottom ? nil : top, paper: bottom, &line)
        line.append(top == bottom ? " " : "▀")
    }

    /// The line, after which the terminal's own colours return; without colours, spaces at its end are removed.
    func ended(_ line: String) -> String {
        if colours != .none { return line + "\u{1B}[0m" }
        return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
    }

    private mutating func use(ink: String?, paper: String, _ line: inout String) {
        var codes: [String] = []
        if let ink, ink != self.ink {
            codes.append("38;" + ink)
            self.ink = ink
        }
        if paper != self.paper {
            codes.append("48;" + paper)
            self.paper = paper
        }
        if !codes.isEmpty { line += "\u{1B}[" + codes.joined(separator: ";") + "m" }
    }

    private func code(_ colour: UInt32) -> String {
        let (red, green, blue) = (Int(colour >> 16 & 255), Int(colour >> 8 & 255), Int(colour & 255))
        return colours == .full ? "2;\(red);\(green);\(blue)" : "5;\(Self.nearest(red, green, blue))"
    }

    /// The number of the nearest of xterm's colours 16 to 255: a cube of 6 x 6 x 6, and 24 greys.
    private static func nearest(_ red: Int, _ green: Int, _ blue: Int) -> Int {
        func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
            (red - r) * (red - r) + (green - g) * (green - g) + (blue - b) * (blue - b)
        }
        // The levels are 0, 95, 135, 175, 215 and 255, and the greys 8, 18 ... 238.
        func step(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
        func level(_ step: Int) -> Int { step == 0 ? 0 : 55 + 40 * step }
        let (r, g, b) = (step(red), step(green), step(blue))
        let grey = min(max(((red + green + blue) / 3 - 3) / 10, 0), 23)
        let shade = 8 + 10 * grey
        return distance(shade, shade, shade) < distance(level(r), level(g), level(b))
            ? 232 + grey : 16 + 36 * r + 6 * g + b
    }

    /// The character whose ink is the mean darkness of two pixels.
    private static func shade(_ upper: UInt32, _ lower: UInt32) -> Character {
        func light(_ colour: UInt32) -> Double {
            0.2126 * Double(colour >> 16 & 255) + 0.7152 * Double(colour >> 8 & 255) + 0.0722 * Double(colour & 255)
        }
        let darkness = 1 - (light(upper) + light(lower)) / 510
        return shades[min(max(Int(darkness * Double(shades.count)), 0), shades.count - 1)]
    }

    private static let shades: [Character] = Array(" .:-=+*#%@")
}
