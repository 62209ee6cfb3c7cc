/// The numbers that a parameter takes, as it declares them: calls are checked against the range, and help shows it.
///
/// NaN lies in no range but `any`, infinity in none but `any` and `limit`. A list is checked value by value; only `any`
/// takes an empty one.
public struct NumberRange: Sendable, Hashable {
    /// The bounds; infinite where there is none.
    public let lower: Double, upper: Double
    /// Whether the bounds themselves are left out.
    private let isOpenBelow: Bool, isOpenAbove: Bool
    /// Whether NaN and infinity are taken, and lists may be empty.
    private let takesAll: Bool
    /// Whether positive infinity is taken.
    private let takesInfinity: Bool

    /// The largest number that tensors hold.
    private static let largest = Double(Float.greatestFiniteMagnitude)

    private init(
        _ lower: Double = -.infinity, _ upper: Double = .infinity, openBelow: Bool = false, openAbove: Bool = false,
        takesAll: Bool = false, takesInfinity: Bool = false
    ) {
        (self.lower, self.upper, self.takesAll, self.takesInfinity) = (lower, upper, takesAll, takesInfinity)
        (isOpenBelow, isOpenAbove) = (openBelow, openAbove)
    }

    /// Every number, NaN and infinity too; a list may be empty.
    public static let any = NumberRange(takesAll: true)
    /// Every number that single precision holds; of integers, all.
    public static let finite = NumberRange()
    /// Numbers above 0.
    public static let positive = above(0)
    /// Limits: numbers above 0, and infinity for none.
    public static let limit = NumberRange(0, openBelow: true, takesInfinity: true)
    /// Numbers of 0 or more.
    public static let notNegative = NumberRange(0)
    /// How many of something there are, 1 at least; no more than 2^31 - 1, so that products of two do not overflow.
    public static let count = NumberRange(1, Double(Int32.max))
    /// How many of something there are, perhaps none; no more than 2^31 - 1.
    public static let countOrNone = NumberRange(0, Double(Int32.max))
    /// Probabilities and shares: 0 to 1.
    public static let share = NumberRange(0, 1)
    /// Shares that leave something: 0 to less than 1.
    public static let shareBelowOne = NumberRange(0, 1, openAbove: true)
    /// Shares that leave something on both sides: above 0 and less than 1.
    public static let part = NumberRange(0, 1, openBelow: true, openAbove: true)
    /// Logarithms of variances that a single-precision number holds.
    public static let logVariance = between(-80, 80)

    /// Numbers above 0, `upper` at most.
    public static func positive(upTo upper: Double) -> NumberRange { above(0, upTo: upper) }

    /// Numbers above `lower`, `upper` at most; without a limit by default.
    public static func above(_ lower: Double, upTo upper: Double = .infinity) -> NumberRange {
        NumberRange(lower, upper, openBelow: true)
    }

    /// Numbers from `lower` to `upper`, both included.
    public static func between(_ lower: Double, _ upper: Double) -> NumberRange { NumberRange(lower, upper) }

    /// Whether `number` is one of them.
    public func contains(_ number: Double) -> Bool {
        if takesAll { return true }
        if takesInfinity, number == .infinity { return true }
        return abs(number) <= Self.largest && (isOpenBelow ? number > lower : number >= lower)
            && (isOpenAbove ? number < upper : number <= upper)
    }

    /// Whether a list of no numbers is taken.
    public var takesEmptyLists: Bool { takesAll }

    /// The range in words, as in "0 or more" or "from 0 to 1"; empty for `any`.
    public var text: String {
        let (low, high) = (Self.text(lower), Self.text(upper))
        return switch (lower.isFinite, upper.isFinite && upper != Double(Int32.max)) {
        case (false, false): takesAll ? "" : "finite"
        case (true, false): isOpenBelow ? "above \(low)" : "\(low) or more"
        case (false, true): isOpenAbove ? "less than \(high)" : "at most \(high)"
        case (true, true):
            isOpenBelow || isOpenAbove
                ? "\(isOpenBelow ? "above" : "at least") \(low) and \(isOpenAbove ? "less than" : "at most") \(high)"
                : "from \(low) to \(high)"
        }
    }

    /// A number as people write it, a whole one without a point.
    public static func text(_ number: Double) -> String {
        if number.isNaN { return "nan" }
        return number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }

    /// What was expected where `number` lies outside, as in "0 or more" or "a finite number".
    public func expectation(for number: Double) -> String {
        if !number.isFinite { return "a finite number" }
        if abs(number) > Self.largest { return "a number that single precision holds" }
        return number > upper && upper == Double(Int32.max) ? "at most \(Int32.max)" : text
    }
}
