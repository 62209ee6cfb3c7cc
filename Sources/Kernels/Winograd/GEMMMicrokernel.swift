/// The innermost loops of matrix products whose results have rows of 16 or 32 numbers.
struct GEMMMicrokernel {
    /// The floats between values: from one row of the result to the next, and along the sum.
    let rowStep: Int
    let sumStep: Int
    /// The number of terms of each sum.
    let terms: Int
    /// The terms of a partial sum, which is made from 0 and then added to the sums before it: short sums lose fewer
    /// digits.
    let termsAtATime: Int
    /// The vectors in a row of the result: 1 or 2.
    let width: Int
    /// The vectors from one term's to the next.
    let vectorStep: Int

    /// Sets (or adds to) each result[r][j] the sum over k of values[r rowStep + k sumStep] vectors[k vectorStep + j].
    @inline(__always)
    func run(
        rows: Int, values: UnsafePointer<Float>, vectors: UnsafePointer<Vector>, result: UnsafeMutablePointer<Vector>,
        adding: Bool
    ) {
        let operands = Operands(rows: rows, values: values, vectors: vectors, result: result, adding: adding)
        if width == 2 {
            all(Shape<8, 2, 1>(), Shape<8, 2, 0>(), operands)
        } else if ChannelBlock.hasLongRegisters {
            all(Shape<8, 1, 1>(), Shape<12, 1, 0>(), operands)
        } else {
            // Six rows fill 12 of 16 short registers.
            all(Shape<6, 1, 1>(), Shape<6, 1, 0>(), operands)
        }
    }

    private struct Operands {
        let rows: Int
        let values: UnsafePointer<Float>
        let vectors: UnsafePointer<Vector>
        let result: UnsafeMutablePointer<Vector>
        let adding: Bool
    }

    /// Computes all rows: `near` rows together where their values lie side by side, and `far` rows together where their
    /// values are one of the usual numbers of channels apart.
    private func all<let near: Int, let far: Int, let vectorsInRow: Int>(
        _: Shape<near, vectorsInRow, 1>, _: Shape<far, vectorsInRow, 0>, _ operands: Operands
    ) {
        let row =
            switch rowStep {
            case 1: tiles(Shape<near, vectorsInRow, 1>(), operands)
            case 16: tiles(Shape<far, vectorsInRow, 16>(), operands)
            case 32: tiles(Shape<far, vectorsInRow, 32>(), operands)
            case 64: tiles(Shape<far, vectorsInRow, 64>(), operands)
            case 128: tiles(Shape<far, vectorsInRow, 128>(), operands)
            default: 0
            }
        if row < operands.rows { rest(Shape<near, vectorsInRow, 0>(), operands, from: row) }
    }

    /// The constants for which a loop is compiled: the rows that are computed together, the vectors of each, and the
    /// step from one row's value to the next (0 if it is not constant). With a constant step a value is read by the
    /// instruction that multiplies it; otherwise its address takes one or two instructions more.
    private struct Shape<let rows: Int, let vectorsInRow: Int, let step: Int> {}

    /// Computes the remaining rows, as many together as possible: a single row would wait for each product to be added
    /// before the next.
    @inline(never)
    private func rest<let most: Int, let vectorsInRow: Int>(
        _ shape: Shape<most, vectorsInRow, 0>, _ operands: Operands, from first: Int
    ) {
        let row = tiles(shape, operands, from: first)
        switch operands.rows &- row {
        case 7: _ = tiles(Shape<7, vectorsInRow, 0>(), operands, from: row)
        case 6: _ = tiles(Shape<6, vectorsInRow, 0>(), operands, from: row)
        case 5: _ = tiles(Shape<5, vectorsInRow, 0>(), operands, from: row)
        case 4: _ = tiles(Shape<4, vectorsInRow, 0>(), operands, from: row)
        case 3: _ = tiles(Shape<3, vectorsInRow, 0>(), operands, from: row)
        case 2: _ = tiles(Shape<2, vectorsInRow, 0>(), operands, from: row)
        case 1: _ = tiles(Shape<1, vectorsInRow, 0>(), operands, from: row)
        default: break
        }
    }

    /// Computes whole tiles of rows from `first` on; returns the first row that remains.
    @inline(never)
    private func tiles<let rows: Int, let vectorsInRow: Int, let step: Int>(
        _: Shape<rows, vectorsInRow, step>, _ operands: Operands, from first: Int = 0
    ) -> Int {
        let rowStep = step == 0 ? rowStep : step
        var row = first
        while row &+ rows <= operands.rows {
            let target = operands.result + row &* vectorsInRow
            var (value, vector) = (operands.values + row &* rowStep, operands.vectors)
            var (term, adding) = (0, operands.adding)
            repeat {
                var sums = Accumulators<rows, vectorsInRow>(InlineArray(repeating: .zero))
                let next = min(term &+ termsAtATime, terms)
                while term < next {
                    sums.add(value, step: rowStep, times: vector)
                    value += sumStep
                    vector += vectorStep
                    term &+= 1
                }
                for i in 0..<rows {
                    for j in 0..<vectorsInRow {
                        let sum = sums[i][j]
                        target[i &* vectorsInRow &+ j] = adding ? target[i &* vectorsInRow &+ j] + sum : sum
                    }
                }
                adding = true
            } while term < terms
            row &+= rows
        }
        return row
    }
}
