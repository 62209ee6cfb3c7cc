import Kernels

/// What the derivative of an element-wise function needs to keep.
enum Kept {
    case input, output, nothing
}

extension Tensor {
    /// Fills a tensor of the same layout by `function`, which is given the elements row by row.
    func mapped(_ function: (UnaryLoop) -> Void) throws(TensorError) -> Tensor {
        let result = try emptyLike()
        let loop =
            strides == result.strides
            ? StridedLoop(dense: result.storage.count)
            : StridedLoop(shape: shape, strides: result.strides, strides).withLongRows
        let (out, a) = (result.pointer, pointer)
        let (outStride, aStride) = (loop.rowStrides[0], loop.rowStrides[1])
        loop.forEachPiece { at, length in
            function(UnaryLoop(count: length, out: out + at[0], outStride, a: a + at[1], aStride))
        }
        return result
    }

    /// Fills a tensor by `function`, which is given pairs of elements row by row, broadcasting; the layout is that of
    /// an operand that has the result's shape, else contiguous.
    func zipped(
        _ other: Tensor, _ operation: String, _ function: (BinaryLoop) -> Void
    ) throws(TensorError) -> Tensor {
        let target = try Shape.broadcast(shape, other.shape, operation: operation)
        let model = shape == target ? self : other.shape == target ? other : nil
        let result = if let model { try model.emptyLike() } else { try Tensor(uninitialised: target) }
        let loop =
            strides == result.strides && other.strides == result.strides && shape == other.shape
            ? StridedLoop(dense: result.storage.count)
            : StridedLoop(
                shape: target, strides: result.strides, Shape.broadcastStrides(shape, strides, to: target),
                Shape.broadcastStrides(other.shape, other.strides, to: target)
            ).withLongRows
        let (out, a, b) = (result.pointer, pointer, other.pointer)
        let steps = loop.rowStrides
        loop.forEachPiece { at, length in
            function(
                BinaryLoop(count: length, out: out + at[0], steps[0], a: a + at[1], steps[1], b: b + at[2], steps[2]))
        }
        return result
    }

    /// An element-wise function with its derivative, which makes the gradient of the input from pairs: the gradient of
    /// the output, and the input or the output, as `kept` says (the gradient again where nothing is kept).
    func elementwise(
        _ operation: Operation, keeping kept: Kept, _ function: (UnaryLoop) -> Void,
        derivative: @escaping (BinaryLoop) -> Void
    ) throws(TensorError) -> Tensor {
        let result = try mapped(function)
        let value: Tensor? =
            switch kept {
            case .input: detached()
            case .output: result.detached()
            case .nothing: nil
            }
        return try result.recorded(operation, [self], keeping: value.map { [$0] } ?? []) {
            gradient throws(TensorError) in
            [try gradient.zipped(value ?? gradient, operation.rawValue, derivative)]
        }
    }
}

/// Element-wise functions of one tensor and a number.
extension Tensor {
    /// -x.
    public func negated() throws(TensorError) -> Tensor { try scaled(by: -1, .negate) }

    /// x where it is positive, `negativeSlope` x elsewhere.
    public func leakyRelu(negativeSlope: Float = 0.01) throws(TensorError) -> Tensor {
        try elementwise(
            .leakyRelu, keeping: .input, { $0.map { $0.replacing(with: $0 * negativeSlope, where: $0 .<= 0) } }
        ) {
            $0.map { ($0 * negativeSlope).replacing(with: $0, where: $1 .> 0) }
        }
    }

    /// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, which is nearly `gelu` (Hendrycks and Gimpel 2016).
    public func geluByTanh() throws(TensorError) -> Tensor {
        try elementwise(.gelu, keeping: .input, { $0.map(VectorMath.geluByTanh) }) {
            $0.map(VectorMath.geluByTanhGradient)
        }
    }

    /// x held within `minimum` ... `maximum`; a gradient flows where it lies between them.
    public func clamped(minimum: Float = -.infinity, maximum: Float = .infinity) throws(TensorError) -> Tensor {
        try require(minimum <= maximum, "clamp", "min", minimum, expected: "no more than max, \(maximum)")
        return try elementwise(
            .clamp, keeping: .input,
            {
                $0.map {
                    $0.replacing(with: minimum, where: $0 .< minimum).replacing(with: maximum, where: $0 .> maximum)
                }
            },
            derivative: {
                $0.map { gradient, x in
                    // An infinite bound lets infinity pass; NaN lies within no bounds and gets no gradient.
                    var result = gradient.replacing(with: 0, where: x .!= x)
                    if minimum > -.infinity { result.replace(with: 0, where: x .<= minimum) }
                    if maximum < .infinity { result.replace(with: 0, where: x .>= maximum) }
                    return result
                }
            })
    }

    /// x, with numbers in the place of NaN and of the infinities; a gradient flows where x is finite.
    public func nanToNum(
        nan: Float = 0, positiveInfinity: Float = .greatestFiniteMagnitude,
        negativeInfinity: Float = -.greatestFiniteMagnitude
    ) throws(TensorError) -> Tensor {
        try elementwise(
            .nanToNum, keeping: .input,
            {
                $0.map {
                    $0.replacing(with: nan, where: $0 .!= $0).replacing(with: positiveInfinity, where: $0 .== .infinity)
                        .replacing(with: negativeInfinity, where: $0 .== -.infinity)
                }
            },
            derivative: {
                $0.map { $0 * Vector.zero.replacing(with: 1, where: VectorMath.absolute($1) .< .infinity) }
            })
    }

    /// x to the power of a number, by the rules of C, except that 0.5 and -0.5 are roots, which are NaN at -infinity.
    public func power(_ exponent: Float) throws(TensorError) -> Tensor {
        try elementwise(.powerScalar, keeping: .input, { $0.map { VectorMath.power($0, exponent) } }) {
            $0.map {
                // The power 0 is constant, also at 0, where the rule gives 0 * infinity.
                exponent == 0 ? Vector.zero : $0 * (VectorMath.power($1, exponent - 1) * exponent)
            }
        }
    }

    /// `factor` x.
    public func scaled(by factor: Float) throws(TensorError) -> Tensor { try scaled(by: factor, .scale) }

    private func scaled(by factor: Float, _ operation: Operation) throws(TensorError) -> Tensor {
        try mapped { $0.map { $0 * factor } }.recorded(operation, [self], keeping: []) {
            gradient throws(TensorError) in
            [try gradient.mapped { $0.map { $0 * factor } }]
        }
    }

    /// x + `number`.
    public func offset(by number: Float) throws(TensorError) -> Tensor {
        try mapped { $0.map { $0 + number } }.recorded(.offset, [self], keeping: []) { gradient throws(TensorError) in
            [gradient]
        }
    }
}
