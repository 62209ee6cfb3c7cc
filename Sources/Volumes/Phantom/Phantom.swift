import Foundation
import Support

/// A made-up head with a disease: every voxel's tissue and label, from which scans of any contrast are made.
///
/// The same seed gives the same head, on any number of threads. Heads differ in size, shape, folds, ventricles and
/// lesions, and scans in contrast, bias field and noise. They serve to try methods, not to draw medical conclusions.
public struct Phantom: Sendable {
    /// What ails the head.
    public enum Disease: String, CaseIterable, Sendable {
        /// Multiple sclerosis: several small lesions (label 1), most of them beside the ventricles.
        case ms
        /// A tumour: one large irregular oedema (label 2) around an enhancing rim (4) and a necrotic core (1).
        case tumour
    }

    /// The labels of the lesions, 0 where the head is healthy.
    public let labels: Volume
    /// The disease.
    public let disease: Disease
    private let tissues: [SIMD4<Float>]
    private let seed: UInt64

    /// About the bytes per voxel that making a head takes.
    private static let bytesPerVoxel = 100

    /// Makes the head of `seed`.
    ///
    /// `shape` (default 48 x 56 x 48) is depth, height, width, at least 8 each. `spacing` is the distance between
    /// voxels in mm in that order; by default the same in all directions, such that the head fits. Without `hasSkull`
    /// (default) everything outside the brain is 0.
    public init(
        _ disease: Disease, seed: UInt64, shape: [Int] = [48, 56, 48], spacing: [Double]? = nil, hasSkull: Bool = false
    ) throws(VolumeError) {
        let extent = hasSkull ? [165.0, 195, 165] : [140, 168, 136]
        try VolumeError.require(
            shape.count == 3 && shape.allSatisfy((8...1024).contains), "shape", shape,
            "three sizes from 8 to 1024: depth, height, width")
        let needed = (0..<3).map { extent[$0] / Double(shape[$0]) }.max() ?? 1
        let spacing = spacing ?? [needed, needed, needed]
        try VolumeError.require(
            spacing.count == 3 && spacing.allSatisfy { $0 > 0.1 && $0 < 100 }, "spacing", spacing,
            "three distances between 0.1 and 100 mm")
        try Grid(shape: shape).requireMemory(
            Self.bytesPerVoxel, for: "a phantom of \(shape.shapeText) voxels, in the making")
        let generator = RandomGenerator(seed: seed)
        let anatomy = try Anatomy(shape: shape, spacing: spacing, hasSkull: hasSkull, generator)
        let lesions =
            switch disease {
            case .ms: try Lesions.multipleSclerosis(in: anatomy, shape: shape, spacing: spacing, generator)
            case .tumour: try Lesions.tumour(in: anatomy, shape: shape, spacing: spacing, generator)
            }
        let middle = SIMD3(Double(shape[2] - 1), Double(shape[1] - 1), Double(shape[0] - 1)) / -2
        var affine = Affine(spacing: [spacing[2], spacing[1], spacing[0]])
        affine.origin = affine.world(middle)
        self.labels = try Volume(lesions, grid: Grid(shape: shape, affine: affine))
        self.disease = disease
        self.tissues = anatomy.voxels.map(\.tissues)
        self.seed = seed
    }

    /// The scan of the head with `contrast`: whole numbers, white matter at about 500, 0 outside the head.
    public func image(_ contrast: Contrast) throws(VolumeError) -> Volume {
        let kind = UInt64(Contrast.allCases.firstIndex(of: contrast) ?? 0) + 1
        let generator = RandomGenerator(seed: seed ^ (kind &* 0x9E37_79B9_7F4A_7C15))
        let jitter = (0..<4).map { _ in 0.94 + 0.12 * generator.uniform() }
        let levels = contrast.tissues * SIMD4(jitter[0], jitter[1], jitter[2], 1)
        let noise = 0.02 + 0.02 * generator.uniform()
        let shape = labels.shape
        let bias = try SmoothNoise.field(shape, spacing: labels.spacing, cell: 80, generator)
        let first = try SmoothNoise.normal(shape, generator).values
        let second = try SmoothNoise.normal(shape, generator).values
        let texture = try SmoothNoise.field(shape, spacing: labels.spacing, cell: 8, generator)
        let labelValues = labels.values
        var values = [Float](repeating: 0, count: tissues.count)
        for i in values.indices {
            let tissue = tissues[i]
            guard tissue.sum() > 0.05 else { continue }
            var level = (tissue * levels).sum()
            let label = Int(labelValues[i])
            if label > 0 {
                // MS lesions have the look of oedema, whatever their label.
                let lesion = contrast.lesion(disease == .ms ? 2 : label) * jitter[3]
                level = lesion * (1 + 0.05 * texture[i]) * min(tissue.sum(), 1)
            }
            // The magnitude of a complex signal with noise in both parts (Rice's distribution).
            let signal = level * (1 + 0.08 * bias[i]) + noise * first[i]
            let magnitude = (signal * signal + noise * second[i] * noise * second[i]).squareRoot()
            values[i] = max(1, (magnitude * 1000).rounded())
        }
        return try Volume(values, grid: labels.grid)
    }
}

/// How bright each tissue is in a kind of scan, where 1 is about the brightest.
public enum Contrast: String, CaseIterable, Sendable {
    /// T1-weighted.
    case t1
    /// T1-weighted with a contrast agent, which lights up a tumour's rim.
    case t1ce
    /// T2-weighted: fluid is bright.
    case t2
    /// Fluid-attenuated inversion recovery: fluid is dark, lesions are bright.
    case flair

    /// The intensities of cerebrospinal fluid, grey matter, white matter, and scalp.
    var tissues: SIMD4<Float> {
        switch self {
        case .t1: [0.20, 0.55, 0.80, 0.9]
        case .t1ce: [0.20, 0.57, 0.80, 0.9]
        case .t2: [1.00, 0.62, 0.44, 0.5]
        case .flair: [0.16, 0.60, 0.50, 0.5]
        }
    }

    /// The intensities of what is ill, by label: 1 necrotic core, 2 oedema or MS lesion, 4 enhancing rim.
    func lesion(_ label: Int) -> Float {
        switch (self, label) {
        case (.t1, 2): 0.5
        case (.t1, 4), (.t1ce, 2): 0.5
        case (.t1ce, 4): 1.1
        case (.t1, _), (.t1ce, _): 0.3
        case (.t2, 2): 0.84
        case (.t2, 4): 0.70
        case (.t2, _): 0.97
        case (.flair, 2): 0.92
        case (.flair, 4): 0.80
        case (.flair, _): 0.45
        }
    }
}
