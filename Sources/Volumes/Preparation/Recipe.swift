import Support
import Tensors

/// What a network expects of a scan and what it answers: its sequences, its classes or regions, how scans are prepared,
/// and what the scans looked like that it was trained on.
///
/// It is kept beside a network, as JSON, so that a scan which comes later is treated as those of the training were.
public struct Recipe: Equatable, Sendable {
    /// The names of the input's channels.
    public let sequences: [String]
    /// What the outputs stand for.
    public let scheme: LabelScheme
    /// How scans are prepared: orientation, size of the voxels, crop.
    public let options: Preparation.Options
    /// What the scans of the training looked like; nil where nobody looked.
    public let fingerprint: Fingerprint?
    /// The version of the program that made it.
    public let version: String

    /// Makes a recipe; throws where there is no sequence, or one has no name or that of another.
    public init(
        sequences: [String], scheme: LabelScheme, options: Preparation.Options, fingerprint: Fingerprint? = nil,
        version: String
    ) throws(VolumeError) {
        try VolumeError.require(
            !sequences.isEmpty && !sequences.contains("") && Set(sequences).count == sequences.count, "sequences",
            sequences, "at least one name, none empty or there twice")
        (self.sequences, self.scheme, self.options) = (sequences, scheme, options)
        (self.fingerprint, self.version) = (fingerprint, version)
    }

    /// Decides how the sequences of a subject, nil for a missing one, are prepared; throws where their number is
    /// another.
    public func preparation(of scans: [Volume?]) throws(VolumeError) -> Preparation {
        try VolumeError.require(
            scans.count == sequences.count, "images", scans.count,
            "\(sequences.count), one for each of \(sequences.joined(separator: ", "))")
        return try Preparation(of: scans, options)
    }

    /// What is unlike the scans of the training, a sentence for each; none where nobody looked at these.
    public func differences(of scans: [Volume?], _ preparation: Preparation) throws(VolumeError) -> [String] {
        try fingerprint?.differences(from: Fingerprint.features(of: scans, sequences, preparation)) ?? []
    }

    /// The segmentation in the scans' own space that a network's probabilities mean: outputs x D x H x W on the grid of
    /// the input, behind any dimensions of size 1.
    ///
    /// Each output is brought to the scans' voxels. Of classes a voxel gets the one with the largest probability, the
    /// first of equal ones; of regions the last that it belongs to with a probability above `threshold` (default 1/2),
    /// of whose labels it gets the one that no later region has.
    public func segmentation(
        _ probability: Tensor, _ preparation: Preparation, threshold: Float = 0.5
    ) throws(VolumeError) -> Segmentation {
        let shape = [scheme.outputCount] + preparation.prepared.shape
        try VolumeError.require(
            Array(probability.shape.drop { $0 == 1 }) == Array(shape.drop { $0 == 1 }), "probability",
            probability.shape.shapeText, "\(shape.shapeText), as the recipe's outputs on the grid of the input")
        var outputs: [Volume] = []
        for index in 0..<scheme.outputCount {
            let map = try VolumeError.wrapping { try probability.detached().reshaped(shape).select(1, index + 1) }
            // Outside the crop there is nothing but background.
            let outside: Float = index == 0 && !scheme.areRegions ? 1 : 0
            outputs.append(try preparation.restore(Volume(sharing: map), outside: outside))
        }
        let classes = try Volume(on: preparation.original) { numbers in
            numbers.update(repeating: 0, count: preparation.original.count)
            if scheme.areRegions {
                for (region, output) in outputs.enumerated() {
                    let number = Float(scheme.classNumber(inRegion: region))
                    output.withValues { values in
                        for index in values.indices where values[index] > threshold { numbers[index] = number }
                    }
                }
            } else {
                for (number, output) in outputs.enumerated().dropFirst() {
                    output.withValues { values in
                        for index in values.indices
                        where values[index] > outputs[Int(numbers[index])].withValues({ $0[index] }) {
                            numbers[index] = Float(number)
                        }
                    }
                }
            }
        }
        return Segmentation(classes: classes, probabilities: scheme.areRegions ? outputs : Array(outputs.dropFirst()))
    }

