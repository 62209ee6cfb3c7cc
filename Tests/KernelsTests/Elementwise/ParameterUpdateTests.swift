import Foundation
import Kernels
import Support
import Testing

struct ParameterUpdateTests {
    /// Numbers in [-1, 1) from a seed.
    private func numbers(_ count: Int, _ seed: UInt64) -> [Float] {
        let generator = RandomGenerator(seed: seed)
        return (0..<count).map { _ in 2 * generator.uniform() - 1 }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 33, 40_000])
    func `Adam's update is its formula in Double`(_ count: Int) {
        var (p, m) = (numbers(count, 1), numbers(count, 2))
        let g = numbers(count, 3)
        var v = numbers(count, 4).map(abs)
        let (p0, m0, v0) = (p, m, v)
        ParameterUpdate.adam(
            count: count, parameter: &p, gradient: g, first: &m, second: &v, stepSize: 0.02, secondScale: 3,
            beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1)
        for i in 0..<count {
            let gradient = Double(g[i]) + 0.1 * Double(p0[i])
            let first = 0.9 * Double(m0[i]) + 0.1 * gradient
            let second = 0.999 * Double(v0[i]) + 0.001 * gradient * gradient
            let parameter = Double(p0[i]) - 0.02 * first / (second.squareRoot() * 3 + 1e-8)
            #expect(abs(Double(m[i]) - first) < 1e-6)
            #expect(abs(Double(v[i]) - second) < 1e-6)
            #expect(abs(Double(p[i]) - parameter) < 1e-6 + 1e-6 * abs(parameter))
        }
    }

    @Test(arguments: [1, 16, 35])
    func `Momentum's update is its formula in Double`(_ count: Int) {
        let (start, g) = (numbers(count, 1), numbers(count, 3))
        var (p, plain, v) = (start, start, numbers(count, 2))
        let v0 = v
        ParameterUpdate.momentum(
            count: count, parameter: &p, gradient: g, velocity: &v, learningRate: 0.1, momentum: 0.9, weightDecay: 0.2)
        ParameterUpdate.momentum(
            count: count, parameter: &plain, gradient: g, velocity: nil, learningRate: 0.1, momentum: 0.9,
            weightDecay: 0)
        for i in 0..<count {
            let velocity = 0.9 * Double(v0[i]) + Double(g[i]) + 0.2 * Double(start[i])
            #expect(abs(Double(v[i]) - velocity) < 1e-6)
            #expect(abs(Double(p[i]) - (Double(start[i]) - 0.1 * velocity)) < 1e-6)
            #expect(abs(Double(plain[i]) - (Double(start[i]) - 0.1 * Double(g[i]))) < 1e-6)
        }
    }

    @Test(arguments: [0, 1, 16, 35])
    func `IVON's update is its formula in Double`(_ count: Int) {
        var (p, m) = (numbers(count, 1), numbers(count, 2))
        let (g, d) = (numbers(count, 3), numbers(count, 4))
        var h = numbers(count, 5).map { abs($0) + 0.1 }
        let (p0, m0, h0) = (p, m, h)
        ParameterUpdate.ivon(
            count: count, parameter: &p, gradient: g, deviation: d, first: &m, hessian: &h, stepSize: 0.02,
            precision: 5,
            firstScale: 3, beta1: 0.9, beta2: 0.8, weightDecay: 0.1)
        for i in 0..<count {
            let first = 0.9 * Double(m0[i]) + 0.1 * Double(g[i])
            let curvature = Double(h0[i]) + 0.1
            let change = 0.2 * (Double(g[i]) * Double(d[i]) * 5 * curvature - Double(h0[i]))
            let hessian = Double(h0[i]) + change + change * change / (2 * curvature)
            let parameter = Double(p0[i]) - 0.02 * (first * 3 + 0.1 * Double(p0[i])) / (hessian + 0.1)
            #expect(abs(Double(m[i]) - first) < 1e-6)
            #expect(abs(Double(h[i]) - hessian) < 1e-5)
            #expect(abs(Double(p[i]) - parameter) < 1e-5)
        }
    }
}
