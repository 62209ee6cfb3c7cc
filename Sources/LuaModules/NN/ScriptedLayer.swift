import Layers
import LuaBridge
import Support
import Tensors

/// A module of a class that a script defines: parameters, buffers and parts are found as they are assigned.
final class ScriptedLayer: GrowingLayer, ModalLayer, LuaObject {
    private enum Member {
        case parameter(Tensor)
        case buffer(Tensor)
        case layer(any Layer)
    }

    /// The kind of such layers in files.
    static let kind = "Class"

    /// The class.
    let type: DefinedClass
    /// What files keep of the arguments of the call that made the module; nil where they cannot.
    private let arguments: JSON?
    let session: ModuleSession
    let holders = Holders()
    var isTraining = true
    private var members: [(name: String, member: Member)] = []
    /// What else the script has assigned.
    private let fields: LuaTable

    /// A module without parts.
    init(_ type: DefinedClass, session: ModuleSession, fields: LuaTable, arguments: JSON?) {
        (self.type, self.session, self.fields, self.arguments) = (type, session, fields, arguments)
    }

    /// The parameters that were assigned, in order.
    var parameters: [(name: String, tensor: Tensor)] {
        members.compactMap { name, member in
            if case .parameter(let tensor) = member { (name, tensor) } else { nil }
        }
    }

    /// The buffers that were registered, in order.
    var buffers: [(name: String, tensor: Tensor)] {
        members.compactMap { name, member in
            if case .buffer(let tensor) = member { (name, tensor) } else { nil }
        }
    }

    /// The modules that were assigned, in order.
    var children: [(name: String, layer: any Layer)] {
        members.compactMap { name, member in
            if case .layer(let layer) = member { (name, layer) } else { nil }
        }
    }

    /// The call that made the module: "Flow(3)".
    var summary: String { "\(type.name)(\(ClassArguments.text(arguments)))" }

    /// The names of the class, and the arguments where files can keep them.
    var configuration: Configuration {
        Configuration(
            kind: Self.kind, JSON.Member("class", .string(type.name)), JSON.Member("arguments", arguments ?? .null))
    }

    /// The one tensor that `forward` makes of `input`; an error where it returns anything else.
    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        let results = try session.forward(self, [input])
        if results.count == 1, let part = ModulePart(results[0]) {
            switch part {
            case .tensor(let tensor), .parameter(let tensor): return tensor
            case .layer: break
            }
        }
        throw .argument(
            operation: type.name, parameter: "the result of forward", value: Self.words(results),
            expected: "one tensor, where another layer or function calls the module")
    }

    private static func words(_ results: [LuaValue]) -> String {
        switch results.count {
        case 0: "nothing"
        case 1: "a value of the type \(results[0].typeName)"
        default: "\(results.count) values"
        }
    }

    /// The member `name`, in the order in which Lua looks: parts, other fields, what the class defines; nil for none.
    func member(_ name: String) throws -> any LuaEncodable {
        switch members.first(where: { $0.name == name })?.member {
        case .parameter(let tensor), .buffer(let tensor): return tensor
        case .layer(let layer): return LayerType.AnyLayer(layer)
        case nil: return try scriptedMember(name)
        }
    }

    /// The field or the method `name`; nil for none.
    func scriptedMember(_ name: String) throws -> LuaValue {
        let value: LuaValue = try fields.get(name)
        guard case .none = value else { return value }
        return try type.member(name)
    }

    /// The names of all members that are not those of every module.
    var memberNames: [String] { members.map(\.name) + fields.names + type.memberNames }

    /// Assigns a value to a field: a parameter or a module becomes a part, in the place of what had the name before.
    ///
    /// A tensor that is not trained is refused for the name of a parameter, as it would end the training in silence.
    func assign(_ value: LuaValue, to name: String) throws {
        try ModuleClass.checkNotTaken(name, by: type.name)
        let place = members.firstIndex { $0.name == name }
        switch (ModulePart(value), place.map { members[$0].member }) {
        case (.layer(let layer), _):
            try hold([layer], type.name)
            try put(.layer(layer), at: name)
        case (.parameter(let tensor), _): try put(.parameter(tensor), at: name)
        case (.tensor(let tensor), .buffer): try put(.buffer(tensor), at: name)
        case (.tensor(let tensor), .parameter(let own)):
            // A frozen parameter stays one.
            guard tensor !== own else { return }
            throw LuaError(
                message: "'\(name)' of \(type.name) is a parameter: nn.Parameter(...) or nil can take its place, not "
                    + "another tensor; to change its values, use \(name):copy_(...) in torch.no_grad")
        default:
            if let place { members.remove(at: place) }
            try fields.set(name, value)
        }
    }

    /// Makes a tensor a buffer: kept with the parameters, but not trained.
    func registerBuffer(_ name: String, _ tensor: Tensor) throws {
        try ModuleClass.checkNotTaken(name, by: type.name)
        try put(.buffer(tensor), at: name)
    }

    private func put(_ member: Member, at name: String) throws {
        guard !name.isEmpty, !name.contains(".") else {
            throw LuaError(
                message: "a part of \(type.name) cannot have the name '\(name.shown)': paths are made with dots")
        }
        if let place = members.firstIndex(where: { $0.name == name }) {
            members[place].member = member
        } else {
            members.append((name, member))
            try fields.set(name, LuaValue.none)
        }
    }
}

/// A value of a script that modules treat in its own way.
enum ModulePart {
    /// A layer or network.
    case layer(any Layer)
    /// A leaf that requires a gradient.
    case parameter(Tensor)
    /// Any other tensor.
    case tensor(Tensor)

    /// The part that a value is; nil for a value of another kind.
    init?(_ value: LuaValue) {
        guard case .other(let reference) = value else { return nil }
        if let tensor = try? reference.value(as: Tensor.self) {
            self = tensor.isLeaf && tensor.requiresGradient ? .parameter(tensor) : .tensor(tensor)
        } else if let layer = try? reference.value(as: LayerType.AnyLayer.self) {
            self = .layer(layer.value)
        } else {
            return nil
        }
    }
}
