import Foundation

/// Round numbers along an axis.
struct Ticks {
    /// The numbers, in order.
    let values: [Double]
    /// The numbers as text, all with as many digits as the step needs.
    let labels: [String]
    /// The range of the axis, which the numbers lie in.
    let range: ClosedRange<Double>

    /// Chooses about `count` steps of 1, 2 or 5 times a power of ten that span `least` to `most`; the axis ends at
    /// `limits` (default: none), which hold some of what is between.
    init(
        from least: Double, to most: Double, count: Int = 5, limits: ClosedRange<Double> = -.infinity ... .infinity
    ) {
        let (low, high) = Self.span(least, most)
        let rough = (high - low) / Double(max(count, 1))
        let power = pow(10, log10(rough).rounded(.down))
        let multiple = rough / power
        let step = power * (multiple < 1.5 ? 1 : multiple < 3.5 ? 2 : multiple < 7.5 ? 5 : 10)
        let first = (low / step + 1e-6).rounded(.down)
        let last = (high / step - 1e-6).rounded(.up)
        let within = limits.lowerBound - 1e-6 * step...limits.upperBound + 1e-6 * step
        values = stride(from: first, through: last, by: 1).prefix(100).map { $0 * step }.filter(within.contains)
        let whole = min(first * step, low)...max(last * step, high)
        let part = whole.clamped(to: limits)
        range = part.lowerBound < part.upperBound ? part : whole
        let largest = max(abs(first), abs(last)) * step
        if largest >= 1e5 || largest < 1e-3 {
            labels = values.map { $0 == 0 ? "0" : Self.text($0) }
        } else {
            let digits = max(0, Int((-log10(step) + 1e-6).rounded(.up)))
            labels = values.map { String(format: "%.\(digits)f", $0 == 0 ? 0 : $0) }
        }
    }

    /// Beyond this size, or below its inverse, steps would become infinite or 0.
    private static let extreme = 1e300

    /// The range that is divided into steps: the one given, without what is too large; one too narrow for steps is
    /// widened on both sides.
    private static func span(_ least: Double, _ most: Double) -> (low: Double, high: Double) {
        func possible(_ value: Double) -> Double { value.isNaN ? 0 : min(max(value, -extreme), extreme) }
        let (low, high) = (possible(least), possible(most))
        guard !isSteppable(low, high) else { return (low, high) }
        let margin = max(abs(low) * 1e-6, 0.5)
        return (low - margin, low + margin)
    }

    /// Whether steps from `low` to `high` are numbers that differ.
    private static func isSteppable(_ low: Double, _ high: Double) -> Bool {
        let largest = max(abs(low), abs(high))
        return largest <= extreme && high - low >= max(largest * 1e-12, 1 / extreme)
    }

    /// Where a number lies along the axis: 0 at its beginning, 1 at its end; at most 10,000 lengths beyond these.
    func share(of value: Double) -> Double {
        // The canvas cannot draw at infinity.
        min(max((value - range.lowerBound) / (range.upperBound - range.lowerBound), -1e4), 1e4)
    }

    /// Takes the distinct `numbers` themselves, with a tenth of their range on both sides; a single one is in the
    /// middle. Nil unless there are one to ten, far enough apart to be read.
    init?(at numbers: [Double]) {
        let distinct = Set(numbers).sorted()
        guard (1...10).contains(distinct.count), let least = distinct.first, let most = distinct.last else {
            return nil
        }
        let margin = distinct.count == 1 ? max(abs(least) / 10, 1) : (most - least) / 10
        let gaps = zip(distinct, distinct.dropFirst()).map { $1 - $0 }
        guard Self.isSteppable(least - margin, most + margin), gaps.allSatisfy({ $0 > 0.6 * margin }) else {
            return nil
        }
        values = distinct
        labels = distinct.map { String(format: "%.6g", $0) }
        range = (least - margin)...(most + margin)
    }

    /// Takes `names` for the numbers 1, 2, ... along the axis.
    init(names: [String]) {
        values = names.indices.map { Double($0 + 1) }
        labels = names
        range = 0.5...Double(max(names.count, 1)) + 0.5
    }

    /// A number with three significant digits, or all its whole ones up to 100,000.
    static func text(_ value: Double) -> String {
        String(format: abs(value) >= 1000 && abs(value) < 1e5 ? "%.0f" : "%.3g", value)
    }
}
