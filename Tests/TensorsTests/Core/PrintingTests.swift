import Support
import Tensors
import Testing

struct PrintingTests {
    @Test(
        arguments: [
            ([3], [], "3 [scalar]"), ([], [0], "{} [0]"), ([1, 2, 3], [3], "{1, 2, 3} [3]"),
            ([1, -20], [2, 1], "{{  1},\n {-20}} [2x1]"),
            ([1, 2.5, -3, 10.25], [2, 2], "{{ 1.0000,  2.5000},\n {-3.0000, 10.2500}} [2x2]"),
            ([1e-6, 2], [2], "{1.000e-06, 2.000e+00} [2]"), ([1e8], [1], "{1.000e+08} [1]"),
            ([.nan, 1, .infinity, -.infinity], [4], "{ nan,    1,  inf, -inf} [4]"),
            ([0, 0.5], [1, 1, 2], "{{{0.0000, 0.5000}}} [1x1x2]"),
            ([0, 1, 2, 3], [2, 1, 2], "{{{0, 1}},\n\n {{2, 3}}} [2x1x2]"), ([-0.0], [1], "{-0} [1]"),
        ] as [([Float], [Int], String)])
    func smallTensorsArePrintedInFull(values: [Float], shape: [Int], text: String) throws {
        #expect(try Tensor(values, shape: shape).description == text)
    }

    @Test func largeTensorsAreSummarised() throws {
        let large = try Tensor.arange(1, 5000)
        #expect(large.description == "tensor 5000 float32, min 1, mean 2500, max 5000: 1, 2, 3, 4, ...")
        #expect(large.description == large.summary)
    }

    /// In full, piece by piece, whatever the size: all numbers, in order.
    @Test func allElementsOnRequest() throws {
        let large = try Tensor.arange(1, 60_000).reshaped([300, 200])
        var pieces: [String] = []
        try large.write { pieces.append($0) }
        #expect(pieces.count > 1)
        let numbers = pieces.joined().split { !$0.isNumber }.prefix(60_000)
        #expect(numbers.elementsEqual((1...60_000).map { "\($0)"[...] }))
        #expect(pieces.last?.hasSuffix("60000}} [300x200]") == true)
    }

    @Test func longRowsAreBroken() throws {
        let lines = try Tensor.arange(1, 100).description.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines.allSatisfy { $0.count <= 110 })
        #expect(lines[1].hasPrefix(" "))
    }

    @Test func viewsArePrintedAsTheyRead() throws {
        let t = try Tensor([1, 2, 3, 4], shape: [2, 2]).transposed(1, 2)
        #expect(t.description == "{{1, 3},\n {2, 4}} [2x2]")
        #expect(try Tensor([1], shape: [1]).requireGradient().description == "{1} [1, requires_grad]")
    }

    @Test func summariesAreOneLine() throws {
        let t = try Tensor([1, -2, .nan, 4.5, 0, 0], shape: [2, 3])
        #expect(t.summary == "tensor 2x3 float32, min -2, mean 0.7, max 4.5, 1 NaN: 1, -2, nan, 4.5, ...")
        let infinite = try Tensor([.infinity, -.infinity, 3, 1], shape: [4])
        #expect(infinite.summary == "tensor 4 float32, min 1, mean 2, max 3, 2 Inf: inf, -inf, 3, 1")
        #expect(try Tensor([1], shape: [1]).requireGradient().summary.hasPrefix("tensor 1 float32, requires_grad, min"))
        #expect(try Tensor(2).summary == "tensor scalar float32, min 2, mean 2, max 2: 2")
        #expect(try Tensor.zeros([0, 3]).summary == "tensor 0x3 float32, empty")
        #expect(try Tensor([.nan, -.nan], shape: [2]).summary == "tensor 2 float32, 2 NaN: nan, nan")
        let large = try Tensor.randn([300, 1000], generator: RandomGenerator(seed: 1))
        #expect(large.summary.hasPrefix("tensor 300x1000 float32, min -"))
    }
}
