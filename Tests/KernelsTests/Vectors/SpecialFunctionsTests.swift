import Kernels
import Testing

/// The functions of statistics against SciPy 1.17, in the tails, near zeros and poles, and at special values.
@Suite struct SpecialFunctionsTests {
    static let inverseErf: [(Double, Double)] = [
        (1e-30, 8.862269254527581e-31), (-1e-07, -8.862269254527604e-08), (0.1, 0.08885599049425769),
        (-0.3, -0.2724627147267544), (0.499, 0.47582428088309237), (0.5, 0.4769362762044699),
        (-0.75, -0.8134198475976184), (0.9, 1.1630871536766743), (0.999, 2.326753765513524),
        (-0.9999999, -3.766562581638471), (0.9999999403953552, 3.8325068569007104),
        (0.9999999999990905, 5.05125408524939),
    ]

    static let logGamma: [(Double, Double)] = [
        (1e-30, 69.07755278982137), (0.001, 6.907178885383853), (0.5, 0.5723649429247),
        (1.000001, -5.772148424085363e-07), (1.5, -0.12078223763524526), (1.999999, -4.227840126880267e-07),
        (2.5, 0.2846828704729192), (30.0, 71.257038967168), (1000000.0, 12815504.569147611),
        (-0.5, 1.2655121234846454), (-1.5, 0.860047015376481), (-2.4570247, 5.792758450695601e-08),
        (-10.1, -13.020973271011497), (-0.001, 6.908333317515028),
    ]

    static let digamma: [(Double, Double)] = [
        (1e-30, -9.999999999999999e+29), (0.001, -1000.5755719318103), (0.25, -4.2274535333762655),
        (1.0, -0.5772156649015329), (1.46163, -2.0756283887224574e-06), (1.4616321449, -6.615230062364537e-11),
        (1.5, 0.03648997397857652), (3.0, 0.9227843350984671), (9.99, 2.250700372831201), (10.0, 2.251752589066721),
        (57.5, 4.04306409160271), (1000000.0, 13.81551005796419), (-0.504, 0.0007420716047053967),
        (-0.001, 999.4211381978913), (-1.5, 0.7031566406452434), (-7.25, 5.189977214956288),
        (-20.01, 102.98811073540145),
    ]

    static let trigamma: [(Double, Double)] = [
        (0.001, 1000001.6425331959), (0.25, 17.197329154507113), (1.0, 1.6449340668482266),
        (1.5, 0.9348022005446793), (3.0, 0.39493406684822646), (9.99, 0.10527695014824176),
        (10.0, 0.10516633568168576), (57.5, 0.017543409716574622), (1000000.0, 1.0000005000001667e-06),
        (-0.504, 8.93966486088215), (-0.001, 1000001.6473414316), (-1.5, 9.379246644989124),
        (-7.25, 19.610354539293265),
    ]

    private func expect(
        _ table: [(Double, Double)], _ function: (Double) -> Double, at location: SourceLocation = #_sourceLocation
    ) {
        for (x, wanted) in table {
            let found = function(x)
            // Near a zero of the function the difference is one of numbers of the size of 1.
            #expect(
                (found - wanted).magnitude <= 1e-12 * wanted.magnitude + 1e-15, "\(found) is not \(wanted) at \(x)",
                sourceLocation: location)
        }
    }

    @Test func tables() {
        expect(Self.inverseErf, SpecialFunctions.inverseErf)
        expect(Self.logGamma, SpecialFunctions.logGamma)
        expect(Self.digamma, SpecialFunctions.digamma)
        expect(Self.trigamma, SpecialFunctions.trigamma)
    }

    @Test func specialValues() {
        let infinity = Double.infinity
        #expect([-1, 1].map(SpecialFunctions.inverseErf) == [-infinity, infinity])
        #expect([1.1, -2, .nan, infinity].map(SpecialFunctions.inverseErf).allSatisfy { $0.isNaN })
        #expect([0, -3, infinity, -infinity].map(SpecialFunctions.logGamma).allSatisfy { $0 == infinity })
        #expect([0, -0.0, infinity].map(SpecialFunctions.digamma) == [-infinity, infinity, infinity])
        #expect([-1, -2, -infinity, .nan].map(SpecialFunctions.digamma).allSatisfy { $0.isNaN })
        #expect([0, -0.0, -1, infinity].map(SpecialFunctions.trigamma) == [infinity, infinity, infinity, 0])
    }
}
