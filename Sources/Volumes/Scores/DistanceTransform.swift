import Support

/// Exact Euclidean distances between voxels that need not be cubes, in time linear in their number.
///
/// Felzenszwalb and Huttenlocher, "Distance transforms of sampled functions", Theory of Computing 8, 2012: the squared
/// distance is found along rows, then within slices, then across slices.
package enum DistanceTransform {
    /// The distances in mm from each of `voxels` that is true to the nearest of `targets` that is true, in the order of
    /// their indices; infinite where there are no targets.
    ///
    /// Both are arrays of `shape` = [depth, height, width] with `spacing` mm between neighbours in these directions.
    package static func distances(
        from voxels: [Bool], to targets: [Bool], shape: [Int], spacing: [Double]
    ) throws(VolumeError) -> [Float] {
        let (d, h, w) = (shape[0], shape[1], shape[2])
        var squares = [Double](repeating: 0, count: d * h * w)
        squares.withUnsafeMutableBufferPointer { squares in
            targets.withUnsafeBufferPointer { targets in
                ThreadPool.shared.run(d) { z in
                    var envelope = LowerEnvelope(longest: h)
                    for y in 0..<h {
                        alongRow(squares, targets, start: (z * h + y) * w, count: w, spacing: spacing[2])
                    }
                    for x in 0..<w {
                        envelope.transform(squares, start: z * h * w + x, stride: w, count: h, spacing: spacing[1])
                    }
                }
            }
            voxels.withUnsafeBufferPointer { voxels in
                ThreadPool.shared.run(h) { y in
                    var envelope = LowerEnvelope(longest: d)
                    for start in (y * w)..<(y * w + w) {
                        // Most lines hold no voxel whose distance is wanted.
                        guard (0..<d).contains(where: { voxels[start + $0 * h * w] }) else { continue }
                        envelope.transform(squares, start: start, stride: h * w, count: d, spacing: spacing[0])
                    }
                }
            }
        }
        guard !Interrupt.isRequested else { throw .interrupted }
        // Reserved at once, because an array that grows takes up to twice the memory.
        var distances: [Float] = []
        distances.reserveCapacity(voxels.count(where: \.self))
        for (voxel, square) in zip(voxels, squares) where voxel { distances.append(Float(square.squareRoot())) }
        return distances
    }

    /// Sets the values of a row to the squared distances to the nearest target in it, infinite where there is none.
    private static func alongRow(
        _ squares: UnsafeMutableBufferPointer<Double>, _ targets: UnsafeBufferPointer<Bool>, start: Int, count: Int,
        spacing: Double
    ) {
        // The number of steps from the last target, first to the right and then to the left.
        var steps = Double.infinity
        for i in start..<(start + count) {
            steps = targets[i] ? 0 : steps + 1
            squares[i] = steps
        }
        steps = .infinity
        for i in (start..<(start + count)).reversed() {
            steps = targets[i] ? 0 : steps + 1
            let distance = min(steps, squares[i]) * spacing
            squares[i] = distance * distance
        }
    }
}
