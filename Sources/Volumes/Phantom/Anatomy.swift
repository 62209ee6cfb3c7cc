import Foundation
import Support
import Tensors

/// The tissues of a made-up head, voxel by voxel. Lengths are in mm of a head of average size.
///
/// Coordinates run from the middle of the volume: x to the right, y to the front, z to the top.
struct Anatomy {
    /// What a voxel is made of, and where it lies.
    struct Voxel {
        /// The shares of cerebrospinal fluid, grey matter, white matter and scalp; the rest is air or bone.
        var tissues = SIMD4<Float>.zero
        /// The depth below the brain's surface, negative outside.
        var depth: Float = 0
        /// The distance from the ventricles, negative inside.
        var fromVentricles: Float = 0
        /// Where it lies in the undeformed head.
        var position = SIMD3<Float>.zero
    }

    /// All voxels.
    let voxels: [Voxel]

    /// The fields and numbers that make one head differ from another.
    private struct Variation {
        let warp: [[Float]]
        let folds: [Float]
        let finerFolds: [Float]
        let ventricles: Float
        let size: SIMD3<Float>
    }

    /// Grows a head on `shape` voxels, `spacing` apart (both depth, height, width), with scalp where `hasSkull`.
    init(
        shape: [Int], spacing: [Double], hasSkull: Bool, _ generator: RandomGenerator
    ) throws(VolumeError) {
        var warp: [[Float]] = []
        for _ in 0..<3 { warp.append(try SmoothNoise.field(shape, spacing: spacing, cell: 45, generator)) }
        let variation = Variation(
            warp: warp,
            folds: try SmoothNoise.field(shape, spacing: spacing, cell: 10.5, generator),
            finerFolds: try SmoothNoise.field(shape, spacing: spacing, cell: 7.5, generator),
            ventricles: 0.8 + 0.7 * generator.uniform(),
            size: SIMD3(repeating: 0.97) + 0.06 * SIMD3(generator.uniform(), generator.uniform(), generator.uniform()))
        let (d, h, w) = (shape[0], shape[1], shape[2])
        var voxels = [Voxel](repeating: Voxel(), count: d * h * w)
        let step = SIMD3(Float(spacing[2]), Float(spacing[1]), Float(spacing[0]))
        let middle = SIMD3(Float(w - 1), Float(h - 1), Float(d - 1)) / 2
        let softness = step.sum() / 3
        voxels.withUnsafeMutableBufferPointer { voxels in
            ThreadPool.shared.run(d) { z in
                for i in (z * h * w)..<((z + 1) * h * w) {
                    let index = SIMD3(Float(i % w), Float(i / w % h), Float(z))
                    let shift = SIMD3(warp[0][i], warp[1][i], warp[2][i]) * 2.5
                    let p = (index - middle) * step / variation.size + shift
                    voxels[i] = Self.voxel(at: p, variation, i, softness: softness, hasSkull: hasSkull)
                }
            }
        }
        guard !Interrupt.isRequested else { throw .interrupted }
        self.voxels = voxels
    }

    private static func voxel(
        at p: SIMD3<Float>, _ variation: Variation, _ i: Int, softness: Float, hasSkull: Bool
    ) -> Voxel {
        let cerebrum = cerebrumDepth(p)
        let cerebellum = inside(p, centre: [0, -44, -40], radii: [47, 33, 24], scale: 28)
        let stem = 12 - (p.x * p.x + (p.y + 16) * (p.y + 16)).squareRoot() - max(0, p.z + 22) - max(0, -60 - p.z)
        let depth = max(cerebrum, cerebellum, stem)
        let ventricles = ventricleDistance(p, size: variation.ventricles)
        /// How much of a voxel lies on the positive side of a border at distance 0.
        func share(_ distance: Float) -> Float { min(max(distance / softness + 0.5, 0), 1) }

        // The distance from the fluid around the folded surface, and how thick the grey matter is over the white.
        var fromFluid: Float
        var ribbon: Float = 3.4
        if cerebellum > cerebrum - 2, cerebellum > stem {
            let leaves = sin((p.z + 0.25 * p.y + 2 * variation.folds[i]) * 0.9)
            fromFluid = min(cerebellum - 1, 2.2 + 1.5 * leaves + max(0, cerebellum - 14))
            ribbon = 3
        } else if stem > cerebrum {
            (fromFluid, ribbon) = (stem - 1, -10)
        } else {
            let sulcus = abs(variation.folds[i]) * 7.5 - 0.8 + max(0, cerebrum - 14) * 0.9
            let shallow = abs(variation.finerFolds[i]) * 6 - 0.6 + max(0, cerebrum - 6) * 1.2
            fromFluid = min(cerebrum - 1.5, min(sulcus, shallow), fissureDistance(p))
            // Between cerebrum and cerebellum lies a gap.
            fromFluid = min(fromFluid, 1.5 - min(cerebellum, 0) * 0.9)
        }
        var grey = share(fromFluid)
        var white = share(fromFluid - ribbon)
        for side: Float in [-1, 1] {
            let thalamus = inside(p, centre: [side * 11, -12, 4], radii: [8, 14, 9], scale: 9)
            let striatum = inside(p, centre: [side * 24, 8, 3], radii: [6, 19, 11], scale: 8)
            white *= 1 - share(max(thalamus, striatum))
        }
        let fluid = share(-ventricles)
        grey = max(grey, share(6 - abs(ventricles)) * share(depth - 12)) * (1 - fluid)
        white = min(white, grey) * (1 - fluid)
        let envelope = share(depth + 1.5)
        var tissues = SIMD4(1 - grey, grey - white, white, 0) * envelope
        if hasSkull { tissues.w = share(depth + 14) * (1 - share(depth + 8)) }
        return Voxel(tissues: tissues, depth: depth, fromVentricles: ventricles, position: p)
    }

