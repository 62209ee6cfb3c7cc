import Jupyter
import Testing

/// Text that is cut anywhere.
@Suite struct TextPiecesTests {
    @Test(arguments: 1...7)
    func charactersStayWhole(size: Int) {
        let text = "a ä € 🧠 end"
        let bytes = Array(text.utf8)
        var pieces = TextPieces()
        var result = ""
        for start in stride(from: 0, to: bytes.count, by: size) {
            result += pieces.add(bytes[start..<min(start + size, bytes.count)])
            #expect(!result.contains("\u{FFFD}"))
        }
        #expect(result + pieces.finish() == text)
    }

    @Test(arguments: [[0xFF], [0xC3], [0x80, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0xA7], [0xE2, 0x82]])
    func brokenBytesAreReplaced(bytes: [UInt8]) {
        var pieces = TextPieces()
        let text = pieces.add(bytes) + pieces.finish()
        #expect(text == String(decoding: bytes, as: UTF8.self))
        #expect(pieces.finish().isEmpty)
    }
}
