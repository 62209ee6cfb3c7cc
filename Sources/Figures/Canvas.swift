import CCairo
import Foundation
import Support
import Synchronization

/// A drawing surface: the one place that talks to Cairo. Lengths are in points, y runs down.
///
/// It is also the one place where drawing hears an interrupt: then nothing more is drawn, and what was is not given out.
public final class Canvas {
    /// A rectangle.
    struct Rectangle {
        var x: Double
        var y: Double
        var width: Double
        var height: Double
    }

    /// Where a text lies relative to the point it is given.
    enum Anchor {
        case left, centre, right
    }

    /// What Cairo writes, piece by piece.
    private final class Output {
        var data = Data()

        static let write: cairo_write_func_t = { closure, bytes, count in
            guard let closure, let bytes, !Interrupt.isRequested else { return CAIRO_STATUS_WRITE_ERROR }
            Unmanaged<Output>.fromOpaque(closure).takeUnretainedValue().data.append(bytes, count: Int(count))
            return CAIRO_STATUS_SUCCESS
        }
    }

    /// Held where Cairo may open or close a font: it does so for several threads at once, which FreeType does not allow.
    static let fonts = Mutex<Void>(())

    private let output = Output()
    private let surface: OpaquePointer
    private let context: OpaquePointer
    /// The side of a pixel in points on a canvas of a terminal's cells, where a character is one wide and two high.
    private let cellWidth: Double?
    /// The texts on a canvas of cells, which are not drawn but written over it.
    private(set) var letters: [CellPicture.Letters] = []

    /// Makes a surface of pixels, `scale` a point.
    init(pixelsOf size: (width: Double, height: Double), scale: Double) throws(FigureError) {
        let (width, height) = (size.width * scale, size.height * scale)
        guard scale > 0, width >= 1, height >= 1, width <= 30_000, height <= 30_000, width * height <= 4e8 else {
            throw .parameter("size", value: "\(width) x \(height) pixels", expected: "at most 30000 a side, 4e8 in all")
        }
        let created = cairo_image_surface_create(
            CAIRO_FORMAT_RGB24, Int32(width.rounded(.up)), Int32(height.rounded(.up)))
        (surface, context) = try Self.checked(created)
        cellWidth = nil
        clear()
        cairo_scale(context, scale, scale)
    }

