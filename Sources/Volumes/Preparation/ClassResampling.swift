import Support

extension Volume {
    /// Class numbers 0 ... `classes` on `target`, whose voxels are `ratios` times as long and whose outer corner is the
    /// same: each voxel gets the class whose indicator has the largest share there (of equal ones the largest number).
    ///
    /// A part of one class that would vanish keeps the voxel in which it has the largest share, unless another class
    /// but 0 is there.
    func classesResampled(to target: Grid, ratios: [Double], classes: Int) throws(VolumeError) -> Volume {
        var best = try Volume(on: target) { $0.update(repeating: 0, count: target.count) }
        var shares: Volume?
        var taken: [Volume] = []
        for number in 0...classes {
            let share = try map { $0 == Float(number) ? 1 : 0 }.resampled(to: target, ratios: ratios)
            if number > 0 { taken.append(share) }
            guard let largest = shares else {
                shares = share
                continue
            }
            let (winner, former) = (Float(number), best)
            best = try share.zipped(with: largest, former) { $0 >= $1 ? winner : $2 }
            shares = try share.zipped(with: largest, former) { share, largest, _ in max(share, largest) }
        }
        return try best.keepingParts(of: self, shares: taken, ratios: ratios)
    }

    /// These class numbers with a voxel more for each part of `source` that none of them shows.
    private func keepingParts(of source: Volume, shares: [Volume], ratios: [Double]) throws(VolumeError) -> Volume {
        let parts = try ConnectedComponents(of: source)
        guard !parts.sizes.isEmpty else { return self }
        let (from, to) = (source.shape, shape)
        var isShown = [Bool](repeating: false, count: parts.sizes.count)
        var places = [(voxel: Int, share: Float)](repeating: (-1, 0), count: parts.sizes.count)
        let result = try map { $0 }
        result.withValues { numbers in
            // The voxel of the target in which the centre of a source voxel lies, along each axis.
            let maps = (0..<3).map { axis in
                (0..<from[axis]).map { min(Int((Double($0) + 0.5) / ratios[axis]), to[axis] - 1) }
            }
            for z in 0..<from[0] {
                for y in 0..<from[1] {
                    let row = (z * from[1] + y) * from[2]
                    let target = (maps[0][z] * to[1] + maps[1][y]) * to[2]
                    for x in 0..<from[2] where parts.numbers[row + x] > 0 {
                        let (part, voxel) = (Int(parts.numbers[row + x]) - 1, target + maps[2][x])
                        if numbers[voxel] == parts.values[part] { isShown[part] = true }
                        let share = shares[Int(parts.values[part]) - 1].withValues { $0[voxel] }
                        if numbers[voxel] == 0, share > places[part].share { places[part] = (voxel, share) }
                    }
                }
            }
        }
        let lost = isShown.indices.filter { !isShown[$0] && places[$0].voxel >= 0 }
        for part in lost { result.voxels.pointer[places[part].voxel] = parts.values[part] }
        return result
    }

    /// The volume whose values are `combine` of the values here, in `other` and in `third`, on the same grid.
    private func zipped(
        with other: Volume, _ third: Volume, _ combine: (Float, Float, Float) -> Float
    ) throws(VolumeError) -> Volume {
        try Volume(on: grid) { target in
            withValues { first in
                other.withValues { second in
                    third.withValues { third in
                        for index in first.indices {
                            target[index] = combine(first[index], second[index], third[index])
                        }
                    }
                }
            }
        }
    }
}
