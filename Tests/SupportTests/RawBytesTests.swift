import Foundation
import Support
import Testing

struct RawBytesTests {
    /// Any bytes, with many that are or nearly are those of the code points that carry bytes.
    private func bytes(_ generator: RandomGenerator) -> [UInt8] {
        let pieces: [[UInt8]] = [
            [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F, 0xBF], [0xF4], Array("é".utf8), [0xE9],
            Array("/a".utf8), [0xCC, 0x81], [0x80], [0xFF], [0x0A], [0xED, 0xA0, 0x80], [0xC0, 0x80],
        ]
        return (0..<generator.below(12)).flatMap { _ in
            generator.below(3) == 0 ? [UInt8(generator.below(256))] : pieces[generator.below(pieces.count)]
        }
    }

    @Test func anyBytesComeBack() {
        let generator = RandomGenerator(seed: 3)
        for _ in 0..<3000 {
            let bytes = bytes(generator)
            let text = String(rawBytes: bytes)
            #expect(text.rawBytes == bytes)
            #expect(text.carriesBytes == !text.utf8.elementsEqual(bytes))
            #expect(text.shown.utf8.allSatisfy { $0 >= 0x20 } && !text.shown.carriesBytes)
        }
    }

    @Test(arguments: [
        ("a b/é.nii", "a b/é.nii"), ("a\nb", "a\\x0Ab"), ("\u{85}\u{7F}", "\\xC2\\x85\\x7F"), ("", ""),
    ])
    func whatCannotBeShownIsEscaped(text: String, shown: String) { #expect(text.shown == shown) }

    @Test func bytesThatAreNoTextAreEscapedWhenShown() {
        #expect(String(rawBytes: [0x4D, 0xFC, 0x6C] as [UInt8]).shown == "M\\xFCl")
    }
}
