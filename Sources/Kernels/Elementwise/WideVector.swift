import CSystem

extension Vector {
    /// The first and the last eight lanes, as Doubles.
    @inline(__always)
    var wide: (low: SIMD8<Double>, high: SIMD8<Double>) { (lunette_widened(lowHalf), lunette_widened(highHalf)) }

    /// The sum of the lanes, in Double.
    @inline(__always)
    var wideSum: Double { (wide.low + wide.high).sum() }
}
