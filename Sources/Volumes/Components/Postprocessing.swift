import Support

extension Volume {
    /// The same class numbers without small components: those below `minVolume` mm^3 become 0; and how many these were.
    ///
    /// A component is connected voxels of one positive value, by `connectivity` (default: 26 neighbours). Throws where
    /// a value is not finite, or the volume is negative or not finite.
    public func removingComponents(
        below minVolume: Double, _ connectivity: ConnectedComponents.Connectivity = .corners
    ) throws(VolumeError) -> (volume: Volume, removed: Int) {
        try removing(connectivity) { _ in minVolume }
    }

    /// The same with a volume in mm^3 for each class: the first of `minVolumes` is that of class 1.
    ///
    /// Throws, too, where a value is no class number, or one beyond the list.
    public func removingComponents(
        below minVolumes: [Double], _ connectivity: ConnectedComponents.Connectivity = .corners
    ) throws(VolumeError) -> (volume: Volume, removed: Int) {
        let largest = try requireClasses("mask").last ?? 0
        try VolumeError.require(
            largest <= minVolumes.count, "min_volume", "a list of \(minVolumes.count)",
            "\(largest) numbers, as there is class \(largest)")
        return try removing(connectivity) { minVolumes[Int($0) - 1] }
    }

    private func removing(
        _ connectivity: ConnectedComponents.Connectivity, below minVolume: (Float) -> Double
    ) throws(VolumeError) -> (volume: Volume, removed: Int) {
        let components = try ConnectedComponents(of: self, connectivity)
        let voxel = abs(affine.determinant)
        var isRemoved = [false]
        for (size, value) in zip(components.sizes, components.values) {
            let least = minVolume(value)
            try VolumeError.require(least >= 0 && least.isFinite, "min_volume", least, "a number of mm^3, 0 or more")
            isRemoved.append(Double(size) * voxel < least)
        }
        let cleaned = try Volume(on: grid) { target in
            withValues {
                for index in $0.indices { target[index] = isRemoved[Int(components.numbers[index])] ? 0 : $0[index] }
            }
        }
        return (cleaned, isRemoved.count(where: \.self))
    }

    /// The same class numbers without holes, and how many voxels were filled.
    ///
    /// A hole is background (values that are not positive), connected by faces, that does not reach the border of the
    /// volume. It gets the class that most of the faces around it belong to; of several such classes the lowest. Of a
    /// binary mask it is SciPy's `binary_fill_holes`. Throws where a value is not finite.
    public func fillingHoles() throws(VolumeError) -> (volume: Volume, filled: Int) {
        try requireFinite("mask")
        let background = try ConnectedComponents(of: map { $0 > 0 ? 0 : 1 }, .faces)
        var filled = 0
        var classes = [Float?](repeating: nil, count: background.sizes.count)
        for (hole, box) in background.boxes.enumerated() where !box.touchesBorder(of: shape) {
            guard !Interrupt.isRequested else { throw .interrupted }
            classes[hole] = commonestClass(around: Int32(hole + 1), in: box, of: background.numbers)
            filled += background.sizes[hole]
        }
        let whole = try Volume(on: grid) { target in
            withValues {
                for index in $0.indices {
                    let number = Int(background.numbers[index])
                    target[index] = number > 0 ? classes[number - 1] ?? $0[index] : $0[index]
                }
            }
        }
        return (whole, filled)
    }

    /// The class of most faces between the voxels of a hole, which has the number `hole` in `numbers` and lies inside
    /// the volume, and those around it.
    private func commonestClass(around hole: Int32, in box: ConnectedComponents.Box, of numbers: [Int32]) -> Float? {
        var faces: [Float: Int] = [:]
        let steps = [1, shape[2], shape[1] * shape[2]].flatMap { [-$0, $0] }
        withValues { values in
            for z in box.first.x...box.last.x {
                for y in box.first.y...box.last.y {
                    let row = (z * shape[1] + y) * shape[2]
                    for index in (row + box.first.z)...(row + box.last.z) where numbers[index] == hole {
                        for step in steps where numbers[index + step] == 0 {
                            faces[values[index + step], default: 0] += 1
                        }
                    }
                }
            }
        }
        return faces.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }

    /// Throws where a value of this volume, the parameter `name`, is NaN or infinite.
    func requireFinite(_ name: String) throws(VolumeError) {
        let wrong = nonFiniteCount
        try VolumeError.require(wrong == 0, name, "NaN or infinite in \(wrong) voxels", "finite numbers")
    }

    /// The positive class numbers that occur in this volume, the parameter `name`, in ascending order; throws where a
    /// value is not a whole number from 0 to 65535.
    package func requireClasses(_ name: String) throws(VolumeError) -> [Int] {
        var isKnown = [Bool](repeating: false, count: 65_536)
        try withValues { values throws(VolumeError) in
            for value in values {
                guard value >= 0, value <= 65_535, value == value.rounded() else {
                    throw .parameter(name, value: "\(value) in a voxel", expected: "class numbers: whole, 0 to 65535")
                }
                isKnown[Int(value)] = true
            }
        }
        return isKnown.indices.filter { $0 > 0 && isKnown[$0] }
    }
}
