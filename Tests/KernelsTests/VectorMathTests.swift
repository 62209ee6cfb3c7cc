import Foundation
import Kernels
import Testing

/// The functions of sixteen floats against the Double functions of the C library, over the whole range of floats.
struct VectorMathTests {
    /// Applies `function` to all `inputs`.
    private func map(_ inputs: [Float], _ function: (Vector) -> Vector) -> [Float] {
        [Float](unsafeUninitializedCapacity: inputs.count) { out, count in
            inputs.withUnsafeBufferPointer { a in
                guard let target = out.baseAddress, let source = a.baseAddress else { return }
                Rows.map(a.count, out: target, 1, a: source, 1, function)
            }
            count = inputs.count
        }
    }

    /// About a million floats of all sizes within `range`, with the special ones.
    private func inputs(_ range: ClosedRange<Float> = -.infinity ... .infinity) -> [Float] {
        let special: [Float] = [
            0, -0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity,
        ]
        let spread = stride(from: UInt32(0), to: .max, by: 4099).map { Float(bitPattern: $0) }
        return (special + spread).filter { range.contains($0) }
    }

    /// The largest distance of `function` from `truth`, in units in the last place of the true value.
    private func worst(
        _ inputs: [Float], _ function: (Vector) -> Vector, _ truth: (Double) -> Double
    ) -> (ulp: Double, at: Float) {
        var worst = (ulp: 0.0, at: Float(0))
        for (x, y) in zip(inputs, map(inputs, function)) {
            let wanted = truth(Double(x))
            let rounded = Float(wanted)
            if rounded == y || (rounded.isNaN && y.isNaN) { continue }
            let ulp = rounded.isInfinite ? Float.greatestFiniteMagnitude.ulp : rounded.ulp
            let distance = ((Double(y) - wanted) / Double(ulp)).magnitude
            if !(distance <= worst.ulp) { worst = (distance.isNaN ? .infinity : distance, x) }
        }
        return worst
    }

    private func expect(
        _ inputs: [Float], within limit: Double, _ function: (Vector) -> Vector, _ truth: (Double) -> Double,
        at location: SourceLocation = #_sourceLocation
    ) {
        let (ulp, place) = worst(inputs, function, truth)
        #expect(ulp <= limit, "\(ulp) ulp at \(place)", sourceLocation: location)
    }

    @Test func exponential() {
        expect(inputs(), within: 1.1, { VectorMath.exp($0) }, Foundation.exp)
    }

    @Test func exponentialLinearUnit() {
        expect(inputs(), within: 3, { VectorMath.elu($0) }) { $0 > 0 ? $0 : expm1($0) }
    }

    @Test func logarithm() {
        expect(inputs(), within: 1.1, { VectorMath.log($0) }, Foundation.log)
    }

    @Test func sigmoid() {
        // Beyond -88.7, e^-x is infinite, and the subnormal results are taken as 0.
        expect(inputs(-88.7 ... .infinity), within: 3, { VectorMath.sigmoid($0) }) { 1 / (1 + Foundation.exp(-$0)) }
        #expect(map([-89, -.infinity, .nan], { VectorMath.sigmoid($0) }).prefix(2).allSatisfy { $0 < 1e-38 })
        #expect(map([.nan], { VectorMath.sigmoid($0) })[0].isNaN)
    }

    @Test func hyperbolicTangent() {
        expect(inputs(), within: 3, { VectorMath.tanh($0) }, Foundation.tanh)
    }

    @Test func softplus() {
        expect(inputs(), within: 3, { VectorMath.softplus($0) }) { $0 > 50 ? $0 : log1p(Foundation.exp($0)) }
    }

    @Test func squareRoot() {
        expect(inputs(), within: 0.5, { VectorMath.squareRoot($0) }) { $0.squareRoot() }
    }

    @Test func sineAndCosine() {
        // Near the zeros, a unit in the last place of the result is far smaller than the error of the angle in Float.
        let angles = inputs(-1e12...1e12)
        let (sines, cosines) = (
            map(angles) { VectorMath.sineCosine($0).sine }, map(angles) { VectorMath.sineCosine($0).cosine }
        )
        var worst = (sine: 0.0, cosine: 0.0)
        for (i, angle) in angles.map(Double.init).enumerated() {
            worst.sine = max(worst.sine, (Double(sines[i]) - Foundation.sin(angle)).magnitude)
            worst.cosine = max(worst.cosine, (Double(cosines[i]) - Foundation.cos(angle)).magnitude)
        }
        #expect(worst.sine <= 1.2e-7)
        #expect(worst.cosine <= 1.2e-7)
        expect(inputs(-0.7...0.7), within: 1.5, { VectorMath.sineCosine($0).sine }, Foundation.sin)
        for x in [Float.infinity, -.infinity, .nan, 1e13] {
            #expect(map([x]) { VectorMath.sineCosine($0).sine }[0].isNaN)
            #expect(map([x]) { VectorMath.sineCosine($0).cosine }[0].isNaN)
        }
    }

    @Test func sineAndCosineOfTurns() {
        let turns = (0...100_000).map { Float($0) / 100_000 }
        let sines = map(turns) { VectorMath.sineCosineOfTurns($0).sine }
        let cosines = map(turns) { VectorMath.sineCosineOfTurns($0).cosine }
        for i in turns.indices {
            let angle = 2 * Double.pi * Double(turns[i])
            #expect((Double(sines[i]) - Foundation.sin(angle)).magnitude < 2e-7)
            #expect((Double(cosines[i]) - Foundation.cos(angle)).magnitude < 2e-7)
        }
    }

    @Test func powers() {
        let bases: [Float] = [0, 0.5, 1, 1.5, 2, 10, 1e10, 1e-10, .infinity]
        for exponent: Float in [-4, -3, -1, 0, 1, 2, 3, 4] {
            for base in bases + bases.map(-) {
                let wanted = Float(pow(Double(base), Double(exponent)))
                let found = map([base]) { VectorMath.power($0, exponent) }[0]
                #expect(found == wanted || ((found - wanted) / wanted).magnitude < 4e-7, "\(base)^\(exponent)")
            }
        }
        for exponent: Float in [-2.5, -0.5, 0.5, 1.5, 5] {
            for base: Float in [0.1, 0.5, 1, 3, 7.5] {
                let found = map([base]) { VectorMath.power($0, Vector(repeating: exponent)) }[0]
                #expect((Double(found) / pow(Double(base), Double(exponent)) - 1).magnitude < 2e-6)
            }
        }
        #expect(map([-2]) { VectorMath.power($0, Vector(repeating: 0.5)) }[0].isNaN)
        #expect(map([.nan]) { VectorMath.power($0, Vector(repeating: 0)) }[0] == 1)
    }

    @Test func largerAndSmaller() {
        let pairs: [(Float, Float)] = [(1, 2), (2, 1), (-1, -2), (0, .infinity), (-.infinity, 3)]
        for (a, b) in pairs {
            #expect(VectorMath.larger(Vector(repeating: a), Vector(repeating: b))[3] == max(a, b))
            #expect(VectorMath.smaller(Vector(repeating: a), Vector(repeating: b))[3] == min(a, b))
        }
        #expect(VectorMath.larger(Vector(repeating: .nan), Vector(repeating: 1))[0].isNaN)
        #expect(VectorMath.smaller(Vector(repeating: 1), Vector(repeating: .nan))[0] == 1)
    }
}
