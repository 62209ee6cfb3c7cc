import Support
import Tensors

/// How another scanner would have made the scans of a subject: by how much a source is unlike its target, in numbers.
///
/// The steps are, as from the tissue to the picture: contrast of lesions, contrast of tissues (curve, inversion, gamma,
/// gain), bias field, blur, thick slices, noise. Each changes nothing by default. Brain is what `Brain` finds; around
/// it intensities stay as they are, but for blur and slices. All is done with the axes in RAS, so that the same head
/// gives the same voxels however its axes run; the results have the axes of the scans.
public struct AcquisitionShift: Equatable, Sendable, CustomStringConvertible {
    /// What the contrast of lesions to the brain around them is multiplied by (default 1; 0 hides them): a voxel of the
    /// mask becomes m + lesion (v - m), where m is the mean of the brain outside the mask in the box that holds the
    /// lesion and three voxels around it, or else of all the brain outside the mask.
    public var lesion = 1.0
    /// Another contrast of tissues: at least three numbers from 0 to 1 at equal steps (default none). Intensities are
    /// scaled to 0 ... 1 between the 0.5 and the 99.5 percentile of the brain, which those beyond them are taken for,
    /// and go through the piecewise linear function of these values.
    public var curve: [Double] = []
    /// Whether intensities, scaled likewise, are mirrored: t becomes 1 - t (default false).
    public var inversion = false
    /// The exponent of intensities that are scaled likewise (default 1).
    public var gamma = 1.0
    /// What intensities are multiplied by (default 1).
    public var gain = 1.0
    /// The largest relative change by a smooth field, of four cosines at random, within 1 - bias ... 1 + bias (default
    /// 0).
    public var bias = 0.0
    /// The full width at half maximum of a Gaussian blur in mm (default 0).
    public var blur = 0.0
    /// The thickness of slices in mm along the axis nearest to head and feet (default 0; nothing happens where the
    /// scan's are as thick): each is the mean over its slab. The first begins at the feet, the last may be incomplete.
    public var thickness = 0.0
    /// The standard deviation of Rician noise, as a share of that of the brain (default 0).
    public var noise = 0.0
    /// With a subject's name, what bias field and noise are drawn by (default 1).
    public var seed: UInt64 = 1

    /// Changes nothing; set the properties.
    public init() {}

    /// A number of a shift: its name, range, default, and what it means.
    package struct Setting: Sendable {
        /// The name, in scripts too.
        package let name: String
        /// The numbers that it may be.
        package let range: NumberRange
        /// The number at which nothing changes.
        package let standard: Double
        /// Its unit, behind a blank; empty where it has none.
        package let unit: String
        /// What it means, for help.
        package let summary: String
        /// Where it is kept.
        package let path: WritableKeyPath<AcquisitionShift, Double> & Sendable
    }

    /// The settings that are numbers, in the order of the steps.
    package static let settings = [
        Setting(
            name: "lesion", range: .between(-100, 100), standard: 1, unit: "",
            summary: "contrast of the mask's voxels to the brain around them is multiplied by this; 0 hides lesions",
            path: \.lesion),
        Setting(
            name: "gamma", range: .between(0.01, 100), standard: 1, unit: "",
            summary: "the exponent of the brain's intensities, scaled to 0 ... 1 between its 0.5 and 99.5 percentiles",
            path: \.gamma),
        Setting(
            name: "gain", range: .positive(upTo: 1e6), standard: 1, unit: "",
            summary: "the brain's intensities are multiplied by this", path: \.gain),
        Setting(
            name: "bias", range: .shareBelowOne, standard: 0, unit: "",
            summary: "a smooth field within 1 - bias ... 1 + bias multiplies the brain's intensities", path: \.bias),
        Setting(
            name: "blur", range: .between(0, 1000), standard: 0, unit: " mm",
            summary: "full width at half maximum of a Gaussian in mm", path: \.blur),
        Setting(
            name: "thickness", range: .between(0, 1000), standard: 0, unit: " mm",
            summary: "thickness in mm of slices from the feet to the head; nothing happens where they are as thick",
            path: \.thickness),
        Setting(
            name: "noise", range: .between(0, 100), standard: 0, unit: "",
            summary: "standard deviation of Rician noise, as a share of the brain's", path: \.noise),
    ]

