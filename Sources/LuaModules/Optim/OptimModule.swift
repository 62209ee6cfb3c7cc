import Layers
import LuaBridge
import Support
import Tensors

extension LuaModule {
    /// Optimizers, and schedules of their learning rate.
    static let optim = LuaModule(
        "optim", "Optimizers, and schedules of their learning rate.", functions: optimizers + schedules,
        types: [OptimizerType.optimizer, ScheduleObject.luaType])
}

private let parameters = Parameter(
    "params", TrainedParameters.self, "a module, a list of tensors, or a list of groups {params = ..., lr = ...}")

private let optimizers = optimiserDeclarations.map { declaration in
    func optimizer(
        _ parameters: TrainedParameters, _ given: [JSON.Member], _ generator: RandomGenerator
    ) throws -> OptimizerObject {
        let settings = declaration.configuration(given)
        let rate = try settings[declaration.make.learningRate]
        return OptimizerObject(try declaration.make.make(parameters.groups(learningRate: rate), settings, generator))
    }
    let settings = SettingParameters(declaration.settings)
    guard declaration.make.draws else {
        return LuaFunction(
            declaration.name, declaration.summary, parameters, settings, returns: "optimizer",
            example: declaration.example
        ) { parameters, given in try optimizer(parameters, given, RandomGenerator(seed: 0)) }
    }
    return LuaFunction(
        declaration.name, declaration.summary, parameters, settings, GeneratorOption(), returns: "optimizer",
        example: declaration.example
    ) { parameters, given, generator in try optimizer(parameters, given, generator) }
}

private let schedules = scheduleDeclarations.map { declaration in
    LuaFunction(
        declaration.name, declaration.summary, SettingParameters(declaration.settings), returns: "schedule",
        example: declaration.example
    ) { given in
        let steps = given.first.map { "\($0.value)" } ?? ""
        return ScheduleObject(
            try declaration.make.make(declaration.configuration(given)), "\(declaration.name)(\(steps))")
    }
}

/// The parameters that an optimizer changes, in any form in which a script may give them.
struct TrainedParameters: LuaDecodable {
    private let parts: [(parameters: [(name: String, tensor: Tensor)], learningRate: Double?)]

    static var luaTypeName: String { "module, list of tensors or list of groups" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> TrainedParameters {
        if let parameters = try? Part.decode(stack, at: index).parameters {
            return TrainedParameters(parts: [(parameters, nil)])
        }
        guard let groups = try? [Group].decode(stack, at: index) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return TrainedParameters(parts: groups.map { ($0.part.parameters, $0.learningRate) })
    }

    /// The groups; those that name no rate of their own have `learningRate`.
    func groups(learningRate: Double) -> [ParameterGroup] {
        parts.enumerated().map { index, part in
            // Tensors of a list are named by their place in it, so the group tells those of several lists apart.
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
            let fields = try LuaFields(stack, at: index, ["params", "lr"])
            return Group(part: try fields.get("params"), learningRate: try fields.get("lr"))
        }
    }
}
