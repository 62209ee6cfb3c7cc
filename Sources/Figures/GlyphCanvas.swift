import CCairo

/// A square of grey pixels on which outlines of characters are filled.
final class GlyphCanvas {
    /// The corners of closed lines around ink, and around what is left out of it.
    typealias Outline = [[SIMD2<Double>]]

    private let side: Int
    private let surface: OpaquePointer
    private let context: OpaquePointer

    /// Makes a square of `side` pixels.
    init(side: Int) throws(FigureError) {
        (surface, context) = try Canvas.checked(
            cairo_image_surface_create(CAIRO_FORMAT_A8, Int32(side), Int32(side)))
        self.side = side
        guard let options = cairo_font_options_create() else { throw .drawing(reason: "no memory") }
        // Without hinting, outlines are as the font has them, not moved onto the pixels of a screen.
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_set_font_options(context, options)
        cairo_font_options_destroy(options)
        cairo_set_font_size(context, 100)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        try Canvas.check(cairo_status(context))
    }

    deinit {
        Canvas.fonts.withLock { _ in
            cairo_destroy(context)
            cairo_surface_destroy(surface)
        }
    }

    /// The outline of `text` at a size of 100.
    func outline(
        of text: String, family: String, isBold: Bool, isSlanted: Bool
    ) throws(FigureError) -> Outline {
        Canvas.fonts.withLock { _ in
            cairo_select_font_face(
                context, family, isSlanted ? CAIRO_FONT_SLANT_OBLIQUE : CAIRO_FONT_SLANT_NORMAL,
                isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
            cairo_new_path(context)
            cairo_move_to(context, 0, 0)
            cairo_text_path(context, text)
        }
        try Canvas.check(cairo_status(context))
        guard let path = cairo_copy_path_flat(context) else { throw .drawing(reason: "no memory") }
        defer { cairo_path_destroy(path) }
        try Canvas.check(path.pointee.status)
        var outline: Outline = []
        var index = 0
        while index < Int(path.pointee.num_data) {
            let header = path.pointee.data[index].header
            // The step that closes a line has no point.
            if header.length > 1 {
                let point = path.pointee.data[index + 1].point
                if header.type == CAIRO_PATH_MOVE_TO { outline.append([]) }
                outline[outline.count - 1].append(SIMD2(point.x, point.y))
            }
            index += max(Int(header.length), 1)
        }
        // Cairo ends a text with a move to where the next text would begin.
        return outline.filter { $0.count > 1 }
    }

    /// The pixels, from 0 to 1 row by row, of an outline that is filled, and drawn over with a line `stroke` wide.
    func fill(_ outline: Outline, stroke: Double) throws(FigureError) -> [Float] {
        cairo_set_operator(context, CAIRO_OPERATOR_CLEAR)
        cairo_paint(context)
        cairo_set_operator(context, CAIRO_OPERATOR_OVER)
        cairo_new_path(context)
        for corners in outline {
            // Cairo moves to the first corner, as there is no current point.
            for corner in corners { cairo_line_to(context, corner.x, corner.y) }
            cairo_close_path(context)
            cairo_new_sub_path(context)
        }
        cairo_set_source_rgba(context, 0, 0, 0, 1)
        cairo_set_line_width(context, stroke)
        cairo_fill_preserve(context)
        if stroke > 0 { cairo_stroke(context) }
        cairo_surface_flush(surface)
        try Canvas.check(cairo_status(context))
        guard let bytes = cairo_image_surface_get_data(surface) else { throw .drawing(reason: "no pixels") }
        let rowBytes = Int(cairo_image_surface_get_stride(surface))
        return (0..<side).flatMap { y in (0..<side).map { x in Float(bytes[y * rowBytes + x]) / 255 } }
    }
}
