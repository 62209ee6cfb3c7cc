import Support
import Tensors
import Testing
import Volumes

@Suite struct PreparationTests {
    /// A block of "brain" with a ramp of intensities on a background that is not exactly 0.
    private func scan(background: Float = 0.3) throws -> Volume {
        var values = [Float](repeating: background, count: 20 * 24 * 28)
        for z in 4..<15 {
            for y in 3..<20 {
                for x in 6..<25 { values[(z * 24 + y) * 28 + x] = 100 + Float(x + 2 * y + 3 * z) }
            }
        }
        values[0] = background + 0.1
        return try Volume(values, grid: Grid(shape: [20, 24, 28], affine: Affine(spacing: [1, 2, 3])))
    }

    @Test(arguments: [Float(0), 0.3, -5]) func findsTheBrain(background: Float) throws {
        let scan = try scan(background: background)
        let brain = try Brain(in: scan)
        #expect(brain.start == [4, 3, 6])
        #expect(brain.shape == [11, 17, 19])
        let standardised = try scan.map(brain.standardised)
        let inside = zip(scan.values, standardised.values).filter { $0.0 > 50 }.map { Double($0.1) }
        let mean = inside.reduce(0, +) / Double(inside.count)
        let variance = inside.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(inside.count)
        #expect(abs(mean) < 1e-4 && abs(variance - 1) < 1e-4)
        #expect(standardised.values[5] == 0)
    }

