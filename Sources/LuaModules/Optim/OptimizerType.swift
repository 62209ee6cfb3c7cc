import Layers
import LuaBridge
import Support
import Tensors

/// How scripts see every optimizer.
enum OptimizerType {
    private typealias AnyOptimizer = LuaInstance<any Optimiser>

    static let optimizer = LuaType(
        "Optimizer", "Changes parameters by their gradients.",
        methods: [
            LuaFunction(
                "step", "Changes each parameter that has a gradient, by its group's rate times the factor.", this,
                Parameter(
                    "factor", Double.self, in: .notNegative, default: 1,
                    "the factor of all rates, as a schedule gives it"),
                example: "local layer = nn.Linear(2, 3); local o = optim.SGD(layer); "
                    + "layer(torch.ones(1, 2)):sum():backward(); o:step(0.5)"
            ) { optimizer, factor in
                optimizer.value.learningRateFactor = factor
                try optimizer.value.step()
                warnOfParametersWithoutGradient(optimizer.value)
            },
            LuaFunction(
                "sample",
                "Draws the weights from the posterior of IVON for the forward pass; `step` gives the means back, and "
                    + "changes them.", this,
                example: "local layer = nn.Linear(2, 3); local o = optim.IVON(layer, 100); o:sample(); "
                    + "layer(torch.ones(1, 2)):sum():backward(); o:step()"
            ) { optimizer in
                guard let ivon = optimizer.value as? IVON else {
                    throw LuaArgumentError("self", "IVON expected, got \(optimizer.value.configuration.kind)")
                }
                try ivon.sample()
            },
            LuaFunction(
                "zero_grad", "Forgets the gradients of all parameters.", this,
                example: "local o = optim.SGD(nn.Linear(2, 3)); o:zero_grad()"
            ) { optimizer in optimizer.value.zeroGradients() },
            LuaFunction(
                "clip_grad_norm", "Scales all gradients down until their norm is at most `norm`.", this,
                Parameter("norm", Double.self, in: .limit, "the limit"), returns: "what the norm was",
                example: "optim.SGD(nn.Linear(2, 3)):clip_grad_norm(1) == 0"
            ) { optimizer, norm in try optimizer.value.clipGradients(norm: norm) },
            LuaFunction(
                "save", "Writes the optimizer's memory to a safetensors file, whole or not at all.", this,
                Parameter("path", Path.self, "the file"),
                example: "local o = optim.SGD(nn.Linear(2, 3)); o:save(os.tmpname())"
            ) { optimizer, path in try optimizer.value.save(to: path.text) },
            LuaFunction(
                "load", "Takes over the memory that a file of `save` holds.", this,
                Parameter("path", Path.self, "the file"),
                example: "local o, path = optim.SGD(nn.Linear(2, 3)), os.tmpname(); o:save(path); o:load(path)"
            ) { optimizer, path in try optimizer.value.load(from: path.text) },
        ] + RestartableMethods.methods(of: AnyOptimizer.self, example: "optim.Adam(nn.Linear(2, 3))") { $0.value },
        properties: [
            LuaProperty(
                "lr", "The first group's learning rate; setting it sets every group's.",
                get: { (optimizer: AnyOptimizer) in optimizer.value.learningRate },
                set: { (optimizer: AnyOptimizer, rate: Double) in
                    guard NumberRange.notNegative.contains(rate) else {
                        throw LuaArgumentError("lr", "a number of 0 or more expected, got \(rate)")
                    }
                    optimizer.value.learningRate = rate
                })
        ],
        metamethods: [
            LuaFunction("__tostring", "Writes the kind and the sizes.", this, returns: "string") { optimizer in
                let count = optimizer.value.parameters.reduce(0) { $0 + $1.tensor.count }
                return "\(optimizer.value.configuration.kind)(lr = \(optimizer.value.learningRate), "
                    + "\(optimizer.value.parameters.count) tensors, \(count) numbers)"
            }
        ])

    private static let this = Parameter("self", AnyOptimizer.self, "")

    /// Warns once of parameters that a step left unchanged, as they have no gradient, such as the variances of a
    /// Bayesian network that computes with its mean weights.
    private static func warnOfParametersWithoutGradient(_ optimizer: any Optimiser) {
        let names = optimizer.namesWithoutGradient
        guard let first = names.first else { return }
        let kind = optimizer.configuration.kind
        guard names.count < optimizer.parameters.count(where: { $0.tensor.requiresGradient }) else {
            StandardStream.warnOnce(
                "\(kind): no parameter has a gradient, so step() changes nothing; backward() comes first")
            return
        }
        let variance = names.first { $0.hasSuffix("log_variance") }
        let hint =
            variance == nil ? "" : "; bayes.set_mode(network, 'train') before the loss lets it reach the variances"
        StandardStream.warnOnce(
            "\(kind): \(names.count) of \(optimizer.parameters.count) parameters have no gradient and stay as they are, "
                + "such as '\(variance ?? first)'\(hint)")
    }
}

/// An optimizer as a result.
struct OptimizerObject: LuaEncodable {
    private let optimizer: any Optimiser

    init(_ optimizer: any Optimiser) { self.optimizer = optimizer }

    /// Pushes the optimizer as an `Optimizer`, whatever its kind.
    func push(on stack: LuaStack) throws(LuaError) { try stack.push(optimizer, as: OptimizerType.optimizer) }
}

/// A schedule as scripts hold it.
final class ScheduleObject: LuaObject {
    let schedule: any Schedule
    let text: String

    /// A schedule, and how scripts write it.
    init(_ schedule: any Schedule, _ text: String) { (self.schedule, self.text) = (schedule, text) }

    /// The factor of the learning rate at `step`, from 1; warns once if it is 0 because the schedule has ended.
    private func factor(at step: Int) -> Double {
        let factor = schedule.factor(at: step - 1)
        if factor == 0, let end = schedule.end, step > end {
            StandardStream.warnOnce("\(text): a step behind its end has the rate 0, so nothing is trained there")
        }
        return factor
    }

    private static let step = Parameter("step", Int.self, in: .count, "the step, from 1")

    static let luaType = LuaType(
        "Schedule", "Tells what the learning rate is multiplied by at each step: call it with the step.",
        methods: [
            LuaFunction(
                "ends_cycle", "Tells whether a cycle ends with this step; false for schedules without cycles.",
                ScheduleObject.this, step, returns: "boolean",
                example: "not optim.CosineDecay(10):ends_cycle(10)"
            ) { object, step in object.schedule.endsCycle(at: step - 1) }
        ],
        metamethods: [
            LuaFunction("__call", "Gives the factor of a step.", ScheduleObject.this, step, returns: "number") {
                object, step in object.factor(at: step)
            },
            LuaFunction("__tostring", "Writes the kind.", ScheduleObject.this, returns: "string") { $0.text },
        ])
}
