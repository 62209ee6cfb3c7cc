import Foundation
import Support
import Tensors

/// Whether there is anything to learn in kernels: those that still are their random initialisation have no structure,
/// and a prior learnt from them is worth no more than independent normals.
public struct KernelDiagnosis: Equatable, Sendable {
    /// What the kernels are.
    public enum Verdict: String, Sendable {
        case initialisationNoise = "initialisation noise", weakStructure = "weak structure", structure
    }

    /// How the verdict is found, in words.
    public static let rule = """
        Structure: on kernels held out (of another run; of another place where there is one run), correlations between \
        weights gain more than 0.05 nats a weight over independent normals, and more than 2 standard errors. Weak \
        structure: less, but more than 3 standard errors. Initialisation noise: neither; independent weights gain 0.
        """
    /// The gain in nats a weight above which structure is not weak; networks that keep most of their initialisation
    /// stay below it.
    public static let minimumGain = 0.05

    /// The number of kernels.
    public let count: Int
    /// The number of source runs.
    public let runs: Int
    /// The fourth central moment of the weights divided by the square of their variance: 1.8 for uniform numbers, 3 for
    /// normal ones, more where few weights are large.
    public let kurtosis: Double
    /// The mean log density of held-out kernels, divided by their layer's scale, under independent normals: nats a
    /// kernel.
    public let independent: Double
    /// What a Gaussian of full covariance gains over independent normals, in nats a kernel: 0 for independent weights,
    /// whatever their distribution and number.
    public let gain: Double
    /// The standard error of the gain, over the independent kernels: snapshots of one kernel count as one.
    public let gainError: Double
    /// The mean correlation of weights that are neighbours along each axis of the kernel; 0 for noise.
    public let neighbourCorrelation: [Double]
    /// The share of the mean kernel in the mean square of the weights: for noise, 1 / the number of kernels.
    public let meanShare: Double
    /// Moran's I (1950) of the mean kernel, the correlation of neighbours in it: -1 / (weights - 1) for noise on
    /// average, 1 where it is smooth.
    public let meanCorrelation: Double
    /// The cosine between the correlations (of any two weights) of one run and another, the mean over pairs of runs: 1
    /// where runs agree; for noise 0, with the standard deviation 1 / sqrt(p (p - 1) / 2 x pairs) for kernels of p
    /// weights, 0.05 for 3x3x3. Nil for one run.
    public let agreement: Double?
    /// The verdict, by `rule`.
    public let verdict: Verdict

    /// The mean log density of held-out kernels under the Gaussian of full covariance, in nats a kernel.
    public var fullCovariance: Double { independent + gain }

    /// One line: the verdict and the numbers.
    public var summary: String {
        let neighbours = neighbourCorrelation.map { String(format: "%.2f", $0) }.joined(separator: " ")
        let agreement = agreement.map { String(format: ", agreement of runs %.2f", $0) } ?? ""
        return verdict.rawValue
            + String(format: ": gain %.2f +- %.2f nats a kernel, kurtosis %.2f, ", gain, gainError, kurtosis)
            + "neighbours \(neighbours)\(agreement) (\(count) kernels, \(runs) \(runs == 1 ? "run" : "runs"))"
    }
}

extension KernelBank {
    /// Diagnoses the kernels of the layers at `paths` together, each divided by its layer's scale; all by default.
    ///
    /// With several runs, each is held out in turn, so the gain measures what runs have in common. With one run every
    /// tenth place is held out in turn, with all its snapshots. Throws an error for fewer than 20 independent kernels,
    /// and where a weight does not vary.
    public func diagnose(_ paths: [String]? = nil) throws(TensorError) -> KernelDiagnosis {
        let paths = paths ?? layers.map(\.path)
        let runs = self.runs
        let rows = try KernelRows(self, paths, runs: runs)
        try require(rows.units >= 20, "diagnose", "layers", "\(rows.units) independent kernels", expected: "20 or more")
        let parts = try rows.moments()
        var whole = KernelMoments(size: rows.size)
        for part in parts { whole.add(part) }
        var fits: [CorrelationGain] = []
        for (fold, part) in parts.enumerated() {
            var training = whole
            training.add(part, sign: -1)
            let units = rows.units - rows.unitsInFold[fold]
            guard let fit = try CorrelationGain(fitting: training, units: units) else { throw Self.constantWeight }
            fits.append(fit)
        }
        guard let correlations = whole.correlations else { throw Self.constantWeight }
        let (independent, gain, error) = try rows.heldOut(fits)
        let mean = whole.mean
        let neighbours = neighbourPairs
        return KernelDiagnosis(
            count: rows.count, runs: runs.count, kurtosis: whole.kurtosis, independent: independent, gain: gain,
            gainError: error,
            neighbourCorrelation: neighbours.map { pairs in
                pairs.reduce(0) { $0 + correlations[$1.0 * rows.size + $1.1] } / Double(max(pairs.count, 1))
            },
            meanShare: mean.reduce(0) { $0 + $1 * $1 } / whole.meanSquares.reduce(0, +),
            meanCorrelation: Self.moran(mean, neighbours.flatMap { $0 }),
            agreement: runs.count > 1 ? try Self.agreement(parts) : nil,
            verdict: gain > 2 * error && gain > KernelDiagnosis.minimumGain * Double(rows.size)
                ? .structure : gain > 3 * error ? .weakStructure : .initialisationNoise)
    }

    private static var constantWeight: TensorError {
        .argument(
            operation: "diagnose", parameter: "kernels", value: "the same in one of their weights",
            expected: "weights that vary in every run")
    }

    /// The weights of a kernel that are neighbours, by axis.
    private var neighbourPairs: [[(Int, Int)]] {
        kernelShape.indices.map { axis in
            let step = kernelShape[(axis + 1)...].reduce(1, *)
            return (0..<kernelShape.reduce(1, *)).filter { $0 / step % kernelShape[axis] < kernelShape[axis] - 1 }
                .map { ($0, $0 + step) }
        }
    }

    private static func moran(_ values: [Double], _ pairs: [(Int, Int)]) -> Double {
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))
        let covariance = pairs.reduce(0) { $0 + (values[$1.0] - mean) * (values[$1.1] - mean) }
        return variance > 0 ? covariance / Double(max(pairs.count, 1)) / variance : 0
    }

    /// The mean over pairs of runs of the cosine between their correlations, the diagonal left out.
    private static func agreement(_ runs: [KernelMoments]) throws(TensorError) -> Double {
        var vectors: [[Double]] = []
        for run in runs where run.count > 0 {
            guard let correlations = run.correlations else { throw constantWeight }
            vectors.append((0..<run.size).flatMap { i in (0..<i).map { correlations[i * run.size + $0] } })
        }
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        var cosines: [Double] = []
        for i in vectors.indices {
            for j in 0..<i {
                let length = (product(vectors[i], vectors[i]) * product(vectors[j], vectors[j])).squareRoot()
                cosines.append(length > 0 ? product(vectors[i], vectors[j]) / length : 0)
            }
        }
        return cosines.reduce(0, +) / Double(max(cosines.count, 1))
    }
}
