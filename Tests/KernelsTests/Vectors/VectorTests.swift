import Kernels
import Testing

/// Arithmetic of vectors against that of their lanes.
struct VectorTests {
    /// Numbers of all sizes, with the special ones: sixteen for each seed.
    private func vector(_ seed: UInt64) -> Vector {
        let special: [Float] = [0, -0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude]
        var state = seed
        return Vector(
            (0..<16).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let place = Int(state >> 60)
                return place < special.count
                    ? special[place] : Float(bitPattern: UInt32(truncatingIfNeeded: state >> 28))
            })
    }

    private func isSame(_ values: Vector, _ expected: (Int) -> Float) -> Bool {
        (0..<16).allSatisfy {
            values[$0].bitPattern == expected($0).bitPattern || (values[$0].isNaN && expected($0).isNaN)
        }
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func eachLaneIsThatOfItsNumbers(_ seed: UInt64) {
        let (a, b, c) = (vector(seed), vector(seed + 100), vector(seed + 200))
        #expect(isSame(a + b) { a[$0] + b[$0] })
        #expect(isSame(a - b) { a[$0] - b[$0] })
        #expect(isSame(a * b) { a[$0] * b[$0] })
        #expect(isSame(a / b) { a[$0] / b[$0] })
        #expect(isSame(a + 3) { a[$0] + 3 })
        #expect(isSame(a - 3) { a[$0] - 3 })
        #expect(isSame(a * 3) { a[$0] * 3 })
        // Rounded once: a product and a sum would be rounded twice.
        #expect(isSame(a.addingProduct(b, c)) { a[$0].addingProduct(b[$0], c[$0]) })
        #expect(isSame(a.replacing(with: b, where: b .< c)) { b[$0] < c[$0] ? b[$0] : a[$0] })
        #expect(isSame(a.replacing(with: 7, where: b .< c)) { b[$0] < c[$0] ? 7 : a[$0] })
        var replaced = (a, a)
        replaced.0.replace(with: c, where: b .>= c)
        replaced.1.replace(with: 0, where: b .== b)
        #expect(isSame(replaced.0) { b[$0] >= c[$0] ? c[$0] : a[$0] })
        #expect(isSame(replaced.1) { b[$0] == b[$0] ? 0 : a[$0] })
    }
}
