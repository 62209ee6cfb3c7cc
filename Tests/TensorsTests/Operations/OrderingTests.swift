import Tensors
import Testing

/// Order, places and counts where PyTorch's rules are particular; the random programs compare the rest.
@Suite struct OrderingTests {
    @Test func equalElementsKeepTheirOrderAndNaNIsTheLargest() throws {
        let x = try Tensor([2, .nan, -0.0, 2, 0, -.infinity], shape: [6])
        #expect(try x.argsort().values == [6, 3, 5, 1, 4, 2])
        #expect(try x.argsort(descending: true).values == [2, 1, 4, 3, 5, 6])
        #expect(try Tensor.ones([2, 0]).topk(0).values.shape == [2, 0])
        #expect(try x.topk(2, largest: false).indices.values == [6, 3])
        #expect(try x.median(1).indices.item() == 2)
        #expect(try x.slice(1, 3, 6).median(1).indices.item() == 1)
    }

    /// The elements of a slice are copied before they are looked through.
    @Test func extremesOfSlices() throws {
        for size in [3, 300] {
            let x = try Tensor.arange(1, Double(3 * size)).reshaped([size, 3]).slice(2, 2, 2)
            #expect(try x.min().item() == 2 && x.max().item() == Float(3 * size - 1))
            #expect(try x.median().item() == Float(3 * ((size - 1) / 2) + 2))
        }
    }

    @Test func quantilesOfInfiniteElements() throws {
        let x = try Tensor([.infinity, 1, 2], shape: [3])
        #expect(try x.quantile(Tensor([0, 0.25, 1], shape: [3])).values == [1, 1.5, .infinity])
        #expect(try Tensor([1, .nan], shape: [2]).quantile(Tensor(0)).item().isNaN)
    }

    /// Where one element is 0, it alone has a gradient by the product; where two are, none has.
    @Test(arguments: [([2, 0, 3], [0, 6, 0]), ([0, 5, 0], [0, 0, 0])] as [([Float], [Float])])
    func productsWithZeros(_ values: [Float], _ expected: [Float]) throws {
        let x = try Tensor(values, shape: [3]).requireGradient()
        try x.product().backward()
        #expect(x.gradient?.values == expected)
        let y = try Tensor(values, shape: [3]).requireGradient()
        try y.cumprod(1).select(1, 3).backward()
        #expect(y.gradient?.values == expected)
    }

    @Test func logCumSumExpOfExtremes() throws {
        let x = try Tensor([-.infinity, 1000, 1000, -2000], shape: [4]).requireGradient()
        let sums = try x.logCumSumExp(1)
        #expect(sums.values == [-.infinity, 1000, 1000.6932, 1000.6932])
        try sums.select(1, 4).backward()
        let expected = try Tensor([0, 0.5, 0.5, 0], shape: [4])
        #expect(try #require(x.gradient).isClose(to: expected, relative: 1e-4))
    }

    @Test func indicesCountFromTheEndAndLaterElementsStay() throws {
        let x = try Tensor.arange(1, 3)
        #expect(try x.gather(1, Tensor([-1, 1], shape: [2])).values == [3, 1])
        #expect(try x.scatter(1, Tensor([2, 2], shape: [2]), Tensor([8, 9], shape: [2])).values == [1, 9, 3])
        #expect(try x.rolled([.min]).shape == [3])
    }

    @Test func countsAndClasses() throws {
        let x = try Tensor([3, .nan, 1, 3, 2], shape: [5])
        #expect(try x.histogram(bins: 2, minimum: 1, maximum: 3).values == [1, 3])
        // Equal elements lie in the middle, also where adding 1 changes nothing.
        for value: Float in [0, -2, 1e30, -1e38, .greatestFiniteMagnitude] {
            #expect(try Tensor.full([2], value).histogram(bins: 3).values == [0, 2, 0], "\(value)")
        }
        let (values, inverse, counts) = try Tensor([3, 1, 3, 2], shape: [2, 2]).unique()
        #expect(values.values == [1, 2, 3] && inverse.values == [3, 1, 3, 2] && counts.values == [1, 1, 2])
        #expect(try Tensor([0, 2], shape: [2]).oneHot().values == [1, 0, 0, 0, 0, 1])
    }
}
