/// The innermost loops of matrix products whose rows are blocks of 16 or 32 numbers wide.
struct ProductKernel {
    /// The steps between values: from row to row of the result, and along the sum.
    let rowStep: Int
    let sumStep: Int
    /// The number of terms of each sum.
    let terms: Int
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
        if width == 2 {
            wide(rows, values, vectors, result, adding)
        } else if ChannelBlock.hasLongRegisters {
            narrow(rows, values, vectors, result, adding)
        } else {
            small(rows, values, vectors, result, adding)
        }
    }

    @inline(never)
    private func wide(
        _ rows: Int, _ values: UnsafePointer<Float>, _ vectors: UnsafePointer<Vector>,
        _ result: UnsafeMutablePointer<Vector>, _ adding: Bool
    ) {
        let row = tiles(Accumulators<8, 2>([.zero, .zero]), 0, rows, values, vectors, result, adding)
        rest([.zero, .zero], row, rows, values, vectors, result, adding)
    }

    @inline(never)
    private func narrow(
        _ rows: Int, _ values: UnsafePointer<Float>, _ vectors: UnsafePointer<Vector>,
        _ result: UnsafeMutablePointer<Vector>, _ adding: Bool
    ) {
        let row = tiles(Accumulators<8, 1>([.zero]), 0, rows, values, vectors, result, adding)
        rest([.zero], row, rows, values, vectors, result, adding)
    }

    /// Six rows fill twelve short registers of 16.
    @inline(never)
    private func small(
        _ rows: Int, _ values: UnsafePointer<Float>, _ vectors: UnsafePointer<Vector>,
        _ result: UnsafeMutablePointer<Vector>, _ adding: Bool
    ) {
        let row = tiles(Accumulators<6, 1>([.zero]), 0, rows, values, vectors, result, adding)
        rest([.zero], row, rows, values, vectors, result, adding)
    }

    /// Computes the rows that are left, fewer than eight, together: one by one they would wait for each other's sums.
    @inline(__always)
    private func rest<let vectorsInRow: Int>(
        _ zero: InlineArray<vectorsInRow, Vector>, _ first: Int, _ rows: Int, _ values: UnsafePointer<Float>,
        _ vectors: UnsafePointer<Vector>, _ result: UnsafeMutablePointer<Vector>, _ adding: Bool
    ) {
        @inline(__always)
        func run<let places: Int>(_ zero: Accumulators<places, vectorsInRow>) {
            _ = tiles(zero, first, rows, values, vectors, result, adding)
        }
        switch rows &- first {
        case 7: run(Accumulators<7, vectorsInRow>(zero))
        case 6: run(Accumulators<6, vectorsInRow>(zero))
        case 5: run(Accumulators<5, vectorsInRow>(zero))
        case 4: run(Accumulators<4, vectorsInRow>(zero))
        case 3: run(Accumulators<3, vectorsInRow>(zero))
        case 2: run(Accumulators<2, vectorsInRow>(zero))
        default: run(Accumulators<1, vectorsInRow>(zero))
        }
    }

    /// Computes as many whole tiles of rows as there are from `first` on; returns the first row that is left.
    @inline(__always)
    private func tiles<let places: Int, let vectorsInRow: Int>(
        _ zero: Accumulators<places, vectorsInRow>, _ first: Int, _ rows: Int, _ values: UnsafePointer<Float>,
        _ vectors: UnsafePointer<Vector>, _ result: UnsafeMutablePointer<Vector>, _ adding: Bool
    ) -> Int {
        var row = first
        while row &+ places <= rows {
            var starts = InlineArray<places, UnsafePointer<Float>>(repeating: values)
            for i in 0..<places { starts[i] = values + (row &+ i) &* rowStep }
            var sums = zero
            var (place, vector) = (0, vectors)
            for _ in 0..<terms {
                sums.add(starts, place, times: vector)
                place &+= sumStep
                vector += vectorStep
            }
            let target = result + row &* vectorsInRow
            for i in 0..<places {
                for j in 0..<vectorsInRow {
                    let sum = sums[i][j]
                    target[i &* vectorsInRow &+ j] = adding ? target[i &* vectorsInRow &+ j] + sum : sum
                }
            }
            row &+= places
        }
        return row
    }
}
