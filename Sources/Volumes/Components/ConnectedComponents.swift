import Support

/// The connected parts of a mask or of class numbers: voxels of the same positive value that touch.
///
/// Parts are numbered from 1 in the order of their first voxels, x fastest. Found in two passes with union-find
/// (Rosenfeld and Pfaltz, J ACM 13(4), 1966).
public struct ConnectedComponents: Equatable, Sendable {
    /// Which voxels touch.
    public enum Connectivity: Int, CaseIterable, Sendable {
        /// Those with a common face: 6 neighbours.
        case faces = 6
        /// Those with a common face or edge: 18.
        case edges = 18
        /// Those with a common face, edge or corner: 26.
        case corners = 26
    }

    /// The number of each voxel's part, x fastest; 0 where the value is not positive.
    public let numbers: [Int32]
    /// The number of voxels of each part.
    public let sizes: [Int]
    /// The value of each part.
    public let values: [Float]

    /// Finds the parts of `volume`; throws where there is no memory for them, or the user asked to stop.
    public init(of volume: Volume, _ connectivity: Connectivity = .corners) throws(VolumeError) {
        try volume.grid.requireMemory(2 * MemoryLayout<Int32>.stride, for: "the components of a mask")
        try VolumeError.require(
            volume.grid.count < Int(Int32.max), "mask", volume.shape.shapeText, "less than 2^31 voxels")
        let shape = volume.shape
        var numbers = [Int32](repeating: 0, count: volume.grid.count)
        var parents: [Int32] = [0]
        let steps = Self.earlierSteps(connectivity)
        volume.withValues { values in
            numbers.withUnsafeMutableBufferPointer { numbers in
                for z in 0..<shape[0] where !Interrupt.isRequested {
                    for y in 0..<shape[1] {
                        let row = (z * shape[1] + y) * shape[2]
                        for x in 0..<shape[2] where values[row + x] > 0 {
                            var root = Int32(0)
                            for (dz, dy, dx) in steps {
                                let (nz, ny, nx) = (z + dz, y + dy, x + dx)
                                guard nz >= 0, ny >= 0, nx >= 0, ny < shape[1], nx < shape[2] else { continue }
                                let neighbour = (nz * shape[1] + ny) * shape[2] + nx
                                guard values[neighbour] == values[row + x] else { continue }
                                let other = Self.root(of: numbers[neighbour], &parents)
                                // The earlier of two parts that meet is the root of both.
                                if root > 0 { parents[Int(max(root, other))] = min(root, other) }
                                root = root == 0 ? other : min(root, other)
                            }
                            if root == 0 {
                                root = Int32(parents.count)
                                parents.append(root)
                            }
                            numbers[row + x] = root
                        }
                    }
                }
            }
        }
        guard !Interrupt.isRequested else { throw .interrupted }
        // Roots are earlier than what hangs on them, so one pass in order numbers them.
        var final = [Int32](repeating: 0, count: parents.count)
        var count = Int32(0)
        for label in parents.indices.dropFirst() {
            let root = Self.root(of: Int32(label), &parents)
            if root == label {
                count += 1
                final[label] = count
            } else {
                final[label] = final[Int(root)]
            }
        }
        var (sizes, found) = ([Int](repeating: 0, count: Int(count)), [Float](repeating: 0, count: Int(count)))
        volume.withValues { values in
            for index in numbers.indices where numbers[index] > 0 {
                let number = final[Int(numbers[index])]
                numbers[index] = number
                sizes[Int(number) - 1] += 1
                found[Int(number) - 1] = values[index]
            }
        }
        (self.numbers, self.sizes, self.values) = (numbers, sizes, found)
    }

    /// The steps (depth, height, width) to the neighbours that come before a voxel.
    private static func earlierSteps(_ connectivity: Connectivity) -> [(Int, Int, Int)] {
        let largest = connectivity == .faces ? 1 : connectivity == .edges ? 2 : 3
        var steps: [(Int, Int, Int)] = []
        for dz in -1...0 {
            for dy in -1...(dz < 0 ? 1 : 0) {
                for dx in -1...(dz < 0 || dy < 0 ? 1 : -1) where (1...largest).contains(abs(dz) + abs(dy) + abs(dx)) {
                    steps.append((dz, dy, dx))
                }
            }
        }
        return steps
    }

    private static func root(of label: Int32, _ parents: inout [Int32]) -> Int32 {
        var root = label
        while parents[Int(root)] != root {
            // Halving the path keeps it short.
            parents[Int(root)] = parents[Int(parents[Int(root)])]
            root = parents[Int(root)]
        }
        return root
    }
}
