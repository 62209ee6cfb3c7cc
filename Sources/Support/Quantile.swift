extension Array where Element: BinaryFloatingPoint {
    /// The quantile of these numbers at `share` from 0 to 1 (0.5 is the median); nil where there are none, or for
    /// another share.
    ///
    /// It is interpolated linearly between the two numbers around position share * (count - 1) of their ascending
    /// order: definition 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996, which NumPy and
    /// PyTorch take.
    @inlinable
    public func quantile(_ share: Double) -> Double? {
        guard !isEmpty, share >= 0, share <= 1 else { return nil }
        let sorted = sorted()
        let position = share * Double(count - 1)
        let index = Int(position)
        let (below, above) = (Double(sorted[index]), Double(sorted[Swift.min(index + 1, count - 1)]))
        return below + (above - below) * (position - Double(index))
    }
}
