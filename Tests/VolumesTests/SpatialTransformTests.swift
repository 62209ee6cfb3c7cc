import Support
import Tensors
import Testing
import Volumes

@Suite struct SpatialTransformTests {
    /// A tensor [1, D, H, W] with a value of its own at each voxel.
    private func numbered(_ shape: [Int]) throws -> Tensor {
        try Tensor.randn([1] + shape, generator: RandomGenerator(seed: 4))
    }

    /// The value of a tensor [1, D, H, W] at a voxel, 0 outside.
    private func value(_ tensor: Tensor, _ z: Int, _ y: Int, _ x: Int) -> Float {
        let s = tensor.shape
        guard (0..<s[1]).contains(z), (0..<s[2]).contains(y), (0..<s[3]).contains(x) else { return 0 }
        return tensor.values[(z * s[2] + y) * s[3] + x]
    }

    /// A quarter turn about each axis moves voxels onto voxels: depth takes height to width, height takes width to
    /// depth, and width takes depth to height.
    @Test(arguments: [0, 1, 2], [Interpolation.trilinear, .nearest])
    func turnsByAQuarter(axis: Int, interpolation: Interpolation) throws {
        let source = try numbered([5, 5, 5])
        let rotation = [0, 1, 2].map { $0 == axis ? 90.0 : 0 }
        let result = try SpatialTransform(shape: [5, 5, 5], rotation: rotation).apply(to: source, interpolation)
        for z in 0..<5 {
            for y in 0..<5 {
                for x in 0..<5 {
                    let expected =
                        switch axis {
                        case 0: value(source, z, x, 4 - y)
                        case 1: value(source, 4 - x, y, z)
                        default: value(source, y, 4 - z, x)
                        }
                    #expect(abs(value(result, z, y, x) - expected) < 1e-4)
                }
            }
        }
    }

    /// A linear ramp is interpolated exactly, so every place is where the formula says.
    @Test func goesWhereTheFormulaSays() throws {
        let shape = [9, 10, 11]
        let count = shape.reduce(1, *)
        // Voxels of 1, 2 and 0.5 mm; the warp shifts all voxels by 1 mm in height.
        let transform = try SpatialTransform(
            shape: shape, spacing: [1, 2, 0.5], flips: Flips(axes: [true, false, false]), rotation: [90, 0, 0],
            factor: 2,
            warp: [
                [Float](repeating: 0, count: count), [Float](repeating: 1, count: count),
                [Float](repeating: 0, count: count),
            ])
        for axis in 0..<3 {
            let ramp = try Tensor(
                (0..<count).map { Float([$0 / 110, $0 / 11 % 10, $0 % 11][axis]) }, shape: [1] + shape)
            let result = try transform.apply(to: ramp, .trilinear)
            for (z, y, x) in [(4, 5, 5), (3, 4, 6), (5, 5, 3), (2, 4, 7)] {
                // In mm from the centre: what is at (h, w) in the result comes from (w, -h) / 2 of the source.
                let (d, h, w) = (Double(z) - 4, (Double(y) - 4.5) * 2 + 1, (Double(x) - 5) * 0.5)
                let place = [4 - d / 2, 4.5 + w / 2 / 2, 5 - h / 2 / 0.5]
                #expect(abs(Double(value(result, z, y, x)) - place[axis]) < 1e-4, "axis \(axis) at \(z), \(y), \(x)")
            }
        }
    }

    @Test func takesZeroFromOutside() throws {
        let ones = try Tensor.ones([2, 3, 4, 5])
        let count = 60
        let shift = [Float](repeating: 1.5, count: count), none = [Float](repeating: 0, count: count)
        let transform = try SpatialTransform(shape: [3, 4, 5], warp: [none, none, shift])
        #expect(try transform.apply(to: ones, .trilinear).values.prefix(5) == [1, 1, 1, 0.5, 0])
        #expect(try transform.apply(to: ones, .nearest).values.suffix(5) == [1, 1, 1, 0, 0])
        // Displacements that are no numbers lead outside.
        let wild = try SpatialTransform(
            shape: [3, 4, 5],
            warp: [none, [Float](repeating: .nan, count: count), [Float](repeating: 3e38, count: count)])
        #expect(try wild.apply(to: ones, .trilinear).values.allSatisfy { $0 == 0 })
        #expect(try wild.apply(to: ones, .nearest).values.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [[1, 1, 1], [1, 7, 3], [2, 1, 16], [17, 4, 1]]) func keepsLabelsAndMagnifies(shape: [Int]) throws {
        let labels = try numbered(shape)
        let transform = try SpatialTransform(shape: shape, rotation: [20, 30, -40], factor: 1.3)
        let known = Set(labels.values + [0])
        #expect(try transform.apply(to: labels, .nearest).values.allSatisfy(known.contains))
        // Magnified strongly, only the middle is left.
        let middle = try SpatialTransform(shape: shape, factor: 1000).apply(to: Tensor.ones([1] + shape), .trilinear)
        #expect(middle.values.allSatisfy { abs($0 - 1) < 1e-5 })
    }

    @Test func refusesWhatIsNotPossible() throws {
        #expect(throws: VolumeError.self) { try SpatialTransform(shape: [2, 2]) }
        #expect(throws: VolumeError.self) { try SpatialTransform(shape: [2, 2, 2], spacing: [1, 0, 1]) }
        #expect(throws: VolumeError.self) { try SpatialTransform(shape: [2, 2, 2], rotation: [.nan, 0, 0]) }
        #expect(throws: VolumeError.self) { try SpatialTransform(shape: [2, 2, 2], factor: 0) }
        #expect(throws: VolumeError.self) { try SpatialTransform(shape: [2, 2, 2], warp: [[1]]) }
        let transform = try SpatialTransform(shape: [2, 2, 2])
        #expect(throws: VolumeError.parameter("tensor", value: "of shape 2x2x3", expected: "... x 2x2x2")) {
            try transform.apply(to: Tensor.ones([2, 2, 3]), .nearest)
        }
    }
}
