import Support
import Tensors
import Testing
import Volumes

@Suite struct AugmentationTests {
    private static func augmentation(_ change: (inout Augmentation) -> Void) -> Augmentation {
        var result = Augmentation()
        result.flip = [false, false, false]
        change(&result)
        return result
    }

    private func everything() -> Augmentation {
        Self.augmentation {
            $0.flip = [true, true, true]
            $0.rotation = [30, 20, 10]
            $0.scaling = 0.2
            $0.elastic = 2
            $0.elasticCell = 8
            $0.gain = 0.2
            $0.offset = 0.3
            $0.gamma = 0.4
            $0.noise = 0.1
            $0.spacing = [2, 1, 1]
        }
    }

    private func image(_ shape: [Int] = [1, 2, 9, 10, 11]) throws -> Tensor {
        try Tensor.randn(shape, generator: RandomGenerator(seed: 8))
    }

    @Test func flipsByDefault() throws {
        let image = try image()
        let generator = RandomGenerator(seed: 5)
        let (flipped, label) = try Augmentation()(image, label: image, generator: generator)
        #expect(generator.counter == 3)
        let axes = Flips(from: RandomGenerator(seed: 5)).axes
        let dims = zip([3, 4, 5], axes).filter(\.1).map(\.0)
        #expect(!dims.isEmpty)
        #expect(try flipped.isEqual(to: image.flipped(dims)) && label?.isEqual(to: flipped) == true)
    }

    @Test func sameSeedSameBitsOnAnyNumberOfThreads() throws {
        let (image, label) = (try image(), try Tensor.ones([1, 9, 10, 11]))
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        let results = try [1, 2, 5].map { threads in
            ThreadPool.shared.threads = threads
            let (image, label) = try everything()(image, label: label, generator: RandomGenerator(seed: 3))
            return image.values + (label?.values ?? [])
        }
        let same = results[0] == results[1] && results[0] == results[2]
        #expect(same)
        let other = try everything()(image, generator: RandomGenerator(seed: 4)).image.values
        let differs = other != Array(results[0].prefix(other.count))
        #expect(differs)
    }

    /// Image and label move alike, and turning intensities on or off does not change how.
    @Test func movesImageAndLabelAlike() throws {
        // A smooth blob, so that interpolation hardly matters.
        let blob = (0..<16 * 16 * 16).map { i -> Float in
            let (z, y, x) = (Float(i / 256) - 9, Float(i / 16 % 16) - 5, Float(i % 16) - 8)
            return max(0, 1 - (z * z + y * y + x * x) / 30)
        }
        let image = try Tensor(blob, shape: [1, 1, 16, 16, 16])
        let label = try Tensor(blob.map { $0 > 0.4 ? 1 : 0 }, shape: [1, 16, 16, 16])
        var spatial = everything()
        (spatial.gain, spatial.offset, spatial.gamma, spatial.noise) = (0, 0, 0, 0)
        for seed in 0..<8 as Range<UInt64> {
            let (moved, target) = try spatial(image, label: label, generator: RandomGenerator(seed: UInt64(seed)))
            let truth = try #require(target).values
            let score = try SegmentationScore(prediction: moved.values, truth: truth, threshold: 0.4)
            #expect(score.dice > 0.85, "seed \(seed)")
            #expect(truth != label.values && truth.allSatisfy { $0 == 0 || $0 == 1 })
            let all = try everything()(image, label: label, generator: RandomGenerator(seed: UInt64(seed)))
            #expect(all.label?.values == truth)
        }
    }

    /// Multiplied and shifted within the bounds, and up to near them; 0 stays 0.
    @Test func changesContrastWithinBounds() throws {
        var values = [Float](repeating: 2, count: 27)
        values[13] = 0
        let image = try Tensor(values, shape: [1, 3, 3, 3])
        let generator = RandomGenerator(seed: 1)
        let (gain, offset) = (Self.augmentation { $0.gain = 0.5 }, Self.augmentation { $0.offset = 0.25 })
        let gains = try (0..<200).map { _ in try gain(image, generator: generator).image.values }
        let offsets = try (0..<200).map { _ in try offset(image, generator: generator).image.values }
        for (drawn, bounds) in [(gains, Float(1)...3), (offsets, 1.75...2.25)] {
            #expect(drawn.allSatisfy { $0[13] == 0 && bounds.contains($0[0]) && Set($0).count == 2 })
            let (low, high) = (drawn.map { $0[0] }.min() ?? 0, drawn.map { $0[0] }.max() ?? 0)
            let width = bounds.upperBound - bounds.lowerBound
            #expect(low < bounds.lowerBound + width / 10 && high > bounds.upperBound - width / 10)
        }
    }

