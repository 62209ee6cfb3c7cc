/// Holm's correction of p values for their number: with it, the probability of calling any difference established that
/// does not exist is at most the level of one test, however the tests depend on each other.
///
/// The step-down procedure of Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
/// Statistics 6, 1979: of m values in ascending order the i-th is multiplied by m - i + 1, none falls below the one
/// before it, and none exceeds 1. The same as statsmodels' `multipletests(p, method="holm")` and R's `p.adjust`.
public struct HolmCorrection: Equatable, Sendable {
    /// The corrected p values, in the order of those given; equal ones stay equal.
    public let pValues: [Double]

    /// Corrects `pValues`, which may be none. Throws where one is not a number from 0 to 1.
    public init(_ pValues: [Double]) throws(StatisticsError) {
        if let index = pValues.firstIndex(where: { !(0...1).contains($0) }) {
            throw .parameter("p", value: "\(pValues[index]) at index \(index + 1)", expected: "a number from 0 to 1")
        }
        var corrected = pValues
        var largest = 0.0
        let ascending = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        for (rank, index) in ascending.enumerated() {
            largest = max(largest, min(1, pValues[index] * Double(pValues.count - rank)))
            corrected[index] = largest
        }
        self.pValues = corrected
    }
}
