import Study
import Testing

@Suite struct WilcoxonTestTests {
    @Test(arguments: WilcoxonReference.all)
    func agreesWithSciPy(_ reference: WilcoxonReference) throws {
        let nothing = [Double](repeating: 0, count: reference.differences.count)
        let test = try WilcoxonTest(reference.differences, nothing)
        let uncorrected = try WilcoxonTest(reference.differences, nothing, continuityCorrection: false)
        #expect(test.statistic == reference.statistic && uncorrected.statistic == reference.statistic)
        #expect(abs(test.pValue - reference.correctedPValue) <= 1e-9 * reference.correctedPValue)
        #expect(abs(uncorrected.pValue - reference.pValue) <= 1e-9 * reference.pValue)
        #expect(test.isExact == (test == uncorrected))
    }

    @Test func theReferenceHasBothMethods() throws {
        let exact = try WilcoxonReference.all.filter {
            try WilcoxonTest($0.differences, $0.differences.map { _ in 0 }).isExact
        }
        #expect(WilcoxonReference.all.count == 60 && exact.count > 20 && exact.count < 40)
        #expect(exact.contains { $0.differences.count > 40 })
    }

    @Test func byHand() throws {
        // Ranks 1 (down), 2, 3: of the eight sign patterns one has a sum of negative ranks of 0, one of 1.
        let test = try WilcoxonTest([0.6, 0.9, 0.8], [0.7, 0.5, 0.6])
        #expect(test.statistic == 1 && test.pValue == 0.5 && test.isExact)
        // The published example of ten pairs all in one direction: 2 / 2^10.
        let rise = (1...10).map(Double.init)
        #expect(try WilcoxonTest(rise, rise.map { _ in 0 }).pValue == 2 / 1024)
    }

    @Test(arguments: [1, 13, 14, 80])
    func noDifferenceAtAll(count: Int) throws {
        let same = [Double](repeating: 0.7, count: count)
        let test = try WilcoxonTest(same, same)
        #expect(test.pValue == 1 && test.statistic == 0)
    }

    @Test(arguments: WilcoxonReference.all.suffix(9))
    func directionDoesNotMatter(_ reference: WilcoxonReference) throws {
        let nothing = [Double](repeating: 0, count: reference.differences.count)
        let (there, back) = (
            try WilcoxonTest(reference.differences, nothing), try WilcoxonTest(nothing, reference.differences)
        )
        #expect(there.statistic == back.statistic && abs(there.pValue - back.pValue) < 1e-12)
    }

    @Test(
        arguments: [
            ([], [], "'a' is empty: expected at least one number"),
            ([1], [1, 2], "'b' is 2 numbers: expected 1, as of 'a'"),
            ([1, .nan], [1, 2], "'a' is nan in pair 2: expected a finite number"),
            ([1, 2], [.infinity, 2], "'b' is inf in pair 1: expected a finite number"),
        ] as [([Double], [Double], String)])
    func impossibleInput(a: [Double], b: [Double], message: String) {
        do {
            _ = try WilcoxonTest(a, b)
            Issue.record("nothing thrown")
        } catch {
            #expect("\(error)" == message)
        }
    }
}
