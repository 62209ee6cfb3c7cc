import CCairo

/// A square of grey pixels on which outlines of characters are filled.
final class GlyphCanvas {
    /// A step of an outline of straight lines.
    enum Step {
        case move(SIMD2<Double>)
        case line(SIMD2<Double>)
        case close

        /// The point that it leads to; nil where it closes the outline.
        var point: SIMD2<Double>? {
            switch self {
            case .move(let point), .line(let point): point
            case .close: nil
            }
        }

        /// The step with its point changed.
        func map(_ change: (SIMD2<Double>) -> SIMD2<Double>) -> Step {
            switch self {
            case .move(let point): .move(change(point))
            case .line(let point): .line(change(point))
            case .close: .close
            }
        }
    }

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
    ) throws(FigureError) -> [Step] {
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
        var steps: [Step] = []
        var index = 0
        while index < Int(path.pointee.num_data) {
            let header = path.pointee.data[index].header
            let point = header.length > 1 ? path.pointee.data[index + 1].point : .init(x: 0, y: 0)
            switch header.type {
            case CAIRO_PATH_MOVE_TO: steps.append(.move(SIMD2(point.x, point.y)))
            case CAIRO_PATH_LINE_TO: steps.append(.line(SIMD2(point.x, point.y)))
            default: steps.append(.close)
            }
            index += max(Int(header.length), 1)
        }
        // Cairo ends a text with a move to where the next text would begin.
        while case .move = steps.last { steps.removeLast() }
        return steps
    }

    /// The pixels, from 0 to 1 row by row, of an outline that is filled, and drawn over with a line `stroke` wide.
    func fill(_ outline: [Step], stroke: Double) throws(FigureError) -> [Float] {
        cairo_set_operator(context, CAIRO_OPERATOR_CLEAR)
        cairo_paint(context)
        cairo_set_operator(context, CAIRO_OPERATOR_OVER)
        cairo_new_path(context)
        for step in outline {
            switch step {
            case .move(let point): cairo_move_to(context, point.x, point.y)
            case .line(let point): cairo_line_to(context, point.x, point.y)
            case .close: cairo_close_path(context)
            }
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
