import Tensors
import Testing

@Suite struct DerivedReductionsTests {
    @Test func deviationAndNorm() throws {
        let x = try Tensor([3, 4, 6, 8], shape: [2, 2])
        #expect(try x.norm([2]).values == [5, 10])
        #expect(try x.norm([2], keepDims: true).shape == [2, 1])
        #expect(try x.standardDeviation([2], unbiased: false).values == [0.5, 1])
    }

    @Test func questionsAboutAllElements() throws {
        let some = try Tensor([0, 2], shape: [2])
        #expect(some.any && !some.all)
        let empty = try Tensor.zeros([0])
        #expect(!empty.any && empty.all)
        #expect(some.isEqual(to: try some.reversedTwice()))
        #expect(!some.isEqual(to: try some.unsqueezed(1)))
        let nan = try Tensor(.nan)
        #expect(!nan.isEqual(to: nan) && !nan.isClose(to: nan))
    }

    @Test func closenessIsRelativeToTheOther() throws {
        let (a, b) = try (Tensor(100), Tensor(101))
        #expect(a.isClose(to: b, relative: 0.00995, absolute: 0))
        #expect(!b.isClose(to: a, relative: 0.00995, absolute: 0))
        #expect(a.isClose(to: b, relative: 0, absolute: 1) && !a.isClose(to: b))
        let infinite = try Tensor(.infinity)
        #expect(infinite.isClose(to: infinite) && !infinite.isClose(to: a))
    }
}

extension Tensor {
    /// The same elements in another storage.
    fileprivate func reversedTwice() throws -> Tensor { try flipped([1]).flipped([1]) }
}
