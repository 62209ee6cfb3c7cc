import Foundation
import Support
import Tensors

/// The resolution of a shift: blur and thick slices, of volumes whose axes are in RAS.
extension AcquisitionShift {
    /// The scan through a Gaussian as wide as `blur`; at its edges the weights are those of the voxels within.
    ///
    /// Throws where that is more than 64 voxels wide.
    func blurred(_ scan: Volume) throws(VolumeError) -> Volume {
        guard blur > 0 else { return scan }
        let least = scan.spacing.min() ?? 1
        try VolumeError.require(
            blur <= 64 * least, "blur", blur, "at most 64 times the spacing of the scan, \(least.text(decimals: 3)) mm")
        // A Gaussian is at half its height 1.18 standard deviations from its middle.
        let deviation = blur / (8 * log(2)).squareRoot()
        let maps = try zip(scan.shape, scan.spacing).map { count, spacing throws(VolumeError) in
            try AxisMap.gaussian(count, deviation: deviation / spacing)
        }
        let voxels = try AxisMap.apply(maps, to: scan.voxels)
        guard !Interrupt.isRequested else { throw .interrupted }
        return Volume(voxels, grid: scan.grid)
    }

    /// The grid of slices as thick as `thickness`, and how many times as long as those of `grid` its voxels are; nil
    /// where slices are as thick already, up to a thousandth.
    ///
    /// Throws where they would be thicker than all of the scan.
    func slices(of grid: Grid) throws(VolumeError) -> (grid: Grid, ratios: [Double])? {
        let ratio = thickness / grid.spacing[0]
        guard ratio >= 1.001 else { return nil }
        let extent = Double(grid.shape[0]) * grid.spacing[0]
        try VolumeError.require(
            ratio < Double(grid.shape[0]) + 1e-3, "thickness", thickness,
            "at most \(extent.text(decimals: 3)) mm, the extent of the scan from the feet to the head")
        let ratios = [ratio, 1, 1]
        return (try grid.coarsened(by: ratios), ratios)
    }
}

extension AxisMap {
    /// The Gaussian of a standard deviation of `deviation` voxels, up to four of them away; its weights sum to 1 at the
    /// ends too. Throws where there is no memory for the weights.
    static func gaussian(_ count: Int, deviation: Double) throws(VolumeError) -> AxisMap {
        let reach = Int((4 * deviation).rounded(.up))
        try VolumeError.wrapping {
            try AvailableMemory.require(
                count * min(2 * reach + 1, count) * MemoryLayout<Float>.stride, for: "a blur of \(count) voxels")
        }
        return AxisMap(count: count) { index in
            let first = max(index - reach, 0)
            let weights = (first...min(index + reach, count - 1)).map { place in
                exp(-0.5 * pow(Double(place - index) / deviation, 2))
            }
            let sum = weights.reduce(0, +)
            return (first, weights.map { Float($0 / sum) })
        }
    }
}

extension Volume {
    /// The class numbers here, of which only `classes` and 0 occur, on `target`, whose voxels are `ratios` times as
    /// long: each voxel gets the class with the largest share, and a part that would vanish keeps one.
    func classesResampled(_ classes: [Int], to target: Grid, ratios: [Double]) throws(VolumeError) -> Volume {
        // Numbered without gaps, as each number up to the largest takes a pass.
        let places = Dictionary(uniqueKeysWithValues: zip(classes, 1...))
        let dense = try map { Float(places[Int($0)] ?? 0) }
        let resampled = try dense.classesResampled(to: target, ratios: ratios, classes: classes.count)
        return try resampled.map { $0 > 0 ? Float(classes[Int($0) - 1]) : 0 }
    }
}
