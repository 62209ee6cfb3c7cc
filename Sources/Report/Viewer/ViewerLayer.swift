import Foundation
import Support
import Tensors

/// A scan, or what lies over it, and what its values are like.
struct ViewerLayer {
    let name: String
    /// What it is; nil for the scan.
    let role: VolumeViewer.Role?
    /// The values, contiguous: depth, height, width.
    let values: Tensor
    /// The least and the largest of the finite values; 0 and 0 where there are none.
    let least: Float
    let largest: Float
    /// How many values are not finite.
    let nonFiniteCount: Int
    /// Whether all values are whole.
    let isWhole: Bool
    /// What surrounds that which is to be seen, and how far values may differ from it and count as such.
    let background: Float
    let tolerance: Float

    /// The largest number of a class.
    static let largestLabel: Float = 254

    /// Looks through `values`; throws where they are not of `shape`.
    init(_ name: String, role: VolumeViewer.Role?, values: Tensor, shape: [Int]) throws(ReportError) {
        try ReportError.require(values.shape == shape, name, values.shape.shapeText, "the scan's \(shape.shapeText)")
        do throws(TensorError) {
            self.values = try values.detached().contiguous()
        } catch {
            throw .tensor(error)
        }
        (self.name, self.role) = (name, role)
        var (least, largest) = (Float.infinity, -Float.infinity)
        var (others, isWhole) = (0, true)
        let numbers = UnsafeBufferPointer(start: self.values.pointer, count: self.values.count)
        let area = shape[1] * shape[2]
        for start in stride(from: 0, to: numbers.count, by: area) {
            if Interrupt.isRequested { throw .tensor(.interrupted) }
            for value in numbers[start..<(start + area)] {
                guard value.isFinite else {
                    others += 1
                    continue
                }
                (least, largest) = (min(least, value), max(largest, value))
                if value != value.rounded() { isWhole = false }
            }
        }
        if others == numbers.count { (least, largest) = (0, 0) }
        (self.least, self.largest, nonFiniteCount) = (least, largest, others)
        self.isWhole = isWhole && others < numbers.count
        if role == nil {
            let sample = Self.sample(of: numbers)
            background = Self.cornerLevel(numbers, shape: shape)
            tolerance = 0.02 * Float(sample.map { [background] in abs($0 - background) }.quantile(0.99) ?? 0)
        } else {
            background = 0
            tolerance = self.isWhole ? 0 : 0.02 * max(abs(least), abs(largest))
        }
        withExtendedLifetime(self.values) {}
    }

    /// Whether the values are numbers of classes, from 0, of which every one is kept; a map otherwise.
    var isLabels: Bool {
        (role == .mask || role == .prediction) && isWhole && nonFiniteCount == 0 && least >= 0
            && largest <= Self.largestLabel
    }

    /// The finite ones of at most 50,000 values, evenly spread.
    static func sample(of values: UnsafeBufferPointer<Float>) -> [Float] {
        // An odd step does not follow the rows.
        let step = max(1, values.count / 50_000) | 1
        return stride(from: 0, to: values.count, by: step).lazy.map { values[$0] }.filter(\.isFinite)
    }

    /// The median of the finite ones of the eight corner voxels; 0 where none is.
    private static func cornerLevel(_ values: UnsafeBufferPointer<Float>, shape: [Int]) -> Float {
        let corners = (0..<8).map { corner in
            let index = (0..<3).map { corner & (1 << $0) == 0 ? 0 : shape[$0] - 1 }
            return values[(index[0] * shape[1] + index[1]) * shape[2] + index[2]]
        }
        return Float(corners.filter(\.isFinite).quantile(0.5) ?? 0)
    }
}
