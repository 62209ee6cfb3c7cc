/// A matrix and a bias: y = weight x + bias.
public struct AffineMap: Sendable {
    /// The lengths of an input and of an output.
    public let inputs: Int, outputs: Int
    /// The matrix, [outputs][inputs].
    public let weight: [Float]
    /// A number for each output.
    public let bias: [Float]

    /// Joins a matrix of `outputs` x `inputs` numbers and its bias.
    public init(inputs: Int, outputs: Int, weight: [Float], bias: [Float]) {
        (self.inputs, self.outputs, self.weight, self.bias) = (inputs, outputs, weight, bias)
    }
}

/// An affine map of interleaved rows, and its transpose, with the matrix packed for both.
struct PackedAffineMap: @unchecked Sendable {
    /// The lengths of a row of inputs and of outputs, rounded up to whole groups; numbers beyond the map's own have
    /// weights of 0.
    let inputs: Int, outputs: Int
    /// The matrix and its transpose, each packed as [group of rows][term][row], and the bias.
    private let memory: Scratch.Floats
    private let matrix: UnsafePointer<Float>, transpose: UnsafePointer<Float>, bias: UnsafePointer<Float>

    /// The results that are computed together: with their vectors they are 16 long or 8 short registers.
    static let group = ChannelBlock.hasLongRegisters ? 8 : 4

    /// `count`, rounded up to whole groups.
    static func padded(_ count: Int) -> Int { count.pieces(of: group) &* group }

    init(_ map: AffineMap) {
        (inputs, outputs) = (Self.padded(map.inputs), Self.padded(map.outputs))
        func weight(_ output: Int, _ input: Int) -> Float {
            output < map.outputs && input < map.inputs ? map.weight[output &* map.inputs &+ input] : 0
        }
        let size = inputs &* outputs
        memory = Scratch.Floats(count: 2 &* size &+ outputs)
        let numbers = memory.start + 2 &* size
        Self.pack(memory.start, rows: outputs, terms: inputs, weight)
        Self.pack(memory.start + size, rows: inputs, terms: outputs) { weight($1, $0) }
        for index in 0..<outputs { numbers[index] = index < map.outputs ? map.bias[index] : 0 }
        (matrix, transpose, bias) = (
            UnsafePointer(memory.start), UnsafePointer(memory.start + size), UnsafePointer(numbers)
        )
    }

    private static func pack(
        _ memory: UnsafeMutablePointer<Float>, rows: Int, terms: Int, _ value: (_ row: Int, _ term: Int) -> Float
    ) {
        for row in 0..<rows {
            let start = memory + (row / group &* group &* terms &+ row % group)
            for term in 0..<terms { start[term &* group] = value(row, term) }
        }
    }

    /// Sets the outputs of some tiles.
    @inline(never)
    func forward(tiles: Int, _ input: InterleavedRows.Slice, to output: InterleavedRows.Slice) {
        run(tiles, matrix, (outputs, inputs), .bias(bias), input, to: output) { sum, _, _ in sum }
    }

    /// Sets the outputs of some tiles to the ELUs of the map's results.
    @inline(never)
    func forwardELU(tiles: Int, _ input: InterleavedRows.Slice, to output: InterleavedRows.Slice) {
        run(tiles, matrix, (outputs, inputs), .bias(bias), input, to: output) { sum, _, _ in VectorMath.elu(sum) }
    }

    /// Sets the gradients of the inputs, or adds to them.
    @inline(never)
    func backward(
        tiles: Int, _ outputGradient: InterleavedRows.Slice, to inputGradient: InterleavedRows.Slice, adding: Bool
    ) {
        let start: Start = adding ? .result : .zero
        run(tiles, transpose, (inputs, outputs), start, outputGradient, to: inputGradient) { sum, _, _ in sum }
    }

    /// Sets the gradients of the arguments of the ELUs `input`.
    @inline(never)
    func backwardELU(
        tiles: Int, _ outputGradient: InterleavedRows.Slice, input: InterleavedRows.Slice,
        to inputGradient: InterleavedRows.Slice
    ) {
        run(tiles, transpose, (inputs, outputs), .zero, outputGradient, to: inputGradient) { sum, tile, vector in
            VectorMath.eluGradient(sum, input.start[tile &* input.step &+ vector])
        }
    }

    /// What sums begin with: 0, a number for each row, or the results so far.
    private enum Start {
        case zero
        case bias(UnsafePointer<Float>)
        case result
    }

    @inline(__always)
    private func run(
        _ tiles: Int, _ weights: UnsafePointer<Float>, _ size: (rows: Int, terms: Int), _ start: Start,
        _ values: InterleavedRows.Slice, to result: InterleavedRows.Slice,
        finish: (_ sum: Vector, _ tile: Int, _ vector: Int) -> Vector
    ) {
        guard size.terms > 0 else { return }
        if InterleavedRows.vectors == 2 {
            run(Accumulators<8, 2>([.zero, .zero]), tiles, weights, size, start, values, result, finish)
        } else {
            run(Accumulators<4, 1>([.zero]), tiles, weights, size, start, values, result, finish)
        }
    }

    @inline(__always)
    private func run<let group: Int, let width: Int>(
        _ zero: Accumulators<group, width>, _ tiles: Int, _ weights: UnsafePointer<Float>,
        _ size: (rows: Int, terms: Int), _ start: Start, _ values: InterleavedRows.Slice,
        _ result: InterleavedRows.Slice,
        _ finish: (_ sum: Vector, _ tile: Int, _ vector: Int) -> Vector
    ) {
        for tile in 0..<tiles {
            let first = UnsafePointer(values.start) + tile &* values.step
            let target = result.start + tile &* result.step
            for row in stride(from: 0, to: size.rows, by: group) {
                var sums = zero
                switch start {
                case .zero: break
                case .bias(let bias):
                    for i in 0..<group {
                        for j in 0..<width { sums[i][j] = Vector(repeating: bias[row &+ i]) }
                    }
                case .result:
                    for i in 0..<group {
                        for j in 0..<width { sums[i][j] = target[(row &+ i) &* width &+ j] }
                    }
                }
                var numbers = weights + row &* size.terms
                var vectors = first
                let end = first + size.terms &* width
                repeat {
                    sums.add(numbers, times: vectors)
                    numbers += group
                    vectors += width
                } while vectors < end
                for i in 0..<group {
                    for j in 0..<width {
                        let vector = (row &+ i) &* width &+ j
                        target[vector] = finish(sums[i][j], tile, vector)
                    }
                }
            }
        }
    }
}
