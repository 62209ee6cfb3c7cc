import Foundation
import Kernels
import Support
import Testing

/// Numbers in -1 ..< 1.
func random(_ count: Int, _ seed: UInt64) -> [Float] {
    let generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in 2 * generator.uniform() - 1 }
}

/// What `body` writes to an array of NaN, in which elements that it leaves out are seen.
func withOutput(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var result = [Float](repeating: .nan, count: count + 64)
    result.withUnsafeMutableBufferPointer { buffer in
        if let start = buffer.baseAddress { body(start) }
    }
    let isUntouchedBehind = result.suffix(64).allSatisfy { $0.isNaN }
    #expect(isUntouchedBehind)
    return Array(result.prefix(count))
}

/// A map with random numbers, scaled so that its results are about as large as its inputs.
func affineMap(_ inputs: Int, _ outputs: Int, _ seed: UInt64) -> AffineMap {
    let scale = 1 / Float(max(inputs, 1)).squareRoot()
    return AffineMap(
        inputs: inputs, outputs: outputs, weight: random(inputs * outputs, seed).map { $0 * scale },
        bias: random(outputs, seed + 1))
}

extension AffineMap {
    /// The map's definition, in Double.
    func callAsFunction(_ input: [Double]) -> [Double] {
        (0..<outputs).map { output in
            (0..<inputs).reduce(Double(bias[output])) { $0 + Double(weight[output * inputs + $1]) * input[$1] }
        }
    }
}

/// x where it is positive, e^x - 1 elsewhere.
func elu(_ x: Double) -> Double { x > 0 ? x : expm1(x) }
