import Kernels

/// Copies, layouts and changes in place.
extension Tensor {
    /// A copy with a storage of its own, in this tensor's layout where that is dense.
    public func cloned() throws(TensorError) -> Tensor {
        try copied().recorded(.copy, [self]) { gradient throws(TensorError) in [gradient] }
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
        try detached().arranged(by: target).recorded(.copy, [self]) { gradient throws(TensorError) in [gradient] }
    }

    /// The elements laid out by `target`, the strides of a dense tensor: this tensor where it is, else a copy; nothing
    /// is recorded.
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

    /// Replaces the elements by those of `source`, which broadcasts to this shape.
    @discardableResult
    public func assign(_ source: Tensor) throws(TensorError) -> Tensor {
        try prepareForChange("copy_")
        var source = try source.detached().expanded(to: shape)
        // Views of one storage may overlap: the source is read before anything is written.
        if source.storage === storage { source = try source.copied() }
        source.copyElements(to: pointer, strides: strides)
        return self
    }

    /// Replaces every element by `value`.
    @discardableResult
    public func fill(_ value: Float) throws(TensorError) -> Tensor {
        try update("fill_") { _ in Vector(repeating: value) }
    }

    /// Replaces every element by a function of itself.
    @inline(__always)
    @discardableResult
    func update(_ operation: String, _ function: (Vector) -> Vector) throws(TensorError) -> Tensor {
        try prepareForChange(operation)
        let loop = StridedLoop(shape: shape, strides: strides)
        let (start, step) = (pointer, loop.rowStrides[0])
        loop.forEachPiece { at, length in
            Rows.map(length, out: start + at[0], step, a: start + at[0], step, function)
        }
        return self
    }

    /// Adds `factor` times `other`, which broadcasts to this shape, to the elements.
    @discardableResult
    public func add(_ other: Tensor, factor: Float = 1) throws(TensorError) -> Tensor {
        try update(with: other, "add_") { $0.addingProduct($1, Vector(repeating: factor)) }
    }

    /// Multiplies the elements by those of `other`, which broadcasts to this shape.
    @discardableResult
    public func multiply(by other: Tensor) throws(TensorError) -> Tensor {
        try update(with: other, "mul_") { $0 * $1 }
    }

    /// Multiplies the elements by `factor`.
    @discardableResult
    public func multiply(by factor: Float) throws(TensorError) -> Tensor {
        try update("mul_") { $0 * factor }
    }

    /// Divides the elements by those of `other`, which broadcasts to this shape.
    @discardableResult
    public func divide(by other: Tensor) throws(TensorError) -> Tensor {
        try update(with: other, "div_") { $0 / $1 }
    }

    @inline(__always)
    private func update(
        with other: Tensor, _ operation: String, _ function: (Vector, Vector) -> Vector
    ) throws(TensorError) -> Tensor {
        try prepareForChange(operation)
        var other = try other.detached().expanded(to: shape)
        if other.storage === storage { other = try other.copied() }
        let loop = StridedLoop(shape: shape, strides: strides, other.strides)
        let (a, b, steps) = (pointer, other.pointer, loop.rowStrides)
        loop.forEachPiece { at, length in
            Rows.map(length, out: a + at[0], steps[0], a: a + at[0], steps[0], b: b + at[1], steps[1], function)
        }
        return self
    }

    /// Refuses a change in place that a gradient would not see, and makes it known to the graph.
    public func prepareForChange(_ operation: String) throws(TensorError) {
        guard !(requiresGradient && GradientMode.isEnabled) else {
            throw .gradient(
                reason: "\(operation): a tensor that requires a gradient can be changed in place within no_grad only")
        }
        for dim in shape.indices where strides[dim] == 0 && shape[dim] > 1 {
            throw .gradient(reason: "\(operation): an expanded tensor cannot be changed in place (clone it first)")
        }
        storage.changes.count += 1
    }
}
