import Support

/// Classes that are judged together, such as the whole tumour of BraTS: {"WT", {1, 2, 3}}.
public struct Region: Equatable, Sendable {
    /// What results call it.
    public let name: String
    /// The class numbers that belong to it.
    public let classes: [Int]

    /// Makes a region of at least one class; throws where there is none, or one is not from 1 to 65535.
    public init(_ name: String, _ classes: [Int]) throws(VolumeError) {
        try VolumeError.require(
            !classes.isEmpty && classes.allSatisfy((1...65_535).contains), "regions", "\(classes) of '\(name)'",
            "class numbers from 1 to 65535")
        (self.name, self.classes) = (name, classes)
    }

    /// A region for each class number that occurs in one of `maps`: with `names` these are the classes 1, 2, ...,
    /// whether they occur or not, otherwise a class is called by its number.
    ///
    /// Throws where a value is not a class number, or a class has no name.
    public static func each(of maps: (prediction: Volume, truth: Volume), names: [String]?) throws(VolumeError)
        -> [Region]
    {
        let found = try maps.prediction.requireClasses("prediction") + maps.truth.requireClasses("truth")
        guard let names else {
            return try Set(found).sorted().map { number throws(VolumeError) in try Region("\(number)", [number]) }
        }
        let largest = found.max() ?? 0
        try VolumeError.require(
            largest <= names.count, "classes", "a list of \(names.count)",
            "\(largest) names, as there is class \(largest)")
        return try names.enumerated().map { index, name throws(VolumeError) in try Region(name, [index + 1]) }
    }
}

/// How well one region of a map of classes was segmented: all measures of its mask.
public struct RegionScore: Equatable, Sendable {
    /// The region.
    public let region: Region
    /// Dice, IoU, sensitivity and precision.
    public let overlap: SegmentationScore
    /// Distances between the surfaces.
    public let surfaces: SurfaceDistances
    /// The volume of the prediction in ml.
    public let predictedVolume: Double
    /// The volume of the truth in ml.
    public let trueVolume: Double
    /// Scores of each lesion, where they were asked for.
    public let lesions: LesionWiseScore?

    /// Compares `region` of two maps of class numbers on the truth's grid; with `lesions`, lesion by lesion too.
    ///
    /// Throws where shapes differ, a value is not a class number, memory is short, or the user asked to stop.
    public init(
        _ region: Region, prediction: Volume, truth: Volume, lesions: LesionWiseScore.Options? = nil
    ) throws(VolumeError) {
        guard !Interrupt.isRequested else { throw .interrupted }
        try prediction.requireShape(of: truth)
        _ = try (prediction.requireClasses("prediction"), truth.requireClasses("truth"))
        func mask(_ map: Volume) throws(VolumeError) -> Volume {
            var isInside = [Bool](repeating: false, count: 65_536)
            for number in region.classes { isInside[number] = true }
            return try map.map { isInside[Int($0)] ? 1 : 0 }
        }
        let (predicted, actual) = (try mask(prediction), try mask(truth))
        let values = try VolumeError.wrapping {
            (predicted: try predicted.voxels.numbers(), actual: try actual.voxels.numbers())
        }
        let voxel = abs(truth.affine.determinant)
        self.region = region
        overlap = try SegmentationScore(prediction: values.predicted, truth: values.actual)
        surfaces = try SurfaceDistances(prediction: values.predicted, truth: values.actual, grid: truth.grid)
        predictedVolume = overlap.predictedVolume(voxel: voxel)
        trueVolume = overlap.trueVolume(voxel: voxel)
        self.lesions = try lesions.map { options throws(VolumeError) in
            try LesionWiseScore(prediction: predicted, truth: actual, options: options)
        }
    }
}
