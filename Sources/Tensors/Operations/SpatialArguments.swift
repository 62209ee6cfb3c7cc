import Kernels

/// The checks that operations on sequences (N x C x L), images (N x C x H x W) and volumes (N x C x D x H x W) share.
struct SpatialArguments {
    /// The operation that errors name.
    let operation: String
    /// The number of directions: 1, 2 or 3.
    let directions: Int
    /// The voxels of the input in each direction.
    let inputSize: Size3

    /// The largest sizes, and the largest strides and paddings: their products cannot overflow.
    private static let largestSize = 1 << 32
    private static let largestStep = 1 << 20

    /// Checks an input of 2 or 3 directions, or also of one; `operation` is named with their number, as in "conv3d".
    init(_ operation: String, input: Tensor, takesSequences: Bool = false) throws(TensorError) {
        guard input.rank == 4 || input.rank == 5 || takesSequences && input.rank == 3 else {
            throw .shape(
                operation: operation, parameter: "input", shape: input.shape,
                expected: "\(takesSequences ? "N x C x L, " : "")N x C x H x W or N x C x D x H x W")
        }
        directions = input.rank - 2
        self.operation = "\(operation)\(directions)d"
        guard input.shape[1...].allSatisfy({ (1...Self.largestSize).contains($0) }) else {
            throw .shape(
                operation: self.operation, parameter: "input", shape: input.shape,
                expected: "at least one channel and one voxel in each direction")
        }
        inputSize = Self.size(input.shape[2...], depth: 1)
    }

    /// Numbers for the directions as a size; in directions that are not there it is `depth`.
    static func size(_ values: ArraySlice<Int>, depth: Int) -> Size3 {
        let three = [Int](repeating: depth, count: 3 - values.count) + values
        return Size3(three[0], three[1], three[2])
    }

    /// A size as the last dimensions of a shape.
    func dimensions(_ size: Size3) -> [Int] { [size.depth, size.height, size.width].suffix(directions) }

    /// An option of one number for all directions, or one for each, of at least `minimum`.
    func size(_ parameter: String, _ values: [Int], minimum: Int, depth: Int) throws(TensorError) -> Size3 {
        try require(
            (values.count == 1 || values.count == directions)
                && values.allSatisfy { (minimum...Self.largestStep).contains($0) }, operation, parameter, values,
            expected: "one number or \(directions), each of \(minimum) to \(Self.largestStep)")
        let all = values.count == 1 ? [Int](repeating: values[0], count: directions) : values
        return Self.size(all[...], depth: depth)
    }

    /// The window of a pool, its step (the window's size by default) and its padding, at most half of the window.
    func window(
        _ kernelSize: [Int], stride: [Int]?, padding: [Int]
    ) throws(TensorError) -> (kernel: Size3, step: Size3, border: Size3) {
        let kernel = try size("kernel_size", kernelSize, minimum: 1, depth: 1)
        let step = try size("stride", stride ?? kernelSize, minimum: 1, depth: 1)
        let border = try size("padding", padding, minimum: 0, depth: 0)
        try require(
            2 * border.depth <= kernel.depth && 2 * border.height <= kernel.height && 2 * border.width <= kernel.width,
            operation, "padding", padding, expected: "at most half of the kernel size \(kernelSize)")
        return (kernel, step, border)
    }

    /// Checks that a kernel or window fits the input at least once.
    func checkFit(_ kernelSize: Size3, padding: Size3) throws(TensorError) {
        guard inputSize.depth + 2 * padding.depth >= kernelSize.depth,
            inputSize.height + 2 * padding.height >= kernelSize.height,
            inputSize.width + 2 * padding.width >= kernelSize.width
        else {
            throw .argument(
                operation: operation, parameter: "kernel_size", value: dimensions(kernelSize).shapeText,
                expected: "no more than the padded input: \(dimensions(inputSize).shapeText) voxels with "
                    + "\(dimensions(padding).shapeText) before and after")
        }
    }

    /// Checks a weight: its rank, its size in dimension `dim` (counted from 0), which must be the input's channels, and
    /// that it is not empty.
    func checkWeight(_ parameter: String, _ weight: Tensor, channels: Int, dim: Int) throws(TensorError) {
        guard weight.rank == directions + 2, weight.shape[dim] == channels, !weight.shape.contains(0) else {
            let names = dim == 1 ? "out x \(channels)" : "\(channels) x out"
            throw .shape(
                operation: operation, parameter: parameter, shape: weight.shape,
                expected: "\(names) and \(directions) kernel sizes, for an input of \(channels) channels")
        }
    }

    /// Checks a bias, where there is one: a number for each output channel.
    func checkBias(_ bias: Tensor?, channels: Int) throws(TensorError) {
        guard let bias, bias.shape != [channels] else { return }
        throw .shape(
            operation: operation, parameter: "bias", shape: bias.shape,
            expected: "\(channels), one for each output channel")
    }
}
