import Foundation
import Layers
import Support
import Tensors
import Testing

@Suite struct SlidingWindowTests {
    @Test(arguments: [
        (10, 4, 0.5, [0, 2, 4, 6]), (11, 4, 0.5, [0, 2, 4, 5, 7]), (4, 4, 0.5, [0]), (3, 4, 0.5, [0]),
        (9, 4, 0, [0, 3, 5]), (5, 4, 0.5, [0, 1]), (3, 1, 0.9, [0, 1, 2]),
    ])
    func starts(length: Int, size: Int, overlap: Double, starts: [Int]) throws {
        let window = try SlidingWindow(size: [size, 1, 1], overlap: overlap)
        #expect(window.starts(in: [length, 1, 1]).map { $0[0] } == starts)
    }

    /// Windows begin at 0, end at the end, and leave no gap and at least the overlap.
    @Test(arguments: [1, 2, 3, 7, 8, 15, 16, 17], [0, 0.25, 0.5, 0.75, 0.999])
    func coverEveryVoxel(size: Int, overlap: Double) throws {
        let window = try SlidingWindow(size: [1, size, 1], overlap: overlap)
        for length in 1...40 {
            let starts = window.starts(in: [1, length, 1]).map { $0[1] }
            #expect(starts.first == 0 && starts.last == max(0, length - size))
            let longest = max(1, (Double(size) * (1 - overlap)).rounded(.up))
            for (a, b) in zip(starts, starts.dropFirst()) { #expect(a < b && Double(b - a) <= longest) }
        }
        let all = try SlidingWindow(size: [2, 3, 2]).starts(in: [3, 4, 5])
        #expect(all.count == 2 * 2 * 4 && all[1] == [0, 0, 1] && all[4] == [0, 1, 0])
    }

    @Test func weightsAreGaussian() throws {
        let along = try SlidingWindow(size: [1, 1, 16]).weights
        for i in 0..<16 {
            let distance = (Double(i) - 7.5) / 2
            #expect(abs(Double(along[i]) - max(exp(-distance * distance / 2), 1e-3)) < 1e-6)
        }
        let weights = try SlidingWindow(size: [5, 6, 7]).weights
        #expect(weights.count == 210 && weights == weights.reversed())
        #expect(weights.min() == 1e-3 && weights[2 * 42 + 2 * 7 + 3] == weights.max())
        let centre = exp(-0.5 * (0.5 / 0.75) * (0.5 / 0.75))
        #expect(abs(Double(weights.max() ?? 0) - centre) < 1e-5)
    }

    private func apply(_ volume: Tensor, _ window: SlidingWindow, _ function: (Tensor) throws -> Tensor) throws
        -> Tensor
    {
        let blend = try WindowBlend(volume, window)
        for start in blend.starts { try blend.add(function(blend.window(at: start)), at: start) }
        return try blend.mean()
    }

    /// A function of each voxel gives the same with and without windows, also where the volume is smaller than one.
    @Test(arguments: [[1, 1, 1], [3, 9, 4], [10, 5, 17], [4, 4, 4]], [0, 0.5, 0.8])
    func voxelwiseFunctionsAreUnchanged(shape: [Int], overlap: Double) throws {
        let volume = try Tensor.randn([2, 3] + shape, generator: RandomGenerator(seed: 1)).channelsLast()
        let window = try SlidingWindow(size: [4, 5, 6], overlap: overlap)
        func function(_ x: Tensor) throws -> Tensor { try x.slice(2, 1, 2) * x.slice(2, 2, 3) }
        let result = try apply(volume, window) {
            #expect($0.shape == [2, 3, 4, 5, 6])
            return try function($0)
        }
        #expect(result.shape == [2, 2] + shape)
        #expect(try result.isClose(to: function(volume), relative: 1e-5, absolute: 1e-6))
        // A constant stays: the weights that each voxel gets add up to one.
        let ones = try apply(volume, window) { try Tensor.ones([2, 1] + $0.shape[2...]) }
        #expect(ones.values.allSatisfy { abs($0 - 1) < 1e-6 })
    }

    @Test func overlapsAreWeighted() throws {
        let window = try SlidingWindow(size: [1, 1, 4])
        var number: Float = -1
        let result = try apply(Tensor.zeros([1, 1, 1, 1, 6]), window) {
            number += 1
            return try Tensor.full($0.shape, number)
        }
        let w = window.weights
        let expected = [0, 0, w[0] / (w[0] + w[2]), w[1] / (w[1] + w[3]), 1, 1]
        for (value, expected) in zip(result.values, expected) { #expect(abs(value - expected) < 1e-6) }
        #expect(expected[2] < 0.1 && expected[3] > 0.9)
    }

    /// What is at one voxel comes back to that voxel, and the window knows its neighbours.
    @Test func windowsKeepTheirPositions() throws {
        let volume = try Tensor.randn([1, 1, 3, 7, 9], generator: RandomGenerator(seed: 3))
        let blend = try WindowBlend(volume, SlidingWindow(size: [3, 4, 4]))
        for start in blend.starts {
            let expected = try volume.slice(4, start[1] + 1, start[1] + 4).slice(5, start[2] + 1, start[2] + 4)
            #expect(try blend.window(at: start).isEqual(to: expected))
        }
    }

    @Test func refusesWhatIsNotPossible() throws {
        for size in [[4, 4], [0, 4, 4], [.max, .max, 2]] {
            #expect(throws: TensorError.self) { try SlidingWindow(size: size) }
        }
        for overlap in [-0.1, 1, .nan] {
            #expect(throws: TensorError.self) { try SlidingWindow(size: [2, 2, 2], overlap: overlap) }
        }
        let window = try SlidingWindow(size: [2, 2, 2])
        for shape in [[1, 2, 2, 2], [1, 0, 2, 2, 2]] {
            #expect(throws: TensorError.self) { try WindowBlend(Tensor.zeros(shape), window) }
        }
        let huge = try SlidingWindow(size: [1 << 15, 1 << 15, 1 << 15])
        #expect(throws: TensorError.self) { try WindowBlend(Tensor.zeros([1, 1, 2, 2, 2]), huge) }
        let blend = try WindowBlend(Tensor.zeros([1, 1, 2, 2, 3]), window)
        #expect(throws: TensorError.self) { try blend.mean() }
        let error = #expect(throws: TensorError.self) { try blend.add(Tensor.ones([1, 2, 2, 2]), at: [0, 0, 0]) }
        #expect(
            error?.description == "sliding_window: the function's result has shape 1x2x2x2 (expected 1x1x2x2x2)")
        try blend.add(Tensor.ones([1, 3, 2, 2, 2]), at: [0, 0, 0])
        #expect(throws: TensorError.self) { try blend.add(Tensor.ones([1, 2, 2, 2, 2]), at: [0, 0, 1]) }
    }
}
