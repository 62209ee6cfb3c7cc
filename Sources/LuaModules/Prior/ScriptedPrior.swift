import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// A prior that a script wrote: anything with `log_prob`, such as a table, a module or a distribution.
///
/// What it gives is checked each time: an error names the prior, the kernel and the value. Only `log_prob` is needed;
/// `sample`, `cross_entropy`, `parameters` and `fit` are asked for where they are there.
final class ScriptedPrior: KernelPrior, Distribution {
    /// The script's table or object.
    let handle: LuaHandle
    /// What errors and pictures call it; nil where nothing names it.
    let name: String?
    /// K, the number of draws of each kernel that estimate the cross entropy.
    let samples: Int
    /// The shape of a kernel, where the script says it.
    let kernelSize: [Int]?
    /// The group that the prior is of; nil outside of one.
    private let group: String?
    /// The shape of the kernels that were seen last.
    private var lastShape: [Int] = []

    /// Names a prior of `handle`; by default its name and its shape are its own fields `name` and `kernel_size`.
    init(_ handle: LuaHandle, name: String? = nil, samples: Int = 1, kernelSize: [Int]? = nil) throws {
        (self.handle, self.samples, group) = (handle, samples, nil)
        let fields = (name: try handle.member("name"), size: try handle.member("kernel_size"))
        if case .string(let own) = fields.name { self.name = name ?? own } else { self.name = name }
        let title = Self.title(self.name)
        if let distribution = (try? handle.value(as: DistributionObject.self))?.distribution {
            guard !distribution.eventShape.isEmpty else {
                throw LuaError(
                    message:
                        "\(title): a distribution of kernels expected, got \(distribution.description), whose draws "
                        + "are numbers: dist.Independent(d, n) joins those of n dimensions")
            }
            self.kernelSize = kernelSize ?? distribution.eventShape
        } else if case .none = fields.size {
            self.kernelSize = kernelSize
        } else {
            guard let own = fields.size.object(as: [Int].self), own.allSatisfy({ $0 > 0 }) else {
                throw LuaError(
                    message: "\(title): kernel_size: list of numbers above 0 expected, got \(fields.size.typeName)")
            }
            self.kernelSize = kernelSize ?? own
        }
    }

    private init(copying prior: ScriptedPrior, name: String?, group: String?) {
        (handle, samples, kernelSize) = (prior.handle, prior.samples, prior.kernelSize)
        (self.name, self.group, lastShape) = (name, group, prior.lastShape)
    }

    /// The same prior under a name, unless it has one.
    func named(_ name: String) -> ScriptedPrior { ScriptedPrior(copying: self, name: self.name ?? name, group: group) }

    /// The same prior in the group `name`, which errors of gradients tell.
    func inGroup(_ name: String) -> any KernelPrior { ScriptedPrior(copying: self, name: self.name, group: name) }

    /// False: where it is, `log_prob` tells so in its own words.
    var isOfOneShape: Bool { false }

    /// The shape of a kernel; that of the last kernels, where the script does not say it.
    var eventShape: [Int] { kernelSize ?? lastShape }

    /// The log density of each of `values`, as the script's `log_prob` gives it; all must be finite.
    func logProbability(_ values: Tensor) throws(TensorError) -> Tensor { try logProbability(values, generator: nil) }

    private func logProbability(_ values: Tensor, generator: RandomGenerator?) throws(TensorError) -> Tensor {
        let method = try required("log_prob", "a function of kernels")
        let shape = kernelSize ?? Array(values.shape.dropFirst())
        guard values.rank > shape.count || !shape.isEmpty, Array(values.shape.suffix(shape.count)) == shape else {
            throw .shape(
                operation: title(), parameter: "kernels", shape: values.shape, expected: "n x \(shape.shapeText)")
        }
        lastShape = shape
        let leading = Array(values.shape.dropLast(shape.count))
        let kernels = try values.reshaped([leading.reduce(1, *)] + shape)
        let call = ScriptedCall(title: title(method), name: "log_prob", kernels: kernels, group: group)
        let watched = try call.watched(kernels)
        let version = watched.storage.version
        let results = try running(with: generator) { try method(watched) }
        try call.requireUnchanged(watched, since: version)
        return try call.checked(results.first, from: watched).reshaped(leading)
    }

