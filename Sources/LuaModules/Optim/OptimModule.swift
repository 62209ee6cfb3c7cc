import Layers
import LuaBridge
import Tensors

extension LuaModule {
    /// Optimizers, and schedules of their learning rate.
    static let optim = LuaModule(
        "optim", "Optimizers, and schedules of their learning rate.", functions: optimizers + schedules,
        types: [OptimizerType.optimizer, ScheduleObject.luaType])
}

private let parameters = Parameter(
    "params", TrainedParameters.self, "a module, a list of tensors, or a list of groups {params = ..., lr = ...}")

private let optimizers = [
    LuaFunction(
        "Adam", "Makes the optimizer Adam (Kingma and Ba 2015).", parameters,
        Option("lr", Double.self, in: .notNegative, default: 1e-3, "the learning rate"),
        Option(
            "beta1", Double.self, in: .shareBelowOne, default: 0.9, "how much of the running mean is kept at each step"),
        Option(
            "beta2", Double.self, in: .shareBelowOne, default: 0.999,
            "how much of the running square is kept at each step"),
        Option("eps", Double.self, in: .positive, default: 1e-8, "what is added to the root of the running square"),
        Option("weight_decay", Double.self, in: .notNegative, default: 0, "how strongly weights are drawn to 0"),
        returns: "optimizer",
        example: "optim.Adam(nn.Linear(2, 3), {lr = 0.01}).lr == 0.01"
    ) { parameters, learningRate, beta1, beta2, epsilon, weightDecay in
        try Adam(
            groups: parameters.groups(learningRate: learningRate), beta1: beta1, beta2: beta2, epsilon: epsilon,
            weightDecay: weightDecay)
    },
    LuaFunction(
        "SGD", "Makes stochastic gradient descent, with momentum.", parameters,
        Option("lr", Double.self, in: .notNegative, default: 1e-2, "the learning rate"),
        Option("momentum", Double.self, in: .shareBelowOne, default: 0, "how much of the last change goes on"),
        Option("weight_decay", Double.self, in: .notNegative, default: 0, "how strongly weights are drawn to 0"),
        returns: "optimizer",
        example: "optim.SGD(nn.Linear(2, 3), {lr = 0.1, momentum = 0.9}).lr == 0.1"
    ) { parameters, learningRate, momentum, weightDecay in
        try SGD(
            groups: parameters.groups(learningRate: learningRate), momentum: momentum, weightDecay: weightDecay)
    },
]

private let schedules = [
    LuaFunction(
        "StepDecay", "Makes a schedule that multiplies the rate by a factor every so many steps.",
        Parameter("period", Int.self, in: .count, "the steps between"),
        Option("factor", Double.self, in: .positive, default: 0.5, "the factor"), returns: "schedule",
        example: "optim.StepDecay(50)(51) == 0.5"
    ) { period, factor in
        ScheduleObject(StepDecay(period: period, factor: factor), "StepDecay(\(period))")
    },
    LuaFunction(
        "LinearDecay", "Makes a schedule that leads from 1 to `final` in a straight line.",
        Parameter("steps", Int.self, in: .count, "the steps in all"),
        Option("final", Double.self, in: .notNegative, default: 0, "the factor at the end"), returns: "schedule",
        example: "optim.LinearDecay(10)(1) == 1"
    ) { steps, final in
        ScheduleObject(LinearDecay(steps: steps, final: final), "LinearDecay(\(steps))", end: steps)
    },
    LuaFunction(
        "CosineDecay", "Makes a schedule that leads from 1 to `final` along half a cosine.",
        Parameter("steps", Int.self, in: .count, "the steps in all"),
        Option("final", Double.self, in: .notNegative, default: 0, "the factor at the end"), returns: "schedule",
        example: "optim.CosineDecay(10)(1) == 1"
    ) { steps, final in
        ScheduleObject(CosineDecay(steps: steps, final: final), "CosineDecay(\(steps))", end: steps)
    },
    LuaFunction(
        "CyclicalCosine", "Makes a schedule of cosine cycles, at the end of each of which a snapshot is worth taking.",
        Parameter("period", Int.self, in: .count, "the steps of a cycle"),
        Option("final", Double.self, in: .notNegative, default: 0.01, "the factor at the end of a cycle"),
        returns: "schedule",
        example: "optim.CyclicalCosine(10):ends_cycle(20)"
    ) { period, final in
        ScheduleObject(CyclicalCosine(period: period, final: final), "CyclicalCosine(\(period))")
    },
]

/// What an optimizer is to change, in the ways a script can say it.
struct TrainedParameters: LuaDecodable {
    private let parts: [(parameters: [(name: String, tensor: Tensor)], learningRate: Double?)]

    static var luaTypeName: String { "module, list of tensors or list of groups" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> TrainedParameters {
        if let parameters = try? Part.decode(stack, at: index).parameters {
            return TrainedParameters(parts: [(parameters, nil)])
        }
        let groups: [Group]
        do throws(LuaMismatch) { groups = try [Group].decode(stack, at: index) } catch {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return TrainedParameters(parts: groups.map { ($0.part.parameters, $0.learningRate) })
    }

    /// The groups; those that name no rate of their own have `learningRate`.
    func groups(learningRate: Double) -> [ParameterGroup] {
        parts.enumerated().map { index, part in
            // Lists of tensors name their parameters by place: the group tells those of several lists apart.
            let prefix = parts.count > 1 ? "group \(index + 1), " : ""
            return ParameterGroup(
                part.parameters.map { (prefix + $0.name, $0.tensor) },
                learningRate: part.learningRate ?? learningRate)
        }
    }

    /// A module or a list of tensors.
    private struct Part: LuaDecodable {
        let parameters: [(name: String, tensor: Tensor)]

        static var luaTypeName: String { "module or list of tensors" }

        static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Part {
            switch try LuaEither<LayerType.AnyLayer, [Tensor]>.decode(stack, at: index) {
            case .first(let layer): Part(parameters: layer.value.namedParameters)
            case .second(let tensors):
                Part(parameters: tensors.enumerated().map { ("parameter \($0.offset + 1)", $0.element) })
            }
        }
    }

    /// {params = ..., lr = ...}.
    private struct Group: LuaDecodable {
        let part: Part
        let learningRate: Double?

        static var luaTypeName: String { "group {params = ..., lr = ...}" }

        static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Group {
            let table = try LuaTable.decode(stack, at: index)
            do {
                for (key, _) in try table.pairs() {
                    guard case .string(let name) = key, ["params", "lr"].contains(name) else {
                        throw LuaMismatch("a group has the fields params and lr only")
                    }
                }
                return Group(
                    part: try table.get("params", as: Part.self), learningRate: try table.get("lr", as: Double?.self))
            } catch {
                throw LuaMismatch("\(error)")
            }
        }
    }
}
