import Kernels

/// Changes in place.
///
/// Gradients flow through them as through the same operations out of place: `assign` is recorded, and the others are
/// made of it where a gradient has to be carried.
extension Tensor {
    /// Replaces the elements by those of `source`, which broadcasts to this shape.
    @discardableResult
    public func assign(_ source: Tensor) throws(TensorError) -> Tensor {
        try requireChangeable("copy_")
        let isRecorded = recordsChange(by: [source])
        var values = try source.detached().expanded(to: shape)
        // Views of one storage may overlap: the source is read before anything is written.
        if values.storage === storage { values = try values.copied() }
        values.copyElements(to: pointer, strides: strides)
        noteChange()
        if isRecorded { recordAssignment(of: source) }
        return self
    }

    /// Gives the elements back the values of `kept`, an earlier copy of this tensor; even after an interrupt.
    package func putBack(_ kept: Tensor) {
        kept.copyElements(to: pointer, strides: strides)
        noteChange()
    }

    /// Replaces every element by `value`.
    @discardableResult
    public func fill(_ value: Float) throws(TensorError) -> Tensor {
        try changed("fill_", by: [], { _ throws(TensorError) in try Tensor(value) }) { () throws(TensorError) in
            update { $0.map { _ in Vector(repeating: value) } }
        }
    }

    /// Adds `factor` times `other`, which broadcasts to this shape, to the elements.
    @discardableResult
    public func add(_ other: Tensor, factor: Float = 1) throws(TensorError) -> Tensor {
        let other = try apart(other)
        return try changed(
            "add_", by: [other], { x throws(TensorError) in try x + (factor == 1 ? other : other.scaled(by: factor)) }
        ) { () throws(TensorError) in
            try update(with: other) { $0.map { $0.addingProduct($1, Vector(repeating: factor)) } }
        }
    }

    /// Multiplies the elements by those of `other`, which broadcasts to this shape.
    @discardableResult
    public func multiply(by other: Tensor) throws(TensorError) -> Tensor {
        let other = try apart(other)
        return try changed("mul_", by: [other], { x throws(TensorError) in try x * other }) { () throws(TensorError) in
            try update(with: other) { $0.map { $0 * $1 } }
        }
    }

    /// Multiplies the elements by `factor`.
    @discardableResult
    public func multiply(by factor: Float) throws(TensorError) -> Tensor {
        try changed("mul_", by: [], { x throws(TensorError) in try x.scaled(by: factor) }) { () throws(TensorError) in
            update { $0.map { $0 * factor } }
        }
    }

    /// Divides the elements by those of `other`, which broadcasts to this shape.
    @discardableResult
    public func divide(by other: Tensor) throws(TensorError) -> Tensor {
        let other = try apart(other)
        return try changed("div_", by: [other], { x throws(TensorError) in try x / other }) { () throws(TensorError) in
            try update(with: other) { $0.map { $0 / $1 } }
        }
    }

    /// Holds the elements within `minimum` ... `maximum`.
    @discardableResult
    public func clamp(minimum: Float = -.infinity, maximum: Float = .infinity) throws(TensorError) -> Tensor {
        let source = try recordsChange(by: []) ? cloned() : detached()
        return try assign(source.clamped(minimum: minimum, maximum: maximum))
    }

    /// Makes a change in place, which errors call `operation`: by `change`, or, where it has to be recorded, by
    /// assigning what `function` makes of a copy of this tensor. The tensors `others` broadcast to this shape.
    @inline(__always)
    private func changed(
        _ operation: String, by others: [Tensor], _ function: (Tensor) throws(TensorError) -> Tensor,
        _ change: () throws(TensorError) -> Void
    ) throws(TensorError) -> Tensor {
        try requireChangeable(operation)
        if recordsChange(by: others) {
            for other in others { _ = try other.detached().expanded(to: shape) }
            return try assign(function(cloned()))
        }
        try change()
        noteChange()
        return self
    }

    /// `other`, or a copy where it shares this tensor's storage and would be overwritten while it is read.
    private func apart(_ other: Tensor) throws(TensorError) -> Tensor {
        other.storage === storage ? try other.cloned() : other
    }

    /// Replaces the elements by `function`, which is given them row by row.
    private func update(_ function: (UnaryLoop) -> Void) {
        let loop = StridedLoop(shape: shape, strides: strides)
        let (start, step) = (pointer, loop.rowStrides[0])
        loop.forEachPiece { at, length in
            function(UnaryLoop(count: length, out: start + at[0], step, a: start + at[0], step))
        }
    }

    /// Replaces the elements by `function`, which is given them and those of `other` row by row.
    private func update(with other: Tensor, _ function: (BinaryLoop) -> Void) throws(TensorError) {
        let other = try other.detached().expanded(to: shape)
        let loop = StridedLoop(shape: shape, strides: strides, other.strides)
        let (a, b, steps) = (pointer, other.pointer, loop.rowStrides)
        loop.forEachPiece { at, length in
            function(
                BinaryLoop(count: length, out: a + at[0], steps[0], a: a + at[0], steps[0], b: b + at[1], steps[1]))
        }
    }
}
