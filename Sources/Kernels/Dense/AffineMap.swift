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
