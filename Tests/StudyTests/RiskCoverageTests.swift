import Study
import Support
import Testing

@Suite struct RiskCoverageTests {
    @Test(
        arguments: [
            ([0.5], [1], 0.5, 0), ([0.1, 0.2, 0.3], [1, 2, 3], 0.15, 0), ([0.1, 0.2, 0.3], [3, 2, 1], 0.25, 0.1),
            ([0.4, 0.4], [7, -7], 0.4, 0), ([0, 1, 0.5], [2, 2, 2], 0.5, 0.25),
            ([1, 0, 0], [0, 5, 5], 11.0 / 18, 0.5),
        ] as [([Double], [Double], Double, Double)])
    func byHand(risks: [Double], uncertainties: [Double], area: Double, excess: Double) throws {
        let result = try RiskCoverage(risks: risks, uncertainties: uncertainties)
        #expect(abs(result.area - area) < 1e-12 && abs(result.excessArea - excess) < 1e-12)
        #expect(result.curve.map(\.coverage) == (1...risks.count).map { Double($0) / Double(risks.count) })
        #expect(abs((result.curve.last?.risk ?? 0) - risks.reduce(0, +) / Double(risks.count)) < 1e-12)
    }

    /// `aurc` of evaluation/metrics/aurc.py of ValUES (IML-DKFZ/values), whose trapezoids lack half the ends.
    @Test(
        arguments: [
            (
                [0.543, 0.078],
                [0.5, 0.0], 0.09712499999999999
            ),
            (
                [0.021, 0.518, 0.223, 0.435, 0.033, 0.445, 0.393],
                [0.5, 1.5, 0.0, 2.5, 3.0, 2.0, 1.0], 0.2202091836734694
            ),
            (
                [
                    0.0, 0.093, 0.112, 0.22, 0.137, 0.578, 0.089, 0.343, 0.164, 0.339, 0.046, 0.039, 0.156, 0.176, 0.34,
                    0.569, 0.054, 0.285, 0.477, 0.0,
                ],
                [8.0, 5.5, 5.0, 1.5, 4.5, 4.0, 0.0, 2.0, 8.5, 6.5, 6.0, 3.5, 1.0, 7.0, 2.5, 7.5, 3.0, 9.0, 0.5, 9.5],
                0.21871679359555132
            ),
        ] as [([Double], [Double], Double)])
    func itsTrapezoidsAreThoseOfValUES(risks: [Double], uncertainties: [Double], values: Double) throws {
        let result = try RiskCoverage(risks: risks, uncertainties: uncertainties)
        let (first, last) = (try #require(result.curve.first), try #require(result.curve.last))
        #expect(abs(result.area - (first.risk + last.risk) / 2 / Double(risks.count) - values) < 1e-12)
    }

    /// With ties, the area is the mean over all orders of the tied cases; the order given does not matter.
    @Test func tiesCountAsTheMeanOfAllOrders() throws {
        let generator = RandomGenerator(seed: 4)
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        for _ in 0..<20 {
            // Three certain cases, three that are tied, and one less sure than all.
            let risks = (0..<7).map { _ in Double(generator.below(100)) / 100 }
            let result = try RiskCoverage(risks: risks, uncertainties: [1, 2, 3, 5, 5, 5, 9])
            let areas = try orders.map { order in
                try RiskCoverage(risks: risks, uncertainties: [1, 2, 3] + order.map { 5 + Double($0) } + [9]).area
            }
            #expect(abs(result.area - areas.reduce(0, +) / 6) < 1e-12)
            let again = try RiskCoverage(risks: risks.reversed(), uncertainties: [9, 5, 5, 5, 3, 2, 1])
            #expect(abs(again.area - result.area) < 1e-12 && result.excessArea >= 0)
        }
    }

    @Test(
        arguments: [
            ([], [], "'risks' is empty: expected at least one number"),
            ([1], [1, 2], "'uncertainties' is 2 numbers: expected 1, as of 'risks'"),
            ([1, .nan], [1, 2], "'risks' is nan of case 2: expected a finite number"),
            ([1, 2], [.infinity, 2], "'uncertainties' is inf of case 1: expected a finite number"),
        ] as [([Double], [Double], String)])
    func impossibleInput(risks: [Double], uncertainties: [Double], message: String) {
        do {
            _ = try RiskCoverage(risks: risks, uncertainties: uncertainties)
            Issue.record("nothing thrown")
        } catch {
            #expect("\(error)" == message)
        }
    }
}
