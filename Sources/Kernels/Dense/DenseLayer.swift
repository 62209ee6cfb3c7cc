/// A matrix and a bias: y = weight x + bias.
public struct AffineMap: Sendable {
    /// The numbers of an input and of an output.
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

/// A map that is packed in both directions. Rows are as long as whole vectors; what fills them up is 0 in every result.
struct DenseLayer: @unchecked Sendable {
    private let matrix: PackedMatrix
    private let transpose: PackedMatrix
    private let bias: Scratch.Floats
    private let zeros: Scratch.Floats

    /// The length of a row of inputs, and of one of outputs.
    var inputs: Int { matrix.rows }
    var outputs: Int { matrix.columns }

    init(_ map: AffineMap) {
        matrix = PackedMatrix(rows: map.inputs, columns: map.outputs) { map.weight[$1 &* map.inputs &+ $0] }
        transpose = PackedMatrix(rows: map.outputs, columns: map.inputs) { map.weight[$0 &* map.inputs &+ $1] }
        bias = Scratch.Floats(count: matrix.columns)
        for index in 0..<bias.count { bias.start[index] = index < map.outputs ? map.bias[index] : 0 }
        zeros = Scratch.Floats(count: matrix.rows)
        zeros.start.update(repeating: 0, count: zeros.count)
    }

    /// Where some rows of inputs and of outputs are, for `forward` and `backward`.
    struct Rows {
        fileprivate let forward: PositionTable
        fileprivate let backward: PositionTable
    }

    func rows(_ count: Int) -> Rows {
        Rows(forward: matrix.positions(count), backward: transpose.positions(count))
    }

    /// Sets the outputs of some rows.
    func forward(_ rows: Rows, _ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>) {
        matrix.multiply(input, rows.forward, bias: bias.start, to: output)
    }

    /// Sets the gradients of the inputs, or adds to them.
    func backward(
        _ rows: Rows, _ outputGradient: UnsafePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>,
        adding: Bool = false
    ) {
        transpose.multiply(outputGradient, rows.backward, bias: zeros.start, to: inputGradient, adding: adding)
    }

    /// Copies rows of one length to rows of another, which are filled up with zeros.
    static func copyRows(
        _ count: Int, from source: UnsafePointer<Float>, _ sourceWidth: Int, to target: UnsafeMutablePointer<Float>,
        _ targetWidth: Int
    ) {
        let width = min(sourceWidth, targetWidth)
        for row in 0..<count {
            let place = target + row &* targetWidth
            place.update(from: source + row &* sourceWidth, count: width)
            (place + width).update(repeating: 0, count: targetWidth &- width)
        }
    }
}
