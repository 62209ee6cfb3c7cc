import Kernels

/// Running sums and products along a dimension, which counts from 1; a scalar counts as one dimension of size 1.
extension Tensor {
    /// The running sums along dimension `dim`: x1 + ... + xk.
    public func cumsum(_ dim: Int) throws(TensorError) -> Tensor { try scanned(dim, .cumsum, by: .sum) }

    /// The running products along dimension `dim`: x1 ... xk.
    public func cumprod(_ dim: Int) throws(TensorError) -> Tensor { try scanned(dim, .cumprod, by: .product) }

    /// The running log(e^x1 + ... + e^xk) along dimension `dim`, without overflow.
    public func logCumSumExp(_ dim: Int) throws(TensorError) -> Tensor {
        try scanned(dim, .logCumSumExp, by: .logSumExp)
    }

    private func scanned(_ dim: Int, _ operation: Operation, by scan: Scan) throws(TensorError) -> Tensor {
        if rank == 0 { return try reshaped([1]).scanned(dim, operation, by: scan).reshaped([]) }
        let axis = try Shape.dimension(dim, rank: rank, operation: operation.rawValue)
        let data = try dense()
        let fibres = data.fibres(along: axis)
        let result = try Tensor(uninitialised: shape, strides: data.strides)
        scan.forward(fibres, input: data.pointer, output: result.pointer)
        let kept = scan == .sum ? [] : [data, result.detached()]
        let layout = (shape: shape, strides: data.strides)
        return try result.recorded(operation, [self], keeping: kept) { gradient throws(TensorError) in
            let arranged = try gradient.arranged(by: layout.strides)
            let inputGradient = try Tensor(uninitialised: layout.shape, strides: layout.strides)
            // Where nothing is kept, nothing is read.
            let (input, output) = (kept.first ?? arranged, kept.last ?? arranged)
            scan.backward(
                fibres, input: input.pointer, output: output.pointer, outputGradient: arranged.pointer,
                inputGradient: inputGradient.pointer)
            return [inputGradient]
        }
    }

    /// The product of all elements.
    public func product() throws(TensorError) -> Tensor { try reshaped([-1]).product(1) }

    /// The products along dimension `dim`, which stays as size 1 where `keepDims` is true.
    public func product(_ dim: Int, keepDims: Bool = false) throws(TensorError) -> Tensor {
        if rank == 0 { return try reshaped([1]).product(dim).reshaped([]) }
        let axis = try Shape.dimension(dim, rank: rank, operation: "prod")
        let data = try detached().contiguous()
        let fibres = data.fibres(along: axis)
        var reduced = shape
        reduced[axis] = 1
        let result = try Tensor(uninitialised: reduced)
        Products.ofFibres(fibres, input: data.pointer, products: result.pointer)
        let final = keepDims ? result : try result.viewed(as: dropped([axis]))
        return try final.recorded(.product, [self], keeping: [data]) { gradient throws(TensorError) in
            let gradient = try gradient.contiguous()
            let inputGradient = try Tensor(uninitialised: data.shape)
            Products.backward(
                fibres, input: data.pointer, productGradient: gradient.pointer, inputGradient: inputGradient.pointer)
            return [inputGradient]
        }
    }
}
