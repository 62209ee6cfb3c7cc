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
