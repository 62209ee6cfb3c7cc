import Foundation
import Support
import Tensors

/// The source posterior of the snapshots of one training run.
extension SourcePosterior {
    /// How far weights may move from the source's.
    public enum Form: Sendable {
        /// All by the same deviation, in units of the layers' scales; nil for the root of the mean variance that
        /// weights have over the snapshots.
        case isotropic(deviation: Float?)
        /// By the variance that each weight has over the snapshots, but no less than the share `least` of its mean.
        case diagonal(least: Float)
        /// Half of that, and half together, as the last snapshots differ from the mean of all, no more of them than
        /// `rank`: the Gaussian of SWAG (Maddox et al., "A simple baseline for Bayesian uncertainty", NeurIPS 2019,
        /// section 3.3; there the mean is that of the snapshots so far).
        case lowRank(Int, least: Float)

        /// The name that scripts know.
        public enum Name: String, CaseIterable, Sendable {
            /// As `Form.isotropic`.
            case isotropic
            /// As `Form.diagonal`.
            case diagonal
            /// As `Form.lowRank`.
            case lowRank = "low_rank"
        }

        /// The name.
        public var name: Name {
            switch self {
            case .isotropic: .isotropic
            case .diagonal: .diagonal
            case .lowRank: .lowRank
            }
        }
    }

    /// The Gaussian around the mean of the snapshots of a run.
    ///
    /// - Parameters:
    ///   - bank: The kernels, of all places of each layer: a bank collected with the threshold 0.
    ///   - paths: The layers of the group, in its order.
    ///   - scale: What the covariance is multiplied by.
    ///   - run: Which run of the bank; nil where it has one only.
    ///   - scales: The bank by whose layers' scales the kernels are divided; nil for the weights themselves.
    public init(
        _ bank: KernelBank, layers paths: [String], form: Form, scale: Float = 1, run: Int? = nil,
        scalesOf scales: KernelBank? = nil
    ) throws(TensorError) {
        let name = "source_posterior"
        try require(!paths.isEmpty, name, "layers", "empty", expected: "the path of at least one layer")
        try require(
            scale > 0 && scale.isFinite, name, "scale", scale, expected: "a finite number above 0")
        let runs = bank.runs
        guard let chosen = run ?? (runs.count == 1 ? runs[0] : nil) else {
            throw .argument(
                operation: name, parameter: "run", value: "nil",
                expected: "one of \(runs.map(String.init).joined(separator: ", ")): the weights of different runs have "
                    + "no mean that means anything")
        }
        let part = try bank.select(runs: [chosen])
        let count = Set(part.layers.flatMap { $0.origins.map(\.snapshot) }).count
        // Rows, their mean and squares in Double, and what is made of them.
        try Shape.requireMemory(part.count, bank.kernelShape.reduce(1, *), 4 * MemoryLayout<Double>.stride)
        var (layers, rows): ([LayerPlaces], [[Float]]) = ([], Array(repeating: [], count: count))
        for path in paths {
            let divisor = try scales?.scale(of: path) ?? 1
            let snapshots = try part.layer(path).snapshots(count, scaledBy: 1 / divisor)
            layers.append(LayerPlaces(path: path, scale: divisor, count: snapshots.places))
            for (index, values) in snapshots.values.enumerated() { rows[index] += values }
        }
        let moments = SnapshotMoments(rows)
        let shape = [layers.reduce(0) { $0 + $1.count }] + bank.kernelShape
        let variances = try moments.variances(form)
        try self.init(
            layers: layers,
            independent: Normal(
                mean: Tensor(moments.mean.map { Float($0) }, shape: shape),
                logVariance: Tensor(variances.map { Float(log($0 * Double(scale))) }, shape: shape)),
            directions: moments.directions(form, scale: Double(scale)))
    }
}

/// The weights of several snapshots, and what they have in common.
private struct SnapshotMoments {
    /// A row of all weights for each snapshot.
    private let rows: [[Float]]
    /// The mean of each weight.
    let mean: [Double]

    init(_ rows: [[Float]]) {
        var sum = [Double](repeating: 0, count: rows.first?.count ?? 0)
        for row in rows { for i in row.indices { sum[i] += Double(row[i]) } }
        (self.rows, mean) = (rows, sum.map { $0 / Double(rows.count) })
    }

    /// The variance that each weight has by itself.
    func variances(_ form: SourcePosterior.Form) throws(TensorError) -> [Double] {
        switch form {
        case .isotropic(let deviation?):
            try require(
                deviation > 0 && deviation.isFinite, "source_posterior", "sigma", deviation,
                expected: "a finite number above 0")
            return [Double](repeating: Double(deviation) * Double(deviation), count: mean.count)
        case .isotropic(nil):
            return [Double](repeating: try spread(form).mean, count: mean.count)
        case .diagonal(let least):
            let (variances, average) = try spread(form)
            return variances.map { max($0, Double(least) * average) }
        case .lowRank(_, let least):
            let (variances, average) = try spread(form)
            return variances.map { max($0, Double(least) * average) / 2 }
        }
    }

