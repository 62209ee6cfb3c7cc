/// Sums that stay in registers: `places` rows of `width` vectors, to each of which scalar times vector is added.
///
/// All loops over them have constant bounds and become straight code.
struct Accumulators<let places: Int, let width: Int> {
    private var sums: InlineArray<places, InlineArray<width, Vector>>

    /// Starts every row at `start`.
    @inline(__always)
    init(_ start: InlineArray<width, Vector>) { sums = InlineArray(repeating: start) }

    /// The sums of a row.
    @inline(__always)
    subscript(row: Int) -> InlineArray<width, Vector> {
        get { sums[row] }
        set { sums[row] = newValue }
    }

    /// Adds values[i][offset] times `vectors` to each row i.
    @inline(__always)
    mutating func add(
        _ values: InlineArray<places, UnsafePointer<Float>>, _ offset: Int, times vectors: UnsafePointer<Vector>
    ) {
        for i in 0..<places {
            let value = Vector(repeating: values[i][offset])
            for j in 0..<width { sums[i][j].addProduct(value, vectors[j]) }
        }
    }

    /// Adds values[i step] times `vectors` to each row i.
    @inline(__always)
    mutating func add(_ values: UnsafePointer<Float>, step: Int = 1, times vectors: UnsafePointer<Vector>) {
        for i in 0..<places {
            let value = Vector(repeating: values[i &* step])
            for j in 0..<width { sums[i][j].addProduct(value, vectors[j]) }
        }
    }
}