    /// How deep `p` lies below the cerebrum's smooth outline: an egg, broader behind and flat below.
    private static func cerebrumDepth(_ p: SIMD3<Float>) -> Float {
        let width = 64 * (1 - 0.1 * p.y / 80)
        let height: Float = p.z > 0 ? 60 : 40
        let scaled = SIMD3(p.x / width, p.y / 80, p.z / height)
        let radius = (scaled * scaled).sum().squareRoot()
        return (1 - radius) * 62
    }

    /// The distance from the cleft between the hemispheres, which the corpus callosum bridges.
    private static func fissureDistance(_ p: SIMD3<Float>) -> Float {
        let bridge = SIMD3(0, (p.y + 4) / 42, (p.z - 3) / 26)
        let radius = (bridge * bridge).sum().squareRoot()
        return abs(p.x) - 0.6 + 25 * max(0, 1 - radius)
    }

    /// The distance from two curved lateral ventricles, whose horns diverge, and from the slit between the thalami.
    private static func ventricleDistance(_ p: SIMD3<Float>, size: Float) -> Float {
        let spread = 6 + 0.30 * max(0, -p.y - 8) + 0.22 * max(0, p.y - 8)
        let arch = 15 - 0.008 * (p.y + 4) * (p.y + 4)
        let lateral = inside(
            SIMD3(abs(p.x), p.y, p.z), centre: [spread + 2 * size, -6, arch], radii: [4.6 * size, 37, 6.5 * size],
            scale: 5 * size)
        let third = inside(p, centre: [0, -8, 2], radii: [1.6 * size, 14, 11], scale: 2)
        return -max(lateral, third)
    }

    /// About how deep `p` lies within an ellipsoid; `scale` is its typical radius.
    private static func inside(
        _ p: SIMD3<Float>, centre: SIMD3<Float>, radii: SIMD3<Float>, scale: Float
    ) -> Float {
        let scaled = (p - centre) / radii
        return (1 - (scaled * scaled).sum().squareRoot()) * scale
    }
}

/// Random fields for phantoms.
enum SmoothNoise {
    /// A smooth field on `shape`: normal numbers at control points about `cell` mm apart, joined by cubic B-splines and
    /// brought to a standard deviation of about 1.
    static func field(
        _ shape: [Int], spacing: [Double], cell: Double, _ generator: RandomGenerator
    ) throws(VolumeError) -> [Float] {
        let lattice = (0..<3).map { 3 + max(1, Int((Double(shape[$0]) * spacing[$0] / cell).rounded())) }
        let points = try normal(lattice, generator)
        let maps = (0..<3).map { AxisMap.spline(from: lattice[$0], to: shape[$0]) }
        let smooth = try AxisMap.apply(maps, to: points)
        guard !Interrupt.isRequested else { throw .interrupted }
        // Along an axis the squares of the spline's weights sum to 0.479 on average: 3.01 is 0.479 to the power -3/2.
        for index in 0..<smooth.count { smooth.pointer[index] *= 3.01 }
        return smooth.values
    }

    /// Independent standard normal numbers.
    static func normal(_ shape: [Int], _ generator: RandomGenerator) throws(VolumeError) -> Tensor {
        do throws(TensorError) {
            return try Tensor.randn(shape, generator: generator)
        } catch {
            throw .parameter("shape", value: "\(shape)", expected: "one that fits: \(error)")
        }
    }
}
