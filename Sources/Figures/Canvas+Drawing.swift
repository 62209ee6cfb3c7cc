import CCairo
import Support

/// What can be drawn.
extension Canvas {
    /// Draws in `colour` from now on.
    func use(_ colour: Colour) {
        cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.alpha)
    }

    /// How wide a line of `width` is drawn: in cells almost a pixel, but nil for hairlines, which would only blur
    /// there.
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
        // After a text there is a current point, which would otherwise become part of the path.
        cairo_new_path(context)
        for corner in corners { cairo_line_to(context, corner.x, corner.y) }
        cairo_fill(context)
    }

    /// A line of more points is drawn in pieces, because a line that crosses itself takes a time quadratic in its
    /// points.
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
        // The good filter is bilinear where the image is enlarged, and averages pixels where it is shrunk.
        cairo_pattern_set_filter(pattern, isSmooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST)
        cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
        cairo_paint(context)
        cairo_restore(context)
    }

    /// On a canvas of cells, the rectangle with its edges on those of pixels, so that equal images look equal.
    func aligned(_ rectangle: Rectangle) -> Rectangle {
        guard let cellWidth else { return rectangle }
        func edge(_ position: Double) -> Double { (position / cellWidth).rounded() * cellWidth }
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
