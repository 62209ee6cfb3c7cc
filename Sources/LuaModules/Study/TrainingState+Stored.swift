import Layers
import LuaBridge
import Study
import Support
import Tensors

/// The state of an optimizer, or of a training, as a table: its settings, and under `state` its tensors by name.
extension StoredValue {
    private static let tensorField = Key.text("state")

    /// The table of a state.
    init(_ state: TrainingState) throws(StoredFormError) {
        var fields: [Key: StoredValue] = [.text("kind"): .text(state.configuration.kind)]
        for setting in state.configuration.settings {
            fields[.text(setting.name)] = try StoredValue(setting.value, tensors: [:])
        }
        fields[Self.tensorField] = .fields(state.tensors.mapValues(StoredValue.tensor))
        self = .table(fields)
    }

    /// The state that this table describes.
    func trainingState() throws(TensorError) -> TrainingState {
        guard case .table(var fields) = self, let tensors = fields.removeValue(forKey: Self.tensorField) else {
            throw .argument(
                operation: "load_state_dict", parameter: "state", value: "missing", expected: "what state_dict gives")
        }
        return TrainingState(
            configuration: try Configuration(try StoredValue.table(fields).json()),
            tensors: try tensors.tensors(of: "state"))
    }

    /// The tensors, by name, of a table of nothing else; errors call the table `place`.
    func tensors(of place: String) throws(TensorError) -> [String: Tensor] {
        guard case .table(let fields) = self else {
            throw .argument(
                operation: "load_state_dict", parameter: place, value: "no table", expected: "a table of tensors")
        }
        var tensors: [String: Tensor] = [:]
        for (key, value) in fields {
            guard case .text(let name) = key, case .tensor(let tensor) = value else {
                throw .argument(
                    operation: "load_state_dict", parameter: key.appended(to: place), value: "no tensor",
                    expected: "tensors by name")
            }
            tensors[name] = tensor
        }
        return tensors
    }

    /// A value as a setting of a configuration.
    private func json() throws(TensorError) -> JSON {
        switch self {
        case .nothing: return .null
        case .boolean(let value): return .bool(value)
        case .integer(let value): return .number(Double(value))
        case .number(let value): return .number(value)
        case .text(let text): return .string(text)
        case .tensor:
            throw .argument(
                operation: "load_state_dict", parameter: "a setting", value: "a tensor", expected: "a number or a text")
        case .list(let values):
            var elements: [JSON] = []
            for value in values { elements.append(try value.json()) }
            return .array(elements)
        case .table(let fields):
            // In Lua an empty list is an empty table; settings hold lists only.
            if fields.isEmpty { return .array([]) }
            var members: [JSON.Member] = []
            for (key, value) in fields { members.append(JSON.Member(key.appended(to: ""), try value.json())) }
            return .object(members)
        }
    }
}

/// The methods of everything that can be stopped and continued.
enum RestartableMethods {
    /// `state_dict` and `load_state_dict` of a type; `example` is an expression that makes an object of it.
    static func methods<Object>(
        of type: Object.Type, example: String, _ restartable: @escaping (Object) -> any Restartable
    ) -> [LuaFunction] where Object: LuaDecodable {
        [
            LuaFunction(
                "state_dict", "Gives all that it goes on from; the tensors are its own, not copies.",
                Parameter("self", Object.self, ""), returns: "table of settings; under `state` the tensors by name",
                example: "local o = \(example); assert(type(o:state_dict().state) == 'table')"
            ) { object in try StoredValue(restartable(object).state) },
            LuaFunction(
                "load_state_dict", "Takes over what `state_dict` of an object made in the same way gave.",
                Parameter("self", Object.self, ""), Parameter("state", StoredValue.self, "what `state_dict` gave"),
                example: "local o = \(example); o:load_state_dict(o:state_dict())"
            ) { object, state in try restartable(object).load(state.trainingState()) },
        ]
    }
}
