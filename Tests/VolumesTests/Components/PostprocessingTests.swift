import Support
import Testing
import Volumes

@Suite struct PostprocessingTests {
    /// A row of voxels of 3 mm^3.
    private func row(_ values: [Float]) throws -> Volume {
        try Volume(values, grid: Grid(shape: [1, 1, values.count], affine: Affine(spacing: [3, 1, 1])))
    }

    @Test(
        arguments: [
            (0, [1, 1, 0, 1, 0, 2, 1, 1, 1], 0), (3, [1, 1, 0, 1, 0, 2, 1, 1, 1], 0),
            (3.1, [1, 1, 0, 0, 0, 0, 1, 1, 1], 2), (6, [1, 1, 0, 0, 0, 0, 1, 1, 1], 2),
            (7, [0, 0, 0, 0, 0, 0, 1, 1, 1], 3), (1e9, [0, 0, 0, 0, 0, 0, 0, 0, 0], 4),
        ] as [(Double, [Float], Int)])
    func removesWhatIsBelowAVolume(minVolume: Double, expected: [Float], removed: Int) throws {
        let result = try row([1, 1, 0, 1, 0, 2, 1, 1, 1]).removingComponents(below: minVolume)
        #expect(result.volume.values == expected && result.removed == removed)
        #expect(try result.volume.grid == row(expected).grid)
    }

    @Test func eachClassHasAVolume() throws {
        let map = try row([1, 1, 0, 1, 0, 2, 1, 1, 1])
        let result = try map.removingComponents(below: [7, 3])
        #expect(result.volume.values == [0, 0, 0, 0, 0, 2, 1, 1, 1] && result.removed == 2)
        #expect(try map.removingComponents(below: [0, 4, 100]).removed == 1)
        // Nothing is left of the connections that a corner makes.
        let corner = try Volume([1, 0, 0, 1], grid: Grid(shape: [1, 2, 2]))
        #expect(try corner.removingComponents(below: 2).removed == 0)
        #expect(try corner.removingComponents(below: 2, .faces).removed == 2)
    }

    @Test func holesGetTheClassThatSurroundsThemMost() throws {
        // A block of class 1 with two slices of class 3, and a hole of two voxels between them.
        let shape = [5, 4, 4]
        var values = [Float](repeating: 1, count: 80)
        for index in 48..<80 { values[index] = 3 }
        let first = (2 * 4 + 1) * 4 + 1
        for index in [first, first + 1] { values[index] = -2 }
        var expected = values
        for index in [first, first + 1] { expected[index] = 1 }
        let result = try Volume(values, grid: Grid(shape: shape)).fillingHoles()
        #expect(result.volume.values == expected && result.filled == 2)
        // Of as many faces the lower class wins: three each of classes 1 and 2 around one voxel.
        var even = [Float](repeating: 2, count: 27)
        for index in [4, 10, 12] { even[index] = 1 }
        even[13] = 0
        let filled = try Volume(even, grid: Grid(shape: [3, 3, 3])).fillingHoles()
        #expect(filled.volume.values[13] == 1 && filled.filled == 1)
        even[4] = 2
        #expect(try Volume(even, grid: Grid(shape: [3, 3, 3])).fillingHoles().volume.values[13] == 2)
    }

    @Test func whatReachesTheBorderIsNoHole() throws {
        var values = [Float](repeating: 1, count: 125)
        // A tunnel from the middle to one side; and a voxel that only a corner joins to the background.
        for index in [62, 63, 64, 31] { values[index] = 0 }
        let result = try Volume(values, grid: Grid(shape: [5, 5, 5])).fillingHoles()
        #expect(result.filled == 1 && result.volume.values[31] == 1 && result.volume.values[62] == 0)
        // In a single slice everything reaches the border.
        let flat = try Volume([1, 1, 1, 1, 0, 1, 1, 1, 1], grid: Grid(shape: [1, 3, 3])).fillingHoles()
        #expect(flat.filled == 0)
    }

    @Test func dilationGrowsBy18Neighbours() throws {
        var values = [Float](repeating: 0, count: 125)
        values[62] = 0.5
        let volume = try Volume(values, grid: Grid(shape: [5, 5, 5]))
        #expect(try volume.dilated(steps: 0).values.reduce(0, +) == 1)
        #expect(try volume.dilated(steps: 1).values.reduce(0, +) == 19)
        // The cube of 5 without the voxels that are more than four steps of faces away: |z| + |y| + |x| <= 4.
        #expect(try volume.dilated(steps: 2).values.reduce(0, +) == 125 - 8 * 4)
        #expect(try volume.dilated(steps: 3).values.reduce(0, +) == 125)
    }

    @Test func impossibleInput() throws {
        let map = try row([1, 2.5, 0])
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return "nothing thrown"
        }
        #expect(
            message { _ = try map.removingComponents(below: [1, 2, 3]) }
                == "'mask' is 2.5 in a voxel: expected class numbers: whole, 0 to 65535")
        #expect(
            message { _ = try row([1, 3]).removingComponents(below: [1, 2]) }
                == "'min_volume' is a list of 2: expected 3 numbers, as there is class 3")
        for minVolume in [-1, .nan, .infinity] {
            #expect(message { _ = try map.removingComponents(below: minVolume) }.hasPrefix("'min_volume' is"))
        }
        #expect(message { _ = try row([1, .nan]).fillingHoles() }.hasPrefix("'mask' is NaN or infinite in 1 voxels"))
        #expect(message { _ = try map.dilated(steps: -1) } == "'dilation' is -1: expected 0 to 1000 steps")
    }
}
