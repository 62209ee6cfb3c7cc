import Tensors
import Testing

@Suite struct QuestionsTests {
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
        #expect(infinite.isClose(to: infinite) && !infinite.isClose(to: a) && !a.isClose(to: infinite))
        #expect(try !infinite.isClose(to: Tensor(-.infinity)))
    }
}

extension Tensor {
    /// The same elements in another storage.
    fileprivate func reversedTwice() throws -> Tensor { try flipped([1]).flipped([1]) }
}
