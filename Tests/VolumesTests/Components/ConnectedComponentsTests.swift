import Support
import Testing
import Volumes

@Suite struct ConnectedComponentsTests {
    /// The components by flooding: voxel by voxel, from each that has no number yet.
    private static func flooded(
        _ values: [Float], shape: [Int], _ connectivity: ConnectedComponents.Connectivity
    ) -> [Int32] {
        let reach = connectivity == .faces ? 1 : connectivity == .edges ? 2 : 3
        var numbers = [Int32](repeating: 0, count: values.count)
        var count: Int32 = 0
        for start in values.indices where values[start] > 0 && numbers[start] == 0 {
            count += 1
            numbers[start] = count
            var stack = [start]
            while let index = stack.popLast() {
                let (z, y, x) = (index / shape[2] / shape[1], index / shape[2] % shape[1], index % shape[2])
                for step in 0..<27 {
                    let (dz, dy, dx) = (step / 9 - 1, step / 3 % 3 - 1, step % 3 - 1)
                    let inside = (0..<shape[0]).contains(z + dz) && (0..<shape[1]).contains(y + dy)
                    guard abs(dz) + abs(dy) + abs(dx) <= reach, inside, (0..<shape[2]).contains(x + dx) else {
                        continue
                    }
                    let next = index + (dz * shape[1] + dy) * shape[2] + dx
                    guard values[next] == values[start], numbers[next] == 0 else { continue }
                    numbers[next] = count
                    stack.append(next)
                }
            }
        }
        return numbers
    }

    @Test(arguments: ConnectedComponents.Connectivity.allCases, [1, 2, 3, 9])
    func agreesWithFlooding(_ connectivity: ConnectedComponents.Connectivity, classes: Int) throws {
        let generator = RandomGenerator(seed: UInt64(connectivity.rawValue * 10 + classes))
        for _ in 0..<60 {
            let shape = (0..<3).map { _ in 1 + generator.below(9) }
            // From few voxels to nearly all, so that parts are many, or meet late.
            let density = 1 + generator.below(10)
            let values = (0..<shape.reduce(1, *)).map { _ in
                generator.below(10) < density ? Float(1 + generator.below(classes)) : -Float(generator.below(2))
            }
            let volume = try Volume(values, grid: Grid(shape: shape))
            let found = try ConnectedComponents(of: volume, connectivity)
            let expected = Self.flooded(values, shape: shape, connectivity)
            #expect(found.numbers == expected)
            #expect(found.sizes.count == Int(expected.max() ?? 0) && found.boxes.count == found.sizes.count)
            for (part, size) in found.sizes.enumerated() {
                let voxels = expected.indices.filter { expected[$0] == Int32(part + 1) }
                let axes = [
                    voxels.map { $0 / shape[2] / shape[1] }, voxels.map { $0 / shape[2] % shape[1] },
                    voxels.map { $0 % shape[2] },
                ]
                #expect(size == voxels.count && voxels.allSatisfy { values[$0] == found.values[part] })
                #expect((0..<3).allSatisfy { found.boxes[part].first[$0] == axes[$0].min() })
                #expect((0..<3).allSatisfy { found.boxes[part].last[$0] == axes[$0].max() })
            }
        }
    }

    @Test(
        arguments: [
            (.faces, [1, 1, 1, 1, 1]), (.edges, [1, 1, 2, 1]), (.corners, [1, 1, 3]),
        ] as [(ConnectedComponents.Connectivity, [Int])])
    func byHand(_ connectivity: ConnectedComponents.Connectivity, sizes: [Int]) throws {
        // A voxel of class 2; one of class 1 beside it; across an edge from that another; across a corner a third; one
        // far away.
        var values = [Float](repeating: 0, count: 4 * 3 * 5)
        for (index, value) in [(0, 2), (1, 1), (7, 1), (7 + 15 + 5 + 1, 1), (59, 1)] as [(Int, Float)] {
            values[index] = value
        }
        let found = try ConnectedComponents(of: Volume(values, grid: Grid(shape: [4, 3, 5])), connectivity)
        #expect(found.sizes.sorted() == sizes.sorted())
        #expect(found.values == [2] + [Float](repeating: 1, count: sizes.count - 1))
        let grid = try Grid(shape: [4, 3, 5])
        #expect(try found.volume(on: grid).values == found.numbers.map(Float.init))
        #expect(throws: VolumeError.self) { try found.volume(on: Grid(shape: [4, 3, 4])) }
        #expect(found.numbers[0] == 1 && found.numbers[1] == 2 && found.numbers[59] == Int32(sizes.count))
    }

    @Test func refusesNumbersThatAreNone() throws {
        for value in [Float.nan, .infinity] {
            let volume = try Volume([1, value, 1], grid: Grid(shape: [1, 1, 3]))
            #expect(
                throws: VolumeError.parameter(
                    "mask", value: "NaN or infinite in 1 voxels", expected: "finite numbers")
            ) { try ConnectedComponents(of: volume) }
        }
    }
}