    /// A scan in which there is nothing to see would be segmented as one of which nothing is known.
    @Test(arguments: [true, false], [Float(0), 3, .nan, .infinity]) func refusesNothing(crop: Bool, level: Float) throws
    {
        let empty = try Volume([Float](repeating: level, count: 60), grid: Grid(shape: [3, 4, 5]))
        let message = try #require(throws: VolumeError.self) { try Preparation(of: empty, .init(crop: crop)) }
        #expect(
            message.description
                == (level.isFinite
                    ? "'image' is \(level) in every voxel: expected a scan whose voxels differ: there is nothing to see in it"
                    : "'image' is NaN or infinite in 60 voxels: expected finite numbers"))
    }

    /// A mask must have the scan's shape and place; rounding in a file's header is no difference.
    @Test func refusesAMaskOnAnotherGrid() throws {
        let scan = try scan()
        let preparation = try Preparation(of: scan)
        func message(_ affine: Affine, _ shape: [Int]? = nil) throws -> String? {
            let grid = try Grid(shape: shape ?? scan.shape, affine: affine)
            let mask = try Volume([Float](repeating: 1, count: grid.count), grid: grid)
            do throws(VolumeError) { _ = try preparation.mask(mask) } catch { return error.description }
            return nil
        }
        var affine = scan.affine
        affine.origin.x += 0.0005
        #expect(try message(affine) == nil)
        affine.origin.x += 0.0015
        #expect(
            try message(affine)
                == "'label' is elsewhere in the world: up to 0.002 mm apart: expected the grid of the scan, "
                + "as after volumes.volume(data, {like = ...})")
        affine = scan.affine
        affine.z *= 1.5
        #expect(
            try message(affine)?.hasPrefix(
                "'label' is elsewhere in the world: voxels of 4.5 x 2 x 1 mm, not 3 x 2 x 1; up to 28.5 mm apart")
                == true)
        #expect(
            try message(scan.affine, [20, 24, 27]) == "'label' is of shape 20x24x27: expected 20x24x28, as the scan")
        affine.origin.y = .nan
        #expect(try message(affine) != nil)
    }

    @Test(arguments: [1.0, 0.5, 0.75]) func padsToAMultiple(factor: Double) throws {
        let scan = try scan()
        for multiple in [1, 4, 8] {
            let preparation = try Preparation(of: scan, .init(factor: factor, multiple: multiple))
            #expect(preparation.prepared.shape.allSatisfy { $0 % multiple == 0 })
            #expect(try preparation.image(scan).shape == preparation.prepared.shape)
        }
        let fixed = try Preparation(of: scan, .init(factor: factor, multiple: 8, shape: [8, 24, 32]))
        #expect(try fixed.image(scan).shape == [8, 24, 32])
        #expect(throws: VolumeError.self) { try Preparation(of: scan, .init(shape: [8, 24, 31])) }
        #expect(throws: VolumeError.self) { try Preparation(of: scan, .init(factor: .nan)) }
        #expect(throws: VolumeError.self) { try Preparation(of: scan, .init(margin: -1)) }
        #expect(throws: VolumeError.self) { try Preparation(of: scan, .init(margin: .max)) }
    }

    /// Without a change of resolution the way there and back changes nothing within the crop.
    @Test func bringsAMaskBack() throws {
        let scan = try scan()
        let mask = try scan.mask(above: 160)
        let preparation = try Preparation(of: scan)
        let restored = try preparation.restore(preparation.mask(mask))
        #expect(restored == mask)
    }

    /// At half resolution, a mask returns to where it was but for its edge.
    @Test func bringsAMaskBackFromHalfResolution() throws {
        let scan = try scan()
        var values = [Float](repeating: 0, count: scan.values.count)
        for z in 6..<13 { for y in 6..<17 { for x in 9..<21 { values[(z * 24 + y) * 28 + x] = 1 } } }
        let mask = try Volume(values, grid: scan.grid)
        let preparation = try Preparation(of: scan, .init(factor: 0.5))
        let restored = try preparation.restore(preparation.mask(mask))
        #expect(restored.grid == scan.grid)
        #expect(try SegmentationScore(prediction: restored.values, truth: values).dice > 0.85)
        // The middles coincide to half a voxel, so nothing has moved.
        for axis in 0..<3 {
            func middle(_ v: [Float]) -> Double {
                let strides = [24 * 28, 28, 1]
                let set = v.indices.filter { v[$0] > 0.5 }
                return set.reduce(0.0) { $0 + Double($1 / strides[axis] % scan.shape[axis]) } / Double(set.count)
            }
            #expect(abs(middle(restored.values) - middle(values)) <= 0.51)
        }
    }

    /// A linear ramp in the world stays that ramp through every resampling, up to the edges.
    @Test(arguments: [0.5, 0.25, 2.0]) func keepsPlacesInTheWorld(factor: Double) throws {
        let affine = Affine(x: [0, 2, 0], y: [-1, 0, 0], z: [0, 0, 3], origin: [4, 5, 6])
        let grid = try Grid(shape: [20, 20, 20], affine: affine)
        func ramp(_ grid: Grid) -> [Float] {
            (0..<grid.count).map { i in
                let (w, h) = (grid.shape[2], grid.shape[1])
                let p = grid.affine.world([Double(i % w), Double(i / w % h), Double(i / w / h)])
                return Float(p.x + 2 * p.y - p.z)
            }
        }
        let result = try Volume(ramp(grid), grid: grid).resampled(by: factor)
        #expect(result.shape == [20, 20, 20].map { Int(Double($0) * factor) })
        let values = result.values
        let expected = ramp(result.grid)
        let n = result.shape[0]
        for z in 1..<(n - 1) {
            for y in 1..<(n - 1) {
                for x in 1..<(n - 1) {
                    let i = (z * n + y) * n + x
                    #expect(abs(values[i] - expected[i]) < 1e-3)
                }
            }
        }
        #expect(abs(result.affine.determinant * factor * factor * factor - affine.determinant) < 1e-9)
    }

    @Test func averagesTheAreaOfAnOddLength() throws {
        let volume = try Volume([1, 2, 3, 4, 10], grid: Grid(shape: [1, 1, 5]))
        #expect(try volume.resampled(by: 0.5).values == [1.5, 3.5, 10])
        // Each new voxel covers two and a half old ones.
        let parts = try volume.resampled(by: 0.4).values
        for (part, expected) in zip(parts, [4.5 / 2.5, 15.5 / 2.5] as [Float]) { #expect(abs(part - expected) < 1e-5) }
        #expect(parts.count == 2)
    }

    @Test func flipsTwiceToTheSame() throws {
        let volume = try Tensor((0..<24).map { Float($0) }, shape: [2, 3, 4])
        let flips = try SpatialTransform(shape: [2, 3, 4], flips: Flips(axes: [true, false, true]))
        let once = try flips.apply(to: volume, .nearest)
        #expect(once.values.prefix(4) == [15, 14, 13, 12])
        #expect(try flips.apply(to: once, .nearest).isEqual(to: volume))
        let drawn = (0..<200).map { Flips(from: RandomGenerator(seed: UInt64($0)), allowed: [true, true, false]).axes }
        #expect(drawn.allSatisfy { !$0[2] })
        #expect((60...140).contains(drawn.count { $0[0] }) && (60...140).contains(drawn.count { $0[1] }))
    }
}
