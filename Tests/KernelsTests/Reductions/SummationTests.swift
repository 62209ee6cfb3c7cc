import Kernels
import Support
import Testing

struct SummationTests {
    /// Numbers on both sides of the origin of strides, as layouts may have negative strides.
    private static let margin = 130_000
    private static let numbers: [Float] = {
        let generator = RandomGenerator(seed: 3)
        return (0..<2 * margin + 60_000).map { _ in generator.uniform() * 2 - 0.9 }
    }()

    /// The sums over the dimensions `reduced` of `layout`, in the order of the others' indices.
    private func sums(_ layout: Layout, over reduced: [Int]) -> [Float] {
        let kept = layout.shape.indices.filter { !reduced.contains($0) }
        let shape = kept.map { layout.shape[$0] }
        var step = 1
        var strides = shape
        for dim in shape.indices.reversed() {
            strides[dim] = step
            step *= max(shape[dim], 1)
        }
        let count = shape.reduce(1, *)
        return [Float](unsafeUninitializedCapacity: max(count, 1)) { out, filled in
            Self.numbers.withUnsafeBufferPointer { input in
                guard let target = out.baseAddress, let source = input.baseAddress else { return }
                Summation.sum(
                    out: target, input: source + Self.margin, keptShape: shape,
                    keptStrides: (out: strides, input: kept.map { layout.strides[$0] }),
                    reducedShape: reduced.map { layout.shape[$0] }, reducedStrides: reduced.map { layout.strides[$0] },
                    scale: 0.5)
            }
            filled = count
        }
    }

    /// The same by its definition, in Double, and the sums of the magnitudes.
    private func naive(_ layout: Layout, over reduced: [Int]) -> [(sum: Double, magnitude: Double)] {
        let kept = layout.shape.indices.filter { !reduced.contains($0) }
        let outer = Layout(shape: kept.map { layout.shape[$0] }, strides: kept.map { layout.strides[$0] })
        let inner = Layout(shape: reduced.map { layout.shape[$0] }, strides: reduced.map { layout.strides[$0] })
        return outer.places.map { start in
            inner.places.reduce((0, 0)) { total, place in
                let value = Double(Self.numbers[Self.margin + start + place]) * 0.5
                return (total.0 + value, total.1 + value.magnitude)
            }
        }
    }

    @Test(arguments: Layout.awkward)
    func sumsAreThoseOfTheDefinition(layout: Layout) {
        let subsets = layout.shape.count <= 3 ? 1 << layout.shape.count : 12
        for subset in 0..<subsets {
            let reduced = layout.shape.indices.filter { subset >> $0 & 1 == 1 }
            let (found, wanted) = (sums(layout, over: reduced), naive(layout, over: reduced))
            #expect(found.count == wanted.count)
            let far = zip(found, wanted).contains { found, wanted in
                (Double(found) - wanted.sum).magnitude > 1e-6 * wanted.magnitude
            }
            #expect(!far, "over \(reduced)")
        }
    }

    @Test func theThreadsMakeNoDifference() {
        let before = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = before }
        let layouts = [
            (Layout(shape: [130_000], strides: [1]), [0]), (Layout(shape: [400, 300], strides: [300, 1]), [0]),
            (Layout(shape: [400, 300], strides: [300, 1]), [1]), (Layout(shape: [7, 9000], strides: [1, 7]), [1]),
        ]
        for (layout, reduced) in layouts {
            ThreadPool.shared.threads = 1
            let alone = sums(layout, over: reduced)
            ThreadPool.shared.threads = 2
            #expect(sums(layout, over: reduced) == alone)
        }
    }

    @Test func longSumsKeepTheirDigits() {
        // A running sum in Float would end at 2^24.
        let layout = Layout(shape: [1 << 25], strides: [0])
        let wanted = Self.numbers[Self.margin] * 0x1p24
        #expect((sums(layout, over: [0])[0] - wanted).magnitude <= 5e-7 * wanted.magnitude)
    }

    @Test func statisticsFindWhatThereIs() {
        var numbers = Array(Self.numbers.prefix(100_001))
        numbers[5] = .nan
        numbers[99_999] = -7
        numbers[100_000] = .nan
        numbers[40_000] = 9
        numbers[50_000] = .infinity
        numbers[7] = -.infinity
        let found = FiniteStatistics(numbers, shape: [100_001], strides: [1])
        #expect(found.nanCount == 2)
        #expect(found.infinityCount == 2)
        #expect(found.minimum == -7)
        #expect(found.maximum == 9)
        let wanted = numbers.reduce(0.0) { $0 + ($1.isFinite ? Double($1) : 0) }
        #expect((found.sum - wanted).magnitude < 1e-2)
        let every = FiniteStatistics(numbers, shape: [10, 3], strides: [3, 9])
        #expect(every.nanCount == 0)
        #expect(
            FiniteStatistics(numbers, shape: [0], strides: [1])
                == FiniteStatistics(numbers, shape: [2, 0], strides: [1, 1]))
    }
}
