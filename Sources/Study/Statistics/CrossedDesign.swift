import Support

/// Which volumes are tested in which splits, and what follows from that alone.
struct CrossedDesign {
    /// Weights of the sums of squares within splits, within volumes, and of all values, each about the mean there.
    typealias Form = SIMD3<Double>

    /// The split and the volume of each value, as indices into `counts`.
    let cells: [(split: Int, volume: Int)]
    /// How many values each split has, and then each volume.
    let counts: [Double]
    /// The number of splits.
    let splitCount: Int

    /// Numbers splits and volumes in the order in which they occur.
    ///
    /// Throws where a volume occurs twice in a split, or there are more than 4,000 splits and volumes together, as the
    /// memory grows with the square of that.
    init(splits: [some Hashable], volumes: [some Hashable]) throws(StatisticsError) {
        let (rows, columns) = (Self.numbers(of: splits), Self.numbers(of: volumes))
        splitCount = rows.count
        let levels = rows.count + columns.count
        guard levels <= 4000 else {
            throw .parameter("volumes", value: "\(levels) with the splits", expected: "at most 4000 of both together")
        }
        var (counts, firsts) = ([Double](repeating: 0, count: levels), [Int: Int]())
        var cells: [(split: Int, volume: Int)] = []
        for index in splits.indices {
            let cell = (split: rows[splits[index]] ?? 0, volume: rows.count + (columns[volumes[index]] ?? 0))
            if let first = firsts.updateValue(index, forKey: cell.split * levels + cell.volume) {
                throw .parameter(
                    "volumes", value: "the same at index \(first + 1) and \(index + 1), in one split",
                    expected: "one value of a volume in a split")
            }
            cells.append(cell)
            counts[cell.split] += 1
            counts[cell.volume] += 1
        }
        (self.cells, self.counts) = (cells, counts)
    }

    private static func numbers<Name: Hashable>(of names: [Name]) -> [Name: Int] {
        var numbers: [Name: Int] = [:]
        for name in names where numbers[name] == nil { numbers[name] = numbers.count }
        return numbers
    }

    /// The number of values.
    var count: Double { Double(cells.count) }

    /// The number of volumes.
    var volumeCount: Int { counts.count - splitCount }

    /// What the variance of the mean of all values is of the variances of splits, of volumes and of the rest.
    var shares: SIMD3<Double> {
        func squares(_ counts: ArraySlice<Double>) -> Double { counts.reduce(0) { $0 + $1 * $1 } / (count * count) }
        return [squares(counts[..<splitCount]), squares(counts[splitCount...]), 1 / count]
    }

    /// The sums of squares of `values`, in the order of `Form`.
    func sumsOfSquares(_ values: [Double]) -> Form {
        var sums = [Double](repeating: 0, count: counts.count)
        for (value, cell) in zip(values, cells) {
            sums[cell.split] += value
            sums[cell.volume] += value
        }
        let mean = sums[..<splitCount].reduce(0, +) / count
        var result = Form.zero
        for (value, cell) in zip(values, cells) {
            let distances: Form = [
                value - sums[cell.split] / counts[cell.split], value - sums[cell.volume] / counts[cell.volume],
                value - mean,
            ]
            result += distances * distances
        }
        return result
    }

    /// For a quadratic form y'Qy, tr(QQ): half its variance where only the rest varies, with variance 1.
    func squareTrace(of form: Form) -> Double { squareTrace(of: form, reduced(form)) }

    /// For a quadratic form y'Qy, the numbers C of its variance, 2 times the sum of C_kl v_k v_l over the variances v
    /// of splits, volumes and the rest, if these are normal: C_kl = tr(Q Z_k Q Z_l), where Z_k is the covariance that
    /// variance k makes. Throws where the user asked to stop.
    func traces(of form: Form) throws(StatisticsError) -> [SIMD3<Double>] {
        let (size, h) = (counts.count, reduced(form))
        // W'QW = G H, with G = W'W.
        var g = [Double](repeating: 0, count: size * size)
        func add(_ row: Int, _ factor: Double, to target: Int) {
            for column in 0..<size { g[target * size + column] += factor * h[row * size + column] }
        }
        for i in 0..<size { add(i, counts[i], to: i) }
        for (i, j) in cells {
            if Interrupt.isRequested { throw .interrupted }
            add(j, 1, to: i)
            add(i, 1, to: j)
        }
        var result = [SIMD3<Double>](repeating: .zero, count: 3)
        for i in 0..<size {
            for j in 0..<size {
                let (row, column) = (i < splitCount ? 0 : 1, j < splitCount ? 0 : 1)
                result[row][column] += g[i * size + j] * g[i * size + j]
                result[2][column] += h[i * size + j] * g[i * size + j]
            }
        }
        result[2].z = squareTrace(of: form, h)
        (result[0].z, result[1].z) = (result[2].x, result[2].y)
        return result
    }

    /// A form's matrix is Q = q - W K W', where W has a column for each split and volume, 1 where a value belongs to
    /// it; this is the small matrix H = q - K W'W, of which all traces are, as QW = WH.
    private func reduced(_ form: Form) -> [Double] {
        let size = counts.count
        let factors = counts.indices.map { ($0 < splitCount ? form.x : form.y) / counts[$0] }
        var h = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            // The mean of all values is one over those of the splits.
            for j in 0..<size where i < splitCount { h[i * size + j] = -form.z / count * counts[j] }
            h[i * size + i] += form.sum() - factors[i] * counts[i]
        }
        for (i, j) in cells {
            h[i * size + j] -= factors[i]
            h[j * size + i] -= factors[j]
        }
        return h
    }

    private func squareTrace(of form: Form, _ h: [Double]) -> Double {
        let size = counts.count
        var sum = form.sum() * form.sum() * (count - Double(size))
        for i in 0..<size {
            for j in 0..<size { sum += h[i * size + j] * h[j * size + i] }
        }
        return sum
    }
}
