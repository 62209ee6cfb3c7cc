import Support
import Tensors

/// Convolution kernels as coloured squares, in labelled groups: blue is negative, white 0, red positive. Small images
/// are drawn the same way, in grey.
///
/// A kernel of three dimensions is drawn as its slices from left to right.
public struct KernelFigure: Figure {
    /// Kernels under one title.
    public struct Group: Sendable {
        fileprivate let title: String
        fileprivate let kernels: [[Float]]
        fileprivate let shape: [Int]

        /// Takes the first `limit` (default 32) kernels of a tensor [count, k, k] or [count, k, k, k]; dimensions of
        /// size 1 after the first are dropped. Errors call the tensor by its `name`.
        public init(title: String, kernels: Tensor, limit: Int = 32, name: String = "kernels") throws(FigureError) {
            let inner = kernels.shape.dropFirst().filter { $0 != 1 }
            guard (2...3).contains(inner.count), let count = kernels.shape.first, inner.allSatisfy({ $0 > 0 }) else {
                throw .parameter(
                    name, value: kernels.shape.shapeText, expected: "a shape count x k x k or count x k x k x k")
            }
            let size = inner.reduce(1, *)
            let shown = min(count, max(limit, 0))
            let values = shown > 0 ? try ((try? kernels.slice(1, 1, shown)) ?? kernels).pixels() : []
            self.title = title
            self.shape = inner.count == 2 ? [1] + inner : Array(inner)
            self.kernels = (0..<shown).map { Array(values[($0 * size)..<(($0 + 1) * size)]) }
        }

        /// The colour scale's end: the 99th percentile of the absolute values.
        fileprivate var scale: Double {
            let sorted = kernels.joined().map { abs($0) }.filter(\.isFinite).sorted()
            return sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, sorted.count * 99 / 100)])
        }
    }

    private let title: String
    private let groups: [Group]
    private var columns: Int
    private var cell: Double
    private let isGrey: Bool
    private var narrowest = 260.0

    /// Arranges `groups` below each other, `columns` kernels a row; a weight is a square of `cell` (default 9) points.
    ///
    /// Where it `isGrey`, 0 is black and the largest value white.
    public init(
        title: String = "", groups: [Group], columns: Int = 8, cell: Double = 9, isGrey: Bool = false
    ) throws(FigureError) {
        try FigureError.require(!groups.isEmpty, "groups", "empty", "at least one group")
        try FigureError.require((1...200).contains(columns), "columns", columns, "1 to 200")
        try FigureError.require((1...100).contains(cell), "cell", cell, "1 to 100 points")
        (self.title, self.groups, self.columns, self.cell, self.isGrey) = (title, groups, columns, cell, isGrey)
    }

    /// The titles of the groups.
    public var summary: String {
        summary(isGrey ? "Small images" : "Kernels as coloured squares", title: title, names: groups.map(\.title))
    }

    /// True.
    public var hasPixels: Bool { true }

    private static let margin = 14.0
    private var groupTitle = 26.0
    private var sliceGap = 2.0
    private var kernelGap = 10.0
    private var top: Double { title.isEmpty ? 6 : 34 }

    /// With weights of 2 x 2 of the terminal's pixels, or 1 where it is narrow, and as many kernels a row as fit.
    public func fitted(to page: (width: Double, height: Double)) -> any Figure {
        var copy = self
        let pixel = CellPicture.cellWidth
        (copy.groupTitle, copy.sliceGap, copy.kernelGap) = (5 * pixel, pixel, 2 * pixel)
        copy.narrowest = min(narrowest, page.width)
        let room = page.width - 2 * Self.margin + copy.kernelGap
        for cell in [2 * pixel, pixel] {
            copy.cell = cell
            let widest = groups.map { copy.extent($0).width }.max() ?? 0
            let fitting = Int(room / (widest + copy.kernelGap))
            copy.columns = min(columns, max(fitting, 1))
            if fitting > 0 { break }
        }
        return copy
    }

    private func extent(_ group: Group) -> (width: Double, height: Double) {
        let slices = Double(group.shape[0])
        return (slices * Double(group.shape[2]) * cell + (slices - 1) * sliceGap, Double(group.shape[1]) * cell)
    }

    private func rows(_ group: Group) -> Int { (group.kernels.count + columns - 1) / columns }

    private func height(_ group: Group) -> Double {
        groupTitle + Double(rows(group)) * (extent(group).height + kernelGap)
    }

    /// The size of all groups.
    public var size: (width: Double, height: Double) {
        let width = groups.map { (extent($0).width + kernelGap) * Double(columns) - kernelGap }.max() ?? 0
        let total = top + groups.reduce(0) { $0 + height($1) } + (isGrey ? 4 : 30)
        return (max(width + 2 * Self.margin, narrowest), total)
    }

    /// Draws all groups, and the colour scale unless it is grey.
    public func draw(on canvas: Canvas) {
        canvas.title(title, width: size.width)
        var y = top
        for group in groups {
            let scale = group.scale
            let room = size.width - 2 * Self.margin - 60
            let width = canvas.heading(group.title, Self.margin, y + 17, size: 11, room: room)
            if !isGrey {
                canvas.text("±\(Ticks.text(scale))", Self.margin + width + 10, y + 17, size: 9, colour: .faint)
            }
            let extent = extent(group)
            for (index, kernel) in group.kernels.enumerated() {
                let x = Self.margin + Double(index % columns) * (extent.width + kernelGap)
                let row = y + groupTitle + Double(index / columns) * (extent.height + kernelGap)
                draw(kernel, group.shape, scale: scale, on: canvas, x: x, y: row)
            }
            y += height(group)
        }
        guard !isGrey else { return }
        let bar = Canvas.Rectangle(x: Self.margin + 22, y: y + 8, width: 90, height: 8)
        canvas.text("−", Self.margin + 14, y + 16, size: 10, anchor: .centre, colour: .faint)
        canvas.image((0..<64).map { ColourMap.diverging(Double($0) / 31.5 - 1) }, width: 64, height: 1, in: bar)
        canvas.text("+", bar.x + bar.width + 8, y + 16, size: 10, anchor: .centre, colour: .faint)
    }

    private func draw(_ kernel: [Float], _ shape: [Int], scale: Double, on canvas: Canvas, x: Double, y: Double) {
        let area = shape[1] * shape[2]
        let (width, height) = (Double(shape[2]) * cell, Double(shape[1]) * cell)
        let colours = isGrey ? ColourMap.grey : .diverging
        for slice in 0..<shape[0] {
            let square = Canvas.Rectangle(
                x: x + Double(slice) * (width + sliceGap), y: y, width: width, height: height)
            let values = kernel[(slice * area)..<((slice + 1) * area)]
            let pixels = values.map { colours(scale > 0 ? Double($0) / scale : 0) }
            canvas.image(pixels, width: shape[2], height: shape[1], in: square)
            let corners = [
                (square.x, square.y), (square.x + width, square.y), (square.x + width, square.y + height),
                (square.x, square.y + height), (square.x, square.y),
            ]
            canvas.line(corners.map { (x: $0.0, y: $0.1) }, Colour(hex: 0xBBBBBB), width: 0.5)
        }
    }
}
