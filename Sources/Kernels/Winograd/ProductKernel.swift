/// The innermost loops of matrix products whose rows are blocks of 16 or 32 numbers wide.
struct ProductKernel {
    /// The steps between values: from row to row of the result, and along the sum.
    let rowStep: Int
    let sumStep: Int
    /// The number of terms of each sum.
    let terms: Int
    /// The terms that are added up by themselves, before they are added to those before them: short sums lose fewer digits.
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
            // Six rows fill twelve short registers of 16.
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

    /// Computes all rows, as many together as `near` says where they lie side by side, and as `far` says where they are the
    /// usual numbers of channels apart.
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

    /// What stands in the code of a loop: the rows that are computed together, the vectors of each, and the step from value to
    /// value, if it is not 0. A value is then read by the instruction that multiplies it, where an address that has to be
    /// reckoned takes one or two more.
    private struct Shape<let places: Int, let vectorsInRow: Int, let step: Int> {}

    /// Computes the rows that are left: as many together as fit the registers, since one by one they would wait for each
    /// other's sums.
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

    /// Computes as many whole tiles of rows as there are from `first` on; returns the first row that is left.
    @inline(never)
    private func tiles<let places: Int, let vectorsInRow: Int, let step: Int>(
        _: Shape<places, vectorsInRow, step>, _ operands: Operands, from first: Int = 0
    ) -> Int {
        let rowStep = step == 0 ? rowStep : step
        var row = first
        while row &+ places <= operands.rows {
            let target = operands.result + row &* vectorsInRow
            var (value, vector) = (operands.values + row &* rowStep, operands.vectors)
            var (term, adding) = (0, operands.adding)
            repeat {
                var sums = Accumulators<places, vectorsInRow>(InlineArray(repeating: .zero))
                let next = min(term &+ termsAtATime, terms)
                while term < next {
                    sums.add(value, step: rowStep, times: vector)
                    value += sumStep
                    vector += vectorStep
                    term &+= 1
                }
                for i in 0..<places {
                    for j in 0..<vectorsInRow {
                        let sum = sums[i][j]
                        target[i &* vectorsInRow &+ j] = adding ? target[i &* vectorsInRow &+ j] + sum : sum
                    }
                }
                adding = true
            } while term < terms
            row &+= places
        }
        return row
    }
}