    /// Makes a surface of a terminal's cells, each `cellWidth` points wide and twice as high.
    init(columns: Int, rows: Int, cellWidth: Double) throws(FigureError) {
        guard (1...30_000).contains(columns), (1...15_000).contains(rows), columns * rows <= 200_000_000 else {
            throw .parameter("size", value: "\(columns) x \(rows) cells", expected: "at most 30000 x 15000")
        }
        (surface, context) = try Self.checked(
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(2 * rows)))
        self.cellWidth = cellWidth
        clear()
        cairo_scale(context, 1 / cellWidth, 1 / cellWidth)
    }

    /// Makes a document of lines and letters.
    init(documentOf size: (width: Double, height: Double)) throws(FigureError) {
        guard size.width > 0, size.height > 0, size.width <= 30_000, size.height <= 30_000 else {
            throw .parameter("size", value: "\(size.width) x \(size.height)", expected: "at most 30000 a side")
        }
        let closure = Unmanaged.passUnretained(output).toOpaque()
        let created = cairo_svg_surface_create_for_stream(Output.write, closure, size.width, size.height)
        (surface, context) = try Self.checked(created)
        cellWidth = nil
        clear()
    }

    deinit {
        // The surface flushes into `output`, so it must end while that still lives.
        Self.fonts.withLock { _ in
            cairo_surface_finish(surface)
            cairo_destroy(context)
            cairo_surface_destroy(surface)
        }
    }

    /// A surface with what draws on it; both are the caller's to destroy.
    static func checked(
        _ surface: OpaquePointer?
    ) throws(FigureError) -> (surface: OpaquePointer, context: OpaquePointer) {
        guard let surface else { throw .drawing(reason: "no memory") }
        guard let context = cairo_create(surface) else {
            cairo_surface_destroy(surface)
            throw .drawing(reason: "no memory")
        }
        let status = cairo_status(context)
        guard status == CAIRO_STATUS_SUCCESS else {
            cairo_destroy(context)
            cairo_surface_destroy(surface)
            throw .drawing(reason: text(of: status))
        }
        return (surface, context)
    }

    /// What Cairo says of a status.
    static func text(of status: cairo_status_t) -> String { String(cString: cairo_status_to_string(status)) }

    /// What was drawn, as PNG.
    func png() throws(FigureError) -> Data {
        let status = cairo_surface_write_to_png_stream(
            surface, Output.write, Unmanaged.passUnretained(output).toOpaque())
        return try finished(status)
    }

    /// What was drawn, as pixels 0xRRGGBB row by row; empty where it is no surface of pixels.
    func pixels() throws(FigureError) -> [UInt32] {
        _ = try finished(cairo_surface_status(surface))
        cairo_surface_flush(surface)
        guard let bytes = cairo_image_surface_get_data(surface) else { return [] }
        let width = Int(cairo_image_surface_get_width(surface))
        let height = Int(cairo_image_surface_get_height(surface))
        let stride = Int(cairo_image_surface_get_stride(surface))
        return (0..<height).flatMap { y in
            let row = UnsafeRawPointer(bytes + y * stride).assumingMemoryBound(to: UInt32.self)
            return (0..<width).map { row[$0] & 0xFF_FFFF }
        }
    }

    /// What was drawn, as SVG; nothing can be drawn afterwards.
    func svg() throws(FigureError) -> Data {
        Self.fonts.withLock { _ in cairo_surface_finish(surface) }
        return try finished(cairo_surface_status(surface))
    }

    private func finished(_ status: cairo_status_t) throws(FigureError) -> Data {
        guard !Interrupt.isRequested else { throw .interrupted }
        for status in [status, cairo_status(context)] where status != CAIRO_STATUS_SUCCESS {
            throw .drawing(reason: Self.text(of: status))
        }
        return output.data
    }

    /// Makes the whole surface white, with the part of a pixel that a fractional size leaves at its edge.
    private func clear() {
        use(.white)
        cairo_paint(context)
    }

    private func use(_ colour: Colour) {
        cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.alpha)
    }

    /// How wide a line of `width` is drawn: in cells almost a pixel, but nil for hairlines, which would only blur there.
    private func strokeWidth(_ width: Double) -> Double? {
        guard let cellWidth else { return width }
        return width < 0.6 ? nil : max(width, min(4 * width, cellWidth))
    }

    /// Fills a rectangle.
    func fill(_ rectangle: Rectangle, _ colour: Colour) {
        guard !Interrupt.isRequested else { return }
        use(colour)
        cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
        cairo_fill(context)
    }

    /// Fills a circle.
    func dot(_ x: Double, _ y: Double, radius: Double, _ colour: Colour) {
        guard !Interrupt.isRequested else { return }
        use(colour)
        cairo_new_path(context)
        cairo_arc(context, x, y, radius, 0, 2 * .pi)
        cairo_fill(context)
    }

    /// Fills the polygon of these corners.
    func fill(_ corners: [(x: Double, y: Double)], _ colour: Colour) {
        guard !Interrupt.isRequested else { return }
        use(colour)
        // A text leaves a point behind, from which the path would go on.
        cairo_new_path(context)
        for corner in corners { cairo_line_to(context, corner.x, corner.y) }
        cairo_fill(context)
    }

    /// A line of more points is drawn in pieces: the time for one grows with the square of its points where it crosses
    /// itself.
    private static let longestLine = 1000

    /// Draws a line through `points`; a point that is not finite interrupts it.
    func line(_ points: [(x: Double, y: Double)], _ colour: Colour, width: Double = 1) {
        guard let width = strokeWidth(width) else { return }
        use(colour)
        cairo_set_line_width(context, width)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        // A piece begins where the one before it ends.
        for start in stride(from: 0, to: points.count, by: Self.longestLine) where !Interrupt.isRequested {
            strokeLine(points[max(start - 1, 0)..<min(start + Self.longestLine, points.count)])
        }
    }

    private func strokeLine(_ points: ArraySlice<(x: Double, y: Double)>) {
        var isDown = false
        for point in points {
            guard point.x.isFinite, point.y.isFinite else {
                isDown = false
                continue
            }
            if isDown { cairo_line_to(context, point.x, point.y) } else { cairo_move_to(context, point.x, point.y) }
            isDown = true
        }
        cairo_stroke(context)
    }

    /// Draws the pairs of points as separate strokes.
    func segments(
        _ segments: [(from: (x: Double, y: Double), to: (x: Double, y: Double))], _ colour: Colour, width: Double
    ) {
        guard let width = strokeWidth(width) else { return }
        use(colour)
        cairo_set_line_width(context, width)
        cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
        for start in stride(from: 0, to: segments.count, by: Self.longestLine) where !Interrupt.isRequested {
            for segment in segments[start..<min(start + Self.longestLine, segments.count)] {
                cairo_move_to(context, segment.from.x, segment.from.y)
                cairo_line_to(context, segment.to.x, segment.to.y)
            }
            cairo_stroke(context)
        }
        cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT)
    }

    /// Draws what `body` draws within `rectangle` only.
    func clipped(to rectangle: Rectangle, _ body: () -> Void) {
        cairo_save(context)
        cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
        cairo_clip(context)
        body()
        cairo_restore(context)
    }

    /// Draws an image of `width` x `height` pixels, row by row from the top, stretched over `rectangle`.
    func image(_ pixels: [Colour], width: Int, height: Int, in rectangle: Rectangle, isSmooth: Bool = false) {
        let rectangle = aligned(rectangle)
        guard !Interrupt.isRequested, width > 0, height > 0, pixels.count == width * height, width <= 30_000,
            height <= 30_000,
            let picture = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, Int32(width), Int32(height))
        else { return }
        defer { cairo_surface_destroy(picture) }
        cairo_surface_flush(picture)
        guard let bytes = cairo_image_surface_get_data(picture) else { return }
        let stride = Int(cairo_image_surface_get_stride(picture))
        for y in 0..<height {
            let row = UnsafeMutableRawPointer(bytes + y * stride).assumingMemoryBound(to: UInt32.self)
            for x in 0..<width { row[x] = pixels[y * width + x].pixel }
        }
        cairo_surface_mark_dirty(picture)
        cairo_save(context)
        cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
        cairo_clip(context)
        cairo_translate(context, rectangle.x, rectangle.y)
        cairo_scale(context, rectangle.width / Double(width), rectangle.height / Double(height))
        cairo_set_source_surface(context, picture, 0, 0)
        let pattern = cairo_get_source(context)
        // The good filter is bilinear, but takes means where the image has more pixels than there is room for.
        cairo_pattern_set_filter(pattern, isSmooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST)
        cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
        cairo_paint(context)
        cairo_restore(context)
    }

    /// The rectangle with its edges on those of pixels where these are cells, so that equal images look equal.
    func aligned(_ rectangle: Rectangle) -> Rectangle {
        guard let cellWidth else { return rectangle }
        func edge(_ place: Double) -> Double { (place / cellWidth).rounded() * cellWidth }
        let (left, top) = (edge(rectangle.x), edge(rectangle.y))
        return Rectangle(
            x: left, y: top, width: max(edge(rectangle.x + rectangle.width) - left, cellWidth),
            height: max(edge(rectangle.y + rectangle.height) - top, cellWidth))
    }

    /// Writes `text` with its baseline's anchor at (x, y), turned a quarter to the left where `isVertical`.
    func text(
        _ text: String, _ x: Double, _ y: Double, size: Double = 10, anchor: Anchor = .left, isBold: Bool = false,
        colour: Colour = .ink, isVertical: Bool = false
    ) {
        guard !Interrupt.isRequested else { return }
        let width = measure(text, size: size, isBold: isBold)
        let shift =
            switch anchor {
            case .left: 0.0
            case .centre: -width / 2
            case .right: -width
            }
        if let cellWidth {
            letters.append(
                CellPicture.Letters(
                    text, colour: colour.pixel & 0xFF_FFFF, isVertical: isVertical,
                    column: (isVertical ? x - size / 2 : x + shift) / cellWidth,
                    row: (isVertical ? y + 2 * shift : y - size / 3) / (2 * cellWidth)))
            return
        }
        use(colour)
        Self.fonts.withLock { _ in
            cairo_save(context)
            cairo_translate(context, x, y)
            if isVertical { cairo_rotate(context, -.pi / 2) }
            cairo_move_to(context, shift, 0)
            cairo_show_text(context, text)
            cairo_restore(context)
        }
    }

    /// The width of `text`.
    func measure(_ text: String, size: Double = 10, isBold: Bool = false) -> Double {
        if let cellWidth { return Double(text.count) * cellWidth }
        let weight = isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
        return Self.fonts.withLock { _ in
            cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, weight)
            cairo_set_font_size(context, size)
            var extents = cairo_text_extents_t()
            cairo_text_extents(context, text, &extents)
            return extents.x_advance
        }
    }
}
