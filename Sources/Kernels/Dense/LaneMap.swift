/// An affine map of tiles of rows, and its transpose, with the matrix arranged for both.
///
/// A tile is [numbers of a row][lanes]. `inputs` and `outputs` are the map's own numbers up to whole groups: what is beyond
/// them has no weights.
struct LaneMap: @unchecked Sendable {
    /// The numbers of a row of inputs and of outputs.
    let inputs: Int, outputs: Int
    /// The matrix and its transpose, each as [group of rows][term][row], and the bias.
    private let memory: Scratch.Floats
    private let matrix: UnsafePointer<Float>, transpose: UnsafePointer<Float>, bias: UnsafePointer<Float>

    /// The results that are computed together: with the vectors side by side, eight sums or more.
    static let group = ChannelBlock.hasLongRegisters ? 8 : 4

    /// `count` up to whole groups.
    static func padded(_ count: Int) -> Int { (count &+ group &- 1) / group &* group }

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
    func forward(tiles: Int, _ input: Lanes.Slice, to output: Lanes.Slice) {
        run(tiles, matrix, (outputs, inputs), .bias(bias), input, to: output) { sum, _ in sum }
    }

    /// Sets the outputs of some tiles to the ELU of what the map gives.
    @inline(never)
    func forwardELU(tiles: Int, _ input: Lanes.Slice, to output: Lanes.Slice) {
        run(tiles, matrix, (outputs, inputs), .bias(bias), input, to: output) { sum, _ in VectorMath.elu(sum) }
    }

    /// Adds to the gradients of the inputs, or sets them.
    @inline(never)
    func backward(tiles: Int, _ outputGradient: Lanes.Slice, to inputGradient: Lanes.Slice, adding: Bool) {
        let start: Start = adding ? .result : .zero
        run(tiles, transpose, (inputs, outputs), start, outputGradient, to: inputGradient) { sum, _ in sum }
    }

    /// Sets the gradients of what the inputs are the ELU of.
    @inline(never)
    func backwardELU(
        tiles: Int, _ outputGradient: Lanes.Slice, input: Lanes.Slice, to inputGradient: Lanes.Slice
    ) {
        run(tiles, transpose, (inputs, outputs), .zero, outputGradient, to: inputGradient) { sum, place in
            VectorMath.eluGradient(sum, input.start[place.tile &* input.step &+ place.vector])
        }
    }

    /// What sums begin with: nothing, a number for each row, or what is there.
    private enum Start {
        case zero
        case bias(UnsafePointer<Float>)
        case result
    }

    @inline(__always)
    private func run(
        _ tiles: Int, _ weights: UnsafePointer<Float>, _ size: (rows: Int, terms: Int), _ start: Start,
        _ values: Lanes.Slice, to result: Lanes.Slice,
        finish: (_ sum: Vector, _ place: (tile: Int, vector: Int)) -> Vector
    ) {
        guard size.terms > 0 else { return }
        if Lanes.vectors == 2 {
            run(Accumulators<8, 2>([.zero, .zero]), tiles, weights, size, start, values, result, finish)
        } else {
            run(Accumulators<4, 1>([.zero]), tiles, weights, size, start, values, result, finish)
        }
    }

    @inline(__always)
    private func run<let group: Int, let width: Int>(
        _ zero: Accumulators<group, width>, _ tiles: Int, _ weights: UnsafePointer<Float>,
        _ size: (rows: Int, terms: Int), _ start: Start, _ values: Lanes.Slice, _ result: Lanes.Slice,
        _ finish: (_ sum: Vector, _ place: (tile: Int, vector: Int)) -> Vector
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
                        target[vector] = finish(sums[i][j], (tile, vector))
                    }
                }
            }
        }
    }
}
