/// The ranks of the absolute values of differences, with the sums that Wilcoxon's test needs. Differences of 0 are left
/// out (Wilcoxon's own way with them); equal ones share the mean of their ranks.
struct SignedRanks {
    /// Twice the ranks, which are then integers.
    private(set) var doubled: [Int] = []
    /// The sum of the ranks of positive differences.
    private(set) var positive = 0.0
    /// The sum of the ranks of negative differences.
    private(set) var negative = 0.0
    /// The sum of t^3 - t over groups of t equal absolute values; 0 where all differ.
    private(set) var ties = 0.0

    /// Ranks `differences`.
    init(_ differences: [Double]) {
        let ascending = differences.filter { $0 != 0 }.sorted { abs($0) < abs($1) }
        var start = 0
        while start < ascending.count {
            var end = start + 1
            while end < ascending.count, abs(ascending[end]) == abs(ascending[start]) { end += 1 }
            // The mean of the ranks start + 1 to end, doubled.
            let rank = start + 1 + end
            for difference in ascending[start..<end] {
                doubled.append(rank)
                if difference > 0 { positive += Double(rank) / 2 } else { negative += Double(rank) / 2 }
            }
            let size = Double(end - start)
            ties += size * size * size - size
            start = end
        }
    }

    /// The probabilities that the sum of the positive ranks is at most, and at least, the one observed, if each
    /// difference were positive or negative with probability 1/2.
    var tails: (atMost: Double, atLeast: Double) {
        // Element s is the probability that twice the sum is s, with the ranks so far.
        var probabilities = [1.0] + [Double](repeating: 0, count: doubled.reduce(0, +))
        var largest = 0
        for rank in doubled {
            largest += rank
            for sum in (0...largest).reversed() {
                probabilities[sum] = (probabilities[sum] + (sum >= rank ? probabilities[sum - rank] : 0)) / 2
            }
        }
        let observed = Int(2 * positive)
        return (probabilities[...observed].reduce(0, +), probabilities[observed...].reduce(0, +))
    }
}
