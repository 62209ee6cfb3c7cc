import Foundation
import Kernels
import Support
import Tensors

extension GradientTests {
    static func distributions(_ operation: Tensors.Operation) -> [GradientCase] {
        switch operation {
        case .gammainc:
            [
                GradientCase([[2, 3, 4]], .positive) {
                    try Tensor.gammainc(Tensor([0.4, 1.5, 3], shape: [3, 1]), $0[0])
                },
                GradientCase([[4]], .positive) { try Tensor.gammainc(Tensor([0.4, 3], shape: [2, 1]), $0[0]) },
            ]
        case .betainc:
            [
                GradientCase([[2, 3, 4]], .withinOne) {
                    let x = try $0[0].scaled(by: 0.5).offset(by: 0.5)
                    return try Tensor.betainc(Tensor([0.7, 1.5, 3], shape: [3, 1]), Tensor(2), x)
                }
            ]
        // Concentrations for the series and the continued fraction, and for the expansion of large ones.
        case .standardGamma:
            ([0.7, 1, 30, 2000] as [Float]).map { scale in
                let draws = HeldShares()
                return GradientCase([[2, 3, 4]], .positive, expands: false, step: 0x1p-5) {
                    try draws($0[0].scaled(by: scale))
                }
            }
        default: []
        }
    }
}

/// Draws of the gamma distribution as a function of its concentration: where no gradient is asked for, the last draws,
/// moved so that the share of the distribution below each stays.
private final class HeldShares {
    private var shares: [Double] = []

    func callAsFunction(_ concentration: Tensor) throws -> Tensor {
        if concentration.requiresGradient {
            let draws = try concentration.standardGamma(generator: RandomGenerator(seed: 3))
            shares = zip(concentration.values, draws.values).map { IncompleteFunctions.gamma(Double($0), Double($1)) }
            return draws
        }
        let moved = zip(concentration.values, shares).map { Float(Self.draw(Double($0), below: $1)) }
        return try Tensor(moved, shape: concentration.shape)
    }

    /// The number below which `share` of the distribution lies, by bisection of its logarithm.
    private static func draw(_ concentration: Double, below share: Double) -> Double {
        var (low, high) = (-80.0, 10.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if IncompleteFunctions.gamma(concentration, exp(middle)) < share { low = middle } else { high = middle }
        }
        return exp(low)
    }
}
