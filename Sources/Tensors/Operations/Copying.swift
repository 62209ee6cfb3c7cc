import Kernels

/// Copies and layouts.
extension Tensor {
    /// A copy with a storage of its own, in this tensor's layout where that is dense.
    public func cloned() throws(TensorError) -> Tensor {
        try copied().recordedCopy(of: self)
    }

    /// This tensor where its last dimension runs fastest without gaps, else a copy that does.
    public func contiguous() throws(TensorError) -> Tensor {
        isContiguous ? self : try copied(strides: Shape.contiguousStrides(shape))
    }

    /// This tensor where its channels (dimension 2) run fastest without gaps, else a copy whose channels do.
    public func channelsLast() throws(TensorError) -> Tensor {
        isChannelsLast ? self : try copied(strides: Shape.channelsLastStrides(shape))
    }

    private func copied(strides target: [Int]) throws(TensorError) -> Tensor {
        try detached().arranged(by: target).recordedCopy(of: self)
    }

    private func recordedCopy(of source: Tensor) throws(TensorError) -> Tensor {
        isMask = source.isMask
        return try recorded(.copy, [source], keeping: []) { gradient throws(TensorError) in [gradient] }
    }

    /// This tensor where its strides are `target`, those of a dense tensor, else a copy that has them; nothing is
    /// recorded.
    func arranged(by target: [Int]) throws(TensorError) -> Tensor {
        if hasStrides(target) { return detached() }
        let result = try Tensor(uninitialised: shape, strides: target)
        copyElements(to: result.pointer, strides: target)
        return result
    }

    /// A copy that is not recorded.
    func copied() throws(TensorError) -> Tensor {
        let result = try emptyLike()
        copyElements(to: result.pointer, strides: result.strides)
        return result
    }
}
