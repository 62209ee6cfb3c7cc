import Foundation

/// An image in kitty's graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol).
package enum KittyImage {
    /// What makes a terminal show a PNG, `columns` cells wide and as high as it then is, with the cursor behind it.
    ///
    /// The terminal is told not to answer.
    package static func text(_ png: Data, columns: Int) -> String {
        let data = Array(png.base64EncodedString().utf8)
        let starts = Array(stride(from: 0, to: max(data.count, 1), by: longest))
        let pieces = starts.map { start in
            let piece = String(decoding: data[start..<min(start + longest, data.count)], as: UTF8.self)
            let more = start == starts.last ? 0 : 1
            let first = start == 0 ? "a=T,f=100,q=2,c=\(columns)," : ""
            return "\u{1B}_G\(first)m=\(more);\(piece)\u{1B}\\"
        }
        return pieces.joined()
    }

    /// The protocol's limit for a piece, in bytes.
    private static let longest = 4096
}
