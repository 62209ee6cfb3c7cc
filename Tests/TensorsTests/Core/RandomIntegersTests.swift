import Support
import Tensors
import Testing

@Suite struct RandomIntegersTests {
    @Test func integersFillTheirRangeEvenly() throws {
        let values = try Tensor.randint(-1, 2, [4000], generator: RandomGenerator(seed: 1)).values
        #expect(Set(values) == [-1, 0, 1, 2])
        // Each count is binomial with standard deviation 27: five of them.
        for value in Set(values) { #expect(abs(values.count { $0 == value } - 1000) < 137) }
        #expect(try Tensor.randint(-1, 2, [4000], generator: RandomGenerator(seed: 1)).values == values)
    }

    @Test func permutationsHoldEachNumberOnce() throws {
        let values = try Tensor.randperm(50, generator: RandomGenerator(seed: 2)).values
        #expect(values != (1...50).map { Float($0) })
        #expect(values.sorted() == (1...50).map { Float($0) })
        #expect(try Tensor.randperm(0, generator: RandomGenerator(seed: 2)).shape == [0])
    }

    @Test func numbersThatAFloatCannotHoldAreRefused() {
        let generator = RandomGenerator(seed: 3)
        #expect(throws: TensorError.self) { try Tensor.randint(3, 2, [1], generator: generator) }
        #expect(throws: TensorError.self) { try Tensor.randint(0, 1 << 25, [1], generator: generator) }
        #expect(throws: TensorError.self) { try Tensor.randint(.min, 0, [1], generator: generator) }
        #expect(throws: TensorError.self) { try Tensor.randperm(-1, generator: generator) }
        #expect(throws: TensorError.self) { try Tensor.randperm(1 << 25, generator: generator) }
    }
}
