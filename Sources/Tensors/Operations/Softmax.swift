import Kernels

/// Softmax and its relatives; a scalar counts as one dimension of size 1.
extension Tensor {
    /// e^x / (sum of e^x over dimension `dim`, which counts from 1).
    public func softmax(_ dim: Int) throws(TensorError) -> Tensor {
        try softmax(dim, .softmax, logarithm: false)
    }

    /// The logarithm of the softmax over dimension `dim`: x - log(sum of e^x).
    public func logSoftmax(_ dim: Int) throws(TensorError) -> Tensor {
        try softmax(dim, .logSoftmax, logarithm: true)
    }

    private func softmax(_ dim: Int, _ operation: Operation, logarithm: Bool) throws(TensorError) -> Tensor {
        if rank == 0 { return try reshaped([1]).softmax(dim, operation, logarithm: logarithm).reshaped([]) }
        let axis = try Shape.dimension(dim, rank: rank, operation: operation.rawValue)
        let data = try dense()
        let fibres = data.fibres(along: axis)
        let result = try Tensor(uninitialised: shape, strides: data.strides)
        Softmax.forward(fibres, logarithm: logarithm, input: data.pointer, output: result.pointer)
        let output = result.detached()
        return try result.recorded(operation, [self], keeping: [output]) { gradient throws(TensorError) in
            let arranged = try gradient.arranged(by: output.strides)
            let inputGradient = try Tensor(uninitialised: output.shape, strides: output.strides)
            Softmax.backward(
                fibres, logarithm: logarithm, output: output.pointer, outputGradient: arranged.pointer,
                inputGradient: inputGradient.pointer)
            return [inputGradient]
        }
    }

    /// log(sum of e^x) over `dims` (all of them by default), which stay as size 1 where `keepDims` is true.
    ///
    /// The largest element is subtracted first, so nothing overflows. The gradient is the softmax over `dims`.
    public func logSumExp(_ dims: [Int]? = nil, keepDims: Bool = false) throws(TensorError) -> Tensor {
        let reduced = try indices(of: dims, "logsumexp")
        let source = detached()
        var largest = source
        for axis in reduced where shape[axis] > 0 { largest = try largest.max(axis + 1, keepDims: true).values }
        // An infinite maximum cannot be subtracted: infinity - infinity would be NaN.
        let shift = try largest.mapped {
            $0.map { $0.replacing(with: 0, where: VectorMath.absolute($0) .== .infinity) }
        }
        let kept = try (source - shift).exp().sum(indices: reduced, keepDims: true)
        let result = try reduced.contains { shape[$0] == 0 } ? kept.log() : kept.log() + shift
        let final = keepDims ? result : try result.viewed(as: dropped(reduced))
        let output = result.detached()
        return try final.recorded(.logSumExp, [self], keeping: [source, output]) { gradient throws(TensorError) in
            [try (source - output).exp() * gradient.restored(reduced, in: source.shape)]
        }
    }

    /// The elements in one block of memory without gaps, copied where they are not; nothing is recorded.
    func dense() throws(TensorError) -> Tensor {
        Shape.isDense(shape, strides) ? detached() : try copied()
    }

    /// The fibres of a dense tensor along dimension `axis`, which counts from 0.
    func fibres(along axis: Int) -> Fibres {
        let order = Shape.memoryOrder(shape, strides)
        let place = order.firstIndex(of: axis) ?? 0
        return Fibres(
            outer: order[..<place].reduce(1) { $0 * shape[$1] }, length: shape[axis],
            inner: order[(place + 1)...].reduce(1) { $0 * shape[$1] })
    }
}
