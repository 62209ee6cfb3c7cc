import Kernels
import Support

/// Elements counted and numbered; no gradients flow.
extension Tensor {
    /// How many elements lie in each of `bins` intervals of equal width from `minimum` to `maximum`; others, and NaN,
    /// are left out. Where both are equal, the smallest and the largest element take their places.
    public func histogram(bins: Int, minimum: Float = 0, maximum: Float = 0) throws(TensorError) -> Tensor {
        try positive(bins, "histc", "bins")
        let result = try Tensor.zeros([bins])
        var (low, high) = (Double(minimum), Double(maximum))
        if low == high, count > 0 {
            (low, high) = (Double(try detached().min().item()), Double(try detached().max().item()))
        }
        try require(
            low.isFinite && high.isFinite, "histc", "min and max", "\(low) and \(high)", expected: "a finite range")
        try require(low <= high, "histc", "max", high, expected: "no less than min, \(low)")
        // Beyond 2^53, one more is the same number.
        let margin = Swift.max(1, low.ulp)
        if low == high { (low, high) = (low - margin, high + margin) }
        try Shape.requireMemory(bins, MemoryLayout<Int>.stride)
        var counts = [Int](repeating: 0, count: bins)
        for (i, value) in try numbers().enumerated() {
            if i & 0xFFFFF == 0, Interrupt.isRequested { throw .interrupted }
            let x = Double(value)
            guard x >= low, x <= high else { continue }
            counts[Swift.min(Int((x - low) * Double(bins) / (high - low)), bins - 1)] += 1
        }
        for (bin, count) in counts.enumerated() { result.pointer[bin] = Float(count) }
        return result
    }

    /// The distinct elements in ascending order, for each element the index of its own among them, counted from 1, and
    /// how many elements each stands for. Every NaN is distinct.
    public func unique() throws(TensorError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        let flat = try detached().reshaped([-1])
        let (values, order) = try flat.sorted(1)
        let inverse = try Tensor(uninitialised: [count])
        var (distinct, counts): ([Float], [Float]) = ([], [])
        for (value, place) in zip(try values.numbers(), try order.numbers()) {
            if distinct.last != value {
                distinct.append(value)
                counts.append(0)
            }
            counts[counts.count - 1] += 1
            inverse.pointer[Int(place) - 1] = Float(distinct.count)
        }
        return (
            try Tensor(distinct, shape: [distinct.count]), try inverse.reshaped(shape),
            try Tensor(counts, shape: [counts.count])
        )
    }

    /// 1 in the place of each element's class and 0 elsewhere, along a new last dimension of size `classes`; one more
    /// than the largest by default. Classes are counted from 0, as losses count labels.
    public func oneHot(classes: Int? = nil) throws(TensorError) -> Tensor {
        let labels = try numbers()
        if classes == nil, labels.isEmpty {
            throw .argument(
                operation: "one_hot", parameter: "num_classes", value: "nil",
                expected: "a number, as there are no labels")
        }
        if let classes { try positive(classes, "one_hot", "num_classes") }
        let most = 1 << 24
        let largest = (classes ?? most) - 1
        let places = try labels.map { label throws(TensorError) in
            guard let place = Int(exactly: label), (0...largest).contains(place) else {
                throw .argument(
                    operation: "one_hot", parameter: "labels", value: "\(label)",
                    expected: "whole numbers from 0 to \(largest)")
            }
            return place
        }
        let size = classes ?? (places.max() ?? 0) + 1
        let result = try Tensor.zeros(shape + [size])
        for (i, place) in places.enumerated() { result.pointer[i * size + place] = 1 }
        return result
    }
}
