import Kernels
import Support

/// Products of matrices.
extension Tensor {
    /// The matrix product of the last two dimensions; those before them are batches, which broadcast.
    ///
    /// As in PyTorch, a tensor of one dimension is a row on the left and a column on the right, and its extra dimension
    /// is taken away from the result: two of them give a scalar.
    public func matmul(_ other: Tensor) throws(TensorError) -> Tensor {
        guard rank >= 1 else {
            throw .shape(operation: "matmul", parameter: "self", shape: shape, expected: "at least one dimension")
        }
        let depth = shape[rank - 1]
        guard other.rank >= 1, other.shape[Swift.max(other.rank - 2, 0)] == depth else {
            throw .shape(
                operation: "matmul", parameter: "other", shape: other.shape,
                expected: other.rank == 1
                    ? "\(depth), to match \(shape.shapeText)"
                    : "\(depth) rows in its last two dimensions, to match \(shape.shapeText)")
        }
        let a = try rank == 1 ? viewed(as: [1, depth]) : detached()
        let b = try other.rank == 1 ? other.viewed(as: [depth, 1]) : other.detached()
        let product = try Tensor.product(a, b)
        var final = product.shape
        if other.rank == 1 { final.removeLast() }
        if rank == 1 { final.remove(at: product.rank - 2) }
        let (left, right, whole) = (GradientTarget(self), GradientTarget(other), product.shape)
        let kept = (right.requiresGradient ? [self] : []) + (left.requiresGradient ? [other] : [])
        return try product.viewed(as: final).recorded(.matmul, [self, other], keeping: kept) {
            gradient throws(TensorError) in
            let gradient = try gradient.viewed(as: whole)
            return [
                try left.requiresGradient
                    ? Tensor.product(gradient, b.matrixTransposed).summed(toShape: a.shape).viewed(as: left.shape)
                    : nil,
                try right.requiresGradient
                    ? Tensor.rightGradient(a, b, gradient).summed(toShape: b.shape).viewed(as: right.shape) : nil,
            ]
        }
    }

    /// x * weight^T + bias over the last dimension: a fully connected layer.
    ///
    /// - Parameters:
    ///   - weight: Out x in, where this tensor is ... x in.
    ///   - bias: A number for each output.
    public func linear(weight: Tensor, bias: Tensor? = nil) throws(TensorError) -> Tensor {
        guard rank >= 1 else {
            throw .shape(operation: "linear", parameter: "input", shape: shape, expected: "at least one dimension")
        }
        let inputs = shape[rank - 1]
        guard weight.rank == 2, weight.shape[1] == inputs else {
            throw .shape(
                operation: "linear", parameter: "weight", shape: weight.shape,
                expected: "out x \(inputs), for an input of \(shape.shapeText)")
        }
        let outputs = weight.shape[0]
        if let bias, bias.shape != [outputs] {
            throw .shape(
                operation: "linear", parameter: "bias", shape: bias.shape,
                expected: "\(outputs), one for each output")
        }
        let rows = shape[..<(rank - 1)].reduce(1, *)
        let (x, w) = try (viewed(as: [rows, inputs]), weight.detached())
        let product = try Tensor.product(x, w.matrixTransposed)
        if let bias { try product.add(bias.detached()) }
        let result = try product.viewed(as: shape[..<(rank - 1)] + [outputs])
        let targets = (GradientTarget(self), GradientTarget(weight), bias?.requiresGradient == true)
        let kept = (targets.1.requiresGradient ? [self] : []) + (targets.0.requiresGradient ? [weight] : [])
        return try result.recorded(.linear, [self, weight] + (bias.map { [$0] } ?? []), keeping: kept) {
            gradient throws(TensorError) in
            let g = try gradient.viewed(as: [rows, outputs])
            return [
                try targets.0.requiresGradient ? Tensor.product(g, w).viewed(as: targets.0.shape) : nil,
                try targets.1.requiresGradient ? Tensor.product(g.matrixTransposed, x) : nil,
                try targets.2 ? g.sum(indices: [0], keepDims: false) : nil,
            ]
        }
    }

    /// The gradient of the right factor `b`; where `b` has no batches, it is summed over those of `a`.
    private static func rightGradient(_ a: Tensor, _ b: Tensor, _ gradient: Tensor) throws(TensorError) -> Tensor {
        guard b.rank == 2 else { return try product(a.matrixTransposed, gradient) }
        let rows = a.shape[..<(a.rank - 1)].reduce(1, *)
        return try product(
            a.viewed(as: [rows, b.shape[0]]).matrixTransposed, gradient.viewed(as: [rows, b.shape[1]]))
    }

    /// The product of matrices in batches that broadcast; contiguous, and nothing is recorded.
    private static func product(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let (rows, depth, columns) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
        let batch = try Shape.broadcast(
            Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)), operation: "matmul")
        let result = try Tensor(uninitialised: batch + [rows, columns])
        // A right factor without batches is the same for all: one product of all rows is faster than one a batch.
        let isSingle = b.rank == 2
        let (count, height) = isSingle ? (1, batch.reduce(rows, *)) : (batch.reduce(1, *), rows)
        let left = try a.expanded(to: batch + [rows, depth]).viewed(as: [count, height, depth]).asMatrix()
        let right = try b.expanded(to: (isSingle ? [] : batch) + [depth, columns])
            .viewed(as: [count, depth, columns]).asMatrix()
        withExtendedLifetime((left.tensor, right.tensor)) {
            BLAS.multiply(
                count: count, rows: height, columns: columns, depth: depth, left.view, stride: left.tensor.strides[0],
                right.view, stride: right.tensor.strides[0], into: result.pointer,
                rowStride: Swift.max(columns, 1), stride: rows * columns)
        }
        if Interrupt.isRequested { throw .interrupted }
        return result
    }

    /// The last two dimensions exchanged; nothing is recorded.
    private var matrixTransposed: Tensor {
        var (sizes, steps) = (shape, strides)
        sizes.swapAt(rank - 2, rank - 1)
        steps.swapAt(rank - 2, rank - 1)
        return Tensor(storage: storage, shape: sizes, strides: steps, offset: offset)
    }

    /// The last two dimensions as a matrix whose rows or columns lie without gaps, and the tensor that holds them: this
    /// one where its strides allow it, else a copy.
    private func asMatrix() throws(TensorError) -> (view: MatrixView, tensor: Tensor) {
        let (rows, columns) = (shape[rank - 2], shape[rank - 1])
        let (rowStep, columnStep) = (strides[rank - 2], strides[rank - 1])
        if columnStep == 1 || columns == 1, rowStep >= Swift.max(columns, 1) || rows == 1 {
            return (MatrixView(pointer, rowStride: rows == 1 ? Swift.max(columns, 1) : rowStep), self)
        }
        if rowStep == 1 || rows == 1, columnStep >= Swift.max(rows, 1) || columns == 1 {
            let stride = columns == 1 ? Swift.max(rows, 1) : columnStep
            return (MatrixView(pointer, rowStride: stride, isTransposed: true), self)
        }
        let copy = try arranged(by: Shape.contiguousStrides(shape))
        return (MatrixView(copy.pointer, rowStride: Swift.max(columns, 1)), copy)
    }
}
