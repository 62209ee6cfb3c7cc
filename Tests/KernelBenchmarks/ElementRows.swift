import Kernels

/// Loops over single numbers: functions, sums, random numbers, and the step of an optimiser.
enum ElementRows {
    private static let count = 1 << 16

    static var all: [Row] {
        [
            Row(name: "exp of 2^16 numbers", prepare: exponential),
            Row(name: "sums of 2^8 rows of 2^8 numbers", prepare: sums),
            Row(name: "2^16 normal random numbers", prepare: randomNumbers),
            Row(name: "Adam step of 2^16 parameters", prepare: adam),
        ]
    }

    private static func exponential() -> () -> Void {
        let (input, output) = (Numbers(count), Numbers(count))
        return {
            StridedLoop(dense: count).forEachPiece { at, length in
                UnaryLoop(count: length, out: output.start + at[0], 1, a: input.start + at[1], 1)
                    .map { VectorMath.exp($0) }
            }
        }
    }

    private static func sums() -> () -> Void {
        let (input, output) = (Numbers(count), Numbers(1 << 8))
        return {
            Summation.sum(
                out: output.start, input: input.start, keptShape: [1 << 8], keptStrides: (out: [1], input: [1 << 8]),
                reducedShape: [1 << 8], reducedStrides: [1], scale: 1)
        }
    }

    private static func randomNumbers() -> () -> Void {
        let output = Numbers(count)
        return { RandomNumbers.normal(count: count, seed: 1, counter: 0, out: output.start) }
    }

    private static func adam() -> () -> Void {
        let (parameter, gradient) = (Numbers(count), Numbers(count))
        let (first, second) = (Numbers(count), Numbers(count))
        return {
            ParameterUpdate.adam(
                count: count, parameter: parameter.start, gradient: gradient.start, first: first.start,
                second: second.start, stepSize: 1e-3, secondScale: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
                weightDecay: 0)
        }
    }
}
