import Figures
import Foundation
import Support
import Synchronization
import Tensors
import Testing

@Suite struct GlyphImagesTests {
    private func glyphs(
        _ characters: String, count: Int, side: Int = 28, variation: Double = 1, seed: UInt64 = 1
    ) throws -> GlyphImages {
        try GlyphImages(
            of: characters, count: count, side: side, variation: variation, generator: RandomGenerator(seed: seed))
    }

    /// The ink of each image: its sum, and the means of row and column that it weighs.
    private func ink(_ glyphs: GlyphImages) -> [(sum: Float, row: Float, column: Float)] {
        let (side, values) = (glyphs.images.shape[3], glyphs.images.values)
        let area = side * side
        return (0..<glyphs.images.shape[0]).map { image in
            var (sum, row, column): (Float, Float, Float) = (0, 0, 0)
            for (place, value) in values[(image * area)..<((image + 1) * area)].enumerated() {
                sum += value
                row += value * (Float(place / side) + 0.5)
                column += value * (Float(place % side) + 0.5)
            }
            return (sum, row / sum, column / sum)
        }
    }

    @Test func charactersTakeTurns() throws {
        let glyphs = try glyphs("abc", count: 7)
        #expect(glyphs.images.shape == [7, 1, 28, 28])
        #expect(glyphs.labels.values == [0, 1, 2, 0, 1, 2, 0])
        #expect(glyphs.images.values.allSatisfy { (0...1).contains($0) })
        #expect(ink(glyphs).allSatisfy { $0.sum > 30 })
    }

    @Test func theSeedTellsAll() throws {
        let first = try glyphs("0123456789", count: 20)
        #expect(try glyphs("0123456789", count: 20).images.values == first.images.values)
        #expect(try glyphs("0123456789", count: 20, seed: 2).images.values != first.images.values)
        // The first images do not depend on how many follow.
        #expect(try glyphs("0123456789", count: 10).images.values == Array(first.images.values.prefix(10 * 784)))
    }

    /// More faces are drawn than Cairo keeps open, so that each thread opens and closes some.
    @Test func threadsDrawAtTheSameTime() throws {
        let expected = try (0..<8).map { try glyphs("ABC", count: 200, seed: $0).images.values }
        let wrong = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { seed in
            do {
                let found = try glyphs("ABC", count: 200, seed: UInt64(seed)).images.values
                if found != expected[seed] { wrong.withLock { $0.append("seed \(seed) gave other images") } }
            } catch {
                wrong.withLock { $0.append("\(error)") }
            }
        }
        #expect(wrong.withLock { $0 } == [])
    }

    /// An O without variation lies in the middle, and as many lines are above as below; a T is heavier above.
    @Test func uprightAndCentred() throws {
        for (_, row, column) in ink(try glyphs("O", count: 8, variation: 0)) {
            #expect(abs(row - 14) < 0.5 && abs(column - 14) < 1)
        }
        for (_, row, _) in ink(try glyphs("T", count: 8, variation: 0)) { #expect(row < 13) }
    }

    /// The same letter stretched, turned and shifted: images differ more than fonts alone make them.
    @Test func variationVaries() throws {
        func spread(_ variation: Double) throws -> Float {
            let columns = ink(try glyphs("O", count: 40, variation: variation)).map(\.column)
            return (columns.max() ?? 0) - (columns.min() ?? 0)
        }
        #expect(try spread(0) < 1.5)
        #expect(try spread(1) > 3)
    }

    @Test(arguments: [8, 100])
    func inkGrowsWithTheSide(side: Int) throws {
        let share = ink(try glyphs("M", count: 4, side: side, variation: 0)).map { $0.sum / Float(side * side) }
        let usual = ink(try glyphs("M", count: 4, variation: 0)).map { $0.sum / 784 }
        for (a, b) in zip(share, usual) { #expect(abs(a - b) < 0.03) }
    }

    @Test func impossibleSettings() {
        func error(_ body: () throws -> GlyphImages) -> String {
            do {
                _ = try body()
                return ""
            } catch { return "\(error)" }
        }
        #expect(error { try glyphs("", count: 1) } == "'characters' is empty: expected at least one character")
        #expect(error { try glyphs("a b", count: 3) } == "'characters' is ' ': expected characters that leave ink")
        #expect(
            error { try glyphs("a", count: 0) } == "'count' is 0: expected 1 to 127551 images of that size")
        #expect(error { try glyphs("a", count: 1, side: 3) } == "'size' is 3: expected 4 to 512 pixels")
        #expect(
            error { try glyphs("a", count: 1, variation: .nan) } == "'vary' is nan: expected a number from 0 to 4")
    }
}
