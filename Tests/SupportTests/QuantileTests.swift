import Support
import Testing

struct QuantileTests {
    /// Values of NumPy 2.4.6: numpy.quantile(x, q).
    @Test(
        arguments: [
            ([3], 0.3, 3), ([4, 1, 3, 2], 0.25, 1.75), ([4, 1, 3, 2], 0.5, 2.5), ([4, 1, 3, 2], 1, 4),
            ([4, 1, 3, 2], 0, 1), ([0, 6], 0.95, 5.7), ([5, -1, 2, 2, 8, 0.5, 7], 0.9, 7.4),
            ([5, -1, 2, 2, 8, 0.5, 7], 1 / 3.0, 2),
        ] as [([Double], Double, Double)])
    func isNumPys(numbers: [Double], share: Double, expected: Double) throws {
        #expect(abs(try #require(numbers.quantile(share)) - expected) < 1e-12)
        #expect(abs(try #require(numbers.map(Float.init).quantile(share)) - expected) < 1e-6)
    }

    @Test func thereIsNoneOfNothing() {
        #expect([Double]().quantile(0.5) == nil)
        for share in [-0.1, 1.1, .nan, .infinity] { #expect([1.0, 2].quantile(share) == nil) }
    }
}
