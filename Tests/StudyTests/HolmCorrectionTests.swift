import Study
import Support
import Testing

@Suite struct HolmCorrectionTests {
    /// What statsmodels 0.15.0 gives: `multipletests(p, method="holm")[1]`.
    static let reference: [(p: [Double], corrected: [Double])] = [
        ([], []),
        ([0.5], [0.5]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([1, 1, 0.2], [1, 1, 0.6]),
        ([0.02, 0.02, 0.02, 0.9], [0.08, 0.08, 0.08, 0.9]),
        ([0, 1e-9, 0.3], [0, 2e-9, 0.3]),
        (
            [0.0021, 0.047, 0.3, 0.011, 0.011, 0.62, 0.0005, 0.08],
            [0.0147, 0.188, 0.6, 0.066, 0.066, 0.62, 0.004, 0.24]
        ),
        (
            [0.3324, 0.543, 0.0409, 0.0001, 0.1868, 0.0031, 0.3713, 0.0412, 0.0955, 0.9295, 0.4772, 0.6008],
            [1, 1, 0.409, 0.0012, 1, 0.0341, 1, 0.409, 0.764, 1, 1, 1]
        ),
        (
            [
                0.1711, 0.8349, 0.0, 0.703, 0.0592, 0.0124, 0.1526, 0.8431, 0.0363, 0.7502, 0.1021, 0.905, 0.4463,
                0.4807,
                0.0473, 0.2031, 0.0154, 0.5123, 0.0173, 0.3043, 0.0004, 0.015, 0.0459, 0.0051, 0.0176, 0.0082, 0.0001,
            ],
            [
                1, 1, 0, 1, 0.8288, 0.2728, 1, 1, 0.6171, 1, 1, 1, 1, 1, 0.7344, 1, 0.315, 1, 0.3287, 1, 0.01, 0.315,
                0.7344, 0.1224, 0.3287, 0.1886, 0.0026,
            ]
        ),
    ]

    @Test(arguments: reference) func agreesWithStatsmodels(p: [Double], corrected: [Double]) throws {
        let found = try HolmCorrection(p).pValues
        #expect(found.count == corrected.count && zip(found, corrected).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    /// No p falls, their order stays, equal ones stay equal, none exceeds 1, and the order of the list does not matter.
    @Test(arguments: 1...20) func keepsOrder(seed: UInt64) throws {
        let generator = RandomGenerator(seed: seed)
        let p = (0..<(1 + generator.below(60))).map { _ in Double(generator.below(30)) / 100 }
        let corrected = try HolmCorrection(p).pValues
        for i in p.indices {
            #expect(corrected[i] >= p[i] && corrected[i] <= 1)
            for j in p.indices where p[i] <= p[j] { #expect(corrected[i] <= corrected[j]) }
        }
        let order = generator.permutation(p.count)
        #expect(try HolmCorrection(order.map { p[$0] }).pValues == order.map { corrected[$0] })
    }

    @Test(arguments: [(-0.1, "-0.1"), (1.5, "1.5"), (.nan, "nan"), (.infinity, "inf")] as [(Double, String)])
    func refusesWhatIsNoProbability(p: Double, text: String) {
        #expect(throws: StatisticsError.parameter("p", value: "\(text) at index 2", expected: "a number from 0 to 1")) {
            try HolmCorrection([0.1, p])
        }
    }
}
