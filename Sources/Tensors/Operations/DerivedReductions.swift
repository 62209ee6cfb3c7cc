/// Reductions made of others.
extension Tensor {
    /// The standard deviation over `dims` (all of them by default): the root of `variance`.
    public func standardDeviation(
        _ dims: [Int]? = nil, unbiased: Bool = true, keepDims: Bool = false
    ) throws(TensorError) -> Tensor {
        try variance(dims, unbiased: unbiased, keepDims: keepDims).sqrt()
    }

    /// The Euclidean norm over `dims` (all of them by default); its gradient at 0 is NaN.
    public func norm(_ dims: [Int]? = nil, keepDims: Bool = false) throws(TensorError) -> Tensor {
        try square().sum(dims, keepDims: keepDims).sqrt()
    }
}

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
                $0 == $1 || Swift.abs($0 - $1) <= absolute + relative * Swift.abs($1)
            }
    }
}
