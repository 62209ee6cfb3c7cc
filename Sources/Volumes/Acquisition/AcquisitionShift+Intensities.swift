import Foundation
import Support
import Tensors

/// The intensities of a shift, of volumes whose axes are in RAS.
extension AcquisitionShift {
    private var changesTones: Bool { !curve.isEmpty || inversion || gamma != 1 }

    /// The scan with other contrasts of lesions and of tissues, and with a bias field drawn from `generator`.
    func intensities(
        of scan: Volume, mask: Volume?, _ generator: RandomGenerator
    ) throws(VolumeError) -> Volume {
        var scan = scan
        if lesion != 1, let mask { scan = try contrasted(scan, mask) }
        guard changesTones || gain != 1 || bias > 0 else { return scan }
        let brain = try Brain(in: scan)
        let (low, range) = changesTones ? try percentiles(of: scan, brain) : (0, 0)
        let field = BiasField(bias, generator)
        let result = try scan.map { $0 }
        let (size, target) = (scan.shape, result.voxels.pointer)
        scan.withValues { values in
            ThreadPool.shared.run(size[0]) { z in
                guard !Interrupt.isRequested else { return }
                for y in 0..<size[1] {
                    for x in 0..<size[2] {
                        let index = (z * size[1] + y) * size[2] + x
                        guard brain.contains(values[index]) else { continue }
                        var value = Double(values[index])
                        if changesTones { value = low + range * tone(min(max((value - low) / range, 0), 1)) }
                        target[index] = Float(value * gain * field.factor(at: [z, y, x], of: size))
                    }
                }
            }
        }
        guard !Interrupt.isRequested else { throw .interrupted }
        try VolumeError.require(
            result.nonFiniteCount == 0, "gain", gain, "a number that keeps intensities within single precision")
        return result
    }

    /// What becomes of an intensity from 0 to 1.
    private func tone(_ share: Double) -> Double {
        var value = share
        if curve.count > 1 {
            let position = share * Double(curve.count - 1)
            let index = min(Int(position), curve.count - 2)
            value = curve[index] + (curve[index + 1] - curve[index]) * (position - Double(index))
        }
        if inversion { value = 1 - value }
        return gamma == 1 ? value : pow(value, gamma)
    }

    /// The 0.5 percentile of the brain, and how far above it the 99.5 percentile is.
    private func percentiles(of scan: Volume, _ brain: Brain) throws(VolumeError) -> (low: Double, range: Double) {
        // The array of the brain's values, and that in their order.
        try scan.grid.requireMemory(2 * MemoryLayout<Float>.stride, for: "the percentiles of a scan")
        let sorted = scan.withValues { $0.filter(brain.contains) }.sorted()
        guard let low = sorted.quantile(0.005), let high = sorted.quantile(0.995), low < high else {
            throw .parameter(
                "image", value: "\(brain.mean) in nearly all of the brain",
                expected: "a scan whose 0.5 and 99.5 percentiles differ")
        }
        return (low, high - low)
    }

    /// The scan with the contrast of each lesion, the voxels of the mask that touch, multiplied.
    private func contrasted(_ scan: Volume, _ mask: Volume) throws(VolumeError) -> Volume {
        let lesions = try ConnectedComponents(of: mask.mask())
        guard !lesions.sizes.isEmpty else { return scan }
        let brain = try Brain(in: scan)
        let result = try scan.map { $0 }
        let whole = try mean(of: scan, lesions, brain, from: [0, 0, 0], to: scan.shape.map { $0 - 1 })
        guard let whole else {
            throw .parameter("mask", value: "all of the brain", expected: "some brain around the lesions")
        }
        let (h, w) = (scan.shape[1], scan.shape[2])
        for (part, box) in lesions.boxes.enumerated() {
            let first = (0..<3).map { max(box.first[$0] - Self.margin, 0) }
            let last = (0..<3).map { min(box.last[$0] + Self.margin, scan.shape[$0] - 1) }
            let around = try mean(of: scan, lesions, brain, from: first, to: last) ?? whole
            for z in box.first[0]...box.last[0] {
                for y in box.first[1]...box.last[1] {
                    for index in ((z * h + y) * w + box.first[2])...((z * h + y) * w + box.last[2])
                    where lesions.numbers[index] == part + 1 {
                        let value = Double(result.voxels.pointer[index])
                        result.voxels.pointer[index] = Float(around + lesion * (value - around))
                    }
                }
            }
        }
        try VolumeError.require(
            result.nonFiniteCount == 0, "lesion", lesion, "a number that keeps intensities within single precision")
        return result
    }

