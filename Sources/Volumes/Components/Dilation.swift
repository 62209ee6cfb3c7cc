import Support

extension Volume {
    /// The mask of the positive voxels, grown `steps` times by the 18 neighbours of each voxel, those with a common
    /// face or edge: 1 there, 0 elsewhere.
    ///
    /// As SciPy's `binary_dilation` with `generate_binary_structure(3, 2)`; nothing grows beyond the volume. Takes time
    /// in proportion to the mask. Throws where the steps are not 0 to 1000, there is no memory, or the user asked to
    /// stop.
    package func dilated(steps: Int) throws(VolumeError) -> Volume {
        try VolumeError.require((0...1000).contains(steps), "dilation", steps, "0 to 1000 steps")
        // The voxels of a step may be all, and their array grows.
        try grid.requireMemory(MemoryLayout<Float>.stride + 2 * MemoryLayout<Int>.stride, for: "a dilated mask")
        let (d, h, w) = (shape[0], shape[1], shape[2])
        return try Volume(on: grid) { target throws(VolumeError) in
            // Those that the step before added: only their neighbours can be new.
            var front: [Int] = []
            withValues { values in
                for index in values.indices {
                    target[index] = values[index] > 0 ? 1 : 0
                    if steps > 0, values[index] > 0 { front.append(index) }
                }
            }
            for _ in 0..<steps {
                var next: [Int] = []
                for index in front {
                    if index & 0xFFFF == 0, Interrupt.isRequested { throw .interrupted }
                    let (z, y, x) = (index / w / h, index / w % h, index % w)
                    for nz in max(z - 1, 0)...min(z + 1, d - 1) {
                        for ny in max(y - 1, 0)...min(y + 1, h - 1) {
                            // A corner of the 3 x 3 x 3 voxels is no neighbour.
                            let reach = nz != z && ny != y ? 0 : 1
                            for nx in max(x - reach, 0)...min(x + reach, w - 1) {
                                let neighbour = (nz * h + ny) * w + nx
                                guard target[neighbour] == 0 else { continue }
                                target[neighbour] = 1
                                next.append(neighbour)
                            }
                        }
                    }
                }
                guard !Interrupt.isRequested else { throw .interrupted }
                front = next
            }
        }
    }
}
