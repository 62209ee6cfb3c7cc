import Support
import Testing

/// Numbers in -1 ..< 1.
func random(_ count: Int, _ seed: UInt64) -> [Float] {
    let generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in 2 * generator.uniform() - 1 }
}

/// What `body` writes, over an array of NaN: whatever it leaves out shows.
func withOutput(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var result = [Float](repeating: .nan, count: count + 64)
    result.withUnsafeMutableBufferPointer { buffer in
        if let start = buffer.baseAddress { body(start) }
    }
    let isUntouchedBehind = result.suffix(64).allSatisfy { $0.isNaN }
    #expect(isUntouchedBehind)
    return Array(result.prefix(count))
}
