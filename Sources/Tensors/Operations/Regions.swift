/// Sets of classes, one for each output of a network, that may overlap: of BraTS's classes the whole tumour {1, 2, 3},
/// the tumour core {1, 3} and the enhancing tumour {3}.
///
/// The outputs are then logits of independent probabilities, p = 1 / (1 + e^-x), instead of those of a softmax. Class 0
/// is the background, and of no region.
public struct Regions: Equatable, Sendable, CustomStringConvertible {
    /// The classes of each region.
    public let classes: [[Int]]
    /// Classes are at most this, so that labels, which are floats, tell them apart.
    public static let mostClasses = 65535

    /// Regions of these classes; an error where there is none, one is empty or equals another, or a class is not from 1
    /// to `mostClasses` or stands twice in its region.
    public init(_ classes: [[Int]]) throws(TensorError) {
        try require(!classes.isEmpty, "regions", "regions", "empty", expected: "a list of lists of classes")
        var seen: [Set<Int>: Int] = [:]
        for (index, region) in classes.enumerated() {
            let name = "region \(index + 1)"
            try require(!region.isEmpty, "regions", name, "empty", expected: "at least one class")
            for number in region {
                try require(
                    (1...Self.mostClasses).contains(number), "regions", "a class of \(name)", number,
                    expected: "from 1 to \(Self.mostClasses); 0 is the background")
            }
            let set = Set(region)
            try require(set.count == region.count, "regions", name, region.classesText, expected: "each class once")
            let former = seen.updateValue(index, forKey: set)
            try require(
                former == nil, "regions", name, region.classesText,
                expected: "other classes than those of region \((former ?? 0) + 1)")
        }
        self.classes = classes
    }

    /// The number of regions.
    public var count: Int { classes.count }

    /// The largest class of any region: labels are known up to it.
    public var largestClass: Int { classes.joined().max() ?? 0 }

    /// "{{1, 2, 3}, {1, 3}, {3}}".
    public var description: String { "{\(classes.map(\.classesText).joined(separator: ", "))}" }
}

extension [Int] {
    /// "{1, 3}".
    fileprivate var classesText: String { "{\(map(String.init).joined(separator: ", "))}" }
}