    /// What is changed, as in "gamma 1.5, thickness 5 mm", or "nothing".
    public var description: String {
        let numbers = Self.settings.compactMap { setting -> String? in
            let value = self[keyPath: setting.path]
            return value == setting.standard ? nil : "\(setting.name) \(NumberRange.text(value))\(setting.unit)"
        }
        let curve = self.curve.isEmpty ? [] : ["curve \(self.curve.map(NumberRange.text).joined(separator: " "))"]
        let parts = numbers + curve + (inversion ? ["inversion"] : [])
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    /// The sequences of a subject (nil for a missing one) and its mask of class numbers, acquired anew; `id`, the
    /// subject's name, chooses bias field and noise beside the seed.
    ///
    /// Where slices become thicker, a voxel of the mask gets the class with the largest share, and a lesion that would
    /// vanish keeps one. Throws where a setting is not possible, volumes differ in their grids or are not finite, their
    /// axes are sheared, a mask holds other than class numbers, or there is none but the contrast of lesions changes.
    public func callAsFunction(
        _ scans: [Volume?], mask: Volume?, id: String = ""
    ) throws(VolumeError) -> (scans: [Volume?], mask: Volume?) {
        try check()
        guard let grid = scans.lazy.compactMap({ $0?.grid }).first else {
            throw .parameter("image", value: "none", expected: "at least one scan")
        }
        for case let scan? in scans {
            try grid.requireSame(scan.grid, "image", as: "the first scan")
            try scan.requireFinite("image")
        }
        if let mask { try grid.requireSame(mask.grid, "mask", as: "the scan") }
        let classes = try mask?.requireClasses("mask") ?? []
        try VolumeError.require(lesion == 1 || mask != nil, "lesion", lesion, "1 where there is no mask")
        guard !isIdentity else { return (scans, mask) }
        try grid.requireRightAngles()
        let change = grid.orientation.change(to: .ras)
        let upright = try grid.changed(change)
        let slices = try slices(of: upright)
        let result = try slices.map { slices throws(VolumeError) in try slices.grid.changed(change.inverse) } ?? grid
        let turnedMask = try mask?.changed(change, on: upright)
        let generator = RandomGenerator(seed: RandomGenerator.seed(seed, for: id))
        var shifted: [Volume?] = []
        for scan in scans {
            // A missing sequence takes its numbers too, so that the others have theirs.
            let (field, noise) = (generator.split(), generator.split())
            guard let scan else {
                shifted.append(nil)
                continue
            }
            var volume = try intensities(of: scan.changed(change, on: upright), mask: turnedMask, field)
            volume = try blurred(volume)
            if let slices { volume = try volume.resampled(to: slices.grid, ratios: slices.ratios) }
            shifted.append(try noisy(volume, noise).changed(change.inverse, on: result))
        }
        guard let slices, let turnedMask else { return (shifted, mask) }
        let thick = try turnedMask.classesResampled(classes, to: slices.grid, ratios: slices.ratios)
        return (shifted, try thick.changed(change.inverse, on: result))
    }

    private var isIdentity: Bool {
        var nothing = AcquisitionShift()
        nothing.seed = seed
        return self == nothing
    }

    /// Throws the error of the first setting that is not possible.
    package func check() throws(VolumeError) {
        for setting in Self.settings {
            let value = self[keyPath: setting.path]
            try VolumeError.require(
                setting.range.contains(value), setting.name, value, "a number \(setting.range.text)")
        }
        try VolumeError.require(
            curve.isEmpty || curve.count >= 3 && curve.allSatisfy { (0...1).contains($0) }, "curve", curve,
            "three or more numbers from 0 to 1")
    }
}
