import Support
import Tensors

/// The kernels of some layers as a diagnosis reads them: divided by their layer's scale, block by block, each with the
/// fold in which it is held out and the independent unit that it belongs to.
struct KernelRows {
    private struct Layer {
        let kernels: Tensor
        let inverseScale: Double
        let folds: [Int]
        let units: [Int]
    }

    private let layers: [Layer]
    private let blocks: [(layer: Int, rows: Range<Int>)]
    /// The number of weights of a kernel.
    let size: Int
    /// The number of kernels.
    let count: Int
    /// The number of folds: the runs, or 10 parts of one run.
    let folds: Int
    /// The number of independent units in each fold.
    let unitsInFold: [Int]

    /// The number of independent units: all snapshots of one place of one run are one.
    var units: Int { unitsInFold.reduce(0, +) }

    private static let rowsInBlock = 8192

    /// Prepares the layers at `paths` of `bank`; each of `runs` is a fold where there are several.
    init(_ bank: KernelBank, _ paths: [String], runs: [Int]) throws(TensorError) {
        let foldOfRun = Dictionary(uniqueKeysWithValues: runs.enumerated().map { (Int32(clamping: $1), $0) })
        let number = runs.count > 1 ? runs.count : 10
        var layers: [Layer] = []
        var blocks: [(layer: Int, rows: Range<Int>)] = []
        var unitsInFold = [Int](repeating: 0, count: number)
        var units = 0
        for (path, scale) in try bank.scales(of: paths) {
            let layer = try bank.layer(path)
            let (own, ownCount) = layer.units
            let folds = layer.origins.map { origin in
                runs.count > 1 ? foldOfRun[origin.run] ?? 0 : Int(origin.place) % number
            }
            var seen = [Bool](repeating: false, count: ownCount)
            for (unit, fold) in zip(own, folds) where !seen[unit] {
                seen[unit] = true
                unitsInFold[fold] += 1
            }
            let first = units
            for start in stride(from: 0, to: folds.count, by: Self.rowsInBlock) {
                blocks.append((layers.count, start..<min(start + Self.rowsInBlock, folds.count)))
            }
            layers.append(
                Layer(
                    kernels: try layer.kernels.detached().contiguous(), inverseScale: 1 / Double(scale), folds: folds,
                    units: own.map { $0 + first }))
            units += ownCount
        }
        self.layers = layers
        self.blocks = blocks
        self.unitsInFold = unitsInFold
        folds = number
        size = bank.kernelShape.reduce(1, *)
        count = layers.reduce(0) { $0 + $1.folds.count }
    }

    /// The moments of each fold. The sums do not depend on the number of threads.
    func moments() throws(TensorError) -> [KernelMoments] {
        try Shape.requireMemory(blocks.count + 1, folds, size, size, MemoryLayout<Double>.stride)
        let none = [KernelMoments](repeating: KernelMoments(size: size), count: folds)
        let parts = ThreadPool.shared.map(blocks.count) { block in
            var part = none
            forEachRow(in: block) { kernel, fold, _ in part[fold].add(kernel) }
            return part
        }
        guard parts.count == blocks.count else { throw .interrupted }
        var result = none
        for part in parts { for fold in 0..<folds { result[fold].add(part[fold]) } }
        return result
    }

    /// The mean log density of all kernels under independent normals and the mean gain of the correlations, in nats a
    /// kernel, both under the fit that belongs to a kernel's fold; and the standard error of the gain.
    ///
    /// The error takes units to be independent, and allows any correlation between the kernels of one unit.
    func heldOut(
        _ fits: [CorrelationGain]
    ) throws(TensorError) -> (independent: Double, gain: Double, error: Double) {
        let parts = ThreadPool.shared.map(blocks.count) { block in
            var independent = 0.0
            var gains: [(unit: Int, gain: Double)] = []
            gains.reserveCapacity(Self.rowsInBlock)
            forEachRow(in: block) { kernel, fold, unit in
                let density = fits[fold](kernel)
                independent += density.independent
                gains.append((unit, density.gain))
            }
            return (independent: independent, gains: gains)
        }
        guard parts.count == blocks.count else { throw .interrupted }
        let number = Double(count)
        let independent = parts.reduce(0) { $0 + $1.independent } / number
        let gain = parts.reduce(0) { $1.gains.reduce($0) { $0 + $1.gain } } / number
        var deviations = [Double](repeating: 0, count: units)
        for part in parts { for row in part.gains { deviations[row.unit] += row.gain - gain } }
        let squares = deviations.reduce(0) { $0 + $1 * $1 }
        let correction = Double(units) / Double(max(units - 1, 1))
        return (independent, gain, (correction * squares).squareRoot() / number)
    }

    private func forEachRow(
        in block: Int, _ body: (_ kernel: UnsafeMutablePointer<Double>, _ fold: Int, _ unit: Int) -> Void
    ) {
        let (index, rows) = blocks[block]
        let layer = layers[index]
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(size, 1)) { scratch in
            guard let kernel = scratch.baseAddress else { return }
            for row in rows {
                let weights = layer.kernels.pointer + row * size
                for i in 0..<size { kernel[i] = Double(weights[i]) * layer.inverseScale }
                body(kernel, layer.folds[row], layer.units[row])
            }
        }
    }
}
