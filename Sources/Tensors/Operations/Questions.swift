/// Questions about all elements, answered by true or false.
extension Tensor {
    /// Whether an element is not 0; NaN is not.
    public var any: Bool { values.contains { $0 != 0 } }

    /// Whether no element is 0.
    public var all: Bool { values.allSatisfy { $0 != 0 } }

    /// Whether `other` has this shape and the same elements; NaN equals nothing.
    public func isEqual(to other: Tensor) -> Bool { shape == other.shape && values == other.values }

    /// Whether `other` has this shape, and |a - b| <= absolute + relative |b| for all elements b of `other`.
    public func isClose(to other: Tensor, relative: Float = 1e-5, absolute: Float = 1e-8) -> Bool {
        shape == other.shape
            && zip(values, other.values).allSatisfy {
                // Beside infinity, every difference is within the tolerance.
                $0 == $1 || ($1.isFinite && Swift.abs($0 - $1) <= absolute + relative * Swift.abs($1))
            }
    }
}
