import Support

/// How sure a network is of a whole case: one number from a map of uncertainty, by which cases can be ordered.
///
/// The plain mean or sum over a volume mostly tells how large the target is. The rules here are those that Kahl et al.,
/// "ValUES: a framework for systematic validation of uncertainty estimation in semantic segmentation", ICLR 2024,
/// compare with it (`aggregate_uncertainties.py` of https://github.com/IML-DKFZ/values), and the mean about the
/// prediction.
public enum CaseUncertainty {
    /// The largest mean over a cube of `size` voxels a side (default 10), shorter where the volume is, wherever it lies
    /// inside the volume.
    ///
    /// Throws where a value is not finite, the size is not positive, memory is short, or the user asked to stop.
    public static func largestPatch(of map: Volume, size: Int = 10) throws(VolumeError) -> Double {
        try map.requireFinite("uncertainty")
        try VolumeError.require(size > 0, "size", size, "1 voxel or more")
        try map.grid.requireMemory(2 * MemoryLayout<Double>.stride, for: "the patches of an uncertainty")
        let patch = map.shape.map { min($0, size) }
        var sums = map.withValues { $0.map(Double.init) }
        var shape = map.shape
        // The sums along one axis after the other; each makes the volume shorter along it.
        for axis in 0..<3 {
            guard !Interrupt.isRequested else { throw .interrupted }
            let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
            let (count, length) = (shape[axis], shape[axis] - patch[axis] + 1)
            var next = [Double](repeating: 0, count: outer * length * inner)
            for o in 0..<outer {
                for i in 0..<inner {
                    let start = o * count * inner + i
                    var sum = 0.0
                    for step in 0..<count {
                        sum += sums[start + step * inner]
                        if step >= patch[axis] { sum -= sums[start + (step - patch[axis]) * inner] }
                        if step >= patch[axis] - 1 { next[(o * length + step - patch[axis] + 1) * inner + i] = sum }
                    }
                }
            }
            shape[axis] = length
            sums = next
        }
        return sums.reduce(-.infinity, max) / Double(patch.reduce(1, *))
    }

    /// The mean over the voxels of at least `threshold`; 0 where there are none.
    ///
    /// ValUES takes the quantile of all uncertainties of the validation cases at 1 - the mean share of voxels predicted
    /// there. Throws where a value is not finite.
    public static func aboveThreshold(_ threshold: Double, of map: Volume) throws(VolumeError) -> Double {
        try map.requireFinite("uncertainty")
        return map.withValues { mean(of: $0.lazy.filter { Double($0) >= threshold }) } ?? 0
    }

    /// The mean over the predicted mask (the voxels of `prediction` above `threshold`, default 0.5), dilated `dilation`
    /// times (default 1); over all voxels where nothing is predicted.
    ///
    /// Throws where shapes differ, a value is not a number, memory is short, or the user asked to stop.
    public static func aroundPrediction(
        _ prediction: Volume, of map: Volume, threshold: Float = 0.5, dilation: Int = 1
    ) throws(VolumeError) -> Double {
        try map.requireFinite("uncertainty")
        try VolumeError.require(
            prediction.shape == map.shape, "prediction", "of shape \(prediction.shape.shapeText)",
            "\(map.shape.shapeText), as the uncertainty")
        let mask = try prediction.lesionMask("prediction", above: threshold).dilated(steps: dilation)
        return map.withValues { values in
            mask.withValues { mask in
                mean(of: mask.indices.lazy.filter { mask[$0] > 0 }.map { values[$0] }) ?? mean(of: values) ?? 0
            }
        }
    }

    private static func mean(of values: some Sequence<Float>) -> Double? {
        var (sum, count) = (0.0, 0)
        for value in values {
            sum += Double(value)
            count += 1
        }
        return count > 0 ? sum / Double(count) : nil
    }
}