    /// The variance of each weight over the snapshots, divided by their number, and the mean over the weights.
    private func spread(_ form: SourcePosterior.Form) throws(TensorError) -> (variances: [Double], mean: Double) {
        try require(
            rows.count >= 2, "source_posterior", "snapshots", rows.count,
            expected: "2 or more for the form '\(form.name.rawValue)': one does not tell how far weights move; with a "
                + "sigma, 'isotropic' needs no more")
        var squares = [Double](repeating: 0, count: mean.count)
        for row in rows {
            for i in row.indices { squares[i] += (Double(row[i]) - mean[i]) * (Double(row[i]) - mean[i]) }
        }
        let variances = squares.map { $0 / Double(rows.count) }
        let average = variances.reduce(0, +) / Double(max(variances.count, 1))
        try require(average > 0, "source_posterior", "snapshots", "all equal", expected: "snapshots that differ")
        return (variances, average)
    }

    /// The directions in which the snapshots differ from their mean, so long that their products are `scale` / 2 times
    /// the covariance of the last snapshots; nil without any.
    func directions(_ form: SourcePosterior.Form, scale: Double) throws(TensorError) -> Tensor? {
        guard case .lowRank(let rank, _) = form else { return nil }
        try require(rank >= 2, "source_posterior", "rank", rank, expected: "2 or more")
        let last = rows.suffix(rank)
        try Shape.requireMemory(last.count, mean.count, 4 * MemoryLayout<Double>.stride)
        let factor = (scale / Double(2 * (last.count - 1))).squareRoot()
        let elements = last.flatMap { row in row.indices.map { Float(factor * (Double(row[$0]) - mean[$0])) } }
        return try Tensor(elements, shape: [last.count, mean.count])
    }
}

extension KernelBank.LayerKernels {
    /// The kernels of one run, all places of a snapshot after each other, times `factor`; an error where one is not in
    /// each of `count` snapshots.
    fileprivate func snapshots(
        _ count: Int, scaledBy factor: Float
    ) throws(TensorError) -> (values: [[Float]], places: Int) {
        let places = origins.reduce(0) { max($0, Int($1.place)) }
        let order = origins.indices.sorted {
            (origins[$0].snapshot, origins[$0].place) < (origins[$1].snapshot, origins[$1].place)
        }
        let isWhole =
            origins.count == count * places
            && order.enumerated().allSatisfy { index, row in
                Int(origins[row].place) == index % places + 1
            }
        try require(
            isWhole, "source_posterior", "kernels of \(path)", "\(origins.count)",
            expected: "each of \(places) places in each of \(count) snapshots: a bank collected with threshold = 0")
        let size = kernels.shape.dropFirst().reduce(1, *)
        let numbers = try kernels.detached().numbers()
        let values = (0..<count).map { snapshot in
            order[snapshot * places..<(snapshot + 1) * places].flatMap { row in
                numbers[row * size..<(row + 1) * size].map { $0 * factor }
            }
        }
        return (values, places)
    }
}

extension KernelBank {
    /// The kernels of the snapshots of one run, given by their state dictionaries: all places of the layers at `paths`.
    public init(snapshots: [[String: Tensor]], at paths: [String]) throws(TensorError) {
        try require(
            !snapshots.isEmpty, "source_posterior", "source", "empty", expected: "one network or more")
        var layers: [LayerKernels] = []
        for path in paths {
            var (parts, origins): ([Tensor], [KernelOrigin]) = ([], [])
            for (number, tensors) in snapshots.enumerated() {
                guard let weight = tensors[path.isEmpty ? "weight" : path + ".weight"], weight.rank > 2 else {
                    throw .argument(
                        operation: "source_posterior", parameter: "layers", value: "'\(path)'",
                        expected: "a layer with convolution kernels in each network")
                }
                let kernels = try weight.detached().reshaped([-1] + Array(weight.shape.dropFirst(2)))
                parts.append(kernels)
                origins += (0..<kernels.shape[0]).map {
                    KernelOrigin(run: 1, snapshot: Int32(clamping: number + 1), place: Int32(clamping: $0 + 1))
                }
            }
            layers.append(
                LayerKernels(path: path, kernels: try Tensor.concatenate(parts, dim: 1), origins: origins))
        }
        try self.init(kernelShape: Array(layers.first?.kernels.shape.dropFirst() ?? []), layers: layers)
    }
}
