import Inference
import Layers
import LuaBridge
import Sessions
import Support
import Tensors

/// `prior.compare`.
let compareFunction = LuaFunction(
    "compare",
    """
    Judges priors on kernels that they were not fitted to: held-out log density with its standard error, exact or as a \
    bound, and whether it is structure or scale, training or chance, learning or memory that gives it. An entry that is a \
    function is called with the training kernels and gives the prior (prior.FullCovariance is such a function); one's own \
    prior is fitted to them if it has parameters or a `fit`, from where its parameters are, and keeps what it learnt (give \
    `test` where it has seen the kernels before); any other is taken as it is. One that fails is told, and left out.
    """,
    Parameter(
        "kernels", ComparedKernels.self, "the kernels to fit to: n x kernel, or a bank, divided by its layers' scales"),
    Parameter("priors", LuaTable.self, "priors, or functions that fit them, by name"),
    Option(
        "test", ComparedKernels?.self,
        "the kernels to judge on, which none has seen; otherwise a part of the kernels is held out"
    ).excluding("held_out"),
    Option(
        "held_out", Double.self, in: .part, default: 0.2,
        "the share that is held out; of a bank of several runs, all kernels of its last run are instead"),
    Option("samples", Int.self, in: .count, default: 100, "codes a kernel of importance-weighted bounds (K)"),
    Option("epochs", Int.self, in: .count, default: 100, "passes in which Adam fits one's own priors"),
    Option("lr", Double.self, in: .notNegative, default: 0.01, "Adam's rate for them"),
    WithDisplaySink(Option("fit", Bool.self, default: true, "whether one's own priors are fitted")), GeneratorOption(),
    returns: "comparison: print it, show it, or put its table and figure on a page",
    example: laplaceExample + "local found = prior.compare(torch.randn(200, 3, 3), {laplace = laplace, "
        + "full = prior.FullCovariance}, {held_out = 0.25}); assert(found.rows[1].held_out < 0)"
) { kernels, priors, test, share, samples, epochs, rate, fit, generator in
    let parts = try test.map { (training: kernels, heldOut: $0) } ?? kernels.divided(share: share, generator: generator)
    let comparison = try PriorComparison(
        training: parts.training.kernels, heldOut: parts.heldOut.kernels, units: parts.heldOut.units,
        samples: samples, generator: generator)
    let entries = try priors.namedPairs()
    guard !entries.isEmpty else { throw LuaArgumentError("priors", "one prior or more expected, by name") }
    guard !entries.contains(where: { $0.name == "log_prob" }) else {
        throw LuaArgumentError("priors", "a table of priors by name expected, as {mine = prior}, got a prior itself")
    }
    let progress =
        entries.count > 1
        ? Progress(total: entries.count, label: "prior.compare", sink: fit.sink.progressSink()) : nil
    defer { progress?.finish() }
    var found: [(measures: PriorComparison.Measures, prior: any KernelPrior)] = []
    var (given, failed): ([String], [ComparisonObject.Failure]) = ([], [])
    for (name, _, value) in entries {
        let start = Progress.Sink.uptime()
        do {
            let entry = try FittedPrior(
                value, name: name, kernels: comparison.training, fits: fit.value,
                training: LikelihoodTraining(epochs: epochs, learningRate: rate), generator: generator)
            let seconds = entry.isFitted ? Progress.Sink.uptime() - start : nil
            // A script's own is named by its errors.
            let measure = { () throws(TensorError) in
                try comparison.measures(of: entry.prior, name: name, fitSeconds: seconds)
            }
            found.append(
                (
                    entry.prior is ScriptedPrior ? try measure() : try inside("prior '\(name)'", measure), entry.prior
                ))
            if !entry.isFitted { given.append(name) }
        } catch {
            // The others are not lost for it.
            if Interrupt.isRequested || (error as? LuaError)?.isInterrupt == true || entries.count == 1 { throw error }
            failed.append(ComparisonObject.Failure(name: name, error: error))
            StandardStream.warn("compare: '\(name)' is left out: \(error)")
        }
        progress?.advance(postfix: name)
    }
    if found.isEmpty, let first = failed.first { throw first.error }
    return ComparisonObject(comparison, found, given: given, failed: failed)
}

/// Kernels in any form in which a script may give them, with the independent units among them.
struct ComparedKernels: LuaDecodable {
    /// The kernels, n x the kernel's shape.
    let kernels: Tensor
    /// The unit of each, from 0; nil where each is its own.
    let units: [Int]?
    private let bank: KernelBank?

    /// "tensor or bank".
    static var luaTypeName: String { "tensor or KernelBank" }

    /// A tensor, or the kernels of all layers of a bank, divided by their layers' scales.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ComparedKernels {
        if let object = try? KernelBankObject.decode(stack, at: index) {
            return try LuaMismatch.wrapping { try ComparedKernels(object.bank) }
        }
        guard let kernels = try? Tensor.decode(stack, at: index) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return ComparedKernels(kernels)
    }

    private init(_ kernels: Tensor) { (self.kernels, units, bank) = (kernels, nil, nil) }

    private init(_ bank: KernelBank, scalesOf whole: KernelBank? = nil) throws(TensorError) {
        kernels = try bank.standardised(bank.layers.map(\.path), scalesOf: whole)
        var units: [Int] = []
        for layer in bank.layers {
            let own = layer.units
            let first = (units.max() ?? -1) + 1
            units += own.of.map { $0 + first }
        }
        self.units = units
        self.bank = bank
    }

    /// The kernels in two parts: of a bank the last of several runs is held out, otherwise a share drawn at random.
    func divided(
        share: Double, generator: RandomGenerator
    ) throws(TensorError) -> (training: ComparedKernels, heldOut: ComparedKernels) {
        if let bank {
            let runs = bank.runs
            if let last = runs.last, runs.count > 1 {
                return (
                    try ComparedKernels(bank.select(runs: runs.dropLast()), scalesOf: bank),
                    try ComparedKernels(bank.select(runs: [last]), scalesOf: bank)
                )
            }
            let parts = try bank.split(heldOut: share, generator: generator)
            return (
                try ComparedKernels(parts.training, scalesOf: bank), try ComparedKernels(parts.heldOut, scalesOf: bank)
            )
        }
        let count = kernels.shape.first ?? 0
        let heldOut = min(max(Int(Double(count) * share), 2), max(count - 2, 0))
        let order = generator.permutation(count).map { $0 + 1 }
        return (
            ComparedKernels(try kernels.indexSelect(1, Array(order.dropFirst(heldOut)))),
            ComparedKernels(try kernels.indexSelect(1, Array(order.prefix(heldOut))))
        )
    }
}