    /// Gamma keeps the extremes and the order, and is the power of the range.
    @Test func gammaIsAPowerOfTheRange() throws {
        let image = try Tensor((0..<8).map { Float($0) + 1 }, shape: [2, 2, 2])
        let gamma = Self.augmentation { $0.gamma = 1 }
        let exponents = try (0..<100).map { seed -> Float in
            let values = try gamma(image, generator: RandomGenerator(seed: UInt64(seed))).image.values
            #expect(values[0] == 1 && abs(values[7] - 8) < 1e-5 && values == values.sorted())
            let exponent = try Tensor((values[3] - 1) / 7).log().item() / Tensor(Float(3) / 7).log().item()
            let expected = try Tensor(Float(5) / 7).power(exponent).item()
            #expect(abs((values[5] - 1) / 7 - expected) < 1e-4)
            return exponent
        }
        #expect(exponents.allSatisfy { (0.4999...2.0001).contains($0) })
        #expect((exponents.min() ?? 1) < 0.6 && (exponents.max() ?? 1) > 1.7)
    }

    @Test func noiseHasTheDrawnDeviation() throws {
        let image = try Tensor.ones([2, 20, 20, 20])
        let noise = Self.augmentation { $0.noise = 0.5 }
        let deviations = try (0..<20).flatMap { seed -> [Float] in
            let maps = try noise(image, generator: RandomGenerator(seed: UInt64(seed))).image.reshaped([2, 8000])
            #expect(try maps.mean([2]).values.allSatisfy { abs($0 - 1) < 0.03 })
            return try maps.standardDeviation([2]).values
        }
        #expect(deviations.allSatisfy { $0 < 0.52 } && (deviations.max() ?? 0) > 0.4)
        // Each map has a deviation of its own.
        #expect(abs(deviations[0] - deviations[1]) > 1e-3)
    }

    @Test func probabilityTurnsAllOff() throws {
        var all = everything()
        all.flip = [false, false, false]
        all.probability = 0
        let image = try image()
        #expect(try all(image, generator: RandomGenerator(seed: 1)).image.isEqual(to: image))
        all.probability = 0.5
        let changed = try (0..<200).count { seed in
            var rotation = Self.augmentation { $0.rotation = [40, 0, 0] }
            rotation.probability = 0.5
            return try !rotation(image, generator: RandomGenerator(seed: UInt64(seed))).image.isEqual(to: image)
        }
        #expect((70...130).contains(changed))
    }

    /// The elastic displacement has about the deviation that was asked for.
    @Test func elasticHasItsDeviation() throws {
        // A ramp along width tells the displacement along width.
        let shape = [24, 24, 24]
        let ramp = try Tensor((0..<24 * 24 * 24).map { Float($0 % 24) }, shape: shape)
        let elastic = Self.augmentation {
            $0.elastic = 1
            $0.elasticCell = 6
        }
        let moved = try elastic(ramp, generator: RandomGenerator(seed: 2)).image.values
        let inner = moved.indices.filter { i in
            [i / 576, i / 24 % 24, i % 24].allSatisfy { (5..<19).contains($0) }
        }
        let squares = inner.map { Double(moved[$0] - Float($0 % 24)) }.map { $0 * $0 }
        let deviation = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
        #expect(deviation > 0.7 && deviation < 1.3)
    }

    @Test(arguments: [
        ("flip", augmentation { $0.flip = [true] }), ("rotation", augmentation { $0.rotation = [1, 2, 181] }),
        ("rotation", augmentation { $0.rotation = [1] }), ("scaling", augmentation { $0.scaling = -0.1 }),
        ("elastic", augmentation { $0.elastic = .nan }), ("elastic_cell", augmentation { $0.elasticCell = 0.5 }),
        ("elastic_cell", augmentation { $0.elasticCell = 1e-30 }), ("gain", augmentation { $0.gain = 1 }),
        ("offset", augmentation { $0.offset = -1 }), ("gamma", augmentation { $0.gamma = 10 }),
        ("noise", augmentation { $0.noise = .infinity }), ("probability", augmentation { $0.probability = 1.5 }),
        ("spacing", augmentation { $0.spacing = [1, 1, 0] }),
    ])
    func refusesASetting(name: String, augmentation: Augmentation) throws {
        let error = #expect(throws: VolumeError.self) {
            try augmentation(image(), generator: RandomGenerator(seed: 1))
        }
        guard case .parameter(name, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func refusesShapesThatDoNotFit() throws {
        #expect(throws: VolumeError.self) {
            try Augmentation()(image(), label: Tensor.ones([9, 10, 12]), generator: RandomGenerator(seed: 1))
        }
        for shape in [[2, 2], [0, 2, 2]] {
            #expect(throws: VolumeError.self) {
                try Augmentation()(Tensor.zeros(shape), generator: RandomGenerator(seed: 1))
            }
        }
    }
}
