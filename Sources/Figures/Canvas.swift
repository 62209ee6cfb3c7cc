import CCairo
import Foundation
import Support
import Synchronization

/// A drawing surface of Cairo. Lengths are in points, y runs down.
///
/// It also checks for interrupts: after one nothing more is drawn, and taking the result throws.
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

    /// Held while Cairo may open or close a font, because FreeType does not allow that on several threads at once.
    static let fonts = Mutex<Void>(())

    private let output = Output()
    private let surface: OpaquePointer
    /// What Cairo draws with.
    let context: OpaquePointer
    /// The side of a pixel in points on a canvas of a terminal's cells, where a character is one wide and two high.
    let cellWidth: Double?
    /// The texts on a canvas of cells, which are not drawn but written over it.
    var letters: [CellPicture.Letters] = []

    /// Makes a surface of pixels, `scale` a point.
    init(pixelsOf size: (width: Double, height: Double), scale: Double) throws(FigureError) {
        let (width, height) = (size.width * scale, size.height * scale)
        try FigureError.require(
            scale > 0 && width >= 1 && height >= 1 && width <= 30_000 && height <= 30_000 && width * height <= 4e8,
            "size", "\(width) x \(height) pixels", "at most 30000 a side, 4e8 in all")
        let created = cairo_image_surface_create(
            CAIRO_FORMAT_RGB24, Int32(width.rounded(.up)), Int32(height.rounded(.up)))
        (surface, context) = try Self.checked(created)
        cellWidth = nil
        clear()
        cairo_scale(context, scale, scale)
    }

    /// Makes a surface of a terminal's cells, each `cellWidth` points wide and twice as high.
    init(columns: Int, rows: Int, cellWidth: Double) throws(FigureError) {
        try FigureError.require(
            (1...30_000).contains(columns) && (1...15_000).contains(rows) && columns * rows <= 200_000_000, "size",
            "\(columns) x \(rows) cells", "at most 30000 x 15000")
        (surface, context) = try Self.checked(
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(2 * rows)))
        self.cellWidth = cellWidth
        clear()
        cairo_scale(context, 1 / cellWidth, 1 / cellWidth)
    }

    /// Makes a document of lines and letters.
    init(documentOf size: (width: Double, height: Double)) throws(FigureError) {
        try FigureError.require(
            size.width > 0 && size.height > 0 && size.width <= 30_000 && size.height <= 30_000, "size",
            "\(size.width) x \(size.height)", "at most 30000 a side")
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
        // Without memory both are objects in an error state, never nil.
        guard let surface, let context = cairo_create(surface) else { throw .drawing(reason: "no memory") }
        do throws(FigureError) { try check(cairo_status(context)) } catch {
            cairo_destroy(context)
            cairo_surface_destroy(surface)
            throw error
        }
        return (surface, context)
    }

    /// Throws what Cairo says of a status that is an error.
    static func check(_ status: cairo_status_t) throws(FigureError) {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .drawing(reason: String(cString: cairo_status_to_string(status)))
        }
    }

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
        try Self.check(status)
        try Self.check(cairo_status(context))
        return output.data
    }

    /// Makes the whole surface white, up to the edge of a pixel that a fractional size covers in part.
    private func clear() {
        use(.white)
        cairo_paint(context)
    }
}