    /// How many voxels around a lesion's box are looked at.
    private static let margin = 3

    /// The mean of the brain outside lesions in a box of voxels; nil where there is none.
    private func mean(
        of scan: Volume, _ lesions: ConnectedComponents, _ brain: Brain, from first: [Int], to last: [Int]
    ) throws(VolumeError) -> Double? {
        let (h, w) = (scan.shape[1], scan.shape[2])
        var (sum, count) = (0.0, 0.0)
        try scan.withValues { values throws(VolumeError) in
            for z in first[0]...last[0] {
                guard !Interrupt.isRequested else { throw .interrupted }
                for y in first[1]...last[1] {
                    for index in ((z * h + y) * w + first[2])...((z * h + y) * w + last[2])
                    where lesions.numbers[index] == 0 && brain.contains(values[index]) {
                        sum += Double(values[index])
                        count += 1
                    }
                }
            }
        }
        return count > 0 ? sum / count : nil
    }

    /// The scan with Rician noise in the brain: the length of a vector, of the distance from the background and 0, to
    /// both of which normal noise is added (Gudbjartsson and Patz, "The Rician distribution of noisy MRI data", 1995).
    func noisy(_ scan: Volume, _ generator: RandomGenerator) throws(VolumeError) -> Volume {
        guard noise > 0 else { return scan }
        let brain = try Brain(in: scan)
        let deviation = noise * Double(brain.standardDeviation)
        try scan.grid.requireMemory(2 * MemoryLayout<Float>.stride, for: "the noise of a scan")
        let draws = try VolumeError.wrapping { try Tensor.randn([2] + scan.shape, generator: generator) }
        let count = scan.grid.count
        return try Volume(on: scan.grid) { target in
            scan.withValues { values in
                for index in values.indices {
                    target[index] = values[index]
                    guard brain.contains(values[index]) else { continue }
                    let distance = Double(values[index]) - Double(brain.background)
                    let real = abs(distance) + deviation * Double(draws.pointer[index])
                    let length = hypot(real, deviation * Double(draws.pointer[count + index]))
                    target[index] = Float(Double(brain.background) + (distance < 0 ? -length : length))
                }
            }
            withExtendedLifetime(draws) {}
        }
    }
}

/// A smooth field that intensities are multiplied by: 1 and a share of the mean of four cosines, which have up to half
/// a period along each axis.
private struct BiasField {
    private let share: Double
    private var waves: [(steps: SIMD3<Double>, phase: Double)] = []

    init(_ share: Double, _ generator: RandomGenerator) {
        self.share = share
        for _ in 0..<4 {
            let draws = (0..<4).map { _ in 2 * Double(generator.uniform()) - 1 }
            waves.append((.pi * SIMD3(draws[0], draws[1], draws[2]), .pi * draws[3]))
        }
    }

    /// The factor of the voxel `index` of `shape` (both depth, height, width).
    func factor(at index: SIMD3<Int>, of shape: [Int]) -> Double {
        guard share > 0 else { return 1 }
        let place = (SIMD3<Double>(index) + 0.5) / SIMD3(Double(shape[0]), Double(shape[1]), Double(shape[2]))
        let sum = waves.reduce(0) { $0 + cos(($1.steps * place).sum() + $1.phase) }
        return 1 + share * sum / Double(waves.count)
    }
}