    /// Draws of the script's `sample`; an error where one of them has no density.
    func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let method = try required("sample", "a function of n that draws n kernels")
        return try GradientMode.disabled { () throws(TensorError) in
            let drawn: Tensor = try tensor(running(with: generator) { try method(count) }.first, "sample", method)
            let shape = kernelSize ?? Array(drawn.shape.dropFirst())
            guard drawn.shape == [count] + shape else {
                throw .shape(
                    operation: title(method), parameter: "sample(\(count))", shape: drawn.shape,
                    expected: ([count] + shape).shapeText)
            }
            let density = try running(with: nil) { try self.required("log_prob", "a function")(drawn) }
            let call = ScriptedCall(title: title(method), name: "log_prob", kernels: drawn, isDraw: true)
            _ = try call.checked(density.first, from: drawn)
            lastShape = shape
            return drawn
        }
    }

    /// -E_q log p(w) over the kernels of the posterior: by the script's `cross_entropy(mean, log_variance)`, or else
    /// estimated with `samples` draws, through which gradients flow.
    func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        if let method = try TensorError.passing({ try handle.method("cross_entropy") }) {
            let call = ScriptedCall(
                title: title(method), name: "cross_entropy", kernels: posterior.mean, group: group)
            let mean = try call.watched(posterior.mean)
            let versions = (mean.storage.version, posterior.logVariance.storage.version)
            let results = try running(with: generator) { try method(mean, posterior.logVariance) }
            try call.requireUnchanged(mean, since: versions.0)
            try call.requireUnchanged(posterior.logVariance, since: versions.1)
            let result = try call.checked(results.first, from: mean, isSum: true)
            try warnOfNegativeDivergence(result, posterior)
            return result
        }
        var sum = try Tensor(0)
        for _ in 0..<samples {
            let noise = try Tensor.randn(posterior.eventShape, generator: generator)
            sum = try sum + logProbability(posterior.sample(noise: noise), generator: generator).sum()
        }
        return try sum.scaled(by: -1 / Float(samples))
    }

    /// A divergence is never negative: below the entropy, the script's cross entropy has a wrong sign, or the density
    /// is not normalised.
    private func warnOfNegativeDivergence(_ crossEntropy: Tensor, _ posterior: Normal) throws(TensorError) {
        let (own, entropy) = try GradientMode.disabled { () throws(TensorError) in
            (try crossEntropy.item(), try posterior.entropy().item())
        }
        guard own < entropy - 1e-3 * max(abs(entropy), 1) else { return }
        StandardStream.warnOnce(
            "\(title())\(group.map { " in group '\($0)'" } ?? ""): cross_entropy is less than the posterior's entropy "
                + "(\(own) against \(entropy) nats), which makes a negative divergence: is its sign right, and log_prob "
                + "normalised?")
    }

    /// What the script's own `fit(kernels)` returns; nil where it has none.
    func fittedByItself(to kernels: Tensor, generator: RandomGenerator) throws(TensorError) -> LuaValue? {
        guard let method = try TensorError.passing({ try handle.method("fit") }) else { return nil }
        return try running(with: generator) { try method(kernels) }.first ?? LuaValue.none
    }

    /// The entropy, estimated with 4,096 draws.
    func entropy() throws(TensorError) -> Tensor {
        try logProbability(sample(4096, generator: RandomGenerator(seed: 0))).mean().negated()
    }

    /// False: Lua runs on its own thread.
    var allowsThreads: Bool { false }

    /// Whether the script has a `sample`.
    var canSample: Bool { (try? handle.method("sample")) != nil }

    /// What is trained: what the script's `parameters` names, or else all tensors with gradients that it holds.
    var parameters: [(name: String, tensor: Tensor)] {
        get throws(TensorError) { try TensorError.passing { try HeldTensors.parameters(of: handle) } }
    }

    /// The elements of all tensors that the table or object holds.
    var numberCount: Int {
        get throws(TensorError) {
            try TensorError.passing { try HeldTensors.all(of: handle).reduce(0) { $0 + $1.tensor.count } }
        }
    }

    /// The method `name`; an error that tells what it should be, where there is none.
    private func required(_ name: String, _ what: String) throws(TensorError) -> LuaMethod {
        guard let method = try TensorError.passing({ try handle.method(name) }) else {
            throw .argument(operation: title(), parameter: name, value: "missing", expected: what)
        }
        return method
    }

    private func tensor(_ value: LuaValue?, _ what: String, _ method: LuaMethod) throws(TensorError) -> Tensor {
        guard let tensor = value?.object(as: Tensor.self) else {
            throw .argument(
                operation: title(method), parameter: what, value: value?.typeName ?? "nothing", expected: "a tensor")
        }
        return tensor
    }

    /// "prior 'laplace' (lab.lua:3)", where the method is a script's.
    func title(_ method: LuaMethod? = nil) -> String {
        let place = (try? method?.function.definition)?.map { " (\($0.place))" } ?? ""
        return Self.title(name) + place
    }

    private static func title(_ name: String?) -> String { name.map { "prior '\($0)'" } ?? "prior" }

    /// Runs a script's function with `generator` as the session's own, so that what it draws follows from that.
    private func running(
        with generator: RandomGenerator?, _ body: () throws -> [LuaValue]
    ) throws(TensorError) -> [LuaValue] {
        do {
            return try TensorError.passing {
                let session = try handle.withStack { $0.sessionGenerator }
                guard let generator, session !== generator else { return try body() }
                let kept = (seed: session.seed, counter: session.counter)
                session.restore(seed: generator.seed, counter: generator.counter)
                defer {
                    generator.restore(seed: session.seed, counter: session.counter)
                    session.restore(seed: kept.seed, counter: kept.counter)
                }
                return try body()
            }
        } catch .foreign(let cause) {
            if let error = cause.error as? LuaError, case .none = error.value {
                throw .foreign(
                    ForeignError(LuaError(message: "\(title()): its function raised an error without a message")))
            }
            // Without a name there is nothing to add: the group, where there is one, is added by others.
            guard name != nil, let error = cause.error as? LuaError else { throw .foreign(cause) }
            throw .foreign(ForeignError(error.adding(" in \(title())")))
        }
    }
}
