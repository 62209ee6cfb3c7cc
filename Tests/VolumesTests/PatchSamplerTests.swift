import Support
import Tensors
import Testing
import Volumes

@Suite struct PatchSamplerTests {
    /// An example with one voxel of foreground.
    private func example(_ shape: [Int], foreground: [Int]?, channels: Int = 1) throws -> PatchSampler.Example {
        let count = shape.reduce(1, *)
        var label = [Float](repeating: 0, count: count)
        if let foreground { label[(foreground[0] * shape[1] + foreground[1]) * shape[2] + foreground[2]] = 1 }
        let image = (0..<count * channels).map { Float($0 + 1) }
        return try .init(
            image: Tensor(image, shape: [1, channels] + shape), label: Tensor(label, shape: [1] + shape))
    }

    @Test(arguments: [[9, 10, 11], [4, 4, 4], [3, 12, 2], [1, 1, 1]]) func isThePartThatItSays(shape: [Int]) throws {
        let example = try example(shape, foreground: shape.map { $0 / 2 }, channels: 2)
        let sampler = try PatchSampler([example], size: [4, 3, 5], seed: 2)
        for draw in 1...20 {
            let patch = try sampler(draw)
            #expect(patch.image.shape == [1, 2, 4, 3, 5] && patch.label.shape == [1, 4, 3, 5])
            for axis in 0..<3 {
                let room = shape[axis] - [4, 3, 5][axis]
                #expect(room >= 0 ? (0...room).contains(patch.start[axis]) : patch.start[axis] == room >> 1)
            }
            let (image, label) = (patch.image.values, patch.label.values)
            for i in image.indices {
                let (map, voxel) = i.quotientAndRemainder(dividingBy: 60)
                let p = zip([voxel / 15, voxel / 5 % 3, voxel % 5], patch.start).map { $0 + $1 }
                let isInside = (0..<3).allSatisfy { (0..<shape[$0]).contains(p[$0]) }
                let place = ((map * shape[0] + p[0]) * shape[1] + p[1]) * shape[2] + p[2]
                #expect(image[i] == (isInside ? Float(place + 1) : 0))
                if map == 0 { #expect(label[voxel] == (isInside && p == shape.map { $0 / 2 } ? 1 : 0)) }
            }
        }
    }

    @Test func aroundTheForegroundAsFarAsTheBorderAllows() throws {
        for (voxel, start) in [([10, 12, 9], [8, 10, 7]), ([0, 1, 19], [0, 0, 16]), ([19, 18, 17], [16, 16, 15])] {
            let sampler = try PatchSampler(
                [example([20, 20, 20], foreground: voxel)], size: [4, 4, 4], foregroundShare: 1, seed: 3)
            for draw in 1...5 { #expect(try sampler(draw).start == start) }
        }
        // Each of several voxels is chosen.
        let label = try Tensor([1, 0, 0, 1, 0, 0, 0, 2], shape: [1, 1, 8])
        let sampler = try PatchSampler(
            [.init(image: label, label: label)], size: [1, 1, 1], foregroundShare: 1, seed: 3)
        let starts = try (1...60).map { try sampler($0).start[2] }
        #expect(Set(starts) == [0, 3, 7])
        #expect([0, 3, 7].allSatisfy { place in starts.count { $0 == place } >= 10 })
    }

    @Test(arguments: [(0.0, 0...6), (1.0 / 3, 160...245), (0.75, 410...490)])
    func keepsTheShareOfForeground(share: Double, expected: ClosedRange<Int>) throws {
        let sampler = try PatchSampler(
            [example([20, 20, 20], foreground: [10, 10, 10]), example([20, 20, 20], foreground: [4, 10, 15])],
            size: [3, 3, 3], foregroundShare: share, seed: 1)
        let hits = try (1...600).count { try sampler($0).label.values.contains(1) }
        #expect(expected.contains(hits), "\(hits) of 600")
    }

    @Test func anExampleWithoutForegroundIsTakenAnywhere() throws {
        let sampler = try PatchSampler(
            [example([9, 9, 9], foreground: nil)], size: [2, 2, 2], foregroundShare: 1, seed: 1)
        let starts = try (1...200).map { try sampler($0).start }
        for axis in 0..<3 { #expect(Set(starts.map { $0[axis] }) == Set(0...7)) }
    }

    @Test func eachExampleComesOnceBeforeAnyComesAgain() throws {
        let examples = try (0..<5).map { _ in try example([4, 4, 4], foreground: [1, 1, 1]) }
        let sampler = try PatchSampler(examples, seed: 1)
        let order = try (1...50).map { try sampler($0).example }
        let epochs = stride(from: 0, to: 50, by: 5).map { Array(order[$0..<$0 + 5]) }
        #expect(epochs.allSatisfy { $0.sorted() == [0, 1, 2, 3, 4] })
        #expect(Set(epochs).count > 5)
        #expect(try sampler(1).image === examples[order[0]].image)
        #expect(try (1...50).map { try PatchSampler(examples, seed: 2)($0).example } != order)
    }

    /// A patch depends on seed and number alone, so a run may be resumed anywhere.
    @Test func isAFunctionOfSeedAndNumber() throws {
        let examples = try (0..<3).map { try example([9, 9, 9], foreground: [$0, 4, 4]) }
        func places(_ draws: [Int], seed: UInt64) throws -> [[Int]] {
            let sampler = try PatchSampler(examples, size: [3, 3, 3], seed: seed)
            return try draws.map {
                let patch = try sampler($0)
                return [patch.example] + patch.start
            }
        }
        let all = try places(Array(1...40), seed: 7)
        #expect(try places(Array((20...40).reversed()), seed: 7) == all[19...].reversed())
        #expect(try places(Array(1...40), seed: 8) != all)
        #expect(Set(all).count > 20)
        _ = try places([.max], seed: 7)
    }

    @Test func refusesWhatIsNotPossible() throws {
        let example = try example([4, 4, 4], foreground: nil)
        #expect(throws: VolumeError.parameter("examples", value: "empty", expected: "at least one")) {
            try PatchSampler([], seed: 1)
        }
        for size in [[4, 4], [0, 1, 1], [1 << 21, 1, 1]] {
            #expect(throws: VolumeError.self) { try PatchSampler([example], size: size, seed: 1) }
        }
        for share in [-0.1, 1.1, .nan] {
            #expect(throws: VolumeError.self) { try PatchSampler([example], foregroundShare: share, seed: 1) }
        }
        #expect(throws: VolumeError.parameter("draw", value: "0", expected: "1 or more")) {
            try PatchSampler([example], seed: 1)(0)
        }
        #expect(throws: VolumeError.self) {
            try PatchSampler.Example(image: Tensor.ones([4, 4, 4]), label: Tensor.ones([4, 4, 5]))
        }
        #expect(throws: VolumeError.self) {
            try PatchSampler.Example(image: Tensor.ones([4, 4, 4]), label: Tensor.ones([2, 4, 4, 4]))
        }
    }
}
