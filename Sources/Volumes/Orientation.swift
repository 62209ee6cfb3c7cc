/// Which way the axes of a volume point: a letter for each index along x, y and z, such as RAS, where the first grows
/// towards the patient's right, the second to the front and the third upwards.
public struct Orientation: Equatable, Sendable, CustomStringConvertible {
    /// For each index, the axis of the world (0 left-right, 1 back-front, 2 down-up) nearest to it.
    let axes: [Int]
    /// For each index, whether it grows towards right, front or top.
    let isPositive: [Bool]

    /// The one that networks see by default.
    public static let ras = Orientation(axes: [0, 1, 2], isPositive: [true, true, true])

    /// All 48.
    public static let all = permutations.flatMap { axes in
        (0..<8).map { signs in Orientation(axes: axes, isPositive: (0..<3).map { signs >> $0 & 1 == 0 }) }
    }

    private static let permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    private static let letters: [(positive: Character, negative: Character)] = [("R", "L"), ("A", "P"), ("S", "I")]

    private init(axes: [Int], isPositive: [Bool]) {
        (self.axes, self.isPositive) = (axes, isPositive)
    }

    /// The orientation of a code of three letters, one of each of the pairs R and L, A and P, S and I; nil for another
    /// text.
    public init?(_ code: String) {
        var (axes, isPositive) = ([Int](), [Bool]())
        for letter in code.uppercased() {
            guard let axis = Self.letters.firstIndex(where: { $0.positive == letter || $0.negative == letter }) else {
                return nil
            }
            axes.append(axis)
            isPositive.append(Self.letters[axis].positive == letter)
        }
        guard axes.count == 3, Set(axes).count == 3 else { return nil }
        self.init(axes: axes, isPositive: isPositive)
    }

    /// The orientation nearest to a map: each index goes with an axis of the world such that the product of the cosines
    /// between them is largest.
    public init(of affine: Affine) {
        let columns = [affine.x, affine.y, affine.z]
        let lengths = [affine.spacing.x, affine.spacing.y, affine.spacing.z]
        func product(_ axes: [Int]) -> Double {
            (0..<3).reduce(1) { $0 * abs(columns[$1][axes[$1]]) / max(lengths[$1], .leastNormalMagnitude) }
        }
        // The first of equally near ones; differences by rounding decide nothing.
        var best = Self.permutations[0]
        for axes in Self.permutations.dropFirst() where product(axes) > product(best) + 1e-9 { best = axes }
        self.init(axes: best, isPositive: (0..<3).map { columns[$0][best[$0]] >= 0 })
    }

    /// The code of three letters.
    public var description: String {
        String((0..<3).map { isPositive[$0] ? Self.letters[axes[$0]].positive : Self.letters[axes[$0]].negative })
    }

    /// The change of axes that brings a volume of this orientation to another.
    func change(to other: Orientation) -> AxisChange {
        let order = other.axes.map { axis in axes.firstIndex(of: axis) ?? 0 }
        return AxisChange(
            order: order, isReversed: (0..<3).map { other.isPositive[$0] != isPositive[order[$0]] })
    }
}

/// A permutation and reversal of the axes of a volume, by which no value changes.
struct AxisChange: Equatable, Sendable {
    /// For each new index (along x, y, z), the old one that it was.
    let order: [Int]
    /// For each new index, whether it runs the other way.
    let isReversed: [Bool]

    /// The change that changes nothing.
    static let none = AxisChange(order: [0, 1, 2], isReversed: [false, false, false])

    /// Whether nothing changes.
    var isIdentity: Bool { self == .none }

    /// The change back.
    var inverse: AxisChange {
        let order = (0..<3).map { index in self.order.firstIndex(of: index) ?? 0 }
        return AxisChange(order: order, isReversed: order.map { isReversed[$0] })
    }
}

extension Grid {
    /// The nearest orientation.
    public var orientation: Orientation { Orientation(of: affine) }

    /// The grid of the same voxels with other axes.
    func changed(_ change: AxisChange) throws(VolumeError) -> Grid {
        guard !change.isIdentity else { return self }
        let sizes = [shape[2], shape[1], shape[0]]
        let columns = [affine.x, affine.y, affine.z]
        var (steps, origin) = ([SIMD3<Double>](), affine.origin)
        for (old, isReversed) in zip(change.order, change.isReversed) {
            steps.append(isReversed ? -columns[old] : columns[old])
            if isReversed { origin += columns[old] * Double(sizes[old] - 1) }
        }
        return try Grid(
            shape: change.order.reversed().map { sizes[$0] },
            affine: Affine(x: steps[0], y: steps[1], z: steps[2], origin: origin, code: affine.code))
    }
}

extension Volume {
    /// The same volume with its axes in `orientation`, permuted and reversed but not interpolated: each voxel keeps its
    /// value and its place in the world.
    public func oriented(to orientation: Orientation) throws(VolumeError) -> Volume {
        let change = grid.orientation.change(to: orientation)
        return try changed(change, on: grid.changed(change))
    }

    /// The voxels with other axes, on `grid`, which has the shape that this gives.
    func changed(_ change: AxisChange, on grid: Grid) throws(VolumeError) -> Volume {
        guard !change.isIdentity else { return try on(grid) }
        let voxels = try VolumeError.wrapping {
            // Dimensions are numbered from 1, depth first, where indices begin with x.
            let dims = (0..<3).map { 3 - change.order[2 - $0] }
            let reversed = (0..<3).filter { change.isReversed[2 - $0] }.map { $0 + 1 }
            let permuted = try self.voxels.permuted(dims)
            return try (reversed.isEmpty ? permuted : permuted.flipped(reversed)).contiguous()
        }
        return try Volume(voxels, grid: self.grid.changed(change)).on(grid)
    }
}
