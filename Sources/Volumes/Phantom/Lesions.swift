import Foundation
import Support

/// Draws the lesions of a made-up head: a label per voxel.
enum Lesions {
    /// Five to fourteen small lesions in white matter, four of five of them beside the ventricles.
    ///
    /// They are longer away from the ventricles than along them, as Dawson's fingers are.
    static func multipleSclerosis(
        in anatomy: Anatomy, shape: [Int], spacing: [Double], _ generator: RandomGenerator
    ) throws(VolumeError) -> [Float] {
        let texture = try SmoothNoise.field(shape, spacing: spacing, cell: 9, generator)
        let white = anatomy.voxels.filter { $0.tissues.z > 0.7 && $0.position.z > -12 }
        let near = white.filter { (1..<9).contains($0.fromVentricles) }
        var labels = [Float](repeating: 0, count: texture.count)
        for _ in 0..<(5 + generator.below(10)) {
            let candidates = generator.uniform() < 0.8 && !near.isEmpty ? near : white
            guard !candidates.isEmpty else { continue }
            let centre = candidates[generator.below(candidates.count)].position
            let radius = 3 + 5 * generator.uniform() * generator.uniform()
            let radii = SIMD3(1.5, 0.9 + 0.5 * generator.uniform(), 0.9 + 0.3 * generator.uniform()) * radius
            for (i, voxel) in anatomy.voxels.enumerated() {
                let offset = (voxel.position - centre) / radii
                let distance = (offset * offset).sum()
                guard distance < 2.5, distance.squareRoot() * (1 + 0.2 * texture[i]) < 1 else { continue }
                // Lesions do not grow in fluid.
                if voxel.tissues.x < 0.4, voxel.depth > 3 { labels[i] = 1 }
            }
        }
        return labels
    }

    /// One tumour in a hemisphere: oedema 16 to 30 mm in radius, with a core off its centre.
    static func tumour(
        in anatomy: Anatomy, shape: [Int], spacing: [Double], _ generator: RandomGenerator
    ) throws(VolumeError) -> [Float] {
        let outline = try SmoothNoise.field(shape, spacing: spacing, cell: 18, generator)
        let candidates = anatomy.voxels.filter {
            $0.tissues.z > 0.5 && $0.depth > 10 && abs($0.position.x) > 18 && $0.position.z > -15
        }
        var labels = [Float](repeating: 0, count: outline.count)
        guard !candidates.isEmpty else { return labels }
        let centre = candidates[generator.below(candidates.count)].position
        let radius = 16 + 14 * generator.uniform()
        let radii = radius * (SIMD3(repeating: 0.8) + 0.4 * uniform3(generator))
        let core = centre + (uniform3(generator) - 0.5) * radius * 0.3
        let coreRadii = radii * (0.45 + 0.15 * generator.uniform())
        let necrosis = 0.35 + 0.35 * generator.uniform()
        for (i, voxel) in anatomy.voxels.enumerated() where voxel.depth > 1 && voxel.tissues.x < 0.6 {
            let fromCore = length((voxel.position - core) / coreRadii) * (1 + 0.15 * outline[i])
            // Oedema follows the white matter and stops short of the cortex.
            let spread = 1 + 0.22 * outline[i] + 0.25 * voxel.tissues.y
            if fromCore < necrosis {
                labels[i] = 1
            } else if fromCore < 1 {
                labels[i] = 4
            } else if length((voxel.position - centre) / radii) * spread < 1 {
                labels[i] = 2
            }
        }
        return labels
    }

    private static func uniform3(_ generator: RandomGenerator) -> SIMD3<Float> {
        SIMD3(generator.uniform(), generator.uniform(), generator.uniform())
    }

    private static func length(_ vector: SIMD3<Float>) -> Float { (vector * vector).sum().squareRoot() }
}