    /// `classes` with the labels of files in place of class numbers; throws where a value is no class number.
    public func labels(of classes: Volume) throws(VolumeError) -> Volume {
        let labels = (0...scheme.classCount).map { Float(scheme.label(of: $0)) }
        let stray = classes.withValues { $0.first { !($0 >= 0 && $0 < Float(labels.count) && $0 == $0.rounded()) } }
        if let stray {
            throw .parameter("classes", value: "\(stray)", expected: "class numbers from 0 to \(scheme.classCount)")
        }
        return try classes.map { labels[Int($0)] }
    }
}

/// A segmentation in the scans' own space.
public struct Segmentation: Sendable {
    /// The class number of each voxel.
    public let classes: Volume
    /// The probability of each class or region, in their order.
    public let probabilities: [Volume]
}

extension Recipe {
    /// The recipe as JSON.
    public var json: JSON {
        .record([
            "format": .number(1), "version": .string(version),
            "sequences": .array(sequences.map { .string($0) }), "scheme": scheme.json,
            "orientation": options.orientation.map { .string($0.description) } ?? .null,
            "spacing": options.spacing.map { .array($0.map { .number($0) }) } ?? .null,
            "factor": .number(options.factor), "crop": .bool(options.crop), "margin": .number(Double(options.margin)),
            "multiple": .number(Double(options.multiple)), "intensity": .string(Self.intensity),
            "training": fingerprint?.json ?? .null,
        ])
    }

    /// The rule of intensities.
    private static let intensity = "z-score of the brain"

    /// The recipe that `json`, the notes of the file at `path`, describes; throws where a field is missing or not what
    /// it should be.
    public init(_ json: JSON, path: String) throws(VolumeError) {
        func field<Value>(_ name: String, _ value: Value?, _ expected: String) throws(VolumeError) -> Value {
            guard let value else {
                throw .parameter("\(path): \(name)", value: json[name]?.description ?? "missing", expected: expected)
            }
            return value
        }
        func allIn(_ numbers: [Double], _ range: ClosedRange<Double>) -> Bool { numbers.allSatisfy(range.contains) }
        try VolumeError.require(
            json["format"]?.integer == 1, "\(path): format", json["format"]?.description ?? "missing", "1")
        let rule = try field("intensity", json["intensity"]?.text, "a text")
        try VolumeError.require(rule == Self.intensity, "\(path): intensity", rule, "'\(Self.intensity)'")
        var options = Preparation.Options()
        options.orientation =
            json["orientation"] == .null
            ? nil : try field("orientation", json["orientation"]?.text.flatMap(Orientation.init), "a code such as RAS")
        if let spacing = json["spacing"], spacing != .null {
            let numbers = spacing.elements?.compactMap(\.number)
            options.spacing = try field(
                "spacing",
                numbers.flatMap { $0.count == 3 && spacing.elements?.count == 3 && allIn($0, 1e-3...1e3) ? $0 : nil },
                "three numbers of mm from 0.001 to 1000")
        }
        options.factor = try field(
            "factor", json["factor"]?.number.flatMap { allIn([$0], 1.0 / 64...64) ? $0 : nil },
            "a number from 1/64 to 64")
        try VolumeError.require(
            options.spacing == nil || options.factor == 1, "\(path): factor", options.factor, "1 beside a spacing")
        options.crop = try field(
            "crop", json["crop"].flatMap { $0 == .bool(true) ? true : $0 == .bool(false) ? false : nil },
            "true or false")
        options.margin = try field(
            "margin", json["margin"]?.integer.flatMap { (0...1 << 20).contains($0) ? $0 : nil },
            "a whole number from 0 to \(1 << 20)")
        try VolumeError.require(
            options.crop || options.margin == 0, "\(path): margin", options.margin, "0 without a crop")
        options.multiple = try field(
            "multiple", json["multiple"]?.integer.flatMap { (1...1024).contains($0) ? $0 : nil },
            "a whole number from 1 to 1024")
        let listed = try field("sequences", json["sequences"]?.elements, "a list of names")
        let names = listed.compactMap(\.text)
        _ = try field("sequences", names.count == listed.count ? names : nil, "a list of names")
        let scheme = try LabelScheme(field("scheme", json["scheme"], "classes or regions"), path: path)
        let training = json["training"] ?? .null
        try self.init(
            sequences: names, scheme: scheme, options: options,
            fingerprint: training == .null ? nil : Fingerprint(training, path: path),
            version: field("version", json["version"]?.text, "a text"))
    }
}
