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
                VectorLoop.map(a.count, out: target, 1, a: source, 1, function)
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

    /// The largest error of `function`, in units in the last place of the true value.
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

    @Test func softplusGradient() {
        expect(inputs(), within: 3, { VectorMath.softplusGradient(Vector(repeating: 1), $0) }) {
            $0 < 0 ? Foundation.exp($0) / (1 + Foundation.exp($0)) : 1 / (1 + Foundation.exp(-$0))
        }
    }

    @Test func squareRoot() {
        expect(inputs(), within: 0.5, { VectorMath.squareRoot($0) }) { $0.squareRoot() }
    }

    @Test func sineAndCosine() {
        // Near the zeros, a unit in the last place of the result is far smaller than the error of the angle in Float.
        let angles = inputs(-.greatestFiniteMagnitude ... .greatestFiniteMagnitude)
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
        for x in [Float.infinity, -.infinity, .nan] {
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

    private static let specialPowers: [Float] = [
        0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 4, 5, -5, 2.5, -2.5, 1e10, 1e-10, -1e10, .leastNonzeroMagnitude,
        .leastNormalMagnitude, .greatestFiniteMagnitude, 16_777_215, 16_777_216, -16_777_217, .infinity, -.infinity,
        .nan,
    ]

    @Test func powersOfNumbers() {
        for exponent: Float in [-4, -3, -1, 0, 1, 2, 3, 4, 5, -7, 2.5, .infinity, -.infinity, .nan] {
            for (base, found) in zip(Self.specialPowers, map(Self.specialPowers) { VectorMath.power($0, exponent) }) {
                let wanted = Float(pow(Double(base), Double(exponent)))
                let isSame =
                    found == wanted || (found.isNaN && wanted.isNaN) || (wanted.magnitude < 0x1p-126 && found == 0)
                #expect(isSame || ((found - wanted) / wanted).magnitude < 4e-7, "\(base)^\(exponent): \(found)")
            }
        }
        // As in PyTorch, an exponent of 0.5 is a square root.
        #expect(map([4, 0, 2]) { VectorMath.power($0, 0.5) } == [2, 0, Float(2).squareRoot()])
        #expect(map([4, 0]) { VectorMath.power($0, -0.5) } == [0.5, .infinity])
        #expect(map([-.infinity]) { VectorMath.power($0, 0.5) }[0].isNaN)
    }

    @Test func powersOfVectors() {
        // All pairs of special values by the rules of C, to the sign of 0; and numbers of all sizes to the last digit.
        for exponent in Self.specialPowers {
            let found = map(Self.specialPowers) { VectorMath.power($0, Vector(repeating: exponent)) }
            for (base, found) in zip(Self.specialPowers, found) {
                let wanted = Float(pow(Double(base), Double(exponent)))
                let isSame = found.bitPattern == wanted.bitPattern || (found.isNaN && wanted.isNaN)
                #expect(
                    isSame || (found - wanted).magnitude <= wanted.ulp, "\(base)^\(exponent): \(found), not \(wanted)")
            }
        }
        for exponent: Float in [-40.3, -2.5, -0.01, 0.3, 1.5, 5, 17.7, 300] {
            expect(inputs(0 ... .infinity), within: 0.51, { VectorMath.power($0, Vector(repeating: exponent)) }) {
                pow($0, Double(exponent))
            }
        }
        #expect(map([3]) { VectorMath.power($0, Vector(repeating: 5)) } == [243])
    }

    @Test func quotientsAndRests() {
        // Python's rules: the remainder has the sign of the divisor.
        let cases: [(x: Float, y: Float, rest: Float, quotient: Float)] = [
            (5, 3, 2, 1), (-5, 3, 1, -2), (5, -3, -1, -2), (-5, -3, -2, 1), (6, 3, 0, 2), (0.5, 0.25, 0, 2),
            (1e10, 3, 1, 3_333_333_333), (5, .infinity, 5, 0), (-5, .infinity, .infinity, -1),
        ]
        for (x, y, rest, quotient) in cases {
            #expect(map([x]) { VectorMath.remainder($0, Vector(repeating: y)) } == [rest], "\(x) % \(y)")
            #expect(map([x]) { VectorMath.floorQuotient($0, Vector(repeating: y)) } == [quotient], "\(x) // \(y)")
        }
        for (x, y): (Float, Float) in [(1, 0), (.infinity, 2), (.nan, 1), (1, .nan)] {
            #expect(map([x]) { VectorMath.remainder($0, Vector(repeating: y)) }[0].isNaN, "\(x) % \(y)")
        }
        #expect(map([1, -1]) { VectorMath.floorQuotient($0, Vector(repeating: 0)) } == [.infinity, -.infinity])
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
