/// The lower envelope of parabolas over a line: one dimension of a distance transform.
///
/// Felzenszwalb and Huttenlocher, "Distance transforms of sampled functions", Theory of Computing 8, 2012, section 2.
/// It may be used for one line after another.
struct LowerEnvelope {
    /// The positions of the vertices of the parabolas in the envelope, in mm, from left to right.
    private var positions: [Double]
    /// Their values there, in mm^2.
    private var heights: [Double]
    /// Where each becomes the lowest; it stays so until the next begins.
    private var starts: [Double]

    /// Makes room for lines of up to `longest` voxels.
    init(longest: Int) {
        positions = [Double](repeating: 0, count: longest)
        heights = positions
        starts = positions
    }

    /// Repositions each value f(p) of a line by the least f(q) + (p - q)^2 over all q, the positions being `spacing` mm
    /// apart.
    ///
    /// The line is every `stride`-th value from `start` on, `count` of them; infinite ones have no parabola, and where
    /// all are infinite they stay so.
    mutating func transform(
        _ values: UnsafeMutableBufferPointer<Double>, start: Int, stride: Int, count: Int, spacing: Double
    ) {
        var last = -1
        for index in 0..<count {
            let height = values[start + index * stride]
            guard height < .infinity else { continue }
            let position = Double(index) * spacing
            var begin = -Double.infinity
            while last >= 0 {
                // Where the new parabola crosses the last one; from there on it is the lower of the two.
                let (oldPosition, oldHeight) = (positions[last], heights[last])
                begin =
                    (height + position * position - oldHeight - oldPosition * oldPosition)
                    / (2 * (position - oldPosition))
                if begin > starts[last] { break }
                // The last one is nowhere the lowest.
                last -= 1
                begin = -.infinity
            }
            last += 1
            (positions[last], heights[last], starts[last]) = (position, height, begin)
        }
        guard last >= 0 else { return }
        var lowest = 0
        for index in 0..<count {
            let position = Double(index) * spacing
            while lowest < last, starts[lowest + 1] < position { lowest += 1 }
            let offset = position - positions[lowest]
            values[start + index * stride] = offset * offset + heights[lowest]
        }
    }
}
