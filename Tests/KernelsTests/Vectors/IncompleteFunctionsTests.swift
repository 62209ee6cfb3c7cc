import Kernels
import Testing

/// The incomplete gamma and beta functions against SciPy 1.17, and at special values.
@Suite struct IncompleteFunctionsTests {
    static let gamma: [(Double, Double, Double)] = [
        (0.001, 1e-30, 0.9337923776586735), (0.01, 0.5, 0.9943732438060326), (0.3, 1e-05, 0.035235360615562566),
        (0.5, 0.2, 0.47291074313446196), (0.5, 9.0, 0.9999779095030014), (1.0, 1e-06, 9.99999500000168e-07),
        (1.0, 40.0, 1.0), (2.5, 2.4, 0.5592270319133369), (2.5, 3.6, 0.7938140802904439),
        (10.0, 1.0, 1.1142547833872071e-07), (10.0, 30.0, 0.9999928782491372), (120.0, 100.0, 0.02823039396486565),
        (120.0, 150.0, 0.9948952883968496), (5000.0, 4900.0, 0.07794495622651393),
        (5000.0, 5200.0, 0.9974151865046462), (200000.0, 200000.0, 0.5002973540276185),
        (200000.0, 199800.0, 0.3275756883795541), (1000000.0, 1002000.0, 0.9771959041012303),
        (100000000.0, 100010000.0, 0.8413447464717987), (1000000000000.0, 1000000000000.0, 0.5000001329807602),
    ]

    static let beta: [(Double, Double, Double, Double)] = [
        (0.5, 0.5, 0.3, 0.36901011956554536), (1.0, 1.0, 0.25, 0.25), (2.0, 3.0, 0.0001, 5.999200030000001e-08),
        (2.0, 3.0, 0.9, 0.9963), (0.01, 0.02, 0.5, 0.6667194610412723), (30.0, 2.0, 0.8, 0.008665580274997673),
        (1000.0, 2000.0, 0.33, 0.3506326761341843), (100000.0, 100000.0, 0.501, 0.8144532554424423),
        (5.0, 0.1, 0.9999999403953552, 0.76822089062575), (0.5, 50.0, 0.002, 0.34463421658399296),
    ]

    @Test func tables() {
        for (a, x, wanted) in Self.gamma {
            let found = IncompleteFunctions.gamma(a, x)
            #expect((found - wanted).magnitude <= (a > 1e5 ? 1e-6 : 1e-9) * wanted, "\(found) at \(a), \(x)")
        }
        for (a, b, x, wanted) in Self.beta {
            let found = IncompleteFunctions.beta(a, b, x)
            #expect((found - wanted).magnitude <= 1e-9 * wanted, "\(found) at \(a), \(b), \(x)")
        }
    }

    @Test func specialValues() {
        let infinity = Double.infinity
        let gamma = IncompleteFunctions.gamma
        #expect(gamma(0, 1) == 1 && gamma(1, 0) == 0 && gamma(infinity, 2) == 0 && gamma(1, infinity) == 1)
        #expect(
            [gamma(0, 0), gamma(-1, 1), gamma(1, -1), gamma(infinity, infinity), gamma(.nan, 1)].allSatisfy { $0.isNaN }
        )
        let beta = IncompleteFunctions.beta
        #expect(beta(2, 3, 0) == 0 && beta(2, 3, 1) == 1)
        #expect([beta(0, 1, 0.5), beta(1, -1, 0.5), beta(1, 1, 1.5), beta(1, 1, -1)].allSatisfy { $0.isNaN })
    }

    /// The derivative of a draw by the concentration meets at the borders between the ways in which it is computed.
    @Test func slopesOfDrawsMeet() {
        for share in [-3.0, -1, 0, 0.5, 2.5] {
            let x = 1000 + share * 31.6
            let (below, above) = (
                IncompleteFunctions.gammaDrawSlope(1000, x), IncompleteFunctions.gammaDrawSlope(1000.0001, x)
            )
            #expect((below - above).magnitude < 2e-6, "\(below) and \(above) at \(x)")
        }
        for a in [0.2, 1, 7] {
            let (below, above) = (
                IncompleteFunctions.gammaDrawSlope(a, a + 0.9999999), IncompleteFunctions.gammaDrawSlope(a, a + 1)
            )
            #expect((below - above).magnitude < 1e-5, "\(below) and \(above) at \(a)")
        }
    }
}
