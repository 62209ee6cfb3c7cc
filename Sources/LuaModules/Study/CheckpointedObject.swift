import Layers
import LuaBridge
import Study
import Support
import Tensors

/// An object whose state a checkpoint keeps and restores.
enum CheckpointedObject: LuaDecodable {
    case layer(any Layer)
    case restartable(any Restartable)
    case generator(RandomGenerator)
    case sampler(RandomSampler)
    case tensor(Tensor)
    case table(LuaTable)

    /// What can be kept.
    static var luaTypeName: String { "Module, Optimizer, KernelVAETraining, Generator, RandomSampler, Tensor or table" }

    /// An object or a table, by reference.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> CheckpointedObject {
        if let layer = try? LuaInstance<any Layer>.decode(stack, at: index) { return .layer(layer.value) }
        if let object = try? LuaInstance<any Restartable>.decode(stack, at: index) { return .restartable(object.value) }
        if let generator = try? RandomGenerator.decode(stack, at: index) { return .generator(generator) }
        if let sampler = try? RandomSampler.decode(stack, at: index) { return .sampler(sampler) }
        if let tensor = try? Tensor.decode(stack, at: index) { return .tensor(tensor) }
        if let table = try? LuaTable.decode(stack, at: index) { return .table(table) }
        throw LuaMismatch(expected: luaTypeName, stack, at: index)
    }

    /// The state as it is now; tensors are the object's own.
    func state() throws -> StoredValue {
        switch self {
        case .layer(let layer): .fields(layer.stateDictionary.mapValues(StoredValue.tensor))
        case .restartable(let object): try StoredValue(object.state)
        case .generator(let generator): .fields(generator.luaState.mapValues(StoredValue.integer))
        case .sampler(let sampler): sampler.state
        case .tensor(let tensor): .tensor(tensor)
        case .table(let table): try StoredValue(LuaValue.table(table))
        }
    }

    /// Restores a state that an object of the same kind had; errors call the object `name`.
    func restore(_ state: StoredValue, name: String) throws {
        switch self {
        case .layer(let layer): try layer.load(state.tensors(of: name))
        case .restartable(let object): try object.load(state.trainingState())
        case .generator(let generator):
            try generator.restore(luaState: ["seed", "counter"].reduce(into: [:]) { $0[$1] = state[$1]?.integer })
        case .sampler(let sampler): try sampler.load(state)
        case .tensor(let tensor):
            guard case .tensor(let source) = state, source.shape == tensor.shape else {
                throw StudyError.value(
                    place: name, found: "another value", expected: "a tensor of shape \(tensor.shape.shapeText)")
            }
            try GradientMode.disabled { () throws(TensorError) in _ = try tensor.assign(source) }
        case .table(let table): try table.fill(with: state)
        }
    }
}

extension LuaTable {
    /// Sets the fields to those of `state`. Tables, and tensors of the same shape, stay the same objects with new
    /// contents; everything else is replaced.
    fileprivate func fill(with state: StoredValue) throws {
        var fields: [StoredValue.Key: StoredValue] = [:]
        switch state {
        case .list(let values):
            for (index, value) in values.enumerated() { fields[.integer(index + 1)] = value }
        case .table(let kept): fields = kept
        default: throw StudyError.value(place: "", found: "another value", expected: "a table")
        }
        for (key, _) in try pairs() {
            switch key {
            case .integer(let number) where fields[.integer(number)] == nil: try set(number, LuaValue.none)
            case .string(let name) where fields[.text(name)] == nil: try set(name, LuaValue.none)
            default: break
            }
        }
        for (key, value) in fields {
            let there = try get(key, as: LuaValue.self)
            switch (value, there) {
            case (.list, .table(let table)), (.table, .table(let table)): try table.fill(with: value)
            case (.tensor(let source), .other(let reference)):
                if let tensor = try? reference.value(as: Tensor.self), tensor.shape == source.shape {
                    try CheckpointedObject.tensor(tensor).restore(value, name: key.appended(to: ""))
                } else {
                    try set(key, value)
                }
            default: try set(key, value)
            }
        }
    }
}
